//! From totals to figures: the value of a reading, the reading in force, the late ones.

use std::collections::BTreeSet;

use banso_core::calendar::FiscalYear;

use super::compile::{Compiled, Measure, Pick, ReadingId};
use super::growth;
use super::sales::{self, Outcome, Reports};
use super::view::View;
use crate::fact::NONE;
use crate::figure::Figure;

impl View<'_> {
    /// The value of a reading in a year; none where there is nothing to divide by.
    pub(crate) fn value_of(&self, id: ReadingId, year: FiscalYear) -> Option<Figure> {
        let compiled = self.state.compiled.as_ref()?;
        let reading = compiled.readings.get(usize::from(id))?;
        let tally = || self.state.tallies.get(id, year);
        match &reading.measure {
            Measure::Events | Measure::Distinct(_) | Measure::Increased { .. } => {
                Some(Figure::whole(i128::from(tally().count)))
            }
            Measure::Sum(_) => Some(Figure::from_sum(tally().amount)),
            Measure::Growth {
                aggregate: true, ..
            } => growth::aggregate(&tally()),
            Measure::Growth { .. } => growth::mean(&tally(), || {
                let outcomes = self.outcomes_of(id, year).into_iter();
                let counted = outcomes.filter(|outcome| outcome.counts);
                counted
                    .filter_map(|outcome| Some((outcome.figure, outcome.base?)))
                    .collect()
            }),
            Measure::SumOf(picks) => {
                let values = picks
                    .iter()
                    .filter_map(|pick| self.picked(compiled, *pick, year));
                values.reduce(Figure::plus)
            }
            Measure::Ratio { a, b, percent } => {
                let (a, b) = (
                    self.picked(compiled, *a, year)?,
                    self.picked(compiled, *b, year)?,
                );
                a.rate_of(b, if *percent { 100 } else { 1 })
            }
        }
    }

    fn picked(&self, compiled: &Compiled, pick: Pick, year: FiscalYear) -> Option<Figure> {
        self.value_of(self.resolve(compiled, pick)?, year)
    }

    /// The reading that a pick means at this cut-off.
    pub(crate) fn resolve(&self, compiled: &Compiled, pick: Pick) -> Option<ReadingId> {
        pick.reading.or_else(|| self.in_force(compiled, pick.row))
    }

    /// The reading in force of a row.
    pub(crate) fn in_force(&self, compiled: &Compiled, row: usize) -> Option<ReadingId> {
        let indicator = compiled.plan.indicators.get(row)?;
        compiled.find(row, self.state.programme.reading(indicator))
    }

    /// Counted events of a year that were recorded after it was first closed.
    pub(crate) fn late(&self, id: ReadingId, year: FiscalYear) -> i64 {
        let Some(compiled) = &self.state.compiled else {
            return 0;
        };
        let Some(reading) = compiled.readings.get(usize::from(id)) else {
            return 0;
        };
        let parts = reading
            .picks()
            .into_iter()
            .filter_map(|pick| self.resolve(compiled, pick));
        let tally = self.state.tallies.get(id, year);
        tally.count - tally.on_time + parts.map(|part| self.late(part, year)).sum::<i64>()
    }

    /// The latest reports of a year, of every business that reported.
    pub(crate) fn outcomes_of(&self, id: ReadingId, year: FiscalYear) -> Vec<Outcome> {
        let compiled = self.state.compiled.as_ref();
        let Some(reading) = compiled.and_then(|c| c.readings.get(usize::from(id))) else {
            return Vec::new();
        };
        let mut roots = BTreeSet::new();
        for (position, fact) in self.facts.iter(self.state.len()) {
            if !reading.of.contains(&fact.kind) {
                continue;
            }
            if let Some(version) = self.counting(position) {
                roots.insert(self.root(position, &version));
            }
        }
        roots.remove(&NONE);
        let outcomes = roots.into_iter().flat_map(|root| {
            sales::outcomes(self, reading, &Reports::gather(self, root, &reading.of))
        });
        outcomes.filter(|outcome| outcome.year == year).collect()
    }
}
