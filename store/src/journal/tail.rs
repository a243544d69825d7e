//! What a crash may leave at the end of the last segment, told apart from damage.
//!
//! A commit group is one write. A power cut may keep any of its 512-byte sectors and lose the
//! others, which then read as NUL, or leave the file short. Such a tail was never acknowledged
//! and may be cut. Anything else that does not end with a whole, right commit line is damage.

use std::path::Path;

use super::line::{Line, commit_line};
use crate::error::StoreError;
use crate::files::AtPath as _;
use crate::header::Header;
use crate::merkle::{Frontier, Hash, leaf_hash};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// A sound last segment.
pub(crate) struct TailScan {
    /// Leaf hashes of its committed entries.
    pub(crate) leaves: Vec<Hash>,
    /// Where the last commit line ends.
    pub(crate) end: u64,
    /// What follows and was never acknowledged.
    pub(crate) torn: Vec<u8>,
    /// The tree after the last commit.
    pub(crate) frontier: Frontier,
}

/// Damage, with the first position that cannot be trusted.
#[derive(Debug)]
pub(crate) struct TailFault {
    pub(crate) position: u64,
    pub(crate) reason: String,
}

/// Reads the last segment whole. `before` is the tree of all entries before it.
pub(crate) fn scan_tail(
    path: &Path,
    before: &Frontier,
) -> Result<Result<TailScan, TailFault>, StoreError> {
    let bytes = std::fs::read(path).at(path)?;
    Ok(check(&bytes, before))
}

fn check(bytes: &[u8], before: &Frontier) -> Result<TailScan, TailFault> {
    let mut walk = Walk {
        frontier: before.clone(),
        leaves: Vec::new(),
        end: 0,
        committed: before.clone(),
    };
    let stopped_at = walk.lines(bytes)?;
    let torn = walk.torn(bytes, stopped_at)?;
    let count = usize::try_from(walk.committed.size() - before.size()).unwrap_or(usize::MAX);
    walk.leaves.truncate(count);
    let (leaves, end, frontier) = (walk.leaves, walk.end as u64, walk.committed);
    Ok(TailScan {
        leaves,
        end,
        torn,
        frontier,
    })
}

struct Walk {
    /// The tree after the last whole entry line.
    frontier: Frontier,
    leaves: Vec<Hash>,
    /// Where the last commit line ends, and the tree there.
    end: usize,
    committed: Frontier,
}

impl Walk {
    fn fault<T>(&self, reason: impl Into<String>) -> Result<T, TailFault> {
        Err(TailFault {
            position: self.frontier.size(),
            reason: reason.into(),
        })
    }

    /// Walks over the whole lines; gives where they end.
    fn lines(&mut self, bytes: &[u8]) -> Result<usize, TailFault> {
        let text = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        let mut start = 0;
        for newline in memchr::memchr_iter(b'\n', &bytes[..text]) {
            self.line(&bytes[start..newline], newline + 1)?;
            start = newline + 1;
        }
        Ok(start)
    }

    fn line(&mut self, line: &[u8], end: usize) -> Result<(), TailFault> {
        match Line::parse(line) {
            Line::Entry(entry) => {
                let position = Header::parse(entry).map(|header| header.position);
                if position != Some(self.frontier.size()) {
                    return self.fault("the line is not the entry of this position");
                }
                let leaf = leaf_hash(entry);
                self.leaves.push(leaf);
                self.frontier.push(leaf);
                Ok(())
            }
            Line::Commit { size, root } => {
                if size != self.frontier.size() {
                    let reason = format!("a commit line says {size} entries");
                    return self.fault(reason);
                }
                if root != self.frontier.root() {
                    let position = self.committed.size();
                    let reason =
                        format!("the group up to {size} does not lead to its commit line's root");
                    return Err(TailFault { position, reason });
                }
                self.end = end;
                self.committed.clone_from(&self.frontier);
                Ok(())
            }
            Line::Unknown => self.fault("the line is neither an entry nor a commit line"),
        }
    }

