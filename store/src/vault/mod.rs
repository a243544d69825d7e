//! Personal data: sealed with a key of its subject, kept apart from the entries, erased by
//! destroying the key and the ciphertexts.
//!
//! The entry holds only SHA-256(nonce ‖ ciphertext). A plaintext or an unwrapped key never
//! reaches a file. This module must not know what the fields mean.

mod cipher;
mod ciphertexts;
mod heal;
mod keys;
mod rotation;
mod slots;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entry::Sealed;
use crate::error::StoreError;
use crate::files::lock;
use ciphertexts::Ciphertexts;
pub(crate) use ciphertexts::digests;
use keys::KeyStore;
pub use rotation::{NewMasterKey, rotate_master_key};
pub(crate) use slots::Slots;
use slots::{SubjectId, subject_id};

/// Why the vault could not seal, open or destroy.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VaultError {
    /// The subject was erased: nothing can be sealed to it any more.
    #[error("the personal data of {key} were erased; nothing more can be sealed to it")]
    Erased {
        /// The subject.
        key: String,
    },
    /// The ciphertext is not the one that the entry committed to, or does not open.
    #[error("the sealed data of position {position} are damaged: {reason}")]
    Damaged {
        /// The entry.
        position: u64,
        /// What is wrong.
        reason: &'static str,
    },
    /// A key does not open under the master key.
    #[error("the key of {key} is damaged; restore keys/ from its backup")]
    DamagedKey {
        /// The subject.
        key: String,
    },
    /// The key store or the master key cannot be used.
    #[error("{path}: {reason}")]
    KeyStore {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// A slot of the key store is damaged, and an entry needs it.
    #[error(
        "{path}: the slot with the key of {key} is damaged, and position {position} was sealed with \
         it; restore keys/ from its backup"
    )]
    NeededSlot {
        /// The file.
        path: PathBuf,
        /// The subject.
        key: String,
        /// The first entry that was sealed with its key.
        position: u64,
    },
    /// The plaintext has 4 GiB or more.
    #[error("the personal data are too long to be sealed")]
    TooLong,
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes")]
    Random,
    /// A file of the vault failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What sealing gave: the entry takes the commitment, the vault keeps the ciphertext.
#[derive(Debug, Clone)]
pub struct SealedParts {
    /// SHA-256 of `ciphertext`.
    pub commitment: [u8; 32],
    /// The subject whose key sealed it.
    pub key: String,
    /// Nonce (24 bytes) followed by the ciphertext.
    pub ciphertext: Vec<u8>,
}

impl SealedParts {
    /// Names the fields that were sealed.
    pub fn with_fields(self, fields: Vec<String>) -> Sealed {
        Sealed {
            fields,
            commitment: self.commitment,
            key: self.key,
            ciphertext: self.ciphertext,
        }
    }
}

/// What a ciphertext is bound to (additional authenticated data): it opens in no other ledger,
/// event or subject.
pub fn sealing_context(origin: &str, event_id: Uuid, key_subject: &str) -> Vec<u8> {
    format!("banso/sealed/v1\n{origin}\n{event_id}\n{key_subject}").into_bytes()
}

/// What an entry says of its sealed fields.
#[derive(Debug, Clone)]
pub(crate) struct SealedEntry {
    pub(crate) position: u64,
    /// SHA-256 of nonce ‖ ciphertext.
    pub(crate) commitment: [u8; 32],
    /// Names of the fields.
    pub(crate) fields: Vec<String>,
    /// The subject whose key sealed them.
    pub(crate) key: String,
}

impl SealedEntry {
    /// Reads the `sealed` object of an entry; `None` when it is none.
    pub(crate) fn parse(position: u64, sealed: &[u8]) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Members {
            commitment: String,
            fields: Vec<String>,
            key: String,
        }
        let members: Members = serde_json::from_slice(sealed).ok()?;
        let commitment = hex::decode(members.commitment).ok()?.try_into().ok()?;
        Some(Self {
            position,
            commitment,
            fields: members.fields,
            key: members.key,
        })
    }
}

/// The vault of one ledger.
pub struct Vault {
    state: Mutex<State>,
}

struct State {
    keys: KeyStore,
    side: SideStore,
    /// Every sealed entry below this position had its ciphertext kept.
    kept_to: u64,
}

enum SideStore {
    Memory(HashMap<u64, (SubjectId, Vec<u8>)>),
    Files(Ciphertexts),
}

impl Vault {
    /// A vault that is kept nowhere.
    pub fn in_memory() -> Self {
        let side = SideStore::Memory(HashMap::new());
        Self {
            state: Mutex::new(State {
                keys: KeyStore::in_memory(),
                side,
                kept_to: 0,
            }),
        }
    }

    /// Opens the vault of a data directory without looking at its ledger: no slot of a key counts
    /// as needed by an entry, so nothing may be appended. For whoever tries damaged files.
    ///
    /// # Errors
    /// [`VaultError`] when key store or side store cannot be read.
    pub fn open_alone(dir: &Path, size: u64) -> Result<Self, VaultError> {
        Self::open_dir(dir, size, || Ok(Vec::new())).map(|(vault, _)| vault)
    }

