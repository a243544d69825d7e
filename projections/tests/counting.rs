//! The corner cases of inventory section 7 and the rules of contract section 6, by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::Cut;
use serde_json::json;
use support::{History, R6, R7, R8, business, case, id, row, seminar, value};

fn analysis(history: &mut History, number: u32, day: &str) -> uuid::Uuid {
    let unique = format!("{number}-{}", history.len());
    history.add(
        &case(number),
        "analysis.completed",
        day,
        json!({"analysis_id": unique}),
    )
}

#[test]
fn a_late_entry_counts_in_the_year_in_which_it_occurred() {
    let mut history = History::yamaguchi();
    history.open(1).open(2);
    analysis(&mut history, 1, "2025-03-01");
    history.add(
        "programme/plan",
        "fiscal_year.closed",
        "2025-05-30",
        json!({"fiscal_year": "R6"}),
    );
    let cutoff = history.len() - 1;
    analysis(&mut history, 2, "2025-03-28");
    let kpi = history.kpi();
    let live = row(&kpi, "A2", R6);
    assert_eq!(
        (live.actual.unwrap().to_string(), live.late),
        ("2".to_owned(), 1)
    );
    let closed = kpi.closed_edition(R6).unwrap();
    assert_eq!((closed.as_of.position, closed.closed), (cutoff, true));
    let closed = closed
        .indicators
        .into_iter()
        .find(|row| row.id == "A2")
        .unwrap();
    assert_eq!(
        (closed.actual.unwrap().to_string(), closed.late),
        ("1".to_owned(), 0)
    );
}

#[test]
fn a_correction_across_the_31st_of_march_moves_a_count_between_years() {
    let mut history = History::yamaguchi();
    history.open(1);
    let event = analysis(&mut history, 1, "2025-04-01");
    history.correct(&case(1), event, json!({"occurred_on": "2025-03-31"}));
    assert_eq!(history.value("A2", "business", R6), "1");
    assert_eq!(history.value("A2", "business", R7), "0");
    assert_eq!(
        value(&history.replayed(Cut::below(4)), "A2", "business", R7),
        "1"
    );
}

#[test]
fn of_several_corrections_the_latest_data_and_the_latest_day_hold() {
    let mut history = History::yamaguchi();
    let held = |tags: &[&str], attendees: u32| json!({"title": "講座", "tags": tags, "attendees": attendees});
    let event = history.add(&seminar(1), "seminar.held", "2025-05-01", held(&["dx"], 5));
    history.correct(
        &seminar(1),
        event,
        json!({"data": held(&["startup"], 7), "occurred_on": "2026-04-02"}),
    );
    history.correct(
        &seminar(1),
        event,
        json!({"data": held(&["market_development"], 9)}),
    );
    history.correct(&seminar(1), event, json!({"occurred_on": "2026-03-31"}));
    assert_eq!(history.value("P4", "session", R7), "0");
    assert_eq!(history.value("P3", "session", R8), "0");
    assert_eq!(history.value("M1", "session", R7), "1");
    assert_eq!(history.value("M1b", "heads", R7), "9");
}

#[test]
fn a_void_takes_everything_back() {
    let mut history = History::yamaguchi();
    history.open(1);
    let event = analysis(&mut history, 1, "2025-06-01");
    history.void(&case(1), event);
    assert_eq!(history.value("A2", "each", R7), "0");
}

#[test]
fn a_voided_plan_takes_its_follow_ups_out_of_f1_and_f2() {
    let mut history = History::yamaguchi();
    history.open(1);
    let plan = history.plan(1, "p1", "2025-04-10");
    history.follow_up(1, "p1", "2025-05-01", "visit");
    history.follow_up(1, "p1", "2025-06-01", "phone");
    assert_eq!(history.value("F1", "done", R7), "1");
    assert_eq!(history.value("F2", "visits", R7), "1");
    assert_eq!(history.value("F2", "all_methods", R7), "2");
    let corrected = history.clone();
    history.void(&case(1), plan);
    for (indicator, reading) in [
        ("P1", "plan"),
        ("F1", "done"),
        ("F2", "visits"),
        ("F2", "all_methods"),
    ] {
        assert_eq!(history.value(indicator, reading, R7), "0", "{indicator}");
    }
    let mut history = corrected;
    history.correct(
        &case(1),
        plan,
        json!({"data": {"plan_id": "p1", "kind": "dx"}}),
    );
    assert_eq!(history.value("F1", "done", R7), "1");
}

