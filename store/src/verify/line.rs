//! What a hashing thread makes of one line of the journal. It must not know the lines around it.

use uuid::Uuid;

use crate::header::{Header, SubjectKey, subject_key};
use crate::journal::Line;
use crate::merkle::{Hash, leaf_hash};
use crate::vault::SealedEntry;

/// A line as a hashing thread read it.
pub(super) enum Checked {
    Entry { leaf: Hash, facts: Option<Facts> },
    Commit { size: u64, root: Hash },
    Unknown,
}

pub(super) struct Facts {
    pub(super) id: Uuid,
    pub(super) position: u64,
    pub(super) version: u64,
    pub(super) expected_version: Option<u64>,
    pub(super) subject: SubjectKey,
    /// The instant as it is written; such texts sort by time.
    pub(super) recorded_at: [u8; 24],
    pub(super) sealed: Sealed,
}

/// What an entry says of sealed fields.
pub(super) enum Sealed {
    Nothing,
    Something(Box<SealedEntry>),
    Unreadable,
}

/// Reads and hashes a line.
pub(super) fn check(line: &[u8]) -> Checked {
    match Line::parse(line) {
        Line::Commit { size, root } => Checked::Commit { size, root },
        Line::Unknown => Checked::Unknown,
        Line::Entry(entry) => {
            let facts = Header::parse(entry).and_then(facts);
            Checked::Entry {
                leaf: leaf_hash(entry),
                facts,
            }
        }
    }
}

fn facts(header: Header<'_>) -> Option<Facts> {
    Some(Facts {
        id: header.id,
        position: header.position,
        version: header.version,
        expected_version: header.expected_version,
        subject: subject_key(&header.subject),
        recorded_at: header.recorded_at.as_bytes().try_into().ok()?,
        sealed: match header.sealed {
            None => Sealed::Nothing,
            Some(sealed) => SealedEntry::parse(header.position, sealed)
                .map_or(Sealed::Unreadable, |entry| {
                    Sealed::Something(Box::new(entry))
                }),
        },
    })
}
