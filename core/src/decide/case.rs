//! Rules of a case: opened once for a registered business, silent once closed, plans known.

use uuid::Uuid;

use super::{Completion, Rejection, Surroundings, business};
use crate::event::Event;
use crate::state::SubjectState;

pub(super) fn decide(
    state: &SubjectState,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let standing = &state.standing;
    if let Event::CaseOpened(case) = event {
        if standing.begun {
            return Err(Rejection::new(
                "already_opened",
                "this case is open already",
            ));
        }
        return registered(case.business_id, around);
    }
    if !standing.begun {
        return Err(Rejection::new(
            "unknown_case",
            "this case has not been opened",
        ));
    }
    match event {
        Event::CaseReopened(_) if !standing.closed => {
            return Err(Rejection::new("case_open", "this case is not closed"));
        }
        Event::CaseReopened(_) => return Ok(()),
        _ if standing.closed => {
            return Err(Rejection::new(
                "case_closed",
                "this case is closed; reopen it first",
            ));
        }
        _ => {}
    }
    fence(state, event, around)?;
    references(state, event, around)
}

/// Refuses personal fields about a business whose personal data are erased.
pub(super) fn fence(
    state: &SubjectState,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let personal = || {
        event.write().keys().any(|name| {
            event
                .event_type()
                .field(name)
                .is_some_and(|field| field.personal)
        })
    };
    let standing = &state.standing;
    let erased = standing.erased
        || standing
            .business
            .is_some_and(|id| around.business(id).erased);
    if erased && personal() {
        return Err(business::erased());
    }
    Ok(())
}

/// Checks plans, analyses and deals that an event names.
pub(super) fn references(
    state: &SubjectState,
    event: &Event,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    match event {
        Event::FollowupDone(followup) => known_plan(state, &followup.plan_id),
        Event::PlanRevised(revision) => known_plan(state, &revision.plan_id),
        Event::PlanRecognised(recognition) => known_plan(state, &recognition.plan_id),
        Event::PlanCompleted(plan) => once(state, Completion::Plan(&plan.plan_id), around),
        Event::AnalysisCompleted(analysis) => {
            once(state, Completion::Analysis(&analysis.analysis_id), around)
        }
        Event::DealCancelled(cancel) => known_deal(state, cancel.deal),
        _ => Ok(()),
    }
}

/// A plan or an analysis is completed once, in whatever case.
fn once(
    state: &SubjectState,
    what: Completion<'_>,
    around: &impl Surroundings,
) -> Result<(), Rejection> {
    let place = if what.is_held_by(&state.standing) {
        "already"
    } else if around.completed_elsewhere(what) {
        "already in another case"
    } else {
        return Ok(());
    };
    let detail = match what {
        Completion::Plan(id) => format!("plan \"{id}\" is completed {place}"),
        Completion::Analysis(id) => format!("analysis \"{id}\" is completed {place}"),
    };
    Err(Rejection::new("already_completed", detail))
}

fn known_plan(state: &SubjectState, plan_id: &str) -> Result<(), Rejection> {
    if state.standing.plans.contains(plan_id) {
        return Ok(());
    }
    let detail = format!("plan \"{plan_id}\" is not completed in this case");
    Err(Rejection::new("unknown_plan", detail))
}

fn known_deal(state: &SubjectState, deal: Uuid) -> Result<(), Rejection> {
    let detail = match state.record(deal) {
        None => "is not an event of this case",
        Some(record) if record.event_type.name != "deal.concluded" => "is not a deal",
        Some(record) if record.voided => "is voided",
        Some(_) if state.standing.cancelled_deals.contains(&deal) => "is cancelled already",
        Some(_) => return Ok(()),
    };
    Err(Rejection::new("bad_target", format!("{deal} {detail}")))
}

/// Refuses a business that nobody registered.
pub(super) fn registered(id: Uuid, around: &impl Surroundings) -> Result<(), Rejection> {
    if around.business(id).begun {
        return Ok(());
    }
    let detail = format!("business/{id} is not registered");
    Err(Rejection::new("unknown_business", detail))
}
