//! Access tokens for machines, hashed at rest, in `tokens.ndjson` beside the ledger.
//!
//! The file has a lock of its own, so that `banso token create` and `token revoke` work while the
//! server runs: an unknown token makes the server read the file again, and a revocation is noticed
//! within a second. When a token was last used stands in a file apart, to the minute.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::lines::{LineFile, write_private};
use super::{Account, AccountsError, Grant, Scope};

/// Random bytes of a token; 256 bits cannot be guessed, so a plain hash at rest is enough.
const TOKEN_BYTES: usize = 32;
/// What a token begins with, so that a leaked one is recognised.
const PREFIX: &str = "banso_";
/// Seconds between two looks at the file, and between two notes of last uses.
const LOOK_EVERY: i64 = 1;
const NOTE_EVERY: i64 = 60;

/// A token as it is listed: never the token itself.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    /// The first 12 hexadecimal digits of its SHA-256.
    pub id: String,
    /// For whom it acts.
    #[serde(flatten)]
    pub account: Account,
    /// What it may be used for.
    pub scope: Scope,
    /// When it was made; absent for those of an older version.
    pub created_at: Option<DateTime<Utc>>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
struct Made {
    sha256: String,
    #[serde(flatten)]
    account: Account,
    #[serde(default)]
    scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
struct Revoked {
    sha256: String,
    revoked_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Made(Made),
    Revoked(Revoked),
}

struct Held {
    made: Made,
    revoked_at: Option<DateTime<Utc>>,
    /// Seconds since 1970; 0 = never.
    used: AtomicI64,
}

impl Held {
    fn id(&self) -> &str {
        &self.made.sha256[..12]
    }

    fn valid(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.made.expires_at.is_none_or(|end| now < end)
    }

    fn listed(&self) -> Token {
        let used = self.used.load(Ordering::Relaxed);
        Token {
            id: self.id().to_owned(),
            account: self.made.account.clone(),
            scope: self.made.scope,
            created_at: self.made.created_at,
            expires_at: self.made.expires_at,
            last_used_at: DateTime::from_timestamp(used, 0).filter(|_| used > 0),
            revoked_at: self.revoked_at,
        }
    }
}

/// What a token that is valid stands for.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// For whom it acts.
    pub account: Account,
    /// What it may be used for.
    pub scope: Scope,
    /// Its id.
    pub id: String,
}

/// The tokens of one data directory.
pub struct Accounts {
    file: LineFile,
    used_file: PathBuf,
    held: RwLock<HashMap<[u8; 32], Arc<Held>>>,
    bytes_read: AtomicU64,
    looked: AtomicI64,
    noted: AtomicI64,
}

impl Accounts {
    /// The tokens of a data directory; none if there is no file yet.
    ///
    /// # Errors
    /// [`AccountsError`] naming the file and the line.
    pub fn open(data: &Path) -> Result<Self, AccountsError> {
        let accounts = Self {
            file: LineFile::new(data.join("tokens.ndjson")),
            used_file: data.join("tokens-used.json"),
            held: RwLock::default(),
            bytes_read: AtomicU64::new(0),
            looked: AtomicI64::new(0),
            noted: AtomicI64::new(0),
        };
        accounts.refresh()?;
        Ok(accounts)
    }

    /// What a token stands for, if it is valid now.
    pub fn find(&self, token: &str, now: DateTime<Utc>) -> Option<Recognised> {
        if !token.starts_with(PREFIX) {
            return None;
        }
        let seconds = now.timestamp();
        // A clock that is set back must not keep a revocation from being seen.
        if (seconds - self.looked.swap(seconds, Ordering::Relaxed)).abs() >= LOOK_EVERY {
            self.refreshed();
        }
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let held = self.held_as(&hash).or_else(|| {
            self.refreshed();
            self.held_as(&hash)
        })?;
        if !held.valid(now) {
            return None;
        }
        held.used.store(seconds, Ordering::Relaxed);
        self.note_uses(seconds);
        let id = held.id().to_owned();
        Some(Recognised {
            account: held.made.account.clone(),
            scope: held.made.scope,
            id,
        })
    }

