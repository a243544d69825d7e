//! The same id again: the same content answers with the original, any other is refused.

use banso_core::event::{Event, event_type};
use banso_core::intake::{NewEvent, read_corrected_data};
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use banso_store::Appended;
use serde_json::Value;

use super::{Recorder, Refusal};
use crate::sealing::{self, Opened};

impl Recorder {
    /// The entry at a position, if it records the same event.
    pub(super) fn recorded_before(
        &self,
        new: &NewEvent,
        position: u64,
    ) -> Result<Appended, Refusal> {
        let entry = self.store.entry(position)?;
        let entry = entry.ok_or_else(|| missing(position))?;
        let recorded = Recorded::parse(&entry.bytes).map_err(|_| missing(position))?;
        let opened = sealing::open(&self.vault, &self.origin, &recorded)
            .map_err(|error| Refusal::Stopped(error.to_string()))?;
        if self.same(new, &recorded, opened) {
            Ok(Appended {
                position,
                version: recorded.version,
                bytes: entry.bytes,
            })
        } else {
            Err(Refusal::OtherContent {
                id: new.id,
                position,
            })
        }
    }

    /// Erased fields cannot be compared any more: then the others decide.
    fn same(&self, new: &NewEvent, recorded: &Recorded, opened: Opened) -> bool {
        if recorded.event_type != new.event.event_type().name
            || recorded.subject != new.subject.to_string()
            || recorded.occurred_on != new.occurred_on
        {
            return false;
        }
        let mut stored = recorded.data.clone();
        without_server_fields(&recorded.event_type, &mut stored);
        let (mut given, personal) = sealing::divide(&new.event, self.corrected_of(new).as_ref());
        match opened {
            Opened::Erased => {}
            Opened::None => sealing::join(&recorded.event_type, &mut given, personal),
            Opened::Fields(fields) => {
                sealing::join(&recorded.event_type, &mut stored, fields);
                sealing::join(&recorded.event_type, &mut given, personal);
            }
        }
        numerically(&Value::Object(stored)) == numerically(&Value::Object(given))
    }

    /// The new data of a correction, read by the type of its target.
    fn corrected_of(&self, new: &NewEvent) -> Option<Event> {
        let Event::RecordCorrected(correction) = &new.event else {
            return None;
        };
        let position = self.store.position_of(correction.target).ok()??;
        let target = Recorded::parse(&self.store.entry(position).ok()??.bytes).ok()?;
        read_corrected_data(correction, event_type(&target.event_type)?).ok()?
    }
}

fn without_server_fields(name: &str, data: &mut Object) {
    let server = |field: &str| {
        event_type(name)
            .and_then(|known| known.field(field))
            .is_some_and(|field| field.server)
    };
    data.retain(|field, _| !server(field));
}

/// 12 and 12.0 are one number in canonical JSON but two in memory.
fn numerically(value: &Value) -> Value {
    match value {
        Value::Number(number) => number
            .as_f64()
            .and_then(serde_json::Number::from_f64)
            .map_or(Value::Null, Value::Number),
        Value::Array(items) => items.iter().map(numerically).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), numerically(value)))
            .collect(),
        other => other.clone(),
    }
}

fn missing(position: u64) -> Refusal {
    Refusal::Stopped(format!(
        "the entry at position {position} cannot be read; run verify"
    ))
}
