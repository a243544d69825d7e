//! Rotation of the master key: every subject's key is wrapped anew, no ciphertext changes.
//!
//! The new key lies beside the old one until all slots are wrapped under it, so that a crash at any
//! moment leaves a key store that one of the two opens. Older backups of the keys open under the
//! older master key only.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use super::VaultError;
use super::cipher::{Secret, random_secret};
use super::keys::{KeyStore, opens, read_key};
use super::slots::Slots;
use crate::error::{OpenError, StoreError};
use crate::files::{AtPath as _, open_rw, sync_dir, write_atomically};
use crate::ledger::Lock;

/// Where the new master key comes from.
#[derive(Debug, Clone)]
pub enum NewMasterKey {
    /// It is made, and kept in `keys/master.key`.
    Made,
    /// It is this one, 32 bytes as base64, and kept outside; `keys/master.key` is removed.
    Given(Zeroizing<String>),
}

/// Wraps the keys of a data directory under a new master key; gives the number of keys.
///
/// # Errors
/// [`OpenError`] while a server has the directory open, or when the present master key does not fit.
pub fn rotate_master_key(dir: &Path, new: &NewMasterKey) -> Result<u64, OpenError> {
    let _lock = Lock::take(dir)?;
    let keys = dir.join("keys");
    if !keys.join("subjects").is_file() {
        return Err(OpenError::Missing {
            dir: dir.to_owned(),
        });
    }
    rotate(&keys, new).map_err(|error| OpenError::BadFile {
        path: keys,
        reason: error.to_string(),
    })
}

fn rotate(keys: &Path, new: &NewMasterKey) -> Result<u64, VaultError> {
    // What a power cut left is mended at a start of the server, which knows what entries need.
    let bytes = fs::read(keys.join("subjects")).at(keys)?;
    if Slots::read(&bytes).damaged() > 0 {
        return Err(VaultError::KeyStore {
            path: keys.join("subjects"),
            reason: "a slot is damaged; start the server once, which mends it or says what to do",
        });
    }
    let (store, _) = KeyStore::open(keys, || Ok(Vec::new()))?;
    let (path, next, master) = (
        keys.join("subjects"),
        next_path(keys),
        keys.join("master.key"),
    );
    let secret = match new {
        NewMasterKey::Made => random_secret()?,
        NewMasterKey::Given(text) => read_key(text).ok_or(VaultError::KeyStore {
            path: path.clone(),
            reason: "the new master key is not 32 bytes of base64",
        })?,
    };
    let (slots, count) = store.wrapped_under(&secret)?;
    drop(store);
    let kept = matches!(new, NewMasterKey::Made);
    if kept {
        let text = Zeroizing::new(format!("{}\n", BASE64.encode(*secret)));
        write_atomically(&next, text.as_bytes(), 0o600)?;
    }
    let before = open_rw(&path, 0o600)?;
    write_atomically(&path, &slots, 0o600)?;
    wipe(&before, &path)?;
    if kept {
        wipe(&open_rw(&master, 0o600)?, &master)?;
        fs::rename(&next, &master).at(&master)?;
    } else if master.exists() {
        wipe(&open_rw(&master, 0o600)?, &master)?;
        fs::remove_file(&master).at(&master)?;
    }
    sync_dir(keys)?;
    Ok(count)
}

/// Ends a rotation that a crash cut off: the key that opens the slots is the master key.
pub(super) fn settle(keys: &Path, slots: &[u8]) -> Result<(), StoreError> {
    let next = next_path(keys);
    let text = match fs::read_to_string(&next).map(Zeroizing::new) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        text => text.at(&next)?,
    };
    let master = keys.join("master.key");
    let fits = |text: &str| read_key(text).is_some_and(|key: Secret| opens(slots, &key));
    let before = fs::read_to_string(&master).map(Zeroizing::new);
    if before.is_ok_and(|before| fits(&before)) {
        fs::remove_file(&next).at(&next)?;
    } else if fits(&text) {
        fs::rename(&next, &master).at(&master)?;
    }
    // Where neither fits, neither is touched: opening says so.
    sync_dir(keys)
}

fn next_path(keys: &Path) -> PathBuf {
    keys.join("master.key.next")
}

