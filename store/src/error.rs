//! What can go wrong in the store, in words that name the position or file and what to do.
//!
//! `StoreError` can be cloned because one failed write answers every waiting ticket.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fault of the store itself; never the client's fault.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Intake has stopped for good after a fault; a restart verifies everything.
    #[error("the store takes no more entries until it is restarted: {reason}")]
    Stopped {
        /// The fault that stopped it.
        reason: Arc<str>,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: Arc<io::Error>,
    },
    /// Stored bytes are not those that were acknowledged.
    #[error("position {position} is damaged in {path}: {reason}; run verify, then repair")]
    Damaged {
        /// The first bad position.
        position: u64,
        /// The file that holds it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A size, position or tile beyond the durable entries was asked for.
    #[error("{asked} was asked for, but the ledger holds {size} durable entries")]
    OutOfRange {
        /// What was asked for, in entries.
        asked: u64,
        /// The durable size.
        size: u64,
    },
    /// The index (sled) failed; it can be rebuilt from the journal at the next open.
    #[error("the index failed: {reason}; restart to rebuild it from the journal")]
    Index {
        /// What sled answered.
        reason: String,
    },
    /// The database failed (only where a ledger lies in one).
    #[error("the database failed: {reason}")]
    Database {
        /// What it answered.
        reason: Arc<str>,
    },
    /// The personal data of an entry could not be kept.
    #[error("the vault failed: {reason}")]
    Vault {
        /// What the vault answered.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source: Arc::new(source),
        }
    }
}

/// Why a draft was not appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// An entry with this id exists (perhaps not durable yet): compare its content.
    #[error("an entry with this id stands at position {position}")]
    Duplicate {
        /// Where it stands.
        position: u64,
    },
    /// The precondition does not hold.
    #[error("expected version {expected}, but the subject has version {current}")]
    WrongVersion {
        /// What the draft expected; 0 = the subject must not exist.
        expected: u64,
        /// The subject's version now.
        current: u64,
    },
    /// The entry would not fit a C2SP entry bundle.
    #[error("the entry has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Size of the entry in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Intake has stopped; reads go on.
    #[error("the store takes no more entries until it is restarted: {reason}")]
    Stopped {
        /// The fault that stopped it.
        reason: Arc<str>,
    },
    /// The store failed while it checked the draft.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a data directory was not opened or created.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the directory.
    #[error("{dir} is in use by another process{}; stop it first", pid.map_or(String::new(), |pid| format!(" (pid {pid})")))]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// The process that holds it, where known.
        pid: Option<u32>,
    },
    /// The directory holds no ledger.
    #[error("{dir} holds no ledger; create one first")]
    Missing {
        /// The data directory.
        dir: PathBuf,
    },
    /// The directory holds a ledger already.
    #[error("{dir} holds a ledger already")]
    Exists {
        /// The data directory.
        dir: PathBuf,
    },
    /// The directory was written by another version of the program.
    #[error("{dir} has format version {found}; this program reads version {known}")]
    Format {
        /// The data directory.
        dir: PathBuf,
        /// The version found.
        found: u32,
        /// The version this program reads.
        known: u32,
    },
    /// A file other than the journal is missing or unreadable (description, key, head).
    #[error("{path}: {reason}")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The stored entries are not those that were acknowledged.
    #[error(
        "refusing to open: position {position} in {path}: {reason}; run verify, then repair or restore"
    )]
    Damaged {
        /// The first bad position.
        position: u64,
        /// The file that holds it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The operating system refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
