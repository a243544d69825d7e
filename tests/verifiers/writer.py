"""Writes an export directory from entries and a key: the good one, and every consistent lie.

Shares nothing with the verifiers but the plain Ed25519: the tree is the recursive definition of
RFC 6962, the notes are put together by hand. Knows the rules of entries only as far as to keep them.
"""

import base64
import hashlib
import json
import random
import sys
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "python"))
import ed25519  # noqa: E402

LOG, COSIGNER = 1, 4
TIME = 1_767_225_600
START = datetime(2025, 4, 1, tzinfo=timezone.utc)


def b64(content):
    """Standard base64 as text."""
    return base64.b64encode(content).decode()


def leaf_hash(entry):
    """RFC 6962: a zero byte in front."""
    return hashlib.sha256(b"\0" + entry).digest()


@lru_cache(maxsize=None)
def root_of(leaves):
    """RFC 6962, section 2.1, word for word; `leaves` is a tuple of hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def path_of(index, leaves):
    """RFC 6962, section 2.1.1: the siblings from the leaf to the root."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return path_of(index, leaves[:half]) + [root_of(leaves[half:])]
    return path_of(index - half, leaves[half:]) + [root_of(leaves[:half])]


@dataclass(frozen=True)
class Signer:
    """A key with its name; `kind` LOG or COSIGNER."""

    name: str
    seed: bytes
    kind: int = LOG

    @property
    def _typed_key(self):
        return bytes([self.kind]) + ed25519.public_key(self.seed)

    @property
    def id(self):
        """The first four bytes of the hash over name and key."""
        return hashlib.sha256(f"{self.name}\n".encode() + self._typed_key).digest()[:4]

    @property
    def vkey(self):
        """The verifier key as text."""
        return f"{self.name}+{self.id.hex()}+{b64(self._typed_key)}"

    def signature(self, text, time=TIME):
        """What follows the key id in a signature line over a text (bytes)."""
        if self.kind == LOG:
            return ed25519.sign(self.seed, text)
        return time.to_bytes(8, "big") + ed25519.sign(self.seed, b"cosignature/v1\ntime %d\n" % time + text)

    def line(self, text, name=None):
        """A signature line over a text (bytes)."""
        return f"\u2014 {name or self.name} {b64(self.id + self.signature(text))}\n".encode()


def body(origin, size, root):
    """The three lines of a checkpoint."""
    return f"{origin}\n{size}\n{b64(root)}\n".encode()


def note(text, *signers):
    """A signed note."""
    return text + b"\n" + b"".join(signer.line(text) for signer in signers)


def tile_path(level, index, width):
    """Where C2SP tlog-tiles puts a tile; `level` may be "entries"."""
    digits = str(index)
    digits = "0" * (-len(digits) % 3) + digits
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
    return f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}")


def bundle(entries):
    """u16 length and bytes of each."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def proof(index, leaves, checkpoint):
    """A tlog-proof for a tree of exactly these leaf hashes."""
    siblings = "".join(f"{b64(sibling)}\n" for sibling in path_of(index, tuple(leaves)))
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{siblings}\n".encode() + checkpoint


@dataclass
class Ledger:
    """Entries with the keys over them, and what the auditor kept: size of the old head and receipts."""

    entries: list
    log: Signer
    cosigner: Signer = None
    kept: int = None
    receipts: dict = field(default_factory=dict)

    def leaves(self, size=None):
        """The hashes of the first entries."""
        return tuple(leaf_hash(entry) for entry in self.entries[:size])

    def head(self, size=None):
        """The checkpoint over the first entries."""
        leaves = self.leaves(size)
        signers = [self.log] + ([self.cosigner] if self.cosigner else [])
        return note(body(self.log.name, len(leaves), root_of(leaves)), *signers)

    def files(self):
        """Every file of the export, by path."""
        files = {"vkey": f"{self.log.vkey}\n".encode(), "checkpoint": self.head(), **self.tree_files()}
        if self.cosigner:
            files["cosigners"] = f"{self.cosigner.vkey}\n".encode()
        if self.kept is not None:
            files["old-checkpoint"] = self.head(self.kept)
        for position, size in self.receipts.items():
            files[f"proofs/{position}.entry"] = self.entries[position]
            files[f"proofs/{position}.tlog-proof"] = proof(position, self.leaves(size), self.head(size))
        return files

    def tree_files(self):
        """Bundles and tiles of every level."""
        files, hashes, level = {}, list(self.leaves()), 0
        for at in range(0, len(self.entries), 256):
            part = self.entries[at : at + 256]
            files[tile_path("entries", at // 256, len(part))] = bundle(part)
        while hashes:
            tiles = [tuple(hashes[at : at + 256]) for at in range(0, len(hashes), 256)]
            for index, tile in enumerate(tiles):
                files[tile_path(level, index, len(tile))] = b"".join(tile)
            hashes, level = [root_of(tile) for tile in tiles if len(tile) == 256], level + 1
        return files


def write(files, folder):
    """Puts the files below a folder."""
    for path, content in files.items():
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def canonical(entry):
    """RFC 8785 for what is generated here; the tricky parts are spelt out in TRICKY."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


# Right spellings that a careless verifier would refuse: key order by UTF-16, numbers, escapes.
TRICKY = (
    '{"\\r":"\\u0000\\u001f\\b\\t\\"\\\\/\u007f\u2028","1":[1e+21,1e-7,0.000001,333333333.3333333,5e-324],'
    '"\u20ac":{},"\U0001f600":9007199254740992,"\U0010ffff":-1.5e-9,"\ufb33":[],"\uffff":100000000000000000000}'
)


def entries(count, seed=1):
    """A ledger that keeps every rule, the same for the same seed."""
    chance = random.Random(seed)
    staff = [f"staff/{_uuid(chance)}" for _ in range(4)]
    subjects = [f"{kind}/{_uuid(chance)}" for kind in ("business", "case", "seminar") for _ in range(20)]
    versions, now, made = {}, START, []
    for position in range(count):
        subject = "programme/plan" if position == 0 else chance.choice(subjects)
        version = versions[subject] = versions.get(subject, 0) + 1
        now += timedelta(milliseconds=chance.choice([0, 1, 60_000, 3_600_000]))
        entry = {
            "data": {"note": "訪問", "count": chance.randrange(9)},
            "id": _uuid(chance),
            "occurred_on": now.strftime("%Y-%m-%d"),
            "position": position,
            "recorded_at": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "recorded_by": chance.choice(staff) if position else "system",
            "subject": subject,
            "type": f"{subject.split('/')[0]}.noted",
            "version": version,
        }
        entry |= _extras(chance, version)
        made.append(canonical(entry))
        if position % 97 == 5:
            made[-1] = made[-1].replace(canonical(entry["data"]), TRICKY.encode())
    return made


def _extras(chance, version):
    extras = {"source": chance.choice(["pc", "phone", "import", "api"])}
    if chance.random() < 0.5:
        extras["expected_version"] = version - 1
    if chance.random() < 0.2:
        key, commitment = f"business/{_uuid(chance)}", chance.randbytes(32).hex()
        extras["sealed"] = {"commitment": commitment, "fields": ["name", "phone"], "key": key}
    if chance.random() < 0.1:
        extras["schema"] = 2
    return extras


def _uuid(chance):
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
