//! Checks a data directory from outside: every hash, position, version, expected version, id and
//! instant of the journal, the signed head, what is derived (leaf hashes, index), and the
//! ciphertext of every sealed field.
//!
//! It changes nothing: the index is opened as a copy. A ledger that another process holds open
//! is checked up to its last commit line, as it stands when the check begins. Memory: 16 bytes an
//! entry for the ids, and the subjects.

mod index_check;
mod line;
mod sealed_check;
mod walk;

use std::path::{Path, PathBuf};

use crate::committed;
use crate::error::OpenError;
use crate::ledger::{LedgerFile, Lock, read_head};
use crate::merkle::Hash;
use crate::note::{Checkpoint, VerifierKey};
pub use sealed_check::SealedTally;

/// Something that is not as it was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first bad position, where one can be named.
    pub position: Option<u64>,
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

/// What was checked and found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The ledger's name.
    pub origin: String,
    /// Entries whose hashes were computed and lead to a commit line.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// The signed head they were compared with.
    pub head: Option<Checkpoint>,
    /// Sealed entries whose ciphertext was compared.
    pub sealed: SealedTally,
    /// What is wrong, the first first; empty = all is as it was acknowledged.
    pub faults: Vec<Fault>,
    /// What was left out or will be mended at the next open.
    pub notes: Vec<String>,
}

/// The public key under which the checkpoints of a directory verify, as the directory names it.
///
/// An auditor compares it with the copy that was handed over when the ledger was made.
pub fn verifier_key(dir: &Path) -> Result<VerifierKey, OpenError> {
    LedgerFile::read(dir)?.verifier_key(dir)
}

/// Recomputes everything. `since` are older checkpoints of this ledger (their signatures already
/// checked) that its history must contain. `progress` is told the entries done and those the
/// head speaks of.
pub fn verify(
    dir: &Path,
    since: &[Checkpoint],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, OpenError> {
    let file = LedgerFile::read(dir)?;
    let lock = match Lock::take(dir) {
        Ok(lock) => Some(lock),
        Err(OpenError::Locked { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut faults = Vec::new();
    let mut notes = Vec::new();
    let head = read_head(dir, &file)
        .inspect_err(|error| {
            let path = crate::ledger::head_path(dir);
            faults.push(Fault {
                position: None,
                path,
                reason: error.to_string(),
            });
        })
        .ok();
    let mut targets: Vec<Checkpoint> = since.to_vec();
    targets.extend(head.clone());
    for other in targets.iter().filter(|target| target.origin != file.origin) {
        let reason = format!(
            "the checkpoint is of {}, not of {}",
            other.origin, file.origin
        );
        faults.push(Fault {
            position: None,
            path: dir.to_owned(),
            reason,
        });
    }
    let signed = head.as_ref().map_or(0, |head| head.size);
    // Behind a writer's back only whole groups can be checked; the head lags behind them.
    let up_to = match lock {
        None => Some(committed::size(dir)?.max(signed)),
        Some(_) => None,
    };
    let total = up_to.unwrap_or(signed);
    let mut each = |done| progress(done, total);
    let walked = walk::walk(dir, &targets, up_to, &mut each, &mut notes)?;
    let sound = walked.faults.is_empty();
    faults.extend(walked.faults);
    let sealed = if sound {
        walked.sealed.finish(&mut faults, &mut notes)
    } else {
        notes.push("sealed fields were not compared, because the journal is damaged".into());
        SealedTally::default()
    };
    match lock {
        None => {
            let note = "another process has the ledger open: checked up to the last commit line";
            notes.push(note.into());
        }
        Some(_) if sound => index_check::check(dir, walked.size, &mut faults, &mut notes)?,
        Some(_) => notes.push("the index was not compared, because the journal is damaged".into()),
    }
    let (size, root) = (walked.size, walked.root);
    Ok(Report {
        origin: file.origin,
        size,
        root,
        head,
        sealed,
        faults,
        notes,
    })
}

#[cfg(test)]
mod tests;
