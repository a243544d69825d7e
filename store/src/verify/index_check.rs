//! Compares the index with the journal's proved leaf hashes, on a copy: sled changes what it
//! opens.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;

use uuid::Uuid;

use super::Fault;
use crate::error::StoreError;
use crate::files::{AtPath as _, private_dir};
use crate::header::{Header, SubjectKey, subject_key};
use crate::index::{BLOCK, Index};
use crate::leaves::LeafFile;
use crate::merkle::{Hash, leaf_hash};
use crate::tile_tree::LeafReader as _;

/// Checks every block and its facts. What is missing is no fault: the journal makes up for it.
pub(super) fn check(
    dir: &Path,
    size: u64,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let (path, leaves) = (dir.join("index"), LeafFile::open_existing(dir));
    let (Some(leaves), true) = (leaves, path.exists()) else {
        notes.push("index or leaf hashes are missing; the next open builds them anew".into());
        return Ok(());
    };
    let copy = Copy::of(&path)?;
    let fault = |position, reason: String| Fault {
        position,
        path: path.clone(),
        reason,
    };
    let index = match Index::open(&copy.0) {
        Ok(index) => index,
        Err(error) => {
            faults.push(fault(None, format!("{error}")));
            return Ok(());
        }
    };
    let mut facts = Vec::new();
    let indexed = index.load(|id, subject| facts.push((id, subject)))?;
    if indexed > size {
        let reason = format!("it holds {indexed} durable entries, the journal only {size}");
        faults.push(fault(Some(size), reason));
        return Ok(());
    }
    if indexed < size / BLOCK * BLOCK {
        notes.push(format!(
            "the index holds {indexed} of {size} entries; the next open adds them"
        ));
    }
    let check = Check {
        index: &index,
        leaves: &leaves,
        facts: &facts,
    };
    // What the leaf hashes do not reach cannot be compared; the walk has said so.
    let blocks = indexed.min(leaves.len()?) / BLOCK;
    let middle = blocks / 2;
    let (low, high) = thread::scope(|scope| {
        let low = scope.spawn(|| check.blocks(0..middle));
        let high = check.blocks(middle..blocks);
        let ended = || {
            Err(StoreError::Index {
                reason: "a checking thread ended".into(),
            })
        };
        (low.join().unwrap_or_else(|_| ended()), high)
    });
    let (low, high) = (low?, high?);
    if low.missing + high.missing > 0 {
        let missing = low.missing + high.missing;
        notes.push(format!(
            "{missing} blocks are missing from the index and read from the journal"
        ));
    }
    if let Some(position) = low.wrong.or(high.wrong) {
        let reason = "the indexed entry is not the journal's; open with rebuild_index";
        faults.push(fault(Some(position), reason.into()));
    }
    Ok(())
}

/// What a range of blocks gave.
#[derive(Default)]
struct Found {
    missing: u64,
    wrong: Option<u64>,
}

struct Check<'a> {
    index: &'a Index,
    leaves: &'a LeafFile,
    facts: &'a [(Uuid, SubjectKey)],
}

impl Check<'_> {
    /// Checks blocks up to the first wrong entry.
    fn blocks(&self, blocks: Range<u64>) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for block in blocks {
            let first = block * BLOCK;
            let count = usize::try_from(BLOCK).unwrap_or(usize::MAX);
            let Some(entries) = self.index.block(block)? else {
                found.missing += 1;
                continue;
            };
            let leaves = self.leaves.leaves(first, count)?;
            for (position, (within, leaf)) in (first..).zip(leaves.iter().enumerate()) {
                let right = entries
                    .get(within)
                    .is_some_and(|e| self.is_right(position, e, leaf));
                if !right {
                    found.wrong = Some(position);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    fn is_right(&self, position: u64, entry: &[u8], leaf: &Hash) -> bool {
        let header = Header::parse(entry);
        let facts = header.map(|header| (header.id, subject_key(&header.subject)));
        let known = usize::try_from(position)
            .ok()
            .and_then(|index| self.facts.get(index));
        leaf_hash(entry) == *leaf && facts.as_ref() == known
    }
}

/// A copy of the index that is removed again. It holds no personal data.
struct Copy(PathBuf);

impl Copy {
    /// Outside of the data directory: that may be full, or not ours to write to.
    fn of(index: &Path) -> Result<Self, StoreError> {
        let name = format!("banso-verify-{}", Uuid::new_v4());
        let to = std::env::temp_dir().join(name);
        private_dir(&to)?;
        let copy = Self(to);
        for file in std::fs::read_dir(index).at(index)? {
            let path = file.at(index)?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                std::fs::copy(&path, copy.0.join(name)).at(&path)?;
            }
        }
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // A left-over copy is harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
