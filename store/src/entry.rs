//! The bytes of a recorded event: canonical JSON (RFC 8785) with its keys in sorted order.
//!
//! Everything but position and version is encoded before the sequencing lock is taken; the lock
//! only adds the two numbers. This file must not look inside `data`.

use bytes::Bytes;
use uuid::Uuid;

/// The most bytes an entry may have: the length field of a C2SP entry bundle has 16 bits.
pub const ENTRY_LIMIT: usize = 65_535;

/// An event as the intake hands it over: everything but position and version.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The client's id of the event; the same id is recorded once.
    pub id: Uuid,
    /// The event type.
    pub event_type: String,
    /// The stream that the event belongs to.
    pub subject: String,
    /// The business date, `YYYY-MM-DD`.
    pub occurred_on: String,
    /// The data: a canonical JSON object.
    pub data: String,
    /// The server's clock, `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    pub recorded_at: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// How it came in, where known.
    pub source: Option<String>,
    /// The schema of `data`; absent = 1.
    pub schema: Option<u32>,
    /// Append only if the subject has this version (0 = must not exist).
    pub expected_version: Option<u64>,
    /// The personal fields, sealed.
    pub sealed: Option<Sealed>,
}

/// The personal fields of an event: the entry carries the commitment, the vault the ciphertext.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Names of the sealed fields.
    pub fields: Vec<String>,
    /// SHA-256 of `ciphertext`.
    pub commitment: [u8; 32],
    /// The subject whose key sealed them.
    pub key: String,
    /// Nonce (24 bytes) followed by the ciphertext.
    pub ciphertext: Vec<u8>,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0-based place in the ledger.
    pub position: u64,
    /// The exact stored bytes.
    pub bytes: Bytes,
}

/// What an append gave the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// 0-based place in the ledger.
    pub position: u64,
    /// 1-based count of the subject's events.
    pub version: u64,
    /// The exact bytes that are stored and hashed.
    pub bytes: Bytes,
}

/// A draft encoded up to the two numbers that only the sequencer knows.
pub(crate) struct Encoded {
    before_position: Vec<u8>,
    between: Vec<u8>,
}

impl Encoded {
    pub(crate) fn new(draft: &Draft) -> Self {
        let mut before_position = Vec::with_capacity(draft.data.len() + 256);
        before_position.extend_from_slice(b"{\"data\":");
        before_position.extend_from_slice(draft.data.as_bytes());
        if let Some(expected) = draft.expected_version {
            before_position.extend_from_slice(b",\"expected_version\":");
            push_number(&mut before_position, expected);
        }
        before_position.extend_from_slice(b",\"id\":\"");
        let mut id = [0; uuid::fmt::Hyphenated::LENGTH];
        before_position
            .extend_from_slice(draft.id.as_hyphenated().encode_lower(&mut id).as_bytes());
        before_position.push(b'"');
        push_text(&mut before_position, "occurred_on", &draft.occurred_on);
        before_position.extend_from_slice(b",\"position\":");

        let mut between = Vec::with_capacity(256);
        push_text(&mut between, "recorded_at", &draft.recorded_at);
        push_text(&mut between, "recorded_by", &draft.recorded_by);
        if let Some(schema) = draft.schema {
            between.extend_from_slice(b",\"schema\":");
            push_number(&mut between, u64::from(schema));
        }
        if let Some(sealed) = &draft.sealed {
            push_sealed(&mut between, sealed);
        }
        if let Some(source) = &draft.source {
            push_text(&mut between, "source", source);
        }
        push_text(&mut between, "subject", &draft.subject);
        push_text(&mut between, "type", &draft.event_type);
        between.extend_from_slice(b",\"version\":");
        Self {
            before_position,
            between,
        }
    }

    /// Completes the entry.
    pub(crate) fn finish(&self, position: u64, version: u64) -> Bytes {
        let mut bytes =
            Vec::with_capacity(self.before_position.len() + self.between.len() + 2 * 20 + 1);
        bytes.extend_from_slice(&self.before_position);
        push_number(&mut bytes, position);
        bytes.extend_from_slice(&self.between);
        push_number(&mut bytes, version);
        bytes.push(b'}');
        Bytes::from(bytes)
    }
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b"0123456789"[usize::try_from(rest % 10).unwrap_or(0)];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn push_text(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    push_string(out, value);
}

/// RFC 8785 section 3.2.2.2 asks for exactly the escapes that `serde_json` writes; text without
/// any (nearly all of it) is copied.
fn push_string(out: &mut Vec<u8>, value: &str) {
    if value
        .bytes()
        .any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        out.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes());
    } else {
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    }
}

fn push_sealed(out: &mut Vec<u8>, sealed: &Sealed) {
    out.extend_from_slice(b",\"sealed\":{\"commitment\":\"");
    out.extend_from_slice(hex::encode(sealed.commitment).as_bytes());
    out.extend_from_slice(b"\",\"fields\":[");
    let mut fields: Vec<&str> = sealed.fields.iter().map(String::as_str).collect();
    fields.sort_unstable();
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(out, field);
    }
    out.push(b']');
    push_text(out, "key", &sealed.key);
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            id: Uuid::from_u128(7),
            event_type: "a.b".into(),
            subject: "case/x".into(),
            occurred_on: "2025-06-03".into(),
            data: "{\"a\":1}".into(),
            recorded_at: "2025-06-03T01:02:03.456Z".into(),
            recorded_by: "system".into(),
            source: Some("pc".into()),
            schema: Some(2),
            expected_version: Some(7),
            sealed: Some(Sealed {
                fields: vec!["phone".into(), "name".into()],
                commitment: [0xab; 32],
                key: "business/\u{1}\"".into(),
                ciphertext: vec![],
            }),
        }
    }

    #[test]
    fn an_entry_is_canonical_json() {
        let bytes = Encoded::new(&draft()).finish(41, 8);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        // serde_json's map is sorted, and these keys are ASCII: the round trip is RFC 8785.
        assert_eq!(value.to_string().as_bytes(), &bytes[..]);
        assert_eq!(value["position"], 41);
        assert_eq!(value["version"], 8);
        assert_eq!(
            value["sealed"]["fields"],
            serde_json::json!(["name", "phone"])
        );
    }

    #[test]
    fn optional_members_are_absent_when_unused() {
        let plain = Draft {
            source: None,
            schema: None,
            expected_version: None,
            sealed: None,
            ..draft()
        };
        let bytes = Encoded::new(&plain).finish(u64::MAX, 0);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 9);
        assert_eq!(value["position"], u64::MAX);
        assert_eq!(value["version"], 0);
    }
}
