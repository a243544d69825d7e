//! The index: sled with compressed blocks of 64 entries, and a row a block with their ids and
//! subjects.
//!
//! Everything in it can be built anew from the journal, and it is never believed: an entry is
//! checked against its leaf hash, a row of facts has a checksum, and the rows count only up to
//! the first that is missing, because sled may open damaged files with records missing and say
//! nothing. One row a block, not one an event: a random insert into sled costs 9 µs. sled's own
//! flush is not durable and its removed keys stay readable, so its file is synced here and it
//! may hold no secret.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use uuid::Uuid;
use zstd::bulk::Decompressor;

use crate::bundle::{bundle, split_bundle};
use crate::error::StoreError;
use crate::files::AtPath as _;
use crate::header::SubjectKey;

/// Entries in a block: a quarter of a C2SP entry bundle.
pub(crate) const BLOCK: u64 = 64;
/// A sled leaf holds up to 16 values and moves to an unsynced file of its own above 128 KiB.
const PART_BYTES: usize = 6_000;
const CACHE_BYTES: u64 = 64 << 20;
/// What a whole block of the largest entries takes; a damaged size must not ask for more.
const LARGEST_BUNDLE: usize = 64 * (2 + 65_535);
/// Id and subject key of an entry.
const FACTS: usize = 32;

/// An entry on its way into the index.
#[derive(Debug, Clone)]
pub(crate) struct Indexed {
    pub(crate) bytes: Bytes,
    pub(crate) id: Uuid,
    pub(crate) subject: SubjectKey,
}

/// The open index.
pub(crate) struct Index {
    /// `None` only while it is dropped.
    trees: Option<Trees>,
    path: PathBuf,
}

struct Trees {
    db: sled::Db,
    blocks: sled::Tree,
    facts: sled::Tree,
}

impl Drop for Index {
    fn drop(&mut self) {
        // sled syncs once more when it is dropped and panics where that fails; what counts was
        // synced by `flush`, and all of it can be built anew.
        let trees = self.trees.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(trees)));
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err asks for"
)]
fn failed(error: sled::Error) -> StoreError {
    StoreError::Index {
        reason: error.to_string(),
    }
}

/// The bundle of a block; `None` when the bytes are damaged.
fn decompressed(compressed: &[u8]) -> Option<Vec<u8>> {
    thread_local! {
        // Making one costs as much as decompressing a block.
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
            RefCell::new(Decompressor::new().ok());
    }
    let size = zstd::zstd_safe::get_frame_content_size(compressed).ok()??;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= LARGEST_BUNDLE)?;
    DECOMPRESSOR
        .with_borrow_mut(|decompressor| decompressor.as_mut()?.decompress(compressed, size).ok())
}

/// sled panics on some damage; that is an error here.
fn caught<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(StoreError::Index {
            reason: "sled panicked while reading its files".into(),
        })
    })
}

