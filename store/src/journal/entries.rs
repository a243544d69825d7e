//! Every committed entry of a data directory, read without opening the ledger: no lock is taken
//! and nothing is written, so it works beside a running server.
//!
//! Entries behind the last commit line are on their way and are left out. Hashes are `verify`'s.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::line::Line;
use super::reader::SegmentReader;
use super::{Segment, segments};
use crate::error::StoreError;

/// An iterator over chunks of entries, in order from position 0.
pub struct JournalEntries {
    segments: std::vec::IntoIter<Segment>,
    reader: Option<SegmentReader>,
    journal: PathBuf,
    next: u64,
    /// Read, but not committed by a line yet.
    open: Vec<Bytes>,
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
            open: Vec::new(),
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

    fn damaged(&self, reason: &str) -> StoreError {
        let path = self
            .reader
            .as_ref()
            .map_or(self.journal.as_path(), SegmentReader::path);
        let position = self.next + self.open.len() as u64;
        StoreError::Damaged {
            position,
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn next_chunk(&mut self) -> Result<Option<Vec<Bytes>>, StoreError> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(segment) = self.segments.next() else {
                    return Ok(None);
                };
                if segment.first != self.next {
                    return Err(self.damaged("the segment with this position is missing"));
                }
                self.reader = Some(SegmentReader::open(&segment.path)?);
                continue;
            };
            let Some(chunk) = reader.next_chunk()? else {
                self.reader = None;
                // A group never spans segments; what is open here is a torn or growing tail.
                self.open.clear();
                continue;
            };
            let mut committed = Vec::with_capacity(chunk.lines.len());
            for line in chunk.lines {
                match Line::parse(&chunk.bytes[line.clone()]) {
                    Line::Entry(_) => self.open.push(chunk.bytes.slice(line)),
                    Line::Commit { size, .. } => {
                        let held = self.next + self.open.len() as u64;
                        if size != held {
                            return Err(self.damaged("a commit line counts other entries"));
                        }
                        self.next = size;
                        committed.append(&mut self.open);
                    }
                    Line::Unknown => return Err(self.damaged("the line is no entry")),
                }
            }
            if !committed.is_empty() {
                return Ok(Some(committed));
            }
        }
    }
}

impl Iterator for JournalEntries {
    type Item = Result<Vec<Bytes>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_chunk();
        self.failed = next.is_err();
        next.transpose()
    }
}