#[test]
fn follow_ups_count_once_per_plan_day_and_method() {
    let mut history = History::yamaguchi();
    history.open(1);
    history.plan(1, "p1", "2025-04-10");
    history.plan(1, "p2", "2025-04-10");
    for (plan, day, method) in [
        ("p1", "2025-05-01", "visit"),
        ("p1", "2025-05-01", "visit"),
        ("p1", "2025-05-01", "online"),
        ("p2", "2025-05-01", "visit"),
        ("p1", "2025-05-02", "visit"),
    ] {
        history.follow_up(1, plan, day, method);
    }
    assert_eq!(history.value("F2", "visits", R7), "4");
    assert_eq!(history.value("F1", "done", R7), "1");
    assert_eq!(history.value("P1", "plan", R7), "2");
    assert_eq!(history.value("P1", "business", R7), "1");
}

#[test]
fn the_duty_ends_on_the_same_day_a_year_later() {
    let reading = |plan: &str, day: &str, reading: &str| {
        let mut history = History::yamaguchi();
        history.open(1);
        history.plan(1, "p1", plan);
        history.follow_up(1, "p1", day, "visit");
        let year = banso_core::calendar::FiscalYear::of(day.parse().unwrap());
        history.value("F1", reading, year)
    };
    assert_eq!(reading("2024-05-10", "2025-05-10", "in_duty"), "1");
    assert_eq!(reading("2024-05-10", "2025-05-11", "in_duty"), "0");
    assert_eq!(reading("2024-05-10", "2024-05-09", "in_duty"), "0");
    assert_eq!(reading("2024-02-29", "2025-02-28", "in_duty"), "1");
    assert_eq!(reading("2024-02-29", "2025-03-01", "in_duty"), "0");
    assert_eq!(reading("2024-05-10", "2026-03-31", "next_year"), "1");
    assert_eq!(reading("2024-05-10", "2026-04-01", "next_year"), "0");
    assert_eq!(reading("2024-05-10", "2026-04-01", "done"), "1");
}

#[test]
fn a_second_analysis_of_a_year_is_not_counted_again() {
    let mut history = History::yamaguchi();
    history.open(1);
    let first = analysis(&mut history, 1, "2025-06-01");
    analysis(&mut history, 1, "2025-12-01");
    assert_eq!(history.value("A2", "business", R7), "1");
    assert_eq!(history.value("A2", "each", R7), "2");
    history.void(&case(1), first);
    assert_eq!(history.value("A2", "business", R7), "1");
}

#[test]
fn merged_businesses_count_once_in_every_year_until_they_are_unmerged() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    for number in 1..=3 {
        analysis(&mut history, number, "2025-03-01");
        analysis(&mut history, number, "2025-05-01");
    }
    let merged = history.add(
        &business(1),
        "business.merged",
        "2025-06-01",
        json!({"into": id(1, 2)}),
    );
    history.add(
        &business(2),
        "business.merged",
        "2025-06-01",
        json!({"into": id(1, 3)}),
    );
    assert_eq!(history.value("A2", "business", R6), "1");
    assert_eq!(history.value("A2", "business", R7), "1");
    assert_eq!(history.value("A2", "each", R7), "3");
    let before = history.clone();
    history.add(
        &business(1),
        "business.unmerged",
        "2025-07-01",
        json!({"reason": "別の事業者"}),
    );
    assert_eq!(history.value("A2", "business", R6), "2");
    let mut history = before.clone();
    history.void(&business(1), merged);
    assert_eq!(history.value("A2", "business", R6), "2");
    let mut history = before;
    history.correct(&business(1), merged, json!({"data": {"into": id(1, 1)}}));
    assert_eq!(history.value("A2", "business", R6), "2");
}

