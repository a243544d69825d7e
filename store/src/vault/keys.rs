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
use zeroize::Zeroizing;

use super::cipher::{Secret, decrypt, encrypt, random_secret};
use super::heal::heal;
use super::rotation::settle;
use super::slots::{SLOT, Slots, SubjectId, WRAPPED, encode, subject_id};
use super::{SealedEntry, VaultError};
use crate::error::StoreError;
use crate::files::{AtPath as _, open_rw, private_dir, sync_dir, write_atomically};

/// The id of the first slot, which holds a key of no use: it tells whether the master key fits.
const CHECK: SubjectId = [0; 32];

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
    /// `needed` gives the first sealed entry of each subject; it is asked only where a slot is
    /// damaged. Gives what was mended, too.
    pub(super) fn open(
        keys: &Path,
        needed: impl FnOnce() -> Result<Vec<SealedEntry>, StoreError>,
    ) -> Result<(Self, Vec<String>), VaultError> {
        private_dir(keys)?;
        let path = keys.join("subjects");
        let bytes = std::fs::read(&path).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(StoreError::io(&path, error)),
        })?;
        settle(keys, &bytes)?;
        let master = master_key(keys, bytes.iter().all(|byte| *byte == 0))?;
        let file = open_rw(&path, 0o600)?;
        sync_dir(keys)?;
        let mut slots = Slots::read(&bytes);
        let mut notes = Vec::new();
        if slots.damaged() > 0 {
            let needed = needed()?.into_iter();
            let needed = needed
                .map(|entry| (subject_id(&entry.key), entry))
                .collect();
            notes = heal(&mut slots, &needed, &file, keys)?;
        }
        let slot = |(number, wrapped)| Slot { number, wrapped };
        let mut store = Self {
            master,
            file: Some((file, path.clone())),
            slots: slots
                .known
                .into_iter()
                .map(|(id, found)| (id, slot(found)))
                .collect(),
            next: slots.next,
            // A killed process may have left slots in the page cache alone.
            dirty: true,
        };
        // The check may be missing in a new store, and in one whose first slot was cleared.
        if !store.slots.contains_key(&CHECK) && store.opens_all() {
            store.create(CHECK)?;
        }
        store.sync()?;
        if store.key(&CHECK).is_none() {
            let reason = "the master key does not open it; give the one it was made with";
            return Err(VaultError::KeyStore { path, reason });
        }
        Ok((store, notes))
    }

    /// Whether the master key opens every key there is.
    fn opens_all(&self) -> bool {
        let live = self.slots.iter().filter(|(_, slot)| slot.wrapped.is_some());
        live.into_iter().all(|(id, _)| self.key(id).is_some())
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

    /// The whole file under another master key, and how many keys of subjects it holds.
    pub(super) fn wrapped_under(&self, master: &Secret) -> Result<(Vec<u8>, u64), VaultError> {
        let mut bytes = vec![0; usize::try_from(self.next).unwrap_or_default() * SLOT];
        let mut count = 0;
        for (id, slot) in &self.slots {
            let wrapped = match &slot.wrapped {
                None => None,
                Some(_) => {
                    let damaged = || VaultError::DamagedKey {
                        key: hex::encode(id),
                    };
                    let key = self.key(id).ok_or_else(damaged)?;
                    let wrapped = encrypt(master, &wrapping_context(id), &*key)?;
                    count += u64::from(*id != CHECK);
                    Some(wrapped.try_into().map_err(|_| VaultError::TooLong)?)
                }
            };
            let start = usize::try_from(slot.number).unwrap_or_default() * SLOT;
            bytes[start..start + SLOT].copy_from_slice(&encode(id, wrapped.as_ref()));
        }
        Ok((bytes, count))
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

/// Whether a master key opens the key store with these bytes: its check, or else every key.
pub(super) fn opens(bytes: &[u8], master: &Secret) -> bool {
    let slots = Slots::read(bytes);
    let live = slots.known.iter();
    let mut live = live.filter_map(|(id, (_, wrapped))| Some((id, wrapped.as_ref()?)));
    let opens = |id: &SubjectId, wrapped: &[u8; WRAPPED]| {
        decrypt(master, &wrapping_context(id), wrapped).is_some()
    };
    match slots.known.get(&CHECK) {
        Some((_, Some(wrapped))) => opens(&CHECK, wrapped),
        _ => live.all(|(id, wrapped)| opens(id, wrapped)),
    }
}

/// A master key as it is written down: 32 bytes as base64.
pub(super) fn read_key(text: &str) -> Option<Secret> {
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

/// A wrapped key opens only as the key of its own subject.
fn wrapping_context(id: &SubjectId) -> Vec<u8> {
    [b"banso/key/v1\n", &id[..]].concat()
}

/// The master key: from `BANSO_MASTER_KEY`, else from `keys/master.key`, which is made with a
/// new key store only.
fn master_key(keys: &Path, new: bool) -> Result<Secret, VaultError> {
    let path = keys.join("master.key");
    let bad = |reason| VaultError::KeyStore {
        path: path.clone(),
        reason,
    };
    if let Ok(text) = std::env::var("BANSO_MASTER_KEY") {
        let text = Zeroizing::new(text);
        return read_key(&text).ok_or_else(|| bad("BANSO_MASTER_KEY is not 32 bytes of base64"));
    }
    match std::fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => read_key(&text).ok_or_else(|| bad("it is not 32 bytes of base64")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && new => {
            let key = random_secret()?;
            let text = Zeroizing::new(format!("{}\n", BASE64.encode(*key)));
            write_atomically(&path, text.as_bytes(), 0o600)?;
            Ok(key)
        }
        Err(error) => Err(StoreError::io(&path, error).into()),
    }
}
