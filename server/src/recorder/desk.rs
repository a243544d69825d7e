//! What is looked at and changed while one event is decided: the states of subjects, kept in
//! memory, folded from the ledger when they are first asked for.
//!
//! Whoever holds the desk decides alone. Knows no HTTP and appends nothing.

use std::cell::RefCell;
use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use banso_core::decide::{Completion, Rejection, Surroundings, decide};
use banso_core::event::{Event, Mode};
use banso_core::intake::NewEvent;
use banso_core::json::Object;
use banso_core::state::{Standing, SubjectState};
use banso_core::subject::Subject;
use banso_store::{EventStore, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::Author;
use super::completions::Completions;
use crate::access;

/// Subjects whose state is kept in memory; beyond it the states are folded anew when asked for.
const STATES_KEPT: usize = 200_000;

/// The desk at which events are decided.
pub(super) struct Desk {
    states: HashMap<Subject, SubjectState>,
    /// Read when the first plan or analysis is completed.
    completions: Option<Completions>,
    pub(super) last_recorded_at: DateTime<Utc>,
}

impl Desk {
    pub(super) fn new(last_recorded_at: DateTime<Utc>) -> Self {
        Self {
            states: HashMap::new(),
            completions: None,
            last_recorded_at,
        }
    }

    /// The state of a subject.
    pub(super) fn state(
        &mut self,
        store: &dyn EventStore,
        subject: Subject,
    ) -> Result<&mut SubjectState, StoreError> {
        if !self.states.contains_key(&subject) {
            let entries = store.read_subject(&subject.to_string())?;
            let bytes = entries.iter().map(|entry| &entry.bytes[..]);
            let state = SubjectState::replay(bytes).map_err(|error| StoreError::Index {
                reason: format!("{subject}: {error}"),
            })?;
            if self.states.len() >= STATES_KEPT {
                self.states.clear();
            }
            self.states.insert(subject, state);
        }
        Ok(self.states.entry(subject).or_default())
    }

    /// Takes an event that was appended.
    ///
    /// `open` is its data as stored: no personal field stays on the desk.
    pub(super) fn evolve(&mut self, new: &NewEvent, open: &Object, author: &Author) {
        if let Some(completions) = &mut self.completions {
            completions.note(new.subject, new.event.event_type().name, open);
        }
        let Some(state) = self.states.get_mut(&new.subject) else {
            return;
        };
        let name = new.event.event_type().name;
        match Event::read(name, open, Mode::Stored, &mut Vec::new()) {
            Some(event) => state.evolve(new.id, &event, new.occurred_on, &author.actor),
            // Cannot be: it was written by the event itself. Folding anew is right in any case.
            None => drop(self.states.remove(&new.subject)),
        }
    }

    /// Whether another case than this holds a plan or an analysis as completed.
    fn completed_elsewhere(
        &mut self,
        store: &dyn EventStore,
        subject: Subject,
        what: Completion<'_>,
    ) -> Result<bool, StoreError> {
        let completions = match self.completions.take() {
            Some(completions) => completions,
            None => Completions::read(store)?,
        };
        let cases = completions.cases(what).to_vec();
        self.completions = Some(completions);
        for case in cases.into_iter().filter(|case| *case != subject) {
            if what.is_held_by(&self.state(store, case)?.standing) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the rules say; the outer error is a store that cannot be read.
    pub(super) fn decide(
        &mut self,
        store: &dyn EventStore,
        author: &Author,
        new: &NewEvent,
        corrected: Option<&Event>,
        today: NaiveDate,
    ) -> Result<Result<(), Rejection>, StoreError> {
        let first_year = self.state(store, Subject::Programme)?.standing.first_year;
        self.state(store, new.subject)?;
        // Taken off the desk while the rules look at other subjects on it.
        let state = self.states.remove(&new.subject).unwrap_or_default();
        let around = Around {
            today,
            first_year,
            author,
            store,
            subject: (new.subject, state.standing.clone()),
            desk: RefCell::new(self),
            failed: RefCell::new(None),
        };
        let decided = decide(&state, new, corrected, &around);
        let failed = around.failed.into_inner();
        self.states.insert(new.subject, state);
        failed.map_or(Ok(decided), Err)
    }
}

struct Around<'a> {
    today: NaiveDate,
    first_year: Option<FiscalYear>,
    author: &'a Author,
    store: &'a dyn EventStore,
    /// The subject that is decided on is not on the desk meanwhile.
    subject: (Subject, Standing),
    desk: RefCell<&'a mut Desk>,
    failed: RefCell<Option<StoreError>>,
}

impl Surroundings for Around<'_> {
    fn today(&self) -> NaiveDate {
        self.today
    }

    fn first_year(&self) -> Option<FiscalYear> {
        self.first_year
    }

    fn actor(&self) -> &str {
        &self.author.actor
    }

    fn may_correct_others(&self) -> bool {
        self.author.role.is_none_or(access::may_correct_others)
    }

    fn business(&self, id: Uuid) -> Standing {
        let subject = Subject::business(id);
        if subject == self.subject.0 {
            return self.subject.1.clone();
        }
        match self.desk.borrow_mut().state(self.store, subject) {
            Ok(state) => state.standing.clone(),
            Err(error) => {
                self.failed.replace(Some(error));
                Standing::default()
            }
        }
    }

    fn completed_elsewhere(&self, what: Completion<'_>) -> bool {
        let mut desk = self.desk.borrow_mut();
        match desk.completed_elsewhere(self.store, self.subject.0, what) {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                self.failed.replace(Some(error));
                false
            }
        }
    }
}
