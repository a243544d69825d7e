//! Hashes every entry again in the background after an open, and stops intake by name when one
//! is not what was hashed: the open itself checks the journal's tail only.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::reads::scan;
use super::shared::Shared;
use crate::entry::Entry;
use crate::error::StoreError;

/// Scrubs the entries that were durable at the open.
pub(super) fn run(shared: &Arc<Shared>, size: u64) {
    let mut failed = None;
    let scanned = scan(&shared.journal(), 0, size, |entries| {
        let started = Instant::now();
        if shared.closing.load(Ordering::Acquire) {
            return ControlFlow::Break(());
        }
        if let Err(error) = check(shared, entries) {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        // Leave most of a core to those who work.
        thread::sleep((3 * started.elapsed()).min(Duration::from_millis(50)));
        ControlFlow::Continue(())
    });
    if let Some(error) = failed.or(scanned.err()) {
        shared.stop(&error);
    }
}

fn check(shared: &Arc<Shared>, entries: &[Entry]) -> Result<(), StoreError> {
    for entry in entries {
        if !shared.is_right(entry.position, &entry.bytes)? {
            return Err(shared.damaged(entry.position));
        }
    }
    let next = entries.last().map_or(0, |entry| entry.position + 1);
    shared.scrubbed.store(next, Ordering::Relaxed);
    Ok(())
}
