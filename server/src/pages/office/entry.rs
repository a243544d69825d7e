//! One entry in plain words, for whoever follows a number to its evidence.
//!
//! Shows what stands in the entry itself, which holds no personal field; names of businesses and
//! staff only for those who may read cases. Judges nothing.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::jst_date;
use banso_core::event::event_type;
use banso_core::recorded::Recorded;
use banso_core::shape::Shape;
use banso_projections::view::{Effective, effective};
use banso_store::StoreError;
use serde_json::Value;

use super::evidence::Names;
use super::gate::{Answer, reader};
use super::words;
use crate::access::{Right, may};
use crate::api::Visitor;
use crate::app::App;
use crate::pages::advisor::shown;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// Longer values, such as a whole plan, are left to the data.
const LONGEST: usize = 600;

#[derive(Template)]
#[template(path = "office/entry.html")]
struct Page {
    frame: Frame,
    position: u64,
    label: &'static str,
    day: String,
    recorded: String,
    by: String,
    business: String,
    business_id: String,
    rows: Vec<(&'static str, String)>,
    sealed: bool,
    voided: Option<u64>,
    corrected: Vec<u64>,
    cancelled: Option<u64>,
}

pub(super) async fn entry(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(position): Path<String>,
) -> Answer {
    let account = reader(&app, visitor)?;
    let missing = || Problem::not_found(format!("there is no entry \"{position}\""));
    let at = position.parse::<u64>().map_err(|_| missing())?;
    let found = app.store.entry(at).map_err(Problem::from)?;
    let recorded = found.and_then(|entry| Recorded::parse(&entry.bytes).ok());
    let recorded = recorded.ok_or_else(missing)?;
    let stands = stands(&app, &recorded).map_err(Problem::from)?;
    let mut names = Names::new(&app, may(account.role, Right::ReadCases));
    let business = business_of(&app, &recorded)?;
    let day = |at| words::day(jst_date(at));
    let shown = Page {
        position: at,
        label: words::event(&recorded.event_type),
        day: words::day(recorded.occurred_on),
        recorded: day(recorded.recorded_at),
        by: match recorded.recorded_by.strip_prefix("staff/") {
            Some(id) => names.advisor(id),
            None => "システム".to_owned(),
        },
        business: names.business(&business),
        business_id: names.opens(&business),
        rows: rows(&recorded, &mut names),
        sealed: recorded.sealed.is_some(),
        voided: stands.as_ref().and_then(|event| event.voided_by),
        cancelled: stands.as_ref().and_then(|event| event.cancelled_by),
        corrected: stands.map(|event| event.corrected_by).unwrap_or_default(),
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &shown).into_response())
}

/// How the event stands now; none for a correction or a void itself.
fn stands(app: &App, recorded: &Recorded) -> Result<Option<Effective>, StoreError> {
    let entries = app.store.read_subject(&recorded.subject)?;
    let all: Vec<_> = entries
        .iter()
        .filter_map(|entry| Recorded::parse(&entry.bytes).ok())
        .collect();
    let mut events = effective(&all).into_iter();
    Ok(events.find(|event| event.position == recorded.position))
}

/// The id of the business that an entry is about; empty without one.
fn business_of(app: &App, recorded: &Recorded) -> Result<String, Problem> {
    let (kind, id) = recorded.subject.split_once('/').unwrap_or_default();
    if kind == "business" {
        return Ok(id.to_owned());
    }
    if let Some(named) = recorded.data.get("business_id").and_then(Value::as_str) {
        return Ok(named.to_owned());
    }
    let Some(case) = id.parse().ok().filter(|_| kind == "case") else {
        return Ok(String::new());
    };
    let found = app.casebook.look(&app.directory, |known| {
        known
            .cases
            .get(&case)
            .and_then(|sheet| sheet.view.business_id)
    });
    Ok(found?.map(|id| id.to_string()).unwrap_or_default())
}

/// The fields of the entry with their labels.
fn rows(recorded: &Recorded, names: &mut Names<'_>) -> Vec<(&'static str, String)> {
    let fields = event_type(&recorded.event_type).map_or(&[][..], |known| known.fields);
    let row = |field: &banso_core::event::Field| {
        let value = recorded.data.get(field.name)?;
        if field.personal || value.is_null() || field.name == "business_id" {
            return None;
        }
        let text = match (field.name, field.shape, value.as_str()) {
            ("advisor_id" | "to", Shape::Uuid, Some(id)) => names.advisor(id),
            ("into", Shape::Uuid, Some(id)) => names.business(id),
            (_, Shape::Uuid, _) => return None,
            _ => shown(field.shape, value),
        };
        let short = text.chars().count() <= LONGEST;
        Some((
            field.label,
            if short {
                text
            } else {
                "（データをご覧ください）".to_owned()
            },
        ))
    };
    fields.iter().filter_map(row).collect()
}
