//! The one writer: takes all that is queued, writes it as one group, and only then answers.
//!
//! Order within a group: vault, journal (fdatasync), leaf hashes, durable size, tickets. Any
//! error stops intake for good, because a failed sync cannot be retried.

use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};

use super::sequencer::Queued;
use super::shared::Shared;
use crate::error::StoreError;
use crate::files::lock;
use crate::journal::{JournalWriter, commit_line};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::tile_tree::{LeafReader as _, TILE_WIDTH};

/// The writer thread's own state.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: JournalWriter,
    pub(super) frontier: Frontier,
    /// Wake the indexer and the head's thread; dropped, they end them.
    pub(super) followers: [SyncSender<()>; 2],
}

impl Writer {
    /// Runs until the ledger is closed and the queue is empty.
    pub(super) fn run(mut self) {
        let (mut group, mut buffer, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
        while self.next_group(&mut group) {
            let written = self.write(&group, &mut buffer, &mut leaves);
            if let Err(error) = written {
                self.shared.stop_writing(&error);
                answer(&mut group, &Err(error));
                return;
            }
            answer(&mut group, &Ok(()));
            for follower in &self.followers {
                // Full = it has been woken already.
                let _ = follower.try_send(());
            }
        }
        if lock(&self.shared.sequencer).stopped.is_none()
            && let Err(error) = self.journal.close()
        {
            self.shared.stop(&error);
        }
    }

    /// Waits for work; `false` when there will be none any more.
    fn next_group(&self, group: &mut Vec<Queued>) -> bool {
        let mut sequencer = lock(&self.shared.sequencer);
        loop {
            if !sequencer.queue.is_empty() {
                std::mem::swap(&mut sequencer.queue, group);
                return true;
            }
            if sequencer.closing || sequencer.stopped.is_some() {
                return false;
            }
            sequencer = self
                .shared
                .work
                .wait(sequencer)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write(
        &mut self,
        group: &[Queued],
        buffer: &mut Vec<u8>,
        leaves: &mut Vec<Hash>,
    ) -> Result<(), StoreError> {
        let sealed: Vec<_> = group
            .iter()
            .filter_map(|queued| Some((queued.position, queued.sealed.as_ref()?)))
            .collect();
        if !sealed.is_empty() {
            self.shared.vault.keep(&sealed)?;
        }
        let first = self.frontier.size();
        buffer.clear();
        leaves.clear();
        for queued in group {
            let leaf = leaf_hash(&queued.bytes);
            self.frontier.push(leaf);
            leaves.push(leaf);
            buffer.extend_from_slice(&queued.bytes);
            buffer.push(b'\n');
        }
        let (size, root) = (self.frontier.size(), self.frontier.root());
        buffer.extend_from_slice(&commit_line(size, &root));
        self.journal.append(first, buffer)?;
        self.shared.leaves.write(first, leaves)?;
        self.grow_tree(size)?;
        *lock(&self.shared.committed) = (size, root);
        self.shared.durable.store(size, Ordering::Release);
        self.shared.grown.send_replace(size);
        Ok(())
    }

    fn grow_tree(&self, size: u64) -> Result<(), StoreError> {
        let known = self
            .shared
            .tiles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .full_tiles();
        for tile in known..size / TILE_WIDTH {
            let leaves = self.shared.leaves.leaves(tile * TILE_WIDTH, 256)?;
            let mut tiles = self
                .shared
                .tiles
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            tiles.push_tile(&leaves);
        }
        Ok(())
    }
}

fn answer(group: &mut Vec<Queued>, outcome: &Result<(), StoreError>) {
    for queued in group.drain(..) {
        // Nobody waits for a ticket that was dropped.
        let _ = queued.ticket.send(outcome.clone());
    }
}
