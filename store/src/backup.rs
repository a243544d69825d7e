//! Copies a ledger, also one that is being written, and puts a copy back.
//!
//! A backup is exactly what one signed head speaks of: head, journal, ciphertexts and, if asked
//! for, the keys. What is derived (index, leaf hashes) is not in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{OpenError, StoreError};
use crate::files::{AtPath as _, open_rw, private_dir, sync_dir, write_atomically};
use crate::journal::{Line, SegmentReader, segment_path, segments};
use crate::ledger::{LedgerFile, head_path, journal_dir, read_head};
use crate::verify::{Report, verify};

/// Why a backup or restore failed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The directory that should be filled holds something.
    #[error("{dir} is not empty; name a new directory")]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// The copy does not verify.
    #[error("the copy in {dir} does not verify: {reason}")]
    Unsound {
        /// The copy.
        dir: PathBuf,
        /// The first fault.
        reason: String,
    },
    /// A ledger could not be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies the ledger of `dir` to a new directory and verifies the copy. Without the keys the
/// copy verifies, but cannot be opened until `keys/` is put back from its own backup.
pub fn backup(dir: &Path, to: &Path, with_keys: bool) -> Result<Report, BackupError> {
    must_be_empty(to)?;
    let file = LedgerFile::read(dir)?;
    let head = read_head(dir, &file)?;
    let signed = fs::read(head_path(dir)).at(&head_path(dir))?;
    let head = crate::note::VerifierKey::parse(&file.vkey)
        .and_then(|key| crate::note::Checkpoint::open(&String::from_utf8_lossy(&signed), &key))
        .unwrap_or(head);
    private_dir(&journal_dir(to))?;
    copy_journal(&journal_dir(dir), &journal_dir(to), head.size)?;
    copy_files(&dir.join("sealed"), &to.join("sealed"))?;
    if with_keys {
        copy_files(&dir.join("keys"), &to.join("keys"))?;
    }
    write_atomically(&head_path(to), &signed, 0o600)?;
    copy_file(&dir.join("ledger.json"), &to.join("ledger.json"))?;
    sync_dir(to)?;
    sound(to)
}

/// Puts a backup into a new directory and verifies it there. Subjects that were erased after
/// the backup must be destroyed again, from the ledger's own events, before it is served.
pub fn restore(from: &Path, dir: &Path) -> Result<Report, BackupError> {
    backup(from, dir, true)
}

fn must_be_empty(dir: &Path) -> Result<(), BackupError> {
    let filled = fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some());
    if filled {
        Err(BackupError::NotEmpty {
            dir: dir.to_owned(),
        })
    } else {
        Ok(())
    }
}

fn sound(dir: &Path) -> Result<Report, BackupError> {
    let report = verify(dir, &[], &mut |_, _| {})?;
    let Some(fault) = report.faults.first() else {
        return Ok(report);
    };
    let reason = format!(
        "position {:?} in {}: {}",
        fault.position,
        fault.path.display(),
        fault.reason
    );
    Err(BackupError::Unsound {
        dir: dir.to_owned(),
        reason,
    })
}

/// Copies lines up to the commit line of the head.
fn copy_journal(from: &Path, to: &Path, size: u64) -> Result<(), StoreError> {
    for segment in segments(from)? {
        if segment.first >= size && segment.first > 0 {
            break;
        }
        let path = segment_path(to, segment.first);
        let mut out = std::io::BufWriter::new(open_rw(&path, 0o600)?);
        let mut reader = SegmentReader::open(&segment.path)?;
        let mut done = size == 0;
        while !done && let Some(chunk) = reader.next_chunk()? {
            for line in chunk.lines {
                let line = &chunk.bytes[line];
                out.write_all(line)
                    .and_then(|()| out.write_all(b"\n"))
                    .at(&path)?;
                if matches!(Line::parse(line), Line::Commit { size: at, .. } if at == size) {
                    done = true;
                    break;
                }
            }
        }
        let file = out
            .into_inner()
            .map_err(|error| StoreError::io(&path, error.into_error()))?;
        file.sync_all().at(&path)?;
        if done {
            break;
        }
    }
    sync_dir(to)
}

fn copy_files(from: &Path, to: &Path) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    private_dir(to)?;
    for file in fs::read_dir(from).at(from)? {
        let path = file.at(from)?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            copy_file(&path, &to.join(name))?;
        }
    }
    sync_dir(to)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::copy(from, to).at(from)?;
    fs::File::open(to).and_then(|file| file.sync_all()).at(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_store::EventStore as _;
    use crate::ledger::Ledger;
    use crate::tests_support::{fill, options, sealed_draft};

    #[test]
    fn a_backup_of_a_running_ledger_restores_to_the_same_history() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
        let (draft, context) = sealed_draft(&ledger.vault(), 0, "business/1", b"name");
        let commitment = draft.sealed.as_ref().unwrap().commitment;
        ledger.append(draft).unwrap().wait().unwrap();
        fill(&ledger, 1, 299);
        // The head follows within a fraction of a second.
        let head = || fs::read_to_string(head_path(dir.path())).unwrap();
        while !head().contains("\n300\n") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let copies = tempfile::tempdir().unwrap();
        let (copy, back) = (copies.path().join("copy"), copies.path().join("back"));
        let report = backup(dir.path(), &copy, true).unwrap();
        assert_eq!(report.size, 300);
        fill(&ledger, 300, 20);
        restore(&copy, &back).unwrap();
        let (restored, _) = Ledger::open(&back, options()).unwrap();
        assert_eq!(restored.read(0, 400).unwrap(), ledger.read(0, 300).unwrap());
        let opened = restored
            .vault()
            .open(0, &commitment, "business/1", &context)
            .unwrap();
        assert_eq!(&opened.unwrap()[..], b"name");
        assert!(matches!(
            backup(dir.path(), &copy, true),
            Err(BackupError::NotEmpty { .. })
        ));
    }

    #[test]
    fn a_damaged_backup_is_not_restored() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
        fill(&ledger, 0, 100);
        ledger.close().unwrap();
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("copy");
        backup(dir.path(), &copy, false).unwrap();
        assert!(!copy.join("keys").exists());
        let segment = segment_path(&journal_dir(&copy), 0);
        let mut bytes = fs::read(&segment).unwrap();
        bytes[100] ^= 1;
        fs::write(&segment, bytes).unwrap();
        let refused = restore(&copy, &copies.path().join("back")).unwrap_err();
        assert!(matches!(refused, BackupError::Unsound { .. }), "{refused}");
    }
}
