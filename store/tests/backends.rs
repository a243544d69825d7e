//! One suite for every backend: in memory, on disk, in PostgreSQL. Given the same drafts, they
//! give the same bytes, roots and proofs, and refuse the same.
//!
//! PostgreSQL is a real one, made for the test in a folder of its own; `BANSO_TEST_PG_BIN` names
//! where its programs are, as `cargo xtask test` sets it.
#![allow(clippy::unwrap_used, reason = "a test that fails has nothing to lose")]

#[cfg(feature = "postgres")]
#[path = "backends/postgres.rs"]
mod postgres;

use std::path::Path;

use banso_store::merkle::{verify_consistency, verify_inclusion};
use banso_store::{AppendError, Draft, EventStore, Ledger, MemoryStore, Options};
use uuid::Uuid;

const ORIGIN: &str = "ledger.example/backends";

/// The `number`-th draft: ten events a subject, in turn.
fn draft(number: u64) -> Draft {
    Draft {
        id: Uuid::from_u128(u128::from(number) + 1),
        event_type: "visit.done".into(),
        subject: format!("case/{}", Uuid::from_u128(u128::from(number / 10))),
        occurred_on: "2025-06-03".into(),
        data: format!("{{\"method\":\"visit\",\"number\":{number}}}"),
        recorded_at: "2025-06-03T01:02:03.456Z".into(),
        recorded_by: "system".into(),
        source: None,
        schema: None,
        expected_version: Some(number % 10),
        sealed: None,
    }
}

fn fill(store: &dyn EventStore, first: u64, count: u64) {
    let tickets = (first..first + count).map(|number| store.append(draft(number)).unwrap());
    for (ticket, number) in tickets.collect::<Vec<_>>().into_iter().zip(first..) {
        let appended = ticket.wait().unwrap();
        assert_eq!(
            (appended.position, appended.version),
            (number, number % 10 + 1)
        );
    }
}

/// What the trait promises, of a store with nothing in it.
fn keeps_its_promises(store: &dyn EventStore) {
    fill(store, 0, 600);
    let reference = MemoryStore::new(ORIGIN);
    fill(&reference, 0, 600);
    assert_eq!(store.size(), 600);
    assert_eq!(*store.watch().borrow(), 600);
    assert_eq!(
        store.read(0, usize::MAX).unwrap(),
        reference.read(0, 600).unwrap()
    );
    assert_eq!(store.read(598, 10).unwrap().len(), 2);
    assert_eq!(store.read(600, 10).unwrap(), []);
    assert_eq!(
        (
            store.entry(600).unwrap(),
            store.position_of(Uuid::nil()).unwrap()
        ),
        (None, None)
    );
    let subject = draft(123).subject;
    assert_eq!(
        store.read_subject(&subject).unwrap(),
        reference.read_subject(&subject).unwrap()
    );
    assert_eq!(store.current_version(&subject).unwrap(), 10);
    assert_eq!(store.current_version("case/none").unwrap(), 0);
    assert_eq!(store.position_of(draft(123).id).unwrap(), Some(123));
    for (level, index, width) in [(0, 0, 256), (0, 2, 88), (1, 0, 2)] {
        let tile = store.tile(level, index, width).unwrap();
        assert_eq!(tile, reference.tile(level, index, width).unwrap());
    }
    assert_eq!(
        store.entry_bundle(2, 88).unwrap(),
        reference.entry_bundle(2, 88).unwrap()
    );
    refuses_what_it_must(store);
    proves_what_it_holds(store);
    assert_eq!(
        store.status().last_recorded_at.as_deref(),
        Some("2025-06-03T01:02:03.456Z")
    );
}

fn refuses_what_it_must(store: &dyn EventStore) {
    let root = store.root_at(600).unwrap();
    let again = store.append(draft(77)).unwrap_err();
    assert!(
        matches!(again, AppendError::Duplicate { position: 77 }),
        "{again}"
    );
    let mut wrong = Draft {
        id: Uuid::from_u128(9_999),
        expected_version: Some(3),
        ..draft(0)
    };
    let refused = store.append(wrong.clone()).unwrap_err();
    assert!(
        matches!(
            refused,
            AppendError::WrongVersion {
                expected: 3,
                current: 10
            }
        ),
        "{refused}"
    );
    wrong.expected_version = None;
    wrong.data = format!("{{\"a\":\"{}\"}}", "x".repeat(66_000));
    let long = store.append(wrong).unwrap_err();
    assert!(
        matches!(long, AppendError::TooLarge { limit: 65_535, .. }),
        "{long}"
    );
    assert!(store.root_at(601).is_err() && store.inclusion_proof(600, 600).is_err());
    assert!(store.consistency_proof(300, 601).is_err() && store.tile(0, 2, 89).is_err());
    assert_eq!(
        (store.size(), store.root_at(600).unwrap()),
        (600, root),
        "nothing was recorded"
    );
}

fn proves_what_it_holds(store: &dyn EventStore) {
    let root = store.root_at(600).unwrap();
    for position in [0, 255, 256, 599] {
        let entry = store.entry(position).unwrap().unwrap();
        let proof = store.inclusion_proof(position, 600).unwrap();
        let leaf = banso_store::merkle::leaf_hash(&entry.bytes);
        verify_inclusion(&leaf, position, 600, &proof, &root).unwrap();
    }
    for old in [1, 256, 511, 600] {
        let proof = store.consistency_proof(old, 600).unwrap();
        let before = store.root_at(old).unwrap();
        verify_consistency(old, &before, 600, &root, &proof).unwrap();
    }
}

/// Many threads that append to one subject and to their own.
fn gives_gapless_positions(store: &dyn EventStore) {
    let taken = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for client in 0..8_u64 {
            let taken = &taken;
            scope.spawn(move || {
                for number in 0..25 {
                    let shared = "case/00000000-0000-0000-0000-00000000ffff".to_owned();
                    let id = Uuid::from_u128(1 << 100 | u128::from(client << 32 | number));
                    let draft = Draft {
                        id,
                        subject: shared,
                        expected_version: None,
                        ..draft(0)
                    };
                    let appended = store.append(draft).unwrap().wait().unwrap();
                    taken
                        .lock()
                        .unwrap()
                        .push((appended.position, appended.version));
                }
            });
        }
    });
    let mut taken = taken.into_inner().unwrap();
    taken.sort_unstable();
    let first = taken[0].0;
    let expected: Vec<_> = (0..200)
        .map(|number| (first + number, number + 1))
        .collect();
    assert_eq!(taken, expected);
}

fn on_disk(dir: &Path) -> Ledger {
    let options = Options {
        segment_bytes: 30_000,
        ..Options::default()
    };
    Ledger::create(dir, ORIGIN, options).unwrap()
}

#[test]
fn the_store_in_memory_keeps_the_promises() {
    keeps_its_promises(&MemoryStore::new(ORIGIN));
    gives_gapless_positions(&MemoryStore::new(ORIGIN));
}

#[test]
fn the_store_on_disk_keeps_the_promises() {
    let dir = tempfile::tempdir().unwrap();
    keeps_its_promises(&on_disk(&dir.path().join("one")));
    gives_gapless_positions(&on_disk(&dir.path().join("two")));
}
