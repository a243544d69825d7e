//! The text of a C2SP tlog-proof: one entry's audit path with the checkpoint that it leads to.
//!
//! The entry itself is not inside; it is shipped beside the proof, byte for byte.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::{self, Hash, ProofError};
use crate::note::{Checkpoint, NoteError, VerifierKey};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A proof that an entry stands at an index of a signed tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// The entry's position.
    pub index: u64,
    /// The audit path, leaf sibling first.
    pub path: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// Why a proof was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The text is not a tlog-proof.
    #[error("not a tlog-proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint inside is not accepted.
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
    /// The path does not lead from the entry to the checkpoint.
    #[error(transparent)]
    Path(#[from] ProofError),
}

impl TlogProof {
    /// Reads a proof. Nothing is verified yet.
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        use TlogProofError::Malformed;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(Malformed("it has no empty line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(Malformed("its first line names another format"));
        }
        // Extra data is not authenticated, so nobody may rely on it: skip it, if it is base64.
        let extra = lines.next_if(|line| line.starts_with("extra "));
        if extra.is_some_and(|line| BASE64.decode(&line["extra ".len()..]).is_err()) {
            return Err(Malformed("the extra data is not base64"));
        }
        let number = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or(Malformed("it has no index line"))?;
        let index: u64 = number
            .parse()
            .map_err(|_| Malformed("the index is not a number"))?;
        if index.to_string() != number {
            return Err(Malformed("the index is not in its shortest form"));
        }
        let path = lines
            .map(|line| {
                BASE64
                    .decode(line)
                    .ok()
                    .and_then(|hash| Hash::try_from(hash).ok())
            })
            .collect::<Option<Vec<_>>>()
            .ok_or(Malformed("a hash is not 32 bytes of base64"))?;
        Ok(Self {
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks that `entry` stands at the index of the tree signed by `key`; gives the
    /// checkpoint.
    pub fn verify(&self, entry: &[u8], key: &VerifierKey) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = merkle::leaf_hash(entry);
        merkle::verify_inclusion(
            &leaf,
            self.index,
            checkpoint.size,
            &self.path,
            &checkpoint.root,
        )?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{}", BASE64.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_store::EventStore;
    use crate::memory::MemoryStore;
    use crate::tests_support::draft;

    fn proof_of(position: u64, count: u64) -> (MemoryStore, TlogProof) {
        let store = MemoryStore::new("ledger.example/t");
        for number in 0..count {
            store.append(draft(number)).unwrap().wait().unwrap();
        }
        let path = store.inclusion_proof(position, count).unwrap();
        let checkpoint = store.checkpoint().unwrap();
        (
            store,
            TlogProof {
                index: position,
                path,
                checkpoint,
            },
        )
    }

    #[test]
    fn a_written_proof_is_read_back_and_verifies() {
        let (store, proof) = proof_of(5, 9);
        let text = proof.to_string();
        let read = TlogProof::parse(&text).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.to_string(), text);
        let key = VerifierKey::parse(&store.signer().vkey()).unwrap();
        let entry = store.entry(5).unwrap().unwrap();
        assert_eq!(read.verify(&entry.bytes, &key).unwrap().size, 9);
        let other = store.entry(6).unwrap().unwrap();
        assert_eq!(
            read.verify(&other.bytes, &key),
            Err(TlogProofError::Path(ProofError::WrongRoot))
        );
    }

    #[test]
    fn extra_data_is_skipped_and_malformed_lines_are_refused() {
        let text = proof_of(0, 2).1.to_string();
        let extra = text.replacen("index", "extra AAAA\nindex", 1);
        assert_eq!(TlogProof::parse(&extra), TlogProof::parse(&text));
        for (from, to) in [("@v1", "@v2"), ("index 0", "index 00"), ("=\n", "\n")] {
            assert!(
                TlogProof::parse(&text.replacen(from, to, 1)).is_err(),
                "{from}"
            );
        }
    }
}
