//! How far a journal is committed, where its signed head lags behind: the head file is written a
//! moment after the acknowledgements, and not at all in a crash.
//!
//! Looks from outside, beside a running server. It changes nothing and signs nothing.

use std::fs::File;
use std::path::Path;

use crate::error::StoreError;
use crate::files::AtPath as _;
use crate::journal::{Line, Segment, SegmentReader, last_commit, segments};
use crate::ledger::journal_dir;
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::Checkpoint;

/// Size and root at the last commit line behind a head; none where there is nothing behind it, or
/// where the entries do not lead over the head to that root.
///
/// What is named is on the disk when this returns, so that it may be signed: a power cut cannot
/// take it back any more.
pub(crate) fn behind(dir: &Path, head: &Checkpoint) -> Result<Option<(u64, Hash)>, StoreError> {
    let segments = segments(&journal_dir(dir))?;
    let Some((size, root)) = last(&segments)?.filter(|(size, _)| *size > head.size) else {
        return Ok(None);
    };
    for segment in &segments {
        let file = File::open(&segment.path).at(&segment.path)?;
        file.sync_data().at(&segment.path)?;
    }
    let leads_there = leads_over(&segments, head, size, &root)?;
    Ok(leads_there.then_some((size, root)))
}

/// How many entries the journal has committed, as its last commit line says.
pub(crate) fn size(dir: &Path) -> Result<u64, StoreError> {
    let segments = segments(&journal_dir(dir))?;
    Ok(last(&segments)?.map_or(0, |(size, _)| size))
}

/// The last commit line of a journal.
fn last(segments: &[Segment]) -> Result<Option<(u64, Hash)>, StoreError> {
    let Some((active, closed)) = segments.split_last() else {
        return Ok(None);
    };
    let mut found = None;
    let mut reader = SegmentReader::open(&active.path)?;
    while let Some(chunk) = reader.next_chunk()? {
        let last = chunk.lines.iter().rev().find_map(|line| {
            match Line::parse(&chunk.bytes[line.clone()]) {
                Line::Commit { size, root } => Some((size, root)),
                _ => None,
            }
        });
        found = last.or(found);
    }
    match (found, closed.last()) {
        (None, Some(before)) => last_commit(&before.path),
        (found, _) => Ok(found),
    }
}

/// Whether the first `size` entries have this root, and those of the head the head's.
fn leads_over(
    segments: &[Segment],
    head: &Checkpoint,
    size: u64,
    root: &Hash,
) -> Result<bool, StoreError> {
    let mut tree = Frontier::default();
    let mut head_stands = head.size == 0;
    for segment in segments {
        let mut reader = SegmentReader::open(&segment.path)?;
        while let Some(chunk) = reader.next_chunk()? {
            for line in chunk.lines {
                if let Line::Entry(entry) = Line::parse(&chunk.bytes[line]) {
                    if tree.size() == size {
                        return Ok(head_stands && tree.root() == *root);
                    }
                    tree.push(leaf_hash(entry));
                    head_stands |= tree.size() == head.size && tree.root() == head.root;
                }
            }
        }
    }
    Ok(head_stands && tree.size() == size && tree.root() == *root)
}
