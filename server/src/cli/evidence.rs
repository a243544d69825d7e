//! `banso evidence`: a year's evidence pack, and what `banso verify PACK.zip` does with one.

use std::path::{Path, PathBuf};

use banso_core::calendar::{FiscalYear, jst_date};
use banso_store::note::{Checkpoint, VerifierKey};
use banso_store::write_atomically;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use clap::Args;

use super::{Data, Ending, Failure};
use crate::cosignatures::Cosignatures;
use crate::pack::{Source, build, check, read, write};

#[derive(Args)]
pub(super) struct Evidence {
    /// The fiscal year, such as R7 or 2025 [default: this year]
    #[arg(long)]
    fy: Option<FiscalYear>,
    /// The pack to write
    #[arg(long, value_name = "PACK.zip")]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
}

impl Evidence {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let dir = &self.data.dir;
        let year = self
            .fy
            .unwrap_or_else(|| FiscalYear::of(jst_date(Utc::now())));
        let cosignatures = Cosignatures::open(dir).map_err(Failure::new)?;
        let source = Source::of(dir, |note| cosignatures.with(note)).map_err(Failure::new)?;
        let files = build(&source, year).map_err(Failure::new)?;
        let bytes = write(&files).map_err(Failure::new)?;
        write_atomically(&self.out, &bytes, 0o644).map_err(Failure::new)?;
        println!(
            "{}: {} files, {} entries of {}, {}, root {}",
            self.out.display(),
            files.len(),
            source.entries.len(),
            source.signed.head.origin,
            year.label(),
            STANDARD.encode(source.signed.head.root)
        );
        Ok(Ending::Fine)
    }
}

/// Checks a pack against nothing but what the reader kept.
pub(super) fn verify_pack(
    pack: &Path,
    key: Option<&VerifierKey>,
    since: &[PathBuf],
    witnesses: &[VerifierKey],
) -> Result<Ending, Failure> {
    let shown = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", pack.display()));
    let bytes = std::fs::read(pack).map_err(|error| shown(&error))?;
    let checked = read(&bytes)
        .map_err(|error| error.to_string())
        .and_then(|files| {
            let mut kept = Vec::new();
            let own = files.get("vkey").map(|vkey| String::from_utf8_lossy(vkey));
            let own = own.and_then(|vkey| VerifierKey::parse(vkey.trim_end()).ok());
            for file in since {
                let key = key.or(own.as_ref()).ok_or("vkey: is missing or faulty")?;
                let failed = |error: String| format!("{}: {error}", file.display());
                let note =
                    std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
                kept.push(Checkpoint::open(&note, key).map_err(|error| failed(error.to_string()))?);
            }
            check(&files, key, &kept, witnesses)
        });
    let checked = match checked {
        Ok(checked) => checked,
        Err(reason) => {
            eprintln!("banso: {}: {reason}", pack.display());
            println!("NOT verified: {reason}");
            return Ok(Ending::No);
        }
    };
    for note in &checked.notes {
        eprintln!("banso: {note}");
    }
    if key.is_none() {
        eprintln!(
            "banso: the key is the pack's own; compare it with the one you keep, or give --vkey: {}",
            checked.key
        );
    }
    println!(
        "verified: {} entries of {}, {}, {} files, root {}",
        checked.head.size,
        checked.head.origin,
        checked.year.label(),
        checked.files,
        STANDARD.encode(checked.head.root)
    );
    for (name, time) in &checked.cosigned {
        let at = i64::try_from(*time)
            .ok()
            .and_then(|time| DateTime::<Utc>::from_timestamp(time, 0));
        println!(
            "cosigned by {name}{}",
            at.map_or(String::new(), |at| format!(" at {at}"))
        );
    }
    for file in since {
        println!("consistent with {}", file.display());
    }
    Ok(Ending::Fine)
}
