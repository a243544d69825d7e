//! Support by advisor and area, the seminar calendar, and shares of indicators, by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::Kpi;
use banso_projections::sessions::{SessionState, Tally};
use banso_projections::workload::Whose;
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::json;
use support::generated::{self, steps};
use support::{History, R6, R7, business, case, id, seminar, staff};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Two businesses of one advisor in two areas; the second is handed over in the year.
fn told() -> History {
    let mut history = History::yamaguchi();
    history.add(
        &staff(1),
        "staff.registered",
        "2024-04-01",
        json!({"role": "advisor"}),
    );
    history.add(
        &staff(3),
        "staff.registered",
        "2024-04-01",
        json!({"role": "advisor"}),
    );
    history.open(1);
    history.open(2);
    for number in [1, 2] {
        let analysed = json!({"analysis_id": format!("a{number}")});
        history.add(&case(number), "analysis.completed", "2025-05-01", analysed);
        history.plan(number, &format!("p{number}"), "2025-05-10");
    }
    let moved = json!({"to": id(5, 2)});
    history.add(&case(2), "case.handed_over", "2025-06-01", moved);
    for number in [1, 2] {
        history.follow_up(number, &format!("p{number}"), "2025-07-01", "visit");
    }
    let visit = json!({"method": "phone"});
    history.add(&case(2), "visit.done", "2025-08-01", visit);
    history
}

#[test]
fn an_event_belongs_to_whoever_was_in_charge_on_its_day() {
    let kpi = told().kpi();
    let load = kpi.workload(R7, day("2026-05-20"));
    let of = |number| load.advisors[&id(5, number)].clone();
    let first = of(1);
    assert_eq!((first.visits, first.analyses, first.plans), (1, 2, 2));
    assert_eq!((first.open_cases, first.supported), (1, 2));
    assert_eq!((first.follow_ups.due, first.follow_ups.overdue), (1, 1));
    let second = of(2);
    assert_eq!((second.visits, second.analyses, second.plans), (2, 0, 0));
    assert_eq!((second.open_cases, second.businesses), (1, 1));
    let third = of(3);
    assert_eq!(
        (third.visits, third.open_cases, third.follow_ups.due),
        (0, 0, 0),
        "who did nothing yet is listed"
    );
    let analyses = kpi.gauges(R7, day("2026-05-20")).analyses_per_advisor;
    for (by, count) in &analyses.advisors {
        assert_eq!(load.advisors[by].analyses, *count);
    }
    assert_eq!(load.analyses_promised, analyses.promised);
}

#[test]
fn an_area_holds_what_was_done_for_its_businesses() {
    let mut history = told();
    history.register(4);
    history.add(
        &business(4),
        "business.merged",
        "2025-06-01",
        json!({"into": id(1, 1)}),
    );
    let load = history.kpi().workload(R7, day("2026-05-20"));
    let (one, two) = (&load.areas["地区1"], &load.areas["地区2"]);
    assert_eq!((one.visits, one.analyses, one.plans), (1, 1, 1));
    assert_eq!((two.visits, two.supported), (2, 1));
    assert_eq!(
        (one.businesses, one.open_cases),
        (1, 1),
        "a merged one counts once"
    );
    assert_eq!(two.follow_ups.overdue, 1);
}

#[test]
fn the_records_behind_a_load_are_listed_the_latest_first() {
    let mut history = told();
    let kpi = history.kpi();
    let mine = kpi.supports(R7, &Whose::Advisor(id(5, 2)));
    let days: Vec<_> = mine.iter().map(|item| item.occurred_on.as_str()).collect();
    assert_eq!(days, ["2025-08-01", "2025-07-01"]);
    assert_eq!(kpi.supports(R7, &Whose::Area("地区1".to_owned())).len(), 3);
    assert!(kpi.supports(R6, &Whose::Advisor(id(5, 2))).is_empty());
    let whole = kpi.evidence("P1", R7, None).unwrap();
    assert_eq!(whole.counted.len(), 2);
    let area = Whose::Area("地区1".to_owned());
    let part = kpi.part_of(whole, &area);
    assert_eq!(part.counted.len(), 1);
    assert_eq!(kpi.shares(R7, &area)["P1"].to_string(), "1");
    let visit = mine[0].id;
    history.void(&case(2), visit);
    assert_eq!(
        history.kpi().supports(R7, &Whose::Advisor(id(5, 2))).len(),
        1
    );
}

