package main

// Every entry against its hash, every tile against those below, the root against the signed one.
// The tree itself is package tlog's.

import (
	"bytes"
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree holds the hashes in the order of tlog.StoredHashIndex.
type Tree struct {
	size   int64
	hashes []tlog.Hash
}

// ReadHashes makes it a tlog.HashReader.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		hashes[at] = t.hashes[index]
	}
	return hashes, nil
}

func (t *Tree) append(leaf tlog.Hash) {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		panic(err) // ReadHashes above never fails
	}
	t.hashes = append(t.hashes, hashes...)
	t.size++
}

// root is over the first size leaves; package tlog gives zeros where RFC 6962 says SHA-256 of nothing.
func (t *Tree) root(size int64) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		panic(err)
	}
	return root
}

func (t *Tree) tile(tile Tile) []byte {
	content, err := tlog.ReadTileData(
		tlog.Tile{H: tileHeight, L: tile.level, N: tile.index, W: int(tile.width)}, t)
	if err != nil {
		panic(err)
	}
	return content
}

func (t *Tree) leaf(position int64) tlog.Hash {
	return t.hashes[tlog.StoredHashIndex(0, position)]
}

// agrees tells whether an earlier checkpoint is a prefix of the tree, by root and by tlog's own proof.
func (t *Tree) agrees(old Checkpoint) bool {
	if old.size == 0 || t.root(old.size) != old.root {
		return t.root(old.size) == old.root
	}
	proof, err := tlog.ProveTree(t.size, old.size, t)
	return err == nil && tlog.CheckTree(proof, t.size, t.root(t.size), old.size, old.root) == nil
}

func checkTree(export *Export, tree *Tree, head Checkpoint, old *Checkpoint) *Fault {
	if found := hashEntries(export, tree, head.size); found != nil {
		return found
	}
	for level := 1; nodes(level, head.size) > 0; level++ {
		for index := int64(0); ; index++ {
			tile := required(level, index, head.size)
			if tile.width <= 0 {
				break
			}
			if found := compare(export, tile, tree); found != nil {
				return found
			}
		}
	}
	if tree.root(head.size) != head.root {
		return fault("checkpoint", "root", "the %d entries do not give the signed root", head.size)
	}
	if old != nil && !tree.agrees(*old) {
		return fault("old-checkpoint", "history",
			"the first %d entries do not give the root that was kept", old.size)
	}
	return checkOtherTiles(export, head.size, tree)
}

func hashEntries(export *Export, tree *Tree, size int64) *Fault {
	history := newHistory()
	for index := int64(0); tree.size < size; index++ {
		entries, found := export.bundle(required(bundleLevel, index, size))
		if found != nil {
			return found
		}
		tile := required(0, index, size)
		hashes, found := readTile(export, tile)
		if found != nil {
			return found
		}
		for at, content := range entries {
			leaf := tlog.RecordHash(content)
			if !bytes.Equal(leaf[:], hashes[at*tlog.HashSize:(at+1)*tlog.HashSize]) {
				return fault(place(tree.size), "leaf", "the entry has not the hash in %s", tile.path())
			}
			if found := history.follow(tree.size, content); found != nil {
				return found
			}
			tree.append(leaf)
		}
	}
	return nil
}

// checkOtherTiles lets older partial tiles be kept, if they agree; nothing may reach beyond the size.
func checkOtherTiles(export *Export, size int64, tree *Tree) *Fault {
	paths, found := export.files("tile")
	if found != nil {
		return found
	}
	for _, path := range paths {
		tile, known := tileOf(path)
		if !known {
			return fault(path, "layout", "not the path of a tile or bundle")
		}
		if !tile.liesWithin(size) {
			return fault(path, "layout", "reaches beyond the %d entries that are signed", size)
		}
		check := compare
		if tile.level == bundleLevel {
			check = compareBundle
		}
		if found := check(export, tile, tree); found != nil {
			return found
		}
	}
	return nil
}

func compare(export *Export, tile Tile, tree *Tree) *Fault {
	hashes, found := readTile(export, tile)
	if found == nil && !bytes.Equal(hashes, tree.tile(tile)) {
		found = fault(tile.path(), "tile", "its hashes are not those of the tiles below")
	}
	return found
}

func compareBundle(export *Export, tile Tile, tree *Tree) *Fault {
	entries, found := export.bundle(tile)
	if found != nil {
		return found
	}
	for at, content := range entries {
		position := tile.index*tileWidth + int64(at)
		if tlog.RecordHash(content) != tree.leaf(position) {
			return fault(place(position), "leaf", "another entry in %s", tile.path())
		}
	}
	return nil
}

func readTile(export *Export, tile Tile) ([]byte, *Fault) {
	hashes, found := export.read(tile.path(), tileWidth*tlog.HashSize)
	if found == nil && int64(len(hashes)) != tile.width*tlog.HashSize {
		found = fault(tile.path(), "tile", "not %d hashes", tile.width)
	}
	return hashes, found
}
