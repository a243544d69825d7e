//! Browser sessions: known by the hash of their cookie, kept over a restart, ended by anybody who
//! may; and the devices on which somebody has logged in before. In `sessions.ndjson`.
//!
//! A session says who logged in, never what that person may do: that is looked up at each request.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::AccountsError;
use super::lines::LineFile;

/// How long a session lasts.
pub(crate) const LASTS: TimeDelta = TimeDelta::hours(12);
/// How long a device is remembered.
pub(crate) const DEVICE_LASTS: TimeDelta = TimeDelta::days(180);

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// A person with a password; the member of the staff.
    Person(Uuid),
    /// Whoever held this access token; its id.
    Token(String),
    /// A person whom the organisation's provider vouched for; the member of the staff.
    Organisation(Uuid),
}

/// A session as it is kept and listed; the cookie cannot be found from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    sha256: String,
    /// Who logged in.
    pub holder: Holder,
    /// The member of the staff it acts for.
    pub staff: Uuid,
    /// When.
    pub begun_at: DateTime<Utc>,
    /// Until when it lasts.
    pub expires_at: DateTime<Utc>,
    /// The kind of browser, as it calls itself, shortened.
    pub device: String,
}

impl Session {
    /// What it is called in lists: the first 16 hexadecimal digits of its hash.
    pub fn id(&self) -> &str {
        &self.sha256[..16]
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Begun(Session),
    Ended(String),
    Device {
        sha256: String,
        staff: Uuid,
        until: DateTime<Utc>,
    },
}

#[derive(Default)]
struct Known {
    sessions: HashMap<String, Session>,
    devices: HashMap<String, (Uuid, DateTime<Utc>)>,
}

/// The sessions of one data directory.
pub struct Sessions {
    file: LineFile,
    known: RwLock<Known>,
}

fn hashed(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

fn secret() -> Option<String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).ok()?;
    Some(hex::encode(random))
}

impl Sessions {
    /// The sessions of a data directory; those that have ended are dropped from the file.
    ///
    /// # Errors
    /// [`AccountsError`] naming the file and the line.
    pub fn open(data: &Path, now: DateTime<Utc>) -> Result<Self, AccountsError> {
        let file = LineFile::new(data.join("sessions.ndjson"));
        let (lines, _) = file.read::<Line>()?;
        let read = lines.len();
        let mut known = Known::default();
        for line in lines {
            match line {
                Line::Begun(session) => {
                    known.sessions.insert(session.sha256.clone(), session);
                }
                Line::Ended(sha256) => {
                    known.sessions.remove(&sha256);
                }
                Line::Device {
                    sha256,
                    staff,
                    until,
                } => {
                    known.devices.insert(sha256, (staff, until));
                }
            }
        }
        known.sessions.retain(|_, session| now < session.expires_at);
        known.devices.retain(|_, (_, until)| now < *until);
        if known.sessions.len() + known.devices.len() < read {
            let begun = known.sessions.values().cloned().map(Line::Begun);
            let devices = known
                .devices
                .iter()
                .map(|(sha256, (staff, until))| Line::Device {
                    sha256: sha256.clone(),
                    staff: *staff,
                    until: *until,
                });
            file.replace(&begun.chain(devices).collect::<Vec<_>>())?;
        }
        Ok(Self {
            file,
            known: RwLock::new(known),
        })
    }

    /// Begins a session; the answer is the cookie's value.
    ///
    /// # Errors
    /// [`AccountsError`] when it cannot be kept.
    pub fn begin(
        &self,
        holder: Holder,
        staff: Uuid,
        device: &str,
        now: DateTime<Utc>,
    ) -> Result<String, AccountsError> {
        let secret = secret().ok_or_else(|| self.file.failed("no random bytes"))?;
        let session = Session {
            sha256: hashed(&secret),
            holder,
            staff,
            begun_at: now,
            expires_at: now + LASTS,
            device: device
                .chars()
                .filter(|letter| !letter.is_control())
                .take(80)
                .collect(),
        };
        self.file.append(&Line::Begun(session.clone()))?;
        self.write(|known| known.sessions.insert(session.sha256.clone(), session));
        Ok(secret)
    }

