//! Checks an export directory as an auditor does who holds nothing but the ledger's key: every
//! signature, entry, rule, tile and proof, in the order of tests/verifiers/README.md.
//!
//! The first fault is named by its place and class, with the words that the unrelated verifiers
//! use. It must not know where the export came from, and it opens no ledger.

mod entries;
mod envelope;
mod fault;
mod files;
mod notes;
mod proofs;
mod tiles;

use std::path::Path;

pub use fault::{AuditFault, Class};
use files::Export;
use notes::Keys;

use crate::merkle::{self, LeafTree};
use crate::note::{Checkpoint, VerifierKey};

/// What the auditor holds beside the files of the export.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The ledger's key; without one the file `vkey` is believed.
    pub key: Option<VerifierKey>,
    /// Earlier signed checkpoints with a name for each, beside the file `old-checkpoint`.
    pub kept: Vec<(String, String)>,
    /// Keys that must have cosigned the head, beside those in the file `cosigners`.
    pub cosigners: Vec<VerifierKey>,
}

/// What was checked and found good.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The signed head; every entry up to it was hashed.
    pub head: Checkpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    /// Kept checkpoints whose history is the beginning of this one: name and size.
    pub kept: Vec<(String, u64)>,
    /// Receipts that verify.
    pub proofs: usize,
    /// Names of the cosigners that were asked for; all of them signed.
    pub cosigned: Vec<String>,
}

/// Checks a directory. Memory: the entries' hashes, ids and subjects; one bundle at a time.
///
/// # Errors
/// The first fault.
pub fn audit(dir: &Path, held: &Held) -> Result<Audited, AuditFault> {
    let export = Export::new(dir);
    let keys = Keys::read(&export, held)?;
    let (head, cosigned) = keys.checkpoint(&export.note("checkpoint")?, "checkpoint")?;
    keys.all_signed(&cosigned)?;
    let kept = kept_checkpoints(&export, &keys, held, &head)?;
    let tree = LeafTree::new(entries::leaves(&export, head.size)?);
    tiles::check_required(&export, head.size, &tree)?;
    if root(&tree, head.size) != Some(head.root) {
        let detail = format!("the {} entries do not give the signed root", head.size);
        return Err(AuditFault::new("checkpoint", Class::Root, detail));
    }
    for (place, old) in &kept {
        if root(&tree, old.size) != Some(old.root) {
            let detail = format!(
                "the first {} entries do not give the root that was kept",
                old.size
            );
            return Err(AuditFault::new(place, Class::History, detail));
        }
    }
    tiles::check_others(&export, head.size, &tree)?;
    let positions = proofs::positions(&export)?;
    for position in &positions {
        proofs::check(&export, *position, &keys, head.size, &tree)?;
    }
    Ok(Audited {
        head,
        key: keys.log,
        kept: kept
            .into_iter()
            .map(|(place, old)| (place, old.size))
            .collect(),
        proofs: positions.len(),
        cosigned,
    })
}

/// The kept checkpoints, each signed and none ahead of the head or beside it.
fn kept_checkpoints(
    export: &Export<'_>,
    keys: &Keys,
    held: &Held,
    head: &Checkpoint,
) -> Result<Vec<(String, Checkpoint)>, AuditFault> {
    let mut notes = Vec::new();
    if export.has("old-checkpoint") {
        notes.push(("old-checkpoint".to_owned(), export.note("old-checkpoint")?));
    }
    let given = held.kept.iter();
    notes.extend(given.map(|(name, note)| (name.clone(), note.clone().into_bytes())));
    let mut kept = Vec::new();
    for (place, note) in notes {
        let (old, _) = keys.checkpoint(&note, &place)?;
        if old.size > head.size {
            let detail = format!("has {} entries, the kept one {}", head.size, old.size);
            return Err(AuditFault::new("checkpoint", Class::RolledBack, detail));
        }
        if old.size == head.size && old.root != head.root {
            let detail = format!("another root than the kept one of the same {}", old.size);
            return Err(AuditFault::new("checkpoint", Class::Fork, detail));
        }
        kept.push((place, old));
    }
    Ok(kept)
}

/// The root of the first `size` leaves; `None` where the tree has fewer.
fn root(tree: &LeafTree, size: u64) -> Option<merkle::Hash> {
    merkle::root(tree, size).ok()
}

#[cfg(test)]
mod tests;
