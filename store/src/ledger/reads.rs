//! Reads: recent entries from memory, others from the index's blocks, each checked against its
//! leaf hash; where the index has it wrong, from the journal.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use uuid::Uuid;

use super::sequencer::Sequencer;
use super::shared::Shared;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::files::lock;
use crate::header::{Header, subject_key};
use crate::index::BLOCK;
use crate::journal::{SegmentReader, holding, segments};
use crate::merkle::leaf_hash;
use crate::tile_tree::LeafReader as _;

/// Blocks kept uncompressed for the next read.
const CACHED_BLOCKS: usize = 64;

impl Shared {
    /// Durable entries `from..to`.
    pub(super) fn range(&self, from: u64, to: u64) -> Result<Vec<Entry>, StoreError> {
        let (recent, base) = {
            let sequencer = lock(&self.sequencer);
            let base = sequencer.base();
            let recent: Vec<Entry> = (from.max(base)..to)
                .map_while(|position| {
                    let bytes = sequencer.entry(position)?.bytes.clone();
                    Some(Entry { position, bytes })
                })
                .collect();
            (recent, base)
        };
        let mut entries = Vec::new();
        let mut position = from;
        while position < to.min(base) {
            let block = self.block(position / BLOCK)?;
            let start = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
            for bytes in block.iter().skip(start) {
                if position < to {
                    entries.push(Entry {
                        position,
                        bytes: bytes.clone(),
                    });
                    position += 1;
                }
            }
        }
        entries.extend(recent);
        let found = entries.len() as u64;
        if found < to.saturating_sub(from) {
            return Err(self.damaged(from + found));
        }
        Ok(entries)
    }

    pub(super) fn entry(&self, position: u64) -> Result<Option<Entry>, StoreError> {
        let (bytes, next) = {
            let sequencer = lock(&self.sequencer);
            (
                sequencer.entry(position).map(|entry| entry.bytes.clone()),
                sequencer.next(),
            )
        };
        if let Some(bytes) = bytes {
            return Ok(Some(Entry { position, bytes }));
        }
        if position >= next {
            return Ok(None);
        }
        let within = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
        let bytes = self.block(position / BLOCK)?.get(within).cloned();
        Ok(bytes.map(|bytes| Entry { position, bytes }))
    }

    pub(super) fn read_subject(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        let key = subject_key(subject);
        let positions = lock(&self.sequencer).lookup.positions(&key);
        positions
            .into_iter()
            .filter_map(|position| self.entry(position).transpose())
            .collect()
    }

    pub(super) fn current_version(&self, subject: &str) -> u64 {
        lock(&self.sequencer).lookup.version(&subject_key(subject))
    }

    pub(super) fn position_of(&self, id: Uuid) -> Result<Option<u64>, StoreError> {
        self.position_among(&lock(&self.sequencer), &id)
    }

    /// The position of an id: candidates by hash, compared with the stored id.
    pub(super) fn position_among(
        &self,
        sequencer: &Sequencer,
        id: &Uuid,
    ) -> Result<Option<u64>, StoreError> {
        for position in sequencer.lookup.candidates(id) {
            let stored = match sequencer.entry(position) {
                Some(entry) => entry.id,
                None => self.indexed_id(position)?,
            };
            if stored == *id {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn indexed_id(&self, position: u64) -> Result<Uuid, StoreError> {
        if let Some(id) = self.index.id_at(position)? {
            return Ok(id);
        }
        let within = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
        let block = self.block(position / BLOCK)?;
        let header = block.get(within).and_then(|bytes| Header::parse(bytes));
        header
            .map(|header| header.id)
            .ok_or_else(|| self.damaged(position))
    }

    /// A whole block, checked against its leaf hashes.
    fn block(&self, block: u64) -> Result<Arc<[Bytes]>, StoreError> {
        if let Some((_, entries)) = lock(&self.blocks)
            .iter()
            .find(|(number, _)| *number == block)
        {
            return Ok(Arc::clone(entries));
        }
        let first = block * BLOCK;
        let count = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        let leaves = self.leaves.leaves(first, count)?;
        let right = |entries: &Vec<Bytes>| {
            entries.len() == count
                && entries
                    .iter()
                    .zip(&leaves)
                    .all(|(bytes, leaf)| leaf_hash(bytes) == *leaf)
        };
        let indexed = self.index.block(block).unwrap_or_default().filter(right);
        let entries: Arc<[Bytes]> = if let Some(entries) = indexed {
            entries.into()
        } else {
            let entries = self.block_of_journal(first, first + BLOCK)?;
            // The journal heals the index.
            self.index
                .add_block(block, entries.iter().map(|bytes| &bytes[..]))?;
            entries.into()
        };
        let mut blocks = lock(&self.blocks);
        blocks.push_front((block, Arc::clone(&entries)));
        blocks.truncate(CACHED_BLOCKS);
        Ok(entries)
    }

    fn block_of_journal(&self, from: u64, to: u64) -> Result<Vec<Bytes>, StoreError> {
        let mut entries = Vec::new();
        scan(&self.journal(), from, to, |chunk| {
            entries.extend(
                chunk
                    .iter()
                    .map(|entry| Bytes::copy_from_slice(&entry.bytes)),
            );
            ControlFlow::Continue(())
        })?;
        for (position, bytes) in (from..).zip(&entries) {
            if !self.is_right(position, bytes)? {
                return Err(self.damaged(position));
            }
        }
        Ok(entries)
    }

    /// The error of a position whose journal line is not what was hashed.
    pub(super) fn damaged(&self, position: u64) -> StoreError {
        let segments = segments(&self.journal()).unwrap_or_default();
        let path = holding(&segments, position).map(|index| segments[index].path.clone());
        StoreError::Damaged {
            position,
            path: path.unwrap_or_else(|| self.journal()),
            reason: "the bytes are not those that were hashed".into(),
        }
    }

    /// Positions from here on are not durable.
    pub(super) fn durable_size(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }
}

/// Gives entries `from..to` of a journal in chunks, until told to stop.
pub(crate) fn scan(
    journal: &Path,
    from: u64,
    to: u64,
    mut chunk: impl FnMut(&[Entry]) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    if from >= to {
        return Ok(());
    }
    let segments = segments(journal)?;
    let missing = |position, path: &Path| StoreError::Damaged {
        position,
        path: path.to_owned(),
        reason: "the journal ends before this position".into(),
    };
    let start = holding(&segments, from).ok_or_else(|| missing(from, journal))?;
    let mut next = segments[start].first;
    let mut entries = Vec::new();
    for segment in &segments[start..] {
        if next >= to {
            return Ok(());
        }
        if segment.first != next {
            return Err(missing(next, &segment.path));
        }
        let mut reader = SegmentReader::open(&segment.path)?;
        while let Some(read) = reader.next_chunk()? {
            entries.clear();
            for line in read.lines {
                if read.bytes[line.clone()].starts_with(b"{\"data\":") {
                    if (from..to).contains(&next) {
                        let bytes = read.bytes.slice(line);
                        entries.push(Entry {
                            position: next,
                            bytes,
                        });
                    }
                    next += 1;
                }
            }
            if !entries.is_empty() && chunk(&entries).is_break() {
                return Ok(());
            }
            if next >= to {
                return Ok(());
            }
        }
    }
    if next < to {
        Err(missing(next, journal))
    } else {
        Ok(())
    }
}
