//! Signed notes and checkpoints in the text formats of C2SP (signed-note v1.0.0,
//! tlog-checkpoint v1.0.0, tlog-cosignature v1.0.1).
//!
//! Parsing is strict: what this file accepts it writes back byte for byte. It knows no file and
//! holds no private key (see `Signer`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey as Ed25519Key};
use sha2::{Digest, Sha256};

use crate::merkle::Hash;

/// A note with more signature lines than this is refused, as the reference implementation does.
const SIGNATURE_LINES: usize = 100;
/// Begins a signature line: em dash, space.
const DASH: &str = "\u{2014} ";

/// Why a note, checkpoint or key was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is not a signed note.
    #[error("not a signed note: {0}")]
    Note(&'static str),
    /// The text is not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Checkpoint(&'static str),
    /// The text is not a verifier key.
    #[error("not a verifier key: {0}")]
    Key(&'static str),
    /// The note bears no signature of this key.
    #[error("the note bears no signature of {0}")]
    Unsigned(String),
    /// The signature is not that of this key over this text.
    #[error("the signature of {0} does not verify")]
    BadSignature(String),
    /// The checkpoint belongs to another ledger.
    #[error("the checkpoint is of {found}, not of {expected}")]
    OtherOrigin {
        /// The origin it names.
        found: String,
        /// The origin it should name.
        expected: String,
    },
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Type 0x01: Ed25519 over the text.
    Ed25519,
    /// Type 0x04: a witness's timestamped Ed25519 over a checkpoint (cosignature/v1).
    Cosignature,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A public key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: Ed25519Key,
}

impl VerifierKey {
    /// A named key; the name must not be empty nor hold white space or `+`.
    pub fn new(name: &str, kind: KeyKind, key: Ed25519Key) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Key(
                "the name is empty or holds white space or a plus sign",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// Reads `name+hex(key id)+base64(type ‖ public key)`.
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has fewer than three parts"));
        };
        let key = BASE64
            .decode(key)
            .map_err(|_| NoteError::Key("the key is not base64"))?;
        let (kind, bytes) = match key.split_first() {
            Some((0x01, bytes)) => (KeyKind::Ed25519, bytes),
            Some((0x04, bytes)) => (KeyKind::Cosignature, bytes),
            _ => return Err(NoteError::Key("its type is neither 0x01 nor 0x04")),
        };
        let bytes = bytes
            .try_into()
            .map_err(|_| NoteError::Key("the key does not have 32 bytes"))?;
        let key = Ed25519Key::from_bytes(bytes)
            .map_err(|_| NoteError::Key("the key is no point of the curve"))?;
        let parsed = Self::new(name, kind, key)?;
        if hex::encode(parsed.id()) != id {
            return Err(NoteError::Key("the key id does not match the key"));
        }
        Ok(parsed)
    }

    /// The name; for a ledger's own key this is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Checks one signature over a note's text; a cosignature gives its POSIX time.
    fn check(&self, text: &str, signature: &[u8]) -> Option<u64> {
        match self.kind {
            KeyKind::Ed25519 => {
                let signature = Signature::from_slice(signature).ok()?;
                self.key.verify_strict(text.as_bytes(), &signature).ok()?;
                Some(0)
            }
            KeyKind::Cosignature => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                let time = u64::from_be_bytes(*time);
                // POSIX seconds are a signed number nearly everywhere; no honest clock is beyond.
                if i64::try_from(time).is_err() {
                    return None;
                }
                let signature = Signature::from_slice(signature).ok()?;
                let message = format!("cosignature/v1\ntime {time}\n{text}");
                self.key
                    .verify_strict(message.as_bytes(), &signature)
                    .ok()?;
                Some(time)
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(self.key.as_bytes());
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(self.id()),
            BASE64.encode(key)
        )
    }
}

/// One signature of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    /// The signer's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature, in the form its key's type asks for.
    pub signature: Vec<u8>,
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.key_id, &self.signature[..]].concat();
        writeln!(f, "{DASH}{} {}", self.name, BASE64.encode(blob))
    }
}

/// A text with signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The signed text with its final newline.
    pub text: String,
    /// The signatures, known and unknown.
    pub signatures: Vec<SignatureLine>,
}

impl SignedNote {
    /// Reads a signed note. Nothing is verified yet.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Note("it holds control characters"));
        }
        let at = note
            .rfind("\n\n")
            .ok_or(NoteError::Note("it has no empty line"))?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Note("its last line is not complete"))?;
        let signatures = lines
            .split('\n')
            .map(parse_signature)
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > SIGNATURE_LINES {
            return Err(NoteError::Note("it has too many signatures"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// Checks that the note bears a valid signature of a key. A cosignature gives its POSIX
    /// time in seconds, another signature 0.
    pub fn verify(&self, key: &VerifierKey) -> Result<u64, NoteError> {
        let id = key.id();
        let mut of_key = self
            .signatures
            .iter()
            .filter(|line| line.key_id == id && line.name == key.name)
            .peekable();
        if of_key.peek().is_none() {
            return Err(NoteError::Unsigned(key.name.clone()));
        }
        // A second, invalid signature of the same key makes the note suspect: refuse it.
        of_key
            .try_fold(0, |_, line| key.check(&self.text, &line.signature))
            .ok_or_else(|| NoteError::BadSignature(key.name.clone()))
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

fn parse_signature(line: &str) -> Result<SignatureLine, NoteError> {
    let (name, blob) = line
        .strip_prefix(DASH)
        .and_then(|rest| rest.split_once(' '))
        .ok_or(NoteError::Note("a signature line is malformed"))?;
    let blob = BASE64
        .decode(blob)
        .map_err(|_| NoteError::Note("a signature is not base64"))?;
    match blob.split_first_chunk::<4>() {
        Some((key_id, signature)) if is_key_name(name) && !signature.is_empty() => {
            Ok(SignatureLine {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            })
        }
        _ => Err(NoteError::Note("a signature line is malformed")),
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The commitment to the first `size` entries of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// Their RFC 6962 root.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root)
        )
    }

    /// Reads the text of a checkpoint. Extension lines are accepted and ignored, as the
    /// specification asks of readers.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let body = text
            .strip_suffix('\n')
            .ok_or(NoteError::Checkpoint("its last line is not complete"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Checkpoint("it has fewer than three lines"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(NoteError::Checkpoint("a line is empty"));
        }
        let number: u64 = size
            .parse()
            .map_err(|_| NoteError::Checkpoint("the size is not a number"))?;
        if number.to_string() != size {
            return Err(NoteError::Checkpoint(
                "the size is not in its shortest form",
            ));
        }
        let root = BASE64
            .decode(root)
            .ok()
            .and_then(|root| Hash::try_from(root).ok())
            .ok_or(NoteError::Checkpoint("the root is not 32 bytes of base64"))?;
        Ok(Self {
            origin: origin.to_owned(),
            size: number,
            root,
        })
    }

    /// Reads a signed checkpoint and checks the ledger's own signature and origin.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let note = SignedNote::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::parse(&note.text)?;
        if checkpoint.origin != key.name {
            return Err(NoteError::OtherOrigin {
                found: checkpoint.origin,
                expected: key.name.clone(),
            });
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
