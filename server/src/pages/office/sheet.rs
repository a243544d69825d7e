//! The evaluation sheet as a Japanese office hands it out: A4, approval boxes, era years.
//!
//! The same numbers as the committee's table; a blank column where a member writes by hand.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::Cut;

use super::docket::Docket;
use super::evaluation::{Line, edition, lines, remedies_before};
use super::gate::{Answer, reader};
use super::improvements::Line as RemedyLine;
use super::words;
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};

#[derive(Template)]
#[template(path = "office/sheet.html")]
struct Sheet {
    frame: Frame,
    body: String,
    title: String,
    label: String,
    today: String,
    closed: bool,
    entries: u64,
    lines: Vec<Line>,
    remedies: Vec<RemedyLine>,
}

pub(super) async fn evaluation(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Query,
) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy"])?;
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear(FiscalYear::of(today).0 - 1))?;
    let (table, plan) = looked(&app, Cut::default(), move |kpi, _| {
        let plan = kpi
            .adopted_plan()
            .map(|plan| (plan.body.clone(), plan.title.clone()));
        (edition(kpi, year), plan.unwrap_or_default())
    })
    .await?;
    let docket = Docket::read(&app).await?;
    let names: Vec<_> = table
        .indicators
        .iter()
        .map(|row| (row.id.clone(), row.label.clone()))
        .collect();
    let sheet = Sheet {
        frame: Frame::new(&app, Some(account)),
        body: plan.0,
        title: plan.1,
        label: year.label(),
        today: words::day(today),
        closed: table.closed,
        entries: table.as_of.position,
        lines: lines(&table, &docket, year),
        remedies: remedies_before(&docket, year, &names, today, None),
    };
    Ok(page(StatusCode::OK, &sheet).into_response())
}
