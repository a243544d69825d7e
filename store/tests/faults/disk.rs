//! A model of a disk behind a page cache: what is there for a running process, and what of it a
//! power cut may leave.
//!
//! Only a sync makes anything durable: of a file its bytes and length, of a directory its names.
//! Before that each 512-byte sector of a write may be there or not, in any order, and a file may
//! have grown without its bytes. Names in one directory become durable in their order, apart from
//! those in others. A rename between directories is taken as durable at once. This file must not
//! know what the files mean.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::SmallRng;

use crate::trace::Change;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

type Names = BTreeMap<String, usize>;

#[derive(Clone)]
enum DataChange {
    Wrote(usize, Arc<[u8]>),
    Cut(usize),
}

#[derive(Clone)]
enum NameChange {
    Linked(String, usize),
    Removed(String),
    Renamed(String, String),
}

#[derive(Clone)]
enum Node {
    File {
        durable: Vec<u8>,
        pending: Vec<DataChange>,
    },
    Directory {
        durable: Names,
        live: Names,
        pending: Vec<NameChange>,
    },
}

/// What a power cut leaves of the changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// None of them.
    Nothing,
    /// All of them: as after a kill.
    Everything,
    /// Any sectors and any names that were not ordered by a sync.
    Any,
    /// All, but sectors of the last write to each file.
    TornLast,
    /// Bytes and lengths, no names.
    DataOnly,
    /// Names, no bytes.
    NamesOnly,
}

impl Leaves {
    /// Each kind once, the random ones twice.
    pub(crate) const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Everything,
        Self::Any,
        Self::TornLast,
        Self::DataOnly,
        Self::NamesOnly,
        Self::Any,
        Self::TornLast,
    ];
}

/// The disk.
pub(crate) struct Disk {
    nodes: Vec<Node>,
    inodes: HashMap<u64, usize>,
    /// Whether syncs are ignored, as by a drive that lies: the control of the harness itself.
    deaf: bool,
}

fn directory() -> Node {
    Node::Directory {
        durable: Names::new(),
        live: Names::new(),
        pending: Vec::new(),
    }
}

impl Disk {
    /// An empty directory.
    pub(crate) fn new(deaf: bool) -> Self {
        Self {
            nodes: vec![directory()],
            inodes: HashMap::new(),
            deaf,
        }
    }

