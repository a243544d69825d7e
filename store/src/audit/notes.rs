//! The keys that an auditor holds, and checkpoints under them. Stricter than a reader of
//! checkpoints must be: exactly three lines, and every line of a known key holds.

use super::files::Export;
use super::{AuditFault, Class, Held};
use crate::note::{Checkpoint, KeyKind, NoteError, SignedNote, VerifierKey};

/// Sizes and positions stay below this, as 2^63 is the largest tree that proofs speak of.
const SIZES: u64 = 1 << 63;

/// The ledger's key and those of the cosigners that are asked for.
pub(super) struct Keys {
    pub(super) log: VerifierKey,
    cosigners: Vec<VerifierKey>,
}

impl Keys {
    /// The keys of the files, and those held beside them.
    pub(super) fn read(export: &Export<'_>, held: &Held) -> Result<Self, AuditFault> {
        let log = match &held.key {
            Some(key) if !export.has("vkey") => key.clone(),
            _ => {
                let text = export.key_text("vkey")?;
                let line = text.strip_suffix('\n').unwrap_or(&text);
                parse(line, KeyKind::Ed25519, "vkey")?
            }
        };
        if held.key.as_ref().is_some_and(|kept| *kept != log) {
            let detail = format!("another key than the one that you hold: {log}");
            return Err(AuditFault::new("vkey", Class::Key, detail));
        }
        let mut cosigners = Vec::new();
        if export.has("cosigners") {
            let text = export.key_text("cosigners")?;
            for line in text.split('\n').filter(|line| !line.is_empty()) {
                cosigners.push(parse(line, KeyKind::Cosignature, "cosigners")?);
            }
        }
        cosigners.extend(held.cosigners.iter().cloned());
        Ok(Self { log, cosigners })
    }

    /// The checkpoint that a note holds, and the names of the cosigners that signed it.
    pub(super) fn checkpoint(
        &self,
        note: &[u8],
        place: &str,
    ) -> Result<(Checkpoint, Vec<String>), AuditFault> {
        let fault = |class, detail: String| AuditFault::new(place, class, detail);
        let text = std::str::from_utf8(note).map_err(|_| fault(Class::Note, "not UTF-8".into()))?;
        let note =
            SignedNote::parse(text).map_err(|error| fault(Class::Note, error.to_string()))?;
        note.verify(&self.log)
            .map_err(|error| fault(Class::Signature, error.to_string()))?;
        let mut signed = Vec::new();
        for key in &self.cosigners {
            match note.verify(key) {
                Ok(_) => signed.push(key.name().to_owned()),
                Err(NoteError::Unsigned(_)) => {}
                Err(error) => return Err(fault(Class::Cosignature, error.to_string())),
            }
        }
        let checkpoint = self.body(&note.text, place)?;
        Ok((checkpoint, signed))
    }

    /// Refuses a head that one of the cosigners has not signed.
    pub(super) fn all_signed(&self, signed: &[String]) -> Result<(), AuditFault> {
        let unsigned = |key: &&VerifierKey| !signed.iter().any(|name| name == key.name());
        match self.cosigners.iter().find(unsigned) {
            None => Ok(()),
            Some(key) => {
                let detail = format!("{} has not signed it", key.name());
                Err(AuditFault::new("checkpoint", Class::Cosignature, detail))
            }
        }
    }

    fn body(&self, text: &str, place: &str) -> Result<Checkpoint, AuditFault> {
        let fault = |class, detail: String| AuditFault::new(place, class, detail);
        if text.split('\n').count() != 4 {
            let detail = "not three lines: origin, size, root";
            return Err(fault(Class::Checkpoint, detail.into()));
        }
        if text.split('\n').next() != Some(self.log.name()) {
            let detail = format!("of another log than {}", self.log.name());
            return Err(fault(Class::Origin, detail));
        }
        let checkpoint =
            Checkpoint::parse(text).map_err(|error| fault(Class::Checkpoint, error.to_string()))?;
        if checkpoint.size >= SIZES {
            return Err(fault(Class::Checkpoint, "the size is too large".into()));
        }
        Ok(checkpoint)
    }
}

fn parse(line: &str, kind: KeyKind, place: &str) -> Result<VerifierKey, AuditFault> {
    let key = VerifierKey::parse(line)
        .map_err(|error| AuditFault::new(place, Class::Key, error.to_string()))?;
    if key.kind() == kind {
        Ok(key)
    } else {
        let detail = "a key of another signature type than this file is for";
        Err(AuditFault::new(place, Class::Key, detail))
    }
}
