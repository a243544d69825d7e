//! Gives positions and versions, and keeps in memory what the index does not serve yet.
//!
//! Plain state behind one lock; it knows no file and no thread.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::lookup::Lookup;
use crate::entry::Sealed;
use crate::error::StoreError;
use crate::index::Indexed;

/// A sequenced entry that waits for the journal.
pub(super) struct Queued {
    pub(super) position: u64,
    pub(super) bytes: Bytes,
    pub(super) sealed: Option<Sealed>,
    pub(super) ticket: oneshot::Sender<Result<(), StoreError>>,
}

/// What is sequenced, and the entries of it that are not yet indexed.
pub(super) struct Sequencer {
    pub(super) lookup: Lookup,
    /// The first position that the index does not serve.
    base: u64,
    recent: VecDeque<Indexed>,
    recent_bytes: usize,
    pub(super) queue: Vec<Queued>,
    pub(super) closing: bool,
    pub(super) stopped: Option<Arc<str>>,
    pub(super) last_recorded_at: Option<String>,
}

impl Sequencer {
    /// Continues after the entries of a lookup, all of which the index serves.
    pub(super) fn new(lookup: Lookup) -> Self {
        Self {
            base: lookup.len(),
            lookup,
            recent: VecDeque::new(),
            recent_bytes: 0,
            queue: Vec::new(),
            closing: false,
            stopped: None,
            last_recorded_at: None,
        }
    }

    /// The first position that the index does not serve.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// The next position.
    pub(super) fn next(&self) -> u64 {
        self.lookup.len()
    }

    /// Entries and bytes that wait for the index.
    pub(super) fn lag(&self) -> (usize, usize) {
        (self.recent.len(), self.recent_bytes)
    }

    /// An entry that the index does not serve yet.
    pub(super) fn entry(&self, position: u64) -> Option<&Indexed> {
        self.recent
            .get(usize::try_from(position.checked_sub(self.base)?).ok()?)
    }

    /// Adds the next entry; gives its version.
    pub(super) fn push(&mut self, entry: Indexed) -> u64 {
        let version = self.lookup.push(&entry.id, entry.subject);
        self.recent_bytes += entry.bytes.len();
        self.recent.push_back(entry);
        version
    }

    /// The first `count` entries that the index does not serve yet.
    pub(super) fn unindexed(&self, count: u64) -> Vec<Indexed> {
        self.recent
            .iter()
            .take(usize::try_from(count).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }

    /// Lets go of entries that the index serves now.
    pub(super) fn indexed_up_to(&mut self, position: u64) {
        while self.base < position {
            let Some(entry) = self.recent.pop_front() else {
                return;
            };
            self.recent_bytes -= entry.bytes.len();
            self.base += 1;
        }
    }

    /// Forgets entries that never became durable.
    pub(super) fn drop_from(&mut self, durable: u64) {
        while self.next() > durable.max(self.base) {
            let Some(entry) = self.recent.pop_back() else {
                return;
            };
            self.recent_bytes -= entry.bytes.len();
            self.lookup.pop(&entry.id, &entry.subject);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_sequencer_forgets_from_both_ends() {
        let mut sequencer = Sequencer::new(Lookup::default());
        for (id, subject) in [(1, 1), (2, 2), (3, 1), (4, 1)] {
            let (bytes, id) = (Bytes::from_static(b"entry"), Uuid::from_u128(id));
            sequencer.push(Indexed {
                bytes,
                id,
                subject: [subject; 16],
            });
        }
        assert_eq!((sequencer.next(), sequencer.lag()), (4, (4, 20)));
        sequencer.indexed_up_to(2);
        assert!(sequencer.entry(1).is_none());
        assert_eq!(sequencer.lookup.positions(&[1; 16]), [0, 2, 3]);
        sequencer.drop_from(3);
        assert_eq!(
            (sequencer.next(), sequencer.lookup.version(&[1; 16])),
            (3, 2)
        );
        assert_eq!(sequencer.unindexed(9).len(), 1);
        sequencer.drop_from(0);
        assert_eq!((sequencer.next(), sequencer.lag()), (2, (0, 0)));
    }
}