#[test]
fn a_cancelled_deal_counts_in_no_year_unless_the_cancellation_is_voided() {
    let mut history = History::yamaguchi();
    history.open(1);
    let deal = |history: &mut History, counterparty: &str| {
        let data =
            json!({"origin": "fair", "counterparty": counterparty, "new_counterparty": true});
        history.add(&case(1), "deal.concluded", "2025-06-01", data)
    };
    let (first, second) = (deal(&mut history, "甲社"), deal(&mut history, "乙社"));
    history.add(
        &case(1),
        "fair.exhibited",
        "2025-05-01",
        json!({"fair": "商談会", "mode": "web"}),
    );
    assert_eq!(history.value("M2b", "total", R7), "2");
    assert_eq!(history.value("M2b", "per_exhibitor", R7), "2.0");
    let cancelled = history.add(
        &case(1),
        "deal.cancelled",
        "2026-05-01",
        json!({"deal": first}),
    );
    assert_eq!(history.value("M2b", "total", R7), "1");
    assert_eq!(history.value("M1c", "any", R7), "1");
    assert_eq!(history.value("M2b", "total", R8), "0");
    let before = history.clone();
    history.void(&case(1), cancelled);
    assert_eq!(history.value("M2b", "total", R7), "2");
    let mut history = before;
    history.correct(&case(1), cancelled, json!({"data": {"deal": second}}));
    assert_eq!(history.value("M2b", "total", R7), "1");
    history.void(&case(1), second);
    assert_eq!(history.value("M2b", "total", R7), "1");
}

#[test]
fn one_seminar_counts_for_each_of_its_tags() {
    let mut history = History::yamaguchi();
    let data = json!({"title": "ＥＣ", "tags": ["dx", "market_development"], "attendees": 12, "course_id": "c"});
    history.add(&seminar(1), "seminar.held", "2025-07-01", data.clone());
    history.add(&seminar(2), "seminar.held", "2026-03-31", data.clone());
    history.add(&seminar(3), "seminar.held", "2026-04-01", data);
    history.add(
        &seminar(4),
        "seminar.held",
        "2025-07-01",
        json!({"title": "税", "tags": ["management"], "attendees": 0}),
    );
    for (indicator, reading, wanted) in [
        ("A1", "session", "3"),
        ("A1", "course", "2"),
        ("A1", "exclusive", "1"),
        ("P4", "session", "2"),
        ("P4", "course", "1"),
        ("M1", "session", "2"),
        ("M1b", "heads", "24"),
    ] {
        assert_eq!(
            history.value(indicator, reading, R7),
            wanted,
            "{indicator}/{reading}"
        );
    }
    assert_eq!(history.value("P4", "course", R8), "1");
}

#[test]
fn a_new_account_counts_if_the_business_attended_a_session_held_before() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    let held = |tags: &[&str]| json!({"title": "販路", "tags": tags, "attendees": 2});
    let session = history.add(
        &seminar(1),
        "seminar.held",
        "2025-06-10",
        held(&["market_development"]),
    );
    history.add(&seminar(2), "seminar.held", "2025-06-10", held(&["dx"]));
    for (number, at) in [(1, 1), (2, 2)] {
        history.add(
            &seminar(at),
            "seminar.attended",
            "2025-06-11",
            json!({"business_id": id(1, number)}),
        );
    }
    let deal = |history: &mut History, number: u32, day: &str, counterparty: &str| {
        let data =
            json!({"origin": "seminar", "counterparty": counterparty, "new_counterparty": true});
        history.add(&case(number), "deal.concluded", day, data)
    };
    deal(&mut history, 1, "2025-06-09", "前");
    deal(&mut history, 1, "2025-06-10", "甲");
    deal(&mut history, 1, "2025-07-10", "甲");
    deal(&mut history, 2, "2025-07-10", "乙");
    assert_eq!(history.value("M1c", "attendees", R7), "1");
    assert_eq!(history.value("M1c", "any", R7), "3");
    assert_eq!(history.value("M1b", "distinct", R7), "1");
    let before = history.clone();
    history.add(
        &business(2),
        "business.merged",
        "2025-08-01",
        json!({"into": id(1, 1)}),
    );
    assert_eq!(history.value("M1c", "attendees", R7), "2");
    let mut history = before;
    history.correct(&seminar(1), session, json!({"occurred_on": "2025-06-01"}));
    assert_eq!(history.value("M1c", "attendees", R7), "2");
    history.void(&seminar(1), session);
    assert_eq!(history.value("M1c", "attendees", R7), "0");
    assert_eq!(history.value("M1b", "distinct", R7), "0");
}
