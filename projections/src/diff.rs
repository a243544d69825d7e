//! Every change of every number between two positions, each with the entry that caused it.
//!
//! Folds the entries one by one over the range with the live step and looks at what it changed.
//! Null counts as 0, so a plan that is adopted before its events changes no number and has no row.

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use serde::Serialize;
use uuid::Uuid;

use crate::engine::State;
use crate::engine::view::View;
use crate::evidence::describe;
use crate::fact::{NONE, Position};
use crate::figure::Figure;
use crate::kpi::{Cut, Kpi};
use crate::vocabulary::vocabulary;

/// One change of one indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The indicator.
    pub indicator: String,
    /// The reading in force after the entry.
    pub reading: String,
    /// The value before; null where there was none.
    pub before: Option<Figure>,
    /// The value after.
    pub after: Option<Figure>,
    /// after − before, null taken as 0; never 0.
    pub delta: Figure,
    /// The entry that caused it.
    pub position: u64,
    /// Its event id.
    pub id: Uuid,
    /// Its subject.
    pub subject: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The effective day of the event concerned.
    pub occurred_on: String,
    /// The business concerned.
    pub business_id: Option<Uuid>,
    /// What a correction or void reaches: its position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<u64>,
    /// Recorded after the year was first closed.
    pub late: bool,
}

type Values = BTreeMap<String, (String, Option<Figure>)>;

impl Kpi {
    /// Every change of a year's numbers by the entries from `from` up to, not including, `to`.
    ///
    /// Positions beyond the counted entries are taken as their end. The deltas of an indicator add
    /// up to the difference of its values.
    pub fn diff(&self, year: FiscalYear, from: u64, to: u64) -> Vec<Change> {
        let to = self.position_of(Cut::below(to));
        let from = self.position_of(Cut::below(from)).min(to);
        let mut state = State::fold(&self.facts, from);
        state.tallies.changed = Some(Vec::new());
        let mut values = values(
            &View {
                facts: &self.facts,
                state: &state,
            },
            year,
        );
        let mut changes = Vec::new();
        for position in from..to {
            state.step(&self.facts);
            let view = View {
                facts: &self.facts,
                state: &state,
            };
            if touches(&view, position, year) {
                let after = self::values(&view, year);
                compare(&view, position, year, &values, &after, &mut changes);
                values = after;
            }
            if let Some(changed) = &mut state.tallies.changed {
                changed.clear();
            }
        }
        changes
    }
}

/// True if an entry may have changed a value of the year.
fn touches(view: &View<'_>, position: Position, year: FiscalYear) -> bool {
    let changed = view.state.tallies.changed.iter().flatten();
    let programme = view.fact(position).subject == NONE;
    programme || changed.into_iter().any(|(_, touched)| *touched == year)
}

/// The value in force of every indicator.
fn values(view: &View<'_>, year: FiscalYear) -> Values {
    let Some(compiled) = &view.state.compiled else {
        return Values::new();
    };
    let value = |(row, indicator): (usize, &crate::plan::Indicator)| {
        let id = view.in_force(compiled, row)?;
        let reading = view.state.programme.reading(indicator).to_owned();
        Some((indicator.id.clone(), (reading, view.value_of(id, year))))
    };
    compiled
        .plan
        .indicators
        .iter()
        .enumerate()
        .filter_map(value)
        .collect()
}

fn compare(
    view: &View<'_>,
    position: Position,
    year: FiscalYear,
    before: &Values,
    after: &Values,
    changes: &mut Vec<Change>,
) {
    let fact = view.fact(position);
    let event = if fact.target == NONE {
        position
    } else {
        fact.target
    };
    let described = describe(
        view,
        event,
        &view.state.effects.last(view.facts, event),
        year,
    );
    let mut push =
        |indicator: &String, reading: &String, old: Option<Figure>, new: Option<Figure>| {
            let delta = new
                .unwrap_or(Figure::ZERO)
                .minus(old.unwrap_or(Figure::ZERO));
            if delta.is_zero() {
                return;
            }
            changes.push(Change {
                indicator: indicator.clone(),
                reading: reading.clone(),
                before: old,
                after: new,
                delta,
                position: u64::from(position),
                id: fact.id,
                subject: described.subject.clone(),
                kind: vocabulary().name(fact.kind),
                occurred_on: described.occurred_on.clone(),
                business_id: described.business_id,
                target: (fact.target != NONE).then(|| u64::from(fact.target)),
                late: !view.state.programme.on_time(position, year),
            });
        };
    for (indicator, (reading, new)) in after {
        push(
            indicator,
            reading,
            before.get(indicator).and_then(|(_, value)| *value),
            *new,
        );
    }
    for (indicator, (reading, old)) in before {
        if !after.contains_key(indicator) {
            push(indicator, reading, *old, None);
        }
    }
}
