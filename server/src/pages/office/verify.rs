//! The page on which the committee's own browser checks the ledger and one number of it.
//!
//! Says what is checked; `assets/proof.js` checks, the server only delivers signed material.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::Cut;

use super::gate::{Answer, reader};
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};

#[derive(Template)]
#[template(path = "office/verify.html")]
struct Page {
    frame: Frame,
    origin: String,
    vkey: String,
    indicators: Vec<(String, String)>,
    chosen: String,
    years: Vec<(String, String, bool)>,
    reading: String,
}

pub(super) async fn page_of(State(app): State<Arc<App>>, visitor: Visitor, query: Query) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["indicator", "fy", "reading"])?;
    let year = query.fiscal_year(FiscalYear::of(jst_date(app.clock.now())))?;
    let (indicators, years) = looked(&app, Cut::default(), |kpi, _| {
        let rows = kpi
            .adopted_plan()
            .into_iter()
            .flat_map(|plan| &plan.indicators);
        let rows = rows.map(|row| (row.id.clone(), row.label.clone()));
        (rows.collect::<Vec<_>>(), kpi.years())
    })
    .await?;
    let years = years
        .iter()
        .map(|known| (known.short(), known.label(), *known == year));
    let page_of = Page {
        frame: Frame::new(&app, Some(account)),
        origin: app.origin.clone(),
        vkey: app.vkey.clone(),
        indicators,
        chosen: query.text("indicator").unwrap_or_default().to_owned(),
        years: years.collect(),
        reading: query.text("reading").unwrap_or_default().to_owned(),
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}
