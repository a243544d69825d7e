//! The key store: one slot of 128 bytes a subject, its key wrapped by the master key.
//!
//! A slot never crosses a disk sector, so it is written as a whole or not at all. An erased
//! subject keeps its slot without a key: the fence that keeps a new key from being made.
//! Subjects are known by the SHA-256 of their name only.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::VaultError;
use super::cipher::{NONCE, Secret, decrypt, encrypt, random_secret};
use crate::error::StoreError;
use crate::files::{AtPath as _, open_rw, private_dir, sync_dir, write_atomically};

const SLOT: usize = 128;
/// Nonce, key, tag.
const WRAPPED: usize = NONCE + 32 + 16;
const LIVE: u8 = 1;
const ERASED: u8 = 2;
/// The id of the first slot, which holds a key of no use: it tells whether the master key fits.
const CHECK: SubjectId = [0; 32];

/// A subject in the key store: SHA-256 of its name.
pub(super) type SubjectId = [u8; 32];

/// The id of a subject.
pub(super) fn subject_id(key_subject: &str) -> SubjectId {
    Sha256::digest(key_subject).into()
}

struct Slot {
    number: u64,
    /// `None` = erased.
    wrapped: Option<[u8; WRAPPED]>,
}

/// The keys of all subjects.
pub(super) struct KeyStore {
    master: Secret,
    file: Option<(File, PathBuf)>,
    slots: HashMap<SubjectId, Slot>,
    next: u64,
    /// Whether a slot was written and not synced.
    dirty: bool,
}

impl KeyStore {
    /// Keys that are kept nowhere, under a master key of no use to anybody else.
    pub(super) fn in_memory() -> Self {
        let master = random_secret().unwrap_or_default();
        Self {
            master,
            file: None,
            slots: HashMap::new(),
            next: 0,
            dirty: false,
        }
    }

    /// Opens or creates `keys/subjects` and, unless the environment gives it, `keys/master.key`.
    pub(super) fn open(keys: &Path) -> Result<Self, VaultError> {
        private_dir(keys)?;
        let path = keys.join("subjects");
        let bytes = std::fs::read(&path).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(StoreError::io(&path, error)),
        })?;
        let master = master_key(keys, bytes.iter().all(|byte| *byte == 0))?;
        let file = open_rw(&path, 0o600)?;
        sync_dir(keys)?;
        let mut store = Self {
            master,
            file: Some((file, path.clone())),
            slots: HashMap::new(),
            next: 0,
            // A killed process may have left slots in the page cache alone.
            dirty: true,
        };
        store.load(&bytes, &path)?;
        if store.slots.is_empty() {
            store.create(CHECK)?;
        }
        store.sync()?;
        if store.key(&CHECK).is_none() {
            let reason = "the master key does not open it; give the one it was made with";
            return Err(VaultError::KeyStore { path, reason });
        }
        Ok(store)
    }

    fn load(&mut self, bytes: &[u8], path: &Path) -> Result<(), VaultError> {
        let (slots, _) = bytes.as_chunks::<SLOT>();
        for (number, slot) in slots.iter().enumerate() {
            // A power cut may lose a slot that no acknowledged entry used: it reads as zeros.
            if slot.iter().all(|byte| *byte == 0) {
                continue;
            }
            let Some((id, wrapped)) = decode(slot) else {
                let reason = "a slot is damaged; restore it from the backup of the keys";
                return Err(VaultError::KeyStore {
                    path: path.to_owned(),
                    reason,
                });
            };
            let number = number as u64;
            self.slots.insert(id, Slot { number, wrapped });
        }
        self.next = slots.len() as u64;
        Ok(())
    }

    pub(super) fn is_erased(&self, id: &SubjectId) -> bool {
        self.slots
            .get(id)
            .is_some_and(|slot| slot.wrapped.is_none())
    }

    /// The key of a subject; `None` when it has none or was erased.
    pub(super) fn key(&self, id: &SubjectId) -> Option<Secret> {
        let wrapped = self.slots.get(id)?.wrapped.as_ref()?;
        let key = decrypt(&self.master, &wrapping_context(id), wrapped)?;
        key.as_slice().try_into().ok().map(Zeroizing::new)
    }

    /// Whether the subject has a slot with a key.
    pub(super) fn holds(&self, id: &SubjectId) -> bool {
        self.slots
            .get(id)
            .is_some_and(|slot| slot.wrapped.is_some())
    }

    /// Makes a key; durable after [`KeyStore::sync`].
    pub(super) fn create(&mut self, id: SubjectId) -> Result<Secret, VaultError> {
        let key = random_secret()?;
        let wrapped = encrypt(&self.master, &wrapping_context(&id), &*key)?;
        let wrapped = wrapped.try_into().map_err(|_| VaultError::TooLong)?;
        self.put(id, Some(wrapped))?;
        Ok(key)
    }

    /// Overwrites the key, durable when this returns.
    pub(super) fn erase(&mut self, id: SubjectId) -> Result<(), VaultError> {
        self.put(id, None)?;
        self.sync()?;
        Ok(())
    }

    /// Makes new slots durable.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        if let Some((file, path)) = self.file.as_ref().filter(|_| self.dirty) {
            file.sync_data().at(path)?;
        }
        self.dirty = false;
        Ok(())
    }

    fn put(&mut self, id: SubjectId, wrapped: Option<[u8; WRAPPED]>) -> Result<(), VaultError> {
        let number = self.slots.get(&id).map_or(self.next, |slot| slot.number);
        if let Some((file, path)) = &self.file {
            let slot = encode(&id, wrapped.as_ref());
            file.write_all_at(&slot, number * SLOT as u64).at(path)?;
        }
        self.next = self.next.max(number + 1);
        self.slots.insert(id, Slot { number, wrapped });
        self.dirty = true;
        Ok(())
    }
}

