//! Writes a ledger as the static directory that C2SP tlog-tiles describes, for outsiders.
//!
//! `checkpoint`, `vkey`, `tile/<level>/…` and `tile/entries/…` with partial tiles, up to the signed
//! head. Takes no lock and changes nothing, so it works beside a running server. Knows no HTTP.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::bundle::{bundle, split_bundle};
use crate::committed::behind;
use crate::error::{OpenError, StoreError};
use crate::files::AtPath as _;
use crate::journal::JournalEntries;
use crate::ledger::{LedgerFile, head_path};
use crate::merkle::{Frontier, Hash, leaf_hash, node_hash};
use crate::note::{Checkpoint, VerifierKey};
use crate::signer::Signer;

/// Hashes in a full tile, entries in a full bundle.
const WIDTH: usize = 256;

/// Why a ledger was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The directory that should be filled holds something.
    #[error("{dir} is not empty; name a new directory")]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// The journal does not lead to the signed head.
    #[error("the entries do not lead to the signed head of {size} entries; run verify")]
    OtherRoot {
        /// Size of the head.
        size: u64,
    },
    /// The ledger could not be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What one signed head speaks of, read from a data directory.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The ledger's public key.
    pub key: VerifierKey,
    /// The signed note.
    pub note: String,
    /// What it says.
    pub head: Checkpoint,
}

impl Signed {
    /// The head of a data directory, its signature checked.
    ///
    /// # Errors
    /// [`OpenError`] when there is no ledger or its head does not verify.
    pub fn read(dir: &Path) -> Result<Self, OpenError> {
        let key = LedgerFile::read(dir)?.verifier_key(dir)?;
        let path = head_path(dir);
        let note = fs::read_to_string(&path).at(&path)?;
        let head = Checkpoint::open(&note, &key).map_err(|error| OpenError::BadFile {
            path,
            reason: format!("{error}; run repair or restore a backup"),
        })?;
        Ok(Self { key, note, head })
    }

    /// The head over everything that is committed. The head file lags behind by a moment, and by
    /// more after a crash; then the ledger's key signs what the journal holds, if the key is there.
    ///
    /// # Errors
    /// As [`Signed::read`].
    pub fn committed(dir: &Path) -> Result<Self, OpenError> {
        let signed = Self::read(dir)?;
        let key = dir.join("keys/ledger.key");
        let (true, Some((size, root))) = (key.exists(), behind(dir, &signed.head)?) else {
            return Ok(signed);
        };
        let signer =
            Signer::load(&key, &signed.head.origin).map_err(|error| OpenError::BadFile {
                path: key.clone(),
                reason: error.to_string(),
            })?;
        let note = signer.sign_checkpoint(size, &root);
        // The key on the disk may be another than the ledger's.
        let head = Checkpoint::open(&note, &signed.key).map_err(|error| OpenError::BadFile {
            path: key,
            reason: error.to_string(),
        })?;
        Ok(Self {
            key: signed.key,
            note,
            head,
        })
    }

    /// Calls back with every entry of the head, in order; stops at the first error.
    ///
    /// # Errors
    /// What the callback gives, or [`ExportError::OtherRoot`] when the entries are not those of
    /// the head.
    pub fn entries(
        &self,
        dir: &Path,
        mut each: impl FnMut(Bytes) -> Result<(), StoreError>,
    ) -> Result<(), ExportError> {
        let mut tree = Frontier::default();
        'read: for chunk in JournalEntries::open(dir)? {
            for entry in chunk?.into_entries() {
                if tree.size() == self.head.size {
                    break 'read;
                }
                tree.push(leaf_hash(&entry));
                each(entry)?;
            }
        }
        if (tree.size(), tree.root()) == (self.head.size, self.head.root) {
            Ok(())
        } else {
            Err(ExportError::OtherRoot {
                size: self.head.size,
            })
        }
    }
}

/// Writes the directory; gives the head that it is of. `note` is the checkpoint file, with
/// whatever cosignatures it bears.
///
/// # Errors
/// [`ExportError`]; then the directory is not to be used.
pub fn export(dir: &Path, to: &Path, signed: &Signed, note: &str) -> Result<(), ExportError> {
    if fs::read_dir(to).is_ok_and(|mut files| files.next().is_some()) {
        return Err(ExportError::NotEmpty { dir: to.to_owned() });
    }
    let mut tiles = Tiles::new(|path, content| write(&to.join(path), content));
    signed.entries(dir, |entry| tiles.push(entry))?;
    tiles.finish()?;
    write(&to.join("vkey"), format!("{}\n", signed.key).as_bytes())?;
    write(&to.join("checkpoint"), note.as_bytes())?;
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).at(folder)?;
    }
    fs::write(path, content).at(path)
}

/// Cuts a stream of entries into bundles and tiles; memory holds one open tile a level.
pub struct Tiles<W> {
    write: W,
    /// Entries of the open bundle.
    open: Vec<Bytes>,
    /// By level: hashes of the open tile, and how many tiles are full.
    levels: Vec<(Vec<Hash>, u64)>,
    bundles: u64,
}

