//! Creates and opens a data directory: lock, description, key, recovery, index, threads.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use tokio::sync::watch;

use super::directory::{FORMAT, LedgerFile, Lock, bad_file, head_path, journal_dir, read_head};
use super::lookup::Lookup;
use super::recover::{Recovered, recover};
use super::sequencer::Sequencer;
use super::shared::Shared;
use super::writer::Writer;
use super::{OpenReport, Options, head, indexer, reads, scrub};
use crate::entry::Entry;
use crate::error::{OpenError, StoreError};
use crate::files::{AtPath as _, aside, open_rw, private_dir, sync_dir, write_atomically};
use crate::header::{Header, subject_key};
use crate::index::{BLOCK, Index, Indexed};
use crate::journal::{JournalWriter, Segment, segment_path, segments};
use crate::leaves::LeafFile;
use crate::merkle::{Hash, empty_root, leaf_hash};
use crate::signer::Signer;
use crate::tile_tree::LeafReader as _;
use crate::vault::{SealedEntry, Vault};

/// Lays out an empty ledger. `ledger.json` comes last: without it there is no ledger yet.
pub(super) fn create(dir: &Path, origin: &str) -> Result<(), OpenError> {
    private_dir(dir)?;
    let _lock = Lock::take(dir)?;
    if dir.join("ledger.json").exists() {
        return Err(OpenError::Exists {
            dir: dir.to_owned(),
        });
    }
    let journal = journal_dir(dir);
    private_dir(&journal)?;
    private_dir(&dir.join("keys"))?;
    // A creation that was cut short leaves an empty segment, and can be repeated.
    let holds = |segment: &Segment| segment.path.metadata().map_or(true, |file| file.len() > 0);
    if segments(&journal)?.iter().any(holds) {
        return Err(bad_file(
            &journal,
            "it holds entries, but ledger.json is missing; restore it",
        ));
    }
    let key = dir.join("keys/ledger.key");
    let signer = if key.exists() {
        Signer::load(&key, origin)
    } else {
        Signer::create(&key, origin)
    };
    let signer = signer.map_err(|error| bad_file(&key, error.to_string()))?;
    let segment = segment_path(&journal, 0);
    open_rw(&segment, 0o600)?.sync_all().at(&segment)?;
    for made in [&journal, &dir.join("keys")] {
        sync_dir(made)?;
    }
    let head = signer.sign_checkpoint(0, &empty_root());
    write_atomically(&head_path(dir), head.as_bytes(), 0o600)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let created = now.map_or(0, |since| since.as_secs());
    let (origin, vkey) = (origin.to_owned(), signer.vkey());
    let file = LedgerFile {
        format: FORMAT,
        origin,
        created,
        vkey,
    };
    let text = serde_json::to_string(&file).unwrap_or_default() + "\n";
    write_atomically(&dir.join("ledger.json"), text.as_bytes(), 0o600)?;
    Ok(())
}

/// An open ledger with its threads, and what opening it found.
type Opened = (Arc<Shared>, Vec<JoinHandle<()>>, OpenReport);

