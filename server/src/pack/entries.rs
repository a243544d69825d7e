//! What must hold for the entries of a pack beside their hashes.
//!
//! The signature proves who wrote them, not that they keep the rules: positions without a gap,
//! versions without a gap, every id once, every precondition held, no clock running backwards.

use std::collections::{HashMap, HashSet};

use banso_core::event::{EventType, event_type};
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use bytes::Bytes;
use uuid::Uuid;

use super::PackError;

/// The first entry that breaks a rule, and which.
pub(super) fn first_fault(entries: &[Bytes]) -> Option<(u64, String)> {
    let mut versions: HashMap<String, u64> = HashMap::new();
    let mut ids = HashSet::new();
    let mut last = None;
    for (position, bytes) in (0..).zip(entries) {
        let fault = |reason: String| Some((position, reason));
        let entry = match Recorded::parse(bytes) {
            Ok(entry) => entry,
            Err(error) => return fault(error.to_string()),
        };
        let version = versions.entry(entry.subject.clone()).or_default();
        let before = *version;
        *version += 1;
        if entry.position != position {
            return fault(format!("it says that it is position {}", entry.position));
        }
        if entry.version != before + 1 {
            return fault(format!(
                "its version is {}, not {}",
                entry.version,
                before + 1
            ));
        }
        if entry
            .expected_version
            .is_some_and(|wanted| wanted != before)
        {
            return fault("its expected version did not hold".to_owned());
        }
        if !ids.insert(entry.id) {
            return fault(format!("its id {} stands twice", entry.id));
        }
        if last.is_some_and(|last| entry.recorded_at < last) {
            return fault("it was recorded before the entry in front of it".to_owned());
        }
        last = Some(entry.recorded_at);
    }
    None
}

/// Refuses entries with a personal field in the open.
pub(super) fn without_personal_fields(entries: &[Bytes]) -> Result<(), PackError> {
    let mut types: HashMap<Uuid, &'static EventType> = HashMap::new();
    for (position, bytes) in (0..).zip(entries) {
        let entry = Recorded::parse(bytes).map_err(|error| PackError::Count(error.to_string()))?;
        let Some(known) = event_type(&entry.event_type) else {
            continue;
        };
        types.insert(entry.id, known);
        let target = entry
            .data
            .get("target")
            .and_then(|id| id.as_str()?.parse().ok());
        let corrected = target.and_then(|id: Uuid| types.get(&id).copied());
        let nested = entry.data.get("data").and_then(|data| data.as_object());
        let found = personal(known, &entry.data).or_else(|| personal(corrected?, nested?));
        if let Some(field) = found {
            return Err(PackError::Personal { position, field });
        }
    }
    Ok(())
}

fn personal(known: &EventType, data: &Object) -> Option<String> {
    let found = data
        .keys()
        .find(|name| known.field(name).is_some_and(|field| field.personal));
    found.cloned()
}
