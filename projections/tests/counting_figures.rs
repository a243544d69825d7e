//! Reports, research, surveys and cases: how they count, by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use serde_json::json;
use support::{History, R6, R7, R8, case, id, survey};

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
fn the_latest_report_of_the_year_decides_whether_sales_rose() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    history.plan(1, "p1", "2025-05-01");
    history.sales(1, "2025-06-01", 90, 100);
    history.sales(1, "2025-08-01", 110, 100);
    history.sales(2, "2025-08-01", 110, 100);
    history.plan(3, "p3", "2025-09-01");
    history.sales(3, "2025-08-31", 110, 100);
    assert_eq!(history.value("F3", "confirmed", R7), "1");
    assert_eq!(history.value("F3", "period_end", R7), "0");
    assert_eq!(history.value("F3", "period_end", R6), "1");
    let worse = history.sales(1, "2025-08-01", 100, 100);
    assert_eq!(history.value("F3", "confirmed", R7), "0");
    history.void(&case(1), worse);
    history.add(&case(1), "sales.reported", "2026-01-01", json!({"period_from": "2025-01-01",
        "period_to": "2025-12-31", "sales": 1, "comparison_sales": 5, "basis": "hearing", "channel": "ec"}));
    history.add(
        &case(1),
        "sales.reported",
        "2026-01-01",
        json!({"period_from": "2025-01-01",
        "period_to": "2025-12-31", "sales": 1, "basis": "hearing"}),
    );
    assert_eq!(history.value("F3", "confirmed", R7), "1");
}

#[test]
fn sales_before_the_plan_are_those_of_the_latest_plan_that_names_them() {
    let mut history = History::yamaguchi();
    history.open(1);
    let plan = |history: &mut History, id: &str, day: &str, baseline: Option<i64>| {
        let mut data = json!({"plan_id": id, "kind": "dx"});
        if let Some(baseline) = baseline {
            data["baseline_sales"] = json!(baseline);
        }
        history.add(&case(1), "plan.completed", day, data)
    };
    plan(&mut history, "a", "2025-04-02", Some(50));
    plan(&mut history, "b", "2025-04-03", Some(100));
    plan(&mut history, "c", "2025-04-04", None);
    plan(&mut history, "d", "2025-12-01", Some(10));
    history.sales(1, "2025-08-01", 100, 1);
    assert_eq!(history.value("F3", "pre_plan", R7), "0");
    history.sales(1, "2025-08-02", 101, 1000);
    assert_eq!(history.value("F3", "pre_plan", R7), "1");
    assert_eq!(history.value("F3", "confirmed", R7), "0");
}

#[test]
fn growth_is_the_mean_of_the_businesses_or_of_their_sums() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    assert_eq!(history.value("M3b", "mean", R7), "null");
    for (number, sales, before) in [(1, 110, 100), (2, 1_300, 1_000), (3, 5, 0)] {
        history.add(
            &case(number),
            "ec.opened",
            "2025-04-01",
            json!({"platform": "店"}),
        );
        history.sales(number, "2025-08-01", sales, before);
    }
    assert_eq!(history.value("M3b", "mean", R7), "20.0");
    assert_eq!(history.value("M3b", "aggregate", R7), "28.2");
    assert_eq!(history.value("M3b", "mean_ec", R7), "null");
    let row = history.row("M3b", R7);
    assert_eq!(row.rate.unwrap().to_string(), "200.0");
    assert_eq!(row.grade.as_deref(), Some("A"));
    history.sales(1, "2025-09-01", 50, 100);
    assert_eq!(history.value("M3b", "mean", R7), "-10.0");
}

