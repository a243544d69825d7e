"""RFC 6962 Merkle tree over leaf hashes, and the inclusion check of RFC 9162, section 2.1.3.2.

Pure hashing: no files, no notes, no entries.
"""

import hashlib

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content):
    """SHA-256(0x00 ‖ content)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left, right):
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Keeps the hash of every whole subtree: `levels[k][i]` is over the leaves i·2^k to (i+1)·2^k."""

    def __init__(self):
        self.levels = [[]]

    def append(self, leaf):
        """Adds one leaf hash and every subtree that it completes."""
        self.levels[0].append(leaf)
        level = 0
        while len(self.levels[level]) % 2 == 0:
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(node_hash(*self.levels[level][-2:]))
            level += 1

    def root(self, size):
        """The root over the first `size` leaves, from the whole subtrees that `size` is the sum of."""
        root, end = None, size
        for level in range(size.bit_length()):
            if size >> level & 1:
                whole = self.levels[level][(end >> level) - 1]
                root = whole if root is None else node_hash(whole, root)
                end -= 1 << level
        return EMPTY_ROOT if root is None else root

    def tile(self, level, index, width):
        """The hashes of a tile of height 8 as its file holds them."""
        return b"".join(self.levels[8 * level][256 * index : 256 * index + width])


def includes(siblings, index, size, leaf, root):
    """Whether the siblings, the leaf's first, lead from the leaf at `index` to the root of `size` leaves."""
    if index >= size:
        return False
    node, last, hash_ = index, size - 1, leaf
    for sibling in siblings:
        if last == 0:
            return False
        if node & 1 or node == last:
            hash_ = node_hash(sibling, hash_)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and hash_ == root
