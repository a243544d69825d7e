//! What the callers and the threads of an open ledger share, and the append itself.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use super::Options;
use super::directory::{Lock, journal_dir};
use super::lookup::CAPACITY;
use super::sequencer::{Queued, Sequencer};
use crate::entry::{Appended, Draft, ENTRY_LIMIT, Encoded};
use crate::error::{AppendError, StoreError};
use crate::event_store::{Outcome, Status, Ticket};
use crate::files::lock;
use crate::header::subject_key;
use crate::index::{Index, Indexed};
use crate::leaves::LeafFile;
use crate::merkle;
use crate::merkle::Hash;
use crate::signer::Signer;
use crate::tile_tree::{Nodes, TileTree};
use crate::vault::Vault;

/// Bytes that may wait for the index before appends block.
const LAG_BYTES: usize = 128 << 20;

/// A ledger's shared state. The fields are dropped in order: the directory is unlocked last.
pub(super) struct Shared {
    pub(super) index: Index,
    pub(super) dir: PathBuf,
    pub(super) options: Options,
    pub(super) signer: Signer,
    pub(super) vault: Arc<Vault>,
    pub(super) sequencer: Mutex<Sequencer>,
    /// Wakes the writer.
    pub(super) work: Condvar,
    /// Wakes appends that wait for the index.
    pub(super) room: Condvar,
    pub(super) durable: AtomicU64,
    /// Size and root of the last commit.
    pub(super) committed: Mutex<(u64, Hash)>,
    pub(super) leaves: LeafFile,
    pub(super) tiles: RwLock<TileTree>,
    pub(super) blocks: Mutex<VecDeque<(u64, Arc<[Bytes]>)>>,
    pub(super) grown: watch::Sender<u64>,
    pub(super) scrubbed: AtomicU64,
    pub(super) closing: AtomicBool,
    pub(super) _lock: Lock,
}

impl Shared {
    pub(super) fn journal(&self) -> PathBuf {
        journal_dir(&self.dir)
    }

    pub(super) fn append(&self, draft: Draft) -> Result<Ticket, AppendError> {
        let encoded = Encoded::new(&draft);
        let subject = subject_key(&draft.subject);
        let mut sequencer = self.wait_for_room()?;
        if let Some(position) = self.position_among(&sequencer, &draft.id)? {
            return Err(AppendError::Duplicate { position });
        }
        let current = sequencer.lookup.version(&subject);
        if let Some(expected) = draft
            .expected_version
            .filter(|expected| *expected != current)
        {
            return Err(AppendError::WrongVersion { expected, current });
        }
        let (position, version) = (sequencer.next(), current + 1);
        if position >= CAPACITY {
            return Err(StoreError::OutOfRange {
                asked: position + 1,
                size: CAPACITY,
            }
            .into());
        }
        let bytes = encoded.finish(position, version);
        if bytes.len() > ENTRY_LIMIT {
            return Err(AppendError::TooLarge {
                bytes: bytes.len(),
                limit: ENTRY_LIMIT,
            });
        }
        let (ticket, outcome) = oneshot::channel();
        sequencer.push(Indexed {
            bytes: bytes.clone(),
            id: draft.id,
            subject,
        });
        sequencer.last_recorded_at = Some(draft.recorded_at);
        let idle = sequencer.queue.is_empty();
        let (queued, sealed) = (bytes.clone(), draft.sealed);
        sequencer.queue.push(Queued {
            position,
            bytes: queued,
            sealed,
            ticket,
        });
        drop(sequencer);
        if idle {
            self.work.notify_one();
        }
        let appended = Appended {
            position,
            version,
            bytes,
        };
        Ok(Ticket {
            appended,
            outcome: Outcome::Waiting(outcome),
        })
    }

    /// The sequencer, when intake is open and the index has not fallen too far behind.
    fn wait_for_room(&self) -> Result<MutexGuard<'_, Sequencer>, AppendError> {
        let limit = self.options.lag_limit.max(1024);
        let mut sequencer = lock(&self.sequencer);
        loop {
            if let Some(reason) = sequencer.stopped.clone() {
                return Err(AppendError::Stopped { reason });
            }
            if sequencer.closing {
                return Err(AppendError::Stopped {
                    reason: "the ledger is being closed".into(),
                });
            }
            let (entries, bytes) = sequencer.lag();
            if entries < limit && bytes < LAG_BYTES {
                return Ok(sequencer);
            }
            sequencer = self
                .room
                .wait(sequencer)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Stops intake for good: what waits is answered, what is durable stays readable, and so will
    /// be the group that the writer has in hand, unless it fails too.
    pub(super) fn stop(&self, error: &StoreError) {
        self.stop_from(error, None);
    }

    /// The same when the writer failed: nothing becomes durable any more.
    pub(super) fn stop_writing(&self, error: &StoreError) {
        self.stop_from(error, Some(self.durable.load(Ordering::Acquire)));
    }

    fn stop_from(&self, error: &StoreError, durable: Option<u64>) {
        let mut sequencer = lock(&self.sequencer);
        if sequencer.stopped.is_none() {
            sequencer.stopped = Some(error.to_string().into());
        }
        let waiting = std::mem::take(&mut sequencer.queue);
        let queued = waiting.first().map(|queued| queued.position);
        if let Some(lost) = durable.or(queued) {
            sequencer.drop_from(lost);
        }
        drop(sequencer);
        for queued in waiting {
            // Nobody waits for a ticket that was dropped.
            let _ = queued.ticket.send(Err(error.clone()));
        }
        self.work.notify_all();
        self.room.notify_all();
    }

    pub(super) fn start_closing(&self) {
        self.closing.store(true, Ordering::Release);
        lock(&self.sequencer).closing = true;
        self.work.notify_all();
        self.room.notify_all();
    }

    pub(super) fn with_tree<T>(
        &self,
        ask: impl FnOnce(&Nodes<'_, LeafFile>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let tiles = self.tiles.read().unwrap_or_else(PoisonError::into_inner);
        ask(&tiles.with(&self.leaves))
    }

    pub(super) fn status(&self) -> Status {
        let size = self.durable.load(Ordering::Acquire);
        let scrubbed = self.scrubbed.load(Ordering::Relaxed);
        let sequencer = lock(&self.sequencer);
        Status {
            writable: sequencer.stopped.is_none() && !sequencer.closing,
            stopped: sequencer.stopped.as_deref().map(str::to_owned),
            size,
            sequenced: sequencer.next(),
            indexed: sequencer.base(),
            last_recorded_at: sequencer.last_recorded_at.clone(),
            scrubbed,
        }
    }

    /// Whether an entry's bytes are those that were hashed.
    pub(super) fn is_right(&self, position: u64, bytes: &[u8]) -> Result<bool, StoreError> {
        Ok(merkle::leaf_hash(bytes) == self.leaves.leaf(position)?)
    }
}
