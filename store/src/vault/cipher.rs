//! Sealing and opening: XChaCha20-Poly1305 with a random nonce in front, plaintexts padded.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::VaultError;

/// Plaintexts are padded to a multiple of this many bytes.
const BUCKET: usize = 64;
/// Bytes of a nonce.
pub(super) const NONCE: usize = 24;

/// A secret key, wiped when dropped.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// A new random key.
pub(super) fn random_secret() -> Result<Secret, VaultError> {
    let mut key = Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut *key).map_err(|_| VaultError::Random)?;
    Ok(key)
}

/// Encrypts; gives nonce ‖ ciphertext.
pub(super) fn encrypt(key: &Secret, aad: &[u8], message: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
    let sealed = XChaCha20Poly1305::new(Key::from_slice(&**key))
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: message, aad })
        .map_err(|_| VaultError::TooLong)?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts nonce ‖ ciphertext; `None` when key, context or bytes are not the right ones.
pub(super) fn decrypt(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    XChaCha20Poly1305::new(Key::from_slice(&**key))
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .ok()
}

/// Length as 32 bits, little-endian, the plaintext, then zeros up to the bucket.
pub(super) fn pad(plaintext: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let length = u32::try_from(plaintext.len()).map_err(|_| VaultError::TooLong)?;
    let padded = (plaintext.len() + 4).next_multiple_of(BUCKET);
    let mut out = Zeroizing::new(Vec::with_capacity(padded));
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(plaintext);
    out.resize(padded, 0);
    Ok(out)
}

/// Opens what an entry committed to.
pub(super) fn open_committed(
    key: &Secret,
    commitment: &[u8; 32],
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if Sha256::digest(ciphertext)[..] != commitment[..] {
        return Err("the ciphertext is not the one that the entry committed to");
    }
    let padded = decrypt(key, aad, ciphertext).ok_or("the key does not open the ciphertext")?;
    let (length, rest) = padded
        .split_first_chunk::<4>()
        .ok_or("the plaintext has no length")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let plaintext = rest
        .get(..length)
        .ok_or("the plaintext is shorter than its length")?;
    Ok(Zeroizing::new(plaintext.to_vec()))
}
