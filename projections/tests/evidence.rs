//! Evidence, differences and closed editions (contract section 6), by hand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::evidence::{Evidence, Reason};
use banso_projections::{Cut, Kpi};
use serde_json::json;
use support::{History, R6, R7, business, case, id, row, seminar, staff};

fn analysis(history: &mut History, number: u32, day: &str) -> (uuid::Uuid, u64) {
    let at = history.len();
    let data = json!({"analysis_id": format!("{number}-{at}")});
    (
        history.add(&case(number), "analysis.completed", day, data),
        at,
    )
}

fn evidence(kpi: &Kpi, indicator: &str, reading: &str) -> Evidence {
    kpi.evidence(indicator, R7, Some(reading)).unwrap()
}

/// (position, reason, because) of what does not count.
fn refused(evidence: &Evidence) -> Vec<(u64, Reason, Option<u64>)> {
    evidence
        .not_counted
        .iter()
        .map(|r| (r.item.position, r.reason, r.because))
        .collect()
}

#[test]
fn every_event_that_does_not_count_says_why_and_because_of_which_entry() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3).open(4);
    let (_, first) = analysis(&mut history, 1, "2025-06-01");
    let (_, again) = analysis(&mut history, 1, "2025-05-01");
    let (wrong, voided) = analysis(&mut history, 2, "2025-06-01");
    let (moved, away) = analysis(&mut history, 3, "2025-06-01");
    let (_, other_year) = analysis(&mut history, 4, "2024-06-01");
    let void = history.len();
    history.void(&case(2), wrong);
    let correction = history.len();
    history.correct(&case(3), moved, json!({"occurred_on": "2024-06-01"}));
    let kpi = history.kpi();
    let a2 = evidence(&kpi, "A2", "business");
    assert_eq!(a2.value.unwrap().to_string(), "1");
    assert_eq!(
        a2.counted
            .iter()
            .map(|item| item.position)
            .collect::<Vec<_>>(),
        [first]
    );
    let wanted = [
        (again, Reason::SameKey, Some(first)),
        (voided, Reason::Voided, Some(void)),
        (away, Reason::OtherYearAfterCorrection, Some(correction)),
    ];
    assert_eq!(refused(&a2), wanted);
    let r6 = kpi.evidence("A2", R6, None).unwrap();
    assert_eq!(
        r6.counted
            .iter()
            .map(|item| item.position)
            .collect::<Vec<_>>(),
        [away, other_year]
    );
    assert_eq!(r6.reading, "business");
}

#[test]
fn evidence_is_written_as_the_contract_says() {
    let mut history = History::yamaguchi();
    history.open(1);
    let (event, at) = analysis(&mut history, 1, "2025-06-01");
    let (_, again) = analysis(&mut history, 1, "2025-07-01");
    let json = serde_json::to_value(evidence(&history.kpi(), "A2", "business")).unwrap();
    let business = id(1, 1);
    let advisor = id(5, 1);
    assert_eq!(
        json["counted"][0],
        json!({"position": at, "id": event, "subject": case(1),
        "type": "analysis.completed", "occurred_on": "2025-06-01", "business_id": business,
        "advisor_id": advisor, "late": false})
    );
    assert_eq!(json["not_counted"][0]["position"], json!(again));
    assert_eq!(json["not_counted"][0]["reason"], json!("same_key"));
    assert_eq!(json["not_counted"][0]["because"], json!(at));
    assert_eq!(
        (json["value"].clone(), json["fiscal_year"].clone()),
        (json!(1), json!(2025))
    );
}

#[test]
fn what_the_rule_leaves_out_names_the_entry_behind_it() {
    let mut history = History::yamaguchi();
    history.open(1);
    let plan = history.plan(1, "p1", "2025-04-10");
    let follow_up = history.len();
    history.follow_up(1, "p1", "2025-05-01", "visit");
    let phone = history.len();
    history.follow_up(1, "p1", "2025-05-01", "phone");
    let visits = evidence(&history.kpi(), "F2", "visits");
    assert_eq!(refused(&visits), [(phone, Reason::ExcludedByRule, None)]);
    let void = history.len();
    history.void(&case(1), plan);
    let visits = evidence(&history.kpi(), "F2", "visits");
    assert_eq!(
        refused(&visits)[0],
        (follow_up, Reason::ExcludedByRule, Some(void))
    );
}