    /// The bytes after the last commit, when a crash can have left them.
    fn torn(&self, bytes: &[u8], stopped_at: usize) -> Result<Vec<u8>, TailFault> {
        let after = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        if after <= self.end {
            return Ok(Vec::new());
        }
        let mut missing = false;
        let mut start = self.end;
        while start < after {
            let sector_end = (start / SECTOR + 1) * SECTOR;
            let part = &bytes[start..sector_end.min(after)];
            if part.iter().all(|byte| *byte == 0) {
                missing = true;
            } else if part.contains(&0) {
                return self.fault("stray NUL bytes stand inside a written sector");
            }
            start = sector_end;
        }
        // The write may end within its last sector only if that write is complete, and then it
        // ends with a commit line.
        let short = after == bytes.len() || after.is_multiple_of(SECTOR);
        if !missing && !short {
            return self.fault("the last group is complete but has no commit line");
        }
        if !missing && !self.may_continue(&bytes[stopped_at..after]) {
            return self.fault("the last line is not the beginning of any line");
        }
        Ok(bytes[self.end..after].to_vec())
    }

    /// Whether an unfinished last line is the beginning of a line that belongs here.
    fn may_continue(&self, line: &[u8]) -> bool {
        let entry = b"{\"data\":";
        let common = line.len().min(entry.len());
        let commit = commit_line(self.frontier.size(), &self.frontier.root());
        (line[..common] == entry[..common] && !line.iter().any(|byte| *byte < 0x20))
            || commit.starts_with(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Encoded;
    use crate::tests_support::draft;

    /// Groups of three entries; gives the bytes and where each group ends.
    fn segment(groups: u64) -> (Vec<u8>, Vec<usize>) {
        let mut frontier = Frontier::default();
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for position in 0..groups * 3 {
            let entry = Encoded::new(&draft(position)).finish(position, position % 10 + 1);
            frontier.push(leaf_hash(&entry));
            bytes.extend_from_slice(&entry);
            bytes.push(b'\n');
            if frontier.size() % 3 == 0 {
                bytes.extend(commit_line(frontier.size(), &frontier.root()));
                ends.push(bytes.len());
            }
        }
        (bytes, ends)
    }

    fn scan(bytes: &[u8]) -> Result<(u64, usize), TailFault> {
        let empty = Frontier::default();
        let scan = check(bytes, &empty)?;
        Ok((scan.frontier.size(), scan.torn.len()))
    }

    #[test]
    fn a_whole_segment_is_sound_with_or_without_its_preallocation() {
        let (mut bytes, _) = segment(3);
        assert_eq!(scan(&bytes).unwrap(), (9, 0));
        bytes.resize(bytes.len() + 4096, 0);
        assert_eq!(scan(&bytes).unwrap(), (9, 0));
        assert_eq!(scan(&[]).unwrap(), (0, 0));
        assert_eq!(scan(&[0; 1024]).unwrap(), (0, 0));
    }

    #[test]
    fn every_torn_write_of_the_last_group_is_cut() {
        let (bytes, ends) = segment(3);
        let start = ends[1];
        let first_sector = start / SECTOR;
        let sectors = bytes.len().div_ceil(SECTOR) - first_sector;
        for kept in 0..1_u32 << sectors {
            let mut torn = bytes.clone();
            torn.resize(torn.len() + 4096, 0);
            for sector in (0..sectors).filter(|sector| kept >> sector & 1 == 0) {
                let from = ((first_sector + sector) * SECTOR).max(start);
                let to = (first_sector + sector + 1) * SECTOR;
                torn[from..to].fill(0);
            }
            let whole = kept == (1 << sectors) - 1;
            let (size, cut) = scan(&torn).unwrap();
            assert_eq!(size, if whole { 9 } else { 6 }, "kept {kept:b}");
            assert!(!whole || cut == 0);
        }
    }

    #[test]
    fn a_file_cut_within_the_last_group_is_torn() {
        let (bytes, ends) = segment(3);
        for length in ends[1]..bytes.len() {
            let (size, cut) = scan(&bytes[..length]).unwrap();
            assert_eq!((size, cut), (6, length - ends[1]), "length {length}");
        }
    }

    #[test]
    fn no_flipped_bit_of_a_committed_group_is_taken_for_a_torn_tail() {
        let (bytes, _) = segment(2);
        let mut preallocated = bytes.clone();
        preallocated.resize(bytes.len() + 2048, 0);
        for bit in 0..bytes.len() * 8 {
            let mut bad = preallocated.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(scan(&bad).is_err(), "bit {bit}");
        }
    }
}