    /// The session of a cookie, if it lasts.
    pub fn find(&self, cookie: &str, now: DateTime<Utc>) -> Option<Session> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .sessions
            .get(&hashed(cookie))
            .filter(|session| now < session.expires_at)
            .cloned()
    }

    /// All that last, newest first.
    pub fn list(&self, now: DateTime<Utc>) -> Vec<Session> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let lasting = known
            .sessions
            .values()
            .filter(|session| now < session.expires_at);
        let mut sessions: Vec<_> = lasting.cloned().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.begun_at));
        sessions
    }

    /// Ends those that a choice falls on; gives their number.
    ///
    /// # Errors
    /// [`AccountsError`] when that cannot be kept; then the session still lasts.
    pub fn end(&self, ends: impl Fn(&Session) -> bool) -> Result<usize, AccountsError> {
        let chosen: Vec<_> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let ending = known.sessions.values().filter(|session| ends(session));
            ending.map(|session| session.sha256.clone()).collect()
        };
        for sha256 in &chosen {
            self.file.append(&Line::Ended(sha256.clone()))?;
            self.write(|known| known.sessions.remove(sha256));
        }
        Ok(chosen.len())
    }

    /// Ends the session of a cookie.
    ///
    /// # Errors
    /// As [`Sessions::end`].
    pub fn end_cookie(&self, cookie: &str) -> Result<usize, AccountsError> {
        let sha256 = hashed(cookie);
        self.end(|session| session.sha256 == sha256)
    }

    /// Remembers a device on which somebody has logged in; the answer is a cookie's value.
    ///
    /// # Errors
    /// [`AccountsError`] when it cannot be kept.
    pub fn remember(&self, staff: Uuid, now: DateTime<Utc>) -> Result<String, AccountsError> {
        let secret = secret().ok_or_else(|| self.file.failed("no random bytes"))?;
        let (sha256, until) = (hashed(&secret), now + DEVICE_LASTS);
        self.file.append(&Line::Device {
            sha256: sha256.clone(),
            staff,
            until,
        })?;
        self.write(|known| known.devices.insert(sha256, (staff, until)));
        Ok(secret)
    }

    /// Who has logged in on the device with this cookie before.
    pub fn device_of(&self, cookie: &str, now: DateTime<Utc>) -> Option<Uuid> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known
            .devices
            .get(&hashed(cookie))
            .filter(|(_, until)| now < *until);
        found.map(|(staff, _)| *staff)
    }

    fn write<T>(&self, change: impl FnOnce(&mut Known) -> T) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_a_restart_until_it_expires_or_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let staff = Uuid::now_v7();
        let sessions = Sessions::open(dir.path(), now).unwrap();
        let begin = || {
            sessions
                .begin(Holder::Person(staff), staff, "Firefox", now)
                .unwrap()
        };
        let (kept, ended) = (begin(), begin());
        assert_eq!(sessions.end_cookie(&ended).unwrap(), 1);
        let again = Sessions::open(dir.path(), now).unwrap();
        assert!(again.find(&kept, now).is_some());
        assert!(again.find(&ended, now).is_none());
        assert!(again.find(&kept, now + LASTS).is_none());
        let stored = std::fs::read_to_string(dir.path().join("sessions.ndjson")).unwrap();
        assert!(!stored.contains(&kept), "the cookie is hashed at rest");
        assert_eq!(
            stored.lines().count(),
            1,
            "what has ended is dropped at the next start"
        );
    }

    #[test]
    fn a_device_is_remembered_for_its_person() {
        let dir = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let staff = Uuid::now_v7();
        let device = Sessions::open(dir.path(), now)
            .unwrap()
            .remember(staff, now)
            .unwrap();
        let again = Sessions::open(dir.path(), now).unwrap();
        assert_eq!(again.device_of(&device, now), Some(staff));
        assert_eq!(again.device_of(&device, now + DEVICE_LASTS), None);
        assert_eq!(again.device_of("other", now), None);
    }
}
