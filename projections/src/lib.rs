//! KPIs as pure folds over the entries of a ledger.

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
pub mod table;
pub mod view;
mod vocabulary;

pub use kpi::{Cut, FoldError, Kpi};
pub use replay::replay;
