//! Heals a damaged data directory where the right bytes are provably still there.
//!
//! What is right is told by the kept leaf hashes, once their root is that of the signed head.
//! An entry comes from the journal where its line still has that hash, else from the index.
//! What no copy proves is not healed: nothing is ever made shorter. Damaged files are kept.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{OpenError, StoreError};
use crate::files::{AtPath as _, aside, sync_dir, write_atomically};
use crate::header::Header;
use crate::index::{BLOCK, Index};
use crate::journal::{Line, Segment, commit_line, segment_path, segments};
use crate::leaves::LeafFile;
use crate::ledger::{Ledger, LedgerFile, Lock, Options, journal_dir, read_head};
use crate::merkle::{self, Frontier, Hash, leaf_hash};
use crate::note::Checkpoint;
use crate::tile_tree::LeafReader as _;

/// Why a directory could not be repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// No copy of an entry has the hash that was signed.
    #[error("position {position} is lost: neither journal nor index holds it; restore a backup")]
    Lost {
        /// The first lost position.
        position: u64,
    },
    /// A file could not be used, or the repaired ledger does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Repairs a directory; gives what was done, in sentences. Opens the ledger to prove it.
pub fn repair(dir: &Path) -> Result<Vec<String>, RepairError> {
    let mut notes = Vec::new();
    {
        let _lock = Lock::take(dir)?;
        let file = LedgerFile::read(dir)?;
        let head = read_head(dir, &file)?;
        heal_journal(dir, &head, &mut notes)?;
    }
    let (ledger, report) = Ledger::open(
        dir,
        Options {
            scrub: false,
            ..Options::default()
        },
    )?;
    notes.extend(report.notes);
    ledger.close()?;
    Ok(notes)
}

/// Segments written anew where a line of theirs is not what was hashed.
fn heal_journal(dir: &Path, head: &Checkpoint, notes: &mut Vec<String>) -> Result<(), RepairError> {
    let journal = journal_dir(dir);
    fs::create_dir_all(&journal).at(&journal)?;
    let Some(leaves) = proved_leaves(dir, head)? else {
        // The journal alone may still be sound: opening then builds the hashes from it.
        notes.push("the leaf hashes prove nothing; the journal must stand by itself".to_owned());
        return Ok(());
    };
    let mut index = None;
    let mut frontier = Frontier::default();
    for (segment, end) in ranges(&journal, head.size)? {
        let bytes = fs::read(&segment.path).unwrap_or_default();
        let wanted = leaves.leaves(segment.first, count(segment.first..end))?;
        if !is_sound(&bytes, &segment, &wanted, &frontier) {
            let entries = right_entries(dir, &bytes, segment.first, &wanted, &mut index)?;
            rewrite(dir, &segment, &bytes, &entries, &frontier, notes)?;
        }
        for leaf in wanted {
            frontier.push(leaf);
        }
    }
    Ok(())
}

