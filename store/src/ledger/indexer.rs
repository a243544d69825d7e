//! Follows the journal into the index, a whole block at a time, behind the acknowledgement.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use super::shared::Shared;
use crate::error::StoreError;
use crate::files::lock;
use crate::index::{BLOCK, Indexed};

/// Blocks indexed at once.
const BATCH: u64 = 64;
/// Entries between two syncs of the index, which bound the catch-up after a crash.
const SYNC_EVERY: u64 = 1 << 17;

/// Runs until the writer has ended, then leaves the index complete and synced.
pub(super) fn run(shared: &Arc<Shared>, wake: &Receiver<()>) {
    let mut synced = lock(&shared.sequencer).base();
    while wake.recv().is_ok() {
        if let Err(error) = follow(shared, &mut synced) {
            shared.stop(&error);
            return;
        }
    }
    if let Err(error) = follow(shared, &mut synced).and_then(|()| shared.index.flush()) {
        shared.stop(&error);
    }
}

fn follow(shared: &Arc<Shared>, synced: &mut u64) -> Result<(), StoreError> {
    loop {
        let durable = shared.durable.load(Ordering::Acquire);
        let (first, batch) = next_batch(shared, durable);
        if batch.is_empty() {
            return Ok(());
        }
        shared.index.add(first, &batch)?;
        let indexed = first + batch.len() as u64;
        lock(&shared.sequencer).indexed_up_to(indexed);
        shared.room.notify_all();
        if indexed - *synced >= SYNC_EVERY {
            shared.index.flush()?;
            *synced = indexed;
        }
    }
}

fn next_batch(shared: &Arc<Shared>, durable: u64) -> (u64, Vec<Indexed>) {
    let sequencer = lock(&shared.sequencer);
    let first = sequencer.base();
    let blocks = ((durable - first) / BLOCK).min(BATCH);
    (first, sequencer.unindexed(blocks * BLOCK))
}
