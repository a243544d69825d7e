//! Months, gauges, forecasts and the plan in force, by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::figure::Figure;
use chrono::NaiveDate;
use serde_json::json;
use support::{History, R7, R8, case, id, seminar, staff};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn analysis(history: &mut History, number: u32, day: &str) {
    let data = json!({"analysis_id": format!("{}", history.len())});
    history.add(&case(number), "analysis.completed", day, data);
}

#[test]
fn months_quarters_and_halves_add_up_to_the_year() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    for (number, day) in [
        (1, "2025-04-01"),
        (2, "2025-09-30"),
        (3, "2026-03-31"),
        (1, "2026-01-01"),
    ] {
        analysis(&mut history, number, day);
    }
    let breakdown = history.kpi().breakdown(R7);
    assert_eq!(
        (
            breakdown.months[0],
            breakdown.months[8],
            breakdown.months[11]
        ),
        (4, 12, 3)
    );
    let a2 = breakdown
        .indicators
        .iter()
        .find(|split| split.id == "A2")
        .unwrap();
    let periods = a2.periods.clone().unwrap();
    let text = |figures: &[Figure]| {
        figures
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(text(&periods.months), "1 0 0 0 0 1 0 0 0 0 0 1");
    assert_eq!(text(&periods.quarters), "1 1 0 1");
    assert_eq!(text(&periods.halves), "2 1");
    let growth = breakdown
        .indicators
        .iter()
        .find(|split| split.id == "M3b")
        .unwrap();
    assert!(growth.periods.is_none());
}

#[test]
fn analyses_are_credited_to_advisors_and_seminars_have_an_average() {
    let mut history = History::yamaguchi();
    for (number, role) in [(1, "advisor"), (2, "advisor"), (3, "clerk")] {
        history.add(
            &staff(number),
            "staff.registered",
            "2024-04-01",
            json!({"role": role}),
        );
    }
    history.open(1).open(2).open(3);
    for number in [1, 1, 2, 3] {
        analysis(&mut history, number, "2025-07-01");
    }
    for (at, attendees) in [(1, 15), (2, 20)] {
        let data = json!({"title": "講座", "tags": ["it"], "attendees": attendees});
        history.add(&seminar(at), "seminar.held", "2025-07-01", data);
    }
    let gauges = history.kpi().gauges(R7, day("2025-09-30"));
    let advisors = &gauges.analyses_per_advisor;
    assert_eq!(advisors.advisors, [(id(5, 1), 3), (id(5, 2), 0)].into());
    assert_eq!(text(advisors.average), "1.5");
    assert_eq!(text(advisors.promised), "17.5");
    let attendance = &gauges.average_attendance;
    assert_eq!((attendance.sum, attendance.count), (35, 2));
    assert_eq!(
        (text(attendance.average), text(attendance.promised)),
        ("17.5".into(), "20".into())
    );
}

fn text(figure: Option<Figure>) -> String {
    figure.unwrap().to_string()
}

#[test]
fn follow_ups_are_divided_by_the_plans_that_had_any() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    for number in 1..=3 {
        history.plan(number, &format!("p{number}"), "2025-04-10");
    }
    for (number, day) in [(1, "2025-06-01"), (1, "2025-09-01"), (2, "2025-09-01")] {
        history.follow_up(number, &format!("p{number}"), day, "visit");
    }
    let gauge = history
        .kpi()
        .gauges(R7, day("2025-09-30"))
        .followups_per_plan;
    assert_eq!(
        (gauge.sum, gauge.count, text(gauge.average)),
        (3, 2, "1.5".into())
    );
}

#[test]
fn revisits_are_due_a_year_after_the_analysis() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    analysis(&mut history, 1, "2024-06-01");
    analysis(&mut history, 2, "2024-06-01");
    analysis(&mut history, 3, "2025-06-01");
    history.add(
        &case(1),
        "visit.done",
        "2025-05-31",
        json!({"method": "window"}),
    );
    history.add(
        &case(2),
        "visit.done",
        "2025-06-02",
        json!({"method": "window"}),
    );
    let revisits = history.kpi().gauges(R7, day("2025-09-30")).revisits;
    assert_eq!((revisits.due, revisits.done), (2, 1));
}

#[test]
fn the_sales_of_plan_made_businesses_are_split_four_ways() {
    let mut history = History::yamaguchi();
    for number in 1..=5 {
        history.open(number);
    }
    for number in 1..=4 {
        history.plan(number, "p", "2025-04-10");
    }
    for (number, sales) in [(1, 110), (2, 100), (3, 90), (5, 110)] {
        history.sales(number, "2025-08-01", sales, 100);
    }
    let sales = history.kpi().gauges(R7, day("2025-09-30")).sales;
    let split = (
        sales.increased,
        sales.unchanged,
        sales.decreased,
        sales.unknown,
    );
    assert_eq!(split, (1, 1, 1, 1));
}

