//! Walks over the journal with two hashing threads and one that follows their results in order.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bytes::Bytes;
use uuid::Uuid;

use super::Fault;
use super::line::{Checked, Facts, Sealed, check};
use super::sealed_check::SealedCheck;
use crate::error::StoreError;
use crate::header::{Header, SubjectKey};
use crate::journal::{Segment, SegmentReader, scan_tail, segments};
use crate::leaves::LeafFile;
use crate::ledger::{journal_dir, scan};
use crate::merkle::{Frontier, Hash};
use crate::note::Checkpoint;
use crate::tile_tree::LeafReader as _;

/// What the walk found.
pub(super) struct Walked {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) faults: Vec<Fault>,
    pub(super) sealed: SealedCheck,
}

type Chunk = (Bytes, Vec<std::ops::Range<usize>>);

/// Checks the journal against itself, the leaf hashes and the target checkpoints.
pub(super) fn walk(
    dir: &Path,
    targets: &[Checkpoint],
    up_to: Option<u64>,
    progress: &mut dyn FnMut(u64),
    notes: &mut Vec<String>,
) -> Result<Walked, StoreError> {
    let journal = journal_dir(dir);
    let segments = segments(&journal)?;
    let mut walk = Walk::new(dir, targets, up_to, SealedCheck::read(dir)?);
    thread::scope(|scope| {
        let mut pool = Vec::new();
        for _ in 0..2 {
            let (give, work) = sync_channel::<Chunk>(2);
            let (answer, answers) = sync_channel(2);
            scope.spawn(move || hash_chunks(&work, &answer));
            pool.push((give, answers));
        }
        for (index, segment) in segments.iter().enumerate() {
            let last = index + 1 == segments.len();
            if !walk.segment(segment, last, &pool, progress, notes)? {
                break;
            }
        }
        Ok(())
    })?;
    let ending =
        |end| format!("the leaf hashes end at position {end}; the next open adds the others");
    // A writer beside us is about to add them.
    notes.extend(walk.leaves_end.filter(|_| up_to.is_none()).map(ending));
    walk.finish(&journal)
}

fn hash_chunks(work: &Receiver<Chunk>, answers: &SyncSender<Vec<Checked>>) {
    while let Ok((bytes, lines)) = work.recv() {
        let checked = lines.into_iter().map(|line| check(&bytes[line])).collect();
        if answers.send(checked).is_err() {
            return;
        }
    }
}

struct Walk<'a> {
    dir: &'a Path,
    targets: &'a [Checkpoint],
    up_to: Option<u64>,
    leaves: Option<LeafFile>,
    /// Where the leaf hashes end, if that is before the last entry.
    leaves_end: Option<u64>,
    frontier: Frontier,
    /// Size and root at the last commit line.
    committed: (u64, Hash),
    hasher: RandomState,
    ids: Vec<(u64, u64)>,
    versions: HashMap<SubjectKey, u64>,
    recorded_at: [u8; 24],
    group: Vec<Hash>,
    faults: Vec<Fault>,
    sealed: SealedCheck,
}

impl<'a> Walk<'a> {
    fn new(
        dir: &'a Path,
        targets: &'a [Checkpoint],
        up_to: Option<u64>,
        sealed: SealedCheck,
    ) -> Self {
        let frontier = Frontier::default();
        Self {
            dir,
            targets,
            up_to,
            leaves: LeafFile::open_existing(dir),
            leaves_end: None,
            committed: (0, frontier.root()),
            frontier,
            hasher: RandomState::new(),
            ids: Vec::new(),
            versions: HashMap::new(),
            recorded_at: [0; 24],
            group: Vec::new(),
            faults: Vec::new(),
            sealed,
        }
    }

    fn fault(&mut self, position: u64, path: &Path, reason: impl Into<String>) {
        let fault = Fault {
            position: Some(position),
            path: path.to_owned(),
            reason: reason.into(),
        };
        self.faults.push(fault);
    }