/// Opens a ledger and starts its threads.
pub(super) fn open(dir: &Path, options: Options) -> Result<Opened, OpenError> {
    let file = LedgerFile::read(dir)?;
    let lock = Lock::take(dir)?;
    let key = dir.join("keys/ledger.key");
    let signer =
        Signer::load(&key, &file.origin).map_err(|error| bad_file(&key, error.to_string()))?;
    if signer.vkey() != file.vkey {
        return Err(bad_file(
            &key,
            "it is not the key that ledger.json names; restore it",
        ));
    }
    let head = read_head(dir, &file)?;
    let leaves = LeafFile::open(dir)?;
    let mut recovered = recover(dir, &head, &leaves)?;
    let mut notes = std::mem::take(&mut recovered.notes);
    let (index, lookup) = open_index(dir, &recovered, &options, &mut notes)?;
    cut_tail(dir, &recovered, &mut notes)?;
    let sealed = || first_sealed(dir, recovered.size);
    let (vault, mended) = Vault::open_dir(dir, recovered.size, sealed)
        .map_err(|error| bad_file(&dir.join("keys"), error.to_string()))?;
    notes.extend(mended);
    let sequencer = catch_up(dir, &index, &leaves, lookup, recovered.size, &mut notes)?;
    let (first, end) = (recovered.segment.first, recovered.end);
    let journal = JournalWriter::open(&journal_dir(dir), first, end, options.segment_bytes)?;
    let report = OpenReport {
        size: recovered.size,
        notes,
    };
    let shared = Arc::new(Shared {
        index,
        dir: dir.to_owned(),
        options,
        signer,
        vault: Arc::new(vault),
        sequencer: Mutex::new(sequencer),
        work: Condvar::new(),
        room: Condvar::new(),
        durable: AtomicU64::new(recovered.size),
        committed: Mutex::new((recovered.size, recovered.frontier.root())),
        leaves,
        tiles: RwLock::new(recovered.tiles),
        blocks: Mutex::default(),
        grown: watch::Sender::new(recovered.size),
        scrubbed: AtomicU64::new(0),
        closing: AtomicBool::new(false),
        _lock: lock,
    });
    remember_clock(&shared)?;
    let threads = start_threads(&shared, journal, recovered.frontier, head.size)?;
    Ok((shared, threads, report))
}

