//! `banso verify DIR` of an export: what the unrelated verifiers check, in the same words, by the
//! store's own code. Opens no ledger.

use std::path::{Path, PathBuf};

use banso_store::audit::{Held, audit};
use banso_store::note::VerifierKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Ending, Failure};

/// Checks an export against nothing but what the reader kept.
pub(super) fn verify_export(
    dir: &Path,
    key: Option<VerifierKey>,
    since: &[PathBuf],
    cosigners: Vec<VerifierKey>,
) -> Result<Ending, Failure> {
    let read = |file: &PathBuf| {
        let name = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(note) => Ok((name, note)),
            Err(error) => Err(Failure(format!("{name}: {error}"))),
        }
    };
    let own_key = key.is_none();
    let held = Held {
        key,
        kept: since.iter().map(read).collect::<Result<_, _>>()?,
        cosigners,
    };
    let audited = match audit(dir, &held) {
        Ok(audited) => audited,
        Err(fault) => {
            eprintln!("banso: {}: {fault}", dir.display());
            println!("NOT verified: {fault}");
            return Ok(Ending::No);
        }
    };
    if own_key {
        eprintln!(
            "banso: the key is the one in {}; compare it with the one you keep, or give --vkey: {}",
            dir.join("vkey").display(),
            audited.key
        );
    }
    println!(
        "verified: {} entries of {}, root {}, {} proofs, {} cosignatures",
        audited.head.size,
        audited.head.origin,
        STANDARD.encode(audited.head.root),
        audited.proofs,
        audited.cosigned.len()
    );
    for (name, size) in &audited.kept {
        println!("consistent with the kept checkpoint {name} of {size} entries");
    }
    Ok(Ending::Fine)
}