    /// Opens or creates the vault of a data directory whose ledger has `size` entries; gives what
    /// was mended, too. `sealed` gives at least the first sealed entry of each subject.
    pub(crate) fn open_dir(
        dir: &Path,
        size: u64,
        sealed: impl FnOnce() -> Result<Vec<SealedEntry>, StoreError>,
    ) -> Result<(Self, Vec<String>), VaultError> {
        let (keys, notes) = KeyStore::open(&dir.join("keys"), sealed)?;
        let frames = Ciphertexts::open(&dir.join("sealed"), size)?;
        let state = State {
            keys,
            side: SideStore::Files(frames),
            kept_to: size,
        };
        let vault = Self {
            state: Mutex::new(state),
        };
        Ok((vault, notes))
    }

    /// Seals a plaintext to a subject; makes the subject's key where it has none. Key and
    /// ciphertext become durable with the entry that takes the parts.
    pub fn seal(
        &self,
        key_subject: &str,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<SealedParts, VaultError> {
        let key = self.key_for_sealing(key_subject)?;
        let ciphertext = cipher::encrypt(&key, aad, &cipher::pad(plaintext)?)?;
        let commitment = Sha256::digest(&ciphertext).into();
        Ok(SealedParts {
            commitment,
            key: key_subject.to_owned(),
            ciphertext,
        })
    }

    /// Opens the sealed data of a durable entry; `None` when they were erased, or are not
    /// durable yet.
    pub fn open(
        &self,
        position: u64,
        commitment: &[u8; 32],
        key_subject: &str,
        aad: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let damaged = |reason| VaultError::Damaged { position, reason };
        let (key, ciphertext) = {
            let state = lock(&self.state);
            let id = subject_id(key_subject);
            if !state.keys.holds(&id) {
                return Ok(None);
            }
            let Some(key) = state.keys.key(&id) else {
                return Err(VaultError::DamagedKey {
                    key: key_subject.to_owned(),
                });
            };
            match state.side.get(position)? {
                Some(ciphertext) => (key, ciphertext),
                None if position < state.kept_to => {
                    return Err(damaged(
                        "the ciphertext is missing; restore it from a backup",
                    ));
                }
                None => return Ok(None),
            }
        };
        cipher::open_committed(&key, commitment, &ciphertext, aad)
            .map(Some)
            .map_err(damaged)
    }

    /// Destroys the key and every ciphertext of a subject, for ever and durably. Gives the
    /// number of ciphertexts removed. Repeating it completes what a crash ended.
    pub fn destroy(&self, key_subject: &str) -> Result<u64, VaultError> {
        let id = subject_id(key_subject);
        let mut state = lock(&self.state);
        state.keys.erase(id)?;
        Ok(state.side.remove(&id)?)
    }

    /// Whether a subject was erased.
    pub fn is_erased(&self, key_subject: &str) -> bool {
        lock(&self.state).keys.is_erased(&subject_id(key_subject))
    }

    /// Keeps the ciphertexts of entries, and the keys they were sealed with, durable when this
    /// returns. Those of subjects erased meanwhile are dropped.
    pub(crate) fn keep(&self, sealed: &[(u64, &Sealed)]) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        let State {
            keys,
            side,
            kept_to,
        } = &mut *state;
        keys.sync()?;
        let frames: Vec<_> = sealed
            .iter()
            .map(|(position, sealed)| (*position, subject_id(&sealed.key), &sealed.ciphertext[..]))
            .filter(|(_, id, _)| !keys.is_erased(id))
            .collect();
        side.append(frames.into_iter())?;
        *kept_to = sealed.last().map_or(*kept_to, |(position, _)| position + 1);
        Ok(())
    }

    fn key_for_sealing(&self, key_subject: &str) -> Result<cipher::Secret, VaultError> {
        let id = subject_id(key_subject);
        let mut state = lock(&self.state);
        if state.keys.is_erased(&id) {
            return Err(VaultError::Erased {
                key: key_subject.to_owned(),
            });
        }
        if state.keys.holds(&id) {
            let damaged = || VaultError::DamagedKey {
                key: key_subject.to_owned(),
            };
            return state.keys.key(&id).ok_or_else(damaged);
        }
        state.keys.create(id)
    }
}

impl SideStore {
    fn get(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Memory(kept) => Ok(kept.get(&position).map(|(_, bytes)| bytes.clone())),
            Self::Files(files) => files.get(position),
        }
    }

    fn append<'a>(
        &mut self,
        frames: impl Iterator<Item = (u64, SubjectId, &'a [u8])>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Memory(kept) => {
                kept.extend(frames.map(|(position, id, bytes)| (position, (id, bytes.to_vec()))));
                Ok(())
            }
            Self::Files(files) => files.append(frames),
        }
    }

    fn remove(&mut self, id: &SubjectId) -> Result<u64, StoreError> {
        match self {
            Self::Memory(kept) => {
                let before = kept.len();
                kept.retain(|_, (subject, _)| subject != id);
                Ok((before - kept.len()) as u64)
            }
            Self::Files(files) => files.remove(id),
        }
    }
}

#[cfg(test)]
mod tests;
