//! The Merkle tree of a backend that holds all leaf hashes in memory, 32 bytes an entry.
//!
//! Refuses what lies beyond its leaves; where the entries are is the backend's.

use crate::error::StoreError;
use crate::merkle::{self, Hash};
use crate::tile_tree::{TILE_WIDTH, TileTree, check_tile};

/// Leaves and what is computed from them.
#[derive(Default)]
pub(crate) struct HeldTree {
    leaves: Vec<Hash>,
    tiles: TileTree,
}

impl HeldTree {
    pub(crate) fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        if self.size().is_multiple_of(TILE_WIDTH) {
            let tile = self.leaves.len() - usize::try_from(TILE_WIDTH).unwrap_or(0);
            self.tiles.push_tile(&self.leaves[tile..]);
        }
    }

    /// What is needed to add further leaves elsewhere.
    #[cfg(feature = "postgres")]
    pub(crate) fn frontier(&self) -> Result<merkle::Frontier, StoreError> {
        merkle::Frontier::at(&self.tiles.with(&self.leaves[..]), self.size())
    }

    /// The hash of one entry.
    #[cfg(feature = "postgres")]
    pub(crate) fn leaf(&self, position: u64) -> Option<&Hash> {
        self.leaves.get(usize::try_from(position).ok()?)
    }

    pub(crate) fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        within(size, self.size())?;
        merkle::root(&self.tiles.with(&self.leaves[..]), size)
    }

    pub(crate) fn inclusion_proof(
        &self,
        position: u64,
        size: u64,
    ) -> Result<Vec<Hash>, StoreError> {
        within(size, self.size())?;
        within(position.saturating_add(1), size)?;
        merkle::inclusion_proof(&self.tiles.with(&self.leaves[..]), position, size)
    }

    pub(crate) fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        within(new, self.size())?;
        within(old, new)?;
        merkle::consistency_proof(&self.tiles.with(&self.leaves[..]), old, new)
    }

    pub(crate) fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        check_tile(level, index, width, self.size())?;
        self.tiles.with(&self.leaves[..]).tile(level, index, width)
    }
}

fn within(asked: u64, size: u64) -> Result<(), StoreError> {
    if asked <= size {
        Ok(())
    } else {
        Err(StoreError::OutOfRange { asked, size })
    }
}
