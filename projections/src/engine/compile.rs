//! A plan turned into numbers: types, fields and values looked up once, and for every type the
//! readings that it feeds or that depend on it.

use std::sync::Arc;

use super::names::Names;
use crate::fact::atom::Atom;
use crate::fact::symbols::Symbols;
use crate::plan::{Change, Plan, When};
use crate::vocabulary::{FieldId, Kind, vocabulary};

/// Index of a reading among all readings of the plan.
pub(crate) type ReadingId = u16;

/// A plan ready to count with.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) plan: Arc<Plan>,
    pub(crate) readings: Vec<Reading>,
    /// Readings that count events of a type, by type.
    pub(crate) counts: Vec<Vec<ReadingId>>,
    /// Readings whose counting depends on events of a type, by type.
    pub(crate) depends: Vec<Vec<(ReadingId, Vec<Step>)>>,
    /// Types of which the fold has to find events.
    pub(crate) linked: Vec<bool>,
    /// Fields by which events of a type are looked up within their subject, by type.
    pub(crate) named: Vec<Vec<FieldId>>,
}

/// One reading.
#[derive(Clone)]
pub(crate) struct Reading {
    /// Place of its indicator in the plan.
    pub(crate) row: usize,
    pub(crate) id: String,
    pub(crate) measure: Measure,
    pub(crate) of: Vec<Kind>,
    pub(crate) tests: Vec<Test>,
    pub(crate) conditions: Vec<Condition>,
    /// Bit m is set if month m counts.
    pub(crate) months: u16,
    pub(crate) year_by: Option<YearBy>,
}

#[derive(Clone)]
pub(crate) enum Measure {
    Events,
    Distinct(Vec<Part>),
    Sum(FieldId),
    Increased { sales: Sales, change: Change },
    Growth { sales: Sales, aggregate: bool },
    SumOf(Vec<Pick>),
    Ratio { a: Pick, b: Pick, percent: bool },
}

/// Another indicator and maybe one of its readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) row: usize,
    pub(crate) reading: Option<ReadingId>,
}

#[derive(Clone)]
pub(crate) enum Part {
    Business,
    Subject,
    Kind,
    Day,
    Field(FieldId),
    FirstOf(Vec<Part>),
}

#[derive(Clone)]
pub(crate) struct Test {
    pub(crate) field: FieldId,
    pub(crate) values: Vec<Atom>,
    pub(crate) wanted: bool,
}

#[derive(Clone)]
pub(crate) struct Condition {
    pub(crate) wanted: bool,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) tests: Vec<Test>,
    pub(crate) same: Same,
    pub(crate) when: When,
    pub(crate) within_months: Option<u32>,
    pub(crate) within_years: Option<i32>,
    pub(crate) having: Vec<Condition>,
}

/// What two events share.
#[derive(Clone, Default)]
pub(crate) struct Same {
    pub(crate) business: bool,
    pub(crate) subject: bool,
    pub(crate) fields: Vec<FieldId>,
}

impl Same {
    /// The field by which events of the same subject are looked up; none where the subject alone
    /// or the business has to do.
    pub(crate) fn name(&self) -> Option<FieldId> {
        self.fields.first().copied().filter(|_| self.subject)
    }
}

/// One step from an event back to those that may depend on it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) same: Same,
    pub(crate) kinds: Vec<Kind>,
}

#[derive(Clone)]
pub(crate) struct Sales {
    pub(crate) figure: FieldId,
    pub(crate) base: Base,
    /// Dates by which the latest report is found; none = `occurred_on`.
    pub(crate) latest_by: Vec<Option<FieldId>>,
}

#[derive(Clone)]
pub(crate) enum Base {
    Field(FieldId),
    Latest { kinds: Vec<Kind>, field: FieldId },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct YearBy {
    pub(crate) field: FieldId,
    /// A period in words, not a day.
    pub(crate) period: bool,
}

impl Reading {
    /// The figures it compares, if it compares figures.
    pub(crate) fn sales(&self) -> Option<&Sales> {
        match &self.measure {
            Measure::Increased { sales, .. } | Measure::Growth { sales, .. } => Some(sales),
            _ => None,
        }
    }

