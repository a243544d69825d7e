//! The ledger on disk does what the ledger in memory does, and does it again after a restart.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::memory::MemoryStore;
use crate::tests_support::{copy_dir, draft, fill, options, sealed_draft};

const ORIGIN: &str = "ledger.example/t";

fn reopened(dir: &Path) -> (Ledger, OpenReport) {
    Ledger::open(dir, options()).unwrap()
}

#[test]
fn both_backends_answer_alike_before_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let count = 700;
    let memory = MemoryStore::new(ORIGIN);
    fill(&memory, 0, count);
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    fill(&ledger, 0, count);
    assert_alike(&ledger, &memory, count);
    ledger.close().unwrap();
    let (ledger, report) = reopened(dir.path());
    assert_eq!(report.notes, Vec::<String>::new());
    assert_alike(&ledger, &memory, count);
    fill(&ledger, count, 50);
    fill(&memory, count, 50);
    assert_alike(&ledger, &memory, count + 50);
}

fn assert_alike(ledger: &Ledger, memory: &MemoryStore, size: u64) {
    assert_eq!(ledger.size(), size);
    let all = ledger.read(0, usize::MAX).unwrap();
    assert_eq!(all, memory.read(0, usize::MAX).unwrap());
    assert_eq!(all.len() as u64, size);
    for size in [0, 1, 64, 255, 256, 257, 513, size] {
        assert_eq!(ledger.root_at(size).unwrap(), memory.root_at(size).unwrap());
        let proofs = |store: &dyn EventStore| {
            let inclusion = store.inclusion_proof(size / 2, size.max(1)).unwrap();
            (
                inclusion,
                store.consistency_proof(size, store.size()).unwrap(),
            )
        };
        assert_eq!(proofs(ledger), proofs(memory));
    }
    for (level, index, width) in [(0, 0, 256), (0, 1, 7), (1, 0, 2)] {
        let tile = ledger.tile(level, index, width).unwrap();
        assert_eq!(tile, memory.tile(level, index, width).unwrap());
        assert_eq!(tile.len(), usize::from(width) * 32);
    }
    assert_eq!(
        ledger.entry_bundle(1, 200).unwrap(),
        memory.entry_bundle(1, 200).unwrap()
    );
    for number in [0, 9, 99, size - 1] {
        let draft = draft(number);
        assert_eq!(ledger.position_of(draft.id).unwrap(), Some(number));
        let mine = ledger.read_subject(&draft.subject).unwrap();
        assert_eq!(mine, memory.read_subject(&draft.subject).unwrap());
        assert_eq!(
            ledger.current_version(&draft.subject).unwrap(),
            mine.len() as u64
        );
        assert_eq!(ledger.entry(number).unwrap(), memory.entry(number).unwrap());
    }
    assert_eq!(ledger.entry(size).unwrap(), None);
    assert_eq!(
        ledger.status().last_recorded_at,
        memory.status().last_recorded_at
    );
    let mut scanned = Vec::new();
    ledger
        .scan(3, size, |chunk| scanned.extend_from_slice(chunk))
        .unwrap();
    assert_eq!(scanned, all[3..]);
}

#[test]
fn ids_and_expected_versions_are_checked_against_old_and_new_entries() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    fill(&ledger, 0, 200);
    ledger.close().unwrap();
    let (ledger, _) = reopened(dir.path());
    for number in [0, 63, 150, 199] {
        let again = ledger.append(draft(number)).unwrap_err();
        assert!(matches!(again, AppendError::Duplicate { position } if position == number));
    }
    let mut wrong = draft(1000);
    wrong.subject = draft(0).subject;
    wrong.expected_version = Some(9);
    let error = ledger.append(wrong.clone()).unwrap_err();
    assert!(matches!(
        error,
        AppendError::WrongVersion {
            expected: 9,
            current: 10
        }
    ));
    wrong.expected_version = Some(10);
    assert_eq!(ledger.append(wrong).unwrap().wait().unwrap().version, 11);
    let mut long = draft(1001);
    long.data = format!("{{\"a\":\"{}\"}}", "x".repeat(66_000));
    assert!(matches!(
        ledger.append(long),
        Err(AppendError::TooLarge { limit: 65_535, .. })
    ));
    assert_eq!(ledger.status().sequenced, 201);
}

#[test]
fn many_threads_get_gapless_positions_and_versions() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    let taken = std::sync::Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (ledger, taken) = (&ledger, &taken);
            scope.spawn(move || {
                for number in 0..100 {
                    let mut draft = draft(thread * 100 + number);
                    draft.subject = "case/shared".into();
                    let appended = ledger.append(draft).unwrap().wait().unwrap();
                    assert_eq!(appended.version, appended.position + 1);
                    assert!(lock(taken).insert(appended.position));
                    assert!(ledger.size() > appended.position);
                }
            });
        }
    });
    assert_eq!(*lock(&taken), (0..800).collect());
    assert_eq!(ledger.read_subject("case/shared").unwrap().len(), 800);
}

