"""C2SP tlog-proof files of an export: each against its own checkpoint, and that against the tree.

An older receipt is as good as a new one, as long as its checkpoint is a prefix of this ledger.
"""

import re
from dataclasses import dataclass

from fault import Fault
from notes import NUMBER, number, strict_base64
from tree import includes, leaf_hash

HEADER = "c2sp.org/tlog-proof@v1"
NAME = re.compile(rf"proofs/({NUMBER.pattern})\.(tlog-proof|entry)")


@dataclass(frozen=True)
class Proof:
    """A proof as it stands in its file; the checkpoint is still unread."""

    index: int
    siblings: list
    checkpoint: bytes


def positions(export):
    """The positions that have a proof or an entry, rising; any other file there is a fault."""
    found = set()
    for path in export.files("proofs"):
        name = NAME.fullmatch(path)
        if not name or number(name[1]) is None:
            raise Fault(path, "layout", "neither a proof nor an entry of a position")
        found.add(int(name[1]))
    return sorted(found)


def parse(content, place):
    """Header, optional extra, index, hashes, empty line, checkpoint."""
    head, separator, checkpoint = content.partition(b"\n\n")
    try:
        lines = head.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Fault(place, "proof", "not UTF-8") from None
    if not separator or lines.pop(0) != HEADER:
        raise Fault(place, "proof", f"does not begin with {HEADER}, or has no empty line")
    if lines and lines[0].startswith("extra "):
        if strict_base64(lines.pop(0)[6:]) is None:
            raise Fault(place, "proof", "the extra data is not base64")
    index = number(lines[0][6:]) if lines and lines[0].startswith("index ") else None
    if index is None:
        raise Fault(place, "proof", "no index as a decimal number without leading zero")
    siblings = [strict_base64(line) for line in lines[1:]]
    if any(sibling is None or len(sibling) != 32 for sibling in siblings):
        raise Fault(place, "proof", "a line is not the base64 of a hash")
    return Proof(index, siblings, checkpoint)


def check(export, position, verifier, size, tree):
    """Raises the first Fault of the proof of one position."""
    place = f"proofs/{position}.tlog-proof"
    proof = parse(export.read(place), place)
    entry = export.read(f"proofs/{position}.entry")
    if proof.index != position:
        raise Fault(place, "index", f"is for position {proof.index}")
    checkpoint, _ = verifier.checkpoint(proof.checkpoint, place)
    if checkpoint.size > size:
        raise Fault(place, "rolled_back", f"its checkpoint has {checkpoint.size} entries, the ledger only {size}")
    if tree.root(checkpoint.size) != checkpoint.root:
        raise Fault(place, "history", f"the first {checkpoint.size} entries do not give the root of its checkpoint")
    if not includes(proof.siblings, position, checkpoint.size, leaf_hash(entry), checkpoint.root):
        raise Fault(place, "inclusion", "does not lead from the entry to the root of its checkpoint")
