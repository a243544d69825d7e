//! Damage of every file: a ledger opens identical or refuses by name, never shorter, and never
//! with other bytes.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::tests_support::{copy_dir, draft, fill, options};

/// A closed ledger of 400 entries in several segments.
fn closed() -> (tempfile::TempDir, Vec<Entry>) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), "ledger.example/t", options()).unwrap();
    (0..5).for_each(|round| fill(&ledger, round * 80, 80));
    let entries = ledger.read(0, 400).unwrap();
    ledger.close().unwrap();
    (dir, entries)
}

fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Opens a damaged copy: it must refuse, or answer everything as before; a background check may
/// stop it by name.
fn assert_identical_or_refused(dir: &Path, entries: &[Entry], what: &str) -> bool {
    let Ok((ledger, _)) = Ledger::open(dir, options()) else {
        return false;
    };
    assert_eq!(ledger.size(), entries.len() as u64, "{what}");
    match ledger.read(0, entries.len()) {
        Ok(read) => assert_eq!(read, entries, "{what}"),
        Err(error) => assert!(
            matches!(error, StoreError::Damaged { .. }),
            "{what}: {error}"
        ),
    }
    for number in 0..entries.len() as u64 {
        let draft = draft(number);
        assert_eq!(
            ledger.position_of(draft.id).unwrap(),
            Some(number),
            "{what}"
        );
        assert_eq!(
            ledger.current_version(&draft.subject).unwrap(),
            10,
            "{what}"
        );
    }
    // Damage in a closed segment is found by the background check, which names it.
    let journal_is_right = {
        let mut scanned = Vec::new();
        let read = ledger.scan(0, entries.len() as u64, |chunk| {
            scanned.extend_from_slice(chunk);
        });
        read.is_ok() && scanned == entries
    };
    for _ in 0..2000 {
        let status = ledger.status();
        if !status.writable || status.scrubbed == entries.len() as u64 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!(ledger.status().writable, journal_is_right, "{what}");
    true
}

#[test]
fn one_flipped_bit_in_any_file_is_healed_or_refused() {
    let (dir, entries) = closed();
    let (mut opened, mut refused) = (0, 0);
    for file in files_under(dir.path()) {
        let length = fs::metadata(&file).unwrap().len();
        let name = file.strip_prefix(dir.path()).unwrap();
        for step in 0..12.min(length) {
            let copy = tempfile::tempdir().unwrap();
            copy_dir(dir.path(), copy.path());
            let offset = usize::try_from(step * length / 12.min(length)).unwrap();
            let mut bytes = fs::read(copy.path().join(name)).unwrap();
            bytes[offset] ^= 1 << (step % 8);
            fs::write(copy.path().join(name), bytes).unwrap();
            let what = format!("{} byte {offset}", name.display());
            let fine = assert_identical_or_refused(copy.path(), &entries, &what);
            if fine { opened += 1 } else { refused += 1 }
        }
    }
    assert!(
        opened > 10 && refused > 10,
        "opened {opened}, refused {refused}"
    );
}

#[test]
fn a_shortened_file_is_healed_or_refused() {
    let (dir, entries) = closed();
    for file in files_under(dir.path()) {
        let length = fs::metadata(&file).unwrap().len();
        let name = file.strip_prefix(dir.path()).unwrap();
        for quarter in 0..4 {
            let copy = tempfile::tempdir().unwrap();
            copy_dir(dir.path(), copy.path());
            let path = copy.path().join(name);
            fs::OpenOptions::new()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(length * quarter / 4)
                .unwrap();
            let what = format!("{} cut to {quarter}/4", name.display());
            assert_identical_or_refused(copy.path(), &entries, &what);
        }
    }
}

#[test]
fn a_missing_file_is_healed_or_refused() {
    let (dir, entries) = closed();
    for file in files_under(dir.path()) {
        let name = file.strip_prefix(dir.path()).unwrap();
        let copy = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), copy.path());
        fs::remove_file(copy.path().join(name)).unwrap();
        assert_identical_or_refused(copy.path(), &entries, &name.display().to_string());
    }
}

