//! Every entry of an export in order: its bundle, its leaf hash, its form, and whether it may
//! follow those before it.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use uuid::Uuid;

use super::envelope::{self, Envelope};
use super::files::Export;
use super::tiles::{Tile, bundle, required, tile};
use super::{AuditFault, Class};
use crate::merkle::{Hash, leaf_hash};

/// Checks all entries of a head; gives their leaf hashes.
pub(super) fn leaves(export: &Export<'_>, size: u64) -> Result<Vec<Hash>, AuditFault> {
    let (mut leaves, mut history) = (Vec::new(), History::default());
    for hashes in required(0, size) {
        let entries = bundle(export, &Tile::bundle(hashes.index, hashes.width))?;
        let known = tile(export, &hashes)?;
        for (entry, known) in entries.iter().zip(&known) {
            let position = leaves.len() as u64;
            let leaf = leaf_hash(entry);
            if leaf != *known {
                let detail = format!("the entry has not the hash in {}", hashes.path());
                return Err(AuditFault::new(place(position), Class::Leaf, detail));
            }
            history.follow(position, entry)?;
            leaves.push(leaf);
        }
    }
    Ok(leaves)
}

/// How a position is named.
pub(super) fn place(position: u64) -> String {
    format!("position {position}")
}

/// What of the entries so far decides whether the next may follow.
#[derive(Default)]
struct History {
    positions: HashMap<Uuid, u64>,
    versions: HashMap<String, u64>,
    recorded_at: String,
}

impl History {
    fn follow(&mut self, position: u64, content: &[u8]) -> Result<(), AuditFault> {
        let fault = |class, detail: String| Err(AuditFault::new(place(position), class, detail));
        let entry: Envelope = match envelope::read(content) {
            Ok(entry) => entry,
            Err((class, detail)) => return fault(class, detail),
        };
        if entry.position != position {
            return fault(
                Class::Position,
                format!("the entry says {}", entry.position),
            );
        }
        match self.positions.entry(entry.id) {
            Slot::Occupied(first) => {
                return fault(Class::Id, format!("already at position {}", first.get()));
            }
            Slot::Vacant(free) => free.insert(position),
        };
        let before = self.versions.get(&entry.subject).copied().unwrap_or(0);
        let version = before + 1;
        if entry.version != version {
            let detail = format!(
                "is {}, but {version} follows for this subject",
                entry.version
            );
            return fault(Class::Version, detail);
        }
        self.versions.insert(entry.subject, version);
        if let Some(expected) = entry.expected_version.filter(|found| *found != before) {
            let detail = format!("is {expected} at version {version}");
            return fault(Class::ExpectedVersion, detail);
        }
        if entry.recorded_at < self.recorded_at {
            let detail = "recorded before the entry in front of it";
            return fault(Class::Time, detail.to_owned());
        }
        self.recorded_at = entry.recorded_at;
        Ok(())
    }
}
