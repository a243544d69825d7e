//! Which cases have ever named a plan or an analysis as completed, so that none is completed twice.
//!
//! Voids are not looked at here: whether a case still holds what it named is its state's to say.

use std::collections::HashMap;

use banso_core::decide::Completion;
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use banso_core::subject::{Subject, SubjectKind};
use banso_store::{EventStore, StoreError};
use memchr::memmem;
use serde_json::Value;

/// Entries read at once.
const CHUNK: usize = 4096;
/// What only an entry that names one holds, or one that speaks of such types.
const NAMING: [&str; 3] = [
    "\"type\":\"plan.completed\"",
    "\"type\":\"analysis.completed\"",
    "\"type\":\"record.corrected\"",
];

/// The cases by what they named.
#[derive(Default)]
pub(super) struct Completions {
    plans: HashMap<String, Vec<Subject>>,
    analyses: HashMap<String, Vec<Subject>>,
}

impl Completions {
    /// Looks at every durable entry once.
    pub(super) fn read(store: &dyn EventStore) -> Result<Self, StoreError> {
        let finders = NAMING.map(memmem::Finder::new);
        let mut completions = Self::default();
        let mut from = 0;
        loop {
            let entries = store.read(from, CHUNK)?;
            let Some(last) = entries.last() else {
                return Ok(completions);
            };
            from = last.position + 1;
            let naming = entries
                .iter()
                .filter(|entry| finders.iter().any(|name| name.find(&entry.bytes).is_some()));
            for entry in naming {
                if let Ok(recorded) = Recorded::parse(&entry.bytes)
                    && let Ok(subject) = recorded.subject.parse()
                {
                    completions.note(subject, &recorded.event_type, &recorded.data);
                }
            }
        }
    }

    /// Takes an event that was appended.
    pub(super) fn note(&mut self, subject: Subject, event_type: &str, data: &Object) {
        if subject.kind() != SubjectKind::Case {
            return;
        }
        let data = match event_type {
            "record.corrected" => data.get("data").and_then(Value::as_object),
            "plan.completed" | "analysis.completed" => Some(data),
            _ => None,
        };
        let named = |name| data.and_then(|data| data.get(name)).and_then(Value::as_str);
        // A correction of another type may name one too; then its case does not hold it.
        for (cases, id) in [
            (&mut self.plans, named("plan_id")),
            (&mut self.analyses, named("analysis_id")),
        ] {
            let Some(id) = id else { continue };
            let cases = cases.entry(id.to_owned()).or_default();
            if !cases.contains(&subject) {
                cases.push(subject);
            }
        }
    }

    /// The cases that named it.
    pub(super) fn cases(&self, what: Completion<'_>) -> &[Subject] {
        let cases = match what {
            Completion::Plan(id) => self.plans.get(id),
            Completion::Analysis(id) => self.analyses.get(id),
        };
        cases.map_or(&[], Vec::as_slice)
    }
}