/// The open segment of a closed ledger, and how it is opened after a change.
fn after_change(change: impl FnOnce(&Path, &mut Vec<u8>)) -> (tempfile::TempDir, Opened) {
    let (dir, _) = closed();
    let segments = crate::journal::segments(&journal_dir(dir.path())).unwrap();
    let path = &segments.last().unwrap().path;
    let mut bytes = fs::read(path).unwrap();
    change(dir.path(), &mut bytes);
    fs::write(path, bytes).unwrap();
    let opened = Ledger::open(dir.path(), options());
    (dir, opened)
}

type Opened = Result<(Ledger, OpenReport), OpenError>;

#[test]
fn a_torn_tail_is_cut_kept_aside_and_reported() {
    let (_dir, opened) = after_change(|_, bytes| {
        bytes.extend_from_slice(b"{\"data\":{\"never\":\"acknowledged\"");
    });
    let (ledger, report) = opened.unwrap();
    assert_eq!(ledger.size(), 400);
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    assert!(report.notes[0].contains("never acknowledged"));
    let kept = files_under(&ledger.dir().join("damaged")).remove(0);
    assert_eq!(
        fs::read(kept).unwrap(),
        b"{\"data\":{\"never\":\"acknowledged\""
    );
    fill(&ledger, 400, 10);
}

#[test]
fn garbage_after_the_last_commit_is_refused_by_position() {
    let refused = after_change(|_, bytes| bytes.extend_from_slice(b"garbage\n"))
        .1
        .err()
        .unwrap();
    assert!(
        matches!(refused, OpenError::Damaged { position: 400, .. }),
        "{refused}"
    );
}

#[test]
fn a_journal_older_than_the_head_is_refused() {
    let refused = after_change(|dir, bytes| {
        // Even with all derived files gone the head remembers.
        fs::remove_dir_all(dir.join("tree")).unwrap();
        fs::remove_dir_all(dir.join("index")).unwrap();
        let text = bytes.strip_suffix(b"\n").unwrap();
        let commit = memchr::memrchr(b'\n', text).unwrap() + 1;
        let entry = memchr::memrchr(b'\n', &bytes[..commit - 1]).unwrap() + 1;
        bytes.truncate(entry);
    })
    .1
    .err()
    .unwrap();
    assert!(refused.to_string().contains("signed head"), "{refused}");
}

#[test]
fn a_changed_entry_is_refused_by_its_position() {
    let refused = after_change(|_, bytes| {
        let at = memchr::memmem::find(bytes, b"\"number\":395").unwrap();
        bytes[at + 10] = b'0';
    })
    .1
    .err()
    .unwrap();
    assert!(
        matches!(refused, OpenError::Damaged { position: 395, .. }),
        "{refused}"
    );
}

#[test]
fn a_broken_index_is_rebuilt_with_a_report() {
    let (dir, entries) = closed();
    for file in files_under(&dir.path().join("index")) {
        fs::write(file, b"not sled").unwrap();
    }
    let (ledger, report) = Ledger::open(dir.path(), options()).unwrap();
    assert!(
        report.notes.iter().any(|note| note.contains("index")),
        "{:?}",
        report.notes
    );
    assert_eq!(ledger.read(0, 400).unwrap(), entries);
    assert_eq!(ledger.position_of(draft(7).id).unwrap(), Some(7));
}

#[test]
fn a_history_rewritten_without_the_key_is_refused_by_the_signed_head() {
    use crate::journal::{Line, commit_line, segments};
    use crate::merkle::{Frontier, leaf_hash};
    let (dir, _) = closed();
    let mut frontier = Frontier::default();
    for segment in segments(&journal_dir(dir.path())).unwrap() {
        let text = fs::read_to_string(&segment.path).unwrap();
        let mut out = Vec::new();
        for line in text.replace("\"number\":7}", "\"number\":8}").lines() {
            if let Line::Entry(entry) = Line::parse(line.as_bytes()) {
                frontier.push(leaf_hash(entry));
                out.extend_from_slice(entry);
                out.push(b'\n');
            } else {
                out.extend(commit_line(frontier.size(), &frontier.root()));
            }
        }
        fs::write(&segment.path, out).unwrap();
    }
    fs::remove_dir_all(dir.path().join("tree")).unwrap();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let refused = Ledger::open(dir.path(), options()).err().unwrap();
    assert!(refused.to_string().contains("rewritten"), "{refused}");
}
