//! The fold of one subject: a void is as if nothing had happened, a correction as if it had
//! happened so from the start, and a replay from the stored bytes gives what was live.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::*;
use crate::event::{Mode, event_types, examples};
use crate::json::{Object, canonical};
use crate::subject::Subject;

/// One step of a history; names are small numbers, so that they collide.
#[derive(Clone, Debug)]
enum Step {
    Event(&'static str, u8),
    Correct(Index, u8),
    Void(Index),
}

/// The types on which a standing depends, and two on which it does not.
const TYPES: [&str; 16] = [
    "business.registered",
    "business.merged",
    "business.unmerged",
    "business.erased",
    "case.opened",
    "case.handed_over",
    "case.closed",
    "case.reopened",
    "plan.completed",
    "analysis.completed",
    "deal.cancelled",
    "improvement.proposed",
    "fiscal_year.closed",
    "fiscal_year.reopened",
    "visit.done",
    "plan.revised",
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = (proptest::sample::select(&TYPES[..]), 0..3_u8);
    let step = prop_oneof![
        7 => event.prop_map(|(name, number)| Step::Event(name, number)),
        2 => (any::<Index>(), 0..3_u8).prop_map(|(at, number)| Step::Correct(at, number)),
        1 => any::<Index>().prop_map(Step::Void),
    ];
    proptest::collection::vec(step, 1..40)
}

fn uuid(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

fn data_of(name: &str, number: u8) -> Object {
    let mut data = examples::full(event_type(name));
    let one = uuid(usize::from(number)).to_string();
    for (field, value) in &mut data {
        match field.as_str() {
            "plan_id" | "analysis_id" | "improvement_id" => *value = json!(format!("N{number}")),
            "into" | "to" | "business_id" | "advisor_id" | "deal" => *value = json!(one),
            "fiscal_year" => *value = json!(2025 + i32::from(number)),
            _ => {}
        }
    }
    data
}

fn event_type(name: &str) -> &'static EventType {
    crate::event::event_type(name).unwrap()
}

fn read(name: &str, data: &Object) -> Event {
    Event::read(name, data, Mode::Intake, &mut Vec::new()).unwrap()
}

/// An event with its id and who recorded it.
#[derive(Clone, Debug, PartialEq)]
struct Fact {
    id: Uuid,
    event: Event,
}

/// The facts of a history. A record.* points at an earlier fact, be it a live one or not.
fn facts(steps: &[Step]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for step in steps {
        let target = |at: &Index| (!facts.is_empty()).then(|| facts[at.index(facts.len())].clone());
        let event = match step {
            Step::Event(name, number) => Some(read(name, &data_of(name, *number))),
            Step::Void(at) => target(at).map(|target| void(target.id)),
            Step::Correct(at, number) => target(at).map(|target| {
                let name = target.event.event_type().name;
                correction(target.id, &data_of(name, *number))
            }),
        };
        facts.extend(event.map(|event| Fact {
            id: uuid(1000 + facts.len()),
            event,
        }));
    }
    facts
}

fn void(target: Uuid) -> Event {
    let data = json!({"target": target, "reason": "x"});
    read("record.voided", data.as_object().unwrap())
}

fn correction(target: Uuid, data: &Object) -> Event {
    let data = json!({"target": target, "reason": "x", "data": data});
    read("record.corrected", data.as_object().unwrap())
}

fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> SubjectState {
    let mut state = SubjectState::default();
    for fact in facts {
        state.evolve(fact.id, &fact.event, NaiveDate::default(), "system");
    }
    state
}

fn is_plain(fact: &Fact) -> bool {
    fact.event.event_type().subject.is_some()
}

/// The bytes of an entry, personal fields left out as the server does.
fn entry(at: usize, fact: &Fact) -> Vec<u8> {
    let known = fact.event.event_type();
    let (data, _) = crate::intake::split_personal(known, fact.event.write());
    let value = json!({"position": at, "version": at + 1, "id": fact.id, "type": known.name,
        "subject": Subject::case(uuid(1)).to_string(), "occurred_on": "2025-06-03",
        "recorded_at": "2025-06-03T01:02:03.456Z", "recorded_by": "system", "data": data});
    match value {
        Value::Object(object) => canonical(&object).unwrap().into_bytes(),
        other => panic!("{other} is not an object"),
    }
}

proptest! {
    #[test]
    fn a_void_is_as_if_the_event_had_never_happened(steps in steps(), at in any::<Index>(), when in any::<Index>()) {
        let facts = facts(&steps);
        let plain: Vec<_> = (0..facts.len()).filter(|at| is_plain(&facts[*at])).collect();
        prop_assume!(!plain.is_empty());
        let voided = plain[at.index(plain.len())];
        let mut with_void = facts.clone();
        let place = voided + 1 + when.index(facts.len() - voided);
        with_void.insert(place, Fact { id: uuid(5000), event: void(facts[voided].id) });
        let mut without = facts;
        without.remove(voided);
        prop_assert_eq!(fold(&with_void).standing, fold(&without).standing);
    }

    #[test]
    fn a_correction_is_as_if_it_had_been_recorded_so(steps in steps(), at in any::<Index>(), number in 0..3_u8) {
        let facts = facts(&steps);
        let plain: Vec<_> = (0..facts.len()).filter(|at| is_plain(&facts[*at])).collect();
        prop_assume!(!plain.is_empty());
        let at = plain[at.index(plain.len())];
        let name = facts[at].event.event_type().name;
        let data = data_of(name, number);
        let mut corrected = facts.clone();
        corrected.push(Fact { id: uuid(5000), event: correction(facts[at].id, &data) });
        let mut from_the_start = facts.clone();
        from_the_start[at].event = read(name, &data);
        // Of several corrections the latest holds, so the earlier ones are taken out.
        let target = facts[at].id;
        from_the_start.retain(|fact| !matches!(&fact.event,
            Event::RecordCorrected(earlier) if earlier.target == target));
        prop_assert_eq!(fold(&corrected).standing, fold(&from_the_start).standing);
    }

    #[test]
    fn a_replay_of_the_stored_bytes_gives_the_live_state(steps in steps()) {
        let facts = facts(&steps);
        let entries: Vec<_> = facts.iter().enumerate().map(|(at, fact)| entry(at, fact)).collect();
        let replayed = SubjectState::replay(entries.iter().map(Vec::as_slice)).unwrap();
        let live = fold(&facts);
        prop_assert_eq!(&replayed.standing, &live.standing);
        prop_assert_eq!(replayed.version, facts.len() as u64);
        for fact in &facts {
            let voided = |state: &SubjectState| state.record(fact.id).map(|record| record.voided);
            prop_assert_eq!(voided(&replayed), voided(&live));
        }
    }
}

#[test]
fn every_event_that_changes_the_standing_can_be_taken_back() {
    let mut changing = 0;
    for known in event_types().iter().filter(|known| known.subject.is_some()) {
        let mut data = examples::full(known);
        if known.name == "programme.plan_adopted" {
            data.insert("plan".to_owned(), json!({"first_fiscal_year": 2025}));
        }
        let fact = Fact {
            id: uuid(1),
            event: read(known.name, &data),
        };
        let taken_back = Fact {
            id: uuid(2),
            event: void(uuid(1)),
        };
        changing += usize::from(fold([&fact]).standing != Standing::default());
        assert_eq!(
            fold([&fact, &taken_back]).standing,
            Standing::default(),
            "{}",
            known.name
        );
    }
    assert!(changing >= 10, "only {changing} types change anything");
}

#[test]
fn an_entry_that_cannot_be_read_is_named() {
    let fact = Fact {
        id: uuid(1),
        event: read("case.closed", &Object::new()),
    };
    let bytes = entry(0, &fact);
    let text = String::from_utf8(bytes).unwrap();
    let unknown = text.replace("case.closed", "case.dreamt");
    let error = SubjectState::replay([unknown.as_bytes()]).unwrap_err();
    assert!(error.to_string().contains("case.dreamt"), "{error}");
    assert!(SubjectState::replay([&text.as_bytes()[1..]]).is_err());
}

#[test]
fn the_latest_corrected_date_holds_even_when_later_data_come_without_one() {
    let visit = Fact {
        id: uuid(1),
        event: read("visit.done", &data_of("visit.done", 0)),
    };
    let to = |day: &str| {
        let data = json!({"target": uuid(1), "reason": "x", "occurred_on": day});
        Fact {
            id: uuid(2),
            event: read("record.corrected", data.as_object().unwrap()),
        }
    };
    let data_only = Fact {
        id: uuid(4),
        event: correction(uuid(1), &data_of("visit.done", 1)),
    };
    let state = fold([&visit, &to("2025-05-01"), &to("2025-05-02"), &data_only]);
    let day = state.record(uuid(1)).unwrap().occurred_on;
    assert_eq!(day.to_string(), "2025-05-02");
}
