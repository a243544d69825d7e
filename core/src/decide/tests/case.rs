//! Rules of a case.

use serde_json::{Value, json};

use super::{correction, event, given, id, in_case, opened, plan, registered, visit, void};

fn closed() -> Value {
    in_case("closed", "case.closed", json!({}))
}

fn followup(plan_id: &str) -> Value {
    let data = json!({"plan_id": plan_id, "method": "visit", "progress": "on_track"});
    in_case("followup", "followup.done", data)
}

fn deal(name: &str) -> Value {
    let data = json!({"origin": "fair", "counterparty": "甲社", "new_counterparty": true});
    in_case(name, "deal.concluded", data)
}

fn cancelled(name: &str, deal: &str) -> Value {
    in_case(name, "deal.cancelled", json!({"deal": id(deal)}))
}

#[test]
fn a_case_is_opened_for_a_registered_business() {
    given(&[registered("a")]).when(&opened()).then_ok();
    given(&[registered("b")])
        .when(&opened())
        .then_refused("unknown_business");
}

#[test]
fn a_case_is_opened_once() {
    given(&[registered("a"), opened()])
        .when(&opened())
        .then_refused("already_opened");
    given(&[registered("a"), opened(), closed()])
        .when(&opened())
        .then_refused("already_opened");
}

#[test]
fn nothing_happens_in_a_case_that_is_not_opened() {
    for event in [visit("visit"), closed(), plan("plan", "P1"), deal("deal")] {
        given(&[registered("a")])
            .when(&event)
            .then_refused("unknown_case");
    }
}

#[test]
fn a_case_whose_opening_is_voided_is_not_open_and_may_be_opened_again() {
    let history = [registered("a"), opened(), void("case/c", "opened")];
    given(&history)
        .when(&visit("visit"))
        .then_refused("unknown_case");
    given(&history).when(&opened()).then_ok();
}

#[test]
fn a_closed_case_takes_nothing_but_its_reopening() {
    let history = [registered("a"), opened(), plan("plan", "P1"), closed()];
    let loan = in_case("loan", "loan.consulted", json!({"programme": "マル経"}));
    for event in [
        visit("visit"),
        followup("P1"),
        closed(),
        plan("other", "P2"),
        loan,
    ] {
        given(&history).when(&event).then_refused("case_closed");
    }
    let reopened = in_case("reopened", "case.reopened", json!({}));
    given(&history).when(&reopened).then_ok();
    given(&history)
        .and(&reopened)
        .when(&visit("visit"))
        .then_ok();
}

#[test]
fn a_closed_case_still_takes_corrections_and_voids() {
    let history = [registered("a"), opened(), visit("visit"), closed()];
    given(&history).when(&void("case/c", "visit")).then_ok();
    let later = correction("case/c", "visit", json!({"occurred_on": "2025-06-04"}));
    given(&history).when(&later).then_ok();
}

#[test]
fn a_case_whose_closing_is_voided_is_open_again() {
    let history = [
        registered("a"),
        opened(),
        closed(),
        void("case/c", "closed"),
    ];
    given(&history).when(&visit("visit")).then_ok();
}

#[test]
fn only_a_closed_case_is_reopened() {
    let reopened = in_case("reopened", "case.reopened", json!({}));
    given(&[registered("a"), opened()])
        .when(&reopened)
        .then_refused("case_open");
}

#[test]
fn what_follows_a_plan_needs_that_plan_in_the_same_case() {
    let revised = in_case(
        "revised",
        "plan.revised",
        json!({"plan_id": "P1", "reason": "見直し"}),
    );
    let recognised = in_case(
        "recognised",
        "plan.recognised",
        json!({"plan_id": "P1", "by": "県"}),
    );
    for event in [followup("P1"), revised, recognised] {
        given(&[registered("a"), opened()])
            .when(&event)
            .then_refused("unknown_plan");
        given(&[registered("a"), opened(), plan("plan", "P2")])
            .when(&event)
            .then_refused("unknown_plan");
        given(&[registered("a"), opened(), plan("plan", "P1")])
            .when(&event)
            .then_ok();
    }
}

#[test]
fn a_plan_of_another_case_does_not_count() {
    let data = json!({"business_id": id("a"), "advisor_id": id("advisor")});
    let other = event("other opened", "case/d", "case.opened", data);
    let theirs = event(
        "their plan",
        "case/d",
        "plan.completed",
        json!({"plan_id": "P1", "kind": "dx"}),
    );
    given(&[registered("a"), opened(), other, theirs])
        .when(&followup("P1"))
        .then_refused("unknown_plan");
}

