//! Other chambers' plans, other indicators, units and grades: from their files alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use serde_json::json;
use support::{History, R7, R8, case, row, staff, value};

const LETTERS: &str = include_str!("plans/letters-and-halves.toml");
const WORDS: &str = include_str!("plans/words-and-heads.toml");

#[test]
fn guidance_acts_are_counted_by_halves_and_graded_in_letters() {
    let mut history = History::with_plan(LETTERS);
    history.open(1).open(2);
    history.plan(1, "p1", "2025-04-01");
    history.add(
        &case(1),
        "plan.revised",
        "2025-09-30",
        json!({"plan_id": "p1", "reason": "見直し"}),
    );
    for day in [
        "2025-10-01",
        "2025-12-01",
        "2026-01-15",
        "2026-02-01",
        "2026-03-31",
    ] {
        history.follow_up(1, "p1", day, "visit");
    }
    let kpi = history.kpi();
    let graded = |indicator: &str| {
        let row = row(&kpi, indicator, R7);
        (row.actual.unwrap().to_string(), row.grade.unwrap())
    };
    assert_eq!(graded("1"), ("7".to_owned(), "C".to_owned()));
    assert_eq!(graded("1-first"), ("2".to_owned(), "C".to_owned()));
    assert_eq!(graded("1-second"), ("5".to_owned(), "A".to_owned()));
    assert_eq!(graded("2"), ("0".to_owned(), "E（未実施）".to_owned()));
    let split = kpi.breakdown(R7).indicators.remove(0).periods.unwrap();
    let halves: Vec<_> = split.halves.iter().map(ToString::to_string).collect();
    assert_eq!(halves, ["2", "5"]);
}

#[test]
fn visits_count_once_a_day_and_newcomers_once_for_ever() {
    let mut history = History::with_plan(LETTERS);
    history.open(1).open(2);
    for (number, day, method) in [
        (1, "2025-05-01", "visit"),
        (1, "2025-05-01", "visit"),
        (1, "2025-05-02", "visit"),
        (2, "2025-05-01", "phone"),
    ] {
        history.add(&case(number), "visit.done", day, json!({"method": method}));
    }
    for (number, day) in [
        (1, "2025-06-01"),
        (1, "2025-06-01"),
        (2, "2025-07-01"),
        (1, "2026-06-01"),
    ] {
        let unique = history.len().to_string();
        history.add(
            &case(number),
            "analysis.completed",
            day,
            json!({"analysis_id": unique}),
        );
    }
    let kpi = history.kpi();
    assert_eq!(value(&kpi, "2", "days", R7), "2");
    assert_eq!(value(&kpi, "3", "first", R7), "2");
    assert_eq!(value(&kpi, "3", "first", R8), "0");
    let again = kpi.evidence("3", R8, None).unwrap();
    assert_eq!(again.not_counted.len(), 1);
    assert!(again.not_counted[0].because.is_some());
}

#[test]
fn a_rate_of_two_indicators_is_in_per_cent() {
    let mut history = History::with_plan(LETTERS);
    history.open(1);
    let kpi = history.kpi();
    assert_eq!(value(&kpi, "4", "rate", R7), "null");
    assert_eq!(row(&kpi, "4", R7).rate, None);
    for (programme, result) in [
        ("小規模事業者持続化補助金", "adopted"),
        ("小規模事業者持続化補助金", "rejected"),
        ("小規模事業者持続化補助金", "rejected"),
        ("別の補助金", "adopted"),
    ] {
        let data = json!({"programme": programme, "result": result});
        history.add(&case(1), "subsidy.decided", "2025-06-01", data);
    }
    assert_eq!(history.value("4", "rate", R7), "33.3");
    assert_eq!(history.row("4", R7).grade.as_deref(), Some("C"));
}

#[test]
fn heads_are_split_by_how_sales_went_and_graded_in_words() {
    let mut history = History::with_plan(WORDS);
    for number in 1..=4 {
        history.open(number);
        history.plan(number, "p", "2024-06-01");
    }
    for (number, sales) in [(1, 110), (2, 100), (3, 90)] {
        history.follow_up(number, "p", "2025-06-01", "phone");
        history.sales(number, "2025-05-01", sales, 100);
    }
    history.sales(4, "2025-05-01", 110, 100);
    let kpi = history.kpi();
    let graded = |indicator: &str| {
        let row = row(&kpi, indicator, R7);
        (row.actual.unwrap().to_string(), row.grade)
    };
    assert_eq!(
        graded("followed"),
        ("3".to_owned(), Some("やや課題".to_owned()))
    );
    assert_eq!(
        graded("increased"),
        ("1".to_owned(), Some("やや課題".to_owned()))
    );
    assert_eq!(graded("unchanged"), ("1".to_owned(), None));
    assert_eq!(graded("decreased"), ("1".to_owned(), None));
}

#[test]
fn figures_can_be_compared_with_those_of_another_event() {
    let mut history = History::with_plan(WORDS);
    history.open(1);
    history.add(
        &case(1),
        "plan.completed",
        "2025-05-01",
        json!({"plan_id": "p", "kind": "dx", "baseline_sales": 10}),
    );
    let report = |history: &mut History, day: &str, profit: i64| {
        history.add(
            &case(1),
            "sales.reported",
            day,
            json!({"period_from": "2024-01-01",
            "period_to": "2024-12-31", "sales": 1, "ordinary_profit": profit, "basis": "hearing"}),
        );
    };
    report(&mut history, "2025-06-01", -5);
    assert_eq!(history.value("profit", "heads", R7), "0");
    report(&mut history, "2025-07-01", 11);
    assert_eq!(history.value("profit", "heads", R7), "1");
}

#[test]
fn hours_add_up_exactly_and_the_programme_s_own_events_count() {
    let mut history = History::with_plan(WORDS);
    for hours in [0.1, 0.2, 7.0] {
        history.add(
            &staff(1),
            "training.attended",
            "2025-06-01",
            json!({"kind": 8, "topic": "ＤＸ", "hours": hours}),
        );
    }
    for body in ["懇話会", "懇話会", "職員会議"] {
        history.add(
            "programme/plan",
            "liaison.held",
            "2025-06-01",
            json!({"body": body}),
        );
    }
    history.add(
        "programme/plan",
        "community.held",
        "2025-06-01",
        json!({"project": "クリスマス市"}),
    );
    let kpi = history.kpi();
    let hours = row(&kpi, "training", R7);
    assert_eq!(
        (
            hours.actual.unwrap().to_string(),
            hours.rate.unwrap().to_string()
        ),
        ("7.3".to_owned(), "97.3".to_owned())
    );
    assert_eq!(hours.grade.as_deref(), Some("概ね達成"));
    assert_eq!(value(&kpi, "together", "all", R7), "4");
    assert_eq!(value(&kpi, "together", "kinds", R7), "3");
}
