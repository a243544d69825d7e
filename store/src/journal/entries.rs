//! Every committed entry of a data directory, read without opening the ledger: no lock is taken
//! and nothing is written, so it works beside a running server.
//!
//! Entries behind the last commit line are on their way and are left out. Hashes are `verify`'s.

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::line::Line;
use super::reader::{Chunk, SegmentReader};
use super::{Segment, segments};
use crate::error::StoreError;

/// Entries that were read together, in the order of their positions.
///
/// They stay where they were read: a million of them cost no million allocations.
#[derive(Debug, Default)]
pub struct EntryChunk {
    parts: Vec<(Bytes, Vec<Range<usize>>)>,
}

impl EntryChunk {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|(_, lines)| lines.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The stored bytes of each entry.
    #[must_use]
    pub fn iter(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        let parts = self.parts.iter();
        Box::new(parts.flat_map(|(bytes, lines)| lines.iter().map(|line| &bytes[line.clone()])))
    }

    /// The stored bytes of each entry, to keep: they share the memory of the chunk.
    pub fn into_entries(self) -> impl Iterator<Item = Bytes> {
        let part = |(bytes, lines): (Bytes, Vec<Range<usize>>)| {
            lines.into_iter().map(move |line| bytes.slice(line))
        };
        self.parts.into_iter().flat_map(part)
    }

    fn push(&mut self, bytes: Bytes, lines: Vec<Range<usize>>) {
        if !lines.is_empty() {
            self.parts.push((bytes, lines));
        }
    }

    fn append(&mut self, other: &mut Self) {
        self.parts.append(&mut other.parts);
    }
}

impl<'a> IntoIterator for &'a EntryChunk {
    type Item = &'a [u8];
    type IntoIter = Box<dyn Iterator<Item = &'a [u8]> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// An iterator over chunks of entries, in order from position 0.
pub struct JournalEntries {
    segments: std::vec::IntoIter<Segment>,
    reader: Option<SegmentReader>,
    journal: PathBuf,
    next: u64,
    /// Read, but not committed by a line yet.
    open: EntryChunk,
    failed: bool,
}

impl JournalEntries {
    /// The entries of a data directory.
    ///
    /// # Errors
    /// [`StoreError::Io`] when there is no journal.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let journal = dir.join("journal");
        let segments = segments(&journal)?.into_iter();
        Ok(Self {
            segments,
            reader: None,
            journal,
            next: 0,
            open: EntryChunk::default(),
            failed: false,
        })
    }

    /// Bytes of all segments: an upper bound of what will be read, for progress.
    ///
    /// # Errors
    /// [`StoreError::Io`] when a segment cannot be looked at.
    pub fn bytes(dir: &Path) -> Result<u64, StoreError> {
        let length = |segment: Segment| {
            let meta = std::fs::metadata(&segment.path);
            meta.map(|meta| meta.len())
                .map_err(|error| StoreError::io(&segment.path, error))
        };
        segments(&dir.join("journal"))?
            .into_iter()
            .map(length)
            .sum()
    }

    /// Damage after `read` entries of the chunk at hand that no commit line covers.
    fn damaged(&self, reason: &str, read: usize) -> StoreError {
        let path = self
            .reader
            .as_ref()
            .map_or(self.journal.as_path(), SegmentReader::path);
        let position = self.next + (self.open.len() + read) as u64;
        StoreError::Damaged {
            position,
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn next_chunk(&mut self) -> Result<Option<EntryChunk>, StoreError> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(segment) = self.segments.next() else {
                    return Ok(None);
                };
                if segment.first != self.next {
                    return Err(self.damaged("the segment with this position is missing", 0));
                }
                self.reader = Some(SegmentReader::open(&segment.path)?);
                continue;
            };
            let Some(chunk) = reader.next_chunk()? else {
                self.reader = None;
                // A group never spans segments; what is open here is a torn or growing tail.
                self.open = EntryChunk::default();
                continue;
            };
            let committed = self.committed(chunk)?;
            if !committed.is_empty() {
                return Ok(Some(committed));
            }
        }
    }

    /// The entries of the chunk and of earlier ones that its commit lines cover; the rest is open.
    fn committed(&mut self, chunk: Chunk) -> Result<EntryChunk, StoreError> {
        let mut committed = EntryChunk::default();
        let mut lines = chunk.lines;
        // Entry lines move to the front, so that what is committed is the first `covered` of them.
        let (mut entries, mut covered) = (0, 0);
        for index in 0..lines.len() {
            let line = lines[index].clone();
            match Line::parse(&chunk.bytes[line.clone()]) {
                Line::Entry(_) => {
                    lines[entries] = line;
                    entries += 1;
                }
                Line::Commit { size, .. } => {
                    let held = self.next + (self.open.len() + entries - covered) as u64;
                    if size != held {
                        return Err(
                            self.damaged("a commit line counts other entries", entries - covered)
                        );
                    }
                    self.next = size;
                    committed.append(&mut self.open);
                    covered = entries;
                }
                Line::Unknown => {
                    return Err(self.damaged("the line is no entry", entries - covered));
                }
            }
        }
        let open = lines[covered..entries].to_vec();
        lines.truncate(covered);
        committed.push(chunk.bytes.clone(), lines);
        self.open.push(chunk.bytes, open);
        Ok(committed)
    }
}

impl Iterator for JournalEntries {
    type Item = Result<EntryChunk, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_chunk();
        self.failed = next.is_err();
        next.transpose()
    }
}
