//! The vault on disk: what is sealed opens again, what was erased never does.

use std::fs;
use std::path::Path;

use super::*;

pub(super) const AAD: &[u8] = b"context";

/// The entry of position 0 is sealed to a subject.
fn first(key: &str) -> impl FnOnce() -> Result<Vec<SealedEntry>, StoreError> {
    let entry = SealedEntry {
        position: 0,
        commitment: [0; 32],
        fields: vec!["name".into()],
        key: key.to_owned(),
    };
    move || Ok(vec![entry])
}

fn open(dir: &Path, size: u64) -> Result<Vault, VaultError> {
    Vault::open_alone(dir, size)
}

pub(super) fn vault(dir: &Path) -> Vault {
    open(dir, u64::MAX).unwrap()
}

/// Seals and keeps one plaintext for a position.
pub(super) fn keep(vault: &Vault, position: u64, key: &str, text: &[u8]) -> [u8; 32] {
    let sealed = vault
        .seal(key, AAD, text)
        .unwrap()
        .with_fields(vec!["name".into()]);
    vault.keep(&[(position, &sealed)]).unwrap();
    sealed.commitment
}

pub(super) fn raw_bytes(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sub in ["keys", "sealed"] {
        for file in fs::read_dir(dir.join(sub)).unwrap() {
            bytes.extend(fs::read(file.unwrap().path()).unwrap());
        }
    }
    bytes
}

#[test]
fn sealed_data_open_only_with_their_own_context_and_subject() {
    let dir = tempfile::tempdir().unwrap();
    let commitment = keep(&vault(dir.path()), 5, "business/1", b"secret name");
    let vault = vault(dir.path());
    let opened = vault
        .open(5, &commitment, "business/1", AAD)
        .unwrap()
        .unwrap();
    assert_eq!(&opened[..], b"secret name");
    assert!(vault.open(5, &commitment, "business/1", b"other").is_err());
    assert!(vault.open(5, &[0; 32], "business/1", AAD).is_err());
    assert_eq!(vault.open(5, &commitment, "business/2", AAD).unwrap(), None);
}

#[test]
fn lengths_are_hidden_in_buckets_and_nonces_differ() {
    let vault = Vault::in_memory();
    let seal = |text: &[u8]| vault.seal("business/1", AAD, text).unwrap().ciphertext;
    assert_eq!(seal(b"a").len(), seal(&[b'b'; 60]).len());
    assert_eq!(seal(b"a").len() + 64, seal(&[b'b'; 61]).len());
    assert_ne!(seal(b"a"), seal(b"a"));
}

#[test]
fn destroying_leaves_no_byte_of_ciphertext_or_key() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    let mine = vault
        .seal("business/1", AAD, b"mine")
        .unwrap()
        .with_fields(vec![]);
    let other = vault
        .seal("business/2", AAD, b"other")
        .unwrap()
        .with_fields(vec![]);
    vault.keep(&[(1, &mine), (2, &other)]).unwrap();
    let slots = fs::read(dir.path().join("keys/subjects")).unwrap();
    let slot = slots
        .chunks(128)
        .position(|s| s[8..40] == subject_id("business/1"))
        .unwrap();
    let wrapped = slots[slot * 128 + 40..slot * 128 + 112].to_vec();
    assert!(memchr::memmem::find(&raw_bytes(dir.path()), &mine.ciphertext[..32]).is_some());

    assert_eq!(vault.destroy("business/1").unwrap(), 1);
    assert_eq!(vault.destroy("business/1").unwrap(), 0);
    let raw = raw_bytes(dir.path());
    for part in [
        &mine.ciphertext[..16],
        &mine.ciphertext[40..56],
        &wrapped[..16],
        &wrapped[40..],
    ] {
        assert!(memchr::memmem::find(&raw, part).is_none());
    }
    drop(vault);
    let vault = self::vault(dir.path());
    assert!(vault.is_erased("business/1") && !vault.is_erased("business/2"));
    assert_eq!(
        vault.open(1, &mine.commitment, "business/1", AAD).unwrap(),
        None
    );
    let opened = vault
        .open(2, &other.commitment, "business/2", AAD)
        .unwrap()
        .unwrap();
    assert_eq!(&opened[..], b"other");
    let refused = vault.seal("business/1", AAD, b"again").unwrap_err();
    assert!(matches!(refused, VaultError::Erased { .. }));
}

#[test]
fn what_was_sealed_before_an_erasure_is_not_kept_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    let late = vault
        .seal("business/1", AAD, b"late")
        .unwrap()
        .with_fields(vec![]);
    vault.destroy("business/1").unwrap();
    vault.keep(&[(9, &late)]).unwrap();
    let raw = raw_bytes(dir.path());
    assert!(memchr::memmem::find(&raw, &late.ciphertext[..16]).is_none());
}

#[test]
fn frames_of_entries_that_were_never_acknowledged_are_cut() {
    let dir = tempfile::tempdir().unwrap();
    let first = vault(dir.path());
    let kept = keep(&first, 1, "business/1", b"kept");
    let cut = keep(&first, 7, "business/1", b"cut");
    drop(first);
    let vault = open(dir.path(), 7).unwrap();
    assert!(vault.open(1, &kept, "business/1", AAD).unwrap().is_some());
    assert_eq!(vault.open(7, &cut, "business/1", AAD).unwrap(), None);
    let again = keep(&vault, 7, "business/1", b"again");
    assert!(vault.open(7, &again, "business/1", AAD).unwrap().is_some());
}

