//! The Merkle tree of RFC 6962, section 2.1: hashes, roots, proofs and their verification.
//!
//! Pure mathematics over a [`HashReader`]; no file, no signature and no tile layout is known
//! here. The verification algorithms are those of RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Gives the hashes of perfect subtrees.
pub trait HashReader {
    /// Why a hash could not be given.
    type Error;

    /// The hash of the `index`-th perfect subtree of `2^level` leaves.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// All perfect subtrees over leaves in memory.
#[derive(Debug, Clone, Default)]
pub struct LeafTree {
    /// By level, from the leaves up.
    levels: Vec<Vec<Hash>>,
}

impl LeafTree {
    /// The tree over leaf hashes.
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let pairs = last.chunks_exact(2);
            levels.push(pairs.map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Self { levels }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, Vec::len) as u64
    }
}

impl HashReader for LeafTree {
    /// The subtree that the tree does not have: its level and index.
    type Error = (u8, u64);

    fn node(&self, level: u8, index: u64) -> Result<Hash, (u8, u64)> {
        let nodes = self.levels.get(usize::from(level));
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        nodes
            .and_then(|nodes| nodes.get(at))
            .copied()
            .ok_or((level, index))
    }
}

/// A proof that does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The position or old size lies beyond the tree.
    #[error("the proof is about {asked}, beyond the tree of {size} entries")]
    OutOfRange {
        /// What it is about.
        asked: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The proof has too many or too few hashes.
    #[error("the proof has the wrong number of hashes")]
    WrongLength,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    WrongRoot,
}

/// The hash of a leaf: `SHA-256(0x00 ‖ entry)` (RFC 6962, section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962, section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [1; 65];
    input[1..33].copy_from_slice(left);
    input[33..].copy_from_slice(right);
    Sha256::digest(input).into()
}

/// The root of the empty tree: SHA-256 of nothing (RFC 6962, section 2.1).
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root of the first `size` leaves (RFC 6962, section 2.1).
pub fn root<R: HashReader + ?Sized>(reader: &R, size: u64) -> Result<Hash, R::Error> {
    if size == 0 {
        Ok(empty_root())
    } else {
        range_root(reader, 0, size)
    }
}

/// The audit path of leaf `position` in the tree of `size` leaves, leaf sibling first
/// (RFC 6962, section 2.1.1). Requires `position < size`.
pub fn inclusion_proof<R: HashReader + ?Sized>(
    reader: &R,
    position: u64,
    size: u64,
) -> Result<Vec<Hash>, R::Error> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if position < middle {
            path.push(range_root(reader, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(reader, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` leaves is a prefix of that of `new` leaves
/// (RFC 6962, section 2.1.2). Requires `old <= new`; empty where one of them says it all.
pub fn consistency_proof<R: HashReader + ?Sized>(
    reader: &R,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, R::Error> {
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_root(reader, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(reader, start, middle)?);
            start = middle;
        }
    }
    if start > 0 {
        path.push(range_root(reader, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks an audit path (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(
    leaf: &Hash,
    position: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if position >= size {
        return Err(ProofError::OutOfRange {
            asked: position,
            size,
        });
    }
    let (mut node, mut last) = (position, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, hash == *root) {
        (false, _) => Err(ProofError::WrongLength),
        (true, false) => Err(ProofError::WrongRoot),
        (true, true) => Ok(()),
    }
}

/// Checks a consistency proof (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange {
            asked: old,
            size: new,
        });
    }
    if old == 0 || old == new {
        let same = if old == new {
            old_root == new_root
        } else {
            *old_root == empty_root()
        };
        return match (path.is_empty(), same) {
            (false, _) => Err(ProofError::WrongLength),
            (true, false) => Err(ProofError::WrongRoot),
            (true, true) => Ok(()),
        };
    }
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // A complete old tree is its own first hash and is left out of the proof.
    let mut hashes = path.iter();
    let first = if old.is_power_of_two() {
        old_root
    } else {
        hashes.next().ok_or(ProofError::WrongLength)?
    };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in hashes {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, old_hash == *old_root && new_hash == *new_root) {
        (false, _) => Err(ProofError::WrongLength),
        (true, false) => Err(ProofError::WrongRoot),
        (true, true) => Ok(()),
    }
}

/// The largest power of two smaller than `count` (RFC 6962, section 2.1); `count > 1`.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash of leaves `start..end`, a subtree of some RFC 6962 tree.
fn range_root<R: HashReader + ?Sized>(reader: &R, start: u64, end: u64) -> Result<Hash, R::Error> {
    let count = end - start;
    if count.is_power_of_two() {
        let level = u8::try_from(count.trailing_zeros()).unwrap_or(u8::MAX);
        return reader.node(level, start >> level);
    }
    let middle = start + split(count);
    Ok(node_hash(
        &range_root(reader, start, middle)?,
        &range_root(reader, middle, end)?,
    ))
}

/// The right edge of a growing tree: enough to know its root, and nothing more.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the perfect subtrees that make up the tree, largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the first `size` leaves that a reader knows.
    pub fn at<R: HashReader + ?Sized>(reader: &R, size: u64) -> Result<Self, R::Error> {
        let mut peaks = Vec::new();
        let mut start = 0;
        for level in (0..64_u8).rev().filter(|level| size >> level & 1 == 1) {
            peaks.push(reader.node(level, start >> level)?);
            start += 1 << level;
        }
        Ok(Self { size, peaks })
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;
