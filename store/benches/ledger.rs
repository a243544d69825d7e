//! Measures the ledger against a raw, preallocated file with fdatasync, in one run.
//!
//! `cargo bench -p banso-store --bench ledger [-- DIR]`; events have about 441 bytes. The
//! directory should lie on the disk to be measured.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use banso_store::merkle::leaf_hash;
use banso_store::{Draft, EntryChunk, EventStore as _, JournalEntries, Ledger, Options};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const EVENT_BYTES: usize = 441;
const RUN: Duration = Duration::from_secs(3);
const RAW_BYTES: u64 = 64 << 20;
const BULK: u64 = 1_000_000;

fn main() -> Outcome<()> {
    let parent = std::env::args().nth(1).filter(|arg| !arg.starts_with("--"));
    let dir = tempfile::tempdir_in(parent.as_deref().unwrap_or("."))?;
    for clients in [1, 64] {
        // In turn, because the disk is shared: each share is of the raw file just before it.
        for round in 0..5 {
            let raw = if clients == 1 {
                raw(dir.path(), 1)
            } else {
                raw_clients(dir.path(), clients)
            }?;
            let ours = appends(&dir.path().join(format!("{clients}-{round}")), clients)?;
            let share = 100.0 * ours / raw;
            println!("{clients:>3} clients: {ours:>8.0}/s, raw file {raw:>8.0}/s, {share:.0} %");
        }
    }
    let raw = raw(dir.path(), 1000)?;
    let ledger = dir.path().join("bulk");
    let bulk = bulk(&ledger)?;
    println!("bulk: {bulk:.0}/s, raw file in groups of 1000 {raw:.0}/s");
    reopened(&ledger)
}

fn draft(number: u64) -> Draft {
    let id = Uuid::new_v4();
    let padding = "x".repeat(94);
    Draft {
        id,
        event_type: "visit.done".into(),
        subject: format!(
            "case/{}",
            Uuid::from_u128(u128::from(number / 10) << 64 | 7)
        ),
        occurred_on: "2025-06-03".into(),
        data: format!("{{\"method\":\"visit\",\"purpose\":\"followup\",\"text\":\"{padding}\"}}"),
        recorded_at: "2025-06-03T01:02:03.456Z".into(),
        recorded_by: "staff/0195ecb7-716e-7a55-aadb-8d6e194511dc".into(),
        source: Some("pc".into()),
        schema: None,
        expected_version: None,
        sealed: None,
    }
}