#[test]
fn corrected_data_can_take_an_event_out() {
    let mut history = History::yamaguchi();
    let held = |tag: &str| json!({"title": "講座", "tags": [tag], "attendees": 8});
    let at = history.len();
    let event = history.add(&seminar(1), "seminar.held", "2025-06-01", held("dx"));
    let correction = history.len();
    history.correct(&seminar(1), event, json!({"data": held("it")}));
    let kpi = history.kpi();
    assert_eq!(
        refused(&evidence(&kpi, "P4", "session")),
        [(at, Reason::CorrectedOut, Some(correction))]
    );
    assert_eq!(
        refused(&evidence(&kpi, "P3", "session")),
        [(at, Reason::ExcludedByRule, None)]
    );
}

#[test]
fn a_cancelled_deal_names_its_cancellation() {
    let mut history = History::yamaguchi();
    history.open(1);
    let data = json!({"origin": "fair", "counterparty": "甲", "new_counterparty": true});
    let at = history.len();
    let deal = history.add(&case(1), "deal.concluded", "2025-06-01", data);
    let cancelled = history.len();
    history.add(
        &case(1),
        "deal.cancelled",
        "2025-07-01",
        json!({"deal": deal}),
    );
    let total = evidence(&history.kpi(), "M2b", "total");
    assert_eq!(
        refused(&total),
        [(at, Reason::ExcludedByRule, Some(cancelled))]
    );
}

#[test]
fn sums_ratios_and_growth_show_what_they_are_made_of() {
    let mut history = History::yamaguchi();
    history.open(1);
    let data = json!({"title": "講座", "tags": ["market_development"], "attendees": 8});
    history.add(&seminar(1), "seminar.held", "2025-06-01", data);
    history.add(
        &case(1),
        "fair.exhibited",
        "2025-06-01",
        json!({"fair": "商談会", "mode": "web"}),
    );
    history.add(
        &case(1),
        "ec.opened",
        "2025-06-01",
        json!({"platform": "店"}),
    );
    let older = history.len();
    history.sales(1, "2025-08-01", 90, 100);
    let latest = history.len();
    history.sales(1, "2025-09-01", 110, 100);
    history.add(
        &support::survey(1),
        "research.published",
        "2025-06-01",
        json!({"kind": "resas", "reference_period": "2024"}),
    );
    let kpi = history.kpi();
    let heads = evidence(&kpi, "M1b", "heads");
    assert_eq!(heads.counted[0].amount.unwrap().to_string(), "8");
    let ratio = evidence(&kpi, "M2b", "per_exhibitor");
    assert_eq!(ratio.value.unwrap().to_string(), "0.0");
    let roles: Vec<_> = ratio
        .parts
        .iter()
        .map(|p| (p.role, p.indicator.as_str()))
        .collect();
    assert_eq!(roles, [("a", "M2b"), ("b", "M2")]);
    assert_eq!(ratio.counted[0].indicator.as_deref(), Some("M2"));
    let sum = evidence(&kpi, "E0", "publication");
    assert_eq!((sum.parts.len(), sum.counted.len()), (3, 1));
    let growth = evidence(&kpi, "M3b", "mean");
    let figures = growth.counted[0].figures.unwrap();
    assert_eq!(
        (figures.figure, figures.base, growth.counted[0].position),
        (110, Some(100), latest)
    );
    assert_eq!(refused(&growth), [(older, Reason::SameKey, Some(latest))]);
    let increased = evidence(&kpi, "F3", "confirmed");
    assert_eq!(
        refused(&increased)[1],
        (latest, Reason::ExcludedByRule, None)
    );
}

#[test]
fn a_hand_over_changes_who_is_named_from_its_day_on_and_no_number() {
    let mut history = History::yamaguchi();
    history.open(1);
    analysis(&mut history, 1, "2025-06-01");
    analysis(&mut history, 1, "2025-08-01");
    let before = history.value("A2", "each", R7);
    history.add(
        &case(1),
        "case.handed_over",
        "2025-07-01",
        json!({"to": id(5, 2)}),
    );
    let kpi = history.kpi();
    let each = evidence(&kpi, "A2", "each");
    let advisors: Vec<_> = each
        .counted
        .iter()
        .map(|item| item.advisor_id.unwrap())
        .collect();
    assert_eq!(advisors, [id(5, 1), id(5, 2)]);
    assert_eq!(before, "2");
    assert_eq!(each.value.unwrap().to_string(), before);
    assert!(staff(2).ends_with(&id(5, 2).to_string()));
}