impl Index {
    /// Opens or creates the index.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        caught(|| {
            let db = sled::Config::new()
                .path(path)
                .cache_capacity(CACHE_BYTES)
                .flush_every_ms(None)
                .open()
                .map_err(failed)?;
            let blocks = db.open_tree("blocks").map_err(failed)?;
            let facts = db.open_tree("facts").map_err(failed)?;
            Ok(Self {
                trees: Some(Trees { db, blocks, facts }),
                path: path.to_owned(),
            })
        })
    }

    fn trees(&self) -> Result<&Trees, StoreError> {
        self.trees.as_ref().ok_or_else(|| StoreError::Index {
            reason: "it is closed".into(),
        })
    }

    /// Gives id and subject of every indexed entry in order; returns their number, which ends at
    /// the first row that is missing or damaged.
    pub(crate) fn load(&self, mut each: impl FnMut(Uuid, SubjectKey)) -> Result<u64, StoreError> {
        caught(|| {
            let mut block = 0_u64;
            for row in &self.trees()?.facts {
                let (key, row) = row.map_err(failed)?;
                let rows = facts_of(&row).filter(|_| key == block.to_be_bytes());
                let Some(rows) = rows else { break };
                for (id, subject) in rows.as_chunks::<FACTS>().0.iter().map(split_facts) {
                    each(id, subject);
                }
                block += 1;
            }
            Ok(block * BLOCK)
        })
    }

    /// The id of an entry; `None` when its row is missing.
    pub(crate) fn id_at(&self, position: u64) -> Result<Option<Uuid>, StoreError> {
        let row = self
            .trees()?
            .facts
            .get((position / BLOCK).to_be_bytes())
            .map_err(failed)?;
        let within = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
        let rows = row
            .as_deref()
            .and_then(facts_of)
            .map(|rows| rows.as_chunks::<FACTS>().0);
        Ok(rows
            .and_then(|rows| rows.get(within))
            .map(|facts| split_facts(facts).0))
    }

    /// The entries of a block; `None` when it is missing or does not decompress.
    pub(crate) fn block(&self, block: u64) -> Result<Option<Vec<Bytes>>, StoreError> {
        caught(|| {
            let mut compressed = Vec::new();
            for row in self.trees()?.blocks.scan_prefix(block.to_be_bytes()) {
                compressed.extend_from_slice(&row.map_err(failed)?.1);
            }
            Ok(decompressed(&compressed).and_then(|bundle| split_bundle(bundle.into())))
        })
    }

    /// Adds whole blocks; `first` is a multiple of [`BLOCK`].
    pub(crate) fn add(&self, first: u64, entries: &[Indexed]) -> Result<(), StoreError> {
        let size = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        for (block, entries) in (first / BLOCK..).zip(entries.chunks_exact(size)) {
            self.add_block(block, entries.iter().map(|entry| &entry.bytes[..]))?;
            let mut row = Vec::with_capacity(size * FACTS + 4);
            for entry in entries {
                row.extend_from_slice(entry.id.as_bytes());
                row.extend_from_slice(&entry.subject);
            }
            row.extend_from_slice(&crc32c::crc32c(&row).to_le_bytes());
            self.trees()?
                .facts
                .insert(block.to_be_bytes(), row)
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Writes the entries of a block, also in place of damaged ones.
    pub(crate) fn add_block<'a>(
        &self,
        block: u64,
        entries: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<(), StoreError> {
        let compressed =
            zstd::bulk::compress(&bundle(entries), 1).map_err(|error| StoreError::Index {
                reason: error.to_string(),
            })?;
        for (part, value) in (0_u16..).zip(compressed.chunks(PART_BYTES)) {
            let mut key = [0; 10];
            key[..8].copy_from_slice(&block.to_be_bytes());
            key[8..].copy_from_slice(&part.to_be_bytes());
            self.trees()?.blocks.insert(key, value).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes everything out and syncs it: sled's flush alone does not.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.trees()?.db.flush().map_err(failed)?;
        for name in ["db", "conf"] {
            let path = self.path.join(name);
            std::fs::File::open(&path)
                .and_then(|file| file.sync_data())
                .at(&path)?;
        }
        Ok(())
    }
}

/// The facts of a row, when its checksum is right.
fn facts_of(row: &[u8]) -> Option<&[u8]> {
    let (facts, sum) = row.split_last_chunk::<4>()?;
    let whole = facts.len() as u64 == BLOCK * FACTS as u64;
    (whole && crc32c::crc32c(facts).to_le_bytes() == *sum).then_some(facts)
}

fn split_facts(facts: &[u8; FACTS]) -> (Uuid, SubjectKey) {
    let (mut id, mut subject) = ([0; 16], [0; 16]);
    id.copy_from_slice(&facts[..16]);
    subject.copy_from_slice(&facts[16..]);
    (Uuid::from_bytes(id), subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_count_up_to_the_first_row_that_is_damaged_or_missing() {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(dir.path()).unwrap();
        let entries: Vec<Indexed> = (0..256_u128)
            .map(|number| Indexed {
                bytes: Bytes::from(vec![7; 9]),
                id: Uuid::from_u128(number),
                subject: [1; 16],
            })
            .collect();
        index.add(0, &entries).unwrap();
        let loaded = |index: &Index| {
            let mut ids = Vec::new();
            let count = index.load(|id, _| ids.push(id)).unwrap();
            assert_eq!(count, ids.len() as u64);
            assert!(ids.iter().zip(&entries).all(|(id, entry)| *id == entry.id));
            count
        };
        assert_eq!(loaded(&index), 256);
        let key = 2_u64.to_be_bytes();
        let mut row = index
            .trees()
            .unwrap()
            .facts
            .get(key)
            .unwrap()
            .unwrap()
            .to_vec();
        row[100] ^= 1;
        index.trees().unwrap().facts.insert(key, row).unwrap();
        assert_eq!(loaded(&index), 128);
        assert_eq!(index.id_at(130).unwrap(), None);
        index
            .trees()
            .unwrap()
            .facts
            .remove(1_u64.to_be_bytes())
            .unwrap();
        assert_eq!(loaded(&index), 64);
    }
}
