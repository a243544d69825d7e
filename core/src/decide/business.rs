//! Rules of a business: registered once, merged without circles, erased for good.

use uuid::Uuid;

use super::{Rejection, Surroundings, case};
use crate::event::Event;
use crate::intake::NewEvent;
use crate::recorded::SYSTEM;
use crate::state::SubjectState;

/// Merges are followed at most this far; a longer chain is taken for a circle.
const LONGEST_CHAIN: usize = 1000;

pub(super) fn decide(
    state: &SubjectState,
    new: &NewEvent,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let standing = &state.standing;
    if let Event::BusinessRegistered(_) = event {
        return if standing.begun {
            let detail = "this business is registered";
            Err(Rejection::new("already_registered", detail))
        } else {
            Ok(())
        };
    }
    if !standing.begun {
        let detail = format!("{} is not registered", new.subject);
        return Err(Rejection::new("unknown_business", detail));
    }
    match event {
        Event::BusinessProfileChanged(_) | Event::BusinessErased(_) if standing.erased => {
            Err(erased())
        }
        Event::BusinessErasureCompleted(_) if around.actor() != SYSTEM => Err(Rejection::new(
            "server_only",
            "the server itself records this after an erasure",
        )),
        Event::BusinessMerged(merge) => merges(new.subject.id(), merge.into, around),
        Event::BusinessUnmerged(_) if standing.merged_into.is_none() => Err(Rejection::new(
            "not_merged",
            "this business is not merged into another",
        )),
        _ => Ok(()),
    }
}

pub(super) fn erased() -> Rejection {
    Rejection::new(
        "erased",
        "the personal data of this business are erased; none can be added",
    )
}

pub(super) fn merges(
    from: Option<Uuid>,
    into: Uuid,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    case::registered(into, around)?;
    closes_no_circle(from, Some(into), around)
}

/// Refuses a merge whose chain leads back to where it starts.
pub(super) fn closes_no_circle(
    from: Option<Uuid>,
    into: Option<Uuid>,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let mut next = into;
    for _ in 0..LONGEST_CHAIN {
        match next {
            None => return Ok(()),
            id if id == from => break,
            Some(id) => next = around.business(id).merged_into,
        }
    }
    Err(Rejection::new(
        "bad_merge",
        "a business cannot be merged into itself, nor in a circle",
    ))
}