    /// Makes a change, in the page cache alone unless it is a sync.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Started { root } => drop(self.inodes.insert(*root, 0)),
            Change::Made {
                inode,
                path,
                directory: is_directory,
            } => {
                let node = self.nodes.len();
                self.nodes.push(if *is_directory {
                    directory()
                } else {
                    Node::File {
                        durable: Vec::new(),
                        pending: Vec::new(),
                    }
                });
                self.inodes.insert(*inode, node);
                let (parent, name) = self.place(path);
                self.rename_in(parent, NameChange::Linked(name, node));
            }
            Change::Wrote {
                inode,
                offset,
                bytes,
            } => self.write(*inode, DataChange::Wrote(*offset, Arc::clone(bytes))),
            Change::Cut { inode, size } => self.write(*inode, DataChange::Cut(*size)),
            Change::Synced { inode } if !self.deaf => self.sync(*inode),
            Change::Renamed { from, to } => self.rename(from, to),
            Change::Removed { path } => {
                let (parent, name) = self.place(path);
                self.rename_in(parent, NameChange::Removed(name));
            }
            Change::Synced { .. } | Change::Acknowledged(_) | Change::Failed | Change::Nothing => {}
        }
    }

    fn place(&self, path: &str) -> (usize, String) {
        let mut parts: Vec<_> = path.split('/').collect();
        let name = parts.pop().unwrap().to_owned();
        let parent = parts.into_iter().fold(0, |node, part| {
            let Node::Directory { live, .. } = &self.nodes[node] else {
                panic!("{path} is not below a directory")
            };
            live[part]
        });
        (parent, name)
    }

    fn rename_in(&mut self, parent: usize, change: NameChange) {
        let Node::Directory { live, pending, .. } = &mut self.nodes[parent] else {
            panic!("a name in a file")
        };
        change.make(live);
        pending.push(change);
    }

    fn rename(&mut self, from: &str, to: &str) {
        let ((parent, old), (target, new)) = (self.place(from), self.place(to));
        if parent == target {
            return self.rename_in(parent, NameChange::Renamed(old, new));
        }
        let Node::Directory { live, .. } = &self.nodes[parent] else {
            panic!("a name in a file")
        };
        let node = live[&old];
        self.rename_in(target, NameChange::Linked(new, node));
        self.rename_in(parent, NameChange::Removed(old));
        self.sync_node(target);
        self.sync_node(parent);
    }

    fn write(&mut self, inode: u64, change: DataChange) {
        if let Node::File { pending, .. } = &mut self.nodes[self.inodes[&inode]] {
            pending.push(change);
        }
    }

    fn sync(&mut self, inode: u64) {
        self.sync_node(self.inodes[&inode]);
    }

    fn sync_node(&mut self, node: usize) {
        match &mut self.nodes[node] {
            Node::File { durable, pending } => {
                pending.drain(..).for_each(|change| change.make(durable));
            }
            Node::Directory {
                durable,
                live,
                pending,
            } => {
                durable.clone_from(live);
                pending.clear();
            }
        }
    }

    /// Writes what a power cut now would leave into an empty directory.
    pub(crate) fn crash(&self, leaves: Leaves, random: &mut SmallRng, to: &Path) {
        self.crash_node(0, leaves, random, to);
    }

    fn crash_node(&self, node: usize, leaves: Leaves, random: &mut SmallRng, to: &Path) {
        match &self.nodes[node] {
            Node::File { durable, pending } => {
                let mut bytes = durable.clone();
                leave_data(&mut bytes, pending, leaves, random);
                fs::write(to, bytes).unwrap();
            }
            Node::Directory {
                durable, pending, ..
            } => {
                let kept = match leaves {
                    Leaves::Nothing | Leaves::DataOnly => 0,
                    Leaves::Any => random.random_range(0..=pending.len()),
                    Leaves::Everything | Leaves::TornLast | Leaves::NamesOnly => pending.len(),
                };
                let mut names = durable.clone();
                pending[..kept]
                    .iter()
                    .for_each(|change| change.make(&mut names));
                if !to.exists() {
                    fs::create_dir(to).unwrap();
                }
                for (name, node) in &names {
                    self.crash_node(*node, leaves, random, &to.join(name));
                }
            }
        }
    }
}

impl NameChange {
    fn make(&self, names: &mut Names) {
        match self {
            Self::Linked(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Removed(name) => drop(names.remove(name)),
            Self::Renamed(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

impl DataChange {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(size) => bytes.resize(*size, 0),
            Self::Wrote(offset, written) => put(bytes, *offset, written),
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

fn leave_data(bytes: &mut Vec<u8>, pending: &[DataChange], leaves: Leaves, random: &mut SmallRng) {
    if matches!(leaves, Leaves::Nothing | Leaves::NamesOnly) {
        return;
    }
    let any = leaves == Leaves::Any;
    let mut cutting = true;
    for (number, change) in pending.iter().enumerate() {
        let last = number + 1 == pending.len();
        let torn = any || (leaves == Leaves::TornLast && last);
        match change {
            _ if !torn => change.make(bytes),
            // Lengths are set in their order: after one that is lost the later ones are too.
            DataChange::Cut(_) => {
                cutting &= random.random::<bool>();
                if cutting {
                    change.make(bytes);
                }
            }
            DataChange::Wrote(offset, written) => tear(bytes, *offset, written, random),
        }
    }
}

/// Keeps any sectors of a write; where one is lost at the end, the file may have grown all the
/// same.
fn tear(bytes: &mut Vec<u8>, offset: usize, written: &[u8], random: &mut SmallRng) {
    if random.random() && bytes.len() < offset + written.len() {
        bytes.resize(offset + written.len(), 0);
    }
    // Not only even chances: whole writes, and those with a single sector lost, matter as well.
    let chance = [0.1, 0.5, 0.9][random.random_range(0..3)];
    let mut start = 0;
    while start < written.len() {
        let end = ((offset + start) / SECTOR + 1) * SECTOR - offset;
        let end = end.min(written.len());
        if random.random_bool(chance) {
            put(bytes, offset + start, &written[start..end]);
        }
        start = end;
    }
}
