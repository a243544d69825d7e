//! Rules of the programme: a year is closed once, an improvement is known before it progresses.

use super::{Rejection, Surroundings};
use crate::event::Event;
use crate::state::SubjectState;

pub(super) fn decide(
    state: &SubjectState,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let standing = &state.standing;
    match event {
        Event::FiscalYearClosed(close)
            if standing.closed_years.contains(&close.fiscal_year.year) =>
        {
            let detail = format!("fiscal year {} is closed already", close.fiscal_year.year);
            Err(Rejection::new("already_closed", detail))
        }
        Event::FiscalYearClosed(close) if close.fiscal_year.year.first_day() > around.today() => {
            let year = close.fiscal_year.year;
            let detail = format!("fiscal year {year} begins on {}", year.first_day());
            Err(Rejection::new("future_date", detail))
        }
        Event::FiscalYearReopened(reopen)
            if !standing.closed_years.contains(&reopen.fiscal_year.year) =>
        {
            let detail = format!("fiscal year {} is not closed", reopen.fiscal_year.year);
            Err(Rejection::new("not_closed", detail))
        }
        Event::ImprovementProposed(proposal)
            if standing.improvements.contains(&proposal.improvement_id) =>
        {
            let detail = format!("improvement \"{}\" exists already", proposal.improvement_id);
            Err(Rejection::new("already_proposed", detail))
        }
        Event::ImprovementProgressed(step) => known(state, &step.improvement_id),
        Event::ImprovementDone(step) => known(state, &step.improvement_id),
        _ => Ok(()),
    }
}

fn known(state: &SubjectState, id: &str) -> Result<(), Rejection> {
    if state.standing.improvements.contains(id) {
        return Ok(());
    }
    let detail = format!("improvement \"{id}\" has not been proposed");
    Err(Rejection::new("unknown_improvement", detail))
}
