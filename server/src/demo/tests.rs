//! The demo against its promises: the totals of R6, the rules of the core, order, rhythm, corner
//! cases.
//!
//! Counts with a small counter of its own ([`count`]), not with the KPI engine.

mod count;

use std::collections::{BTreeSet, HashMap, HashSet};

use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::decide::{Completion, Surroundings, decide};
use banso_core::event::Event;
use banso_core::intake;
use banso_core::state::{Standing, SubjectState};
use chrono::{Datelike, NaiveDate, Timelike};
use uuid::Uuid;

use super::days::{self, day};
use super::{Step, corner_cases, everyone, history, staff};

/// 現行 of the plan (seed inventory section 1), where it is a number, and D1 run once.
const NOW: [(&str, i64); 27] = [
    ("G1", 92),
    ("G2", 39),
    ("G3", 3),
    ("E1", 4),
    ("E2", 1),
    ("E3", 0),
    ("D1", 1),
    ("D1b", 60),
    ("D2", 0),
    ("D2b", 0),
    ("D3", 1),
    ("D3b", 0),
    ("A1", 19),
    ("A2", 90),
    ("P1", 90),
    ("P2", 2),
    ("P3", 6),
    ("P4", 3),
    ("F1", 90),
    ("F2", 152),
    ("F3", 24),
    ("M1", 7),
    ("M1b", 128),
    ("M1c", 0),
    ("M2", 25),
    ("M2b", 0),
    ("M3", 0),
];

fn present() -> NaiveDate {
    day(2026, 11, 23)
}

fn text<'a>(step: &'a Step, field: &str) -> &'a str {
    step.event[field].as_str().unwrap()
}

#[test]
fn r6_ends_with_the_totals_of_the_plan_whatever_seed_and_day() {
    for (seed, today) in [
        (1, present()),
        (2, day(2026, 4, 2)),
        (3, day(2026, 12, 31)),
        (20_260_401, present()),
        (u64::MAX, day(2030, 3, 31)),
    ] {
        let counts = count::all(&history(seed, today), 2024);
        for (indicator, wanted) in NOW {
            assert_eq!(
                counts[indicator], wanted,
                "{indicator} of seed {seed} at {today}"
            );
        }
    }
}

#[test]
fn r7_is_believable_neither_flat_nor_perfect() {
    let counts = count::all(&history(1, present()), 2025);
    for (indicator, wanted) in [
        ("G1", 94),
        ("G2", 43),
        ("G3", 4),
        ("A1", 19),
        ("M1b", 41),
        ("A2", 127),
        ("P1", 97),
        ("F1", 104),
        ("F2", 187),
        ("F3", 26),
    ] {
        assert_eq!(counts[indicator], wanted, "{indicator}");
    }
    for (indicator, low, high) in [
        ("D3b", 200, 300),
        ("D2b", 30, 49),
        ("M1c", 5, 9),
        ("M2b", 6, 12),
    ] {
        assert!((low..=high).contains(&counts[indicator]), "{indicator}");
    }
}

