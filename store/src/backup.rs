//! Copies a ledger, also one that is being written, and puts a copy back.
//!
//! A backup is exactly what one signed head speaks of, and that head is of everything that was
//! acknowledged: head, journal, ciphertexts and, if asked
//! for, the keys. What is derived (index, leaf hashes) is not in it. A second backup into the
//! same directory writes only what is new, and never over a longer or another history.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{OpenError, StoreError};
use crate::export::Signed;
use crate::files::{AtPath as _, private_dir, sync_dir, write_atomically};
use crate::journal::{Line, SegmentReader, segment_path, segments};
use crate::ledger::{LedgerFile, head_path, journal_dir, read_head};
use crate::note::Checkpoint;
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
    /// The directory holds the backup of another ledger.
    #[error("{dir} holds a backup of another ledger, {origin}; name another directory")]
    OtherLedger {
        /// The backup.
        dir: PathBuf,
        /// The ledger it is of.
        origin: String,
    },
    /// The ledger is shorter than its backup: it was rolled back.
    #[error("{dir} holds {held} entries, but this ledger only {size}; restore that backup instead")]
    Newer {
        /// The backup.
        dir: PathBuf,
        /// Its entries.
        held: u64,
        /// The ledger's entries.
        size: u64,
    },
    /// The ledger or the copy does not verify.
    #[error("{dir} does not verify: {reason}")]
    Unsound {
        /// Which of them.
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

/// Copies the ledger of `dir` to a directory that is empty or holds an earlier backup of it, and
/// verifies both; the keys go to a directory of their own. Without keys the copy verifies, but
/// cannot be opened until `keys/` is put back.
pub fn backup(dir: &Path, to: &Path, keys_to: Option<&Path>) -> Result<Report, BackupError> {
    let file = LedgerFile::read(dir)?;
    let Signed { note, head, .. } = Signed::committed(dir)?;
    let held = held(to, &file, &head)?;
    // A damaged or rewritten ledger must not spoil a good backup.
    sound(dir, &held)?;
    private_dir(&journal_dir(to))?;
    mirror_file(&dir.join("ledger.json"), &to.join("ledger.json"))?;
    copy_journal(&journal_dir(dir), &journal_dir(to), head.size)?;
    mirror(&dir.join("sealed"), &to.join("sealed"))?;
    if let Some(keys) = keys_to {
        mirror(&dir.join("keys"), keys)?;
    }
    write_atomically(&head_path(to), note.as_bytes(), 0o600)?;
    sync_dir(to)?;
    sound(to, &held)
}

/// Puts a backup into a new directory and verifies it there. Subjects that were erased after
/// the keys were copied must be destroyed again, from the ledger's own events, before it is
/// served.
pub fn restore(from: &Path, dir: &Path, keys: &Path) -> Result<Report, BackupError> {
    must_be_empty(dir)?;
    let report = backup(from, dir, None)?;
    mirror(keys, &dir.join("keys"))?;
    Ok(report)
}

/// The head of the backup that a directory holds, if it may be continued with this ledger.
fn held(to: &Path, file: &LedgerFile, head: &Checkpoint) -> Result<Vec<Checkpoint>, BackupError> {
    if !to.join("ledger.json").exists() {
        must_be_empty(to)?;
        return Ok(Vec::new());
    }
    let copied = LedgerFile::read(to)?;
    if copied.vkey != file.vkey {
        return Err(BackupError::OtherLedger {
            dir: to.to_owned(),
            origin: copied.origin,
        });
    }
    // Without a head the first backup was broken off.
    if !head_path(to).exists() {
        return Ok(Vec::new());
    }
    let held = read_head(to, &copied)?;
    if held.size > head.size {
        return Err(BackupError::Newer {
            dir: to.to_owned(),
            held: held.size,
            size: head.size,
        });
    }
    Ok(vec![held])
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

fn sound(dir: &Path, since: &[Checkpoint]) -> Result<Report, BackupError> {
    let report = verify(dir, since, &mut |_, _| {})?;
    let Some(fault) = report.faults.first() else {
        return Ok(report);
    };
    let place = fault
        .position
        .map_or(String::new(), |position| format!("position {position} in "));
    Err(BackupError::Unsound {
        dir: dir.to_owned(),
        reason: format!("{place}{}: {}", fault.path.display(), fault.reason),
    })
}

/// Copies lines up to the commit line of the head.
fn copy_journal(from: &Path, to: &Path, size: u64) -> Result<(), StoreError> {
    for segment in segments(from)? {
        if segment.first >= size && segment.first > 0 {
            break;
        }
        let (wanted, done) = lines_until(&segment.path, size)?;
        extend(&segment_path(to, segment.first), &wanted)?;
        if done {
            break;
        }
    }
    sync_dir(to)
}

/// The bytes of a segment up to the commit line of `size`, and whether it was there.
fn lines_until(path: &Path, size: u64) -> Result<(Vec<u8>, bool), StoreError> {
    let mut wanted = Vec::new();
    let mut reader = SegmentReader::open(path)?;
    if size == 0 {
        return Ok((wanted, true));
    }
    while let Some(chunk) = reader.next_chunk()? {
        for line in chunk.lines {
            let line = &chunk.bytes[line];
            wanted.extend_from_slice(line);
            wanted.push(b'\n');
            if matches!(Line::parse(line), Line::Commit { size: at, .. } if at == size) {
                return Ok((wanted, true));
            }
        }
    }
    Ok((wanted, false))
}

/// Appends what is new; a segment that a repair wrote differently is replaced in one step.
fn extend(path: &Path, wanted: &[u8]) -> Result<(), StoreError> {
    let held = fs::read(path).unwrap_or_default();
    match wanted.strip_prefix(&held[..]) {
        Some([]) if path.exists() => Ok(()),
        Some(new) if !held.is_empty() => {
            let mut file = fs::OpenOptions::new().append(true).open(path).at(path)?;
            file.write_all(new).and_then(|()| file.sync_all()).at(path)
        }
        _ => write_atomically(path, wanted, 0o600),
    }
}

/// Makes the files of one directory those of another.
fn mirror(from: &Path, to: &Path) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    private_dir(to)?;
    for name in files(from)? {
        mirror_file(&from.join(&name), &to.join(&name))?;
    }
    // What an erasure took away must not stay in the copy.
    for name in files(to)? {
        if !from.join(&name).exists() {
            fs::remove_file(to.join(&name)).at(&to.join(&name))?;
        }
    }
    sync_dir(to)
}

fn files(dir: &Path) -> Result<Vec<std::ffi::OsString>, StoreError> {
    let mut names = Vec::new();
    for file in fs::read_dir(dir).at(dir)? {
        let path = file.at(dir)?.path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "tmp") {
            names.extend(path.file_name().map(ToOwned::to_owned));
        }
    }
    Ok(names)
}

