//! What is done at open about slots of the key store that are no slots: a write that was cut short
//! is told from damage by what the journal needs.
//!
//! A key is made durable before any entry that is sealed with it. So a broken slot is of no use to
//! anybody as long as every subject of a sealed entry has a slot of its own. It must not know
//! what an erasure is called in the ledger.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::slots::{SLOT, Slots, SubjectId, TornErasure, encode, torn_erasure};
use super::{SealedEntry, VaultError};
use crate::error::StoreError;
use crate::files::{AtPath as _, aside, write_atomically};

/// The first sealed entry of each subject.
type Needed = HashMap<SubjectId, SealedEntry>;

/// Mends what a cut write left, durably; refuses where a slot is damaged that an entry needs.
/// `keys` is the folder of the file. Gives what was done, in sentences.
pub(super) fn heal(
    slots: &mut Slots,
    needed: &Needed,
    file: &File,
    keys: &Path,
) -> Result<Vec<String>, VaultError> {
    let path = keys.join("subjects");
    let mut notes = Vec::new();
    let mut useless = Vec::new();
    for (number, bytes) in std::mem::take(&mut slots.damaged) {
        match torn_erasure(&bytes).filter(|torn| is_missing(torn, slots, needed)) {
            Some(torn) => notes.push(finish(torn, number, slots, needed, file, &path)?),
            None => useless.push((number, bytes)),
        }
    }
    let missing = needed
        .iter()
        .filter(|(id, _)| !slots.known.contains_key(*id));
    let first = missing
        .map(|(_, entry)| entry)
        .min_by_key(|entry| entry.position);
    if let Some(entry) = first.filter(|_| !useless.is_empty()) {
        return Err(VaultError::NeededSlot {
            path,
            key: entry.key.clone(),
            position: entry.position,
        });
    }
    for (number, bytes) in useless {
        let kept = aside(
            keys.parent().unwrap_or(keys),
            &format!("subjects.slot-{number}"),
        )?;
        write_atomically(&kept, &bytes, 0o600)?;
        clear(number, slots.next, file).at(&path)?;
        notes.push(format!(
            "slot {number} of {} was written when the power or the disk gave out; no entry needs \
             it, it was cleared and is kept in {}",
            path.display(),
            kept.display()
        ));
    }
    file.sync_all().at(&path)?;
    Ok(notes)
}

/// Whether the subject is one that entries need and no whole slot holds.
fn is_missing(torn: &TornErasure, slots: &Slots, needed: &Needed) -> bool {
    let (TornErasure::Undone(id, _) | TornErasure::Done(id)) = torn;
    needed.contains_key(id) && !slots.known.contains_key(id)
}

/// Takes an erasure back whose write touched no key, or completes it.
fn finish(
    torn: TornErasure,
    number: u64,
    slots: &mut Slots,
    needed: &Needed,
    file: &File,
    path: &Path,
) -> Result<String, StoreError> {
    let (id, wrapped, word) = match torn {
        TornErasure::Undone(id, wrapped) => {
            (id, Some(wrapped), "had not begun, and can be repeated")
        }
        TornErasure::Done(id) => (id, None, "was completed"),
    };
    let image = encode(&id, wrapped.as_ref());
    file.write_all_at(&image, number * SLOT as u64).at(path)?;
    slots.known.insert(id, (number, wrapped));
    let key = needed.get(&id).map_or("a subject", |entry| &entry.key);
    Ok(format!(
        "the erasure of the key of {key} was cut short; it {word}"
    ))
}

/// Clears a slot; one at the end of the file that was never whole is cut off.
fn clear(number: u64, next: u64, file: &File) -> std::io::Result<()> {
    let start = number * SLOT as u64;
    if number >= next {
        file.set_len(start)
    } else {
        file.write_all_at(&[0; SLOT], start)
    }
}