#[test]
fn a_copy_taken_while_it_runs_opens_with_all_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    for round in 0..8 {
        fill(&ledger, round * 90, 90);
        let copy = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), copy.path());
        let (copied, _) = reopened(copy.path());
        assert_eq!(copied.size(), (round + 1) * 90);
        assert_eq!(
            copied.root_at(copied.size()).unwrap(),
            ledger.root_at(copied.size()).unwrap()
        );
        fill(&copied, 10_000, 10);
        copied.close().unwrap();
        assert_eq!(reopened(copy.path()).0.size(), (round + 1) * 90 + 10);
    }
}

#[test]
fn a_directory_is_opened_once_and_created_once() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        Ledger::open(dir.path(), options()),
        Err(OpenError::Missing { .. })
    ));
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    let Err(OpenError::Locked { pid, .. }) = Ledger::open(dir.path(), options()) else {
        panic!("a second opening succeeded");
    };
    assert_eq!(pid, Some(std::process::id()));
    drop(ledger);
    let again = Ledger::create(dir.path(), ORIGIN, options());
    assert!(matches!(again, Err(OpenError::Exists { .. })));
    assert_eq!(reopened(dir.path()).0.size(), 0);
}

#[test]
fn large_entries_leave_the_blob_directory_empty() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    for number in 0..256 {
        let mut draft = draft(number);
        let mut noise = vec![0; 30_000];
        getrandom::fill(&mut noise).unwrap();
        draft.data = format!("{{\"a\":\"{}\"}}", hex::encode(noise));
        ledger.append(draft).unwrap().wait().unwrap();
    }
    let all = ledger.read(0, 256).unwrap();
    ledger.close().unwrap();
    let blobs = dir.path().join("index/blobs");
    assert_eq!(std::fs::read_dir(blobs).map_or(0, Iterator::count), 0);
    let (ledger, _) = reopened(dir.path());
    assert_eq!(ledger.status().indexed, 256);
    assert_eq!(ledger.read(0, 256).unwrap(), all);
}

#[test]
fn sealed_fields_survive_a_restart_and_never_stand_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    let plaintext = b"{\"name\":\"Hanako of the test\"}";
    let (draft, context) = sealed_draft(&ledger.vault(), 0, "business/1", plaintext);
    let commitment = draft.sealed.as_ref().unwrap().commitment;
    ledger.append(draft).unwrap().wait().unwrap();
    ledger.close().unwrap();
    let (ledger, _) = reopened(dir.path());
    let opened = ledger
        .vault()
        .open(0, &commitment, "business/1", &context)
        .unwrap()
        .unwrap();
    assert_eq!(&opened[..], plaintext);
    let root = ledger.root_at(1).unwrap();
    assert_eq!(ledger.vault().destroy("business/1").unwrap(), 1);
    ledger.close().unwrap();
    let (ledger, _) = reopened(dir.path());
    assert!(ledger.vault().is_erased("business/1"));
    assert_eq!(
        ledger
            .vault()
            .open(0, &commitment, "business/1", &context)
            .unwrap(),
        None
    );
    assert!(
        ledger
            .vault()
            .seal("business/1", &context, b"again")
            .is_err()
    );
    assert_eq!(ledger.root_at(1).unwrap(), root);
}

#[test]
fn a_fault_of_the_disk_stops_intake_and_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    fill(&ledger, 0, 20);
    let full = StoreError::io(Path::new("journal"), std::io::ErrorKind::StorageFull.into());
    ledger.shared.stop(&full);
    assert!(matches!(
        ledger.append(draft(20)),
        Err(AppendError::Stopped { .. })
    ));
    assert!(!ledger.status().writable);
    assert_eq!(ledger.read(0, 100).unwrap().len(), 20);
    assert!(matches!(ledger.close(), Err(StoreError::Stopped { .. })));
    let (ledger, _) = reopened(dir.path());
    assert_eq!(ledger.size(), 20);
    fill(&ledger, 20, 1);
}

#[test]
fn an_append_can_be_awaited() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let mut watch = ledger.watch();
    runtime.block_on(async {
        let appended = ledger.append(draft(0)).unwrap().durable().await.unwrap();
        assert_eq!(appended.position, 0);
        assert_eq!(*watch.borrow_and_update(), 1);
    });
}

#[test]
fn a_wrong_block_of_the_index_is_read_from_the_journal_and_healed() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, options()).unwrap();
    fill(&ledger, 0, 128);
    let right = ledger.read(0, 128).unwrap();
    ledger.close().unwrap();
    let (ledger, _) = reopened(dir.path());
    // Entries that decompress and have the right number, but are those of another block.
    let wrong: Vec<&[u8]> = right[64..].iter().map(|entry| &entry.bytes[..]).collect();
    ledger.shared.index.add_block(0, wrong.into_iter()).unwrap();
    assert_eq!(ledger.read(0, 128).unwrap(), right);
    let healed = ledger.shared.index.block(0).unwrap().unwrap();
    assert!(
        healed
            .iter()
            .zip(&right)
            .all(|(bytes, entry)| *bytes == entry.bytes)
    );
}
