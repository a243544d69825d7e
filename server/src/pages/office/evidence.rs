//! The events behind one number: those that count, and those that do not, each with its reason.
//!
//! Whoever may read cases sees names; the committee sees pseudonyms. Counts nothing.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::subject::Subject;
use banso_projections::Cut;
use serde_json::Value;
use uuid::Uuid;

use super::gate::{Answer, reader};
use super::picker::Picker;
use super::{words, workload};
use crate::access::{Right, may};
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// Rows of a table; the rest is in the data.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "office/evidence.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    note: String,
    year: String,
    short: String,
    picker: Picker,
    readings: Vec<(String, String, String, bool)>,
    /// Whose events alone are listed.
    part: Option<String>,
    reading: String,
    in_force: bool,
    value: String,
    summed: bool,
    parts: Vec<(String, String, String)>,
    counted: Vec<Line>,
    counted_more: usize,
    refused: Vec<Line>,
    refused_more: usize,
}

/// One event for people.
pub(super) struct Line {
    pub(super) position: String,
    pub(super) day: String,
    pub(super) event: &'static str,
    pub(super) business: String,
    /// Empty where the reader may not open it.
    pub(super) business_id: String,
    pub(super) advisor: String,
    amount: String,
    late: bool,
    reason: &'static str,
    because: Option<u64>,
}

pub(super) async fn evidence(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(indicator): Path<String>,
    query: Query,
) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy", "reading", "advisor", "area"])?;
    let cases = may(account.role, Right::ReadCases);
    let whose = workload::whose(&query)?.filter(|_| cases);
    let year = query.fiscal_year(FiscalYear::of(jst_date(app.clock.now())))?;
    let asked = query.text("reading").map(str::to_owned);
    let wanted = (indicator.clone(), asked, whose.clone());
    let found = looked(&app, Cut::default(), move |kpi, _| {
        let mut evidence = kpi.evidence(&wanted.0, year, wanted.1.as_deref())?;
        if let Some(whose) = &wanted.2 {
            evidence = kpi.part_of(evidence, whose);
        }
        let row = kpi
            .table(year)
            .indicators
            .into_iter()
            .find(|row| row.id == wanted.0)?;
        Some((serde_json::to_value(evidence).ok()?, row, kpi.years()))
    });
    let missing = || Problem::not_found(format!("no indicator \"{indicator}\" with that reading"));
    let (evidence, row, years) = found.await?.ok_or_else(missing)?;
    let mut names = Names::new(&app, cases);
    let part = whose.map(|whose| workload::called(&whose, &mut names));
    let (counted, counted_more) = lines(&evidence["counted"], &mut names, &row.unit);
    let (refused, refused_more) = lines(&evidence["not_counted"], &mut names, &row.unit);
    let reading = evidence["reading"]
        .as_str()
        .unwrap_or(&row.reading)
        .to_owned();
    let label = |id: &String| row.readings_labels.get(id).unwrap_or(id).clone();
    let readings = row.readings.iter().map(|(id, value)| {
        (
            id.clone(),
            label(id),
            words::with_unit(*value, &row.unit),
            *id == reading,
        )
    });
    let value = match &evidence["value"] {
        Value::Null => words::NONE.to_owned(),
        value => format!("{} {}", words::value(value), row.unit),
    };
    let page_of = Page {
        frame: Frame::new(&app, Some(account)),
        year: year.label(),
        short: year.short(),
        picker: Picker::new(&years, year, |short| {
            format!("/evidence/{}?fy={short}", row.id)
        }),
        readings: readings.collect(),
        part,
        in_force: reading == row.reading,
        reading,
        value,
        summed: counted.iter().any(|line| !line.amount.is_empty()),
        parts: parts(&evidence["parts"]),
        counted,
        counted_more,
        refused,
        refused_more,
        id: row.id,
        name: row.label,
        note: row.note,
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

/// The events of evidence, as many as a page shows, and how many more there are.
pub(super) fn lines(items: &Value, names: &mut Names<'_>, unit: &str) -> (Vec<Line>, usize) {
    let items = items.as_array().map_or(&[][..], Vec::as_slice);
    let shown = items.iter().take(SHOWN).map(|item| line(item, names, unit));
    (shown.collect(), items.len().saturating_sub(SHOWN))
}

fn line(item: &Value, names: &mut Names<'_>, unit: &str) -> Line {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    let figures = &item["figures"];
    let amount = match (&item["amount"], figures) {
        (Value::Number(number), _) => {
            format!("{} {}", words::grouped(&number.to_string()), unit)
        }
        (_, Value::Object(_)) => format!(
            "{} 円（前 {} 円）",
            words::value(&figures["figure"]),
            words::value(&figures["base"])
        ),
        _ => String::new(),
    };
    Line {
        position: item["position"].to_string(),
        day: words::short_day_of(text("occurred_on")),
        event: words::event(text("type")),
        business: names.business(text("business_id")),
        business_id: names.opens(text("business_id")),
        advisor: names.advisor(text("advisor_id")),
        amount,
        late: item["late"].as_bool().unwrap_or(false),
        reason: words::reason(text("reason")),
        because: item["because"].as_u64(),
    }
}

fn parts(parts: &Value) -> Vec<(String, String, String)> {
    let text = |part: &Value, name: &str| part[name].as_str().unwrap_or_default().to_owned();
    let parts = parts.as_array().into_iter().flatten();
    parts
        .map(|part| {
            (
                text(part, "indicator"),
                text(part, "reading"),
                words::value(&part["value"]),
            )
        })
        .collect()
}

/// Names for those who may read them, pseudonyms for all others.
pub(super) struct Names<'a> {
    app: &'a App,
    open: bool,
    known: HashMap<String, String>,
}

impl<'a> Names<'a> {
    /// Names, or pseudonyms.
    pub(super) fn new(app: &'a App, open: bool) -> Self {
        Self {
            app,
            open,
            known: HashMap::new(),
        }
    }

    /// The id for a link, where the reader may follow it.
    pub(super) fn opens(&self, id: &str) -> String {
        if self.open {
            id.to_owned()
        } else {
            String::new()
        }
    }

    /// The name of a business.
    pub(super) fn business(&mut self, id: &str) -> String {
        self.name(id, |app, id| {
            let named = app.directory.look(|businesses| {
                businesses
                    .get(&id)
                    .and_then(|listed| listed.text("name"))
                    .map(str::to_owned)
            });
            named.ok().flatten()
        })
    }

    /// The name of a member of the staff.
    pub(super) fn advisor(&mut self, id: &str) -> String {
        self.name(id, |app, id| {
            let entries = app.directory.opened(Subject::staff(id), u64::MAX).ok()?;
            let mut names = entries
                .iter()
                .filter_map(|entry| entry.data.get("name")?.as_str());
            names.next_back().map(str::to_owned)
        })
    }

    fn name(&mut self, id: &str, look_up: impl FnOnce(&App, Uuid) -> Option<String>) -> String {
        let Ok(uuid) = id.parse::<Uuid>() else {
            return words::NONE.to_owned();
        };
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        let named = self.open.then(|| look_up(self.app, uuid)).flatten();
        let name = named.unwrap_or_else(|| words::pseudonym(id));
        self.known.insert(id.to_owned(), name.clone());
        name
    }
}
