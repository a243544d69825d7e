//! The programme's own events as the office's pages need them: closings, grades, remedies,
//! decisions, publications. Corrections and voids are applied; later ones win.
//!
//! Counts no indicator and knows no HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use banso_core::calendar::FiscalYear;
use banso_core::recorded::Recorded;
use banso_projections::view::{Effective, effective};
use banso_store::{EventStore, StoreError};
use chrono::NaiveDate;
use serde_json::Value;

use crate::app::App;
use crate::problem::Problem;

/// The effective events of the programme, oldest first.
pub(super) struct Docket {
    events: Vec<Effective>,
}

/// One member's grade of one item.
pub(super) struct Grade {
    /// `staff/<uuid>` of the member.
    pub(super) member: String,
    pub(super) item: String,
    pub(super) grade: String,
    pub(super) comment: String,
    pub(super) direction: String,
}

/// A remedy and what became of it.
pub(super) struct Remedy {
    pub(super) id: String,
    pub(super) item: String,
    pub(super) owner: String,
    pub(super) due: Option<NaiveDate>,
    pub(super) what: String,
    pub(super) proposed_on: NaiveDate,
    pub(super) steps: Vec<(NaiveDate, String)>,
    pub(super) done_on: Option<NaiveDate>,
}

impl Remedy {
    /// Not done, and its day has passed.
    pub(super) fn overdue(&self, today: NaiveDate) -> bool {
        self.done_on.is_none() && self.due.is_some_and(|due| due < today)
    }

    /// The evaluated year it answers: remedies are decided in the year after.
    pub(super) fn evaluated_year(&self) -> FiscalYear {
        FiscalYear(FiscalYear::of(self.proposed_on).0 - 1)
    }
}

/// The closing of a year.
pub(super) struct Closing {
    pub(super) position: u64,
    pub(super) on: NaiveDate,
    pub(super) root: String,
    pub(super) digest: String,
}

impl Docket {
    /// Reads the programme's events on a thread that may block.
    pub(super) async fn read(app: &Arc<App>) -> Result<Self, Problem> {
        let store = Arc::clone(&app.store);
        let read = tokio::task::spawn_blocking(move || Self::of(&*store)).await;
        let gone = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the read broke off");
        Ok(read.map_err(gone)??)
    }

    fn of(store: &dyn EventStore) -> Result<Self, StoreError> {
        let size = store.size();
        let entries = store.read_subject("programme/plan")?;
        let durable = entries.iter().filter(|entry| entry.position < size);
        let recorded: Vec<_> = durable
            .filter_map(|entry| Recorded::parse(&entry.bytes).ok())
            .collect();
        Ok(Self {
            events: effective(&recorded),
        })
    }

    /// The effective events of a type, oldest first.
    pub(super) fn of_type(&self, name: &str) -> impl Iterator<Item = &Effective> {
        self.events
            .iter()
            .filter(move |event| event.counts() && event.event_type == name)
    }

    fn of_year(&self, name: &str, year: FiscalYear) -> impl Iterator<Item = &Effective> {
        self.of_type(name)
            .filter(move |event| year_of(event) == Some(year))
    }

    /// The latest grade of each member for each item of a year.
    pub(super) fn grades(&self, year: FiscalYear) -> Vec<Grade> {
        let mut latest: BTreeMap<(String, String), (u64, Grade)> = BTreeMap::new();
        for event in self.of_year("evaluation.graded", year) {
            let text = |name| event.text(name).unwrap_or_default().to_owned();
            let grade = Grade {
                member: event.recorded_by.clone(),
                item: text("item"),
                grade: text("grade"),
                comment: text("comment"),
                direction: text("direction"),
            };
            latest.insert(
                (grade.item.clone(), grade.member.clone()),
                (event.position, grade),
            );
        }
        let mut grades: Vec<_> = latest.into_values().collect();
        grades.sort_by_key(|(position, _)| *position);
        grades.into_iter().map(|(_, grade)| grade).collect()
    }

    /// The members who graded anything in a year, in a fixed order that tells nothing of them.
    pub(super) fn members(&self, year: FiscalYear) -> Vec<String> {
        let mut members: Vec<_> = self
            .of_year("evaluation.graded", year)
            .map(|event| event.recorded_by.clone())
            .collect();
        members.sort();
        members.dedup();
        members
    }

    /// Every remedy, oldest first.
    pub(super) fn remedies(&self) -> Vec<Remedy> {
        let mut remedies: Vec<Remedy> = Vec::new();
        for event in self.events.iter().filter(|event| event.counts()) {
            let id = event.text("improvement_id").unwrap_or_default();
            let text = |name| event.text(name).unwrap_or_default().to_owned();
            if event.event_type == "improvement.proposed" {
                remedies.push(Remedy {
                    id: id.to_owned(),
                    item: text("item"),
                    owner: text("owner"),
                    due: event.date("due"),
                    what: text("what"),
                    proposed_on: event.occurred_on,
                    steps: Vec::new(),
                    done_on: None,
                });
                continue;
            }
            let Some(remedy) = remedies.iter_mut().find(|remedy| remedy.id == id) else {
                continue;
            };
            match event.event_type.as_str() {
                "improvement.progressed" => remedy.steps.push((event.occurred_on, text("what"))),
                "improvement.done" => remedy.done_on = Some(event.occurred_on),
                _ => {}
            }
        }
        remedies
    }

    /// The latest closing of a year, whether it was lifted again or not.
    pub(super) fn closing(&self, year: FiscalYear) -> Option<Closing> {
        let event = self.of_year("fiscal_year.closed", year).last()?;
        let text = |name| event.text(name).unwrap_or_default().to_owned();
        Some(Closing {
            position: event.position,
            on: event.occurred_on,
            root: text("cutoff_root"),
            digest: text("result_digest"),
        })
    }

    /// The latest publication of a year: its day and address.
    pub(super) fn published(&self, year: FiscalYear) -> Option<(NaiveDate, Option<String>)> {
        let event = self.of_year("report.published", year).last()?;
        Some((event.occurred_on, event.text("url").map(str::to_owned)))
    }

    /// What was known when a year was published last, and at which position that was.
    pub(super) fn at_publication(self, year: FiscalYear) -> Option<(u64, Self)> {
        let position = self.of_year("report.published", year).last()?.position;
        let events = self
            .events
            .into_iter()
            .filter(|event| event.position <= position);
        Some((
            position,
            Self {
                events: events.collect(),
            },
        ))
    }

    /// The committee's meetings about a year: day and mode.
    pub(super) fn meetings(&self, year: FiscalYear) -> Vec<(NaiveDate, String)> {
        let met = self.of_year("committee.convened", year);
        met.map(|event| {
            (
                event.occurred_on,
                event.text("mode").unwrap_or_default().to_owned(),
            )
        })
        .collect()
    }

    /// What the committee's members stand for, in the order of appointment.
    pub(super) fn organisations(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for event in self.of_type("committee.appointed") {
            let name = event.text("organisation").unwrap_or_default().to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The year that an event's data names, written `2025` or `R7`.
fn year_of(event: &Effective) -> Option<FiscalYear> {
    match event.data.get("fiscal_year")? {
        Value::Number(number) => Some(FiscalYear(i32::try_from(number.as_i64()?).ok()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
