//! Rules of the programme and of the staff.

use serde_json::{Value, json};

use super::{event, given, id, void};

fn programme(name: &str, event_type: &str, data: Value) -> Value {
    event(name, "programme/plan", event_type, data)
}

fn closed(name: &str, year: &Value) -> Value {
    programme(name, "fiscal_year.closed", json!({"fiscal_year": year}))
}

fn reopened(name: &str) -> Value {
    programme(
        name,
        "fiscal_year.reopened",
        json!({"fiscal_year": "R7", "reason": "集計誤り"}),
    )
}

#[test]
fn a_fiscal_year_that_has_not_begun_is_not_closed() {
    given(&[]).when(&closed("first", &json!("R8"))).then_ok();
    given(&[])
        .when(&closed("first", &json!("R9")))
        .then_refused("future_date");
}

#[test]
fn a_fiscal_year_is_closed_once_however_it_is_written() {
    let history = [closed("first", &json!("R7"))];
    for year in [json!("R7"), json!("2025"), json!(2025), json!("令和7年度")] {
        given(&history)
            .when(&closed("second", &year))
            .then_refused("already_closed");
    }
    given(&history)
        .when(&closed("next", &json!("R8")))
        .then_ok();
}

#[test]
fn a_reopened_year_is_closed_again() {
    let year = json!("R7");
    given(&[closed("first", &year), reopened("reopened")])
        .when(&closed("second", &year))
        .then_ok();
    given(&[closed("first", &year), void("programme/plan", "first")])
        .when(&closed("second", &year))
        .then_ok();
}

#[test]
fn only_a_closed_year_is_reopened() {
    given(&[])
        .when(&reopened("reopened"))
        .then_refused("not_closed");
    given(&[closed("closed", &json!("R6"))])
        .when(&reopened("reopened"))
        .then_refused("not_closed");
}

#[test]
fn an_improvement_is_proposed_once_and_before_it_progresses() {
    let proposed = |name| {
        let data = json!({"improvement_id": "I1", "item": "A2", "owner": "中小企業相談所",
            "due": "2026-12-31", "what": "月ごとの確認"});
        programme(name, "improvement.proposed", data)
    };
    let progressed = programme(
        "progressed",
        "improvement.progressed",
        json!({"improvement_id": "I1", "what": "開始"}),
    );
    let done = programme("done", "improvement.done", json!({"improvement_id": "I1"}));
    for step in [&progressed, &done] {
        given(&[]).when(step).then_refused("unknown_improvement");
        given(&[proposed("first")]).when(step).then_ok();
    }
    given(&[proposed("first")])
        .when(&proposed("second"))
        .then_refused("already_proposed");
}

#[test]
fn a_member_of_the_staff_is_registered_once() {
    let registered = |name: &str| {
        event(
            name,
            "staff/s",
            "staff.registered",
            json!({"name": "山野 花", "role": "advisor"}),
        )
    };
    given(&[registered("first")])
        .when(&registered("second"))
        .then_refused("already_registered");
}

#[test]
fn a_late_entry_into_a_closed_year_is_taken() {
    let mut late = event(
        "late",
        "seminar/s",
        "seminar.held",
        json!({"title": "創業塾", "tags": ["startup"], "attendees": 12}),
    );
    late["occurred_on"] = json!("2026-03-28");
    given(&[closed("closed", &json!("R7"))])
        .when(&late)
        .then_ok();
}

#[test]
fn seminars_and_surveys_have_no_rule_of_their_own() {
    let business = json!({"business_id": id("a")});
    given(&[])
        .when(&event(
            "attended",
            "seminar/s",
            "seminar.attended",
            business,
        ))
        .then_ok();
    let survey = json!({"survey": "students"});
    given(&[])
        .when(&event("analysed", "survey/s", "survey.analysed", survey))
        .then_ok();
}
