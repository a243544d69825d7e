//! The domain of banso: what may happen, what it is called, and which rules refuse it.
//!
//! Reading order: [`calendar`] and [`subject`] are the small words; [`shape`] says what a field may
//! hold; [`event`] declares every event type once; [`intake`] turns JSON into a validated
//! [`intake::NewEvent`]; [`recorded`] reads a stored entry back; [`state`] folds the entries of one
//! subject and [`decide`] refuses what the rules forbid.
//!
//! What is not here: a clock, randomness, files, HTTP, hashes, and any indicator or target.

pub mod calendar;
pub mod decide;
pub mod event;
pub mod intake;
pub mod json;
pub mod recorded;
pub mod shape;
pub mod state;
pub mod subject;
pub mod text;
