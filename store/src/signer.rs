//! The ledger's own key: an Ed25519 key file that signs checkpoints.
//!
//! The key file is secret (mode 0600, one line of base64). The origin is the ledger's name in
//! every checkpoint and the name of the key.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::files::write_atomically;
use crate::merkle::Hash;
use crate::note::{Checkpoint, KeyKind, NoteError, SignatureLine, SignedNote, VerifierKey};

/// Why a key could not be made or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SignerError {
    /// The file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The key file.
        path: PathBuf,
        /// What the operating system answered.
        source: Arc<io::Error>,
    },
    /// The file holds no key.
    #[error("{path} holds no Ed25519 key; restore it from the backup of the keys")]
    BadKey {
        /// The key file.
        path: PathBuf,
    },
    /// The origin cannot be a key's name.
    #[error(transparent)]
    Origin(#[from] NoteError),
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes")]
    Random,
}

/// Signs checkpoints of one ledger.
pub struct Signer {
    key: SigningKey,
    public: VerifierKey,
}

impl Signer {
    /// A new key that is kept nowhere.
    pub fn generate(origin: &str) -> Result<Self, SignerError> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        getrandom::fill(&mut *secret).map_err(|_| SignerError::Random)?;
        Self::from_secret(&secret, origin)
    }

    /// A new key, kept in a file that must not exist yet.
    pub fn create(path: &Path, origin: &str) -> Result<Self, SignerError> {
        let signer = Self::generate(origin)?;
        let failed = |source| SignerError::Io {
            path: path.to_owned(),
            source: Arc::new(source),
        };
        if path.exists() {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let line = Zeroizing::new(format!("{}\n", BASE64.encode(signer.key.as_bytes())));
        // In one step: a creation that was cut short leaves no broken key behind.
        write_atomically(path, line.as_bytes(), 0o600)
            .map_err(|error| failed(io::Error::other(error)))?;
        Ok(signer)
    }

    /// The key of a file.
    pub fn load(path: &Path, origin: &str) -> Result<Self, SignerError> {
        let text = std::fs::read_to_string(path).map_err(|source| SignerError::Io {
            path: path.to_owned(),
            source: Arc::new(source),
        })?;
        let text = Zeroizing::new(text);
        let bad = || SignerError::BadKey {
            path: path.to_owned(),
        };
        let bytes = Zeroizing::new(BASE64.decode(text.trim_end()).map_err(|_| bad())?);
        let secret = <&[u8; 32]>::try_from(&bytes[..]).map_err(|_| bad())?;
        Self::from_secret(secret, origin)
    }

    fn from_secret(secret: &[u8; 32], origin: &str) -> Result<Self, SignerError> {
        let key = SigningKey::from_bytes(secret);
        let public = VerifierKey::new(origin, KeyKind::Ed25519, key.verifying_key())?;
        Ok(Self { key, public })
    }

    /// The ledger's name.
    pub fn origin(&self) -> &str {
        self.public.name()
    }

    /// The public key in the form auditors keep: `name+hex(key id)+base64(type ‖ key)`.
    pub fn vkey(&self) -> String {
        self.public.to_string()
    }

    /// The public key.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.public
    }

    /// The signed checkpoint of a size and root.
    pub fn sign_checkpoint(&self, size: u64, root: &Hash) -> String {
        let text = Checkpoint {
            origin: self.origin().to_owned(),
            size,
            root: *root,
        }
        .text();
        let line = SignatureLine {
            name: self.origin().to_owned(),
            key_id: self.public.id(),
            signature: self.key.sign(text.as_bytes()).to_vec(),
        };
        SignedNote {
            text,
            signatures: vec![line],
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_created_key_is_private_and_loads_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.key");
        let created = Signer::create(&path, "ledger.example/t").unwrap();
        let loaded = Signer::load(&path, "ledger.example/t").unwrap();
        assert_eq!(created.vkey(), loaded.vkey());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(matches!(
            Signer::create(&path, "x"),
            Err(SignerError::Io { .. })
        ));
    }

    #[test]
    fn a_damaged_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.key");
        std::fs::write(&path, "AAAA\n").unwrap();
        assert!(matches!(
            Signer::load(&path, "x"),
            Err(SignerError::BadKey { .. })
        ));
    }

    #[test]
    fn an_origin_with_white_space_is_refused() {
        assert!(matches!(
            Signer::generate("a b"),
            Err(SignerError::Origin(_))
        ));
    }
}