#[test]
fn a_session_is_planned_then_held_or_cancelled() {
    let mut history = History::yamaguchi();
    let plan =
        |title: &str, on: &str| json!({"title": title, "tags": ["dx"], "date": on, "capacity": 20});
    history.add(
        &seminar(1),
        "seminar.planned",
        "2025-04-10",
        plan("一", "2025-07-01"),
    );
    history.add(
        &seminar(2),
        "seminar.planned",
        "2025-04-10",
        plan("二", "2025-06-01"),
    );
    history.add(
        &seminar(3),
        "seminar.planned",
        "2025-04-10",
        plan("三", "2026-04-01"),
    );
    history.add(
        &seminar(2),
        "seminar.cancelled",
        "2025-05-20",
        json!({"reason": "講師の都合"}),
    );
    let held = json!({"title": "一", "tags": ["dx", "it"], "attendees": 18});
    let held = history.add(&seminar(1), "seminar.held", "2025-07-02", held);
    let named = json!({"business_id": id(1, 1)});
    history.register(1);
    history.add(&seminar(1), "seminar.attended", "2025-07-02", named);
    let shown = |history: &History| {
        let sessions = history.kpi().sessions(R7);
        let line = |session: &banso_projections::sessions::Session| {
            (session.title.clone(), session.on.to_string(), session.state)
        };
        sessions.iter().map(line).collect::<Vec<_>>()
    };
    let second = (
        "二".to_owned(),
        "2025-06-01".to_owned(),
        SessionState::Cancelled,
    );
    let first = ("一".to_owned(), "2025-07-02".to_owned(), SessionState::Held);
    assert_eq!(shown(&history), [second.clone(), first]);
    let session = history.kpi().sessions(R7)[1].clone();
    assert_eq!(
        (session.attendees, session.capacity, session.attended),
        (Some(18), Some(20), 1)
    );
    assert_eq!(session.tags, ["dx", "it"]);
    let tally = Tally::of(&history.kpi().sessions(R7));
    assert_eq!((tally.planned, tally.held, tally.cancelled), (0, 1, 1));
    let attendance = history.kpi().attendance(R7);
    assert_eq!(
        attendance,
        history
            .kpi()
            .gauges(R7, day("2026-01-01"))
            .average_attendance
    );
    assert_eq!(attendance.sum, 18);
    history.void(&seminar(1), held);
    let planned = (
        "一".to_owned(),
        "2025-07-01".to_owned(),
        SessionState::Planned,
    );
    assert_eq!(
        shown(&history),
        [second, planned],
        "a voided session is planned again"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_shares_of_all_advisors_add_up_to_the_value(steps in steps(60)) {
        let mut kpi = Kpi::new();
        for entry in &generated::history(&steps).history.entries {
            kpi.apply(entry).unwrap();
        }
        for year in [R6, R7] {
            let evidence_by = |id: &str| kpi.evidence(id, year, None).unwrap().counted;
            for row in kpi.table(year).indicators.into_iter().filter(|row| row.actual.is_some_and(|it| !it.is_zero())) {
                let counted = evidence_by(&row.id);
                let mut advisors: Vec<_> = counted.iter().map(|item| item.advisor_id).collect();
                advisors.sort();
                advisors.dedup();
                let named = advisors.iter().flatten();
                let shares: Vec<_> = named
                    .filter_map(|by| kpi.shares(year, &Whose::Advisor(*by)).get(&row.id).copied())
                    .collect();
                if advisors.contains(&None) || shares.is_empty() {
                    continue;
                }
                let zero = banso_projections::figure::Figure::whole(0);
                let sum = shares.into_iter().fold(zero, banso_projections::figure::Figure::plus);
                prop_assert_eq!(Some(sum), row.actual, "{}", row.id);
            }
        }
    }
}
