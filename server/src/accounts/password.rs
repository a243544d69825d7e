//! Passwords: argon2id at rest, one duration for right, wrong and unknown, and what is too weak.
//!
//! Hashing takes tens of milliseconds and 19 MiB: call it on a thread that may block.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// Letters of an initial password: none that is mistaken for another.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 16 of 32 letters are 80 bits.
const INVENTED: usize = 16;
/// The shortest password of a person.
const SHORTEST: usize = 10;
/// Longer ones would only burn time.
const LONGEST_BYTES: usize = 256;

/// What is verified for a login name that nobody has, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this").unwrap_or_default());

/// The PHC string of a password; none if the operating system gives no random bytes.
pub(super) fn hash(password: &str) -> Option<String> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).ok()?;
    let salt = SaltString::encode_b64(&salt).ok()?;
    let hash = Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .ok()?;
    Some(hash.to_string())
}

/// Whether a password is the one; `None` stands for an account that does not exist.
pub(super) fn verify(known: Option<&str>, password: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(known.unwrap_or(&NOBODY)) else {
        return false;
    };
    let right = Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
    right && known.is_some()
}

/// Makes sure that the first unknown name does not take longer than the others.
pub(super) fn prepare() {
    LazyLock::force(&NOBODY);
}

/// A password to be changed at the first login.
pub(super) fn invent() -> Option<String> {
    let mut random = [0_u8; INVENTED];
    getrandom::fill(&mut random).ok()?;
    let letters = random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    Some(letters.collect())
}

/// Why a password cannot be taken, in Japanese.
pub(super) fn weakness(password: &str, login: &str) -> Option<&'static str> {
    let letters = password.chars().count();
    let distinct = password
        .chars()
        .collect::<std::collections::HashSet<_>>()
        .len();
    let lower = password.to_lowercase();
    if letters < SHORTEST {
        Some("パスワードは10文字以上にしてください。")
    } else if password.len() > LONGEST_BYTES {
        Some("パスワードが長すぎます。")
    } else if distinct < 4
        || (!login.is_empty() && lower.contains(login))
        || lower.contains("password")
    {
        Some("推測されやすいパスワードです。ログイン名や同じ文字の繰り返しは使えません。")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_of_a_known_account_passes() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(Some(&phc), "correct horse battery"));
        assert!(!verify(Some(&phc), "correct horse batterz"));
        assert!(!verify(None, "nobody has this"));
        assert!(!verify(Some("not a hash"), "x"));
    }

    #[test]
    fn weak_passwords_are_refused_and_invented_ones_pass() {
        for weak in ["short", "aaaaaaaaaaaa", "tanaka-2026x", "mypassword12"] {
            assert!(weakness(weak, "tanaka").is_some(), "{weak}");
        }
        assert_eq!(weakness(&invent().unwrap(), "tanaka"), None);
        assert_ne!(invent(), invent());
    }
}
