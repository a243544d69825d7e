//! What one event or one business adds to the totals now; with a sign of −1, what it takes back.

use super::compile::{Compiled, ReadingId};
use super::effects::Version;
use super::judge;
use super::sales::{self, Reports};
use super::tally::Tallies;
use super::view::View;
use crate::fact::atom::Symbol;
use crate::fact::{NONE, Position};

/// Adds to the totals, or takes from them.
pub(super) struct Contributor<'a> {
    view: View<'a>,
    compiled: &'a Compiled,
    tallies: &'a mut Tallies,
    sign: i64,
}

impl<'a> Contributor<'a> {
    pub(super) fn new(
        view: View<'a>,
        compiled: &'a Compiled,
        tallies: &'a mut Tallies,
        sign: i64,
    ) -> Self {
        Self {
            view,
            compiled,
            tallies,
            sign,
        }
    }

    /// Every event, for the readings that are wanted.
    pub(super) fn everything(&mut self, wanted: impl Fn(ReadingId) -> bool) {
        let compares = |id: ReadingId| self.compiled.readings[usize::from(id)].sales().is_some();
        let mut of_kind = self.compiled.counts.clone();
        for readings in &mut of_kind {
            readings.retain(|id| wanted(*id));
        }
        let compared: Vec<bool> = (0..)
            .zip(&self.compiled.readings)
            .map(|(id, _)| compares(id))
            .collect();
        let mut businesses = Vec::new();
        for (position, fact) in self.view.facts.iter(self.view.state.len()) {
            let readings = &of_kind[usize::from(fact.kind)];
            if readings.is_empty() {
                continue;
            }
            let Some(version) = self.view.counting(position) else {
                continue;
            };
            for id in readings {
                if compared[usize::from(*id)] {
                    businesses.push((self.view.root(position, &version), *id));
                } else {
                    self.event(*id, position, &version);
                }
            }
        }
        self.businesses(businesses);
    }

    /// One event in its effective version.
    pub(super) fn event(&mut self, id: ReadingId, position: Position, version: &Version) {
        let reading = &self.compiled.readings[usize::from(id)];
        if let Some(count) = judge::judge(&self.view, reading, position, version) {
            let on_time = self.view.state.programme.on_time(position, count.year);
            self.tallies.event(id, &count, on_time, self.sign);
        }
    }

    /// Resolved businesses, each with the readings that look at its reports; each pair once.
    pub(super) fn businesses(&mut self, mut pairs: Vec<(Symbol, ReadingId)>) {
        pairs.sort_unstable();
        pairs.dedup();
        let mut gathered: Option<Reports> = None;
        for (root, id) in pairs.into_iter().filter(|(root, _)| *root != NONE) {
            let reading = &self.compiled.readings[usize::from(id)];
            let reports = match gathered
                .take()
                .filter(|reports| reports.serve(root, reading))
            {
                Some(reports) => reports,
                None => Reports::gather(&self.view, root, &reading.of),
            };
            for outcome in sales::outcomes(&self.view, reading, &reports) {
                let on_time = self
                    .view
                    .state
                    .programme
                    .on_time(outcome.report, outcome.year);
                self.tallies.outcome(id, &outcome, on_time, self.sign);
            }
            gathered = Some(reports);
        }
    }
}
