//! Finds out at open what the journal holds, and whether it is all that was acknowledged.
//!
//! Nothing here changes the journal or the index. What cannot be explained by a power cut in the
//! middle of the last, unacknowledged group is refused with the first bad position.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{OpenError, StoreError};
use crate::files::AtPath as _;
use crate::journal::{Line, Segment, SegmentReader, TailScan, last_commit, scan_tail, segments};
use crate::leaves::LeafFile;
use crate::merkle::{self, Frontier, Hash, leaf_hash};
use crate::note::Checkpoint;
use crate::tile_tree::{LeafReader as _, TILE_WIDTH, TileTree};

use super::directory::journal_dir;

/// A journal that holds all it should.
pub(crate) struct Recovered {
    pub(crate) size: u64,
    pub(crate) frontier: Frontier,
    pub(crate) tiles: TileTree,
    /// The open segment; its first position, where the last commit ends, what follows.
    pub(crate) segment: Segment,
    pub(crate) end: u64,
    pub(crate) torn: Vec<u8>,
    /// What was rebuilt, for the report.
    pub(crate) notes: Vec<String>,
}

fn damaged(position: u64, path: &Path, reason: impl Into<String>) -> OpenError {
    OpenError::Damaged {
        position,
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// Checks journal, leaf hashes and signed head against each other; rebuilds the leaf hashes
/// where only they are wrong.
pub(crate) fn recover(
    dir: &Path,
    head: &Checkpoint,
    leaves: &LeafFile,
) -> Result<Recovered, OpenError> {
    let journal = journal_dir(dir);
    let found = segments(&journal)?;
    let Some((segment, closed)) = found.split_last() else {
        return Err(damaged(0, &journal, "the journal has no segment"));
    };
    let root = closed_root(&found, &journal)?;
    let mut notes = Vec::new();
    let tiles = if let Some(tiles) = trusted_tiles(leaves, segment.first, root)? {
        tiles
    } else {
        rebuild_leaves(closed, leaves, segment.first)?;
        notes.push("the leaf hashes were built anew from the journal".to_owned());
        trusted_tiles(leaves, segment.first, root)?.ok_or_else(|| {
            damaged(
                0,
                &journal,
                "the closed segments do not lead to their last commit line",
            )
        })?
    };
    let before = Frontier::at(&tiles.with(leaves), segment.first)?;
    let tail = scan_tail(&segment.path, &before)?.map_err(|fault| {
        let position = first_difference(segment, Some(leaves), fault.position);
        damaged(position, &segment.path, fault.reason)
    })?;
    let size = tail.frontier.size();
    check_not_shorter(size, head, leaves, &segment.path)?;
    // A killed process may have left the last group in the page cache alone; leaf hashes, index
    // and head are derived from it from here on, and none may outlive it in a power cut.
    File::open(&segment.path)
        .and_then(|file| file.sync_all())
        .at(&segment.path)?;
    if write_tail_leaves(leaves, segment.first, &tail)? {
        notes.push("the newest leaf hashes were written again from the journal".to_owned());
    }
    let tiles = grown(tiles, leaves, size)?;
    check_head(&tiles, leaves, head, dir)?;
    let (frontier, end, torn) = (tail.frontier, tail.end, tail.torn);
    Ok(Recovered {
        size,
        frontier,
        tiles,
        segment: segment.clone(),
        end,
        torn,
        notes,
    })
}

/// The root before the open segment, by the last commit line of the one before. Checks that no
/// segment is missing or cut.
fn closed_root(segments: &[Segment], journal: &Path) -> Result<Hash, OpenError> {
    let mut root = merkle::empty_root();
    let mut next = 0;
    for (index, segment) in segments.iter().enumerate() {
        if segment.first != next {
            let path = crate::journal::segment_path(journal, next);
            return Err(damaged(
                next,
                &path,
                "the segment that begins here is missing",
            ));
        }
        if let Some(after) = segments.get(index + 1) {
            let Some((size, closed)) = last_commit(&segment.path)? else {
                let reason = "the closed segment does not end with a commit line";
                let position = segment_end(segment).unwrap_or(segment.first);
                return Err(damaged(position, &segment.path, reason));
            };
            if size > after.first || size <= segment.first {
                let reason = format!("its last commit line says {size} entries");
                return Err(damaged(segment.first, &segment.path, reason));
            }
            (root, next) = (closed, size);
        }
    }
    Ok(root)
}

/// The first position that a cut segment does not hold.
fn segment_end(segment: &Segment) -> Result<u64, StoreError> {
    let mut next = segment.first;
    let mut reader = SegmentReader::open(&segment.path)?;
    while let Some(chunk) = reader.next_chunk()? {
        let entries = chunk
            .lines
            .iter()
            .filter(|line| matches!(Line::parse(&chunk.bytes[(*line).clone()]), Line::Entry(_)));
        next += entries.count() as u64;
    }
    Ok(next)
}

/// The tile roots of the first `size` leaves, when these lead to `root`.
fn trusted_tiles(leaves: &LeafFile, size: u64, root: Hash) -> Result<Option<TileTree>, StoreError> {
    if leaves.len()? < size {
        return Ok(None);
    }
    let tiles = leaves.tiles(size)?;
    let found = merkle::root(&tiles.with(leaves), size)?;
    Ok((found == root).then_some(tiles))
}

/// Hashes all closed segments. The hashes are only kept if every commit line agrees with them.
fn rebuild_leaves(closed: &[Segment], leaves: &LeafFile, size: u64) -> Result<(), OpenError> {
    let mut frontier = Frontier::default();
    let mut hashes = Vec::new();
    for segment in closed {
        hashes.clear();
        let first = frontier.size();
        walk_segment(segment, &mut frontier, &mut hashes)
            .map_err(|(position, path, reason)| damaged(position, &path, reason))?;
        leaves.write(first, &hashes)?;
    }
    if frontier.size() == size {
        return Ok(());
    }
    let path = closed
        .last()
        .map_or_else(PathBuf::new, |segment| segment.path.clone());
    Err(damaged(
        frontier.size(),
        &path,
        "the segments hold another number of entries",
    ))
}

type Fault = (u64, PathBuf, String);

/// Hashes a segment and checks each commit line.
fn walk_segment(
    segment: &Segment,
    frontier: &mut Frontier,
    hashes: &mut Vec<Hash>,
) -> Result<(), Fault> {
    let mut group = frontier.size();
    let failed = |position: u64, reason: String| (position, segment.path.clone(), reason);
    let read = |error: StoreError| (segment.first, segment.path.clone(), error.to_string());
    let mut reader = SegmentReader::open(&segment.path).map_err(read)?;
    while let Some(chunk) = reader.next_chunk().map_err(read)? {
        for line in chunk.lines {
            match Line::parse(&chunk.bytes[line]) {
                Line::Entry(entry) => {
                    let leaf = leaf_hash(entry);
                    hashes.push(leaf);
                    frontier.push(leaf);
                }
                Line::Commit { size, root }
                    if size == frontier.size() && root == frontier.root() =>
                {
                    group = size;
                }
                Line::Commit { .. } => {
                    let reason = "the group that begins here does not lead to its commit line";
                    return Err(failed(group, reason.into()));
                }
                Line::Unknown => {
                    let reason = "the line is neither an entry nor a commit line";
                    return Err(failed(frontier.size(), reason.into()));
                }
            }
        }
    }
    if reader.rest().is_empty() {
        return Ok(());
    }
    Err(failed(
        frontier.size(),
        format!("{} ends within a line", reader.path().display()),
    ))
}

/// The first entry of the segment from a position on whose leaf hash is another than the one
/// kept; the position itself where the hashes tell nothing.
pub(crate) fn first_difference(segment: &Segment, leaves: Option<&LeafFile>, fault: u64) -> u64 {
    let Some(leaves) = leaves else { return fault };
    let differs = || -> Result<Option<u64>, StoreError> {
        let known = leaves.len()?;
        let mut next = segment.first;
        let mut reader = SegmentReader::open(&segment.path)?;
        while let Some(chunk) = reader.next_chunk()? {
            for line in &chunk.lines {
                let line = Line::parse(&chunk.bytes[line.clone()]);
                if matches!(line, Line::Commit { .. }) {
                    continue;
                }
                let Line::Entry(entry) = line else {
                    return Ok(Some(next));
                };
                if next >= known {
                    return Ok(None);
                }
                if leaf_hash(entry) != leaves.leaf(next)? {
                    return Ok(Some(next));
                }
                next += 1;
            }
        }
        Ok(None)
    };
    differs().ok().flatten().unwrap_or(fault)
}

/// Refuses a journal that lost what was acknowledged: the head and the leaf hashes are written
/// only after the journal was synced, so neither may be ahead of it.
fn check_not_shorter(
    size: u64,
    head: &Checkpoint,
    leaves: &LeafFile,
    path: &Path,
) -> Result<(), OpenError> {
    if head.size > size {
        let reason = format!(
            "the journal ends here, but the signed head speaks of {} entries: the journal is \
             older than the head or was cut",
            head.size
        );
        return Err(damaged(size, path, reason));
    }
    let hashed = leaves.len()?;
    if hashed > size {
        let reason = format!(
            "the journal ends here, but {} holds the hashes of {hashed} entries that were durable",
            leaves.path().display()
        );
        return Err(damaged(size, path, reason));
    }
    Ok(())
}

/// Writes the leaf hashes of the open segment where the file lacks them (a crash loses them);
/// says whether it had to.
fn write_tail_leaves(leaves: &LeafFile, first: u64, tail: &TailScan) -> Result<bool, StoreError> {
    let known = usize::try_from(leaves.len()?.saturating_sub(first)).unwrap_or(usize::MAX);
    let known = known.min(tail.leaves.len());
    if known == tail.leaves.len() && leaves.leaves(first, known)? == tail.leaves {
        return Ok(false);
    }
    leaves.write(first, &tail.leaves)?;
    Ok(true)
}

fn grown(mut tiles: TileTree, leaves: &LeafFile, size: u64) -> Result<TileTree, StoreError> {
    for tile in tiles.full_tiles()..size / TILE_WIDTH {
        tiles.push_tile(&leaves.leaves(tile * TILE_WIDTH, 256)?);
    }
    Ok(tiles)
}

fn check_head(
    tiles: &TileTree,
    leaves: &LeafFile,
    head: &Checkpoint,
    dir: &Path,
) -> Result<(), OpenError> {
    if merkle::root(&tiles.with(leaves), head.size)? == head.root {
        return Ok(());
    }
    let reason = format!(
        "the first {} entries do not lead to the root of the signed head: they were rewritten",
        head.size
    );
    Err(damaged(0, &journal_dir(dir), reason))
}