impl<W: FnMut(&str, &[u8]) -> Result<(), StoreError>> Tiles<W> {
    /// `write` is given the path of each file and its bytes.
    pub fn new(write: W) -> Self {
        Self {
            write,
            open: Vec::new(),
            levels: Vec::new(),
            bundles: 0,
        }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// What `write` gives.
    pub fn push(&mut self, entry: Bytes) -> Result<(), StoreError> {
        self.push_hash(0, leaf_hash(&entry))?;
        self.open.push(entry);
        if self.open.len() == WIDTH {
            self.write_bundle()?;
        }
        Ok(())
    }

    /// Writes the partial tiles.
    ///
    /// # Errors
    /// What `write` gives.
    pub fn finish(mut self) -> Result<(), StoreError> {
        if !self.open.is_empty() {
            self.write_bundle()?;
        }
        for level in 0..self.levels.len() {
            if !self.levels[level].0.is_empty() {
                self.write_tile(level)?;
            }
        }
        Ok(())
    }

    fn push_hash(&mut self, level: usize, hash: Hash) -> Result<(), StoreError> {
        if self.levels.len() == level {
            self.levels.push((Vec::new(), 0));
        }
        self.levels[level].0.push(hash);
        if self.levels[level].0.len() < WIDTH {
            return Ok(());
        }
        self.write_tile(level)?;
        let hashes = std::mem::take(&mut self.levels[level].0);
        self.levels[level].1 += 1;
        self.push_hash(level + 1, perfect_root(hashes))
    }

    fn write_tile(&mut self, level: usize) -> Result<(), StoreError> {
        let (hashes, index) = &self.levels[level];
        let path = tile_path(&level.to_string(), *index, hashes.len());
        (self.write)(&path, &hashes.concat())
    }

    fn write_bundle(&mut self) -> Result<(), StoreError> {
        let path = tile_path("entries", self.bundles, self.open.len());
        let content = bundle(self.open.iter().map(|entry| &entry[..]));
        (self.write)(&path, &content)?;
        self.open.clear();
        self.bundles += 1;
        Ok(())
    }
}

/// The root over as many hashes as a power of two.
fn perfect_root(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes
            .chunks_exact(2)
            .map(|pair| node_hash(&pair[0], &pair[1]))
            .collect();
    }
    hashes.first().copied().unwrap_or_default()
}

/// The entries of an export: its bundles in order, `read` by path. The error names the file.
///
/// # Errors
/// The path of the first bundle that is missing or does not hold what its name says.
pub fn bundled(
    size: u64,
    mut read: impl FnMut(&str) -> Option<Bytes>,
) -> Result<Vec<Bytes>, String> {
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(WIDTH as u64) {
        let left = size - index * WIDTH as u64;
        let width = usize::try_from(left).unwrap_or(WIDTH).min(WIDTH);
        let path = tile_path("entries", index, width);
        let split = read(&path).and_then(split_bundle);
        match split.filter(|split| split.len() == width) {
            Some(split) => entries.extend(split),
            None => return Err(path),
        }
    }
    Ok(entries)
}

/// `tile/<level>/x001/x234/067`, with `.p/<width>` where it is partial (C2SP tlog-tiles).
pub fn tile_path(level: &str, index: u64, width: usize) -> String {
    let mut groups = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        groups = format!("x{:03}/{groups}", rest % 1000);
        rest /= 1000;
    }
    let partial = if width == WIDTH {
        String::new()
    } else {
        format!(".p/{width}")
    };
    format!("tile/{level}/{groups}{partial}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event_store::EventStore;
    use crate::memory::MemoryStore;
    use crate::tests_support::draft;

    #[test]
    fn tile_paths_are_grouped_by_three_digits() {
        assert_eq!(tile_path("0", 67, 256), "tile/0/067");
        assert_eq!(
            tile_path("entries", 1_234_067, 8),
            "tile/entries/x001/x234/067.p/8"
        );
    }

    #[test]
    fn every_file_has_the_bytes_that_the_store_serves() {
        let store = MemoryStore::new("ledger.example/t");
        for number in 0..600 {
            store.append(draft(number)).unwrap().wait().unwrap();
        }
        let mut files = BTreeMap::new();
        let mut tiles = Tiles::new(|path: &str, bytes: &[u8]| {
            files.insert(path.to_owned(), bytes.to_vec());
            Ok(())
        });
        for entry in store.read(0, 600).unwrap() {
            tiles.push(entry.bytes).unwrap();
        }
        tiles.finish().unwrap();
        assert_eq!(files.len(), 7);
        for (path, index, width) in [("000", 0, 256), ("001", 1, 256), ("002.p/88", 2, 88)] {
            assert_eq!(
                files[&format!("tile/0/{path}")],
                store.tile(0, index, width).unwrap()
            );
            assert_eq!(
                files[&format!("tile/entries/{path}")],
                store.entry_bundle(index, width).unwrap()
            );
        }
        assert_eq!(files["tile/1/000.p/2"], store.tile(1, 0, 2).unwrap());
        let read = |path: &str| files.get(path).cloned().map(Bytes::from);
        let entries: Vec<_> = store.read(0, 600).unwrap();
        let entries: Vec<_> = entries.into_iter().map(|entry| entry.bytes).collect();
        assert_eq!(bundled(600, read), Ok(entries));
        let cut = |path: &str| read(path).map(|bytes| bytes.slice(1..));
        assert_eq!(bundled(600, cut), Err("tile/entries/000".to_owned()));
    }
}