fn count(range: Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

fn proved_leaves(dir: &Path, head: &Checkpoint) -> Result<Option<LeafFile>, StoreError> {
    let Some(leaves) = LeafFile::open_existing(dir) else {
        return Ok(None);
    };
    if leaves.len()? < head.size {
        return Ok(None);
    }
    let tiles = leaves.tiles(head.size)?;
    let root = merkle::root(&tiles.with(&leaves), head.size)?;
    Ok((root == head.root).then_some(leaves))
}

/// Every segment with the position after its last signed entry; one that is missing at the
/// front is named too. A hole further on belongs to the segment before it.
fn ranges(journal: &Path, size: u64) -> Result<Vec<(Segment, u64)>, StoreError> {
    let mut found = segments(journal)?;
    found.retain(|segment| segment.first <= size);
    if found.first().is_none_or(|segment| segment.first > 0) {
        found.insert(
            0,
            Segment {
                first: 0,
                path: segment_path(journal, 0),
            },
        );
    }
    let ends: Vec<u64> = found
        .iter()
        .skip(1)
        .map(|next| next.first)
        .chain([size])
        .collect();
    Ok(found.into_iter().zip(ends).collect())
}

/// Whether a segment's lines are those that were hashed, each commit line right, and nothing
/// but a tail that opening will judge after them.
fn is_sound(bytes: &[u8], segment: &Segment, wanted: &[Hash], before: &Frontier) -> bool {
    let mut frontier = before.clone();
    let mut committed = segment.first;
    let end = segment.first + wanted.len() as u64;
    let mut next = wanted.iter();
    for line in lines(bytes) {
        if committed == end {
            break;
        }
        match Line::parse(line) {
            Line::Entry(entry) => {
                let leaf = leaf_hash(entry);
                if next.next().is_some_and(|wanted| *wanted != leaf) {
                    return false;
                }
                frontier.push(leaf);
            }
            Line::Commit { size, root } => {
                if size != frontier.size() || root != frontier.root() {
                    return false;
                }
                committed = size;
            }
            Line::Unknown => return false,
        }
    }
    committed >= end
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    bytes[..text]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// The bytes of each entry: the journal's line with the right hash, wherever it stands, else
/// the index's.
fn right_entries(
    dir: &Path,
    bytes: &[u8],
    first: u64,
    wanted: &[Hash],
    index: &mut Option<Index>,
) -> Result<Vec<Vec<u8>>, RepairError> {
    let found: HashMap<Hash, &[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| (leaf_hash(line), line))
        .collect();
    let mut entries = Vec::with_capacity(wanted.len());
    for (position, leaf) in (first..).zip(wanted) {
        let entry = match found.get(leaf) {
            Some(line) => Some(line.to_vec()),
            None => indexed(dir, position, leaf, index)?,
        };
        entries.push(entry.ok_or(RepairError::Lost { position })?);
    }
    Ok(entries)
}

fn indexed(
    dir: &Path,
    position: u64,
    leaf: &Hash,
    index: &mut Option<Index>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let path = dir.join("index");
    if index.is_none() && path.exists() {
        *index = Index::open(&path).ok();
    }
    let Some(index) = index else { return Ok(None) };
    let within = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
    let block = index.block(position / BLOCK)?.unwrap_or_default();
    let entry = block.get(within).filter(|entry| leaf_hash(entry) == *leaf);
    Ok(entry.map(|entry| entry.to_vec()))
}

/// Writes a segment anew: its signed entries as one group, then the whole groups that followed
/// them and were acknowledged after the head. The damaged file is kept.
fn rewrite(
    dir: &Path,
    segment: &Segment,
    damaged: &[u8],
    entries: &[Vec<u8>],
    before: &Frontier,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut frontier = before.clone();
    let mut out = Vec::with_capacity(damaged.len());
    for entry in entries {
        frontier.push(leaf_hash(entry));
        out.extend_from_slice(entry);
        out.push(b'\n');
    }
    out.extend_from_slice(&commit_line(frontier.size(), &frontier.root()));
    push_later_groups(&mut out, damaged, frontier);
    let name = segment
        .path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let mut kept = PathBuf::from("nowhere: it was missing");
    if segment.path.exists() {
        kept = aside(dir, &name)?;
        fs::copy(&segment.path, &kept).at(&kept)?;
        fs::File::open(&kept)
            .and_then(|file| file.sync_all())
            .at(&kept)?;
        sync_dir(&dir.join("damaged"))?;
    }
    write_atomically(&segment.path, &out, 0o600)?;
    notes.push(format!(
        "the segment {name} was written again with {} entries that the signed head proves; the \
         damaged file is kept in {}",
        entries.len(),
        kept.display()
    ));
    Ok(())
}

fn push_later_groups(out: &mut Vec<u8>, damaged: &[u8], mut frontier: Frontier) {
    let mut group = Vec::new();
    for line in lines(damaged) {
        match Line::parse(line) {
            Line::Entry(entry) => {
                let position = Header::parse(entry).map(|header| header.position);
                if position == Some(frontier.size()) {
                    frontier.push(leaf_hash(entry));
                    group.extend_from_slice(entry);
                    group.push(b'\n');
                }
            }
            Line::Commit { size, root } if !group.is_empty() => {
                if size != frontier.size() || root != frontier.root() {
                    return;
                }
                out.append(&mut group);
                out.extend_from_slice(&commit_line(size, &root));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::event_store::EventStore as _;
    use crate::tests_support::{fill, options};

    fn closed() -> (tempfile::TempDir, Vec<Entry>) {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
        (0..8).for_each(|round| fill(&ledger, round * 40, 40));
        let entries = ledger.read(0, 320).unwrap();
        ledger.close().unwrap();
        (dir, entries)
    }

    fn assert_healed(dir: &Path, entries: &[Entry]) {
        let notes = repair(dir).unwrap();
        assert!(
            notes.iter().any(|note| note.contains("written again")),
            "{notes:?}"
        );
        let (ledger, _) = Ledger::open(dir, options()).unwrap();
        assert_eq!(ledger.read(0, 1000).unwrap(), entries);
        drop(ledger);
        let report = crate::verify::verify(dir, &[], &mut |_, _| {}).unwrap();
        assert_eq!(report.faults, []);
    }

    #[test]
    fn every_damaged_segment_is_healed_from_the_index() {
        let (dir, entries) = closed();
        for segment in segments(&journal_dir(dir.path())).unwrap() {
            let mut bytes = fs::read(&segment.path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            fs::write(&segment.path, bytes).unwrap();
        }
        assert_healed(dir.path(), &entries);
    }

    #[test]
    fn a_missing_segment_is_healed_from_the_index() {
        for number in [0, 1] {
            let (dir, entries) = closed();
            let segment = segments(&journal_dir(dir.path())).unwrap().remove(number);
            fs::remove_file(segment.path).unwrap();
            assert_healed(dir.path(), &entries);
        }
    }

    #[test]
    fn a_sound_ledger_is_left_alone() {
        let (dir, _) = closed();
        assert_eq!(repair(dir.path()).unwrap(), Vec::<String>::new());
        assert!(!dir.path().join("damaged").exists());
    }

    #[test]
    fn an_entry_that_no_copy_proves_is_reported_lost() {
        let (dir, _) = closed();
        fs::remove_dir_all(dir.path().join("index")).unwrap();
        let segment = segments(&journal_dir(dir.path())).unwrap().remove(0);
        let mut bytes = fs::read(&segment.path).unwrap();
        let at = memchr::memmem::find(&bytes, b"\"number\":7").unwrap();
        bytes[at + 9] = b'8';
        fs::write(&segment.path, bytes).unwrap();
        assert!(matches!(
            repair(dir.path()),
            Err(RepairError::Lost { position: 7 })
        ));
    }
}
