//! Cases and businesses as they stand, and who is due.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use banso_core::calendar::jst_date;
use banso_core::subject::Subject;
use banso_projections::Cut;
use banso_projections::view::case_view;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Caller;
use super::kpis::{looked, this_year};
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::problem::Problem;

const STAGES: [&str; 5] = ["opened", "analysed", "planned", "executing", "closed"];

/// 案件の一覧を返します。
#[utoipa::path(get, path = "/v1/cases", tag = "cases", security(("bearer" = [])),
    params(("business" = Option<Uuid>, Query), ("advisor" = Option<Uuid>, Query),
        ("stage" = Option<String>, Query, description = "opened, analysed, planned, executing, closed"),
        ("q" = Option<String>, Query, description = "name, kana, trade name, phone, any width"),
        ("as_of" = Option<u64>, Query), ("known_at" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the role may not", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cases(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadCases)?;
    query.only(&["business", "advisor", "stage", "q", "as_of", "known_at"])?;
    let business = query.get::<Uuid>("business", "a UUID")?;
    let advisor = query.get::<Uuid>("advisor", "a UUID")?;
    let stage = query.text("stage").map(str::to_owned);
    if stage
        .as_ref()
        .is_some_and(|stage| !STAGES.contains(&stage.as_str()))
    {
        return Err(Problem::parameter(
            "stage",
            format!("is not one of {}", STAGES.join(", ")),
        ));
    }
    let cut = query.cut(app.store.size())?;
    let found: Option<HashSet<Uuid>> = match query.text("q") {
        Some(text) => Some(app.directory.search(text)?.into_iter().collect()),
        None => None,
    };
    let summaries = looked(&app, cut, move |kpi, _| {
        let mut cases = kpi.cases();
        cases.retain(|case| {
            business.is_none_or(|id| case.business_id == Some(id))
                && advisor.is_none_or(|id| case.advisor_id == Some(id))
                && stage
                    .as_deref()
                    .is_none_or(|stage| case.stage.name() == stage)
                && found
                    .as_ref()
                    .is_none_or(|found| case.business_id.is_some_and(|id| found.contains(&id)))
        });
        cases
    })
    .await?;
    let cases = app.directory.look(|businesses| {
        let named = summaries.iter().map(|case| {
            let mut value = serde_json::to_value(case).unwrap_or_default();
            let listed = case.business_id.and_then(|id| businesses.get(&id));
            value["business_name"] = json!(listed.and_then(|listed| listed.text("name")));
            value
        });
        named.collect::<Vec<_>>()
    })?;
    Ok(Json(json!({"cases": cases})))
}

/// 案件の現在の状態(または過去の位置での状態)を返します。
#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", security(("bearer" = [])),
    params(("id" = Uuid, Path), ("as_of" = Option<u64>, Query),
        ("known_at" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the role may not", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such case", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn case(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (id, as_of) = subject(&app, &caller, &id, &query).await?;
    let entries = app.directory.opened(Subject::case(id), as_of)?;
    let view = case_view(id, &entries);
    let mut view = view.ok_or_else(|| Problem::not_found(format!("there is no case {id}")))?;
    let view = looked(&app, Cut::default(), move |kpi, _| {
        for event in view.events_mut() {
            event.late = kpi.is_late(event.position, event.occurred_on);
        }
        view
    })
    .await?;
    Ok(versioned(view.version, &view))
}

/// 事業者の情報を返します。
#[utoipa::path(get, path = "/v1/businesses/{id}", tag = "cases", security(("bearer" = [])),
    params(("id" = Uuid, Path), ("as_of" = Option<u64>, Query),
        ("known_at" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the role may not", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such business", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn business(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (id, as_of) = subject(&app, &caller, &id, &query).await?;
    let view = app.directory.business(id, as_of)?;
    let mut view = view.ok_or_else(|| Problem::not_found(format!("there is no business {id}")))?;
    let view = looked(&app, Cut::default(), move |kpi, _| {
        for event in &mut view.timeline {
            event.late = kpi.is_late(event.position, event.occurred_on);
        }
        view
    })
    .await?;
    Ok(versioned(view.version, &view))
}

/// だれに、いつまでに、何をする予定かを返します。
#[utoipa::path(get, path = "/v1/duties", tag = "cases", security(("bearer" = [])),
    params(("fy" = Option<String>, Query), ("advisor" = Option<Uuid>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the role may not", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn duties(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadCases)?;
    query.only(&["fy", "advisor"])?;
    let year = query.fiscal_year(this_year(&app))?;
    let advisor = query.get::<Uuid>("advisor", "a UUID")?;
    let today = jst_date(app.clock.now());
    let duties = looked(&app, Cut::default(), move |kpi, _| {
        let mut duties = kpi.duties(year, today);
        if let Some(id) = advisor {
            duties.duties.retain(|duty| duty.advisor_id == Some(id));
            duties
                .by_advisor
                .retain(|known, _| *known == id.to_string());
        }
        serde_json::to_value(&duties).unwrap_or_default()
    });
    Ok(Json(duties.await?))
}

/// The id of a subject, and the position of the cut-off.
async fn subject(
    app: &Arc<App>,
    caller: &Caller,
    id: &str,
    query: &Query,
) -> Result<(Uuid, u64), Problem> {
    caller.needs(Right::ReadCases)?;
    query.only(&["as_of", "known_at"])?;
    let parsed = id
        .parse()
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("\"{id}\" is not a UUID")))?;
    let cut = query.cut(app.store.size())?;
    if cut.known_at.is_none() {
        return Ok((parsed, cut.as_of.unwrap_or_else(|| app.store.size())));
    }
    let position = looked(app, Cut::default(), move |kpi, _| kpi.size_at(cut)).await?;
    Ok((parsed, position))
}

fn versioned(version: u64, value: &impl Serialize) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{version}\""));
    let mut response = Json(value).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
