//! The events of a reading's types that do not count in a year, each with its reason.

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use foldhash::fast::FixedState;

use super::Reason;
use super::blame;
use super::counted::Counted;
use super::halves::in_halves;
use crate::engine::compile::Reading;
use crate::engine::effects::Version;
use crate::engine::judge;
use crate::engine::sales::{self, Outcome};
use crate::engine::view::View;
use crate::fact::Position;
use crate::fact::atom::Symbol;
use crate::vocabulary::vocabulary;

/// One event that does not count.
pub(super) struct Sifted {
    pub(super) position: Position,
    pub(super) version: Version,
    pub(super) reason: Reason,
    pub(super) because: Option<Position>,
    pub(super) outcome: Option<Outcome>,
}

/// Every event that might have counted in a year and does not, by position.
pub(super) fn not_counted(
    view: &View<'_>,
    reading: &Reading,
    year: FiscalYear,
    counted: &Counted,
) -> Vec<Sifted> {
    let same_key: HashMap<Position, Position, FixedState> = counted
        .same_key
        .iter()
        .map(|(event, because)| (event.position, *because))
        .collect();
    let is_counted = |position: Position| {
        counted
            .counted
            .binary_search_by_key(&position, |event| event.position)
            .is_ok()
    };
    let corrections = corrections(view, reading);
    let report = |report: &Position| Some((view.root(*report, &view.counting(*report)?), *report));
    let latest = counted.outcomes.keys().filter_map(report).collect();
    let sieve = Sieve {
        view,
        reading,
        year,
        counted,
        latest,
    };
    let sift = |position: Position| {
        let version = view.state.effects.last(view.facts, position);
        let (reason, because) = match same_key.get(&position) {
            Some(because) => (Reason::SameKey, Some(*because)),
            None => {
                let corrections = corrections.get(&position).map_or(&[][..], Vec::as_slice);
                sieve.reason(position, &version, corrections)?
            }
        };
        Some(Sifted {
            position,
            version,
            reason,
            because,
            outcome: counted.outcomes.get(&position).copied(),
        })
    };
    in_halves(view.state.len(), |positions| {
        let facts = view.facts.among(positions);
        let others = facts
            .filter(|(position, fact)| reading.of.contains(&fact.kind) && !is_counted(*position));
        others.filter_map(|(position, _)| sift(position)).collect()
    })
}

/// The corrections of events of the reading's types, oldest first.
fn corrections(view: &View<'_>, reading: &Reading) -> HashMap<Position, Vec<Position>, FixedState> {
    let mut found: HashMap<Position, Vec<Position>, FixedState> = HashMap::default();
    let corrected = vocabulary().known.corrected;
    for (position, fact) in view.facts.iter(view.state.len()) {
        // One that reached nothing has no target in the facts.
        if fact.kind == corrected
            && view.state.effects.of(fact.target).is_some()
            && reading.of.contains(&view.fact(fact.target).kind)
        {
            found.entry(fact.target).or_default().push(position);
        }
    }
    found
}

struct Sieve<'a> {
    view: &'a View<'a>,
    reading: &'a Reading,
    year: FiscalYear,
    counted: &'a Counted,
    /// The latest report of each business, where reports are compared.
    latest: HashMap<Symbol, Position, FixedState>,
}

impl Sieve<'_> {
    /// Why an event does not count; none if it never had to do with the year.
    fn reason(
        &self,
        position: Position,
        last: &Version,
        corrections: &[Position],
    ) -> Option<(Reason, Option<Position>)> {
        let effect = self.view.state.effects.of(position);
        if let Some(void) = effect.and_then(|effect| effect.voided_by) {
            return self
                .fits(position, last)
                .then_some((Reason::Voided, Some(void)));
        }
        let cancelled = self.view.state.effects.cancelled_by(position);
        let deal = self.view.fact(position).kind == vocabulary().known.deal_concluded;
        if let Some(cancelled) = cancelled.filter(|_| deal) {
            let fits = self.fits(position, last);
            return fits.then_some((Reason::ExcludedByRule, Some(cancelled)));
        }
        let here = judge::year(self.view, self.reading, last) == self.year;
        if let Some(because) = self.taken_out(position, corrections) {
            let reason = if here {
                Reason::CorrectedOut
            } else {
                Reason::OtherYearAfterCorrection
            };
            return Some((reason, Some(because)));
        }
        here.then(|| self.refused(position, last))
    }

    /// The correction after which an event no longer fits the reading and the year.
    fn taken_out(&self, position: Position, corrections: &[Position]) -> Option<Position> {
        if corrections.is_empty() {
            return None;
        }
        let mut version = Version::recorded(self.view.facts, position);
        let mut fitted = self.fits(position, &version);
        let mut because = None;
        for correction in corrections {
            version = version.corrected(self.view.facts, *correction);
            let fits = self.fits(position, &version);
            if fitted && !fits {
                because = Some(*correction);
            }
            fitted = fits;
        }
        because.filter(|_| !fitted)
    }

    /// True if one version of an event, were it in effect, would fit the reading in this year.
    fn fits(&self, position: Position, version: &Version) -> bool {
        if judge::year(self.view, self.reading, version) != self.year {
            return false;
        }
        match self.reading.sales() {
            None => judge::judge(self.view, self.reading, position, version).is_some(),
            Some(sales) => sales::compares(self.view, self.reading, sales, version),
        }
    }

    /// An effective event of the year that the reading leaves out.
    fn refused(&self, position: Position, version: &Version) -> (Reason, Option<Position>) {
        let compared = self.reading.sales().is_some();
        if compared
            && !self.counted.outcomes.contains_key(&position)
            && self.fits(position, version)
        {
            let latest = self.latest.get(&self.view.root(position, version));
            if let Some(latest) = latest {
                return (Reason::SameKey, Some(*latest));
            }
        }
        let because = blame::why(self.view, self.reading, position, version);
        (Reason::ExcludedByRule, because)
    }
}
