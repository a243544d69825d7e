//! Judges a data directory after a fault against what was acknowledged before it: nothing lost,
//! nothing twice, the head equal, personal data there or erased, and work goes on.

use std::collections::HashSet;
use std::path::Path;
use std::sync::PoisonError;

use banso_store::merkle::{Frontier, leaf_hash};
use banso_store::note::Checkpoint;
use banso_store::{AppendError, Entry, EventStore as _, Ledger, OpenError, sealing_context};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::process::STARTING;
use crate::workload::{ERASED, ORIGIN, id, open_or_create, options, personal, plain};

/// What was promised up to a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Promises {
    /// A ledger was there.
    pub(crate) opened: bool,
    /// SHA-256 of each acknowledged entry, by position.
    pub(crate) entries: Vec<[u8; 32]>,
    pub(crate) erasing: bool,
    pub(crate) erased: bool,
}

impl Promises {
    /// Takes the lines of acknowledgements in.
    pub(crate) fn add(&mut self, lines: &str) {
        for line in lines.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["opened"] => self.opened = true,
                ["erasing"] => self.erasing = true,
                ["erased"] => self.erased = true,
                ["entry", position, hash] => {
                    // A position is promised once, in order: what was not acknowledged before a
                    // kill may have become durable all the same, and is then promised to nobody.
                    let position: usize = position.parse().unwrap();
                    assert!(position >= self.entries.len(), "promised twice: {line}");
                    self.entries.resize(position, [0; 32]);
                    self.entries
                        .push(hex::decode(hash).unwrap().try_into().unwrap());
                }
                _ => {}
            }
        }
    }
}

macro_rules! demand {
    ($holds:expr, $($word:tt)*) => {
        if !$holds {
            return Err(format!($($word)*));
        }
    };
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Opens the ledger, checks it, goes on with it, closes it; `thorough` also runs a full verify.
pub(crate) fn judge(dir: &Path, promises: &Promises, thorough: bool) -> Result<(), String> {
    let _nothing_starts = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let ledger = if promises.opened {
        Ledger::open(dir, options()).map(|(ledger, _)| ledger)
    } else {
        // A creation that was cut short can be repeated.
        open_or_create(dir, options())
    };
    let ledger = ledger.map_err(told)?;
    let entries = ledger.read(0, usize::MAX).map_err(told)?;
    check_entries(&ledger, &entries, promises)?;
    check_personal(&ledger, &entries, promises)?;
    go_on(ledger, &entries)?;
    if thorough {
        let report = banso_store::verify::verify(dir, &[], &mut |_, _| {}).map_err(told)?;
        demand!(report.faults.is_empty(), "verify: {:?}", report.faults);
    }
    Ok(())
}

fn check_entries(ledger: &Ledger, entries: &[Entry], promises: &Promises) -> Result<(), String> {
    let (size, promised) = (entries.len(), promises.entries.len());
    demand!(ledger.size() == size as u64, "not all entries can be read");
    demand!(size >= promised, "{promised} acknowledged, {size} there");
    for (position, hash) in promises.entries.iter().enumerate() {
        let right = *hash == [0; 32] || Sha256::digest(&entries[position].bytes)[..] == *hash;
        demand!(right, "position {position} is not what was acknowledged");
    }
    let mut ids = HashSet::new();
    let mut tree = Frontier::default();
    for (position, entry) in (0..).zip(entries) {
        let value: Value = serde_json::from_slice(&entry.bytes).map_err(told)?;
        demand!(
            value["position"] == position,
            "position {position} holds another"
        );
        demand!(
            value["data"]["number"] == position,
            "position {position} holds another's data"
        );
        demand!(
            ids.insert(value["id"].to_string()),
            "position {position} is there twice"
        );
        let found = ledger.position_of(id(position)).map_err(told)?;
        demand!(
            found == Some(position),
            "the id of position {position} is at {found:?}"
        );
        tree.push(leaf_hash(&entry.bytes));
    }
    let root = ledger.root_at(ledger.size()).map_err(told)?;
    demand!(root == tree.root(), "the root is not that of the entries");
    Ok(())
}

fn check_personal(ledger: &Ledger, entries: &[Entry], promises: &Promises) -> Result<(), String> {
    let vault = ledger.vault();
    demand!(
        !promises.erased || vault.is_erased(ERASED),
        "the erasure was forgotten"
    );
    for entry in entries {
        let value: Value = serde_json::from_slice(&entry.bytes).map_err(told)?;
        let Some(commitment) = value["sealed"]["commitment"].as_str() else {
            continue;
        };
        let commitment = hex::decode(commitment).map_err(told)?.try_into().unwrap();
        let (key, plaintext) = personal(entry.position).ok_or("sealed without personal fields")?;
        let context = sealing_context(ORIGIN, id(entry.position), &key);
        let opened = vault
            .open(entry.position, &commitment, &key, &context)
            .map_err(told)?;
        let position = entry.position;
        match opened {
            Some(opened) => {
                demand!(
                    *opened == plaintext.as_bytes(),
                    "other personal data at {position}"
                );
                demand!(
                    key != ERASED || !promises.erased,
                    "erased data at {position} are back"
                );
            }
            None => {
                let lawful = key == ERASED && promises.erasing;
                demand!(lawful, "the personal data of {position} are gone");
            }
        }
    }
    Ok(())
}

/// A retried request counts once, new ones are taken, and the head that is left says all of it.
fn go_on(ledger: Ledger, entries: &[Entry]) -> Result<(), String> {
    let (dir, size) = (ledger.dir().to_owned(), ledger.size());
    if let Some(last) = entries.last() {
        let again = ledger.append(plain(last.position));
        let refused =
            matches!(again, Err(AppendError::Duplicate { position }) if position == last.position);
        demand!(refused, "a retried request was taken twice");
    }
    ledger
        .append(plain(size))
        .map_err(told)?
        .wait()
        .map_err(told)?;
    let root = ledger.root_at(size + 1).map_err(told)?;
    let key = ledger.signer().verifier_key().clone();
    ledger.close().map_err(told)?;
    let head = std::fs::read_to_string(dir.join("head")).map_err(told)?;
    let head = Checkpoint::open(&head, &key).map_err(told)?;
    demand!(
        (head.size, head.root) == (size + 1, root),
        "the head is not that of the entries"
    );
    Ok(())
}

/// Whether an open was refused in words that name a file or a position.
pub(crate) fn names_its_reason(error: &OpenError) -> bool {
    let text = error.to_string();
    text.contains("position") || text.contains('/')
}
