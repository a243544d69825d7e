//! Closing a year: what it will fix, the closed edition beside the live numbers with every change
//! and its cause, publication, and reopening as a recorded act.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::Cut;
use banso_projections::table::KpiTable;
use serde::Deserialize;
use serde_json::{Value, json};

use super::docket::Docket;
use super::gate::{Answer, Turned, record, recorder_of};
use super::words;
use crate::api::{Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

const CLOSED: &str = "fiscal_year.closed";
const REOPENED: &str = "fiscal_year.reopened";
const PUBLISHED: &str = "report.published";

#[derive(Template)]
#[template(path = "office/years.html")]
struct List {
    frame: Frame,
    years: Vec<Listed>,
}

struct Listed {
    label: String,
    short: String,
    closed: String,
    published: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "office/year.html")]
struct Page {
    frame: Frame,
    label: String,
    short: String,
    over: bool,
    last_day: String,
    entries: u64,
    closed: Option<Closed>,
    rows: Vec<Compared>,
    changes: Vec<Change>,
    published: Option<(String, String)>,
}

/// The closing in force.
struct Closed {
    day: String,
    cutoff: u64,
    position: u64,
    root: String,
    digest: String,
}

/// An indicator in the closed edition and now.
struct Compared {
    id: String,
    label: String,
    target: String,
    then: String,
    now: String,
    changed: bool,
}

/// One entry that changed a number after the closing.
pub(super) struct Change {
    pub(super) indicator: String,
    pub(super) delta: String,
    pub(super) event: &'static str,
    pub(super) day: String,
    pub(super) position: u64,
    pub(super) target: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Reopening {
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct Publication {
    url: String,
}

pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Answer {
    let account = recorder_of(&app, visitor, CLOSED)?;
    let docket = Docket::read(&app).await?;
    let years = looked(&app, Cut::default(), |kpi, _| {
        let years = kpi
            .years()
            .into_iter()
            .map(|year| (year, kpi.is_closed(year)));
        years.collect::<Vec<_>>()
    });
    let today = jst_date(app.clock.now());
    let years = years.await?.into_iter().map(|(year, closed)| {
        let day = docket
            .closing(year)
            .filter(|_| closed)
            .map(|closing| words::short_day(closing.on));
        let published = docket.published(year).map(|(on, _)| words::short_day(on));
        Listed {
            label: year.label(),
            short: year.short(),
            closed: day.unwrap_or_default(),
            published: published.unwrap_or_default(),
            over: year.last_day() < today,
        }
    });
    let list = List {
        years: years.collect(),
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &list).into_response())
}

/// What the projections say about a year and its closing.
struct Seen {
    live: KpiTable,
    edition: Option<KpiTable>,
    changes: Value,
    size: u64,
}

pub(super) async fn year(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(year): Path<String>,
) -> Answer {
    let account = recorder_of(&app, visitor, CLOSED)?;
    let year = parsed(&year)?;
    let seen = looked(&app, Cut::default(), move |kpi, size| {
        let changes = kpi
            .closed_at(year)
            .map(|cutoff| kpi.diff(year, cutoff, size));
        let changes = serde_json::to_value(changes).unwrap_or_default();
        Seen {
            live: kpi.table(year),
            edition: kpi.closed_edition(year),
            changes,
            size,
        }
    });
    let seen = seen.await?;
    let docket = Docket::read(&app).await?;
    let closed = seen
        .edition
        .as_ref()
        .zip(docket.closing(year))
        .map(|(edition, closing)| Closed {
            day: words::day(closing.on),
            cutoff: edition.as_of.position,
            position: closing.position,
            root: closing.root,
            digest: closing.digest,
        });
    let published = docket.published(year);
    let page_of = Page {
        frame: Frame::new(&app, Some(account)),
        label: year.label(),
        short: year.short(),
        over: year.last_day() < jst_date(app.clock.now()),
        last_day: words::day(year.last_day()),
        entries: seen.size,
        rows: compared(seen.edition.as_ref().unwrap_or(&seen.live), &seen.live),
        closed,
        changes: changes(&seen.changes),
        published: published.map(|(on, url)| (words::day(on), url.unwrap_or_default())),
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

fn compared(edition: &KpiTable, live: &KpiTable) -> Vec<Compared> {
    let rows = edition.indicators.iter().map(|then| {
        let now = live.indicators.iter().find(|row| row.id == then.id);
        let now_actual = now.and_then(|row| row.actual);
        Compared {
            id: then.id.clone(),
            label: then.label.clone(),
            target: words::with_unit(then.target, &then.unit),
            then: words::with_unit(then.actual, &then.unit),
            now: words::with_unit(now_actual, &then.unit),
            changed: now_actual != then.actual,
        }
    });
    rows.collect()
}

/// The changes that the projections found, as lines.
pub(super) fn changes(changes: &Value) -> Vec<Change> {
    let lines = changes.as_array().into_iter().flatten().map(|change| {
        let text = |name: &str| change[name].as_str().unwrap_or_default();
        let delta = words::value(&change["delta"]);
        Change {
            indicator: text("indicator").to_owned(),
            delta: if delta.starts_with('−') {
                delta
            } else {
                format!("＋{delta}")
            },
            event: words::event(text("type")),
            day: words::short_day_of(text("occurred_on")),
            position: change["position"].as_u64().unwrap_or_default(),
            target: change["target"].as_u64(),
        }
    });
    lines.collect()
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(year): Path<String>,
) -> Answer {
    let account = recorder_of(&app, visitor, CLOSED)?;
    let year = parsed(&year)?;
    record(
        &app,
        &account,
        CLOSED,
        json!({"fiscal_year": year.0}),
        &address(year),
    )
    .await
}

pub(super) async fn reopen(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(year): Path<String>,
    Form(given): Form<Reopening>,
) -> Answer {
    let account = recorder_of(&app, visitor, REOPENED)?;
    let year = parsed(&year)?;
    let data = json!({"fiscal_year": year.0, "reason": given.reason.trim()});
    record(&app, &account, REOPENED, data, &address(year)).await
}

pub(super) async fn publish(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(year): Path<String>,
    Form(given): Form<Publication>,
) -> Answer {
    let account = recorder_of(&app, visitor, PUBLISHED)?;
    let year = parsed(&year)?;
    let mut data = json!({"fiscal_year": year.0});
    if !given.url.trim().is_empty() {
        data["url"] = json!(given.url.trim());
    }
    record(&app, &account, PUBLISHED, data, &address(year)).await
}

fn address(year: FiscalYear) -> String {
    format!("/years/{}", year.short())
}

/// A year in an address.
pub(super) fn parsed(text: &str) -> Result<FiscalYear, Turned> {
    text.parse()
        .map_err(|detail: String| Problem::new(StatusCode::BAD_REQUEST, detail).into())
}
