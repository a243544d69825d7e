//! The data directory: its description, its lock, its signed head, and where things lie.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{OpenError, StoreError};
use crate::files::{AtPath as _, open_rw};
use crate::note::{Checkpoint, VerifierKey};

/// The version of the layout of a data directory.
pub(super) const FORMAT: u32 = 1;

/// `ledger.json`: what the directory is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LedgerFile {
    pub(super) format: u32,
    /// The ledger's name in every checkpoint.
    pub(crate) origin: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// The public key that its checkpoints verify under.
    pub(crate) vkey: String,
}

impl LedgerFile {
    /// The public key of the ledger.
    pub(crate) fn verifier_key(&self, dir: &Path) -> Result<VerifierKey, OpenError> {
        VerifierKey::parse(&self.vkey).map_err(|error| OpenError::BadFile {
            path: dir.join("ledger.json"),
            reason: error.to_string(),
        })
    }

    /// Reads the description of a directory.
    pub(crate) fn read(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("ledger.json");
        let Ok(text) = std::fs::read(&path) else {
            return Err(OpenError::Missing {
                dir: dir.to_owned(),
            });
        };
        let file: Self = serde_json::from_slice(&text).map_err(|error| OpenError::BadFile {
            path,
            reason: format!("{error}; restore it from a backup"),
        })?;
        if file.format == FORMAT {
            return Ok(file);
        }
        Err(OpenError::Format {
            dir: dir.to_owned(),
            found: file.format,
            known: FORMAT,
        })
    }
}

/// The journal's directory.
pub(crate) fn journal_dir(dir: &Path) -> PathBuf {
    dir.join("journal")
}

/// The signed head.
pub(crate) fn head_path(dir: &Path) -> PathBuf {
    dir.join("head")
}

/// Holds a data directory for one process.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        let mut file = open_rw(&path, 0o600)?;
        match file.try_lock() {
            Ok(()) => {
                let pid = std::process::id().to_string();
                file.set_len(0)
                    .and_then(|()| file.write_all(pid.as_bytes()))
                    .at(&path)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.parse().ok());
                Err(OpenError::Locked {
                    dir: dir.to_owned(),
                    pid,
                })
            }
            Err(TryLockError::Error(error)) => Err(StoreError::io(&path, error).into()),
        }
    }
}

pub(super) fn bad_file(path: &Path, reason: impl Into<String>) -> OpenError {
    OpenError::BadFile {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// The signed head, checked against the ledger's public key.
pub(crate) fn read_head(dir: &Path, file: &LedgerFile) -> Result<Checkpoint, OpenError> {
    let path = head_path(dir);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| bad_file(&path, format!("{error}; run repair or restore a backup")))?;
    VerifierKey::parse(&file.vkey)
        .and_then(|key| Checkpoint::open(&text, &key))
        .map_err(|error| bad_file(&path, format!("{error}; run repair or restore a backup")))
}
