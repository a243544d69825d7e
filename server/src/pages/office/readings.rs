//! How an indicator is counted: every reading beside the others for all years, the decisions so
//! far with their reasons, and the form that decides.
//!
//! The decision is an event; the projections do the counting.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::FiscalYear;
use banso_projections::figure::Figure;
use banso_projections::table::Row;
use banso_projections::{Cut, Kpi};
use serde::Deserialize;
use serde_json::json;

use super::docket::Docket;
use super::gate::{Answer, reader, record, recorder_of};
use super::words;
use crate::api::{Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// The event that decides.
const DECIDED: &str = "policy.reading_decided";

#[derive(Template)]
#[template(path = "office/readings.html")]
struct List {
    frame: Frame,
    rows: Vec<(String, String, String, usize, String)>,
}

#[derive(Template)]
#[template(path = "office/reading.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    note: String,
    unit: String,
    readings: Vec<(String, String, bool)>,
    years: Vec<Year>,
    decisions: Vec<(String, String, String)>,
}

/// One year with the value of every reading.
struct Year {
    label: String,
    short: String,
    closed: bool,
    target: String,
    cells: Vec<Cell>,
}

struct Cell {
    value: String,
    change: String,
    rate: String,
    in_force: bool,
}

#[derive(Deserialize)]
pub(super) struct Decision {
    reading: String,
    reason: String,
}

pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Answer {
    let account = recorder_of(&app, visitor, DECIDED)?;
    let docket = Docket::read(&app).await?;
    let table = looked(&app, Cut::default(), |kpi, _| {
        kpi.table(
            kpi.adopted_plan()
                .map_or(FiscalYear(0), |plan| plan.first_fiscal_year),
        )
    });
    let rows = table.await?.indicators.into_iter().map(|row| {
        let decided = docket
            .of_type(DECIDED)
            .filter(|event| event.text("indicator") == Some(&row.id));
        let last = decided
            .last()
            .map(|event| words::short_day(event.occurred_on));
        let label = row
            .readings_labels
            .get(&row.reading)
            .unwrap_or(&row.reading)
            .clone();
        (
            row.id,
            row.label,
            label,
            row.readings.len(),
            last.unwrap_or_default(),
        )
    });
    let list = List {
        rows: rows.collect(),
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &list).into_response())
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(indicator): Path<String>,
) -> Answer {
    let account = reader(&app, visitor)?;
    let wanted = indicator.clone();
    let rows = looked(&app, Cut::default(), move |kpi, _| rows(kpi, &wanted)).await?;
    let missing = || Problem::not_found(format!("the plan has no indicator \"{indicator}\""));
    let (_, _, last) = rows.last().ok_or_else(missing)?;
    let docket = Docket::read(&app).await?;
    let label = |id: &String| last.readings_labels.get(id).unwrap_or(id).clone();
    let readings: Vec<_> = last
        .readings
        .keys()
        .map(|id| (id.clone(), label(id), *id == last.reading))
        .collect();
    let mine = docket
        .of_type(DECIDED)
        .filter(|event| event.text("indicator") == Some(&indicator));
    let decisions = mine.map(|event| {
        let text = |name| event.text(name).unwrap_or_default().to_owned();
        (
            words::day(event.occurred_on),
            label(&text("reading")),
            text("reason"),
        )
    });
    let page_of = Page {
        frame: Frame::new(&app, Some(account)),
        id: last.id.clone(),
        name: last.label.clone(),
        note: last.note.clone(),
        unit: last.unit.clone(),
        decisions: decisions.collect(),
        years: rows
            .iter()
            .map(|(year, closed, row)| year_of(*year, *closed, row))
            .collect(),
        readings,
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

/// The indicator's row of every year.
fn rows(kpi: &Kpi, indicator: &str) -> Vec<(FiscalYear, bool, Row)> {
    let years = kpi.years().into_iter().filter_map(|year| {
        let row = kpi
            .table(year)
            .indicators
            .into_iter()
            .find(|row| row.id == indicator)?;
        Some((year, kpi.is_closed(year), row))
    });
    years.collect()
}

fn year_of(year: FiscalYear, closed: bool, row: &Row) -> Year {
    let base = row.target.filter(|target| !target.is_zero());
    let cells = row.readings.iter().map(|(id, value)| Cell {
        value: words::figure(*value),
        change: change(row.actual, *value),
        rate: value
            .zip(base)
            .and_then(|(value, base)| value.rate_of(base, 100))
            .map_or(String::new(), |rate| format!("{rate} ％")),
        in_force: *id == row.reading,
    });
    Year {
        label: year.label(),
        short: year.short(),
        closed,
        target: words::figure(row.target),
        cells: cells.collect(),
    }
}

/// How far a reading lies from the one in force.
fn change(in_force: Option<Figure>, other: Option<Figure>) -> String {
    let Some((now, then)) = in_force.zip(other) else {
        return String::new();
    };
    let by = then.minus(now);
    match by.to_sum() {
        0 => "±0".to_owned(),
        1.. => format!("＋{}", words::figure(Some(by))),
        _ => words::figure(Some(by)),
    }
}

pub(super) async fn decide(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(indicator): Path<String>,
    Form(given): Form<Decision>,
) -> Answer {
    let account = recorder_of(&app, visitor, DECIDED)?;
    let then = format!("/readings/{indicator}");
    let data = json!({"indicator": indicator, "reading": given.reading,
        "reason": given.reason.trim()});
    record(&app, &account, DECIDED, data, &then).await
}
