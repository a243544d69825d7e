//! The first page: the year's targets and actuals, readable on a phone.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::Cut;
use serde_json::Value;

use super::{Frame, page};
use crate::access::{Right, may};
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::cli::number;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    plan_title: String,
    body: String,
    label: String,
    closed: bool,
    entries: u64,
    years: Vec<Year>,
    rows: Vec<Row>,
}

struct Year {
    short: String,
    label: String,
    chosen: bool,
}

struct Row {
    id: String,
    label: String,
    section: String,
    note: String,
    baseline: String,
    target: String,
    actual: String,
    rate: String,
    bar: Option<f64>,
    unplanned: bool,
    late: u64,
}

pub(super) async fn home(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Query,
) -> Result<Response, Problem> {
    let allowed = visitor
        .0
        .as_ref()
        .is_some_and(|who| may(who.role, Right::ReadLedger));
    if !allowed && !app.demo {
        return Ok(Redirect::to("/login").into_response());
    }
    let year = query.fiscal_year(FiscalYear::of(jst_date(app.clock.now())))?;
    let looked = looked(&app, Cut::default(), move |kpi, size| {
        let plan = kpi
            .adopted_plan()
            .map(|plan| (plan.title.clone(), plan.body.clone()));
        (
            kpi.years(),
            plan,
            serde_json::to_value(kpi.table(year)).unwrap_or_default(),
            size,
        )
    });
    let (years, plan, table, entries) = looked.await?;
    let (plan_title, body) = plan.unwrap_or_default();
    let years = years.into_iter().map(|known| Year {
        short: known.short(),
        label: known.label(),
        chosen: known == year,
    });
    let home = Home {
        frame: Frame::new(&app, visitor.0),
        plan_title,
        body,
        label: year.label(),
        closed: table["closed"].as_bool().unwrap_or(false),
        entries,
        years: years.collect(),
        rows: table["indicators"]
            .as_array()
            .into_iter()
            .flatten()
            .map(row)
            .collect(),
    };
    Ok(page(StatusCode::OK, &home))
}

fn row(value: &Value) -> Row {
    let words = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let unit = words("unit");
    let with_unit = |name: &str| match &value[name] {
        Value::Number(_) => format!("{} {unit}", number(&value[name])),
        _ => "－".to_owned(),
    };
    let rate = value["rate"].as_f64();
    Row {
        id: words("id"),
        label: words("label"),
        section: words("section"),
        note: words("note"),
        baseline: with_unit("baseline"),
        target: with_unit("target"),
        actual: with_unit("actual"),
        rate: rate.map_or("－".to_owned(), |_| {
            format!("{} ％", number(&value["rate"]))
        }),
        bar: rate.map(|rate| rate.clamp(0.0, 100.0)),
        unplanned: value["unplanned"].as_bool().unwrap_or(false),
        late: value["late"].as_u64().unwrap_or(0),
    }
}
