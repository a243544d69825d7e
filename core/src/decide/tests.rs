//! Given what was recorded, when an event comes in, then it is taken or refused by a named rule.
//!
//! Every event goes the way of a client's: through [`crate::intake`], [`SubjectState`] and
//! [`decide`]. Nothing here knows how a rule is written, only what it is called.

mod business;
mod case;
mod dates;
mod programme;
mod record;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::*;
use crate::intake;
use crate::subject::Subject;

/// The day on which every test takes place, in fiscal year R8.
const TODAY: &str = "2026-11-23";

/// The identifier that a name stands for.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// An event as a client sends it; `subject` is `kind/name` or `programme/plan`.
fn event(name: &str, subject: &str, event_type: &str, data: Value) -> Value {
    let subject = match subject.split_once('/') {
        Some(("programme", _)) | None => Subject::PROGRAMME.to_owned(),
        Some((kind, who)) => format!("{kind}/{}", id(who)),
    };
    let mut event = json!({"id": id(name), "type": event_type, "subject": subject,
        "occurred_on": "2025-06-03"});
    event["data"] = data;
    event
}

/// The same event on another day.
fn on(day: &str, mut event: Value) -> Value {
    event["occurred_on"] = json!(day);
    event
}

fn registered(business: &str) -> Value {
    let data = json!({"kind": "corporation", "name": "有限会社あさひ"});
    event(
        &format!("{business} registered"),
        &format!("business/{business}"),
        "business.registered",
        data,
    )
}

/// `case/c` of business `a` is opened.
fn opened() -> Value {
    let data = json!({"business_id": id("a"), "advisor_id": id("advisor")});
    event("opened", "case/c", "case.opened", data)
}

/// An event of `case/c`.
fn in_case(name: &str, event_type: &str, data: Value) -> Value {
    event(name, "case/c", event_type, data)
}

fn visit(name: &str) -> Value {
    in_case(name, "visit.done", json!({"method": "visit"}))
}

fn plan(name: &str, plan_id: &str) -> Value {
    in_case(
        name,
        "plan.completed",
        json!({"plan_id": plan_id, "kind": "innovation"}),
    )
}

fn void(subject: &str, target: &str) -> Value {
    let data = json!({"target": id(target), "reason": "入力誤り"});
    event(&format!("void of {target}"), subject, "record.voided", data)
}

fn correction(subject: &str, target: &str, changes: Value) -> Value {
    let mut data = changes;
    data["target"] = json!(id(target));
    data["reason"] = json!("入力誤り");
    event(
        &format!("correction of {target}"),
        subject,
        "record.corrected",
        data,
    )
}

/// Accepts `events` one after the other, recorded by the member of staff `advisor`.
#[track_caller]
fn given(events: &[Value]) -> Given {
    let mut given = Given {
        states: HashMap::new(),
        deciding: Subject::Programme,
        first_year: Some(FiscalYear(2025)),
        actor: actor_of("advisor"),
        manager: false,
    };
    for event in events {
        if let Err(outcome) = given.take(event) {
            panic!("the history itself is refused: {outcome:?} by {event}");
        }
    }
    given
}

fn actor_of(staff: &str) -> String {
    Subject::staff(id(staff)).to_string()
}

/// What was recorded, and who asks.
struct Given {
    states: HashMap<Subject, SubjectState>,
    /// What is decided on now.
    deciding: Subject,
    first_year: Option<FiscalYear>,
    actor: String,
    manager: bool,
}

/// Why an event was not taken.
#[derive(Debug)]
enum Outcome {
    Faults(Vec<String>),
    Refused(Rejection),
}

impl Given {
    /// From here on another advisor asks.
    fn by(mut self, staff: &str) -> Self {
        self.actor = actor_of(staff);
        self
    }

    /// From here on a manager asks.
    fn by_manager(mut self) -> Self {
        self.manager = true;
        self.by("manager")
    }

    /// No plan is in force.
    fn without_a_plan(mut self) -> Self {
        self.first_year = None;
        self
    }

    /// One more event that is accepted, by whoever asks now.
    #[track_caller]
    fn and(mut self, event: &Value) -> Self {
        assert!(
            self.take(event).is_ok(),
            "the history itself is refused by {event}"
        );
        self
    }

    fn when(mut self, event: &Value) -> Then {
        Then(self.take(event))
    }

    fn take(&mut self, event: &Value) -> Result<(), Outcome> {
        let faults = |errors: Vec<crate::json::FieldError>| {
            Outcome::Faults(errors.into_iter().map(|error| error.pointer).collect())
        };
        let new = intake::read(event).map_err(faults)?;
        self.deciding = new.subject;
        let state = self.states.get(&new.subject).cloned().unwrap_or_default();
        let corrected = match &new.event {
            Event::RecordCorrected(correction) => match state.record(correction.target) {
                Some(record) => intake::read_corrected_data(correction, record.event_type),
                None => Ok(None),
            },
            _ => Ok(None),
        };
        let corrected = corrected.map_err(faults)?;
        decide(&state, &new, corrected.as_ref(), self).map_err(Outcome::Refused)?;
        let state = self.states.entry(new.subject).or_default();
        state.evolve(new.id, &new.event, new.occurred_on, &self.actor);
        Ok(())
    }
}

impl Surroundings for Given {
    fn today(&self) -> NaiveDate {
        TODAY.parse().unwrap()
    }
    fn first_year(&self) -> Option<FiscalYear> {
        self.first_year
    }
    fn actor(&self) -> &str {
        &self.actor
    }
    fn may_correct_others(&self) -> bool {
        self.manager
    }
    fn business(&self, id: Uuid) -> Standing {
        let state = self.states.get(&Subject::business(id));
        state
            .map(|state| state.standing.clone())
            .unwrap_or_default()
    }
    fn completed_elsewhere(&self, what: Completion<'_>) -> bool {
        let mut states = self.states.iter();
        states.any(|(subject, state)| *subject != self.deciding && what.is_held_by(&state.standing))
    }
}

/// What came of it.
struct Then(Result<(), Outcome>);

impl Then {
    #[track_caller]
    fn then_ok(self) {
        if let Err(outcome) = self.0 {
            panic!("expected to be taken, but: {outcome:?}");
        }
    }

    #[track_caller]
    fn then_refused(self, rule: &str) {
        match self.0 {
            Err(Outcome::Refused(rejection)) => assert_eq!(rejection.rule, rule),
            other => panic!("expected a refusal by {rule}, but: {other:?}"),
        }
    }

    #[track_caller]
    fn then_faulty(self, pointers: &[&str]) {
        match self.0 {
            Err(Outcome::Faults(found)) => assert_eq!(found, pointers),
            other => panic!("expected faults at {pointers:?}, but: {other:?}"),
        }
    }
}