/// Overwrites what a rename has put away, unless a copy made by link shares it.
fn wipe(file: &File, path: &Path) -> Result<(), StoreError> {
    let meta = file.metadata().at(path)?;
    if meta.nlink() > 1 {
        return Ok(());
    }
    let length = usize::try_from(meta.len()).unwrap_or_default();
    file.write_all_at(&vec![0; length], 0)
        .and_then(|()| file.sync_all())
        .at(path)
}

#[cfg(test)]
mod tests {
    use super::super::Vault;
    use super::super::tests::{AAD, keep, raw_bytes, vault};
    use super::*;

    /// Two subjects, one of them erased.
    fn with_keys(dir: &Path) -> [u8; 32] {
        let vault = vault(dir);
        let commitment = keep(&vault, 0, "business/1", b"text");
        keep(&vault, 1, "business/2", b"gone");
        vault.destroy("business/2").unwrap();
        commitment
    }

    #[track_caller]
    fn opens(dir: &Path, commitment: &[u8; 32]) {
        let vault = Vault::open_alone(dir, 2).unwrap();
        let opened = vault.open(0, commitment, "business/1", AAD).unwrap();
        assert_eq!(opened.unwrap().as_slice(), b"text");
        assert!(vault.is_erased("business/2"));
        assert!(matches!(
            vault.seal("business/2", AAD, b"again"),
            Err(VaultError::Erased { .. })
        ));
    }

    #[test]
    fn all_keys_open_under_the_new_master_key_and_the_erased_stay_erased() {
        let dir = tempfile::tempdir().unwrap();
        let commitment = with_keys(dir.path());
        let master = dir.path().join("keys/master.key");
        let old = fs::read_to_string(&master).unwrap();
        // One live key and the check of the store itself.
        assert_eq!(
            rotate_master_key(dir.path(), &NewMasterKey::Made).unwrap(),
            1
        );
        let new = fs::read_to_string(&master).unwrap();
        assert_ne!(old, new);
        opens(dir.path(), &commitment);
        let bytes = raw_bytes(dir.path());
        let held = bytes.windows(43).any(|part| part == &old.as_bytes()[..43]);
        assert!(!held, "the old master key is in no file");
        fs::write(&master, old).unwrap();
        assert!(
            Vault::open_alone(dir.path(), 2).is_err(),
            "the old one opens nothing more"
        );
    }

    #[test]
    fn a_master_key_may_move_out_of_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let commitment = with_keys(dir.path());
        let key = BASE64.encode([7; 32]);
        let given = NewMasterKey::Given(Zeroizing::new(key.clone()));
        rotate_master_key(dir.path(), &given).unwrap();
        let master = dir.path().join("keys/master.key");
        assert!(!master.exists());
        assert!(Vault::open_alone(dir.path(), 2).is_err());
        fs::write(&master, key).unwrap();
        opens(dir.path(), &commitment);
        let faulty = NewMasterKey::Given(Zeroizing::new("short".to_owned()));
        assert!(rotate_master_key(dir.path(), &faulty).is_err());
        opens(dir.path(), &commitment);
    }

    #[test]
    fn a_crash_before_and_after_the_slots_are_replaced_leaves_a_store_that_opens() {
        let dir = tempfile::tempdir().unwrap();
        let commitment = with_keys(dir.path());
        let keys = dir.path().join("keys");
        let secret = random_secret().unwrap();
        let text = BASE64.encode(*secret);
        fs::write(next_path(&keys), &text).unwrap();
        opens(dir.path(), &commitment);
        assert!(!next_path(&keys).exists(), "it had not come that far");
        let (slots, _) = KeyStore::open(&keys, || Ok(Vec::new()))
            .unwrap()
            .0
            .wrapped_under(&secret)
            .unwrap();
        fs::write(next_path(&keys), &text).unwrap();
        fs::write(keys.join("subjects"), slots).unwrap();
        opens(dir.path(), &commitment);
        assert!(!next_path(&keys).exists());
    }

    #[test]
    fn a_directory_that_is_in_use_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        with_keys(dir.path());
        let _held = Lock::take(dir.path()).unwrap();
        let refused = rotate_master_key(dir.path(), &NewMasterKey::Made);
        assert!(matches!(refused, Err(OpenError::Locked { .. })));
    }
}
