//! The events that make a value: of several with one key the first that was recorded.
//!
//! The first stays when a later one comes, so a late entry never pushes out one that was on time.

use std::collections::{BTreeMap, HashMap};

use banso_core::calendar::FiscalYear;
use foldhash::fast::FixedState;

use super::halves::in_halves;
use crate::engine::compile::{Measure, Reading, ReadingId};
use crate::engine::effects::Version;
use crate::engine::judge::{self, Key};
use crate::engine::sales::Outcome;
use crate::engine::view::View;
use crate::fact::Position;
use crate::vocabulary::Kind;

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

/// Positions by type and by the fiscal year of the effective day: whoever asks for many readings
/// goes through the facts once, not once each.
pub(crate) struct ByKind(Vec<BTreeMap<FiscalYear, Vec<Position>>>);

impl ByKind {
    /// Of every effective event that the view holds.
    pub(crate) fn new(view: &View<'_>) -> Self {
        let mut kinds = vec![BTreeMap::new(); usize::from(Kind::MAX) + 1];
        for (position, fact) in view.facts.iter(view.state.len()) {
            if let Some(version) = view.counting(position) {
                let year = FiscalYear::of(judge::date(version.day));
                let years: &mut BTreeMap<_, Vec<_>> = &mut kinds[usize::from(fact.kind)];
                years.entry(year).or_default().push(position);
            }
        }
        Self(kinds)
    }

    /// Those that may count for a reading in a year, by position.
    fn of(&self, reading: &Reading, year: FiscalYear) -> Vec<Position> {
        let kinds = reading.of.iter();
        let years = kinds.filter_map(|kind| self.0.get(usize::from(*kind)));
        // Where a field names the year, the day says nothing about it.
        let by_day = |known: &FiscalYear| reading.year_by.is_some() || *known == year;
        let lists = years.flat_map(|years| years.iter().filter(|(known, _)| by_day(known)));
        let mut positions: Vec<_> = lists.flat_map(|(_, list)| list).copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// The counted events of a reading that is not made of others.
pub(crate) fn counted(view: &View<'_>, id: ReadingId, year: FiscalYear) -> Counted {
    gathered(view, id, year, |reading| {
        in_halves(view.state.len(), |positions| {
            let facts = view.facts.among(positions);
            let of_kind = facts.filter(|(_, fact)| reading.of.contains(&fact.kind));
            of_kind
                .filter_map(|(position, _)| fitting(view, reading, year, position))
                .collect()
        })
    })
}

/// The same, where the positions of the types are known.
pub(crate) fn counted_among(
    view: &View<'_>,
    id: ReadingId,
    year: FiscalYear,
    by_kind: &ByKind,
) -> Counted {
    gathered(view, id, year, |reading| {
        let positions = by_kind.of(reading, year).into_iter();
        positions
            .filter_map(|position| fitting(view, reading, year, position))
            .collect()
    })
}

/// From the events that fit, by position.
fn gathered(
    view: &View<'_>,
    id: ReadingId,
    year: FiscalYear,
    fitting: impl FnOnce(&Reading) -> Vec<(Event, Key)>,
) -> Counted {
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
    for (event, key) in fitting(reading) {
        match first.get(&key).filter(|_| distinct) {
            Some(known) => found.same_key.push((event, *known)),
            None => {
                first.insert(key, event.position);
                found.counted.push(event);
            }
        }
    }
    found
}

/// The event with its key, if it fits the reading in the year.
fn fitting(
    view: &View<'_>,
    reading: &Reading,
    year: FiscalYear,
    position: Position,
) -> Option<(Event, Key)> {
    let version = view.counting(position)?;
    // The year first: what stands beside an event costs more to find than its day.
    if judge::year(view, reading, &version) != year {
        return None;
    }
    let count = judge::judge(view, reading, position, &version)?;
    let event = Event {
        position,
        version,
        amount: count.amount,
        outcome: None,
    };
    Some((event, count.key))
}
