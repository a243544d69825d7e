//! The leaf hashes of all durable entries, 32 bytes each, in `tree/leaves`.
//!
//! Derived from the journal and never synced: at open its root must be that of the last commit
//! line and of the signed head, or it is built anew. After that each read of an entry is checked
//! against it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use crate::error::StoreError;
use crate::files::{AtPath as _, open_rw, private_dir, read_at};
use crate::merkle::Hash;
use crate::tile_tree::{LeafReader, TILE_WIDTH, TileTree, perfect_root};

const HASH: u64 = 32;

/// The file of leaf hashes.
pub(crate) struct LeafFile {
    file: File,
    path: PathBuf,
}

impl LeafFile {
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let tree = dir.join("tree");
        private_dir(&tree)?;
        let path = tree.join("leaves");
        Ok(Self {
            file: open_rw(&path, 0o600)?,
            path,
        })
    }

    /// Opens the file without creating or changing it; `None` when it is missing.
    pub(crate) fn open_existing(dir: &Path) -> Option<Self> {
        let path = dir.join("tree/leaves");
        Some(Self {
            file: File::open(&path).ok()?,
            path,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many hashes the file holds.
    pub(crate) fn len(&self) -> Result<u64, StoreError> {
        Ok(self.file.metadata().at(&self.path)?.len() / HASH)
    }

    pub(crate) fn write(&self, first: u64, leaves: &[Hash]) -> Result<(), StoreError> {
        self.file
            .write_all_at(leaves.as_flattened(), first * HASH)
            .at(&self.path)
    }

    /// The hash of one leaf.
    pub(crate) fn leaf(&self, position: u64) -> Result<Hash, StoreError> {
        let mut hash = [0; 32];
        self.file
            .read_exact_at(&mut hash, position * HASH)
            .at(&self.path)?;
        Ok(hash)
    }

    /// The roots of all full tiles of the first `size` leaves, computed on two threads.
    pub(crate) fn tiles(&self, size: u64) -> Result<TileTree, StoreError> {
        let tiles = size / TILE_WIDTH;
        let middle = tiles / 2;
        let (left, right) = thread::scope(|scope| {
            let left = scope.spawn(|| self.tile_roots(0, middle));
            let right = self.tile_roots(middle, tiles);
            let ended = || {
                Err(StoreError::io(
                    &self.path,
                    std::io::Error::other("a thread ended"),
                ))
            };
            (left.join().unwrap_or_else(|_| ended()), right)
        });
        let mut tree = TileTree::default();
        left?
            .into_iter()
            .chain(right?)
            .for_each(|root| tree.push_root(root));
        Ok(tree)
    }

    fn tile_roots(&self, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        /// Tiles read at once: 2 MiB.
        const BATCH: u64 = 256;
        let mut roots = Vec::new();
        for start in (from..to).step_by(256) {
            let count = usize::try_from(BATCH.min(to - start) * TILE_WIDTH).unwrap_or(usize::MAX);
            let leaves = self.leaves(start * TILE_WIDTH, count)?;
            let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
            roots.extend(leaves.chunks_exact(width).map(perfect_root));
        }
        Ok(roots)
    }
}

impl LeafReader for LeafFile {
    fn leaves(&self, start: u64, count: usize) -> Result<Vec<Hash>, StoreError> {
        let bytes = read_at(&self.file, start * HASH, count * 32).at(&self.path)?;
        let leaves = bytes.as_chunks::<32>().0.to_vec();
        if leaves.len() < count {
            let short = std::io::Error::new(
                std::io::ErrorKind::UnexpectedEof,
                "fewer leaf hashes than entries; restart to rebuild them from the journal",
            );
            return Err(StoreError::io(&self.path, short));
        }
        Ok(leaves)
    }
}
