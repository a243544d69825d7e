//! The Merkle tree of a store: leaf hashes wherever the backend keeps them, and in memory the
//! hashes of full tiles (levels 8, 16, …), an eighth of a byte an entry.
//!
//! Tiles have the layout of C2SP tlog-tiles: 256 hashes of level `8 * L` each. Nothing here is
//! trusted on its own: the store compares roots with the journal and the signed head.

use crate::error::StoreError;
use crate::merkle::{Hash, HashReader, node_hash};

/// Hashes in a full tile.
pub(crate) const TILE_WIDTH: u64 = 256;

/// Gives leaf hashes by range.
pub(crate) trait LeafReader {
    /// Leaf hashes `start..start + count`, all of them known.
    fn leaves(&self, start: u64, count: usize) -> Result<Vec<Hash>, StoreError>;
}

impl LeafReader for [Hash] {
    fn leaves(&self, start: u64, count: usize) -> Result<Vec<Hash>, StoreError> {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        Ok(self
            .get(start..start.saturating_add(count))
            .unwrap_or_default()
            .to_vec())
    }
}

/// The roots of full tiles, level by level.
#[derive(Debug, Default, Clone)]
pub(crate) struct TileTree {
    /// `tiles[n][i]` is the hash of the `i`-th perfect subtree of `256^(n+1)` leaves.
    tiles: Vec<Vec<Hash>>,
}

impl TileTree {
    /// Adds the root of the next full tile of leaves, and those above that it completes.
    pub(crate) fn push_tile(&mut self, leaves: &[Hash]) {
        self.push_root(perfect_root(leaves));
    }

    /// Adds the next full tile of leaves by its root.
    pub(crate) fn push_root(&mut self, root: Hash) {
        let mut hash = root;
        for level in 0.. {
            if level == self.tiles.len() {
                self.tiles.push(Vec::new());
            }
            let row = &mut self.tiles[level];
            row.push(hash);
            let full = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
            if !row.len().is_multiple_of(full) {
                return;
            }
            hash = perfect_root(&row[row.len() - full..]);
        }
    }

    /// How many full tiles of leaves are known.
    pub(crate) fn full_tiles(&self) -> u64 {
        self.tiles.first().map_or(0, |row| row.len() as u64)
    }

    /// Binds the tree to its leaves.
    pub(crate) fn with<'a, L: LeafReader + ?Sized>(&'a self, leaves: &'a L) -> Nodes<'a, L> {
        Nodes { tree: self, leaves }
    }
}

/// A tree that can be asked for any perfect subtree.
pub(crate) struct Nodes<'a, L: ?Sized> {
    tree: &'a TileTree,
    leaves: &'a L,
}

impl<L: LeafReader + ?Sized> Nodes<'_, L> {
    /// The bytes of the first `width` hashes of a tile.
    pub(crate) fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        let start = index * TILE_WIDTH;
        let width = usize::from(width);
        if level == 0 {
            return Ok(self.leaves.leaves(start, width)?.concat());
        }
        let first = usize::try_from(start).unwrap_or(usize::MAX);
        let row = self.tree.tiles.get(usize::from(level) - 1);
        let hashes = row.and_then(|row| row.get(first..first.saturating_add(width)));
        Ok(hashes.map(<[Hash]>::concat).unwrap_or_default())
    }
}

impl<L: LeafReader + ?Sized> HashReader for Nodes<'_, L> {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        let (row, within) = (usize::from(level / 8), level % 8);
        let start = index << within;
        let count = 1_usize << within;
        if row == 0 {
            return Ok(perfect_root(&self.leaves.leaves(start, count)?));
        }
        let first = usize::try_from(start).unwrap_or(usize::MAX);
        let known = self
            .tree
            .tiles
            .get(row - 1)
            .and_then(|row| row.get(first..first + count));
        let Some(known) = known else {
            let size = self.tree.full_tiles() * TILE_WIDTH;
            return Err(StoreError::OutOfRange {
                asked: (index + 1) << level,
                size,
            });
        };
        Ok(perfect_root(known))
    }
}

/// The root over a power of two of hashes.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => crate::merkle::empty_root(),
        [hash] => *hash,
        _ => {
            let mut row: Vec<Hash> = hashes
                .chunks_exact(2)
                .map(|pair| node_hash(&pair[0], &pair[1]))
                .collect();
            while row.len() > 1 {
                for index in 0..row.len() / 2 {
                    row[index] = node_hash(&row[2 * index], &row[2 * index + 1]);
                }
                row.truncate(row.len() / 2);
            }
            row[0]
        }
    }
}

/// Whether a tile's first `width` hashes exist in a tree of `size` leaves; gives the leaves that
/// would be needed.
pub(crate) fn check_tile(level: u8, index: u64, width: u16, size: u64) -> Result<(), StoreError> {
    let needed = u128::from(index) * 256 + u128::from(width);
    let needed = needed
        .checked_shl(8 * u32::from(level))
        .unwrap_or(u128::MAX);
    let known = level <= 7 && (1..=256).contains(&width) && needed <= u128::from(size);
    if known {
        return Ok(());
    }
    Err(StoreError::OutOfRange {
        asked: u64::try_from(needed).unwrap_or(u64::MAX),
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{self, Frontier, leaf_hash};

    #[test]
    fn the_tile_tree_knows_every_root_over_two_levels_of_tiles() {
        let count = 256 * 256 + 700_u64;
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        let mut roots = Vec::new();
        let mut tree = TileTree::default();
        for index in 0..count {
            let leaf = leaf_hash(&index.to_be_bytes());
            leaves.push(leaf);
            frontier.push(leaf);
            roots.push(frontier.root());
            if leaves.len() % 256 == 0 {
                tree.push_tile(&leaves[leaves.len() - 256..]);
            }
        }
        let nodes = tree.with(&leaves[..]);
        for size in [1, 255, 256, 257, 65_535, 65_536, 65_537, count] {
            let known = roots[usize::try_from(size).unwrap() - 1];
            assert_eq!(merkle::root(&nodes, size).unwrap(), known, "size {size}");
        }
        assert_eq!(
            nodes.tile(2, 0, 1).unwrap(),
            perfect_root(&leaves[..65_536])
        );
        assert_eq!(
            nodes.tile(1, 1, 2).unwrap()[..32],
            perfect_root(&leaves[65_536..65_792])
        );
    }

    #[test]
    fn tiles_beyond_the_tree_are_out_of_range() {
        assert!(check_tile(0, 0, 256, 256).is_ok());
        assert!(check_tile(1, 0, 1, 256).is_ok());
        for (level, index, width) in [(0, 1, 1), (1, 0, 2), (0, 0, 0), (0, 0, 257), (64, 0, 1)] {
            assert!(
                check_tile(level, index, width, 256).is_err(),
                "{level} {index} {width}"
            );
        }
        assert!(check_tile(0, u64::MAX, 256, u64::MAX).is_err());
    }
}
