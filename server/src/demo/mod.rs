//! The demo: an invented but believable history of a chamber, from a seed.
//!
//! Pure: no clock, no I/O. [`history`] gives what `POST /v1/events` would take, in the order of
//! recording, from April 2024 to the eve of a given day; the same seed gives the same history,
//! and an earlier day a prefix of it. Everything goes through the same rules as any other intake;
//! this module knows no store and no number of the KPI engine. All people, firms and towns are
//! invented.

mod acts;
mod agenda;
mod analysis;
mod businesses;
mod corner_cases;
mod days;
mod demand;
mod dice;
mod entries;
mod evaluation;
mod follow;
mod founders;
mod growth;
mod inherited;
mod names;
mod people;
mod programme;
mod quota;
mod remedies;
mod reports;
mod seminars;
mod sessions;
mod staff;
mod surveys;
#[cfg(test)]
mod tests;
mod texts;
mod trades;
mod world;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

pub use corner_cases::{CornerCase, corner_cases};
pub use staff::{Member, everyone, staff};

/// Plans of the year before that are still under way when the ledger begins.
const INHERITED: usize = 58;
/// The first fiscal year of the history.
const FIRST_YEAR: i32 = 2024;

/// One event and how it comes to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The instant of recording; never earlier than that of the step before.
    pub recorded_at: DateTime<Utc>,
    /// Who records it.
    pub recorded_by: Actor,
    /// What `POST /v1/events` takes: `id`, `type`, `subject`, `occurred_on`, `data`, `source`.
    pub event: Value,
}

/// Who records a step: the uuid of a member of the staff or of the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor(pub Uuid);

impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "staff/{}", self.0)
    }
}

/// The history from 1 April 2024 up to and including the day before `today` (JST).
///
/// The plan itself is adopted by the server before the first step.
pub fn history(seed: u64, today: NaiveDate) -> Vec<Step> {
    let mut world = world::World::new(seed);
    let mut register = businesses::Register::new();
    people::begin(&mut world);
    register.begin(&mut world);
    inherited::take_over(&mut world, INHERITED);
    for fiscal in FIRST_YEAR..=days::fiscal_year(today).max(FIRST_YEAR) {
        let quota = quota::of(fiscal, &mut world.dice);
        register.arrive(&mut world, fiscal, quota.new_founders);
        seminars::run(&mut world, fiscal);
        surveys::run(&mut world, fiscal, &quota);
        agenda::run(&mut world, fiscal, &quota);
        people::hand_over(&mut world, fiscal);
        people::train(&mut world, fiscal);
        programme::run(&mut world, fiscal);
    }
    world.drafts.extend(corner_cases::drafts());
    let midnight = days::office(today, 0) - chrono::Duration::hours(9);
    world.drafts.retain(|draft| draft.at < midnight);
    world.drafts.sort_by_key(|draft| draft.at);
    world.drafts.into_iter().map(world::Draft::step).collect()
}
