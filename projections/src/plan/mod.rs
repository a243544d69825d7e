//! A certified plan as data: period, indicators, targets, and how each indicator is counted.
//!
//! Knows event types and fields by name only, no event and no number reached. The file is strict:
//! every fault is collected with its place, and a plan with a fault does not exist.

mod check;
mod context;
mod measure;
mod read;
mod read_condition;
mod read_measure;
mod read_select;
mod reader;
mod write;

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use serde::Serialize;
use serde_json::Value;

pub use self::measure::{
    Base, Change, Condition, Filter, KeyPart, Measure, Pick, Reading, Sales, Scalar, Select, When,
};
pub(crate) use self::read_measure::{MAX_KEY_PARTS, MAX_LATEST_BY};
use crate::figure::Figure;

/// The largest plan, in bytes of canonical JSON: it must fit into one entry of 65,535 bytes.
pub const MAX_PLAN_BYTES: usize = 60_000;

/// A plan (contract section 5).
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the plan is called.
    pub title: String,
    /// Whose plan it is.
    pub body: String,
    /// 法人番号 of the body, 13 digits.
    pub corporate_number: Option<String>,
    /// 全国地方公共団体コード of its municipality, 6 digits.
    pub municipality_code: Option<String>,
    /// The first year with targets.
    pub first_fiscal_year: FiscalYear,
    /// The last year with targets.
    pub last_fiscal_year: FiscalYear,
    /// The grade scale, highest first; empty where the plan has none.
    pub grades: Vec<Grade>,
    /// What the plan's text promises beside its tables.
    pub promises: Promises,
    /// The rows, in the plan's order.
    pub indicators: Vec<Indicator>,
}

/// One step of the grade scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// A letter or a word.
    pub name: String,
    /// Per cent of the target from which it is given.
    pub at_least: Figure,
}

/// Numeric promises outside the target tables (inventory section 1.2); absent = not promised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promises {
    /// Analysed businesses per advisor and year.
    pub analyses_per_advisor: Option<Figure>,
    /// Heads per seminar session on average.
    pub average_attendance: Option<Figure>,
    /// Follow-ups per plan within [`Promises::followup_months`].
    pub followups_per_plan: Option<u32>,
    /// Months after a plan in which its follow-ups are due.
    pub followup_months: Option<u32>,
    /// Months after an analysis by which the business is visited again.
    pub revisit_months: Option<u32>,
}

/// One row of the target table.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Short id, unique in the plan.
    pub id: String,
    /// Section of the plan.
    pub section: String,
    /// As printed.
    pub label: String,
    /// 件, 社, 回, 人, 者, ％.
    pub unit: String,
    /// 現行; none where the plan prints no number.
    pub baseline: Option<Figure>,
    /// Targets by year; an absent year is not scheduled.
    pub targets: BTreeMap<FiscalYear, Figure>,
    /// The reading in force unless a decision says otherwise.
    pub reading: String,
    /// What is ambiguous, for the reader of the table.
    pub note: String,
    /// The possible readings by id.
    pub readings: BTreeMap<String, Reading>,
}

/// One fault of a plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {detail}")]
pub struct PlanFault {
    /// Where: `indicators[3].readings.each.of[0]`.
    pub place: String,
    /// What is wrong, naming the value.
    pub detail: String,
}

impl Plan {
    /// Reads a plan file.
    ///
    /// # Errors
    /// Every fault with its place; a file that is not TOML has one, with its line.
    pub fn from_toml(text: &str) -> Result<Self, Vec<PlanFault>> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            let before = error
                .span()
                .map_or("", |span| text.get(..span.start).unwrap_or_default());
            let line = before.matches('\n').count() + 1;
            vec![PlanFault {
                place: format!("line {line}"),
                detail: error.message().to_owned(),
            }]
        })?;
        Self::from_json(&reader::json_of(toml::Value::Table(table)))
    }

    /// Reads the plan inside a `programme.plan_adopted`.
    ///
    /// # Errors
    /// Every fault with its place.
    pub fn from_json(value: &Value) -> Result<Self, Vec<PlanFault>> {
        let mut faults = reader::Faults::default();
        match read::plan(value, &mut faults) {
            Some(plan) if faults.is_empty() => Ok(plan),
            _ => Err(faults.sorted()),
        }
    }

    /// The plan as it stands inside a `programme.plan_adopted`; reads back as the same plan.
    pub fn to_json(&self) -> Value {
        write::plan(self)
    }

    /// The indicator of an id and its place in the plan.
    pub fn indicator(&self, id: &str) -> Option<(usize, &Indicator)> {
        self.indicators
            .iter()
            .enumerate()
            .find(|(_, indicator)| indicator.id == id)
    }

    /// The years with targets, in order.
    pub fn years(&self) -> impl Iterator<Item = FiscalYear> + use<> {
        (self.first_fiscal_year.0..=self.last_fiscal_year.0).map(FiscalYear)
    }

    /// Every text that a filter of the plan compares with.
    pub(crate) fn filter_texts(&self) -> Vec<&str> {
        let readings = self
            .indicators
            .iter()
            .flat_map(|indicator| indicator.readings.values());
        readings
            .flat_map(|reading| reading.select.texts())
            .collect()
    }

    /// The grade of an actual against a target above zero.
    pub fn grade(&self, actual: Figure, target: Figure) -> Option<&str> {
        let grade = self
            .grades
            .iter()
            .find(|grade| actual.reaches(target, grade.at_least));
        grade.map(|grade| grade.name.as_str())
    }
}