/// The first sealed entry of each key subject, from the journal.
fn first_sealed(dir: &Path, size: u64) -> Result<Vec<SealedEntry>, StoreError> {
    let mut found: HashMap<String, SealedEntry> = HashMap::new();
    reads::scan(&journal_dir(dir), 0, size, |entries| {
        for entry in entries {
            let header = Header::parse(&entry.bytes);
            let sealed = header.and_then(|header| header.sealed);
            let sealed = sealed.and_then(|sealed| SealedEntry::parse(entry.position, sealed));
            if let Some(sealed) = sealed {
                found.entry(sealed.key.clone()).or_insert(sealed);
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(found.into_values().collect())
}

/// Opens the index and reads the ids and subjects of what it holds; sets a broken one aside for
/// a new one.
fn open_index(
    dir: &Path,
    recovered: &Recovered,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<(Index, Lookup), OpenError> {
    let path = dir.join("index");
    let size = recovered.size;
    if path.exists() && !options.rebuild_index {
        match Index::open(&path).and_then(load) {
            Ok((_, lookup)) if lookup.len() > size => {
                return Err(OpenError::Damaged {
                    position: size,
                    path: recovered.segment.path.clone(),
                    reason: format!(
                        "the journal ends here, but the index holds {} durable entries",
                        lookup.len()
                    ),
                });
            }
            Ok(found) => return Ok(found),
            Err(error) => notes.push(error.to_string()),
        }
    }
    if path.exists() {
        let kept = aside(dir, "index")?;
        std::fs::rename(&path, &kept).at(&path)?;
        sync_dir(dir)?;
        notes.push(format!("the old index is kept in {}", kept.display()));
    }
    Ok((Index::open(&path)?, Lookup::default()))
}

fn load(index: Index) -> Result<(Index, Lookup), StoreError> {
    let mut lookup = Lookup::default();
    index.load(|id, subject| {
        lookup.push(&id, subject);
    })?;
    Ok((index, lookup))
}

/// Cuts what a crash left after the last commit line, and keeps it aside.
fn cut_tail(dir: &Path, recovered: &Recovered, notes: &mut Vec<String>) -> Result<(), OpenError> {
    if recovered.torn.is_empty() {
        return Ok(());
    }
    let path = &recovered.segment.path;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let kept = aside(dir, &format!("{name}.tail"))?;
    write_atomically(&kept, &recovered.torn, 0o600)?;
    let file = open_rw(path, 0o600)?;
    file.set_len(recovered.end)
        .and_then(|()| file.sync_all())
        .at(path)?;
    notes.push(format!(
        "{} bytes of a group that was never acknowledged were cut after position {}; they are \
         kept in {}",
        recovered.torn.len(),
        recovered.size,
        kept.display()
    ));
    Ok(())
}

/// Reads from the journal what the index lacks, each entry checked against its leaf hash: whole
/// batches go into it, the rest is kept in memory and served from there.
fn catch_up(
    dir: &Path,
    index: &Index,
    leaves: &LeafFile,
    lookup: Lookup,
    size: u64,
    notes: &mut Vec<String>,
) -> Result<Sequencer, OpenError> {
    const BATCH: u64 = 4096;
    let from = lookup.len();
    if size - from >= BATCH || (from == 0 && size >= BLOCK) {
        notes.push(format!(
            "the entries {from} to {size} were read into the index anew"
        ));
    }
    let mut sequencer = Sequencer::new(lookup);
    let mut add = |entry: &Entry, leaf: &Hash| -> Result<(), OpenError> {
        let wrong = |reason: &str| OpenError::Damaged {
            position: entry.position,
            path: journal_dir(dir),
            reason: reason.to_owned(),
        };
        if leaf_hash(&entry.bytes) != *leaf {
            return Err(wrong("the bytes are not those that were hashed"));
        }
        let header = Header::parse(&entry.bytes).ok_or_else(|| wrong("the line is no entry"))?;
        let bytes = Bytes::copy_from_slice(&entry.bytes);
        let subject = subject_key(&header.subject);
        let version = sequencer.push(Indexed {
            bytes,
            id: header.id,
            subject,
        });
        if version != header.version || entry.position != header.position {
            return Err(wrong(
                "the entry's version or position is not the one it has here",
            ));
        }
        if sequencer.lag().0 as u64 == BATCH {
            index.add(sequencer.base(), &sequencer.unindexed(BATCH))?;
            sequencer.indexed_up_to(sequencer.base() + BATCH);
        }
        Ok(())
    };
    let mut failed = None;
    reads::scan(&journal_dir(dir), from, size, |entries| {
        let first = entries.first().map_or(size, |entry| entry.position);
        let added = leaves
            .leaves(first, entries.len())
            .map_err(OpenError::from)
            .and_then(|hashes| {
                let mut pairs = entries.iter().zip(&hashes);
                pairs.try_for_each(|(entry, leaf)| add(entry, leaf))
            });
        match added {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(sequencer), Err)
}

/// Tells the server when the last entry was recorded, so that its clock never runs backwards.
fn remember_clock(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let Some(last) = shared.durable_size().checked_sub(1) else {
        return Ok(());
    };
    let entry = shared.entry(last)?;
    let header = entry.as_ref().and_then(|entry| Header::parse(&entry.bytes));
    let recorded_at = header.map(|header| header.recorded_at.to_owned());
    crate::files::lock(&shared.sequencer).last_recorded_at = recorded_at;
    Ok(())
}

fn start_threads(
    shared: &Arc<Shared>,
    journal: JournalWriter,
    frontier: crate::merkle::Frontier,
    head_size: u64,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let size = frontier.size();
    let (wake_indexer, indexer_woken) = sync_channel(1);
    let (wake_head, head_woken) = sync_channel(1);
    let followers = [wake_indexer.clone(), wake_head.clone()];
    let writer = Writer {
        shared: Arc::clone(shared),
        journal,
        frontier,
        followers,
    };
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .at(&shared.dir)
    };
    let mut threads = vec![spawn("journal", Box::new(move || writer.run()))?];
    let follower = Arc::clone(shared);
    threads.push(spawn(
        "index",
        Box::new(move || indexer::run(&follower, &indexer_woken)),
    )?);
    let follower = Arc::clone(shared);
    threads.push(spawn(
        "head",
        Box::new(move || head::run(&follower, &head_woken, head_size)),
    )?);
    if shared.options.scrub && size > 0 {
        let scrubber = Arc::clone(shared);
        threads.push(spawn(
            "scrub",
            Box::new(move || scrub::run(&scrubber, size)),
        )?);
    }
    // What the last run left to do, if anything.
    let _ = (wake_indexer.try_send(()), wake_head.try_send(()));
    Ok(threads)
}
