//! Access tokens, hashed at rest, in `tokens.ndjson` beside the ledger.
//!
//! The file has a lock of its own, so that `banso token create` works while the server runs: a
//! token that is not known yet makes the server read the file again. Knows no HTTP.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::Role;

/// Random bytes of a token; 256 bits cannot be guessed, so a plain hash at rest is enough.
const TOKEN_BYTES: usize = 32;
/// What a token begins with, so that a leaked one is recognised.
const PREFIX: &str = "banso_";

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The member of the staff it acts for.
    pub staff: Uuid,
    /// What it may do.
    pub role: Role,
    /// What it is called.
    pub name: String,
}

impl Account {
    /// `staff/<uuid>`, as it stands in `recorded_by`.
    pub fn actor(&self) -> String {
        format!("staff/{}", self.staff)
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    sha256: String,
    #[serde(flatten)]
    account: Account,
}

/// A token file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct AccountsError {
    path: PathBuf,
    reason: String,
}

/// The tokens of one data directory.
pub struct Accounts {
    path: PathBuf,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_hash: HashMap<[u8; 32], Account>,
    bytes_read: u64,
}

impl Accounts {
    /// The tokens of a data directory; none if there is no file yet.
    ///
    /// # Errors
    /// [`AccountsError`] naming the file and the line.
    pub fn open(data: &Path) -> Result<Self, AccountsError> {
        let accounts = Self {
            path: data.join("tokens.ndjson"),
            known: RwLock::default(),
        };
        accounts.refresh()?;
        Ok(accounts)
    }

    /// The account of a token.
    pub fn find(&self, token: &str) -> Option<Account> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let find = || {
            let known = self
                .known
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            known.by_hash.get(&hash).cloned()
        };
        find().or_else(|| {
            if !token.starts_with(PREFIX) || !self.refresh().unwrap_or(false) {
                return None;
            }
            find()
        })
    }

    /// Makes a token and keeps its hash. The token itself is kept nowhere.
    ///
    /// # Errors
    /// [`AccountsError`] when the file cannot be written.
    pub fn create(&self, account: &Account) -> Result<String, AccountsError> {
        let mut random = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut random).map_err(|error| self.failed(error))?;
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let line = Line {
            sha256: hex::encode(Sha256::digest(token.as_bytes())),
            account: account.clone(),
        };
        let mut text = serde_json::to_string(&line).map_err(|error| self.failed(error))?;
        text.push('\n');
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)
            .map_err(|error| self.failed(error))?;
        file.lock()
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.sync_all())
            .map_err(|error| self.failed(error))?;
        self.refresh()?;
        Ok(token)
    }

    /// Reads the file again if it has grown; true if it had.
    fn refresh(&self) -> Result<bool, AccountsError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.failed(error)),
        };
        let bytes = file.metadata().map_err(|error| self.failed(error))?.len();
        let mut known = self
            .known
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if bytes == known.bytes_read {
            return Ok(false);
        }
        let mut by_hash = HashMap::new();
        for (at, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| self.failed(error))?;
            let faulty = |why: String| self.failed(format!("line {}: {why}", at + 1));
            let line: Line = serde_json::from_str(&line).map_err(|why| faulty(why.to_string()))?;
            let mut hash = [0; 32];
            hex::decode_to_slice(&line.sha256, &mut hash).map_err(|why| faulty(why.to_string()))?;
            by_hash.insert(hash, line.account);
        }
        *known = Known {
            by_hash,
            bytes_read: bytes,
        };
        Ok(true)
    }

    fn failed(&self, reason: impl ToString) -> AccountsError {
        AccountsError {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_made_by_another_process_is_found_without_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let server = Accounts::open(dir.path()).unwrap();
        let tool = Accounts::open(dir.path()).unwrap();
        let account = Account {
            staff: Uuid::nil(),
            role: Role::Manager,
            name: "事務局".to_owned(),
        };
        let token = tool.create(&account).unwrap();
        assert_eq!(server.find(&token), Some(account));
        assert_eq!(server.find("banso_wrong"), None);
        let stored = std::fs::read_to_string(dir.path().join("tokens.ndjson")).unwrap();
        assert!(!stored.contains(&token));
    }
}
