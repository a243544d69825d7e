//! The promise of the format: a ledger that was once written is opened for ever.
//!
//! tests/fixtures/ledger-v1 was written by version 0.1.0 and is never written again. A new format
//! gets a new folder beside it. Its keys guard nothing but invented data.

use std::fs;
use std::path::{Path, PathBuf};

use banso_store::note::{Checkpoint, VerifierKey};
use banso_store::{EventStore as _, Ledger, SealedParts, sealing_context};
use serde_json::Value;

use crate::process::fast_dir;
use crate::rot::copy;
use crate::workload::{ERASED, ORIGIN, id, options, personal, plain};

/// Entries in it, the last of them written after an erasure.
const SIZE: u64 = 40;
/// Its signed head says so; pinned here too, so that both would have to be changed.
const ROOT: &str = "5bcf5b38843e5fb7c416a2158fec6b9d13fc140eb39f0d4073761710d66918a7";
const VKEY: &str = "ledger.example/faults+1c541ac8+AehhmsVVklElnNgEFdeJtcBoKkFujEcA04NeFIjFRpar";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/ledger-v1")
}

/// Writes the fixture of the present version where `BANSO_WRITE_FIXTURE` says, for a format that
/// has none yet; does nothing otherwise.
#[test]
fn a_fixture_is_written_where_it_is_asked_for() {
    let asked = std::env::var_os("BANSO_WRITE_FIXTURE").map(PathBuf::from);
    let place = fast_dir();
    let dir = asked.unwrap_or_else(|| place.path().join("data"));
    write(&dir);
    assert_eq!(Ledger::open(&dir, options()).unwrap().0.size(), SIZE);
    // Derived: it is built anew, and large.
    fs::remove_dir_all(dir.join("index")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
}

fn write(dir: &Path) {
    let ledger = Ledger::create(dir, ORIGIN, options()).unwrap();
    let vault = ledger.vault();
    for position in 0..SIZE {
        if position == SIZE - 4 {
            assert!(vault.destroy(ERASED).unwrap() > 0);
        }
        let mut draft = plain(position);
        draft.source = position.is_multiple_of(5).then(|| "pc".into());
        draft.schema = position.is_multiple_of(11).then_some(1);
        draft.expected_version = position.is_multiple_of(3).then_some(position / 7);
        if let Some((key, plaintext)) = personal(position).filter(|_| position < SIZE - 4) {
            let context = sealing_context(ORIGIN, draft.id, &key);
            let parts = vault.seal(&key, &context, plaintext.as_bytes());
            let with_fields = |parts: SealedParts| parts.with_fields(vec!["name".into()]);
            draft.sealed = Some(with_fields(parts.unwrap()));
        }
        ledger.append(draft).unwrap().wait().unwrap();
    }
    ledger.close().unwrap();
}

#[test]
fn a_ledger_of_format_1_opens_with_every_entry_proof_and_personal_field() {
    let place = fast_dir();
    let dir = place.path().join("data");
    copy(&fixture(), &dir);
    let key = VerifierKey::parse(VKEY).unwrap();
    let head = fs::read_to_string(dir.join("head")).unwrap();
    let head = Checkpoint::open(&head, &key).unwrap();
    let report = banso_store::verify::verify(&dir, std::slice::from_ref(&head), &mut |_, _| {});
    assert_eq!(report.unwrap().faults, []);

    let (ledger, _) = Ledger::open(&dir, options()).unwrap();
    assert_eq!(
        (ledger.size(), ledger.signer().vkey().as_str()),
        (SIZE, VKEY)
    );
    let root = ledger.root_at(SIZE).unwrap();
    assert_eq!(
        (head.size, head.root, hex::encode(root).as_str()),
        (SIZE, root, ROOT)
    );
    let mut sealed = [0, 0];
    for entry in ledger.read(0, usize::MAX).unwrap() {
        let value: Value = serde_json::from_slice(&entry.bytes).unwrap();
        assert_eq!(value["data"]["number"], entry.position);
        assert_eq!(
            ledger.position_of(id(entry.position)).unwrap(),
            Some(entry.position)
        );
        let Some(commitment) = value["sealed"]["commitment"].as_str() else {
            continue;
        };
        let commitment = hex::decode(commitment).unwrap().try_into().unwrap();
        let (key, plaintext) = personal(entry.position).unwrap();
        let context = sealing_context(ORIGIN, id(entry.position), &key);
        let opened = ledger
            .vault()
            .open(entry.position, &commitment, &key, &context);
        let expected = (key != ERASED).then_some(plaintext.into_bytes());
        sealed[usize::from(key == ERASED)] += 1;
        assert_eq!(opened.unwrap().map(|opened| opened.to_vec()), expected);
    }
    assert!(sealed[0] > 0 && sealed[1] > 0, "{sealed:?}");
    assert!(ledger.vault().is_erased(ERASED));
}

#[test]
fn a_ledger_of_format_1_takes_new_entries() {
    let place = fast_dir();
    let dir = place.path().join("data");
    copy(&fixture(), &dir);
    let old = {
        let (ledger, _) = Ledger::open(&dir, options()).unwrap();
        ledger.append(plain(SIZE)).unwrap().wait().unwrap();
        let old = ledger.root_at(SIZE).unwrap();
        ledger.close().unwrap();
        old
    };
    let (ledger, report) = Ledger::open(&dir, options()).unwrap();
    assert_eq!(report.notes, Vec::<String>::new());
    assert_eq!(
        (ledger.size(), ledger.root_at(SIZE).unwrap()),
        (SIZE + 1, old)
    );
}

#[test]
fn a_ledger_of_a_later_format_is_refused_and_not_touched() {
    let place = fast_dir();
    let dir = place.path().join("data");
    copy(&fixture(), &dir);
    let path = dir.join("ledger.json");
    let later = fs::read_to_string(&path)
        .unwrap()
        .replace("\"format\":1", "\"format\":2");
    fs::write(&path, &later).unwrap();
    let refused = Ledger::open(&dir, options()).err().unwrap().to_string();
    assert!(refused.contains("format version 2"), "{refused}");
    assert!(!dir.join("index").exists() && !dir.join("lock").exists());
}