#[test]
fn a_voided_plan_is_followed_up_no_more_and_its_number_is_free() {
    let history = [
        registered("a"),
        opened(),
        plan("plan", "P1"),
        void("case/c", "plan"),
    ];
    given(&history)
        .when(&followup("P1"))
        .then_refused("unknown_plan");
    given(&history).when(&plan("again", "P1")).then_ok();
}

#[test]
fn a_plan_is_completed_once() {
    let history = [registered("a"), opened(), plan("plan", "P1")];
    given(&history)
        .when(&plan("again", "P1"))
        .then_refused("already_completed");
    given(&history).when(&plan("another", "P2")).then_ok();
}

#[test]
fn an_analysis_is_completed_once() {
    let analysis = |name| in_case(name, "analysis.completed", json!({"analysis_id": "A1"}));
    given(&[registered("a"), opened(), analysis("first")])
        .when(&analysis("second"))
        .then_refused("already_completed");
    given(&[
        registered("a"),
        opened(),
        analysis("first"),
        void("case/c", "first"),
    ])
    .when(&analysis("second"))
    .then_ok();
}

#[test]
fn a_deal_is_cancelled_once() {
    let history = [registered("a"), opened(), deal("deal")];
    given(&history)
        .when(&cancelled("cancelled", "deal"))
        .then_ok();
    given(&history)
        .and(&cancelled("cancelled", "deal"))
        .when(&cancelled("twice", "deal"))
        .then_refused("bad_target");
}

#[test]
fn a_cancellation_that_is_voided_may_be_repeated() {
    let history = [
        registered("a"),
        opened(),
        deal("deal"),
        cancelled("first", "deal"),
        void("case/c", "first"),
    ];
    given(&history).when(&cancelled("second", "deal")).then_ok();
}

#[test]
fn only_a_live_deal_of_the_case_is_cancelled() {
    let history = [registered("a"), opened(), deal("deal"), visit("visit")];
    given(&history)
        .when(&cancelled("cancelled", "nothing"))
        .then_refused("bad_target");
    given(&history)
        .when(&cancelled("cancelled", "visit"))
        .then_refused("bad_target");
    given(&history)
        .and(&void("case/c", "deal"))
        .when(&cancelled("cancelled", "deal"))
        .then_refused("bad_target");
}

#[test]
fn a_refused_event_changes_nothing() {
    let history = [registered("a"), opened(), plan("plan", "P1")];
    let mut before = given(&history);
    let state = before.states.clone();
    assert!(before.take(&plan("again", "P1")).is_err());
    for (subject, after) in &before.states {
        assert_eq!(after.standing, state[subject].standing);
        assert_eq!(after.version, state[subject].version);
    }
}

#[test]
fn what_another_case_has_completed_is_not_completed_again() {
    let other = |name: &str, event_type: &str, data: Value| event(name, "case/d", event_type, data);
    let opening = json!({"business_id": id("a"), "advisor_id": id("advisor")});
    let planned = json!({"plan_id": "P-1", "kind": "innovation"});
    let analysed = json!({"analysis_id": "A-1"});
    let history = [
        registered("a"),
        opened(),
        other("other opened", "case.opened", opening),
        plan("plan", "P-1"),
        in_case("analysis", "analysis.completed", analysed.clone()),
    ];
    let again = other("again", "plan.completed", planned);
    given(&history)
        .when(&again)
        .then_refused("already_completed");
    given(&history)
        .when(&other("analysed again", "analysis.completed", analysed))
        .then_refused("already_completed");
    // A correction to it, or once it is free.
    let own = other(
        "own",
        "plan.completed",
        json!({"plan_id": "P-2", "kind": "dx"}),
    );
    let moved = json!({"data": {"plan_id": "P-1", "kind": "dx"}});
    given(&history)
        .and(&own)
        .when(&correction("case/d", "own", moved))
        .then_refused("already_completed");
    let kept = json!({"data": {"plan_id": "P-1", "kind": "other"}});
    given(&history)
        .when(&correction("case/c", "plan", kept))
        .then_ok();
    given(&history)
        .and(&void("case/c", "plan"))
        .when(&again)
        .then_ok();
}
