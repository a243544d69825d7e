//! A recorded event as it is read back from the bytes of an entry (contract section 2).
//!
//! Reads the envelope only; [`Recorded::event`] reads the data of its type. Knows no hash.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Event, Mode};
use crate::json::Object;
use crate::subject::Subject;

/// Who recorded an event, when no member of the staff did.
pub const SYSTEM: &str = "system";

/// One entry of the ledger.
#[derive(Clone, Debug, Deserialize)]
pub struct Recorded {
    /// 0-based place in the ledger.
    pub position: u64,
    /// 1-based place among the events of the subject.
    pub version: u64,
    /// Chosen by the client; unique in the ledger.
    pub id: Uuid,
    /// Name of the event type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// `kind/uuid` or `programme/plan`.
    pub subject: String,
    /// The business date (JST).
    pub occurred_on: NaiveDate,
    /// The server's clock at the append.
    pub recorded_at: DateTime<Utc>,
    /// `staff/<uuid>`, or `system`.
    pub recorded_by: String,
    /// The data without its personal fields.
    pub data: Object,
    /// The precondition under which it was appended.
    pub expected_version: Option<u64>,
    /// Where it came from: `pc`, `phone`, `import`, `api`, `system`.
    pub source: Option<String>,
    /// Schema of the data; absent means 1.
    pub schema: Option<u32>,
    /// What was sealed away.
    pub sealed: Option<Sealed>,
}

/// The trace of personal fields in an entry (contract section 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Names of the sealed fields, sorted.
    pub fields: Vec<String>,
    /// Hex SHA-256 of nonce ‖ ciphertext.
    pub commitment: String,
    /// The subject whose key sealed them.
    pub key: String,
}

/// The bytes are not a recorded event.
#[derive(Debug, thiserror::Error)]
#[error("not a recorded event: {0}")]
pub struct NotRecorded(String);

impl Recorded {
    /// Reads the bytes of an entry.
    ///
    /// # Errors
    /// [`NotRecorded`] when they are not JSON of that shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotRecorded> {
        serde_json::from_slice(bytes).map_err(|error| NotRecorded(error.to_string()))
    }

    /// Its subject.
    ///
    /// # Errors
    /// [`NotRecorded`] when the text is not a subject.
    pub fn subject(&self) -> Result<Subject, NotRecorded> {
        self.subject.parse().map_err(NotRecorded)
    }

    /// Its typed data, personal fields absent.
    ///
    /// # Errors
    /// [`NotRecorded`] naming the first faulty field.
    pub fn event(&self) -> Result<Event, NotRecorded> {
        let mut errors = Vec::new();
        Event::read(&self.event_type, &self.data, Mode::Stored, &mut errors).ok_or_else(|| {
            let fault = errors.first();
            NotRecorded(fault.map_or_else(
                || format!("unknown type \"{}\"", self.event_type),
                |fault| format!("{} {}", fault.pointer, fault.detail),
            ))
        })
    }
}