    /// Walks over one segment; `false` when there is no sense in going on.
    fn segment(
        &mut self,
        segment: &Segment,
        last: bool,
        pool: &[(SyncSender<Chunk>, Receiver<Vec<Checked>>)],
        progress: &mut dyn FnMut(u64),
        notes: &mut Vec<String>,
    ) -> Result<bool, StoreError> {
        if segment.first != self.frontier.size() {
            let path = crate::journal::segment_path(&journal_dir(self.dir), self.frontier.size());
            self.fault(
                self.frontier.size(),
                &path,
                "the segment that begins here is missing",
            );
            return Ok(false);
        }
        if last && self.up_to.is_none() && !self.tail(segment, notes)? {
            return Ok(false);
        }
        let ended = || StoreError::io(&segment.path, std::io::Error::other("a thread ended"));
        let mut reader = SegmentReader::open(&segment.path)?;
        let (mut sent, mut received) = (0, 0);
        let mut more = true;
        let mut going = true;
        // Two chunks ahead for each hashing thread; results are taken in the order of the file,
        // and all that was sent is taken, so that the next segment begins with idle threads.
        while more || received < sent {
            if more && sent - received < 2 * pool.len() {
                match reader.next_chunk()? {
                    Some(chunk) if going => {
                        let work = (chunk.bytes, chunk.lines);
                        pool[sent % pool.len()].0.send(work).map_err(|_| ended())?;
                        sent += 1;
                    }
                    _ => more = false,
                }
                continue;
            }
            let checked = pool[received % pool.len()].1.recv().map_err(|_| ended())?;
            received += 1;
            going = going
                && checked
                    .into_iter()
                    .all(|line| self.line(line, &segment.path));
            progress(self.committed.0);
        }
        if going && !last && !(reader.rest().is_empty() && self.group.is_empty()) {
            let reason = "the closed segment does not end with a commit line";
            self.fault(self.frontier.size(), &segment.path, reason);
            return Ok(false);
        }
        Ok(going)
    }

    /// Whether what follows the last commit line is at most what a crash leaves.
    fn tail(&mut self, segment: &Segment, notes: &mut Vec<String>) -> Result<bool, StoreError> {
        match scan_tail(&segment.path, &self.frontier)? {
            Ok(tail) => {
                if !tail.torn.is_empty() {
                    notes.push(format!(
                        "{} bytes after position {} were never acknowledged; the next open cuts \
                         them",
                        tail.torn.len(),
                        tail.frontier.size()
                    ));
                }
                self.up_to = Some(tail.frontier.size());
                Ok(true)
            }
            Err(fault) => {
                let position =
                    crate::ledger::first_difference(segment, self.leaves.as_ref(), fault.position);
                self.fault(position, &segment.path, fault.reason);
                Ok(false)
            }
        }
    }

    /// Follows one line; `false` at the first fault or the end.
    fn line(&mut self, line: Checked, path: &Path) -> bool {
        if self
            .up_to
            .is_some_and(|end| self.frontier.size() >= end && self.group.is_empty())
        {
            return false;
        }
        match line {
            Checked::Unknown => {
                let reason = "the line is neither an entry nor a commit line";
                self.fault(self.frontier.size(), path, reason);
                false
            }
            Checked::Entry { leaf, facts } => self.entry(leaf, facts, path),
            Checked::Commit { size, root } => self.commit(size, root, path),
        }
    }

    fn entry(&mut self, leaf: Hash, facts: Option<Facts>, path: &Path) -> bool {
        let position = self.frontier.size();
        self.frontier.push(leaf);
        self.group.push(leaf);
        let Some(facts) = facts.filter(|facts| facts.position == position) else {
            self.fault(position, path, "the line is not the entry of this position");
            return false;
        };
        match facts.sealed {
            Sealed::Nothing => {}
            Sealed::Something(entry) => self.sealed.entry(&entry),
            Sealed::Unreadable => self.sealed.unreadable(position),
        }
        self.ids.push((self.hasher.hash_one(facts.id), position));
        let version = self.versions.entry(facts.subject).or_default();
        *version += 1;
        let version = *version;
        // A changed subject shows first at a later entry of the old subject: ask the leaf hashes.
        if facts.version != version {
            let reason = format!("its version is {}, but should be {version}", facts.version);
            self.fault(self.first_wrong_leaf(position), path, reason);
            return false;
        }
        if let Some(expected) = facts.expected_version.filter(|e| e + 1 != version) {
            let reason = format!("it expected version {expected} and became version {version}");
            self.fault(self.first_wrong_leaf(position), path, reason);
            return false;
        }
        if facts.recorded_at < self.recorded_at {
            let reason = "it was recorded before the entry in front of it";
            self.fault(self.first_wrong_leaf(position), path, reason);
            return false;
        }
        self.recorded_at = facts.recorded_at;
        let size = position + 1;
        let targets = self.targets.iter().filter(|target| target.size == size);
        if targets.clone().count() > 0 {
            let root = self.frontier.root();
            if targets.clone().any(|target| target.root != root) {
                let position = self.first_wrong_leaf(position);
                let reason = format!("the first {size} entries do not lead to the signed root");
                self.fault(position, path, reason);
                return false;
            }
        }
        true
    }

