//! The check from outside finds what was changed, and names it.

use std::fs;

use super::*;
use crate::event_store::EventStore as _;
use crate::journal::{Line, commit_line, segments};
use crate::ledger::{Ledger, head_path, journal_dir};
use crate::merkle::{Frontier, leaf_hash};
use crate::signer::Signer;
use crate::tests_support::{draft, fill, options, sealed_draft};

const ORIGIN: &str = "ledger.example/t";

fn closed() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    (0..5).for_each(|round| fill(&ledger, round * 40, 40));
    let mut expecting = draft(200);
    expecting.expected_version = Some(0);
    ledger.append(expecting).unwrap().wait().unwrap();
    ledger.close().unwrap();
    dir
}

fn checked(dir: &Path) -> Report {
    verify(dir, &[], &mut |_, _| {}).unwrap()
}

/// Replaces text in the journal and, as somebody with the true key would, signs all anew.
fn rewritten(dir: &Path, from: &str, to: &str) {
    let mut frontier = Frontier::default();
    for segment in segments(&journal_dir(dir)).unwrap() {
        let text = fs::read_to_string(&segment.path).unwrap().replace(from, to);
        let mut out = Vec::new();
        for line in text.lines() {
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
    let signer = Signer::load(&dir.join("keys/ledger.key"), ORIGIN).unwrap();
    let head = signer.sign_checkpoint(frontier.size(), &frontier.root());
    fs::write(head_path(dir), head).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    fs::remove_dir_all(dir.join("index")).unwrap();
}

#[test]
fn a_sound_ledger_has_no_faults_open_or_closed() {
    let dir = closed();
    let mut last = (0, 0);
    let report = verify(dir.path(), &[], &mut |done, total| last = (done, total)).unwrap();
    assert_eq!(
        (report.faults, report.size, last),
        (vec![], 201, (201, 201))
    );
    assert_eq!(report.notes, Vec::<String>::new());
    let (ledger, _) = Ledger::open(dir.path(), options()).unwrap();
    let report = checked(dir.path());
    assert_eq!((report.faults, report.size), (vec![], 201));
    // What was acknowledged is checked, though the head file may not speak of it yet.
    ledger.append(draft(300)).unwrap().wait().unwrap();
    let report = checked(dir.path());
    assert_eq!((report.faults, report.size), (vec![], 202));
}

#[test]
fn leaf_hashes_that_end_early_are_no_fault_but_other_ones_are() {
    let dir = closed();
    let path = dir.path().join("tree/leaves");
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() - 100, 32 * 40, 32 * 39 + 7, 1, 0] {
        fs::write(&path, &whole[..length]).unwrap();
        let report = checked(dir.path());
        assert_eq!(
            (report.faults, report.size),
            (vec![], 201),
            "{length} bytes"
        );
        assert!(report.notes[0].contains(&format!("end at position {}", length / 32)));
    }
    let mut other = whole[..32 * 50].to_vec();
    other[32 * 45] ^= 1;
    fs::write(&path, other).unwrap();
    assert_eq!(checked(dir.path()).faults[0].position, Some(45));
}

#[test]
fn every_changed_byte_of_the_journal_is_found_at_its_position() {
    let dir = closed();
    for segment in segments(&journal_dir(dir.path())).unwrap() {
        let whole = fs::read(&segment.path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&segment.path, bytes).unwrap();
            let start = memchr::memrchr(b'\n', &whole[..at]).map_or(0, |newline| newline + 1);
            let entries = memchr::memmem::find_iter(&whole[..start], b"{\"data\":").count() as u64;
            let changed = segment.first + entries;
            let report = checked(dir.path());
            let position = report.faults.first().unwrap().position.unwrap();
            if whole[start..].starts_with(b"{\"data\":") {
                assert_eq!(position, changed, "byte {at}: {:?}", report.faults);
            } else {
                // A commit line: its group, or where it stands, is named.
                assert!(
                    (segment.first..=changed).contains(&position),
                    "{position} byte {at}"
                );
            }
        }
        fs::write(&segment.path, whole).unwrap();
    }
}

#[test]
fn a_history_rewritten_with_the_true_key_fails_against_an_older_checkpoint() {
    let dir = closed();
    let older = checked(dir.path()).head.unwrap();
    rewritten(dir.path(), "\"number\":5}", "\"number\":6}");
    assert_eq!(checked(dir.path()).faults, vec![]);
    let report = verify(dir.path(), &[older], &mut |_, _| {}).unwrap();
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].reason.contains("signed root"));
}

