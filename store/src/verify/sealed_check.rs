//! Compares what entries say of their sealed fields with the side store and the key store: each
//! ciphertext is the one that was committed to and its subject has a key, or the key was erased.
//!
//! It opens nothing: no master key is read, and no plaintext is seen.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Fault;
use crate::error::StoreError;
use crate::files::AtPath as _;
use crate::vault::{SealedEntry, Slots, digests};

/// More faults of this kind than these are counted, not listed.
const LISTED: u64 = 20;

/// Sealed entries whose ciphertext and key were looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SealedTally {
    /// The ciphertext has the hash that the entry commits to.
    pub matched: u64,
    /// The subject's key was destroyed, as an erasure does.
    pub erased: u64,
}

/// The side store and the key store, read once.
pub(super) struct SealedCheck {
    sealed: PathBuf,
    subjects: PathBuf,
    digests: HashMap<u64, [u8; 32]>,
    /// `None` where the directory has no key store, as in a backup without keys.
    slots: Option<Slots>,
    tally: SealedTally,
    /// Ciphertexts that are missing where no key store says whether they were erased.
    untold: u64,
    /// Ciphertexts of erased subjects.
    left: u64,
    faulty: u64,
    faults: Vec<Fault>,
}

impl SealedCheck {
    /// Reads both. The ciphertexts first: an erasure that goes on meanwhile destroys the key first.
    pub(super) fn read(dir: &Path) -> Result<Self, StoreError> {
        let (sealed, subjects) = (dir.join("sealed"), dir.join("keys/subjects"));
        let digests = digests(&sealed)?;
        let slots = match std::fs::read(&subjects) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            bytes => Some(Slots::read(&bytes.at(&subjects)?)),
        };
        Ok(Self {
            sealed,
            subjects,
            digests,
            slots,
            tally: SealedTally::default(),
            untold: 0,
            left: 0,
            faulty: 0,
            faults: Vec::new(),
        })
    }

    /// An entry whose `sealed` cannot be read.
    pub(super) fn unreadable(&mut self, position: u64) {
        self.fault(position, "what it says of its sealed fields is malformed");
    }

    /// Looks at the next sealed entry.
    pub(super) fn entry(&mut self, entry: &SealedEntry) {
        let position = entry.position;
        let fields = entry.fields.join(", ");
        let found = self.digests.get(&position);
        let erased = match &self.slots {
            None => None,
            Some(slots) => match slots.is_erased(&entry.key) {
                Some(erased) => Some(erased),
                None => {
                    let key = &entry.key;
                    return self.key_fault(
                        position,
                        format!(
                            "the key of {key} is missing or damaged, {fields} cannot be opened; \
                             restore keys/ from its backup"
                        ),
                    );
                }
            },
        };
        match (found, erased) {
            (_, Some(true)) => {
                self.left += u64::from(found.is_some());
                self.tally.erased += 1;
            }
            (Some(digest), _) if *digest == entry.commitment => self.tally.matched += 1,
            (Some(_), _) => self.fault(
                position,
                &format!("the ciphertext of {fields} is not the one that the entry committed to"),
            ),
            (None, Some(false)) => self.fault(
                position,
                &format!("the ciphertext of {fields} is missing or damaged, and was not erased"),
            ),
            (None, None) => self.untold += 1,
        }
    }

    fn fault(&mut self, position: u64, reason: &str) {
        let path = self.sealed.clone();
        self.add(
            position,
            path,
            format!("{reason}; restore it from a backup"),
        );
    }

    fn key_fault(&mut self, position: u64, reason: String) {
        let path = self.subjects.clone();
        self.add(position, path, reason);
    }

    fn add(&mut self, position: u64, path: PathBuf, reason: String) {
        self.faulty += 1;
        if self.faulty <= LISTED {
            self.faults.push(Fault {
                position: Some(position),
                path,
                reason,
            });
        }
    }

    /// Hands over what was found.
    pub(super) fn finish(self, faults: &mut Vec<Fault>, notes: &mut Vec<String>) -> SealedTally {
        faults.extend(self.faults);
        let mut note = |count: u64, what: &str| {
            if count > 0 {
                notes.push(format!("{count} {what}"));
            }
        };
        note(
            self.faulty.saturating_sub(LISTED),
            "more sealed entries have the like faults",
        );
        note(
            self.untold,
            "sealed entries have no ciphertext, and there is no keys/subjects that would say \
             whether they were erased",
        );
        note(
            self.left,
            "ciphertexts of erased subjects are still there; the next start of the server removes \
             them",
        );
        let damaged = self.slots.map_or(0, |slots| slots.damaged()) as u64;
        note(
            damaged,
            "slots of keys/subjects are damaged; the next open clears those that no entry needs",
        );
        self.tally
    }
}