#[test]
fn research_counts_once_per_period_in_the_year_of_publication_or_of_the_period() {
    let mut history = History::yamaguchi();
    let publish = |history: &mut History, number: u32, kind: &str, period: &str, day: &str| {
        let data = json!({"kind": kind, "reference_period": period});
        history.add(&survey(number), "research.published", day, data);
    };
    publish(
        &mut history,
        1,
        "business_conditions",
        "2026Q1",
        "2026-04-10",
    );
    publish(
        &mut history,
        2,
        "business_conditions",
        "2026Q1",
        "2026-03-31",
    );
    publish(
        &mut history,
        3,
        "business_conditions",
        "2026Q1",
        "2026-03-30",
    );
    publish(&mut history, 4, "resas", "2025", "2026-02-01");
    publish(&mut history, 5, "pedestrian_traffic", "秋", "2025-11-01");
    for (indicator, reading, r7, r8) in [
        ("E1", "publication", "1", "1"),
        ("E1", "reference", "1", "0"),
        ("E0", "publication", "3", "1"),
        ("E0", "reference", "3", "0"),
    ] {
        assert_eq!(
            history.value(indicator, reading, R7),
            r7,
            "{indicator}/{reading}"
        );
        assert_eq!(
            history.value(indicator, reading, R8),
            r8,
            "{indicator}/{reading}"
        );
    }
}

#[test]
fn an_off_year_survey_is_unplanned() {
    let mut history = History::yamaguchi();
    history.register(1);
    for (kind, data) in [
        ("survey.opened", json!({"survey": "shopping_street"})),
        (
            "survey.counted",
            json!({"survey": "shopping_street", "distributed": 900, "distributors": 60}),
        ),
        ("survey.analysed", json!({"survey": "shopping_street"})),
        (
            "survey.feedback_delivered",
            json!({"survey": "shopping_street", "business_id": id(1, 1)}),
        ),
    ] {
        history.add(&survey(1), kind, "2025-10-01", data);
    }
    let row = history.row("D1", R7);
    assert_eq!((row.target, row.rate, row.unplanned), (None, None, true));
    assert_eq!(row.actual.unwrap().to_string(), "1");
    assert_eq!(history.value("D1b", "feedback", R7), "1");
    assert_eq!(history.value("D1b", "distributors", R7), "60");
    assert_eq!(history.value("D2", "analysed", R7), "0");
    assert!(!history.row("D1", R8).unplanned);
}

#[test]
fn support_counts_by_case_act_and_business() {
    let mut history = History::yamaguchi();
    history.open(1);
    history.add(
        &case(2),
        "case.opened",
        "2025-04-01",
        json!({"business_id": id(1, 1), "advisor_id": id(5, 1)}),
    );
    for number in [1, 1, 2] {
        history.add(
            &case(number),
            "productivity.supported",
            "2025-06-01",
            json!({"theme": "digital"}),
        );
    }
    for (reading, wanted) in [("case", "2"), ("act", "3"), ("business", "1")] {
        assert_eq!(history.value("G1", reading, R7), wanted, "{reading}");
    }
    history.add(
        &case(1),
        "startup.supported",
        "2025-06-01",
        json!({"stage": "prospective"}),
    );
    assert_eq!(history.value("G2", "supported", R7), "1");
    assert_eq!(history.value("G2", "founded", R7), "0");
}

#[test]
fn the_correction_of_a_case_moves_all_its_events_to_the_other_business() {
    let mut history = History::yamaguchi();
    history.open(1).register(2);
    let opened = history.add(
        &case(2),
        "case.opened",
        "2025-04-01",
        json!({"business_id": id(1, 1), "advisor_id": id(5, 1)}),
    );
    analysis(&mut history, 1, "2025-06-01");
    analysis(&mut history, 2, "2025-06-01");
    history.plan(2, "p2", "2025-06-01");
    history.sales(1, "2025-07-01", 2, 1);
    assert_eq!(history.value("A2", "business", R7), "1");
    assert_eq!(history.value("F3", "confirmed", R7), "1");
    history.correct(
        &case(2),
        opened,
        json!({"data": {"business_id": id(1, 2), "advisor_id": id(5, 1)}}),
    );
    assert_eq!(history.value("A2", "business", R7), "2");
    assert_eq!(history.value("F3", "confirmed", R7), "0");
}

#[test]
fn a_mean_of_thirds_that_is_exactly_a_half_is_rounded_up_over_the_counted_alone() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    for (number, sales) in [(1, 3_001), (2, 3_002), (3, 9_000)] {
        history.sales(number, "2025-08-01", sales, 3_000);
    }
    for number in 1..=2 {
        let data = json!({"platform": "店"});
        history.add(&case(number), "ec.opened", "2025-04-01", data);
    }
    assert_eq!(history.value("M3b", "mean", R7), "0.1");
}
