//! The corner cases of the seed inventory (section 7), each played out once by firms of its own.
//!
//! Written by hand with fixed days and ids, whatever the seed, so that documents and pages can
//! link to them. What they add to R6 is taken off the quota of R6, so its totals stay those of
//! the plan.

mod counting;
mod firms;
mod register;
mod script;
mod year;

use chrono::NaiveDate;
use uuid::Uuid;

use super::world::Draft;
use script::Script;

/// One corner case and where to look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CornerCase {
    /// The number in the seed inventory, section 7; some have several examples.
    pub number: u8,
    /// A short title in Japanese.
    pub title_ja: &'static str,
    /// What happened and what to see, in Japanese.
    pub description_ja: &'static str,
    /// The event that makes the case.
    pub event_id: Uuid,
    /// The subject of that event.
    pub subject: String,
    /// The JST day on which that event is recorded; the history shows it from the next day on.
    pub recorded_on: NaiveDate,
    /// The indicator that it touches.
    pub indicator: Option<&'static str>,
    /// The fiscal year that it touches.
    pub fiscal_year: Option<i32>,
}

/// Every corner case, by number.
pub fn corner_cases() -> Vec<CornerCase> {
    let mut cases = play().cases;
    cases.sort_by_key(|case| case.number);
    cases
}

/// The events of all corner cases, in no particular order.
pub(super) fn drafts() -> Vec<Draft> {
    play().drafts
}

fn play() -> Script {
    let mut script = Script::new();
    counting::play(&mut script);
    register::play(&mut script);
    firms::play(&mut script);
    year::play(&mut script);
    script
}