    /// What the token with an id stands for, if it is valid now.
    pub fn by_id(&self, id: &str, now: DateTime<Utc>) -> Option<Recognised> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let found = held
            .values()
            .find(|held| held.id() == id && held.valid(now))?;
        let account = found.made.account.clone();
        Some(Recognised {
            account,
            scope: found.made.scope,
            id: id.to_owned(),
        })
    }

    /// Makes a token for everything that the role may, for ever.
    ///
    /// # Errors
    /// [`AccountsError`] when the file cannot be written.
    pub fn create(&self, account: &Account) -> Result<String, AccountsError> {
        self.grant(account, Grant::default(), Utc::now())
    }

    /// Makes a token and keeps its hash. The token itself is kept nowhere.
    ///
    /// # Errors
    /// [`AccountsError`] when the file cannot be written.
    pub fn grant(
        &self,
        account: &Account,
        grant: Grant,
        now: DateTime<Utc>,
    ) -> Result<String, AccountsError> {
        let mut random = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut random).map_err(|error| self.file.failed(error))?;
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        self.file.append(&Line::Made(Made {
            sha256: hex::encode(Sha256::digest(token.as_bytes())),
            account: account.clone(),
            scope: grant.scope,
            created_at: Some(now),
            expires_at: grant.expires_at,
        }))?;
        self.refresh()?;
        Ok(token)
    }

    /// Refuses a token from now on; false if no valid one has this id.
    ///
    /// # Errors
    /// [`AccountsError`] when the file cannot be written.
    pub fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<bool, AccountsError> {
        let sha256 = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let found = held
                .values()
                .find(|held| held.id() == id && held.revoked_at.is_none());
            found.map(|held| held.made.sha256.clone())
        };
        let Some(sha256) = sha256 else {
            return Ok(false);
        };
        self.file.append(&Line::Revoked(Revoked {
            sha256,
            revoked_at: now,
        }))?;
        self.refresh()?;
        Ok(true)
    }

    /// Refuses every token of a member of the staff; gives their number.
    ///
    /// # Errors
    /// [`AccountsError`] when the file cannot be written.
    pub fn revoke_of(&self, staff: uuid::Uuid, now: DateTime<Utc>) -> Result<usize, AccountsError> {
        let mut revoked = 0;
        for token in self
            .list()
            .iter()
            .filter(|token| token.account.staff == staff)
        {
            revoked += usize::from(self.revoke(&token.id, now)?);
        }
        Ok(revoked)
    }

    /// All tokens, oldest first.
    pub fn list(&self) -> Vec<Token> {
        self.refreshed();
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let mut tokens: Vec<_> = held.values().map(|held| held.listed()).collect();
        tokens.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        tokens
    }

    fn held_as(&self, hash: &[u8; 32]) -> Option<Arc<Held>> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    fn refreshed(&self) {
        if let Err(error) = self.refresh() {
            tracing::error!(%error, "the tokens cannot be read again");
        }
    }

    /// Reads the file again if it has changed.
    fn refresh(&self) -> Result<(), AccountsError> {
        if self.file.bytes() == self.bytes_read.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (lines, bytes) = self.file.read::<Line>()?;
        let noted = self.noted_uses();
        let mut fresh: HashMap<[u8; 32], Held> = HashMap::new();
        for line in lines {
            let hash = |text: &str| {
                let mut hash = [0; 32];
                let read = hex::decode_to_slice(text, &mut hash);
                read.map(|()| hash)
                    .map_err(|error| self.file.failed(format!("{text}: {error}")))
            };
            match line {
                Line::Made(made) => {
                    let hash = hash(&made.sha256)?;
                    let before = held
                        .get(&hash)
                        .map(|held| held.used.load(Ordering::Relaxed));
                    let noted = noted.get(&made.sha256[..12]).copied();
                    let used = AtomicI64::new(before.max(noted).unwrap_or(0));
                    fresh.insert(
                        hash,
                        Held {
                            made,
                            revoked_at: None,
                            used,
                        },
                    );
                }
                Line::Revoked(revoked) => {
                    if let Some(held) = fresh.get_mut(&hash(&revoked.sha256)?) {
                        held.revoked_at = Some(revoked.revoked_at);
                    }
                }
            }
        }
        *held = fresh
            .into_iter()
            .map(|(hash, held)| (hash, Arc::new(held)))
            .collect();
        self.bytes_read.store(bytes, Ordering::Release);
        Ok(())
    }

    fn noted_uses(&self) -> HashMap<String, i64> {
        let bytes = std::fs::read(&self.used_file).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes the last uses down; losing some of them costs nothing but accuracy.
    fn note_uses(&self, now: i64) {
        let noted = self.noted.load(Ordering::Relaxed);
        let due = (now - noted).abs() >= NOTE_EVERY;
        let mine = || {
            let order = (Ordering::Relaxed, Ordering::Relaxed);
            self.noted
                .compare_exchange(noted, now, order.0, order.1)
                .is_ok()
        };
        if !due || !mine() {
            return;
        }
        let uses: HashMap<String, i64> = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let used = |held: &Held| (held.id().to_owned(), held.used.load(Ordering::Relaxed));
            held.values()
                .map(|held| used(held))
                .filter(|(_, used)| *used > 0)
                .collect()
        };
        let text = serde_json::to_vec(&uses).unwrap_or_default();
        if let Err(error) = write_private(&self.used_file, &text) {
            tracing::warn!(%error, "when tokens were last used could not be written down");
        }
    }
}

#[cfg(test)]
mod tests;
