//! `GET /v1/businesses/{id}/story`: what others may be told of a business, and only if it agreed.
//!
//! The business's own word (`business.consent_recorded`) decides for whom; what is told is
//! pseudonymous for everybody: steps, dates and figures, no name, place or free text. Businesses that
//! were merged are one business: the word of the surviving one holds for the cases of all.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use banso_core::calendar::jst_date;
use banso_core::recorded::Recorded;
use banso_core::subject::Subject;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Caller;
use super::query::Query;
use crate::access::Role;
use crate::app::App;
use crate::problem::Problem;

/// For whom a story may be told.
const AUDIENCES: [&str; 3] = ["partners", "committee", "publication"];

/// The steps of a story and the fields of each that are a choice from a list: what was typed
/// freely could name somebody.
const TOLD: [(&str, &[&str]); 12] = [
    ("case.opened", &["goal"]),
    ("analysis.completed", &[]),
    ("plan.completed", &["kind"]),
    ("plan.recognised", &[]),
    ("followup.done", &["method", "progress"]),
    ("productivity.supported", &["theme"]),
    ("startup.supported", &["stage"]),
    ("startup.founded", &[]),
    ("succession.completed", &["kind"]),
    ("ec.opened", &[]),
    ("fair.exhibited", &["mode"]),
    ("case.closed", &[]),
];

/// Fields that only partners see beside the steps: amounts point at a business in a small town.
const FOR_PARTNERS: [(&str, &[&str]); 1] = [(
    "sales.reported",
    &["period_from", "period_to", "sales", "comparison_sales"],
)];

/// 同意の範囲で、仮名の支援事例を返します。
#[utoipa::path(get, path = "/v1/businesses/{id}/story", tag = "cases", security(("bearer" = [])),
    params(("id" = Uuid, Path),
        ("for" = String, Query, description = "partners, committee or publication")),
    responses((status = 200, description = "pseudonymous", body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the business has not consented, or the role may not", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such business", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn story(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    query.only(&["for"])?;
    let id: Uuid = id
        .parse()
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("\"{id}\" is not a UUID")))?;
    let wanted = query.text("for").unwrap_or_default().to_owned();
    let Some(audience) = AUDIENCES.iter().find(|known| **known == wanted) else {
        return Err(Problem::parameter(
            "for",
            "is not partners, committee or publication",
        ));
    };
    if caller.0.role == Role::Committee && *audience == "partners" {
        return Err(Problem::forbidden(
            "the role committee may not read what partners are told",
        ));
    }
    let told = tokio::task::spawn_blocking(move || tell(&app, id, audience)).await;
    told.map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?
        .map(Json)
}

fn tell(app: &App, id: Uuid, audience: &str) -> Result<Value, Problem> {
    let size = app.store.size();
    let asked = read(app, Subject::business(id), size)?;
    if !asked
        .iter()
        .any(|entry| entry.event_type == "business.registered")
    {
        return Err(Problem::not_found(format!("there is no business {id}")));
    }
    let survivor = app
        .live
        .look(|kpi, _| {
            let mut all = kpi.businesses().into_iter();
            all.find(|other| other.business_id == id)?.counts_for
        })?
        .unwrap_or(id);
    let business = read(app, Subject::business(survivor), size)?;
    let today = jst_date(app.clock.now());
    if is_erased(&asked) || !consents(&business, audience, today) {
        let detail = format!("the business has not consented to {audience}");
        return Err(Problem::forbidden(detail));
    }
    let mut steps = Vec::new();
    for (case, registered) in cases_of(app, survivor)? {
        if registered != survivor && is_erased(&read(app, Subject::business(registered), size)?) {
            continue;
        }
        for entry in effective(&read(app, Subject::case(case), size)?) {
            steps.extend(step(entry, audience));
        }
    }
    steps.sort_by(|one, other| one["month"].as_str().cmp(&other["month"].as_str()));
    let industry = latest(&business, "industry");
    // Two digits of the industry code name a trade; more could name a shop.
    let trade = industry
        .as_ref()
        .and_then(Value::as_str)
        .map(|code| code.chars().take(2).collect::<String>());
    Ok(json!({"business_id": survivor, "for": audience, "trade": trade, "steps": steps}))
}

fn read(app: &App, subject: Subject, size: u64) -> Result<Vec<Recorded>, Problem> {
    let entries = app.store.read_subject(&subject.to_string())?;
    let durable = entries.iter().filter(|entry| entry.position < size);
    // Not opened from the vault: what was sealed cannot slip into a story.
    Ok(durable
        .filter_map(|entry| Recorded::parse(&entry.bytes).ok())
        .collect())
}

/// The cases that count for a business, each with the business it was opened for.
fn cases_of(app: &App, business: Uuid) -> Result<Vec<(Uuid, Uuid)>, Problem> {
    Ok(app.live.look(|kpi, _| {
        let cases = kpi.cases().into_iter();
        cases
            .filter(|case| case.counts_for == Some(business))
            .filter_map(|case| Some((case.case_id, case.business_id?)))
            .collect()
    })?)
}

/// Entries that were not voided; of corrected ones the corrected data.
fn effective(entries: &[Recorded]) -> Vec<Recorded> {
    let target = |entry: &Recorded| {
        entry
            .data
            .get("target")
            .and_then(Value::as_str)
            .and_then(|id| id.parse::<Uuid>().ok())
    };
    let mut kept: Vec<Recorded> = Vec::new();
    for entry in entries {
        match entry.event_type.as_str() {
            "record.voided" => kept.retain(|other| Some(other.id) != target(entry)),
            "record.corrected" => {
                let found = kept
                    .iter_mut()
                    .find(|other| Some(other.id) == target(entry));
                let Some(other) = found else { continue };
                if let Some(Value::Object(data)) = entry.data.get("data") {
                    other.data.clone_from(data);
                }
                let day = entry.data.get("occurred_on").and_then(Value::as_str);
                if let Some(day) = day.and_then(|day| day.parse().ok()) {
                    other.occurred_on = day;
                }
            }
            _ => kept.push(entry.clone()),
        }
    }
    kept
}

fn step(entry: Recorded, audience: &str) -> Option<Value> {
    let more = FOR_PARTNERS.iter().filter(|_| audience == "partners");
    let (_, fields) = TOLD
        .iter()
        .chain(more)
        .find(|(name, _)| *name == entry.event_type)?;
    let told: Map<String, Value> = fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), entry.data.get(*field)?.clone())))
        .collect();
    let month = entry.occurred_on.to_string();
    Some(json!({"month": month.get(..7)?, "type": entry.event_type, "data": told}))
}

fn is_erased(business: &[Recorded]) -> bool {
    business
        .iter()
        .any(|entry| entry.event_type == "business.erased")
}

/// The last word of the business on a scope, if it is not over.
fn consents(business: &[Recorded], audience: &str, today: NaiveDate) -> bool {
    if is_erased(business) {
        return false;
    }
    let effective = effective(business);
    let mut spoken = effective.iter().filter(|entry| {
        entry.event_type == "business.consent_recorded"
            && entry.data.get("scope").and_then(Value::as_str) == Some(audience)
    });
    let Some(last) = spoken.next_back() else {
        return false;
    };
    let until = last.data.get("until").and_then(Value::as_str);
    until.is_none_or(|until| until.parse::<NaiveDate>().is_ok_and(|until| today <= until))
}

fn latest(business: &[Recorded], field: &str) -> Option<Value> {
    effective(business)
        .iter()
        .rev()
        .find_map(|entry| entry.data.get(field).cloned())
}
