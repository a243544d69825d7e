//! `banso verify`: every hash of a data directory, from outside, beside a running server if need be;
//! or an evidence pack or an export by itself.

use std::path::{Path, PathBuf};
use std::time::Instant;

use banso_store::note::{Checkpoint, VerifierKey};
use banso_store::verify::{Fault, verifier_key, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::audit::verify_export;
use super::evidence::verify_pack;
use super::import::progress;
use super::{Data, Ending, Failure};

#[derive(Args)]
pub(super) struct Verify {
    /// An evidence pack or an export, checked by itself, without the server and its data; or a data
    /// directory
    #[arg(value_name = "PACK.zip|DIR")]
    target: Option<PathBuf>,
    /// A checkpoint kept earlier; the history must contain it (may be given several times)
    #[arg(long, value_name = "CHECKPOINT_FILE")]
    since: Vec<PathBuf>,
    /// The ledger's public key as you keep it [default: as the directory names it]
    #[arg(long, value_name = "VKEY")]
    vkey: Option<String>,
    /// A key whose cosignature must stand under the checkpoint of a pack or an export (may be given
    /// several times)
    #[arg(long, value_name = "VKEY", requires = "target")]
    witness: Vec<String>,
    #[command(flatten)]
    data: Data,
}

/// What there is to verify.
enum Kind {
    Data,
    Export,
    Pack,
}

impl Verify {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let target = self.target.as_deref().unwrap_or(&self.data.dir);
        let kind = match &self.target {
            None => Kind::Data,
            Some(path) => kind(path)?,
        };
        let parse = |text: &String| VerifierKey::parse(text.trim()).map_err(Failure::new);
        let witnesses = self.witness.iter().map(parse).collect::<Result<_, _>>()?;
        let key = self.vkey.as_ref().map(parse).transpose()?;
        match kind {
            Kind::Data if !self.witness.is_empty() => Err(Failure::new(
                "--witness is for packs and exports; of a data directory make an export first",
            )),
            Kind::Data => self.directory(target),
            Kind::Export => verify_export(target, key, &self.since, witnesses),
            Kind::Pack => verify_pack(target, key.as_ref(), &self.since, &witnesses),
        }
    }

    fn directory(&self, dir: &Path) -> Result<Ending, Failure> {
        let named = verifier_key(dir).map_err(Failure::new)?;
        let key = match &self.vkey {
            None => named,
            Some(text) => {
                let kept = VerifierKey::parse(text.trim()).map_err(Failure::new)?;
                if kept.to_string() != named.to_string() {
                    eprintln!("banso: the directory names another key, {named}");
                    return Ok(Ending::No);
                }
                kept
            }
        };
        let mut since = Vec::new();
        for file in &self.since {
            match kept(file, &key)? {
                Ok(checkpoint) => since.push(checkpoint),
                Err(reason) => {
                    eprintln!("banso: {}: {reason}", file.display());
                    return Ok(Ending::No);
                }
            }
        }
        let started = Instant::now();
        let bar = progress(0);
        let report = verify(dir, &since, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })
        .map_err(Failure::new)?;
        bar.finish_and_clear();
        for note in &report.notes {
            eprintln!("banso: {note}");
        }
        if let Some(first) = report.faults.first() {
            for fault in &report.faults {
                eprintln!("banso: {}", shown(fault));
            }
            println!("NOT verified: {}", shown(first));
            return Ok(Ending::No);
        }
        let (size, root) = (report.size, STANDARD.encode(report.root));
        let took = started.elapsed().as_secs_f64();
        println!(
            "verified: {size} entries of {}, root {root}, {took:.2} s",
            report.origin
        );
        let sealed = report.sealed;
        println!(
            "sealed fields: {} ciphertexts are those that were committed to, {} erased",
            sealed.matched, sealed.erased
        );
        for checkpoint in &since {
            println!(
                "consistent with the kept checkpoint of {} entries",
                checkpoint.size
            );
        }
        Ok(Ending::Fine)
    }
}

/// Tells a data directory, an export and a pack apart. What looks like two of them is neither: an
/// export must not pass for the ledger that somebody laid into it.
fn kind(path: &Path) -> Result<Kind, Failure> {
    if !path.is_dir() {
        return Ok(Kind::Pack);
    }
    let has = |names: &[&str]| names.iter().any(|name| path.join(name).exists());
    let ledger = has(&["ledger.json", "journal"]);
    let export = has(&["checkpoint", "tile", "vkey"]);
    let dir = path.display();
    match (ledger, export) {
        (true, false) => Ok(Kind::Data),
        (false, true) => Ok(Kind::Export),
        (true, true) => Err(Failure(format!(
            "{dir} holds files of a ledger and of an export; move one of them away"
        ))),
        (false, false) => Err(Failure(format!(
            "{dir} holds neither a ledger nor an export; name a directory that does"
        ))),
    }
}

/// A kept checkpoint, if it carries the ledger's signature.
pub(super) fn kept(
    file: &PathBuf,
    key: &VerifierKey,
) -> Result<Result<Checkpoint, String>, Failure> {
    let note = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    Ok(Checkpoint::open(&note, key).map_err(|error| error.to_string()))
}

fn shown(fault: &Fault) -> String {
    let path = fault.path.display();
    match fault.position {
        Some(position) => format!("position {position} in {path}: {}", fault.reason),
        None => format!("{path}: {}", fault.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a directory with these files is taken for.
    fn taken_for(files: &[&str]) -> Result<Kind, String> {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        kind(dir.path()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_ledger_an_export_and_a_pack_are_told_apart() {
        assert!(matches!(
            taken_for(&["ledger.json", "head"]),
            Ok(Kind::Data)
        ));
        // Whatever a forger left of it.
        for file in ["checkpoint", "tile", "vkey"] {
            assert!(matches!(taken_for(&[file]), Ok(Kind::Export)));
        }
        let pack = kind(Path::new("evidence.zip"));
        assert!(matches!(pack, Ok(Kind::Pack)));
    }

    #[test]
    fn what_looks_like_two_things_or_none_is_refused_in_words() {
        let both = taken_for(&["ledger.json", "checkpoint"]).err().unwrap();
        assert!(both.contains("move one of them away"), "{both}");
        let none = taken_for(&["head"]).err().unwrap();
        assert!(none.contains("neither a ledger nor an export"), "{none}");
    }
}
