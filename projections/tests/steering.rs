//! Lists and duties, by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::duties::{Duties, DutyKind};
use banso_projections::view::Stage;
use chrono::NaiveDate;
use serde_json::json;
use support::{History, R6, R7, R8, business, case, id};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn analysis(history: &mut History, number: u32, day: &str) {
    let data = json!({"analysis_id": format!("{}", history.len())});
    history.add(&case(number), "analysis.completed", day, data);
}

/// (kind, due_on, done, overdue) of every duty.
fn shown(duties: &Duties) -> Vec<(DutyKind, String, u32, bool)> {
    duties
        .duties
        .iter()
        .map(|d| (d.kind, d.due_on.to_string(), d.done, d.overdue))
        .collect()
}

#[test]
fn a_plan_is_due_until_it_was_followed_up_twice_within_twelve_months() {
    let mut history = History::yamaguchi();
    history.open(1);
    let plan = history.plan(1, "p1", "2025-05-10");
    let duties = |history: &History, today: &str| shown(&history.kpi().duties(R7, day(today)));
    let due = |done, overdue| vec![(DutyKind::FollowUp, "2026-05-10".to_owned(), done, overdue)];
    assert_eq!(duties(&history, "2025-05-09"), []);
    assert_eq!(duties(&history, "2025-05-10"), due(0, false));
    history.follow_up(1, "p1", "2025-08-01", "visit");
    assert_eq!(duties(&history, "2026-05-10"), due(1, false));
    assert_eq!(duties(&history, "2026-05-11"), due(1, true));
    let mut late = history.clone();
    late.follow_up(1, "p1", "2026-05-11", "visit");
    assert_eq!(duties(&late, "2026-05-11"), due(1, true));
    let mut voided = history.clone();
    voided.void(&case(1), plan);
    assert_eq!(duties(&voided, "2026-05-11"), []);
    history.follow_up(1, "p1", "2026-05-10", "online");
    assert_eq!(duties(&history, "2026-05-11"), []);
}

#[test]
fn an_analysed_business_is_visited_again_within_a_year_of_the_last_meeting() {
    let mut history = History::yamaguchi();
    history.open(1);
    analysis(&mut history, 1, "2024-09-01");
    let duties =
        |history: &History, year, today: &str| shown(&history.kpi().duties(year, day(today)));
    let due = |on: &str, overdue| vec![(DutyKind::Revisit, on.to_owned(), 0, overdue)];
    assert_eq!(duties(&history, R6, "2024-12-01"), []);
    assert_eq!(duties(&history, R7, "2025-06-01"), due("2025-09-01", false));
    history.add(
        &case(1),
        "visit.done",
        "2025-03-01",
        json!({"method": "phone"}),
    );
    assert_eq!(duties(&history, R7, "2025-09-02"), due("2025-09-01", true));
    history.add(
        &case(1),
        "visit.done",
        "2025-03-31",
        json!({"method": "visit"}),
    );
    assert_eq!(duties(&history, R7, "2025-09-02"), due("2026-03-31", false));
    assert_eq!(duties(&history, R8, "2026-04-02"), due("2026-03-31", true));
}

#[test]
fn a_hand_over_moves_duties_and_a_closed_business_ends_them() {
    let mut history = History::yamaguchi();
    history.open(1);
    history.plan(1, "p1", "2025-05-10");
    history.add(
        &case(1),
        "case.handed_over",
        "2025-06-01",
        json!({"to": id(5, 2)}),
    );
    let duties = history.kpi().duties(R7, day("2025-07-01"));
    assert_eq!(duties.duties[0].advisor_id, Some(id(5, 2)));
    assert_eq!(duties.duties[0].area.as_deref(), Some("地区1"));
    assert_eq!(
        (
            duties.by_advisor[&id(5, 2).to_string()].due,
            duties.by_area["地区1"].overdue
        ),
        (1, 0)
    );
    let mut closed_case = history.clone();
    closed_case.add(&case(1), "case.closed", "2025-06-30", json!({}));
    assert!(
        closed_case
            .kpi()
            .duties(R7, day("2025-07-01"))
            .duties
            .is_empty()
    );
    history.add(
        &business(1),
        "business.closed",
        "2025-06-30",
        json!({"kind": "closed"}),
    );
    assert!(
        history
            .kpi()
            .duties(R7, day("2025-07-01"))
            .duties
            .is_empty()
    );
    assert_eq!(history.value("P1", "plan", R7), "1");
}

#[test]
fn lists_follow_the_cases_and_businesses() {
    let mut history = History::yamaguchi();
    history.open(1).open(2);
    history.add(
        &case(1),
        "visit.done",
        "2025-05-01",
        json!({"method": "visit", "next_due": "2025-06-01"}),
    );
    analysis(&mut history, 1, "2025-05-02");
    let cases = history.kpi().cases();
    assert_eq!(cases.len(), 2);
    assert_eq!(
        (cases[0].case_id, cases[0].business_id),
        (id(2, 1), Some(id(1, 1)))
    );
    assert_eq!(
        (cases[0].stage, cases[1].stage),
        (Stage::Analysed, Stage::Opened)
    );
    assert_eq!(cases[0].next_due, Some(day("2025-06-01")));
    assert_eq!(
        (cases[0].last_event_on, cases[0].version),
        (Some(day("2025-05-02")), 3)
    );
    history.plan(1, "p1", "2025-05-03");
    assert_eq!(history.kpi().cases()[0].stage, Stage::Planned);
    history.follow_up(1, "p1", "2025-06-02", "visit");
    let followed = &history.kpi().cases()[0];
    assert_eq!(
        (followed.stage, followed.next_due),
        (Stage::Executing, None)
    );
    history.add(
        &business(1),
        "business.profile_changed",
        "2025-06-01",
        json!({"area": "新地区"}),
    );
    history.add(
        &business(1),
        "business.merged",
        "2025-06-01",
        json!({"into": id(1, 2)}),
    );
    let kpi = history.kpi();
    let businesses = kpi.businesses();
    assert_eq!(businesses[0].area.as_deref(), Some("新地区"));
    assert_eq!(
        (businesses[0].merged_into, businesses[0].counts_for),
        (Some(id(1, 2)), Some(id(1, 2)))
    );
    assert_eq!(
        (businesses[0].kind.as_deref(), businesses[0].version),
        (Some("corporation"), 3)
    );
    assert_eq!(kpi.cases()[0].counts_for, Some(id(1, 2)));
}
