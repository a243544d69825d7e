//! The tracker of remedies (改善策): who does what by when, how far it is, what is overdue.
//!
//! Everybody who may read numbers sees it; the manager records.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::Cut;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use super::docket::{Docket, Remedy};
use super::gate::{Answer, allowed, reader, record, recorder_of};
use super::words;
use crate::api::{Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};

const PROPOSED: &str = "improvement.proposed";
const PROGRESSED: &str = "improvement.progressed";
const DONE: &str = "improvement.done";

#[derive(Template)]
#[template(path = "office/improvements.html")]
struct Page {
    frame: Frame,
    groups: Vec<(String, Vec<Line>)>,
    items: Vec<(String, String)>,
    next: String,
    records: bool,
    today: NaiveDate,
}

/// One remedy as pages show it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) item: String,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) due: String,
    pub(super) what: String,
    pub(super) steps: Vec<(String, String)>,
    pub(super) state: &'static str,
    pub(super) open: bool,
}

#[derive(Deserialize)]
pub(super) struct Proposal {
    improvement_id: String,
    item: String,
    owner: String,
    due: String,
    what: String,
}

#[derive(Deserialize)]
pub(super) struct Step {
    improvement_id: String,
    #[serde(default)]
    what: String,
    act: String,
}

impl Line {
    /// A remedy with the name of its item.
    pub(super) fn new(remedy: &Remedy, items: &[(String, String)], today: NaiveDate) -> Self {
        let name = items.iter().find(|(id, _)| *id == remedy.item);
        let steps = remedy
            .steps
            .iter()
            .map(|(on, what)| (words::short_day(*on), what.clone()));
        Self {
            id: remedy.id.clone(),
            item: remedy.item.clone(),
            name: name.map_or(String::new(), |(_, label)| label.clone()),
            owner: remedy.owner.clone(),
            due: remedy.due.map_or(words::NONE.to_owned(), words::short_day),
            what: remedy.what.clone(),
            steps: steps.collect(),
            state: match remedy.done_on {
                Some(_) => "完了",
                None if remedy.overdue(today) => "期限超過",
                None if remedy.steps.is_empty() => "未着手",
                None => "進行中",
            },
            open: remedy.done_on.is_none(),
        }
    }
}

/// Id and label of every indicator of the plan in force.
pub(super) async fn items(
    app: &Arc<App>,
) -> Result<Vec<(String, String)>, crate::problem::Problem> {
    looked(app, Cut::default(), |kpi, _| {
        let rows = kpi
            .adopted_plan()
            .into_iter()
            .flat_map(|plan| &plan.indicators);
        rows.map(|row| (row.id.clone(), row.label.clone()))
            .collect()
    })
    .await
}

pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Answer {
    let account = reader(&app, visitor)?;
    let items = items(&app).await?;
    let remedies = Docket::read(&app).await?.remedies();
    let today = jst_date(app.clock.now());
    let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
    for remedy in remedies.iter().rev() {
        let heading = format!("{}の評価を受けた改善策", remedy.evaluated_year().label());
        let line = Line::new(remedy, &items, today);
        match groups.last_mut().filter(|(known, _)| *known == heading) {
            Some((_, lines)) => lines.insert(0, line),
            None => groups.push((heading, vec![line])),
        }
    }
    let year = FiscalYear(FiscalYear::of(today).0 - 1);
    let taken = |number: &usize| {
        let id = format!("K-{}-{number:02}", year.0);
        remedies.iter().any(|remedy| remedy.id == id)
    };
    let number = (1..100).find(|number| !taken(number)).unwrap_or(100);
    let page_of = Page {
        groups,
        items,
        next: format!("K-{}-{number:02}", year.0),
        records: allowed(&account, PROPOSED),
        today,
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

pub(super) async fn propose(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(given): Form<Proposal>,
) -> Answer {
    let account = recorder_of(&app, visitor, PROPOSED)?;
    let data = json!({"improvement_id": given.improvement_id.trim(), "item": given.item,
        "owner": given.owner.trim(), "due": given.due, "what": given.what.trim()});
    record(&app, &account, PROPOSED, data, "/improvements").await
}

pub(super) async fn step(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(given): Form<Step>,
) -> Answer {
    let account = recorder_of(&app, visitor, PROGRESSED)?;
    let (name, data) = if given.act == "done" {
        (DONE, json!({"improvement_id": given.improvement_id}))
    } else {
        let what = given.what.trim();
        (
            PROGRESSED,
            json!({"improvement_id": given.improvement_id, "what": what}),
        )
    };
    record(&app, &account, name, data, "/improvements").await
}
