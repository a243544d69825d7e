//! The process under test: creates or opens a ledger, appends groups of entries of all sizes,
//! seals personal fields, erases a subject, and says what it was promised.
//!
//! The draft of position N has the id N + 1, so that it can be told later what is there twice.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use banso_store::{Draft, EventStore as _, JournalEntries, Ledger, OpenError, Options, StoreError};
use banso_store::{Ticket, Vault, VaultError, sealing_context};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::process::Inside;

pub(crate) const ORIGIN: &str = "ledger.example/faults";
pub(crate) const TEST: &str = "workload::the_recorded_process";
pub(crate) const READER: &str = "workload::the_reading_process";
/// The subject that is erased, when the ledger has so many entries.
pub(crate) const ERASED: &str = "business/1";
const ERASED_AT: u64 = 70;

/// Small segments, so that crashes meet their borders.
pub(crate) fn options() -> Options {
    Options {
        segment_bytes: 20_000,
        ..Options::default()
    }
}

/// The key subject and plaintext of a position with personal fields.
pub(crate) fn personal(position: u64) -> Option<(String, String)> {
    let sealed = position % 6 == 4;
    sealed.then(|| {
        (
            format!("business/{}", position % 4 / 2),
            format!("{{\"name\":\"person {position}\"}}"),
        )
    })
}

/// The id of the entry of a position.
pub(crate) fn id(position: u64) -> Uuid {
    Uuid::from_u128(u128::from(position) + 1)
}

/// The draft of a position, without personal fields.
pub(crate) fn plain(position: u64) -> Draft {
    // From a few bytes to several sectors.
    let length = [0, 3, 40, 700, 90, 5, 1900, 200][usize::try_from(position % 8).unwrap()];
    Draft {
        id: id(position),
        event_type: "visit.done".into(),
        subject: format!("case/{}", position % 7),
        occurred_on: "2025-06-03".into(),
        data: format!(
            "{{\"number\":{position},\"text\":\"{}\"}}",
            "x".repeat(length)
        ),
        recorded_at: "2025-06-03T01:02:03.456Z".into(),
        recorded_by: "system".into(),
        source: None,
        schema: None,
        expected_version: None,
        sealed: None,
    }
}

fn draft(vault: &Vault, position: u64) -> Result<Draft, VaultError> {
    let draft = plain(position);
    let Some((key, plaintext)) = personal(position) else {
        return Ok(draft);
    };
    let context = sealing_context(ORIGIN, draft.id, &key);
    let sealed = match vault.seal(&key, &context, plaintext.as_bytes()) {
        Ok(parts) => Some(parts.with_fields(vec!["name".into()])),
        Err(VaultError::Erased { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(Draft { sealed, ..draft })
}

/// Opens the ledger of a directory, or creates it where there is none.
pub(crate) fn open_or_create(dir: &Path, options: Options) -> Result<Ledger, OpenError> {
    match Ledger::open(dir, options.clone()) {
        Ok((ledger, _)) => Ok(ledger),
        Err(OpenError::Missing { .. }) => Ledger::create(dir, ORIGIN, options),
        Err(error) => Err(error),
    }
}

/// Not a test of its own: does as its role says, which is the number of entries to append.
#[test]
fn the_recorded_process() {
    let Some(mut inside) = Inside::here() else {
        return;
    };
    let ledger = match open_or_create(&inside.data, options()) {
        Ok(ledger) => ledger,
        Err(error) => return inside.acknowledge(&format!("refused {error}\n")),
    };
    inside.acknowledge("opened\n");
    let count: u64 = inside.role.parse().unwrap();
    let stopped = append(&mut inside, &ledger, ledger.size() + count).err();
    if let Some(reason) = stopped {
        assert_reads_go_on(&ledger);
        inside.acknowledge(&format!("stopped {}\n", reason.replace('\n', " ")));
    }
    let closed = ledger.close();
    inside.acknowledge(if closed.is_ok() {
        "closed\n"
    } else {
        "closed badly\n"
    });
}

/// Not a test of its own: reads every entry in every way there is, and says how many there are and
/// what they hash to, or why it cannot.
#[test]
fn the_reading_process() {
    let Some(mut inside) = Inside::here() else {
        return;
    };
    let journal = JournalEntries::open(&inside.data).and_then(|chunks| {
        let mut read = Read::default();
        for chunk in chunks {
            for entry in &chunk? {
                read.add(entry);
            }
        }
        Ok(read)
    });
    inside.acknowledge(&told("journal", journal));
    let ledger = match Ledger::open(&inside.data, options()) {
        Ok((ledger, _)) => ledger,
        Err(error) => return inside.acknowledge(&format!("refused {error}\n")),
    };
    let all = ledger.read(0, usize::MAX).map(|entries| {
        let mut read = Read::default();
        for entry in &entries {
            read.add(&entry.bytes);
        }
        read
    });
    inside.acknowledge(&told("read", all));
    let mut read = Read::default();
    let scanned = ledger.scan(0, ledger.size(), |entries| {
        for entry in entries {
            read.add(&entry.bytes);
        }
    });
    inside.acknowledge(&told("scan", scanned.map(|()| read)));
}

/// What was read.
#[derive(Default)]
struct Read {
    count: u64,
    hash: Sha256,
}

impl Read {
    fn add(&mut self, entry: &[u8]) {
        self.count += 1;
        self.hash.update(Sha256::digest(entry));
    }
}

fn told(way: &str, read: Result<Read, StoreError>) -> String {
    match read {
        Ok(Read { count, hash }) => format!("{way} {count} {}\n", hex::encode(hash.finalize())),
        Err(error) => format!("{way} failed {error}\n"),
    }
}

fn append(inside: &mut Inside, ledger: &Ledger, to: u64) -> Result<(), String> {
    let vault = ledger.vault();
    let mut round = 0_u64;
    while ledger.size() < to {
        let from = ledger.size();
        if from >= ERASED_AT && !vault.is_erased(ERASED) {
            inside.acknowledge("erasing\n");
            vault.destroy(ERASED).map_err(|error| error.to_string())?;
            inside.acknowledge("erased\n");
        }
        let group = [1, 4, 1, 9, 2, 17][usize::try_from(round % 6).unwrap()];
        let mut tickets = Vec::new();
        for position in from..(from + group).min(to) {
            let draft = draft(&vault, position).map_err(|error| error.to_string())?;
            tickets.push(ledger.append(draft).map_err(|error| error.to_string())?);
        }
        inside.acknowledge(&promised(tickets)?);
        round += 1;
        if round.is_multiple_of(8) {
            // Lets the signed head catch up, as it does between two visitors.
            std::thread::sleep(Duration::from_millis(120));
        }
    }
    Ok(())
}

fn promised(tickets: Vec<Ticket>) -> Result<String, String> {
    let mut lines = String::new();
    for ticket in tickets {
        let appended = ticket.wait().map_err(|error| error.to_string())?;
        let hash = hex::encode(Sha256::digest(&appended.bytes));
        writeln!(lines, "entry {} {hash}", appended.position).unwrap();
    }
    Ok(lines)
}

/// After a fault nothing more is taken, and what is durable is still served.
fn assert_reads_go_on(ledger: &Ledger) {
    if !ledger.status().writable {
        assert!(ledger.append(plain(u64::MAX >> 1)).is_err());
    }
    // What was on its way to the disk may still get there in between.
    let size = ledger.size();
    assert!(ledger.read(0, usize::MAX).unwrap().len() as u64 >= size);
}
