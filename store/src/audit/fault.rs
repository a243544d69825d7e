//! The one way in which an audit says no: a place, a class of reason and a sentence.

use std::fmt;

/// The class of a fault, named as in the table of tests/verifiers/README.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A key is not one, or another.
    Key,
    /// Not a signed note.
    Note,
    /// Not signed by the ledger's key.
    Signature,
    /// Not signed by a cosigner that was asked for.
    Cosignature,
    /// Not origin, size and root.
    Checkpoint,
    /// Of another ledger.
    Origin,
    /// Smaller than what was kept.
    RolledBack,
    /// Another root for the size that was kept.
    Fork,
    /// A bundle does not hold the entries that its name says.
    Bundle,
    /// A tile does not hold the hashes of what is below it.
    Tile,
    /// An entry does not have its hash.
    Leaf,
    /// An entry is not canonical JSON (RFC 8785).
    Canonical,
    /// An entry does not have the envelope.
    Entry,
    /// An entry names another position.
    Position,
    /// An id stands twice.
    Id,
    /// A version does not follow.
    Version,
    /// A precondition did not hold.
    ExpectedVersion,
    /// The clock ran backwards.
    Time,
    /// The entries do not give the signed root.
    Root,
    /// A kept checkpoint is not a prefix.
    History,
    /// A file that does not belong there.
    Layout,
    /// Not a proof.
    Proof,
    /// A proof for another position.
    Index,
    /// A proof that does not lead to its checkpoint.
    Inclusion,
    /// A file is not there.
    Missing,
    /// A file cannot be read or is too long.
    File,
}

impl Class {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Note => "note",
            Self::Signature => "signature",
            Self::Cosignature => "cosignature",
            Self::Checkpoint => "checkpoint",
            Self::Origin => "origin",
            Self::RolledBack => "rolled_back",
            Self::Fork => "fork",
            Self::Bundle => "bundle",
            Self::Tile => "tile",
            Self::Leaf => "leaf",
            Self::Canonical => "canonical",
            Self::Entry => "entry",
            Self::Position => "position",
            Self::Id => "id",
            Self::Version => "version",
            Self::ExpectedVersion => "expected_version",
            Self::Time => "time",
            Self::Root => "root",
            Self::History => "history",
            Self::Layout => "layout",
            Self::Proof => "proof",
            Self::Index => "index",
            Self::Inclusion => "inclusion",
            Self::Missing => "missing",
            Self::File => "file",
        }
    }
}

/// The first thing that is wrong with an export; shown in one line, `place: class: sentence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFault {
    /// A file of the export, the name of a kept checkpoint, or `position N`.
    pub place: String,
    /// What kind of fault.
    pub class: Class,
    /// A sentence.
    pub detail: String,
}

impl AuditFault {
    pub(super) fn new(place: impl Into<String>, class: Class, detail: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            class,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}: {}: {}", self.place, self.class.word(), self.detail);
        // Names in a forged export may hold line ends or worse; one line must stay one line.
        for letter in text.chars() {
            if letter.is_control() || ['\u{2028}', '\u{2029}'].contains(&letter) {
                write!(f, "{}", letter.escape_default())?;
            } else {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for AuditFault {}