/// A wrapped key opens only as the key of its own subject.
fn wrapping_context(id: &SubjectId) -> Vec<u8> {
    [b"banso/key/v1\n", &id[..]].concat()
}

fn encode(id: &SubjectId, wrapped: Option<&[u8; WRAPPED]>) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[0] = if wrapped.is_some() { LIVE } else { ERASED };
    slot[8..40].copy_from_slice(id);
    if let Some(wrapped) = wrapped {
        slot[40..40 + WRAPPED].copy_from_slice(wrapped);
    }
    let sum = crc32c::crc32c(&slot[..SLOT - 4]);
    slot[SLOT - 4..].copy_from_slice(&sum.to_le_bytes());
    slot
}

fn decode(slot: &[u8; SLOT]) -> Option<(SubjectId, Option<[u8; WRAPPED]>)> {
    let (body, sum) = slot.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let id = body[8..40].try_into().ok()?;
    match body[0] {
        LIVE => Some((id, Some(body[40..40 + WRAPPED].try_into().ok()?))),
        ERASED => Some((id, None)),
        _ => None,
    }
}

/// The master key: from `BANSO_MASTER_KEY`, else from `keys/master.key`, which is made with a
/// new key store only.
fn master_key(keys: &Path, new: bool) -> Result<Secret, VaultError> {
    let path = keys.join("master.key");
    let bad = |reason| VaultError::KeyStore {
        path: path.clone(),
        reason,
    };
    let decode = |text: &str| -> Option<Secret> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
        bytes.as_slice().try_into().ok().map(Zeroizing::new)
    };
    if let Ok(text) = std::env::var("BANSO_MASTER_KEY") {
        let text = Zeroizing::new(text);
        return decode(&text).ok_or_else(|| bad("BANSO_MASTER_KEY is not 32 bytes of base64"));
    }
    match std::fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => decode(&text).ok_or_else(|| bad("it is not 32 bytes of base64")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && new => {
            let key = random_secret()?;
            let text = Zeroizing::new(format!("{}\n", BASE64.encode(*key)));
            write_atomically(&path, text.as_bytes(), 0o600)?;
            Ok(key)
        }
        Err(error) => Err(StoreError::io(&path, error).into()),
    }
}