#[test]
fn businesses_of_two_years_are_counted_once_beside_the_sum() {
    let mut history = History::yamaguchi();
    history.open(1).open(2);
    analysis(&mut history, 1, "2025-07-01");
    analysis(&mut history, 1, "2026-07-01");
    analysis(&mut history, 2, "2026-07-01");
    let gauges = history.kpi().gauges(R8, day("2026-09-30"));
    let a2 = gauges
        .distinct
        .iter()
        .find(|distinct| distinct.id == "A2")
        .unwrap();
    assert_eq!((a2.sum, a2.distinct), (3, 2));
}

#[test]
fn the_landing_follows_the_pace_of_earlier_years() {
    let mut history = History::yamaguchi();
    for number in 1..=8 {
        history.open(number);
    }
    for (number, day) in [
        (1, "2024-05-01"),
        (2, "2024-11-01"),
        (3, "2025-01-01"),
        (4, "2025-02-01"),
    ] {
        analysis(&mut history, number, day);
    }
    analysis(&mut history, 1, "2025-05-01");
    analysis(&mut history, 2, "2025-06-01");
    let forecast = |history: &History, today: &str| {
        let kpi = history.kpi();
        let gauges = kpi.gauges(R7, day(today));
        assert_eq!(kpi.forecast(R7, day(today)), gauges.forecast);
        gauges
            .forecast
            .into_iter()
            .find(|forecast| forecast.id == "A2")
            .unwrap()
    };
    let landing = forecast(&history, "2025-09-30");
    assert_eq!(landing.from_years, [2024]);
    assert_eq!(landing.landing.unwrap().to_string(), "8.0");
    assert_eq!(landing.needed.unwrap().to_string(), "138");
    assert_eq!(landing.needed_per_advisor.unwrap().to_string(), "138.0");
    let over = forecast(&history, "2026-03-31");
    assert_eq!(over.landing.unwrap().to_string(), "2.0");
    let mut fresh = History::yamaguchi();
    fresh.open(1);
    analysis(&mut fresh, 1, "2025-05-01");
    let linear = forecast(&fresh, "2025-09-29");
    assert_eq!(
        (linear.landing.unwrap().to_string(), linear.from_years),
        ("2.0".to_owned(), vec![])
    );
}

#[test]
fn the_plan_in_force_shows_what_was_decided_about_it() {
    let mut history = History::yamaguchi();
    let at = history.len();
    history.add(
        "programme/plan",
        "programme.target_revised",
        "2025-06-01",
        json!({"indicator": "A2", "fiscal_year": "R7", "target": null, "reason": "災害"}),
    );
    history.add(
        "programme/plan",
        "policy.reading_decided",
        "2025-06-02",
        json!({"indicator": "M2b", "reading": "companies", "reason": "委員会"}),
    );
    history.add(
        "programme/plan",
        "fiscal_year.closed",
        "2025-06-03",
        json!({"fiscal_year": "R6", "cutoff_position": at}),
    );
    let plan = history.kpi().plan().unwrap();
    assert_eq!((plan.position, plan.revisions[0].position), (0, at));
    assert!(!plan.targets["A2"].contains_key("R7"));
    assert_eq!(plan.targets["A2"]["R8"].to_string(), "140");
    assert_eq!(plan.readings["M2b"], "companies");
    assert_eq!(
        (
            plan.decisions[0].indicator.as_str(),
            plan.decisions[0].position
        ),
        ("M2b", at + 1)
    );
    assert_eq!(
        (plan.closed[0].position, plan.closed[0].cutoff_position),
        (at + 2, at)
    );
    let row = history.row("A2", R7);
    assert_eq!((row.target, row.rate, row.grade), (None, None, None));
    history.add(
        "programme/plan",
        "programme.plan_adopted",
        "2025-06-04",
        json!({"plan": plan.plan}),
    );
    let again = history.kpi().plan().unwrap();
    assert_eq!(
        (again.position, again.readings["M2b"].as_str()),
        (at + 3, "total")
    );
    assert_eq!(again.targets["A2"]["R7"].to_string(), "140");
    assert!(again.revisions.is_empty() && again.decisions.is_empty());
}

#[test]
fn another_reading_is_shown_for_all_years_before_it_is_decided() {
    let mut history = History::yamaguchi();
    history.open(1);
    for day in ["2024-06-01", "2025-06-01", "2025-07-01"] {
        analysis(&mut history, 1, day);
    }
    let switch = history.kpi().switch("A2", "each").unwrap();
    let shown: Vec<_> = switch
        .iter()
        .filter(|year| year.after.is_some_and(|figure| !figure.is_zero()))
        .map(|year| {
            (
                year.fiscal_year,
                year.before.unwrap().to_string(),
                year.after.unwrap().to_string(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (2024, "1".into(), "1".into()),
            (2025, "1".into(), "2".into())
        ]
    );
    assert!(history.kpi().switch("A2", "none").is_none());
}
