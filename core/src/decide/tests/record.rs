//! Rules of corrections and voids.

use serde_json::json;

use super::{correction, event, given, id, in_case, opened, plan, registered, visit, void};

#[test]
fn a_void_needs_a_target_in_the_same_subject() {
    let history = [registered("a"), opened(), visit("visit")];
    given(&history).when(&void("case/c", "visit")).then_ok();
    given(&history)
        .when(&void("case/c", "nothing"))
        .then_refused("bad_target");
    given(&history)
        .when(&void("case/c", "a registered"))
        .then_refused("bad_target");
    given(&history)
        .when(&void("business/a", "visit"))
        .then_refused("bad_target");
}

#[test]
fn a_record_is_voided_once() {
    let history = [
        registered("a"),
        opened(),
        visit("visit"),
        void("case/c", "visit"),
    ];
    given(&history)
        .when(&void("case/c", "visit"))
        .then_refused("bad_target");
    let later = correction("case/c", "visit", json!({"occurred_on": "2025-06-04"}));
    given(&history).when(&later).then_refused("bad_target");
}

#[test]
fn a_void_and_a_correction_are_no_targets() {
    let later = correction("case/c", "visit", json!({"occurred_on": "2025-06-04"}));
    let history = [registered("a"), opened(), visit("visit"), later];
    given(&history)
        .when(&void("case/c", "correction of visit"))
        .then_refused("bad_target");
    given(&history)
        .and(&void("case/c", "visit"))
        .when(&void("case/c", "void of visit"))
        .then_refused("bad_target");
}

#[test]
fn a_record_may_be_corrected_again_and_again() {
    let to = |day: &str| correction("case/c", "visit", json!({"occurred_on": day}));
    given(&[registered("a"), opened(), visit("visit"), to("2025-06-04")])
        .when(&to("2025-06-05"))
        .then_ok();
}

#[test]
fn a_correction_brings_data_or_a_date() {
    let history = [registered("a"), opened(), visit("visit")];
    given(&history)
        .when(&correction("case/c", "visit", json!({})))
        .then_faulty(&["/data"]);
}

#[test]
fn corrected_data_are_the_whole_data_of_their_type() {
    let history = [registered("a"), opened(), visit("visit")];
    let to = |data| correction("case/c", "visit", json!({"data": data}));
    given(&history)
        .when(&to(json!({"method": "phone", "note": "在庫"})))
        .then_ok();
    given(&history)
        .when(&to(json!({"purpose": "x"})))
        .then_faulty(&["/data/data/method"]);
    given(&history)
        .when(&to(json!({"method": "walk", "mood": 1})))
        .then_faulty(&["/data/data/method", "/data/data/mood"]);
}

#[test]
fn one_corrects_and_voids_what_one_recorded_oneself() {
    let history = || given(&[registered("a"), opened(), visit("visit")]);
    let later = correction("case/c", "visit", json!({"occurred_on": "2025-06-04"}));
    for event in [void("case/c", "visit"), later] {
        history().when(&event).then_ok();
        history()
            .by("somebody else")
            .when(&event)
            .then_refused("not_own_entry");
        history().by_manager().when(&event).then_ok();
    }
}

#[test]
fn a_corrected_plan_may_keep_its_number_but_not_take_another_plans() {
    let to = |number: &str| {
        correction(
            "case/c",
            "first",
            json!({"data": {"plan_id": number, "kind": "dx"}}),
        )
    };
    let history = [
        registered("a"),
        opened(),
        plan("first", "P1"),
        plan("second", "P2"),
    ];
    given(&history).when(&to("P1")).then_ok();
    given(&history).when(&to("P3")).then_ok();
    given(&history)
        .when(&to("P2"))
        .then_refused("already_completed");
}

#[test]
fn a_corrected_plan_is_known_by_its_new_number_alone() {
    let renumbered = correction(
        "case/c",
        "first",
        json!({"data": {"plan_id": "P9", "kind": "dx"}}),
    );
    let followup = |plan_id: &str| {
        let data = json!({"plan_id": plan_id, "method": "visit", "progress": "on_track"});
        in_case("followup", "followup.done", data)
    };
    let history = [registered("a"), opened(), plan("first", "P1"), renumbered];
    given(&history).when(&followup("P9")).then_ok();
    given(&history)
        .when(&followup("P1"))
        .then_refused("unknown_plan");
}

#[test]
fn a_corrected_followup_needs_a_known_plan() {
    let data = |plan_id: &str| json!({"plan_id": plan_id, "method": "visit", "progress": "behind"});
    let history = [
        registered("a"),
        opened(),
        plan("first", "P1"),
        plan("second", "P2"),
        in_case("followup", "followup.done", data("P1")),
    ];
    let to = |plan_id| correction("case/c", "followup", json!({"data": data(plan_id)}));
    given(&history).when(&to("P2")).then_ok();
    given(&history).when(&to("P3")).then_refused("unknown_plan");
}

#[test]
fn a_corrected_opening_needs_a_registered_business() {
    let to = |business: &str| {
        let data = json!({"business_id": id(business), "advisor_id": id("advisor")});
        correction("case/c", "opened", json!({"data": data}))
    };
    let history = [registered("a"), registered("b"), opened()];
    given(&history).when(&to("b")).then_ok();
    given(&history)
        .when(&to("nobody"))
        .then_refused("unknown_business");
}

#[test]
fn any_subject_takes_corrections_and_voids() {
    let held = json!({"title": "創業塾", "tags": ["startup"], "attendees": 12});
    let counted = json!({"survey": "voucher", "distributed": 1000});
    let hired = json!({"name": "山野 花", "role": "clerk"});
    for (subject, event_type, data) in [
        ("seminar/s", "seminar.held", held),
        ("survey/s", "survey.counted", counted),
        ("staff/s", "staff.registered", hired),
        (
            "programme/plan",
            "liaison.held",
            json!({"body": "推進連絡会議"}),
        ),
    ] {
        let fact = event("fact", subject, event_type, data.clone());
        given(std::slice::from_ref(&fact))
            .when(&correction(subject, "fact", json!({"data": data})))
            .then_ok();
        given(&[fact]).when(&void(subject, "fact")).then_ok();
    }
}