    fn commit(&mut self, size: u64, root: Hash, path: &Path) -> bool {
        if size != self.frontier.size() {
            let reason = format!("a commit line says {size} entries");
            self.fault(self.frontier.size(), path, reason);
            return false;
        }
        if root != self.frontier.root() {
            let position = self.first_wrong_leaf(self.committed.0);
            let reason = format!("the entries up to {size} do not lead to their commit line");
            self.fault(position, path, reason);
            return false;
        }
        self.check_leaves();
        self.group.clear();
        self.committed = (size, root);
        true
    }

    /// The first entry of the open group whose kept leaf hash is another; `fault` where the
    /// kept hashes do not tell.
    fn first_wrong_leaf(&self, fault: u64) -> u64 {
        let first = self.committed.0;
        let Some(leaves) = &self.leaves else {
            return fault;
        };
        let Ok(known) = leaves.leaves(first, self.held(leaves)) else {
            return fault;
        };
        let wrong = known
            .iter()
            .zip(&self.group)
            .position(|(known, found)| known != found);
        wrong.map_or(fault, |index| first + index as u64)
    }

    /// How many leaf hashes of the open group the file holds.
    fn held(&self, leaves: &LeafFile) -> usize {
        let held = leaves.len().unwrap_or(0).saturating_sub(self.committed.0);
        usize::try_from(held).map_or(self.group.len(), |held| held.min(self.group.len()))
    }

    /// Compares the group, which its commit line proves, with the kept leaf hashes.
    fn check_leaves(&mut self) {
        let first = self.committed.0;
        let Some(leaves) = &self.leaves else { return };
        let held = self.held(leaves);
        let fits = |known: Vec<Hash>| known == self.group[..held];
        if leaves.leaves(first, held).is_ok_and(fits) {
            // A file that ends too early is no other history: a full disk leaves it so.
            if held < self.group.len() {
                self.leaves_end = Some(first + held as u64);
                self.leaves = None;
            }
            return;
        }
        let path = leaves.path().to_owned();
        let position = self.first_wrong_leaf(first);
        let reason = "the leaf hash is not the entry's; the next open builds the file anew";
        self.fault(position, &path, reason);
        self.leaves = None;
    }

    fn finish(mut self, journal: &Path) -> Result<Walked, StoreError> {
        if self.faults.is_empty() {
            self.check_targets(journal);
            self.check_ids(journal)?;
        }
        let (size, root) = self.committed;
        Ok(Walked {
            size,
            root,
            faults: self.faults,
            sealed: self.sealed,
        })
    }

    fn check_targets(&mut self, journal: &Path) {
        let size = self.committed.0;
        for target in self.targets {
            let reason = if target.size > size {
                format!(
                    "the journal ends here, but a signed head speaks of {}",
                    target.size
                )
            } else if target.size == 0 && target.root != crate::merkle::empty_root() {
                "the signed root of no entries is wrong".to_owned()
            } else {
                continue;
            };
            self.fault(size, journal, reason);
        }
    }

    /// Looks for ids that stand twice: equal hashes side by side, then the ids themselves.
    fn check_ids(&mut self, journal: &Path) -> Result<(), StoreError> {
        self.ids.sort_unstable();
        let pairs: Vec<(u64, u64)> = self
            .ids
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| (pair[0].1, pair[1].1))
            .collect();
        for (first, second) in pairs {
            if id_at(journal, first)? == id_at(journal, second)? {
                let reason = format!("its id stands at position {first} too");
                let path = PathBuf::from(journal);
                self.fault(second, &path, reason);
            }
        }
        Ok(())
    }
}

fn id_at(journal: &Path, position: u64) -> Result<Option<Uuid>, StoreError> {
    let mut id = None;
    scan(journal, position, position + 1, |entries| {
        id = entries
            .first()
            .and_then(|entry| Some(Header::parse(&entry.bytes)?.id));
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(id)
}