    /// The indicators it is made of, if it is.
    pub(crate) fn picks(&self) -> Vec<Pick> {
        match &self.measure {
            Measure::SumOf(picks) => picks.clone(),
            Measure::Ratio { a, b, .. } => vec![*a, *b],
            _ => Vec::new(),
        }
    }
}

impl Compiled {
    /// Looks up every name of a plan; the plan was checked, so every name is known.
    pub(crate) fn new(plan: &Arc<Plan>, symbols: &Symbols) -> Self {
        let mut compiled = Self {
            plan: Arc::clone(plan),
            readings: Vec::new(),
            counts: vec![Vec::new(); usize::from(Kind::MAX) + 1],
            depends: vec![Vec::new(); usize::from(Kind::MAX) + 1],
            linked: vec![false; usize::from(Kind::MAX) + 1],
            named: vec![Vec::new(); usize::from(Kind::MAX) + 1],
        };
        let known = &vocabulary().known;
        for kind in [
            known.case_opened,
            known.handed_over,
            known.merged,
            known.unmerged,
        ] {
            compiled.linked[usize::from(kind)] = true;
        }
        for (row, indicator) in plan.indicators.iter().enumerate() {
            for (id, reading) in &indicator.readings {
                let reading = Names { plan, symbols }.reading(row, id, reading);
                compiled.add(reading);
            }
        }
        compiled
    }

    fn add(&mut self, reading: Reading) {
        let Ok(id) = ReadingId::try_from(self.readings.len()) else {
            return;
        };
        for kind in &reading.of {
            self.counts[usize::from(*kind)].push(id);
            self.linked[usize::from(*kind)] = true;
        }
        let mut paths = Vec::new();
        for condition in &reading.conditions {
            self.name(condition, &reading.of);
            paths_of(condition, &reading.of, &[], &mut paths);
        }
        if let Some(Base::Latest { kinds, .. }) = reading.sales().map(|sales| &sales.base) {
            let same = Same {
                business: true,
                ..Same::default()
            };
            paths.push((
                kinds.clone(),
                vec![Step {
                    same,
                    kinds: reading.of.clone(),
                }],
            ));
        }
        for (kinds, path) in paths {
            for kind in kinds {
                self.depends[usize::from(kind)].push((id, path.clone()));
                self.linked[usize::from(kind)] = true;
            }
        }
        self.readings.push(reading);
    }

    /// Both sides of a condition are looked up by the first field that they share.
    fn name(&mut self, condition: &Condition, parents: &[Kind]) {
        if let Some(field) = condition.same.name() {
            for kind in condition.kinds.iter().chain(parents) {
                let fields = &mut self.named[usize::from(*kind)];
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        for nested in &condition.having {
            self.name(nested, &condition.kinds);
        }
    }

    /// The reading with an id, of the indicator in a row.
    pub(crate) fn find(&self, row: usize, id: &str) -> Option<ReadingId> {
        let at = self
            .readings
            .iter()
            .position(|reading| reading.row == row && reading.id == id);
        at.and_then(|at| ReadingId::try_from(at).ok())
    }

    /// The readings of a row with their ids.
    pub(crate) fn of_row(&self, row: usize) -> impl Iterator<Item = (ReadingId, &Reading)> {
        (0..)
            .zip(&self.readings)
            .filter(move |(_, reading)| reading.row == row)
    }
}

/// The ways back from the events of a condition to the counted ones.
fn paths_of(
    condition: &Condition,
    parents: &[Kind],
    back: &[Step],
    paths: &mut Vec<(Vec<Kind>, Vec<Step>)>,
) {
    let mut path = vec![Step {
        same: condition.same.clone(),
        kinds: parents.to_vec(),
    }];
    path.extend_from_slice(back);
    for nested in &condition.having {
        paths_of(nested, &condition.kinds, &path, paths);
    }
    paths.push((condition.kinds.clone(), path));
}
