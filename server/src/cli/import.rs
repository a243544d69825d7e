//! `banso import FILE`: the same intake as over HTTP, a line at a time.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use banso_core::intake;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::ledger::{blocking, open_or_create};
use super::{Data, Ending, Failure};
use crate::clock::SystemClock;
use crate::recorder::{Author, Recorder, Recording, Refusal, Sequenced};

/// Lines that may wait for the disk at once.
const IN_FLIGHT: usize = 4096;

#[derive(Args)]
pub(super) struct Import {
    /// The file: one event a line (.ndjson)
    file: PathBuf,
    #[command(flatten)]
    data: Data,
}

#[derive(Default)]
struct Tally {
    recorded: u64,
    known: u64,
    refused: u64,
}

impl Import {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let name = self.file.display().to_string();
        let kind = self
            .file
            .extension()
            .and_then(|kind| kind.to_str())
            .unwrap_or_default();
        if !matches!(kind, "ndjson" | "jsonl") {
            return Err(Failure(format!(
                "{name}: only .ndjson files can be imported"
            )));
        }
        let file = File::open(&self.file).map_err(|error| Failure(format!("{name}: {error}")))?;
        let bytes = file.metadata().map_or(0, |meta| meta.len());
        let opened = open_or_create(&self.data.dir, None, Arc::new(SystemClock), false)?;
        let tally = read_all(&opened.app.recorder, file, &name, &progress(bytes))?;
        println!(
            "{name}: {} recorded, {} known already, {} refused",
            tally.recorded, tally.known, tally.refused
        );
        Ok(if tally.refused == 0 {
            Ending::Fine
        } else {
            Ending::No
        })
    }
}

/// A bar on a terminal; nothing in a pipe.
pub(super) fn progress(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {elapsed} / {eta}") {
        bar.set_style(style);
    }
    bar
}

fn read_all(
    recorder: &Recorder,
    file: File,
    name: &str,
    bar: &ProgressBar,
) -> Result<Tally, Failure> {
    let author = Author::system();
    let mut tally = Tally::default();
    let mut waiting = Vec::with_capacity(IN_FLIGHT);
    let settle = |waiting: &mut Vec<(usize, Sequenced)>, tally: &mut Tally| {
        for (_, sequenced) in waiting.drain(..) {
            match blocking(recorder.settle(sequenced)) {
                Ok(Recording {
                    replayed: false, ..
                }) => tally.recorded += 1,
                Ok(_) => tally.known += 1,
                Err(error) => return Err(Failure::new(error)),
            }
        }
        Ok(())
    };
    for (at, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(|error| Failure(format!("{name}: {error}")))?;
        bar.inc(line.len() as u64 + 1);
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match decide(recorder, &author, &line) {
            Ok(sequenced) => waiting.push((at, sequenced)),
            Err(Refusal::Stopped(reason)) => return Err(Failure(reason)),
            Err(refusal) => {
                tally.refused += 1;
                bar.suspend(|| eprintln!("{name}:{}: {}", at + 1, shown(&refusal)));
            }
        }
        if waiting.len() >= IN_FLIGHT {
            settle(&mut waiting, &mut tally)?;
        }
    }
    settle(&mut waiting, &mut tally)?;
    bar.finish_and_clear();
    Ok(tally)
}

fn decide(recorder: &Recorder, author: &Author, line: &[u8]) -> Result<Sequenced, Refusal> {
    let faulty =
        |detail: String| Refusal::Fields(vec![banso_core::json::FieldError::new("", detail)]);
    let value: Value =
        serde_json::from_slice(line).map_err(|error| faulty(format!("not JSON: {error}")))?;
    let mut new = intake::read(&value).map_err(Refusal::Fields)?;
    new.source.get_or_insert_with(|| "import".to_owned());
    recorder.sequence(author, new)
}

fn shown(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Fields(errors) => {
            let faults: Vec<_> = errors
                .iter()
                .map(|error| format!("{} {}", error.pointer, error.detail))
                .collect();
            faults.join("; ")
        }
        other => other.to_string(),
    }
}
