//! The one-time key of the first-run set-up: printed on the console, held as a hash in memory.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The key of one run of the server, until it is used.
#[derive(Default)]
pub struct SetupKey(Mutex<Option<[u8; 32]>>);

impl SetupKey {
    /// Makes a key; an earlier one no longer works. None if there are no random bytes.
    pub fn make(&self) -> Option<String> {
        let mut random = [0_u8; 24];
        getrandom::fill(&mut random).ok()?;
        let key = URL_SAFE_NO_PAD.encode(random);
        *self.held() = Some(Sha256::digest(key.as_bytes()).into());
        Some(key)
    }

    /// Whether this is the key.
    pub fn fits(&self, key: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        self.held().is_some_and(|held| held.ct_eq(&hash).into())
    }

    /// Takes the key; the second of two who come at once goes away empty-handed.
    pub fn take(&self, key: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut held = self.held();
        let fits = held.is_some_and(|held| held.ct_eq(&hash).into());
        if fits {
            *held = None;
        }
        fits
    }

    /// Puts a key back that could not be used because the form was faulty.
    pub fn put_back(&self, key: &str) {
        *self.held() = Some(Sha256::digest(key.as_bytes()).into());
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<[u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_works_once_and_an_earlier_one_not_at_all() {
        let setup = SetupKey::default();
        assert!(!setup.fits(""));
        let (earlier, key) = (setup.make().unwrap(), setup.make().unwrap());
        assert!(setup.fits(&key) && !setup.fits(&earlier));
        assert!(setup.take(&key) && !setup.take(&key));
    }
}