/// Copies one file where its bytes differ; one that is gone by now was compacted away.
pub fn mirror_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let content = match fs::read(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.at(from)?,
    };
    if fs::read(to).is_ok_and(|held| held == content) {
        return Ok(());
    }
    write_atomically(to, &content, 0o600)
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
        let copies = tempfile::tempdir().unwrap();
        let (copy, back) = (copies.path().join("copy"), copies.path().join("back"));
        let report = backup(dir.path(), &copy, Some(&copy.join("keys"))).unwrap();
        assert_eq!(report.size, 300);
        fill(&ledger, 300, 20);
        restore(&copy, &back, &copy.join("keys")).unwrap();
        let (restored, _) = Ledger::open(&back, options()).unwrap();
        assert_eq!(restored.read(0, 400).unwrap(), ledger.read(0, 300).unwrap());
        let opened = restored
            .vault()
            .open(0, &commitment, "business/1", &context)
            .unwrap();
        assert_eq!(&opened.unwrap()[..], b"name");
        assert!(matches!(
            restore(&copy, &back, &copy.join("keys")),
            Err(BackupError::NotEmpty { .. })
        ));
    }

    #[test]
    fn a_backup_after_a_crash_holds_what_was_acknowledged_and_never_signed() {
        let dirs = tempfile::tempdir().unwrap();
        let (dir, crashed) = (dirs.path().join("ledger"), dirs.path().join("crashed"));
        closed(&dir, 40);
        let head = fs::read(head_path(&dir)).unwrap();
        closed(&dir, 60);
        crate::tests_support::copy_dir(&dir, &crashed);
        fs::write(head_path(&crashed), head).unwrap();
        let copy = dirs.path().join("copy");
        assert_eq!(backup(&crashed, &copy, None).unwrap().size, 100);
        let signed = Signed::read(&copy).unwrap();
        assert_eq!(signed.head, Signed::read(&dir).unwrap().head);
        // A tail that does not lead to its commit line is not signed, and not copied.
        let segment = segment_path(&journal_dir(&crashed), 0);
        let mut bytes = fs::read(&segment).unwrap();
        let last = memchr::memmem::rfind(&bytes, b"\"number\":99").unwrap();
        bytes[last + 10] = b'8';
        fs::write(&segment, bytes).unwrap();
        assert_eq!(Signed::committed(&crashed).unwrap().head.size, 40);
        assert!(backup(&crashed, &copy, None).is_err());
    }

    #[test]
    fn a_damaged_backup_is_not_restored() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
        fill(&ledger, 0, 100);
        ledger.close().unwrap();
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("copy");
        backup(dir.path(), &copy, None).unwrap();
        assert!(!copy.join("keys").exists());
        let segment = segment_path(&journal_dir(&copy), 0);
        let mut bytes = fs::read(&segment).unwrap();
        bytes[100] ^= 1;
        fs::write(&segment, bytes).unwrap();
        let refused =
            restore(&copy, &copies.path().join("back"), &dir.path().join("keys")).unwrap_err();
        assert!(matches!(refused, BackupError::Unsound { .. }), "{refused}");
    }

    fn closed(dir: &Path, entries: u64) {
        let ledger = match Ledger::open(dir, options()) {
            Ok((ledger, _)) => ledger,
            Err(_) => Ledger::create(dir, "ledger.example/t", options()).unwrap(),
        };
        fill(&ledger, ledger.size(), entries);
        ledger.close().unwrap();
    }

    #[test]
    fn a_second_backup_adds_what_is_new_and_nothing_else() {
        let dirs = tempfile::tempdir().unwrap();
        let (dir, copy) = (dirs.path().join("ledger"), dirs.path().join("copy"));
        closed(&dir, 100);
        backup(&dir, &copy, None).unwrap();
        let first = fs::metadata(segment_path(&journal_dir(&copy), 0)).unwrap();
        closed(&dir, 30);
        assert_eq!(backup(&dir, &copy, None).unwrap().size, 130);
        let again = fs::metadata(segment_path(&journal_dir(&copy), 0)).unwrap();
        // The same file, longer: it was not written anew.
        assert_eq!(
            std::os::unix::fs::MetadataExt::ino(&first),
            std::os::unix::fs::MetadataExt::ino(&again)
        );
        assert_eq!(backup(&dir, &copy, None).unwrap().size, 130);
    }

    #[test]
    fn a_backup_is_never_overwritten_by_a_shorter_or_another_or_a_damaged_ledger() {
        let dirs = tempfile::tempdir().unwrap();
        let (dir, copy) = (dirs.path().join("ledger"), dirs.path().join("copy"));
        let old = dirs.path().join("old");
        closed(&dir, 50);
        backup(&dir, &old, None).unwrap();
        closed(&dir, 50);
        backup(&dir, &copy, None).unwrap();
        assert!(matches!(
            backup(&old, &copy, None),
            Err(BackupError::Newer {
                held: 100,
                size: 50,
                ..
            })
        ));
        let other = dirs.path().join("other");
        closed(&other, 200);
        assert!(matches!(
            backup(&other, &copy, None),
            Err(BackupError::OtherLedger { .. })
        ));
        let segment = segment_path(&journal_dir(&dir), 0);
        let mut bytes = fs::read(&segment).unwrap();
        bytes[100] ^= 1;
        fs::write(&segment, bytes).unwrap();
        let refused = backup(&dir, &copy, None).unwrap_err();
        assert!(matches!(&refused, BackupError::Unsound { dir: named, .. } if *named == dir));
        assert_eq!(sound(&copy, &[]).unwrap().size, 100);
    }
}
