//! The store without a disk, for tests: the same semantics, durable at once.
//!
//! Nothing here is checked again on reading, because nothing can rot.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::bundle::bundle;
use crate::entry::{Appended, Draft, ENTRY_LIMIT, Encoded, Entry};
use crate::error::{AppendError, StoreError};
use crate::event_store::{EventStore, Outcome, Status, Ticket};
use crate::held_tree::HeldTree;
use crate::merkle::{Hash, leaf_hash};
use crate::signer::Signer;
use crate::tile_tree::{TILE_WIDTH, check_tile};
use crate::vault::Vault;

/// A ledger in memory.
pub struct MemoryStore {
    state: Mutex<State>,
    signer: Signer,
    vault: Arc<Vault>,
    grown: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    entries: Vec<Bytes>,
    tree: HeldTree,
    ids: HashMap<Uuid, u64>,
    subjects: HashMap<String, Vec<u64>>,
    last_recorded_at: Option<String>,
    stopped: Option<Arc<str>>,
}

impl MemoryStore {
    /// An empty ledger with a key of its own.
    ///
    /// # Panics
    /// If the origin cannot name a key (it is empty or holds white space or `+`).
    pub fn new(origin: &str) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "for tests, with an origin the test wrote"
        )]
        let signer = Signer::generate(origin).expect("the origin names a key");
        Self {
            state: Mutex::default(),
            signer,
            vault: Arc::new(Vault::in_memory()),
            grown: watch::Sender::new(0),
        }
    }

    /// The key that signs checkpoints.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The vault of personal data.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    /// Stops intake, as a disk fault would.
    pub fn stop(&self, reason: &str) {
        self.state().stopped = Some(reason.into());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    fn entry(&self, position: u64) -> Option<Entry> {
        let bytes = self.entries.get(usize::try_from(position).ok()?)?.clone();
        Some(Entry { position, bytes })
    }

    fn version(&self, subject: &str) -> u64 {
        self.subjects
            .get(subject)
            .map_or(0, |positions| positions.len() as u64)
    }

    fn range(&self, from: u64, limit: usize) -> Vec<Entry> {
        (from..self.size())
            .take(limit)
            .filter_map(|position| self.entry(position))
            .collect()
    }

    fn push(&mut self, draft: Draft, bytes: &Bytes) {
        let position = self.size();
        self.ids.insert(draft.id, position);
        self.subjects
            .entry(draft.subject)
            .or_default()
            .push(position);
        self.last_recorded_at = Some(draft.recorded_at);
        self.entries.push(bytes.clone());
        self.tree.push(leaf_hash(bytes));
    }
}

impl EventStore for MemoryStore {
    fn append(&self, draft: Draft) -> Result<Ticket, AppendError> {
        let encoded = Encoded::new(&draft);
        let mut state = self.state();
        if let Some(reason) = state.stopped.clone() {
            return Err(AppendError::Stopped { reason });
        }
        if let Some(&position) = state.ids.get(&draft.id) {
            return Err(AppendError::Duplicate { position });
        }
        let current = state.version(&draft.subject);
        if let Some(expected) = draft
            .expected_version
            .filter(|expected| *expected != current)
        {
            return Err(AppendError::WrongVersion { expected, current });
        }
        let (position, version) = (state.size(), current + 1);
        let bytes = encoded.finish(position, version);
        if bytes.len() > ENTRY_LIMIT {
            return Err(AppendError::TooLarge {
                bytes: bytes.len(),
                limit: ENTRY_LIMIT,
            });
        }
        if let Some(sealed) = &draft.sealed {
            self.vault.keep(&[(position, sealed)])?;
        }
        state.push(draft, &bytes);
        self.grown.send_replace(state.size());
        Ok(Ticket {
            appended: Appended {
                position,
                version,
                bytes,
            },
            outcome: Outcome::Durable,
        })
    }

    fn size(&self) -> u64 {
        self.state().size()
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(self.state().range(from, limit))
    }

    fn read_subject(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        let state = self.state();
        let positions = state.subjects.get(subject).map_or(&[][..], Vec::as_slice);
        Ok(positions
            .iter()
            .filter_map(|position| state.entry(*position))
            .collect())
    }

    fn current_version(&self, subject: &str) -> Result<u64, StoreError> {
        Ok(self.state().version(subject))
    }

    fn position_of(&self, id: Uuid) -> Result<Option<u64>, StoreError> {
        Ok(self.state().ids.get(&id).copied())
    }

    fn entry(&self, position: u64) -> Result<Option<Entry>, StoreError> {
        Ok(self.state().entry(position))
    }

    fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        self.state().tree.root_at(size)
    }

    fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.state().tree.inclusion_proof(position, size)
    }

    fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        self.state().tree.consistency_proof(old, new)
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        self.state().tree.tile(level, index, width)
    }

    fn entry_bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        let state = self.state();
        check_tile(0, index, width, state.size())?;
        let entries = state.range(index * TILE_WIDTH, usize::from(width));
        Ok(bundle(entries.iter().map(|entry| &entry.bytes[..])))
    }

    fn checkpoint_at(&self, size: u64) -> Result<String, StoreError> {
        Ok(self.signer.sign_checkpoint(size, &self.root_at(size)?))
    }

    fn status(&self) -> Status {
        let state = self.state();
        let size = state.size();
        Status {
            writable: state.stopped.is_none(),
            stopped: state.stopped.as_deref().map(str::to_owned),
            size,
            sequenced: size,
            indexed: size,
            last_recorded_at: state.last_recorded_at.clone(),
            scrubbed: size,
        }
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }
}
