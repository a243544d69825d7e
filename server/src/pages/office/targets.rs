//! The targets of one indicator over the plan's years, what was changed and why, and the form that
//! changes one. The old target stays in the ledger with its day.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::FiscalYear;
use banso_core::text::fold_width;
use banso_projections::Cut;
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{Answer, record, recorder_of, told};
use super::words;
use crate::api::{Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// The event that changes a target.
const REVISED: &str = "programme.target_revised";

#[derive(Template)]
#[template(path = "office/target.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    unit: String,
    years: Vec<(String, String, String, String)>,
    revisions: Vec<(String, String, String, String, String)>,
}

#[derive(Deserialize)]
pub(super) struct Revision {
    fiscal_year: String,
    target: String,
    reason: String,
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(indicator): Path<String>,
) -> Answer {
    let account = recorder_of(&app, visitor, REVISED)?;
    let wanted = indicator.clone();
    let rows = looked(&app, Cut::default(), move |kpi, _| {
        let years = kpi
            .adopted_plan()
            .map(|plan| plan.years().collect::<Vec<_>>());
        let row = |year: FiscalYear| {
            let row = kpi
                .table(year)
                .indicators
                .into_iter()
                .find(|row| row.id == wanted);
            row.map(|row| (year, row))
        };
        years
            .unwrap_or_default()
            .into_iter()
            .filter_map(row)
            .collect::<Vec<_>>()
    });
    let rows = rows.await?;
    let missing = || Problem::not_found(format!("the plan has no indicator \"{indicator}\""));
    let (_, first) = rows.first().ok_or_else(missing)?;
    let (id, name, unit) = (first.id.clone(), first.label.clone(), first.unit.clone());
    let years = rows.iter().map(|(year, row)| {
        let rate = row
            .rate
            .map_or(words::NONE.to_owned(), |rate| format!("{rate} ％"));
        let target = words::figure(row.target);
        (year.label(), target, words::figure(row.actual), rate)
    });
    let revisions = rows.iter().flat_map(|(year, row)| {
        row.revisions.iter().map(|change| {
            (
                words::short_day_of(&change.occurred_on),
                year.label(),
                words::figure(change.before),
                words::figure(change.target),
                change.reason.clone(),
            )
        })
    });
    let page_of = Page {
        frame: Frame::new(&app, Some(account)),
        id,
        name,
        unit,
        years: years.collect(),
        revisions: revisions.collect(),
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

pub(super) async fn revise(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(indicator): Path<String>,
    Form(given): Form<Revision>,
) -> Answer {
    let account = recorder_of(&app, visitor, REVISED)?;
    let then = format!("/targets/{indicator}");
    let written = fold_width(given.target.trim()).replace(',', "");
    // An empty field takes the year off the schedule; anything else must be a number.
    let target = match written.as_str() {
        "" | "－" | "-" => Some(Value::Null),
        text => serde_json::from_str::<serde_json::Number>(text)
            .ok()
            .map(Value::Number),
    };
    let Some(target) = target else {
        let text = format!(
            "目標「{}」は数として読めません。台帳には何も記録していません。",
            given.target
        );
        let frame = Frame::new(&app, Some(account));
        return Err(told(
            frame,
            StatusCode::BAD_REQUEST,
            "入力に誤りがあります",
            text,
            &then,
        ));
    };
    let data = json!({"indicator": indicator, "fiscal_year": given.fiscal_year, "target": target,
        "reason": given.reason.trim()});
    record(&app, &account, REVISED, data, &then).await
}
