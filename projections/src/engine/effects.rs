//! Which data, which day and which void hold for each event: the effective versions.
//!
//! Of several corrections the latest data and the latest day hold, independently. A void is for
//! ever. Events that nothing reached back to cost one bit.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::fact::atom::Symbol;
use crate::fact::store::Facts;
use crate::fact::{NONE, Position};
use crate::vocabulary::vocabulary;

/// Data and day of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// The position whose values hold: the event's own or a correction's.
    pub(crate) data: Position,
    /// The business named in those values.
    pub(crate) business: Symbol,
    pub(crate) day: i32,
}

impl Version {
    /// As recorded.
    pub(crate) fn recorded(facts: &Facts, position: Position) -> Self {
        let fact = facts.fact(position);
        Self {
            data: position,
            business: fact.business,
            day: fact.day,
        }
    }

    /// With one correction more.
    pub(crate) fn corrected(mut self, facts: &Facts, correction: Position) -> Self {
        let fact = facts.fact(correction);
        if fact.corrects_data() {
            self.data = correction;
            self.business = fact.business;
        }
        if fact.corrects_date() {
            self.day = fact.day;
        }
        self
    }
}

/// What later entries did to an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effect {
    pub(crate) last: Version,
    /// The entry that voided it.
    pub(crate) voided_by: Option<Position>,
}

/// The effects of all entries so far.
#[derive(Clone, Default)]
pub(crate) struct Effects {
    reached: Vec<u64>,
    effects: HashMap<Position, Effect, FixedState>,
    /// Effective cancellations by the deal they cancel.
    cancelled: HashMap<Position, Vec<Position>, FixedState>,
}

impl Effects {
    /// What later entries did to an event; none for most.
    pub(crate) fn of(&self, position: Position) -> Option<&Effect> {
        let word = self.reached.get(position as usize / 64)?;
        if word & (1 << (position % 64)) == 0 {
            return None;
        }
        self.effects.get(&position)
    }

    /// The latest version of an event, voided or not.
    pub(crate) fn last(&self, facts: &Facts, position: Position) -> Version {
        self.of(position)
            .map_or_else(|| Version::recorded(facts, position), |effect| effect.last)
    }

    /// The effective version; none if the event is voided.
    pub(crate) fn version(&self, facts: &Facts, position: Position) -> Option<Version> {
        match self.of(position) {
            None => Some(Version::recorded(facts, position)),
            Some(effect) if effect.voided_by.is_none() => Some(effect.last),
            Some(_) => None,
        }
    }

    /// The version after one `record.*` more; none if it voids the event.
    pub(crate) fn after(
        &self,
        facts: &Facts,
        target: Position,
        record: Position,
    ) -> Option<Version> {
        let version = self.version(facts, target)?;
        let voids = facts.fact(record).kind == vocabulary().known.voided;
        (!voids).then(|| version.corrected(facts, record))
    }

    /// Takes one `record.*`. What reaches a voided event does nothing.
    pub(crate) fn take(&mut self, facts: &Facts, record: Position) {
        let fact = facts.fact(record);
        let target = fact.target;
        if target == NONE || self.version(facts, target).is_none() {
            return;
        }
        let word = target as usize / 64;
        if self.reached.len() <= word {
            self.reached.resize(word + 1, 0);
        }
        self.reached[word] |= 1 << (target % 64);
        let recorded = Version::recorded(facts, target);
        let effect = self.effects.entry(target);
        let effect = effect.or_insert(Effect {
            last: recorded,
            voided_by: None,
        });
        if fact.kind == vocabulary().known.voided {
            effect.voided_by = Some(record);
        } else {
            effect.last = effect.last.corrected(facts, record);
        }
    }

    /// The entry that cancelled a deal and is in effect.
    pub(crate) fn cancelled_by(&self, deal: Position) -> Option<Position> {
        if self.cancelled.is_empty() {
            return None;
        }
        self.cancelled
            .get(&deal)
            .and_then(|cancellations| cancellations.first().copied())
    }

    pub(crate) fn cancel(&mut self, deal: Position, cancellation: Position) {
        let cancellations = self.cancelled.entry(deal).or_default();
        if let Err(at) = cancellations.binary_search(&cancellation) {
            cancellations.insert(at, cancellation);
        }
    }

    pub(crate) fn uncancel(&mut self, deal: Position, cancellation: Position) {
        if let Some(cancellations) = self.cancelled.get_mut(&deal) {
            cancellations.retain(|known| *known != cancellation);
        }
    }
}