#[test]
fn violated_versions_preconditions_ids_and_clocks_are_found_even_when_signed() {
    for (from, to, position) in [
        (
            "\"position\":77,\"recorded_at\":\"2025-06-03T01:02:03.456Z",
            "\"position\":77,\"recorded_at\":\"2025-06-03T01:02:03.455Z",
            77,
        ),
        ("\"version\":3}", "\"version\":4}", 2),
        ("\"expected_version\":0", "\"expected_version\":1", 200),
        ("\"position\":150", "\"position\":151", 150),
        (
            "\"id\":\"00000000-0000-0000-0000-00000000000a\"",
            "\"id\":\"00000000-0000-0000-0000-000000000009\"",
            9,
        ),
    ] {
        let dir = closed();
        rewritten(dir.path(), from, to);
        let faults = checked(dir.path()).faults;
        assert_eq!(
            faults.first().and_then(|fault| fault.position),
            Some(position),
            "{from}"
        );
    }
}

#[test]
fn a_missing_segment_and_an_older_journal_are_named() {
    let dir = closed();
    let second = segments(&journal_dir(dir.path())).unwrap().remove(1);
    fs::remove_file(&second.path).unwrap();
    let faults = checked(dir.path()).faults;
    assert_eq!(faults[0].position, Some(second.first));
    // How groups fell decides whether a third segment shows which file is gone; without one only
    // the journal can be named.
    assert!(faults[0].path.starts_with(journal_dir(dir.path())));
}

#[test]
fn a_checkpoint_of_another_ledger_or_of_more_entries_is_a_fault() {
    let dir = closed();
    let head = checked(dir.path()).head.unwrap();
    for other in [
        Checkpoint {
            origin: "other".into(),
            ..head.clone()
        },
        Checkpoint { size: 999, ..head },
    ] {
        assert_eq!(
            verify(dir.path(), &[other], &mut |_, _| {})
                .unwrap()
                .faults
                .len(),
            1
        );
    }
}

/// A closed ledger with four sealed entries, the last of them erased.
fn sealed() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    for number in 0..4 {
        let key = format!("business/{}", number / 3);
        let (draft, _) = sealed_draft(&ledger.vault(), number, &key, b"invented name");
        ledger.append(draft).unwrap().wait().unwrap();
    }
    assert_eq!(ledger.vault().destroy("business/1").unwrap(), 1);
    ledger.close().unwrap();
    dir
}

fn frames(dir: &Path) -> std::path::PathBuf {
    dir.join("sealed/00000000000000000000.frames")
}

#[test]
fn every_ciphertext_is_compared_with_its_commitment_or_is_erased() {
    let dir = sealed();
    let report = checked(dir.path());
    assert_eq!((report.faults, report.notes), (vec![], vec![]));
    let tally = SealedTally {
        matched: 3,
        erased: 1,
    };
    assert_eq!(report.sealed, tally);
}

#[test]
fn a_changed_or_missing_ciphertext_is_named_by_position_and_field() {
    let dir = sealed();
    let whole = fs::read(frames(dir.path())).unwrap();
    let frame = whole.len() / 3;
    // Damaged: the checksum no longer fits. Changed with its checksum: the commitment tells.
    let mut damaged = whole.clone();
    damaged[frame + 60] ^= 1;
    let mut changed = damaged.clone();
    let sum = crc32c::crc32c(&changed[frame..2 * frame - 4]).to_le_bytes();
    changed[2 * frame - 4..2 * frame].copy_from_slice(&sum);
    let missing = [&whole[..frame], &whole[2 * frame..]].concat();
    for (bytes, word) in [
        (damaged, "missing"),
        (changed, "committed"),
        (missing, "missing"),
    ] {
        fs::write(frames(dir.path()), bytes).unwrap();
        let faults = checked(dir.path()).faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].position, Some(1));
        let reason = &faults[0].reason;
        assert!(
            reason.contains(word) && reason.contains("of name"),
            "{reason}"
        );
    }
    fs::remove_dir_all(dir.path().join("sealed")).unwrap();
    let report = checked(dir.path());
    assert_eq!((report.faults.len(), report.sealed.erased), (3, 1));
}

#[test]
fn a_lost_key_is_a_fault_and_a_copy_without_keys_is_not() {
    let dir = sealed();
    let subjects = dir.path().join("keys/subjects");
    let mut slots = fs::read(&subjects).unwrap();
    slots[128..256].fill(0);
    fs::write(&subjects, slots).unwrap();
    let faults = checked(dir.path()).faults;
    assert_eq!((faults.len(), faults[0].position), (3, Some(0)));
    assert!(faults[0].reason.contains("business/0"), "{faults:?}");
    fs::remove_file(&subjects).unwrap();
    let report = checked(dir.path());
    assert_eq!((report.faults, report.notes.len()), (vec![], 1));
}
