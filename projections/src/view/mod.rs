//! Views of one subject for people: what happened, and how things stand now.
//!
//! Folds over the few entries of one subject. They may be given opened personal fields inside the
//! data; they neither know nor care. Count nothing for the plan: that is the engine's work.

mod business_view;
mod case_view;
mod effective;

pub use self::business_view::{BusinessView, business_view};
pub use self::case_view::{CaseView, Stage, case_view};
pub use self::effective::{Effective, effective};