#[test]
fn a_merge_after_the_closing_is_explained_by_the_difference() {
    let mut history = History::yamaguchi();
    history.open(1).open(2).open(3);
    for number in 1..=2 {
        analysis(&mut history, number, "2025-06-01");
    }
    history.add(
        "programme/plan",
        "fiscal_year.closed",
        "2025-06-01",
        json!({"fiscal_year": "R7"}),
    );
    let closed_at = history.len();
    let merge = history.len();
    history.add(
        &business(1),
        "business.merged",
        "2025-06-01",
        json!({"into": id(1, 2)}),
    );
    let late = history.len();
    analysis(&mut history, 3, "2025-06-01");
    let kpi = history.kpi();
    let changes = kpi.diff(R7, closed_at, history.len());
    let a2: Vec<_> = changes
        .iter()
        .filter(|change| change.indicator == "A2")
        .collect();
    let shown: Vec<_> = a2
        .iter()
        .map(|c| (c.position, c.delta.to_string(), c.kind, c.late))
        .collect();
    assert_eq!(
        shown,
        [
            (merge, "-1".to_owned(), "business.merged", true),
            (late, "1".to_owned(), "analysis.completed", true),
        ]
    );
    let closed = kpi.closed_edition(R7).unwrap();
    let of_closed = closed.indicators.iter().find(|row| row.id == "A2").unwrap();
    assert_eq!(of_closed.actual.unwrap().to_string(), "2");
    assert_eq!(row(&kpi, "A2", R7).late, 1);
}

#[test]
fn readings_and_targets_are_those_of_the_cut_off() {
    let mut history = History::yamaguchi();
    history.open(1);
    analysis(&mut history, 1, "2025-06-01");
    analysis(&mut history, 1, "2025-06-02");
    history.add(
        "programme/plan",
        "fiscal_year.closed",
        "2025-06-01",
        json!({"fiscal_year": "2025"}),
    );
    let decided = history.len();
    history.add(
        "programme/plan",
        "policy.reading_decided",
        "2025-06-01",
        json!({"indicator": "A2", "reading": "each", "reason": "委員会の決定"}),
    );
    history.add(
        "programme/plan",
        "programme.target_revised",
        "2025-06-01",
        json!({"indicator": "A2", "fiscal_year": "R7", "target": 4, "reason": "変更"}),
    );
    let kpi = history.kpi();
    let live = row(&kpi, "A2", R7);
    assert_eq!(
        (live.reading.as_str(), live.actual.unwrap().to_string()),
        ("each", "2".to_owned())
    );
    assert_eq!(
        (
            live.target.unwrap().to_string(),
            live.rate.unwrap().to_string()
        ),
        ("4".to_owned(), "50.0".to_owned())
    );
    assert_eq!(live.target_before.unwrap().unwrap().to_string(), "140");
    assert_eq!(live.revisions[0].occurred_on, "2025-06-01");
    let closed = kpi.closed_edition(R7).unwrap();
    let then = closed.indicators.iter().find(|row| row.id == "A2").unwrap();
    assert_eq!(
        (then.reading.as_str(), then.target.unwrap().to_string()),
        ("business", "140".to_owned())
    );
    let changes = kpi.diff(R7, decided, history.len());
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].position, changes[0].delta.to_string()),
        (decided, "1".to_owned())
    );
    history.add(
        "programme/plan",
        "fiscal_year.reopened",
        "2025-06-01",
        json!({"fiscal_year": 2025, "reason": "誤り"}),
    );
    assert!(history.kpi().closed_edition(R7).is_none());
}

#[test]
fn record_time_is_a_cut_off_of_its_own() {
    let mut history = History::yamaguchi();
    history.open(1).open(2);
    history.record("2025-06-10T00:00:00.000Z");
    analysis(&mut history, 1, "2025-06-01");
    history.record("2025-07-10T00:00:00.000Z");
    analysis(&mut history, 2, "2025-06-01");
    let kpi = history.kpi();
    let known = |instant: &str| {
        let cut = Cut {
            known_at: Some(instant.parse().unwrap()),
            ..Cut::default()
        };
        let then = kpi.at(cut);
        assert_eq!(then.digest(), history.replayed(cut).digest());
        support::value(&then, "A2", "business", R7)
    };
    assert_eq!(known("2025-06-09T23:59:59.999Z"), "0");
    assert_eq!(known("2025-06-10T00:00:00Z"), "1");
    assert_eq!(known("2025-07-09T00:00:00Z"), "1");
    assert_eq!(known("2030-01-01T00:00:00Z"), "2");
}