#[test]
fn a_damaged_frame_is_named_and_spares_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let first = vault(dir.path());
    let commitments: Vec<_> = (0..5)
        .map(|position| keep(&first, position, "business/1", b"text"))
        .collect();
    drop(first);
    let file = fs::read_dir(dir.path().join("sealed"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let whole = fs::read(&file).unwrap();
    let frame = whole.len() / 5;
    for byte in 2 * frame..3 * frame {
        let mut bytes = whole.clone();
        bytes[byte] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        let vault = open(dir.path(), 5).unwrap();
        for (position, commitment) in (0..).zip(&commitments) {
            let opened = vault.open(position, commitment, "business/1", AAD);
            let damaged = matches!(opened, Err(VaultError::Damaged { position: 2, .. }));
            assert_eq!(
                damaged,
                position == 2,
                "byte {byte} position {position}: {opened:?}"
            );
        }
    }
}

#[test]
fn another_master_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    keep(&vault(dir.path()), 0, "business/1", b"text");
    let master = dir.path().join("keys/master.key");
    let right = fs::read(&master).unwrap();
    fs::write(&master, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert!(matches!(
        open(dir.path(), 1),
        Err(VaultError::KeyStore { .. })
    ));
    fs::remove_file(&master).unwrap();
    assert!(open(dir.path(), 1).is_err());
    fs::write(&master, right).unwrap();
    assert!(open(dir.path(), 1).is_ok());
}

/// A closed vault with a key for each of two subjects; its slots: check, business/1, business/2.
fn two_keys() -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    keep(&vault, 0, "business/1", b"text");
    keep(&vault, 1, "business/2", b"text");
    let subjects = dir.path().join("keys/subjects");
    let slots = fs::read(&subjects).unwrap();
    assert_eq!(slots.len(), 3 * 128);
    (dir, subjects, slots)
}

#[test]
fn a_damaged_slot_that_an_entry_needs_is_refused_by_subject_and_position() {
    let (dir, subjects, whole) = two_keys();
    for byte in 128..256 {
        let mut slots = whole.clone();
        slots[byte] ^= 4;
        fs::write(&subjects, &slots).unwrap();
        let refused = Vault::open_dir(dir.path(), 2, first("business/1")).err();
        let said = refused.unwrap().to_string();
        assert!(
            said.contains("business/1") && said.contains("position 0"),
            "{said}"
        );
        assert_eq!(fs::read(&subjects).unwrap(), slots, "byte {byte}");
    }
}

#[test]
fn a_new_slot_that_was_cut_at_any_byte_is_cleared_and_reported() {
    let (dir, subjects, whole) = two_keys();
    for cut in 2 * 128 + 1..3 * 128 {
        // The file ends there, or goes on with what was allotted.
        for allotted in [cut, 3 * 128, 4 * 128] {
            let mut slots = whole[..cut].to_vec();
            slots.resize(allotted, 0);
            if slots.len() >= whole.len() && slots[..whole.len()] == whole[..] {
                continue;
            }
            fs::write(&subjects, &slots).unwrap();
            let opened = Vault::open_dir(dir.path(), 1, first("business/1"));
            let (vault, notes) = opened.unwrap();
            assert_eq!(notes.len(), 1, "byte {cut} of {allotted}: {notes:?}");
            assert!(notes[0].contains("slot 2"), "{notes:?}");
            vault.seal("business/2", AAD, b"again").unwrap();
            drop(vault);
            let (_, notes) = Vault::open_dir(dir.path(), 1, first("business/1")).unwrap();
            assert_eq!(notes, Vec::<String>::new(), "byte {cut} of {allotted}");
        }
    }
    let kept = fs::read_dir(dir.path().join("damaged")).unwrap().count();
    assert!(kept >= 127, "{kept}");
}

#[test]
fn an_erasure_that_was_cut_at_any_byte_is_taken_back_or_completed() {
    let (dir, subjects, live) = two_keys();
    vault(dir.path()).destroy("business/1").unwrap();
    let erased = fs::read(&subjects).unwrap();
    for cut in 128 + 1..256 {
        let torn = [&erased[..cut], &live[cut..]].concat();
        fs::write(&subjects, torn).unwrap();
        let opened = Vault::open_dir(dir.path(), 2, first("business/1"));
        let (vault, notes) = opened.unwrap();
        let completed = vault.is_erased("business/1");
        assert_eq!(completed, cut > 128 + 40, "byte {cut}: {notes:?}");
        assert!(!vault.is_erased("business/2"));
        drop(vault);
        let now = fs::read(&subjects).unwrap();
        assert!(now == if completed { &erased[..] } else { &live[..] });
    }
}

#[test]
fn a_damaged_check_slot_is_made_again_under_the_right_master_key_only() {
    let (dir, subjects, whole) = two_keys();
    let mut slots = whole.clone();
    slots[60] ^= 1;
    fs::write(&subjects, &slots).unwrap();
    let master = dir.path().join("keys/master.key");
    let right = fs::read(&master).unwrap();
    fs::write(&master, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert!(open(dir.path(), 2).is_err());
    fs::write(&master, right).unwrap();
    fs::write(&subjects, &slots).unwrap();
    assert!(open(dir.path(), 2).is_ok());
    fs::write(&master, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert!(open(dir.path(), 2).is_err());
}
