//! `banso import FILE`: the same intake as over HTTP, a line or a row at a time.

mod dates;
mod row;
mod sheet;
#[cfg(test)]
mod strange;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use banso_core::intake;
use banso_core::json::{self, FieldError};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use self::sheet::{Row, Sheet};
use super::ledger::{blocking, open_or_create};
use super::{Data, Ending, Failure};
use crate::clock::SystemClock;
use crate::recorder::{Author, Recorder, Recording, Refusal, Sequenced};

/// Lines that may wait for the disk at once.
const IN_FLIGHT: usize = 4096;

#[derive(Args)]
pub(super) struct Import {
    /// The file: one event a line (.ndjson) or a row (.csv, .xlsx)
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
        let kind = self.file.extension().and_then(|kind| kind.to_str());
        let events: Box<dyn Iterator<Item = Result<Given, Failure>>> =
            match kind.map(str::to_lowercase).as_deref() {
                Some("ndjson" | "jsonl") => Box::new(lines(&self.file)?),
                Some("csv" | "tsv") => Box::new(rows(Sheet::from_csv(&self.file)?, &name)?),
                Some("xlsx") => Box::new(rows(Sheet::from_xlsx(&self.file)?, &name)?),
                _ => {
                    return Err(Failure(format!(
                        "{name}: only .ndjson, .csv and .xlsx files can be imported"
                    )));
                }
            };
        let bytes = std::fs::metadata(&self.file).map_or(0, |meta| meta.len());
        let opened = open_or_create(&self.data.dir, None, Arc::new(SystemClock), false)?;
        let tally = read_all(&opened.app.recorder, events, &name, &progress(bytes))?;
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

/// What a line or a row gives.
struct Given {
    /// Its number, from 1, as editors and spreadsheets count.
    line: usize,
    /// Its share of the file, for the progress bar.
    bytes: u64,
    /// The event, or why there is none.
    event: Result<Value, String>,
}

fn lines(file: &Path) -> Result<impl Iterator<Item = Result<Given, Failure>> + use<>, Failure> {
    let name = file.display().to_string();
    let fault = move |error: std::io::Error| Failure(format!("{name}: {error}"));
    let opened = File::open(file).map_err(&fault)?;
    let lines = BufReader::new(opened).split(b'\n').zip(1..);
    let lines = lines.map(move |(read, line)| {
        let text = read.map_err(&fault)?;
        let given = Given {
            line,
            bytes: text.len() as u64 + 1,
            event: json::parse(&text).map_err(|error| format!("cannot be read as JSON: {error}")),
        };
        Ok((given, text.iter().all(u8::is_ascii_whitespace)))
    });
    Ok(lines.filter_map(|line| match line {
        Ok((_, true)) => None,
        Ok((given, false)) => Some(Ok(given)),
        Err(error) => Some(Err(error)),
    }))
}

/// Refuses the file before anything of it is recorded if a column is not known.
fn rows(
    sheet: Sheet,
    name: &str,
) -> Result<impl Iterator<Item = Result<Given, Failure>> + use<>, Failure> {
    if let Some(guess) = sheet.guess {
        eprintln!("{name}: {guess}");
    }
    let columns = row::columns(&sheet.header).map_err(|unknown| {
        let unknown = unknown.join("\", \"");
        Failure(format!(
            "{name}: unknown column \"{unknown}\"; GET /v1/event-types names the fields"
        ))
    })?;
    let mut seen: HashMap<Vec<String>, u64> = HashMap::new();
    Ok(sheet.rows.into_iter().map(move |Row { number, cells }| {
        let again = seen.entry(cells.clone()).or_default();
        let event = row::event(&columns, &cells, *again);
        *again += 1;
        let bytes = cells.iter().map(|cell| cell.len() as u64 + 1).sum();
        Ok(Given {
            line: number,
            bytes,
            event: Ok(event),
        })
    }))
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
    events: impl Iterator<Item = Result<Given, Failure>>,
    name: &str,
    bar: &ProgressBar,
) -> Result<Tally, Failure> {
    let author = Author::system();
    let mut tally = Tally::default();
    let mut waiting = Vec::with_capacity(IN_FLIGHT);
    let settle = |waiting: &mut Vec<Sequenced>, tally: &mut Tally| {
        for sequenced in waiting.drain(..) {
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
    for given in events {
        let Given { line, bytes, event } = given?;
        bar.inc(bytes);
        match decide(recorder, &author, event) {
            Ok(sequenced) => waiting.push(sequenced),
            Err(Refusal::Stopped(reason)) => return Err(Failure(reason)),
            Err(refusal) => {
                tally.refused += 1;
                bar.suspend(|| eprintln!("{name}:{line}: {}", shown(&refusal)));
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

fn decide(
    recorder: &Recorder,
    author: &Author,
    event: Result<Value, String>,
) -> Result<Sequenced, Refusal> {
    let value = event.map_err(|detail| Refusal::Fields(vec![FieldError::new("", detail)]))?;
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
