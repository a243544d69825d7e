//! Which events make a number, and which do not, each with its reason (contract section 6).
//!
//! Judges every event of the reading's types with the very function that counts, so the counted
//! ones always add up to the value. Names no person: businesses and advisors are uuids.

mod blame;
mod counted;
mod halves;
mod sift;

use banso_core::calendar::FiscalYear;
use serde::Serialize;
use uuid::Uuid;

pub(crate) use self::counted::{ByKind, Event as CountedEvent, counted, counted_among};
use self::halves::each;
use crate::engine::compile::{Compiled, Measure, ReadingId};
use crate::engine::effects::Version;
use crate::engine::growth;
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::fact::{NONE, Position};
use crate::figure::Figure;
use crate::kpi::Kpi;
use crate::table::AsOf;
use crate::vocabulary::vocabulary;

/// `GET /v1/kpis/{indicator}/evidence`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The indicator.
    pub indicator: String,
    /// The year.
    pub fiscal_year: i32,
    /// The cut-off.
    pub as_of: AsOf,
    /// The reading that was asked for, or the one in force.
    pub reading: String,
    /// The value; the counted events add up to it.
    pub value: Option<Figure>,
    /// The events that count, by position.
    pub counted: Vec<Item>,
    /// The events that do not, by position.
    pub not_counted: Vec<Refused>,
    /// Of a sum or a ratio of indicators: what it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Its entry.
    pub position: u64,
    /// Its event id.
    pub id: Uuid,
    /// Its subject.
    pub subject: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The effective day.
    pub occurred_on: String,
    /// The business it counts for, through merges.
    pub business_id: Option<Uuid>,
    /// The advisor in charge of the case on that day; of other subjects, who recorded it.
    pub advisor_id: Option<Uuid>,
    /// Recorded after the year was first closed.
    pub late: bool,
    /// What it adds to a sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Figure>,
    /// What was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// The indicator it counts for, where the value is made of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<String>,
}

/// What was compared of a report.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The figure.
    pub figure: i64,
    /// What it is compared with.
    pub base: Option<i64>,
    /// (figure / base − 1) × 100 to one decimal.
    pub growth: Option<Figure>,
}

/// One event that does not count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// The event.
    #[serde(flatten)]
    pub item: Item,
    /// Why not.
    pub reason: Reason,
    /// The entry that caused it, where one did.
    pub because: Option<u64>,
}

/// Why an event does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was voided.
    Voided,
    /// Another event has the same key.
    SameKey,
    /// A correction of its data took it out.
    CorrectedOut,
    /// A correction moved it to another year.
    OtherYearAfterCorrection,
    /// The reading leaves it out.
    ExcludedByRule,
}

/// An indicator that a sum or a ratio is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// `a`, `b` of a ratio, `part` of a sum.
    pub role: &'static str,
    /// Its id.
    pub indicator: String,
    /// Its reading.
    pub reading: String,
    /// Its value.
    pub value: Option<Figure>,
}

impl Kpi {
    /// The evidence of a value; none for an indicator or a reading that the plan lacks.
    pub fn evidence(
        &self,
        indicator: &str,
        year: FiscalYear,
        reading: Option<&str>,
    ) -> Option<Evidence> {
        let compiled = self.state.compiled.as_ref()?;
        let (row, row_of_plan) = compiled.plan.indicator(indicator)?;
        let reading = reading.unwrap_or_else(|| self.state.programme.reading(row_of_plan));
        let id = compiled.find(row, reading)?;
        Some(
            Collector {
                view: self.view(),
                compiled,
                year,
            }
            .evidence(id),
        )
    }
}

struct Collector<'a> {
    view: View<'a>,
    compiled: &'a Compiled,
    year: FiscalYear,
}

impl Collector<'_> {
    fn evidence(&self, id: ReadingId) -> Evidence {
        let reading = &self.compiled.readings[usize::from(id)];
        let indicator = self.compiled.plan.indicators.get(reading.row);
        let mut evidence = Evidence {
            indicator: indicator
                .map(|indicator| indicator.id.clone())
                .unwrap_or_default(),
            fiscal_year: self.year.0,
            as_of: AsOf {
                position: u64::from(self.view.state.len()),
                root: None,
            },
            reading: reading.id.clone(),
            value: self.view.value_of(id, self.year),
            counted: Vec::new(),
            not_counted: Vec::new(),
            parts: Vec::new(),
        };
        let roles: &[&'static str] = match reading.measure {
            Measure::SumOf(_) => &["part"],
            Measure::Ratio { .. } => &["a", "b"],
            _ => {
                self.collect(id, &mut evidence);
                return evidence;
            }
        };
        for (pick, role) in reading.picks().into_iter().zip(roles.iter().cycle()) {
            let Some(part) = self.view.resolve(self.compiled, pick) else {
                continue;
            };
            let mut part = self.evidence(part);
            let name = Some(part.indicator.clone());
            for item in &mut part.counted {
                item.indicator.get_or_insert_with(|| part.indicator.clone());
            }
            for refused in &mut part.not_counted {
                refused.item.indicator = refused.item.indicator.take().or_else(|| name.clone());
            }
            evidence.counted.append(&mut part.counted);
            evidence.not_counted.append(&mut part.not_counted);
            let Evidence {
                indicator,
                reading,
                value,
                ..
            } = part;
            evidence.parts.push(Part {
                role,
                indicator,
                reading,
                value,
            });
        }
        evidence
    }

    fn collect(&self, id: ReadingId, evidence: &mut Evidence) {
        let reading = &self.compiled.readings[usize::from(id)];
        let counted = counted(&self.view, id, self.year);
        let items = each(&counted.counted, |event| {
            let mut item = self.item(event.position, &event.version);
            item.amount = match reading.measure {
                Measure::Sum(_) => Some(Figure::from_sum(event.amount)),
                _ => None,
            };
            item.figures = event.outcome.map(figures);
            item
        });
        evidence.counted.extend(items);
        let sifted = sift::not_counted(&self.view, reading, self.year, &counted);
        let refused = each(&sifted, |sifted| {
            let mut item = self.item(sifted.position, &sifted.version);
            item.figures = sifted.outcome.map(figures);
            Refused {
                item,
                reason: sifted.reason,
                because: sifted.because.map(u64::from),
            }
        });
        evidence.not_counted.extend(refused);
    }

    fn item(&self, position: Position, version: &Version) -> Item {
        describe(&self.view, position, version, self.year)
    }
}

fn figures(outcome: crate::engine::sales::Outcome) -> Figures {
    Figures {
        figure: outcome.figure,
        base: outcome.base,
        growth: outcome
            .base
            .and_then(|base| growth::single(outcome.figure, base)),
    }
}

/// An event for people; `year` is the one for which it may be late.
pub(crate) fn describe(
    view: &View<'_>,
    position: Position,
    version: &Version,
    year: FiscalYear,
) -> Item {
    let fact = view.fact(position);
    let root = view.root(position, version);
    Item {
        position: u64::from(position),
        id: fact.id,
        subject: view.facts.subject_name(position),
        kind: vocabulary().name(fact.kind),
        occurred_on: date(version.day).to_string(),
        business_id: (root != NONE)
            .then(|| view.facts.symbols.uuid_of(root))
            .flatten(),
        advisor_id: view.advisor(position, version),
        late: !view.state.programme.on_time(position, year),
        amount: None,
        figures: None,
        indicator: None,
    }
}
