//! The journal: segments of canonical JSON lines, entries and after each commit group one line
//! with the root and size it commits to. The journal is the truth; all else is derived from it.
//!
//! This module knows lines and files. It must not know the index, nor who signed what.

mod entries;
mod line;
mod reader;
mod tail;
mod writer;

pub use entries::{EntryChunk, JournalEntries};
pub(crate) use line::{Line, commit_line};
pub(crate) use reader::{SegmentReader, last_commit};
pub(crate) use tail::{TailScan, scan_tail};
pub(crate) use writer::JournalWriter;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::files::AtPath as _;

/// A file of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Position of its first entry.
    pub(crate) first: u64,
    pub(crate) path: PathBuf,
}

/// The file that begins with position `first`.
pub(crate) fn segment_path(journal: &Path, first: u64) -> PathBuf {
    journal.join(format!("{first:020}.ndjson"))
}

/// The segments of a journal in order.
pub(crate) fn segments(journal: &Path) -> Result<Vec<Segment>, StoreError> {
    let mut found = Vec::new();
    for file in fs::read_dir(journal).at(journal)? {
        let path = file.at(journal)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let digits = name
            .strip_suffix(".ndjson")
            .filter(|digits| digits.len() == 20);
        if let Some(first) = digits.and_then(|digits| digits.parse().ok()) {
            found.push(Segment { first, path });
        }
    }
    found.sort_by_key(|segment| segment.first);
    Ok(found)
}

/// The segment that holds a position.
pub(crate) fn holding(segments: &[Segment], position: u64) -> Option<usize> {
    segments
        .partition_point(|segment| segment.first <= position)
        .checked_sub(1)
}