fn zero_filled(dir: &Path) -> Outcome<File> {
    let file = File::create(dir.join("raw"))?;
    for at in (0..RAW_BYTES).step_by(1 << 20) {
        file.write_all_at(&vec![0; 1 << 20], at)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// Events a second of groups written to a zero-filled file, one fdatasync a group.
fn raw(dir: &Path, group: usize) -> Outcome<f64> {
    let file = zero_filled(dir)?;
    let bytes = vec![b'x'; EVENT_BYTES * group];
    let (started, mut written, mut at) = (Instant::now(), 0_u32, 0);
    while started.elapsed() < RUN {
        file.write_all_at(&bytes, at)?;
        file.sync_data()?;
        written += u32::try_from(group)?;
        at = (at + bytes.len() as u64) % (RAW_BYTES - bytes.len() as u64);
    }
    Ok(f64::from(written) / started.elapsed().as_secs_f64())
}

/// Runs clients that each wait for their event to be durable; gives events a second.
fn clients<F: Future<Output = Outcome<()>> + Send + 'static>(
    count: usize,
    append: impl Fn(u64) -> F + Send + Sync + 'static,
) -> Outcome<f64> {
    let append = Arc::new(append);
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()?;
    let total: u32 = runtime.block_on(async {
        let tasks: Vec<_> = (0..count as u64)
            .map(|client| {
                let append = Arc::clone(&append);
                tokio::spawn(async move {
                    let mut done = 0_u32;
                    while started.elapsed() < RUN {
                        append((client << 32) + u64::from(done)).await?;
                        done += 1;
                    }
                    Outcome::Ok(done)
                })
            })
            .collect();
        let mut total = 0;
        for task in tasks {
            total += task.await??;
        }
        Outcome::Ok(total)
    })?;
    Ok(f64::from(total) / started.elapsed().as_secs_f64())
}

fn appends(dir: &Path, count: usize) -> Outcome<f64> {
    let ledger = Arc::new(Ledger::create(dir, "bench.example/t", Options::default())?);
    if count == 1 {
        let (started, mut number) = (Instant::now(), 0_u32);
        while started.elapsed() < RUN {
            ledger.append(draft(u64::from(number)))?.wait()?;
            number += 1;
        }
        return Ok(f64::from(number) / started.elapsed().as_secs_f64());
    }
    clients(count, move |number| {
        let ledger = Arc::clone(&ledger);
        async move {
            ledger.append(draft(number))?.durable().await?;
            Ok(())
        }
    })
}

/// The same clients in front of a thread that writes what waits to a raw file.
fn raw_clients(dir: &Path, count: usize) -> Outcome<f64> {
    type Order = (Vec<u8>, tokio::sync::oneshot::Sender<()>);
    let file = zero_filled(dir)?;
    let (orders, received) = std::sync::mpsc::channel::<Order>();
    std::thread::spawn(move || -> Outcome<()> {
        let mut at = 0;
        while let Ok(first) = received.recv() {
            let group: Vec<Order> = std::iter::once(first).chain(received.try_iter()).collect();
            let parts: Vec<&[u8]> = group.iter().map(|(bytes, _)| &bytes[..]).collect();
            let bytes = parts.concat();
            file.write_all_at(&bytes, at)?;
            file.sync_data()?;
            at = (at + bytes.len() as u64) % (RAW_BYTES - (1 << 20));
            for (_, ticket) in group {
                let _ = ticket.send(());
            }
        }
        Ok(())
    });
    clients(count, move |_| {
        let orders = orders.clone();
        async move {
            let (ticket, durable) = tokio::sync::oneshot::channel();
            orders.send((vec![b'x'; EVENT_BYTES], ticket))?;
            durable.await?;
            Ok(())
        }
    })
}

/// Events a second of one caller that waits only at the end.
fn bulk(dir: &Path) -> Outcome<f64> {
    let ledger = Ledger::create(dir, "bench.example/t", Options::default())?;
    let started = Instant::now();
    let mut last = None;
    for number in 0..BULK {
        last = Some(ledger.append(draft(number))?);
    }
    if let Some(ticket) = last {
        ticket.wait()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let bytes = ledger.entry(BULK / 2)?.map_or(0, |entry| entry.bytes.len());
    ledger.close()?;
    println!("an event has {bytes} bytes");
    Ok(f64::from(u32::try_from(BULK)?) / seconds)
}

fn reopened(dir: &Path) -> Outcome<()> {
    let started = Instant::now();
    let (ledger, report) = Ledger::open(
        dir,
        Options {
            scrub: false,
            ..Options::default()
        },
    )?;
    println!(
        "open of {} entries: {:?} {:?}",
        report.size,
        started.elapsed(),
        report.notes
    );
    let million = |seconds: Duration| 1.0 / seconds.as_secs_f64();
    let (started, mut count) = (Instant::now(), 0);
    ledger.scan(0, BULK, |entries| count += entries.len())?;
    println!(
        "scan: {:.2} M/s ({count} entries)",
        million(started.elapsed())
    );
    let (started, mut count) = (Instant::now(), 0);
    for first in (0..BULK).step_by(1000) {
        count += ledger.read(first, 1000)?.len();
    }
    println!(
        "read from the index, checked: {:.2} M/s ({count})",
        million(started.elapsed())
    );
    let started = Instant::now();
    for number in 0..10_000 {
        ledger.read_subject(&draft(number * 97).subject)?;
    }
    println!("read_subject: {:?} each", started.elapsed() / 10_000);
    ledger.close()?;
    let started = Instant::now();
    let options = Options {
        scrub: false,
        rebuild_index: true,
        ..Options::default()
    };
    let (ledger, report) = Ledger::open(dir, options)?;
    println!(
        "open with a new index: {:?} {:?}",
        started.elapsed(),
        report.notes
    );
    drop(ledger);
    hashing(dir)?;
    let started = Instant::now();
    let verified = banso_store::verify::verify(dir, &[], &mut |_, _| {})?;
    let faults = verified.faults;
    println!(
        "verify: {:.2} M/s with faults {faults:?}",
        million(started.elapsed())
    );
    Ok(())
}

/// What `verify` can reach at most: the leaf hashes alone, the entries being in memory.
fn hashing(dir: &Path) -> Outcome<()> {
    let chunks: Vec<_> = JournalEntries::open(dir)?.collect::<Result<_, _>>()?;
    let entries: usize = chunks.iter().map(EntryChunk::len).sum();
    let started = Instant::now();
    for entry in chunks.iter().flatten() {
        black_box(leaf_hash(entry));
    }
    let seconds = started.elapsed().as_secs_f64();
    let speed = f64::from(u32::try_from(entries)?) / seconds / 1e6;
    println!("hashing on one core: {speed:.2} M entries/s");
    Ok(())
}
