//! The rules of contract section 3: may this event happen now?
//!
//! Pure: the day, the actor and the other subjects are arguments. A rule refuses with its name; the
//! HTTP status and the Japanese words belong to whoever shows it.

mod business;
mod case;
mod programme;
mod record;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::calendar::FiscalYear;
use crate::event::Event;
use crate::intake::NewEvent;
use crate::state::{Standing, SubjectState};
use crate::subject::SubjectKind;

/// Years before the plan's first year from which facts are still taken.
const YEARS_BEFORE_PLAN: i32 = 5;

/// A rule that refuses an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {detail}")]
pub struct Rejection {
    /// The rule's name, such as `case_closed`.
    pub rule: &'static str,
    /// What is wrong, naming the value.
    pub detail: String,
}

impl Rejection {
    /// A refusal by a rule.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

/// What a decision may look at besides the subject's own state.
pub trait Surroundings {
    /// Today in Japan.
    fn today(&self) -> NaiveDate;
    /// The first fiscal year of the plan in force.
    fn first_year(&self) -> Option<FiscalYear>;
    /// `staff/<uuid>` of who asks.
    fn actor(&self) -> &str;
    /// Who asks may correct and void entries of others.
    fn may_correct_others(&self) -> bool;
    /// The standing of a business; the default one if it does not exist.
    fn business(&self, id: Uuid) -> Standing;
    /// Another case than the one that is decided on holds this as completed.
    fn completed_elsewhere(&self, what: Completion<'_>) -> bool;
}

/// What is completed once in a whole ledger (contract section 3, `already_completed`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion<'a> {
    /// A plan by its id.
    Plan(&'a str),
    /// An analysis by its id.
    Analysis(&'a str),
}

impl Completion<'_> {
    /// True if a case holds it as completed.
    pub fn is_held_by(self, standing: &Standing) -> bool {
        match self {
            Self::Plan(id) => standing.plans.contains(id),
            Self::Analysis(id) => standing.analyses.contains(id),
        }
    }
}

/// Refuses what the rules forbid.
///
/// `corrected` is the new data of a `record.corrected`, read by the type of its target.
///
/// # Errors
/// The first rule that refuses.
pub fn decide(
    state: &SubjectState,
    new: &NewEvent,
    corrected: Option<&Event>,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    dates(new, around)?;
    match &new.event {
        Event::RecordCorrected(_) | Event::RecordVoided(_) => {
            record::decide(state, new, corrected, around)
        }
        event => match new.subject.kind() {
            SubjectKind::Business => business::decide(state, new, event, around),
            SubjectKind::Case => case::decide(state, event, around),
            SubjectKind::Programme => programme::decide(state, event, around),
            SubjectKind::Staff => staff(state, event),
            SubjectKind::Seminar | SubjectKind::Survey => Ok(()),
        },
    }
}

fn dates(new: &NewEvent, around: &impl Surroundings) -> Result<(), Rejection> {
    let corrected = match &new.event {
        Event::RecordCorrected(correction) => correction.occurred_on,
        _ => None,
    };
    for day in [Some(new.occurred_on), corrected].into_iter().flatten() {
        if day > around.today() {
            let detail = format!("{day} lies in the future; today is {}", around.today());
            return Err(Rejection::new("future_date", detail));
        }
        let earliest = around
            .first_year()
            .map(|year| FiscalYear(year.0 - YEARS_BEFORE_PLAN));
        if let Some(earliest) = earliest.map(FiscalYear::first_day)
            && day < earliest
        {
            let detail = format!("{day} lies before {earliest}, five years before the plan");
            return Err(Rejection::new("too_old", detail));
        }
    }
    Ok(())
}

fn staff(state: &SubjectState, event: &Event) -> Result<(), Rejection> {
    if matches!(event, Event::StaffRegistered(_)) && state.standing.begun {
        return Err(Rejection::new(
            "already_registered",
            "this member of the staff is registered",
        ));
    }
    Ok(())
}
