//! Facts: what the fold keeps of each recorded entry.
//!
//! [`decode`] reads an entry's bytes without any state, so it runs on as many cores as there are.
//! [`store::Facts`] takes the decoded entries in order, turns names into symbols and finds the
//! entries that corrections point at. Personal fields, prose and hashes never get here.

pub(crate) mod atom;
pub(crate) mod decision;
pub(crate) mod decode;
mod held;
pub(crate) mod index;
pub(crate) mod read_data;
mod scan;
pub(crate) mod store;
pub(crate) mod symbols;

use banso_core::subject::SubjectKind;

use self::atom::Symbol;
use crate::vocabulary::Kind;

/// Position of an entry; a ledger of more than 4 billion entries is refused.
pub(crate) type Position = u32;

/// No symbol, no position.
pub(crate) const NONE: u32 = u32::MAX;

/// One entry. 56 bytes; its values lie beside it (see [`store::Facts::values`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    /// Event id.
    pub(crate) id: uuid::Uuid,
    /// Milliseconds since 1970, UTC.
    pub(crate) recorded_at: i64,
    /// The subject's uuid; [`NONE`] for the programme.
    pub(crate) subject: Symbol,
    /// Who recorded it; [`NONE`] for the system.
    pub(crate) recorder: Symbol,
    /// The business named in the data (`business_id`, or `into` of a merge); [`NONE`] if none is.
    pub(crate) business: Symbol,
    /// What a `record.*` corrects or voids; [`NONE`] otherwise.
    pub(crate) target: Position,
    /// First value in the chunk.
    values_at: u32,
    /// Day of `occurred_on` (of a correction: the corrected day, see [`Fact::corrects_date`]).
    pub(crate) day: i32,
    values: u16,
    /// Type.
    pub(crate) kind: Kind,
    flags: u8,
}

const SUBJECT_BITS: u8 = 0b0111;
const CORRECTS_DATA: u8 = 0b0000_1000;
const CORRECTS_DATE: u8 = 0b0001_0000;

impl Fact {
    /// The kind of its subject.
    pub(crate) fn subject_kind(&self) -> SubjectKind {
        let at = usize::from(self.flags & SUBJECT_BITS);
        SubjectKind::ALL
            .get(at)
            .copied()
            .unwrap_or(SubjectKind::Programme)
    }

    /// A correction with whole new data.
    pub(crate) fn corrects_data(&self) -> bool {
        self.flags & CORRECTS_DATA != 0
    }

    /// A correction with a new `occurred_on`.
    pub(crate) fn corrects_date(&self) -> bool {
        self.flags & CORRECTS_DATE != 0
    }
}
