//! The ledger on disk: one directory, one writer, its derived index and tree, its signed head.
//!
//! An append is sequenced under one lock, journalled by the writer thread with all that waits
//! (group commit), and only then acknowledged. Index and head follow behind the acknowledgement.

mod directory;
mod head;
mod indexer;
mod lookup;
mod open;
mod reads;
mod recover;
mod scrub;
mod sequencer;
mod shared;
mod writer;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tokio::sync::watch;
use uuid::Uuid;

use crate::bundle::bundle;
use crate::entry::{Draft, Entry};
use crate::error::{AppendError, OpenError, StoreError};
use crate::event_store::{EventStore, Status, Ticket};
use crate::files::lock;
use crate::merkle::{self, Hash};
use crate::signer::Signer;
use crate::tile_tree::{TILE_WIDTH, check_tile};
use crate::vault::Vault;
pub(crate) use directory::{LedgerFile, Lock, head_path, journal_dir, read_head};
pub(crate) use reads::scan;
pub(crate) use recover::first_difference;
use shared::Shared;

/// How a ledger is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of a journal segment in bytes.
    pub segment_bytes: u64,
    /// Builds the index anew from the journal.
    pub rebuild_index: bool,
    /// Hashes every entry again in the background after the open.
    pub scrub: bool,
    /// Entries that may wait for the index before appends block; at least 1,024.
    pub lag_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            rebuild_index: false,
            scrub: true,
            lag_limit: 65_536,
        }
    }
}

/// What an open found and mended, in sentences for the log.
#[derive(Debug, Clone, Default)]
pub struct OpenReport {
    /// Durable entries.
    pub size: u64,
    /// What was cut, rebuilt or set aside; empty after a clean close.
    pub notes: Vec<String>,
}

/// A ledger in a data directory.
pub struct Ledger {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Ledger {
    /// Creates a ledger in a directory that holds none, and opens it.
    pub fn create(dir: &Path, origin: &str, options: Options) -> Result<Self, OpenError> {
        open::create(dir, origin)?;
        Self::open(dir, options).map(|(ledger, _)| ledger)
    }

    /// Opens the ledger of a directory, or refuses by the name of the first bad position.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, OpenReport), OpenError> {
        let (shared, threads, report) = open::open(dir, options)?;
        Ok((Self { shared, threads }, report))
    }

    /// Makes everything durable, writes the head and ends the threads.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.shutdown();
        match lock(&self.shared.sequencer).stopped.clone() {
            Some(reason) => Err(StoreError::Stopped { reason }),
            None => Ok(()),
        }
    }

    /// Reads durable entries `from..to` in chunks straight from the journal, for replay; memory
    /// stays flat. The bytes are not hashed again: the background check and `verify` do that.
    pub fn scan(
        &self,
        from: u64,
        to: u64,
        mut chunk: impl FnMut(&[Entry]),
    ) -> Result<(), StoreError> {
        let size = self.size();
        if to > size {
            return Err(StoreError::OutOfRange { asked: to, size });
        }
        reads::scan(&self.shared.journal(), from, to, |entries| {
            chunk(entries);
            ControlFlow::Continue(())
        })
    }

    /// The key that signs checkpoints.
    pub fn signer(&self) -> &Signer {
        &self.shared.signer
    }

    /// The vault of personal data.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.shared.vault)
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.shared.dir
    }

    fn shutdown(&mut self) {
        self.shared.start_closing();
        for thread in self.threads.drain(..) {
            // A panic has been reported by its hook; the next open makes up for what was left.
            let _ = thread.join();
        }
    }

    fn check_size(&self, asked: u64) -> Result<(), StoreError> {
        let size = self.size();
        if asked <= size {
            Ok(())
        } else {
            Err(StoreError::OutOfRange { asked, size })
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl EventStore for Ledger {
    fn append(&self, draft: Draft) -> Result<Ticket, AppendError> {
        self.shared.append(draft)
    }

    fn size(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let to = self.size().min(from.saturating_add(limit as u64));
        self.shared.range(from, to)
    }

    fn read_subject(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        self.shared.read_subject(subject)
    }

    fn current_version(&self, subject: &str) -> Result<u64, StoreError> {
        Ok(self.shared.current_version(subject))
    }

    fn position_of(&self, id: Uuid) -> Result<Option<u64>, StoreError> {
        self.shared.position_of(id)
    }

    fn entry(&self, position: u64) -> Result<Option<Entry>, StoreError> {
        self.shared.entry(position)
    }

    fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        self.check_size(size)?;
        self.shared.with_tree(|tree| merkle::root(tree, size))
    }

    fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.check_size(size)?;
        if position >= size {
            return Err(StoreError::OutOfRange {
                asked: position,
                size,
            });
        }
        self.shared
            .with_tree(|tree| merkle::inclusion_proof(tree, position, size))
    }

    fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        self.check_size(new)?;
        if old > new {
            return Err(StoreError::OutOfRange {
                asked: old,
                size: new,
            });
        }
        self.shared
            .with_tree(|tree| merkle::consistency_proof(tree, old, new))
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        check_tile(level, index, width, self.size())?;
        self.shared.with_tree(|tree| tree.tile(level, index, width))
    }

    fn entry_bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        check_tile(0, index, width, self.size())?;
        let start = index * TILE_WIDTH;
        let entries = self.shared.range(start, start + u64::from(width))?;
        Ok(bundle(entries.iter().map(|entry| &entry.bytes[..])))
    }

    fn checkpoint(&self) -> Result<String, StoreError> {
        let (size, root) = *lock(&self.shared.committed);
        Ok(self.shared.signer.sign_checkpoint(size, &root))
    }

    fn checkpoint_at(&self, size: u64) -> Result<String, StoreError> {
        Ok(self
            .shared
            .signer
            .sign_checkpoint(size, &self.root_at(size)?))
    }

    fn status(&self) -> Status {
        self.shared.status()
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.shared.grown.subscribe()
    }
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;
