//! A long history by subject in one pass: reading each subject by itself would unpack the same
//! blocks of the store again and again.
//!
//! Knows bytes only; who folds the groups says which entries belong where.

use std::collections::HashMap;

use banso_store::{Entry, EventStore, StoreError};
use uuid::Uuid;

/// From here on a first look reads the history once instead of subject by subject.
const LONG: u64 = 2_000;
/// Entries that are held at once; a longer history is read several times.
const HELD: u64 = 400_000;
/// Entries of one reading.
const CHUNK: usize = 4096;

/// Whether a first look at so many entries is better done in one pass.
pub(crate) fn is_worth_it(known: u64, size: u64) -> bool {
    known == 0 && size > LONG
}

/// Gives every group of the first entries, in the order of their positions, to a fold.
///
/// # Errors
/// When an entry cannot be read, or what the fold fails with.
pub(crate) fn each_group(
    store: &dyn EventStore,
    size: u64,
    of: impl Fn(&[u8]) -> Option<Uuid>,
    mut fold: impl FnMut(Uuid, &[Entry]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let passes = u128::from(size / HELD + 1);
    for pass in 0..passes {
        let mut groups: HashMap<Uuid, Vec<Entry>> = HashMap::new();
        let mut read = 0;
        while read < size {
            let chunk = store.read(read, CHUNK)?;
            let Some(last) = chunk.last() else { break };
            read = last.position + 1;
            for entry in chunk {
                let group = of(&entry.bytes).filter(|id| id.as_u128() % passes == pass);
                if let Some(id) = group.filter(|_| entry.position < size) {
                    groups.entry(id).or_default().push(entry);
                }
            }
        }
        for (id, entries) in groups {
            fold(id, &entries)?;
        }
    }
    Ok(())
}
