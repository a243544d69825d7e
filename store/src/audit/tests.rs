//! An export is good as it was written, and each file that was changed is named by its class. The
//! full corpus of forgeries is tried in tests/verifiers.

use std::fs;

use super::*;
use crate::event_store::EventStore as _;
use crate::export::Tiles;
use crate::memory::MemoryStore;
use crate::merkle::inclusion_proof;
use crate::tests_support::fill;
use crate::tlog_proof::TlogProof;

const SIZE: u64 = 300;

fn store(size: u64) -> MemoryStore {
    let store = MemoryStore::new("ledger.example/t");
    fill(&store, 0, size);
    store
}

/// The export of a store, with a receipt and the checkpoint of an earlier size.
fn export(store: &MemoryStore, kept: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let mut tiles = Tiles::new(|path: &str, bytes: &[u8]| {
        write(path, bytes);
        Ok(())
    });
    let mut leaves = Vec::new();
    for entry in store.read(0, usize::MAX).unwrap() {
        leaves.push(crate::merkle::leaf_hash(&entry.bytes));
        tiles.push(entry.bytes).unwrap();
    }
    tiles.finish().unwrap();
    write("vkey", format!("{}\n", store.signer().vkey()).as_bytes());
    let checkpoint = store.checkpoint().unwrap();
    write("checkpoint", checkpoint.as_bytes());
    write(
        "old-checkpoint",
        store.checkpoint_at(kept).unwrap().as_bytes(),
    );
    let tree = LeafTree::new(leaves);
    let proof = TlogProof {
        index: 5,
        path: inclusion_proof(&tree, 5, tree.size()).unwrap(),
        checkpoint,
    };
    write("proofs/5.tlog-proof", proof.to_string().as_bytes());
    write("proofs/5.entry", &store.entry(5).unwrap().unwrap().bytes);
    dir
}

fn fault(dir: &Path) -> (String, Class) {
    let fault = audit(dir, &Held::default()).unwrap_err();
    (fault.place, fault.class)
}

#[test]
fn a_sound_export_is_accepted_with_its_receipts_and_kept_checkpoint() {
    let store = store(SIZE);
    let dir = export(&store, 100);
    let audited = audit(dir.path(), &Held::default()).unwrap();
    assert_eq!((audited.head.size, audited.proofs), (SIZE, 1));
    assert_eq!(audited.kept, [("old-checkpoint".to_owned(), 100)]);
    let held = Held {
        key: Some(audited.key.clone()),
        kept: vec![("mine".into(), store.checkpoint_at(40).unwrap())],
        cosigners: Vec::new(),
    };
    fs::remove_file(dir.path().join("vkey")).unwrap();
    let audited = audit(dir.path(), &held).unwrap();
    assert_eq!(audited.kept[1], ("mine".to_owned(), 40));
}

#[test]
fn an_export_of_every_size_around_the_edges_is_accepted() {
    for size in [1, 2, 255, 256, 257, 512] {
        let store = store(size.max(6));
        let dir = export(&store, size.min(3));
        assert_eq!(
            audit(dir.path(), &Held::default()).unwrap().head.size,
            size.max(6)
        );
    }
}

#[test]
fn a_changed_byte_of_any_file_is_a_fault() {
    let store = store(SIZE);
    let dir = export(&store, 100);
    for path in Export::new(dir.path()).files("").unwrap() {
        let path = dir.path().join(path);
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            let what = path.display();
            assert!(audit(dir.path(), &Held::default()).is_err(), "{what} {at}");
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(audit(dir.path(), &Held::default()).is_ok());
}

#[test]
fn what_a_forger_with_the_true_key_does_is_named() {
    let store = store(SIZE);
    let dir = export(&store, 100);
    let checkpoint = dir.path().join("checkpoint");
    fs::write(&checkpoint, store.checkpoint_at(99).unwrap()).unwrap();
    assert_eq!(fault(dir.path()), ("checkpoint".into(), Class::RolledBack));
    let forked = store.signer().sign_checkpoint(100, &[7; 32]);
    fs::write(&checkpoint, forked).unwrap();
    assert_eq!(fault(dir.path()), ("checkpoint".into(), Class::Fork));
    let other = store.signer().sign_checkpoint(SIZE, &[7; 32]);
    fs::write(&checkpoint, other).unwrap();
    assert_eq!(fault(dir.path()), ("checkpoint".into(), Class::Root));
    fs::write(&checkpoint, store.checkpoint().unwrap()).unwrap();
    let kept = store.signer().sign_checkpoint(100, &[7; 32]);
    fs::write(dir.path().join("old-checkpoint"), kept).unwrap();
    assert_eq!(fault(dir.path()), ("old-checkpoint".into(), Class::History));
}

#[test]
fn a_fault_is_one_line_whatever_a_file_is_called() {
    let dir = export(&store(6), 3);
    fs::write(dir.path().join("tile/a\nverified"), "").unwrap();
    let shown = audit(dir.path(), &Held::default()).unwrap_err().to_string();
    assert_eq!(shown.lines().count(), 1);
    assert!(shown.contains(": layout: "), "{shown}");
}
