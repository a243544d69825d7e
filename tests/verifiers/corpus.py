#!/usr/bin/env python3
"""Makes the forgery corpus: `corpus.py EXPORT SEED_FILE OUT`.

From a good export and the ledger's private key (a file with the raw 32-byte Ed25519 seed) it writes a
directory for each kind of forgery below OUT, and OUT/corpus.json: name, what was done, and the place
and class of the fault that a verifier must name first. Kinds that need what the export lacks are listed
there with the reason. The kept checkpoint, the receipts and the cosigner are made here with the key.
"""

import json
import sys
from pathlib import Path

import forge_entries  # noqa: F401
import forge_history  # noqa: F401
import forge_notes  # noqa: F401
import forge_proofs  # noqa: F401
import forge_tiles  # noqa: F401
from forgery import ALL, NotApplicable, Scene
from writer import COSIGNER, Ledger, Signer, entries, tile_path, write

COMMITTEE = Signer("committee.example/member", bytes(range(1, 33)), COSIGNER)
FEWEST = 16


def with_receipts(content, log):
    """A ledger with a checkpoint kept at its middle, receipts of both heads and a cosigner."""
    size = len(content)
    if size < FEWEST:
        raise SystemExit(f"the export has {size} entries; the corpus needs at least {FEWEST}")
    kept = size // 2
    now = {position: size for position in (0, kept, 255, 256, size - 1) if position < size}
    return Ledger(content, log, COMMITTEE, kept, {**now, kept // 3: kept, kept - 1: kept})


def generated(count):
    """The same from the independent writer alone."""
    return with_receipts(entries(count), Signer("ledger.example/cases", bytes(range(100, 132))))


def load(folder, seed, most=None):
    """The same from the entries of an export (at most so many) and the seed of its key."""
    folder = Path(folder)
    origin, size = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")[:2]
    log = Signer(origin, seed)
    if log.vkey != (folder / "vkey").read_text(encoding="utf-8").strip():
        raise SystemExit("the seed is not that of the key in vkey")
    content, size = [], int(size)
    for index in range(-(-size // 256)):
        rest = (folder / tile_path("entries", index, min(256, size - 256 * index))).read_bytes()
        while rest:
            end = 2 + int.from_bytes(rest[:2], "big")
            content.append(rest[2:end])
            rest = rest[end:]
    return with_receipts(content[:most], log)


class Corpus:
    """Every forgery of one ledger."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.files = ledger.files()

    def verdict(self, name):
        """The forged files and the verdict that is due; NotApplicable if the ledger lacks what it needs."""
        return ALL[name].make(Scene(self.ledger, self.files))

    def write(self, out):
        """Writes all, and the list of them."""
        listed = []
        for name, kind in ALL.items():
            item = {"name": name, "what": kind.what}
            try:
                verdict = self.verdict(name)
                write(verdict.files, Path(out) / name)
                item |= {"place": verdict.place, "class": verdict.kind}
            except NotApplicable as reason:
                item["not_applicable"] = str(reason)
            listed.append(item)
        write({"corpus.json": json.dumps(listed, indent=1).encode() + b"\n"}, out)
        return listed


def main(arguments):
    """Writes the corpus; the exit code."""
    if len(arguments) != 3:
        print("usage: corpus.py EXPORT SEED_FILE OUT", file=sys.stderr)
        return 2
    export, seed, out = arguments
    seed = Path(seed).read_bytes()
    if len(seed) != 32:
        print("the seed file has not exactly 32 bytes", file=sys.stderr)
        return 2
    listed = Corpus(load(export, seed)).write(out)
    left_out = sum("not_applicable" in item for item in listed)
    print(f"{len(listed) - left_out} forgeries in {out}, {left_out} not applicable")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
