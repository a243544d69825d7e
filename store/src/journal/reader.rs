//! Reads a segment from front to back in large chunks, memory flat, entries uncopied.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::line::Line;
use crate::error::StoreError;
use crate::files::{AtPath as _, read_at, read_on};
use crate::merkle::Hash;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// Whole lines of a segment.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    /// The lines without their newlines.
    pub(crate) lines: Vec<Range<usize>>,
}

/// A segment being read from its beginning.
pub(crate) struct SegmentReader {
    file: File,
    path: PathBuf,
    carried: Vec<u8>,
    ended: bool,
}

impl SegmentReader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).at(path)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            carried: Vec::new(),
            ended: false,
        })
    }

    /// The next lines; `None` at the end, which is the end of the file or the first NUL.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Chunk>, StoreError> {
        while !self.ended {
            let mut bytes = std::mem::take(&mut self.carried);
            let carried = bytes.len();
            bytes.reserve_exact(CHUNK);
            read_on(&mut self.file, CHUNK, &mut bytes).at(&self.path)?;
            if let Some(text) = memchr::memchr(0, &bytes[carried..]) {
                bytes.truncate(carried + text);
            }
            self.ended = bytes.len() < carried + CHUNK;
            let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |newline| newline + 1);
            self.carried.extend_from_slice(&bytes[whole..]);
            bytes.truncate(whole);
            if whole > 0 {
                return Ok(Some(Chunk {
                    lines: lines(&bytes),
                    bytes: bytes.into(),
                }));
            }
        }
        Ok(None)
    }

    /// What follows the last whole line: empty in a sound segment.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.carried
    }

    /// The segment's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', bytes)
        .map(|newline| {
            let line = start..newline;
            start = newline + 1;
            line
        })
        .collect()
}

/// The commitment in the last line of a closed segment; `None` when there is none.
pub(crate) fn last_commit(path: &Path) -> Result<Option<(u64, Hash)>, StoreError> {
    let file = File::open(path).at(path)?;
    let length = file.metadata().at(path)?.len();
    let from = length.saturating_sub(256);
    let end = read_at(&file, from, 256).at(path)?;
    let Some(body) = end.strip_suffix(b"\n") else {
        return Ok(None);
    };
    let start = memchr::memrchr(b'\n', body).map_or(0, |newline| newline + 1);
    match Line::parse(&body[start..]) {
        Line::Commit { size, root } => Ok(Some((size, root))),
        _ => Ok(None),
    }
}
