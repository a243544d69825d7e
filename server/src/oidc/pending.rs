//! Logins that are on their way: begun here, not yet back from the provider.
//!
//! Each is known by the hash of a cookie that the browser got, works once, and is forgotten after
//! ten minutes. In memory only: a restart ends them, and the person clicks again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long the person may take at the provider.
pub(crate) const TIME: Duration = Duration::from_mins(10);
/// Logins on their way at once; beyond it the oldest is forgotten.
const KEPT: usize = 10_000;

/// One login on its way.
pub(super) struct Begun {
    /// Must come back with the code (RFC 6749, section 10.12).
    pub(super) state: String,
    /// Must stand in the ID token.
    pub(super) nonce: String,
    /// The PKCE secret (RFC 7636).
    pub(super) verifier: Zeroizing<String>,
    /// When it began.
    pub(super) at: Instant,
}

/// All of them.
#[derive(Default)]
pub(super) struct Pending(Mutex<HashMap<[u8; 32], Begun>>);

impl Pending {
    /// Remembers a login under a browser's cookie.
    pub(super) fn put(&self, cookie: &str, begun: Begun) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= KEPT {
            let now = begun.at;
            held.retain(|_, other| now.saturating_duration_since(other.at) < TIME);
        }
        if held.len() >= KEPT {
            let oldest = held.iter().min_by_key(|(_, other)| other.at);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                held.remove(&oldest);
            }
        }
        held.insert(key(cookie), begun);
    }

    /// Takes the login of a cookie; a second caller gets nothing.
    pub(super) fn take(&self, cookie: &str, now: Instant) -> Option<Begun> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&key(cookie))
            .filter(|begun| now.saturating_duration_since(begun.at) < TIME)
    }
}

fn key(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(at: Instant) -> Begun {
        Begun {
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            verifier: Zeroizing::new("v".to_owned()),
            at,
        }
    }

    #[test]
    fn a_login_comes_back_once_and_in_time() {
        let pending = Pending::default();
        let start = Instant::now();
        pending.put("one", begun(start));
        pending.put("late", begun(start));
        assert!(pending.take("other", start).is_none());
        assert!(pending.take("one", start).is_some());
        assert!(pending.take("one", start).is_none());
        assert!(pending.take("late", start + TIME).is_none());
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let pending = Pending::default();
        let start = Instant::now();
        for number in 0..=KEPT {
            let at = start + Duration::from_millis(number as u64 / 100);
            pending.put(&number.to_string(), begun(at));
        }
        let held = pending.0.lock().unwrap().len();
        assert_eq!(held, KEPT);
        assert!(pending.take(&KEPT.to_string(), start).is_some());
    }
}
