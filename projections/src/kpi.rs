//! The KPI engine: entries in, tables out, at any cut-off.
//!
//! A [`Kpi`] keeps the facts of every entry it was given, so that it can fold them again at an
//! earlier position or record time. It knows no file and no clock: bytes and instants are given.

use std::sync::Arc;

use banso_core::calendar::FiscalYear;
use chrono::{DateTime, NaiveDate, Utc};

use crate::engine::State;
use crate::engine::view::View;
use crate::fact::Position;
use crate::fact::decode::Batch;
use crate::fact::store::{Facts, Limit};
use crate::plan::Plan;

pub use crate::fact::store::FoldError;

/// Which entries count; the default is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Only entries with a position below this one.
    pub as_of: Option<u64>,
    /// Only entries recorded at or before this instant.
    pub known_at: Option<DateTime<Utc>>,
}

impl Cut {
    /// Entries below a position.
    pub fn below(position: u64) -> Self {
        Self {
            as_of: Some(position),
            known_at: None,
        }
    }

    pub(crate) fn limit(&self) -> Limit {
        Limit {
            below: self.as_of.unwrap_or(u64::MAX),
            recorded_until: self
                .known_at
                .map_or(i64::MAX, |instant| instant.timestamp_millis()),
        }
    }
}

/// All numbers of one ledger at one cut-off.
#[derive(Clone, Default)]
pub struct Kpi {
    pub(crate) facts: Facts,
    /// Shared with snapshots; an append copies it while one is held.
    pub(crate) state: Arc<State>,
}

impl Kpi {
    /// Before the first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// From facts and a state that took them all but added nothing up; adds up on two threads.
    pub(crate) fn from_parts(facts: Facts, mut state: State) -> Self {
        state.add_everything_twofold(&facts);
        Self {
            facts,
            state: Arc::new(state),
        }
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            facts: &self.facts,
            state: &self.state,
        }
    }

    /// How many entries are counted.
    pub fn size(&self) -> u64 {
        u64::from(self.state.len())
    }

    /// Takes the bytes of the next recorded entry and keeps every number right.
    ///
    /// # Errors
    /// [`FoldError`] for bytes that are no entry, a position that is not the next one, or a plan
    /// that cannot be read. The state is then as before.
    pub fn apply(&mut self, entry: &[u8]) -> Result<(), FoldError> {
        if self.facts.len() > self.state.len() || !self.facts.can_append() {
            self.facts.cut(self.state.len());
        }
        let mut batch = Batch::default();
        batch.push(entry).map_err(|error| FoldError {
            position: self.size(),
            reason: error.to_string(),
        })?;
        self.facts.take(&batch, &Limit::NONE)?;
        Arc::make_mut(&mut self.state).step(&self.facts);
        Ok(())
    }

    /// A second hold on the same facts and numbers, for work on another thread.
    ///
    /// Costs next to nothing; the next append copies the totals if the snapshot is still held.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self {
            facts: self.facts.snapshot(),
            state: Arc::clone(&self.state),
        }
    }

    /// The numbers at a cut-off: the kept facts folded again from the first.
    #[must_use]
    pub fn at(&self, cut: Cut) -> Self {
        let until = self.position_of(cut);
        if until == self.state.len() {
            return self.snapshot();
        }
        let facts = self.facts.snapshot();
        let state = Arc::new(State::fold(&facts, until));
        Self { facts, state }
    }

    /// True if an entry of a day was recorded after the fiscal year of that day was first closed
    /// (contract section 3).
    pub fn is_late(&self, position: u64, day: NaiveDate) -> bool {
        let position = Position::try_from(position).unwrap_or(Position::MAX);
        let year = FiscalYear::of(day);
        !self.state.programme.on_time(position, year)
    }

    /// How many of the folded entries lie before a cut-off.
    pub fn size_at(&self, cut: Cut) -> u64 {
        u64::from(self.position_of(cut))
    }

    /// How many of the counted entries lie before a cut-off.
    pub(crate) fn position_of(&self, cut: Cut) -> Position {
        let limit = cut.limit();
        let below = Position::try_from(limit.below).unwrap_or(Position::MAX);
        self.facts
            .recorded_after(limit.recorded_until)
            .min(below)
            .min(self.state.len())
    }

    /// The plan in force.
    pub fn adopted_plan(&self) -> Option<&Plan> {
        self.state.programme.plan()
    }

    /// The years worth showing: the plan's, the one before them, and any in which something counts.
    pub fn years(&self) -> Vec<FiscalYear> {
        let planned = self
            .adopted_plan()
            .map(|plan| plan.first_fiscal_year.0 - 1..=plan.last_fiscal_year.0);
        let mut years: std::collections::BTreeSet<FiscalYear> =
            self.state.tallies.years().collect();
        years.extend(planned.into_iter().flatten().map(FiscalYear));
        years.into_iter().collect()
    }

    /// True while the closing of a year is in force.
    pub fn is_closed(&self, year: FiscalYear) -> bool {
        self.state
            .programme
            .closings
            .get(&year)
            .is_some_and(|closing| closing.current.is_some())
    }
}
