"""What every forgery is made of: the list of them, the scene they change, careful edits of bytes.

A forgery takes a fresh Scene and returns the files of a bad export with the verdict that is due.
Knows no verifier.
"""

import json
import re
from dataclasses import dataclass

from writer import Ledger, Signer, tile_path

ALL = {}


class NotApplicable(Exception):
    """The export lacks what this forgery changes; the message says what."""


@dataclass(frozen=True)
class Verdict:
    """The files of a forged export, and the fault that must be named first."""

    files: dict
    place: str
    kind: str


@dataclass(frozen=True)
class Forgery:
    """One kind: its name, what was done, and how it is made."""

    name: str
    what: str
    make: object


def forgery(make):
    """Puts a function into the list; its name and its first line describe it."""
    add(make.__name__.replace("_", "-"), make.__doc__.strip().splitlines()[0], make)
    return make


def add(name, what, make):
    """Puts one kind into the list."""
    assert name not in ALL, f"two forgeries are called {name}"
    ALL[name] = Forgery(name, what, make)


class Scene:
    """A good ledger, free to be changed, and the places where a forger would."""

    def __init__(self, ledger, files):
        """`files` are those of the ledger; they are the same for every scene and dear to make."""
        self.ledger = Ledger(list(ledger.entries), ledger.log, ledger.cosigner, ledger.kept, dict(ledger.receipts))
        self.good, self._files = ledger, files
        self.size = len(ledger.entries)
        self.stranger = Signer(ledger.log.name, bytes(range(32)))

    @property
    def early(self):
        """A position well below the kept checkpoint that can be changed in many ways."""
        return self.position(2, self.ledger.kept - 2, self._stands_alone)

    @property
    def late(self):
        """The same above the kept checkpoint."""
        return self.position(self.ledger.kept, self.size - 2, self._stands_alone)

    def position(self, start, end, fits):
        """The first position that fits, from the middle of a span on."""
        middle = (start + end) // 2
        for position in (*range(middle, end), *range(start, middle)):
            if fits(position):
                return position
        raise NotApplicable("no entry of the needed form")

    def _stands_alone(self, position):
        """Of another subject than the next, recorded at another time than the one before, not sealed."""
        before, one, after = (json.loads(self.good.entries[position + step]) for step in (-1, 0, 1))
        moved = one["subject"] != after["subject"] and one["recorded_at"] != before["recorded_at"]
        return moved and "sealed" not in one

    def entry(self, position):
        """The bytes of an entry."""
        return self.ledger.entries[position]

    def change(self, position, content):
        """Puts other bytes in the place of an entry."""
        self.ledger.entries[position] = content

    def last(self, level):
        """The path of the tile or bundle at the right edge of level "entries" or 0."""
        return tile_path(level, (self.size - 1) // 256, (self.size - 1) % 256 + 1)

    def tile_of(self, position, level=0):
        """The path of the tile or bundle that holds a hash of its level."""
        nodes = self.size >> 8 * level if level != "entries" else self.size
        return tile_path(level, position // 256, min(256, nodes - position // 256 * 256))

    def unkept(self):
        """Takes away what the auditor kept: only the entries themselves can tell now."""
        self.ledger.kept, self.ledger.receipts = None, {}
        return self.ledger.files()

    def good_files(self):
        """The good export."""
        return dict(self._files)

    def clumsy(self):
        """Only the bundles are changed; hashes, head and proofs stay as they were."""
        changed = self.ledger.tree_files()
        files = self.good_files()
        files.update({path: content for path, content in changed.items() if path.startswith("tile/entries/")})
        return files

    def rewritten(self):
        """Everything is rebuilt and signed with the true key; only what the auditor kept is old."""
        kept = {path: content for path, content in self._files.items() if path.startswith(("old-", "proofs/"))}
        return {**self.unkept(), **kept}


def with_field(entry, name, raw):
    """Another value (JSON text) for a field of the envelope; they all come after `data`."""
    pattern = re.compile(rb'"%s":("(?:[^"\\]|\\.)*"|[0-9]+|\{[^{}]*\})' % name.encode())
    found = list(pattern.finditer(entry, len(data_of(entry)) + 8))
    if not found:
        raise NotApplicable(f"no field {name} in the entry")
    at = found[-1]
    return entry[: at.start()] + f'"{name}":{raw}'.encode() + entry[at.end() :]


def without_field(entry, name):
    """The entry without a field of the envelope."""
    marked = with_field(entry, name, '"gone"')
    gone = f'"{name}":"gone"'.encode()
    return marked.replace(gone + b",", b"") if gone + b"," in marked else marked.replace(b"," + gone, b"")


def data_of(entry):
    """The bytes of `data`, which is the first field."""
    text = entry.decode()
    _, end = json.JSONDecoder().raw_decode(text, len('{"data":'))
    return text[len('{"data":') : end].encode()


def with_data(entry, raw):
    """Another `data` (JSON text, or bytes that are none)."""
    raw = raw if isinstance(raw, bytes) else raw.encode()
    return b'{"data":' + raw + entry[len('{"data":') + len(data_of(entry)) :]


def with_optional(entry, name, raw, before):
    """The field of the envelope set to a value (JSON text), in its place before another field."""
    try:
        return with_field(entry, name, raw)
    except NotApplicable:
        at = entry.index(f'"{before}":'.encode(), len(data_of(entry)) + 8)
        return entry[:at] + f'"{name}":{raw},'.encode() + entry[at:]


def renumbered(entries):
    """The same entries with positions, versions and clock made to fit: a forger who knows the rules."""
    versions, clock, made = {}, "", []
    for position, entry in enumerate(entries):
        envelope = json.loads(entry)
        version = versions[envelope["subject"]] = versions.get(envelope["subject"], 0) + 1
        clock = max(clock, envelope["recorded_at"])
        entry = with_field(entry, "position", position)
        entry = with_field(entry, "version", version)
        entry = with_field(entry, "recorded_at", f'"{clock}"')
        if "expected_version" in envelope:
            entry = with_field(entry, "expected_version", version - 1)
        made.append(entry)
    return made


def flipped(content, at=None, bit=0):
    """The bytes with one bit changed, in the middle unless told."""
    at = len(content) // 2 if at is None else at
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
