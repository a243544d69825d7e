#!/usr/bin/env python3
"""Checks an export of a ledger: `verify.py [--plain] DIRECTORY`.

Needs Python 3.9 and nothing else; uses the package `cryptography` where it is there, unless `--plain`
is given. What is checked, in which order, stands in the README beside this folder.
Exit 0 and one line; exit 1 and the first fault as `place: class: sentence`; exit 2 for wrong usage.
"""

import base64
import os
import sys

import proofs
from entries import History
from export import Export, required, tile_of
from fault import Fault
from notes import COSIGNATURE, LOG_SIGNATURE, Verifier, read_key
from tree import Tree, leaf_hash

HASH = 32
USAGE = "usage: verify.py [--plain] DIRECTORY"


def main(arguments):
    """Verifies the directory that the arguments name; the exit code."""
    plain = "--plain" in arguments
    folders = [argument for argument in arguments if argument != "--plain"]
    if len(folders) != 1 or folders[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    if not os.path.isdir(folders[0]):
        print(f"{folders[0]} is not a directory; {USAGE}", file=sys.stderr)
        return 2
    try:
        print(verify(Export(folders[0]), plain))
    except Fault as fault:
        # Names in a forged export may hold line ends or worse; one line must stay one line.
        letters = (letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(fault))
        print("".join(letters), file=sys.stderr)
        return 1
    return 0


def verify(export, plain):
    """The summary of a good export, or the first Fault."""
    verifier = Verifier(*_keys(export), plain)
    head, cosigned = verifier.checkpoint(export.read("checkpoint"), "checkpoint")
    for key in verifier.cosigners:
        if key.name not in cosigned:
            raise Fault("checkpoint", "cosignature", f"{key.name} has not signed it")
    old = _old_checkpoint(export, verifier, head)
    tree = _hash_entries(export, head.size)
    _check_tiles(export, head.size, tree)
    if tree.root(head.size) != head.root:
        raise Fault("checkpoint", "root", f"the {head.size} entries do not give the signed root")
    if old and tree.root(old.size) != old.root:
        raise Fault("old-checkpoint", "history", f"the first {old.size} entries do not give the root that was kept")
    _check_other_tiles(export, head.size, tree)
    positions = proofs.positions(export)
    for position in positions:
        proofs.check(export, position, verifier, head.size, tree)
    kept = old.size if old else "none"
    return (
        f"ok: {verifier.log.name}: {head.size} entries, root {base64.b64encode(head.root).decode()}, "
        f"kept checkpoint {kept}, {len(positions)} proofs, {len(cosigned)} cosignatures"
    )


def _keys(export):
    log = export.text("vkey")
    log = read_key(log[:-1] if log.endswith("\n") else log, LOG_SIGNATURE, "vkey")
    if not export.has("cosigners"):
        return log, []
    lines = export.text("cosigners").split("\n")
    return log, [read_key(line, COSIGNATURE, "cosigners") for line in lines if line]


def _old_checkpoint(export, verifier, head):
    if not export.has("old-checkpoint"):
        return None
    old, _ = verifier.checkpoint(export.read("old-checkpoint"), "old-checkpoint")
    if old.size > head.size:
        raise Fault("checkpoint", "rolled_back", f"has {head.size} entries, the kept one {old.size}")
    if old.size == head.size and old.root != head.root:
        raise Fault("checkpoint", "fork", f"another root than the kept one of the same {old.size} entries")
    return old


def _hash_entries(export, size):
    """Every entry against its hash in level 0 and against the rules; the tree over them."""
    tree, history = Tree(), History()
    for bundle, tile in zip(required("entries", size), required(0, size)):
        entries = export.bundle(bundle)
        hashes = _tile(export, tile)
        for at, content in enumerate(entries):
            position, leaf = 256 * bundle.index + at, leaf_hash(content)
            if leaf != hashes[HASH * at : HASH * (at + 1)]:
                raise Fault(f"position {position}", "leaf", f"the entry has not the hash in {tile.path}")
            history.follow(position, content)
            tree.append(leaf)
    return tree


def _check_tiles(export, size, tree):
    """Every tile above level 0."""
    level = 1
    while size >> (8 * level):
        for tile in required(level, size):
            _compare(export, tile, tree)
        level += 1


def _check_other_tiles(export, size, tree):
    """Older partial tiles may be kept, if they agree; nothing may reach beyond the signed size."""
    checked = set(required("entries", size))
    for path in export.files("tile"):
        tile = tile_of(path)
        if tile is None:
            raise Fault(path, "layout", "not the path of a tile or bundle")
        if not tile.lies_within(size):
            raise Fault(path, "layout", f"reaches beyond the {size} entries that are signed")
        if tile.level != "entries":
            _compare(export, tile, tree)
        elif tile not in checked:
            _compare_bundle(export, tile, tree)


def _compare(export, tile, tree):
    if _tile(export, tile) != tree.tile(tile.level, tile.index, tile.width):
        raise Fault(tile.path, "tile", "its hashes are not those of the tiles below")


def _compare_bundle(export, tile, tree):
    for at, content in enumerate(export.bundle(tile)):
        position = 256 * tile.index + at
        if leaf_hash(content) != tree.levels[0][position]:
            raise Fault(f"position {position}", "leaf", f"another entry in {tile.path}")


def _tile(export, tile):
    hashes = export.read(tile.path, 256 * HASH)
    if len(hashes) != tile.width * HASH:
        raise Fault(tile.path, "tile", f"not {tile.width} hashes")
    return hashes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
