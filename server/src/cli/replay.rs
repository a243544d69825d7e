//! `banso replay`: every number from the events alone, read straight from the journal.

use std::iter;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::{Cut, Kpi, replay};
use banso_store::export::Signed;
use banso_store::{EntryChunk, JournalEntries, StoreError};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::import::progress;
use super::{Data, Ending, Failure, table};

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Args)]
pub(super) struct Replay {
    /// The fiscal year, such as R7 or 2025 [default: this year]
    #[arg(long)]
    fy: Option<FiscalYear>,
    /// Only entries before this position
    #[arg(long, value_name = "N")]
    as_of: Option<u64>,
    /// Only entries recorded at or before this instant (RFC 3339)
    #[arg(long, value_name = "T")]
    known_at: Option<DateTime<Utc>>,
    /// How to print the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    data: Data,
}

impl Replay {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let started = Instant::now();
        let cut = Cut {
            as_of: self.as_of,
            known_at: self.known_at,
        };
        let kpi = fold(&self.data.dir, &cut)?;
        let took = started.elapsed().as_secs_f64();
        let year = self
            .fy
            .unwrap_or_else(|| FiscalYear::of(jst_date(Utc::now())));
        let digest = hex::encode(kpi.digest());
        let answer = serde_json::to_value(kpi.table(year)).map_err(Failure::new)?;
        let (events, speed) = (kpi.size(), speed(kpi.size(), took));
        match self.format {
            Format::Table => {
                print!("{}", table::text(&answer));
                println!(
                    "{events} events replayed in {took:.3} s ({speed} events/s), digest {digest}"
                );
            }
            Format::Csv => {
                print!("{}", table::csv(&answer));
                eprintln!(
                    "{events} events replayed in {took:.3} s ({speed} events/s), digest {digest}"
                );
            }
            Format::Json => {
                let mut answer = answer;
                answer["replay"] = json!({"events": events, "seconds": took,
                    "events_per_second": speed, "digest": digest});
                println!("{}", Value::to_string(&answer));
            }
        }
        Ok(Ending::Fine)
    }
}

fn fold(dir: &Path, cut: &Cut) -> Result<Kpi, Failure> {
    // Read before the entries: a server beside it may only add to what it speaks of.
    let signed = Signed::read(dir).map_err(Failure::new)?.head.size;
    let wanted = signed.min(cut.as_of.unwrap_or(u64::MAX));
    let entries = JournalEntries::open(dir).map_err(Failure::new)?;
    let bar: ProgressBar = progress(JournalEntries::bytes(dir).map_err(Failure::new)?);
    let read = AtomicU64::new(0);
    let chunks = entries.inspect(|chunk| {
        if let Ok(entries) = chunk {
            read.fetch_add(entries.len() as u64, Ordering::Relaxed);
            bar.inc(
                entries
                    .into_iter()
                    .map(|entry| entry.len() as u64 + 1)
                    .sum(),
            );
        }
    });
    let end = iter::once_with(|| shorter(dir, read.load(Ordering::Relaxed), wanted)).flatten();
    let kpi = replay(chunks.chain(end), cut, |_| {}).map_err(Failure::new)?;
    bar.finish_and_clear();
    Ok(kpi)
}

/// What follows the last entry of a journal that is shorter than its signed head says: never the
/// figures of fewer entries.
fn shorter(dir: &Path, read: u64, wanted: u64) -> Option<Result<EntryChunk, StoreError>> {
    (read < wanted).then(|| {
        Err(StoreError::Damaged {
            position: read,
            path: dir.join("journal"),
            reason: format!("the journal ends here, but {wanted} entries were signed"),
        })
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a speed to print"
)]
fn speed(events: u64, seconds: f64) -> u64 {
    (events as f64 / seconds.max(1e-9)) as u64
}
