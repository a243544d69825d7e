//! `banso backup`, `banso restore` and `banso repair`: the ledger and what lies beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use banso_store::backup::{backup, mirror_file, restore};
use banso_store::repair::repair;
use banso_store::verify::{Report, verifier_key, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::ledger::{blocking, open_or_create};
use super::verify::kept;
use super::{Data, Ending, Failure};
use crate::clock::SystemClock;

/// Files beside the ledger that are not copied: the store copies its own, a session that was ended
/// must not come back, and the mark of a demo would let the next demo clear the copy.
const NOT_COPIED: [&str; 6] = [
    "lock",
    "head",
    "ledger.json",
    "index.seal",
    "sessions.ndjson",
    "demo-ledger",
];

#[derive(Args)]
pub(super) struct Backup {
    /// A new directory, or one that holds an earlier backup of this ledger
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Where the keys go; keep them apart from the backup [default: DIR/keys]
    #[arg(long, value_name = "DIR")]
    keys_to: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

impl Backup {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let dir = &self.data.dir;
        let inside = self.to.join("keys");
        let keys = self.keys_to.as_ref().unwrap_or(&inside);
        let report = backup(dir, &self.to, Some(keys)).map_err(Failure::new)?;
        copy_beside(dir, &self.to)?;
        println!("{}", sentence("backed up", &report, &self.to));
        if *keys == inside {
            eprintln!(
                "banso: the keys are in {}; whoever has both can read personal data: keep them \
                 apart with --keys-to",
                inside.display()
            );
        } else if inside.exists() {
            eprintln!(
                "banso: the keys of an earlier backup are still in {}; remove them",
                inside.display()
            );
        }
        Ok(Ending::Fine)
    }
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where the keys are [default: DIR/keys]
    #[arg(long, value_name = "DIR")]
    keys_from: Option<PathBuf>,
    /// A checkpoint kept by somebody else; says so if the backup is older (may be given several
    /// times)
    #[arg(long, value_name = "CHECKPOINT_FILE")]
    since: Vec<PathBuf>,
    #[command(flatten)]
    data: Data,
}

impl Restore {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let dir = &self.data.dir;
        let keys = self.keys_from.unwrap_or_else(|| self.from.join("keys"));
        if !keys.join("ledger.key").exists() {
            return Err(Failure(format!(
                "{} holds no keys; name their backup with --keys-from",
                keys.display()
            )));
        }
        let report = restore(&self.from, dir, &keys).map_err(Failure::new)?;
        copy_beside(&self.from, dir)?;
        // Keys that were copied before an erasure must not come back with the backup.
        let opened = open_or_create(dir, None, Arc::new(SystemClock), false)?;
        blocking(opened.app.recorder.resume_erasures()).map_err(Failure::new)?;
        opened.close()?;
        println!("{}", sentence("restored", &report, dir));
        older(dir, &self.since, report.size)
    }
}

/// Compares a restored ledger with checkpoints that others kept.
fn older(dir: &Path, since: &[PathBuf], size: u64) -> Result<Ending, Failure> {
    let key = verifier_key(dir).map_err(Failure::new)?;
    let mut ending = Ending::Fine;
    for file in since {
        let found = match kept(file, &key)? {
            Err(reason) => Err(reason),
            Ok(checkpoint) if checkpoint.size > size => Err(format!(
                "the backup is older than this checkpoint: it ends at {size} entries, the \
                 checkpoint speaks of {}; {} entries are missing",
                checkpoint.size,
                checkpoint.size - size
            )),
            Ok(checkpoint) => {
                let report = verify(dir, &[checkpoint], &mut |_, _| {}).map_err(Failure::new)?;
                report
                    .faults
                    .first()
                    .map_or(Ok(()), |fault| Err(fault.reason.clone()))
            }
        };
        match found {
            Ok(()) => println!("consistent with {}", file.display()),
            Err(reason) => {
                eprintln!("banso: {}: {reason}", file.display());
                ending = Ending::No;
            }
        }
    }
    Ok(ending)
}

#[derive(Args)]
pub(super) struct Repair {
    #[command(flatten)]
    data: Data,
}

impl Repair {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let dir = &self.data.dir;
        let notes = repair(dir).map_err(Failure::new)?;
        for note in &notes {
            println!("{note}");
        }
        let report = verify(dir, &[], &mut |_, _| {}).map_err(Failure::new)?;
        if let Some(fault) = report.faults.first() {
            return Err(Failure(format!(
                "{} is still damaged: {}; restore a backup",
                fault.path.display(),
                fault.reason
            )));
        }
        let done = if notes.is_empty() {
            "nothing was damaged"
        } else {
            "repaired"
        };
        println!("{done}: {} entries verify", report.size);
        Ok(Ending::Fine)
    }
}

/// Tokens, cosignatures and the like: plain files at the top of the directory.
fn copy_beside(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", from.display()));
    for file in std::fs::read_dir(from).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        let name: OsString = path.file_name().unwrap_or_default().to_owned();
        let ours = NOT_COPIED.iter().any(|known| name == *known);
        let temporary = path.extension().is_some_and(|extension| extension == "tmp");
        if path.is_file() && !ours && !temporary {
            mirror_file(&path, &to.join(name)).map_err(Failure::new)?;
        }
    }
    Ok(())
}

fn sentence(done: &str, report: &Report, to: &Path) -> String {
    format!(
        "{done} and verified: {} entries of {} in {}, root {}",
        report.size,
        report.origin,
        to.display(),
        STANDARD.encode(report.root)
    )
}
