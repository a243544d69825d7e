//! Rules of a business: registration, merges, erasure.

use serde_json::{Value, json};

use super::{correction, event, given, id, in_case, opened, registered, visit, void};

fn of(business: &str, name: &str, event_type: &str, data: Value) -> Value {
    event(name, &format!("business/{business}"), event_type, data)
}

fn merged(from: &str, into: &str) -> Value {
    of(
        from,
        &format!("{from} into {into}"),
        "business.merged",
        json!({"into": id(into)}),
    )
}

fn unmerged(from: &str) -> Value {
    of(
        from,
        &format!("{from} unmerged"),
        "business.unmerged",
        json!({"reason": "別の事業者"}),
    )
}

fn erased() -> Value {
    of(
        "a",
        "erased",
        "business.erased",
        json!({"reason": "本人の求め"}),
    )
}

fn three() -> [Value; 3] {
    [registered("a"), registered("b"), registered("c")]
}

#[test]
fn a_business_is_registered_once() {
    given(&[registered("a")])
        .when(&registered("a"))
        .then_refused("already_registered");
}

#[test]
fn nothing_happens_to_a_business_that_is_not_registered() {
    let closed = of("a", "closed", "business.closed", json!({}));
    let changed = of(
        "a",
        "changed",
        "business.profile_changed",
        json!({"employees": 3}),
    );
    for event in [closed, changed, erased(), unmerged("a")] {
        given(&[]).when(&event).then_refused("unknown_business");
    }
}

#[test]
fn a_business_is_merged_into_a_registered_one() {
    given(&three()).when(&merged("a", "b")).then_ok();
    given(&three())
        .when(&merged("a", "nobody"))
        .then_refused("unknown_business");
}

#[test]
fn a_business_is_not_merged_into_itself_nor_in_a_circle() {
    given(&three())
        .when(&merged("a", "a"))
        .then_refused("bad_merge");
    given(&three())
        .and(&merged("a", "b"))
        .when(&merged("b", "a"))
        .then_refused("bad_merge");
    given(&three())
        .and(&merged("a", "b"))
        .and(&merged("b", "c"))
        .when(&merged("c", "a"))
        .then_refused("bad_merge");
}

#[test]
fn a_later_merge_replaces_an_earlier_one() {
    given(&three())
        .and(&merged("a", "b"))
        .and(&merged("a", "c"))
        .when(&merged("b", "a"))
        .then_ok();
}

#[test]
fn only_a_merged_business_is_unmerged() {
    given(&three())
        .when(&unmerged("a"))
        .then_refused("not_merged");
    given(&three())
        .and(&merged("a", "b"))
        .and(&unmerged("a"))
        .when(&merged("b", "a"))
        .then_ok();
}

#[test]
fn taking_back_the_end_of_a_merge_closes_no_circle() {
    let taken_back = void("business/a", "a unmerged");
    let apart = || given(&three()).and(&merged("a", "b")).and(&unmerged("a"));
    apart().when(&taken_back).then_ok();
    apart()
        .and(&merged("b", "a"))
        .when(&taken_back)
        .then_refused("bad_merge");
}

#[test]
fn taking_back_a_later_merge_closes_no_circle() {
    let history = || {
        given(&three())
            .and(&merged("a", "b"))
            .and(&merged("a", "c"))
            .and(&merged("b", "a"))
    };
    history()
        .when(&void("business/a", "a into c"))
        .then_refused("bad_merge");
}

#[test]
fn a_corrected_merge_obeys_the_rules_of_a_merge() {
    let into = |other: &str| {
        correction(
            "business/a",
            "a into b",
            json!({"data": {"into": id(other)}}),
        )
    };
    let history = || given(&three()).and(&merged("a", "b"));
    history().when(&into("c")).then_ok();
    history().when(&into("a")).then_refused("bad_merge");
    history()
        .when(&into("nobody"))
        .then_refused("unknown_business");
    history()
        .and(&merged("c", "a"))
        .when(&into("c"))
        .then_refused("bad_merge");
}

#[test]
fn an_erased_business_takes_no_personal_field() {
    let changed = of(
        "a",
        "changed",
        "business.profile_changed",
        json!({"phone": "083-900-1234"}),
    );
    let name = json!({"data": {"kind": "corporation", "name": "株式会社あさひ"}});
    let history = || given(&[registered("a"), opened()]).and(&erased());
    history().when(&changed).then_refused("erased");
    history()
        .when(&correction("business/a", "a registered", name))
        .then_refused("erased");
    let noted = in_case(
        "noted",
        "visit.done",
        json!({"method": "visit", "note": "在庫"}),
    );
    history().when(&noted).then_refused("erased");
}

#[test]
fn an_erased_business_goes_on_being_counted() {
    let history = || given(&[registered("a"), opened(), visit("first")]).and(&erased());
    history().when(&visit("visit")).then_ok();
    let corrected = correction("case/c", "first", json!({"data": {"method": "phone"}}));
    history().when(&corrected).then_ok();
    let with_note = json!({"data": {"method": "phone", "note": "在庫"}});
    history()
        .when(&correction("case/c", "first", with_note))
        .then_refused("erased");
}

#[test]
fn an_erasure_happens_once_and_cannot_be_undone() {
    let history = || given(&[registered("a")]).and(&erased()).by_manager();
    history().when(&erased()).then_refused("erased");
    history()
        .when(&void("business/a", "erased"))
        .then_refused("bad_target");
    let earlier = json!({"occurred_on": "2025-06-01"});
    history()
        .when(&correction("business/a", "erased", earlier))
        .then_refused("bad_target");
}

#[test]
fn the_end_of_an_erasure_is_recorded_by_the_server_alone() {
    let data = json!({"erasure": id("erased"), "keys_destroyed": 1, "ciphertexts_deleted": 2,
        "key_backups_expire_on": "2026-12-31"});
    let completed = of("a", "completed", "business.erasure_completed", data);
    given(&[registered("a")])
        .and(&erased())
        .when(&completed)
        .then_refused("server_only");
}
