//! Cosignatures of committee members and witnesses over checkpoints (C2SP tlog-cosignature), kept
//! in `cosignatures.ndjson`; whose are taken stands in `witnesses`, one verifier key a line.
//!
//! A cosigned checkpoint that somebody else keeps is what a rewritten ledger cannot agree with.
//! Knows no HTTP and no account.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use banso_store::note::{Checkpoint, KeyKind, NoteError, SignatureLine, SignedNote, VerifierKey};
use banso_store::{StoreError, write_atomically};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A file of cosignatures or witnesses that cannot be used, or a cosignature that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CosignatureError {
    /// A file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nobody registered this key.
    #[error("{0} is not a registered witness; register its key with banso witness add VKEY")]
    Unknown(String),
    /// Such a key signs no cosignatures.
    #[error("{0} is not a key for cosignatures (type 0x04)")]
    OtherKind(String),
    /// The signature is not over this checkpoint.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One cosignature as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosignature {
    /// Entries of the checkpoint.
    pub size: u64,
    /// Its root, base64.
    pub root: String,
    /// Who signed.
    pub name: String,
    /// When, in seconds since 1970, as the signer states it.
    pub time: u64,
    /// The signature line, without its newline.
    pub line: String,
}

/// The cosignatures of one data directory.
pub struct Cosignatures {
    dir: PathBuf,
    kept: Mutex<Vec<Cosignature>>,
}

impl Cosignatures {
    /// The cosignatures of a data directory; none if there is no file yet.
    ///
    /// # Errors
    /// [`CosignatureError::File`] naming the line.
    pub fn open(dir: &Path) -> Result<Self, CosignatureError> {
        let path = dir.join("cosignatures.ndjson");
        let mut kept = Vec::new();
        for (at, line) in lines(&path)?.iter().enumerate() {
            kept.push(serde_json::from_str(line).map_err(|error| {
                let reason = format!("line {}: {error}", at + 1);
                CosignatureError::File {
                    path: path.clone(),
                    reason,
                }
            })?);
        }
        Ok(Self {
            dir: dir.to_owned(),
            kept: Mutex::new(kept),
        })
    }

    /// Checks the signature lines against the registered keys and keeps them, durably; true if
    /// one was new. `checkpoint` is the ledger's own for the size that was signed.
    ///
    /// # Errors
    /// [`CosignatureError`]; then nothing was kept.
    pub fn add(&self, checkpoint: &str, lines: &[SignatureLine]) -> Result<bool, CosignatureError> {
        let own = SignedNote::parse(checkpoint)?;
        let head = Checkpoint::parse(&own.text)?;
        let witnesses = witnesses(&self.dir)?;
        let mut new = Vec::new();
        for line in lines {
            let key = witnesses
                .iter()
                .find(|key| key.name() == line.name && key.id() == line.key_id)
                .ok_or_else(|| CosignatureError::Unknown(line.name.clone()))?;
            let signed = SignedNote {
                text: own.text.clone(),
                signatures: vec![line.clone()],
            };
            new.push(Cosignature {
                size: head.size,
                root: STANDARD.encode(head.root),
                name: line.name.clone(),
                time: signed.verify(key)?,
                line: line.to_string().trim_end().to_owned(),
            });
        }
        let mut kept = self.kept();
        let mut all = kept.clone();
        let before = all.len();
        all.extend(new.into_iter().filter(|one| !kept.contains(one)));
        if all.len() == before {
            return Ok(false);
        }
        let mut text = String::new();
        for one in &all {
            text.push_str(&serde_json::to_string(one).unwrap_or_default());
            text.push('\n');
        }
        let path = self.dir.join("cosignatures.ndjson");
        write_atomically(&path, text.as_bytes(), 0o600)?;
        *kept = all;
        Ok(true)
    }

    /// The ledger's own signed checkpoint with every cosignature over it.
    pub fn with(&self, checkpoint: &str) -> String {
        let mut note = checkpoint.to_owned();
        let mut body = checkpoint.lines().skip(1);
        let (Some(size), Some(root)) = (body.next(), body.next()) else {
            return note;
        };
        for one in self.kept().iter() {
            if one.root == root && one.size.to_string() == size {
                note.push_str(&one.line);
                note.push('\n');
            }
        }
        note
    }

    /// All of them, in the order in which they came.
    pub fn all(&self) -> Vec<Cosignature> {
        self.kept().clone()
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Cosignature>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registered keys, read anew each time, so that one may be added while the server runs.
///
/// # Errors
/// [`CosignatureError::File`] naming the line.
pub fn witnesses(dir: &Path) -> Result<Vec<VerifierKey>, CosignatureError> {
    let path = dir.join("witnesses");
    let key = |line: &String| {
        VerifierKey::parse(line).map_err(|error| CosignatureError::File {
            path: path.clone(),
            reason: error.to_string(),
        })
    };
    lines(&path)?.iter().map(key).collect()
}

/// Registers a key; false if it is registered already.
///
/// # Errors
/// [`CosignatureError`] when it is no key for cosignatures or the file cannot be written.
pub fn register(dir: &Path, vkey: &str) -> Result<bool, CosignatureError> {
    let key = VerifierKey::parse(vkey.trim())?;
    if key.kind() != KeyKind::Cosignature {
        return Err(CosignatureError::OtherKind(key.name().to_owned()));
    }
    let mut known = witnesses(dir)?;
    if known.contains(&key) {
        return Ok(false);
    }
    known.push(key);
    let lines: Vec<String> = known.iter().map(ToString::to_string).collect();
    let text = lines.join("\n") + "\n";
    write_atomically(&dir.join("witnesses"), text.as_bytes(), 0o600)?;
    Ok(true)
}

fn lines(path: &Path) -> Result<Vec<String>, CosignatureError> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| CosignatureError::File {
            path: path.to_owned(),
            reason: error.to_string(),
        })?,
    };
    let lines = text.lines().map(str::trim);
    let filled = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(filled.map(str::to_owned).collect())
}
