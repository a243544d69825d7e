//! The events that make a value: of several with one key the first that was recorded.
//!
//! The first stays when a later one comes, so a late entry never pushes out one that was on time.

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use foldhash::fast::FixedState;

use crate::engine::compile::{Measure, ReadingId};
use crate::engine::effects::Version;
use crate::engine::judge::{self, Key};
use crate::engine::sales::Outcome;
use crate::engine::view::View;
use crate::fact::Position;

/// The counted events of one value.
#[derive(Default)]
pub(crate) struct Counted {
    /// By position.
    pub(crate) counted: Vec<Event>,
    /// Events whose key is another's, with that other's position.
    pub(crate) same_key: Vec<(Event, Position)>,
    /// The latest reports of a reading that compares figures, counted or not, by position.
    pub(crate) outcomes: HashMap<Position, Outcome, FixedState>,
}

/// One event that fits a reading.
#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) position: Position,
    pub(crate) version: Version,
    /// In units of 10^-9.
    pub(crate) amount: i128,
    pub(crate) outcome: Option<Outcome>,
}

/// The counted events of a reading that is not made of others.
pub(crate) fn counted(view: &View<'_>, id: ReadingId, year: FiscalYear) -> Counted {
    let mut found = Counted::default();
    let Some(compiled) = &view.state.compiled else {
        return found;
    };
    let reading = &compiled.readings[usize::from(id)];
    if reading.sales().is_some() {
        for outcome in view.outcomes_of(id, year) {
            found.outcomes.insert(outcome.report, outcome);
            if let Some(version) = view.counting(outcome.report).filter(|_| outcome.counts) {
                let (position, outcome) = (outcome.report, Some(outcome));
                found.counted.push(Event {
                    position,
                    version,
                    amount: 0,
                    outcome,
                });
            }
        }
        found.counted.sort_unstable_by_key(|event| event.position);
        return found;
    }
    let distinct = matches!(reading.measure, Measure::Distinct(_));
    let mut first: HashMap<Key, Position, FixedState> = HashMap::default();
    for (position, fact) in view.facts.iter(view.state.len()) {
        if !reading.of.contains(&fact.kind) {
            continue;
        }
        let Some(version) = view.counting(position) else {
            continue;
        };
        let count = judge::judge(view, reading, position, &version);
        let Some(count) = count.filter(|count| count.year == year) else {
            continue;
        };
        let event = Event {
            position,
            version,
            amount: count.amount,
            outcome: None,
        };
        match first.get(&count.key).filter(|_| distinct) {
            Some(known) => found.same_key.push((event, *known)),
            None => {
                first.insert(count.key, position);
                found.counted.push(event);
            }
        }
    }
    found
}
