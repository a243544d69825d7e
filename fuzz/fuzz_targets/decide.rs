//! A short history of events, each parsed, validated, decided on and folded into its subject.
//!
//! Lines that are refused are passed over, as an import does; an event that was taken must not be
//! taken a second time where its type says that it happens once.

#![no_main]

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use banso_core::decide::{Completion, Surroundings, decide};
use banso_core::event::Event;
use banso_core::intake;
use banso_core::state::{Standing, SubjectState};
use banso_core::subject::Subject;
use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use uuid::Uuid;

const ACTOR: &str = "staff/0195ecb7-716e-7a55-aadb-8d6e194511dc";

#[derive(Default)]
struct History {
    states: HashMap<Subject, SubjectState>,
    manager: bool,
}

impl Surroundings for History {
    fn today(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default()
    }
    fn first_year(&self) -> Option<FiscalYear> {
        let programme = self.states.get(&Subject::Programme);
        programme.and_then(|state| state.standing.first_year)
    }
    fn actor(&self) -> &str {
        ACTOR
    }
    fn may_correct_others(&self) -> bool {
        self.manager
    }
    fn business(&self, id: Uuid) -> Standing {
        let state = self.states.get(&Subject::business(id));
        state.map(|state| state.standing.clone()).unwrap_or_default()
    }
    fn completed_elsewhere(&self, what: Completion<'_>) -> bool {
        self.states.values().any(|state| what.is_held_by(&state.standing))
    }
}

fuzz_target!(|lines: &[u8]| {
    let mut history = History::default();
    for line in lines.split(|byte| *byte == b'\n').take(40) {
        history.manager ^= line.len() % 2 == 1;
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        let Ok(new) = intake::read(&value) else {
            continue;
        };
        let state = history.states.get(&new.subject).cloned().unwrap_or_default();
        let corrected = match &new.event {
            Event::RecordCorrected(correction) => state
                .record(correction.target)
                .map(|record| intake::read_corrected_data(correction, record.event_type)),
            _ => None,
        };
        let Ok(corrected) = corrected.unwrap_or(Ok(None)) else {
            continue;
        };
        if decide(&state, &new, corrected.as_ref(), &history).is_err() {
            continue;
        }
        let state = history.states.entry(new.subject).or_default();
        let before = state.version;
        state.evolve(new.id, &new.event, new.occurred_on, ACTOR);
        assert_eq!(state.version, before + 1);
    }
});
