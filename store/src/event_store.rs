//! The one interface of a ledger's store, the same for every backend.
//!
//! Positions are given at once under one lock; an append is durable when its ticket resolves.
//! The interface is synchronous: only a ticket may be awaited.

use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::entry::{Appended, Draft, Entry};
use crate::error::{AppendError, StoreError};
use crate::merkle::Hash;

/// An append-only sequence of entries with its Merkle tree.
pub trait EventStore: Send + Sync {
    /// Sequences a draft at once: checks its id and expected version and gives it position and
    /// version. The entry is durable when the ticket resolves. Blocks while the index lags too
    /// far behind, so call it where blocking is allowed.
    fn append(&self, draft: Draft) -> Result<Ticket, AppendError>;

    /// The number of durable entries.
    fn size(&self) -> u64;

    /// Up to `limit` durable entries from position `from`, each checked against its leaf hash.
    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// All sequenced entries of a subject in version order, also those not yet durable.
    fn read_subject(&self, subject: &str) -> Result<Vec<Entry>, StoreError>;

    /// The version of a subject, counting entries not yet durable; 0 = none.
    fn current_version(&self, subject: &str) -> Result<u64, StoreError>;

    /// The position of an event id, also of one not yet durable.
    fn position_of(&self, id: Uuid) -> Result<Option<u64>, StoreError>;

    /// One sequenced entry, also one not yet durable.
    fn entry(&self, position: u64) -> Result<Option<Entry>, StoreError>;

    /// The RFC 6962 root of the first `size` entries; `size` is at most [`EventStore::size`].
    fn root_at(&self, size: u64) -> Result<Hash, StoreError>;

    /// The RFC 6962 audit path of a position in the tree of the first `size` entries.
    fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<Hash>, StoreError>;

    /// The RFC 6962 consistency proof between two sizes.
    fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError>;

    /// The bytes of a C2SP hash tile: `width` hashes (1 to 256) of level `8 * level`.
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError>;

    /// The bytes of a C2SP entry bundle: `width` entries (1 to 256), each after its length as
    /// 16 bits, big-endian.
    fn entry_bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, StoreError>;

    /// A signed checkpoint of the durable entries.
    fn checkpoint(&self) -> Result<String, StoreError> {
        self.checkpoint_at(self.size())
    }

    /// A signed checkpoint of the first `size` entries; `size` is at most [`EventStore::size`].
    fn checkpoint_at(&self, size: u64) -> Result<String, StoreError>;

    /// How the store is.
    fn status(&self) -> Status;

    /// Notifies of every growth of the durable size.
    fn watch(&self) -> watch::Receiver<u64>;
}

/// How a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether appends are taken.
    pub writable: bool,
    /// Why they are not.
    pub stopped: Option<String>,
    /// Durable entries.
    pub size: u64,
    /// Sequenced entries, durable or on their way.
    pub sequenced: u64,
    /// Entries that the index serves from disk; the others are served from memory.
    pub indexed: u64,
    /// `recorded_at` of the last sequenced entry, so that a clock never runs backwards.
    pub last_recorded_at: Option<String>,
    /// Entries that the background check has hashed again since the open.
    pub scrubbed: u64,
}

/// A sequenced append on its way to the disk.
#[derive(Debug)]
pub struct Ticket {
    /// What the draft was given. Not to be shown to anybody before it is durable.
    pub appended: Appended,
    pub(crate) outcome: Outcome,
}

/// How a ticket learns of its fate.
#[derive(Debug)]
pub(crate) enum Outcome {
    Durable,
    Waiting(oneshot::Receiver<Result<(), StoreError>>),
}

impl Ticket {
    /// Resolves when the entry is durable, or failed to become so.
    pub async fn durable(self) -> Result<Appended, StoreError> {
        match self.outcome {
            Outcome::Durable => {}
            Outcome::Waiting(receiver) => receiver.await.unwrap_or_else(|_| Err(gone()))?,
        }
        Ok(self.appended)
    }

    /// The same for a thread; must not be called inside an async task.
    pub fn wait(self) -> Result<Appended, StoreError> {
        match self.outcome {
            Outcome::Durable => {}
            Outcome::Waiting(receiver) => {
                receiver.blocking_recv().unwrap_or_else(|_| Err(gone()))?;
            }
        }
        Ok(self.appended)
    }
}

fn gone() -> StoreError {
    StoreError::Stopped {
        reason: "the writer ended before the entry was durable".into(),
    }
}