#[test]
fn the_current_year_keeps_the_pace_of_the_season() {
    let counts = count::all(&history(1, present()), 2026);
    for (indicator, low, high) in [
        ("A2", 60, 110),
        ("P1", 40, 80),
        ("F2", 80, 150),
        ("A1", 12, 16),
    ] {
        assert!(
            (low..=high).contains(&counts[indicator]),
            "{indicator} {}",
            counts[indicator]
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_history_and_another_seed_another() {
    let first = history(7, present());
    assert_eq!(first, history(7, present()));
    assert_ne!(first, history(8, present()));
    assert!((5_000..=8_000).contains(&first.len()), "{}", first.len());
}

#[test]
fn an_earlier_day_gives_a_prefix() {
    let whole = history(5, present());
    for today in [
        day(2025, 4, 1),
        day(2026, 3, 31),
        day(2026, 4, 2),
        day(2026, 5, 29),
    ] {
        let part = history(5, today);
        assert_eq!(part[..], whole[..part.len()], "{today}");
        assert!(whole[part.len()].recorded_at >= days::office(today, -9 * 3_600));
    }
}

#[test]
fn steps_are_in_order_with_ids_of_their_own_in_office_hours() {
    let steps = history(11, day(2030, 12, 31));
    assert!(steps.is_sorted_by_key(|step| step.recorded_at));
    let ids: HashSet<&str> = steps.iter().map(|step| text(step, "id")).collect();
    assert_eq!(ids.len(), steps.len());
    for step in &steps {
        let local = step.recorded_at + chrono::Duration::hours(9);
        assert!(local.weekday().number_from_monday() <= 5, "{step:?}");
        assert!((9..18).contains(&local.hour()), "{step:?}");
        let occurred: NaiveDate = text(step, "occurred_on").parse().unwrap();
        assert!(occurred <= jst_date(step.recorded_at) && occurred >= day(2020, 4, 1));
        assert_eq!(
            Uuid::parse_str(text(step, "id")).unwrap().get_version_num(),
            7
        );
    }
}

#[test]
fn most_is_typed_in_within_five_days() {
    let steps = history(1, present());
    let prompt = |step: &&Step| {
        let occurred: NaiveDate = text(step, "occurred_on").parse().unwrap();
        (jst_date(step.recorded_at) - occurred).num_days() <= 5
    };
    let prompt = steps.iter().filter(prompt).count();
    assert!(
        prompt * 100 > steps.len() * 92 && prompt < steps.len(),
        "{prompt}"
    );
}

struct Around<'a> {
    step: &'a Step,
    manager: bool,
    actor: String,
    states: &'a HashMap<String, SubjectState>,
}

impl Surroundings for Around<'_> {
    fn today(&self) -> NaiveDate {
        jst_date(self.step.recorded_at)
    }
    fn first_year(&self) -> Option<FiscalYear> {
        Some(FiscalYear(2025))
    }
    fn actor(&self) -> &str {
        &self.actor
    }
    fn may_correct_others(&self) -> bool {
        self.manager
    }
    fn business(&self, id: Uuid) -> Standing {
        let state = self.states.get(&format!("business/{id}"));
        state
            .map(|state| state.standing.clone())
            .unwrap_or_default()
    }
    fn completed_elsewhere(&self, what: Completion<'_>) -> bool {
        let this = text(self.step, "subject");
        let mut states = self.states.iter();
        states.any(|(subject, state)| subject != this && what.is_held_by(&state.standing))
    }
}

#[test]
fn every_step_is_accepted_by_the_rules_of_the_core() {
    let roles: HashMap<Uuid, &str> = everyone().iter().map(|who| (who.id, who.role)).collect();
    let mut states: HashMap<String, SubjectState> = HashMap::new();
    let steps = history(3, day(2028, 7, 31));
    for step in &steps {
        let new = intake::read(&step.event).unwrap_or_else(|faults| panic!("{faults:?} {step:?}"));
        let subject = text(step, "subject").to_owned();
        let role = roles[&step.recorded_by.0];
        assert!(may(role, &subject, text(step, "type")), "{role} {step:?}");
        let around = Around {
            step,
            manager: role == "manager",
            actor: step.recorded_by.to_string(),
            states: &states,
        };
        let state = states.get(&subject).cloned().unwrap_or_default();
        let corrected = match &new.event {
            Event::RecordCorrected(correction) => {
                let target = state.record(correction.target).unwrap().event_type;
                intake::read_corrected_data(correction, target).unwrap()
            }
            _ => None,
        };
        let verdict = decide(&state, &new, corrected.as_ref(), &around);
        verdict.unwrap_or_else(|refusal| panic!("{refusal} {step:?}"));
        let by = step.recorded_by.to_string();
        let state = states.entry(subject).or_default();
        state.evolve(new.id, &new.event, new.occurred_on, &by);
    }
}

/// Contract section 8.
fn may(role: &str, subject: &str, kind: &str) -> bool {
    match subject.split('/').next().unwrap() {
        _ if kind == "evaluation.graded" => role == "committee",
        "programme" | "staff" => role == "manager",
        "seminar" | "survey" => role != "committee",
        _ => matches!(role, "advisor" | "manager"),
    }
}

#[test]
fn nobody_acts_before_arriving_or_after_leaving() {
    let steps = history(4, present());
    let mut there: HashSet<Uuid> = HashSet::new();
    for step in &steps {
        let who = text(step, "subject").strip_prefix("staff/");
        match (text(step, "type"), who) {
            ("staff.registered", Some(id)) => {
                there.insert(id.parse().unwrap());
            }
            ("staff.left", Some(id)) => {
                there.remove(&id.parse().unwrap());
            }
            _ => {}
        }
        assert!(there.contains(&step.recorded_by.0), "{step:?}");
    }
    let accounts: HashSet<Uuid> = staff().iter().map(|who| who.id).collect();
    assert_eq!(there, accounts);
}

#[test]
fn the_accounts_are_eight_advisors_a_manager_a_clerk_and_three_of_the_committee() {
    let roles: Vec<&str> = staff().iter().map(|who| who.role).collect();
    for (role, wanted) in [
        ("advisor", 8),
        ("manager", 1),
        ("clerk", 1),
        ("committee", 3),
    ] {
        assert_eq!(
            roles.iter().filter(|given| **given == role).count(),
            wanted,
            "{role}"
        );
    }
}

#[test]
fn every_corner_case_stands_in_every_history_from_april_2026_on() {
    let cases = corner_cases();
    let numbers: BTreeSet<u8> = cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=22).collect());
    for seed in [1, 99] {
        let steps = history(seed, day(2026, 4, 2));
        let known: HashMap<&str, &Step> =
            steps.iter().map(|step| (text(step, "id"), step)).collect();
        for case in &cases {
            let step = known.get(case.event_id.to_string().as_str());
            let step = step.unwrap_or_else(|| panic!("{case:?}"));
            assert_eq!(text(step, "subject"), case.subject, "{case:?}");
            assert_eq!(jst_date(step.recorded_at), case.recorded_on, "{case:?}");
        }
    }
}

#[test]
fn nothing_is_written_about_a_business_after_its_erasure() {
    let steps = history(1, present());
    let erased = steps
        .iter()
        .position(|step| text(step, "type") == "business.erased");
    let erased = erased.unwrap();
    let id = text(&steps[erased], "subject")
        .strip_prefix("business/")
        .unwrap();
    let later = steps[erased + 1..]
        .iter()
        .filter(|step| step.event.to_string().contains(id));
    assert_eq!(later.count(), 0);
}

#[test]
fn names_of_people_stand_only_in_sealed_fields() {
    let steps = history(1, present());
    let mut names: BTreeSet<String> = everyone().iter().map(|who| who.name.to_owned()).collect();
    for step in &steps {
        for field in ["name", "representative"] {
            let name = step.event["data"][field].as_str().unwrap_or_default();
            names.extend(name.contains(' ').then(|| name.to_owned()));
        }
    }
    assert!(names.len() > 300 && names.iter().all(|name| !name.contains("松村")));
    for step in &steps {
        let known = banso_core::event::event_type(text(step, "type")).unwrap();
        let data = step.event["data"].as_object().unwrap().clone();
        let open = serde_json::Value::Object(intake::split_personal(known, data).0).to_string();
        assert!(
            names.iter().all(|name| !open.contains(name.as_str())),
            "{open}"
        );
    }
}
