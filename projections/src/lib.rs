//! Everything that is derived from the entries of a ledger, as pure folds.
//!
//! Reading order: [`plan`] is the certified plan as data, with the measure language; `fact` decodes
//! an entry into what a fold needs; `engine` is the one fold that live appends, replays, cut-offs,
//! evidence and differences share; [`kpi::Kpi`] is its face. [`table`], [`mod@evidence`], [`diff`],
//! [`breakdown`], [`gauges`], [`forecast`], [`duties`],
//! [`workload`], [`sessions`], [`cases`] and [`in_force`] are what it is asked.
//! [`view`] shows one subject with all its details.
//!
//! What is not here: a clock, randomness, files, threads (but for the decoding in [`mod@replay`]),
//! personal fields, and any indicator's name: a number is counted as its plan says.

pub mod breakdown;
mod casebook;
pub mod cases;
pub mod diff;
pub mod duties;
mod engine;
pub mod evidence;
mod fact;
pub mod figure;
pub mod forecast;
pub mod gauges;
pub mod in_force;
pub mod kpi;
pub mod plan;
pub mod replay;
pub mod sessions;
pub mod table;
pub mod view;
mod vocabulary;
pub mod workload;

pub use kpi::{Cut, FoldError, Kpi};
pub use replay::replay;
