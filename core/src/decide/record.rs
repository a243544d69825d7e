//! Rules of corrections and voids: a live target of the same subject, one's own or with authority.
//!
//! What a correction or a void leaves behind must be something that could have been recorded.

use super::{Rejection, Surroundings, business, case};
use crate::event::Event;
use crate::intake::NewEvent;
use crate::state::SubjectState;

pub(super) fn decide(
    state: &SubjectState,
    new: &NewEvent,
    corrected: Option<&Event>,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let target = match &new.event {
        Event::RecordCorrected(correction) => correction.target,
        Event::RecordVoided(void) => void.target,
        _ => return Ok(()),
    };
    let bad = |why: &str| Err(Rejection::new("bad_target", format!("{target} {why}")));
    let Some(record) = state.record(target) else {
        return bad("is not an event of this subject that can be corrected or voided");
    };
    if record.voided {
        return bad("is voided already");
    }
    if record.event_type.name.starts_with("business.eras") {
        return bad("records an erasure, which cannot be undone");
    }
    if new_data(new) && record.event_type.fields.iter().any(|field| field.server) {
        return bad("holds what the server fixed; void it or record the opposite act instead");
    }
    if !around.may_correct_others() && record.recorded_by != around.actor() {
        let detail = format!("{target} was recorded by somebody else; ask a manager");
        return Err(Rejection::new("not_own_entry", detail));
    }
    // The target itself is taken out of the way: keeping its own plan number is no clash.
    let without = || {
        let mut without = state.clone();
        without.evolve(new.id, &void_of(target), new.occurred_on, around.actor());
        without
    };
    match corrected {
        Some(event) => replaces(&without(), new, event, around),
        None if record.event_type.name.starts_with("business.") => {
            // Taking back a merge or its end may bring an older merge into force again.
            business::closes_no_circle(new.subject.id(), without().standing.merged_into, around)
        }
        None => Ok(()),
    }
}

fn new_data(new: &NewEvent) -> bool {
    matches!(&new.event, Event::RecordCorrected(correction) if correction.data.is_some())
}

fn replaces(
    without: &SubjectState,
    new: &NewEvent,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    case::fence(without, event, around)?;
    match event {
        Event::CaseOpened(case) => case::registered(case.business_id, around),
        Event::BusinessMerged(merge) => business::merges(new.subject.id(), merge.into, around),
        event => case::references(without, event, around),
    }
}

fn void_of(target: uuid::Uuid) -> Event {
    Event::RecordVoided(crate::event::RecordVoided {
        target,
        reason: String::new(),
    })
}
