//! Dates: nothing of tomorrow, nothing from long before the plan.

use serde_json::json;

use super::{TODAY, correction, given, in_case, on, opened, registered, visit};

#[test]
fn a_future_date_is_refused() {
    let history = [registered("a"), opened()];
    given(&history).when(&on(TODAY, visit("visit"))).then_ok();
    given(&history)
        .when(&on("2026-11-24", visit("visit")))
        .then_refused("future_date");
}

#[test]
fn a_date_more_than_five_years_before_the_plan_is_refused() {
    let history = [registered("a"), opened()];
    given(&history)
        .when(&on("2020-04-01", visit("visit")))
        .then_ok();
    given(&history)
        .when(&on("2020-03-31", visit("visit")))
        .then_refused("too_old");
}

#[test]
fn without_a_plan_no_date_is_too_old() {
    let history = [registered("a"), opened()];
    given(&history)
        .without_a_plan()
        .when(&on("1999-12-31", visit("visit")))
        .then_ok();
}

#[test]
fn a_corrected_date_obeys_the_same_rules() {
    let to = |day: &str| correction("case/c", "visit", json!({"occurred_on": day}));
    let history = [registered("a"), opened(), visit("visit")];
    given(&history).when(&to("2026-03-31")).then_ok();
    given(&history)
        .when(&to("2026-11-24"))
        .then_refused("future_date");
    given(&history)
        .when(&to("2020-03-31"))
        .then_refused("too_old");
}

#[test]
fn a_due_date_may_lie_in_the_future() {
    let data = json!({"method": "visit", "next_due": "2027-01-15"});
    given(&[registered("a"), opened()])
        .when(&in_case("visit", "visit.done", data))
        .then_ok();
}

#[test]
fn a_day_that_does_not_exist_is_a_faulty_field() {
    let history = [registered("a"), opened()];
    given(&history)
        .when(&on("2025-02-30", visit("visit")))
        .then_faulty(&["/occurred_on"]);
}
