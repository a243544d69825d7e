//! Brute force of the Merkle mathematics against the recursive definition of RFC 6962, and
//! against `tlog_tiles`, the Rust port of Go's reference implementation.

use std::convert::Infallible;

use super::*;

/// RFC 6962, section 2.1, word for word.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => empty_root(),
        1 => leaves[0],
        count => {
            let (left, right) = leaves.split_at(count.next_power_of_two() / 2);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

struct Leaves(Vec<Hash>);

impl HashReader for Leaves {
    type Error = Infallible;
    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let start = usize::try_from(index << level).unwrap();
        Ok(defined_root(&self.0[start..start + (1 << level)]))
    }
}

fn leaves(count: u64) -> Leaves {
    Leaves(
        (0..count)
            .map(|index| leaf_hash(&index.to_be_bytes()))
            .collect(),
    )
}

fn flipped(hash: &Hash) -> Hash {
    let mut other = *hash;
    other[31] ^= 1;
    other
}

#[test]
fn roots_follow_the_definition() {
    let tree = leaves(70);
    let mut frontier = Frontier::default();
    for size in 0..=70_u64 {
        let defined = defined_root(&tree.0[..usize::try_from(size).unwrap()]);
        assert_eq!(root(&tree, size), Ok(defined), "size {size}");
        assert_eq!(frontier.root(), defined, "frontier {size}");
        assert_eq!(
            Frontier::at(&tree, size).unwrap().root(),
            defined,
            "frontier at {size}"
        );
        if size < 70 {
            frontier.push(tree.0[usize::try_from(size).unwrap()]);
        }
    }
}

#[test]
fn every_inclusion_proof_verifies_and_no_altered_one_does() {
    let tree = leaves(34);
    for size in 1..=34_u64 {
        let top = root(&tree, size).unwrap();
        for position in 0..size {
            let leaf = tree.0[usize::try_from(position).unwrap()];
            let path = inclusion_proof(&tree, position, size).unwrap();
            assert_eq!(verify_inclusion(&leaf, position, size, &path, &top), Ok(()));
            assert!(verify_inclusion(&flipped(&leaf), position, size, &path, &top).is_err());
            for other in (0..size).filter(|other| *other != position) {
                assert!(verify_inclusion(&leaf, other, size, &path, &top).is_err());
            }
            for index in 0..path.len() {
                let mut bad = path.clone();
                bad[index] = flipped(&bad[index]);
                assert_eq!(
                    verify_inclusion(&leaf, position, size, &bad, &top),
                    Err(ProofError::WrongRoot)
                );
                bad.remove(index);
                assert!(verify_inclusion(&leaf, position, size, &bad, &top).is_err());
            }
            let longer = [path.clone(), vec![leaf]].concat();
            assert_eq!(
                verify_inclusion(&leaf, position, size, &longer, &top),
                Err(ProofError::WrongLength)
            );
        }
    }
}

#[test]
fn every_consistency_proof_verifies_and_no_altered_one_does() {
    let tree = leaves(34);
    for new in 0..=34_u64 {
        let new_root = root(&tree, new).unwrap();
        for old in 0..=new {
            let old_root = root(&tree, old).unwrap();
            let path = consistency_proof(&tree, old, new).unwrap();
            assert_eq!(
                verify_consistency(old, &old_root, new, &new_root, &path),
                Ok(()),
                "{old} {new}"
            );
            if old > 0 {
                let bad = flipped(&old_root);
                assert!(verify_consistency(old, &bad, new, &new_root, &path).is_err());
                let bad = flipped(&new_root);
                assert!(verify_consistency(old, &old_root, new, &bad, &path).is_err());
            }
            for index in 0..path.len() {
                let mut bad = path.clone();
                bad[index] = flipped(&bad[index]);
                assert!(verify_consistency(old, &old_root, new, &new_root, &bad).is_err());
                bad.remove(index);
                assert!(verify_consistency(old, &old_root, new, &new_root, &bad).is_err());
            }
            let longer = [path.clone(), vec![new_root]].concat();
            assert!(verify_consistency(old, &old_root, new, &new_root, &longer).is_err());
        }
    }
}

#[test]
fn a_proof_beyond_the_tree_is_refused() {
    let zero = [0; 32];
    assert_eq!(
        verify_inclusion(&zero, 3, 3, &[], &zero),
        Err(ProofError::OutOfRange { asked: 3, size: 3 })
    );
    assert_eq!(
        verify_consistency(4, &zero, 3, &zero, &[]),
        Err(ProofError::OutOfRange { asked: 4, size: 3 })
    );
}

/// The stored hashes of Go's layout, as `tlog_tiles` reads them.
struct Stored(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[usize::try_from(*index).unwrap()])
            .collect())
    }
}

#[test]
fn the_reference_implementation_agrees() {
    let count = 66;
    let tree = leaves(count);
    let mut stored = Stored(Vec::new());
    for index in 0..count {
        let more = tlog_tiles::stored_hashes(index, &index.to_be_bytes(), &stored).unwrap();
        stored.0.extend(more);
    }
    for size in 1..=count {
        let top = root(&tree, size).unwrap();
        let theirs = tlog_tiles::tree_hash(size, &stored).unwrap();
        assert_eq!(theirs.0, top);
        for position in 0..size {
            let path = inclusion_proof(&tree, position, size).unwrap();
            let proof = tlog_tiles::prove_record(size, position, &stored).unwrap();
            assert_eq!(proof.iter().map(|hash| hash.0).collect::<Vec<_>>(), path);
        }
        for old in 1..=size {
            let path = consistency_proof(&tree, old, size).unwrap();
            let proof = tlog_tiles::prove_tree(size, old, &stored).unwrap();
            assert_eq!(proof.iter().map(|hash| hash.0).collect::<Vec<_>>(), path);
        }
    }
}
