"""C2SP signed-note, tlog-checkpoint and tlog-cosignature: keys, signatures, the three lines.

Strict: a byte that the formats do not ask for is a fault. Knows nothing of trees or entries.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

import ed25519
from fault import Fault

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

LOG_SIGNATURE, COSIGNATURE = 0x01, 0x04
MOST_SIGNATURES = 100
NUMBER = re.compile("0|[1-9][0-9]{0,18}")
KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)")


@dataclass(frozen=True)
class Key:
    """A key that the auditor holds."""

    name: str
    id: bytes
    kind: int
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """The size and root that the ledger signed."""

    size: int
    root: bytes


def strict_base64(text):
    """The bytes, or None if this is not exactly how they are written."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == text else None


def number(text):
    """A decimal below 2^63 without leading zero, or None."""
    value = int(text) if NUMBER.fullmatch(text) else None
    return value if value is not None and value < 2**63 else None


def read_key(line, kind, place):
    """A verifier key `name+id+base64(kind ‖ 32 bytes)`."""
    found = KEY.fullmatch(line)
    if not found or not valid_name(found[1]):
        raise Fault(place, "key", "not a key of the form name+id+base64")
    name, wanted, content = found[1], bytes.fromhex(found[2]), strict_base64(found[3])
    if content is None or len(content) != 33 or content[0] != kind:
        raise Fault(place, "key", f"not an Ed25519 key of signature type {kind}")
    if hashlib.sha256(name.encode() + b"\n" + content).digest()[:4] != wanted:
        raise Fault(place, "key", "the key's id does not belong to its name and bytes")
    return Key(name, wanted, kind, content[1:])


def valid_name(name):
    """Signed-note: not empty, no space of any kind, no plus, no control character."""
    return bool(name) and "+" not in name and not any(letter.isspace() or letter < " " for letter in name)


def split(content, place):
    """The signed text and its signatures (name, key id, signature)."""
    try:
        note = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault(place, "note", "not UTF-8") from None
    if any(letter < " " and letter != "\n" for letter in note):
        raise Fault(place, "note", "a control character")
    at = note.rfind("\n\n")
    if at < 0:
        raise Fault(place, "note", "no empty line before the signatures")
    text, lines = note[: at + 1], note[at + 2 :]
    if not lines.endswith("\n"):
        raise Fault(place, "note", "no signature line, or no newline after the last")
    lines = lines[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Fault(place, "note", f"more than {MOST_SIGNATURES} signatures")
    return text, [_signature(line, place) for line in lines]


def _signature(line, place):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not valid_name(parts[1]):
        raise Fault(place, "note", "a signature line is not of the form \u2014 name base64")
    content = strict_base64(parts[2])
    if content is None or len(content) < 5:
        raise Fault(place, "note", "a signature is not base64")
    return parts[1], content[:4], content[4:]


class Verifier:
    """Checks checkpoints under the log's key and the cosigners' keys."""

    def __init__(self, log, cosigners=(), plain=False):
        self.log = log
        self.cosigners = cosigners
        self._plain = plain or Ed25519PublicKey is None

    def checkpoint(self, content, place):
        """The checkpoint that a note holds, and the names of the cosigners that signed it."""
        text, signatures = split(content, place)
        if not self._signed(self.log, text, signatures, place, "signature"):
            raise Fault(place, "signature", f"not signed by the key of {self.log.name}")
        signed = [key.name for key in self.cosigners if self._signed(key, text, signatures, place, "cosignature")]
        return self._body(text, place), signed

    def _body(self, text, place):
        lines = text.split("\n")
        if len(lines) != 4:
            raise Fault(place, "checkpoint", "not three lines: origin, size, root")
        if lines[0] != self.log.name:
            raise Fault(place, "origin", f"of another log than {self.log.name}")
        size, root = number(lines[1]), strict_base64(lines[2])
        if size is None:
            raise Fault(place, "checkpoint", "the size is not a decimal number without leading zero")
        if root is None or len(root) != 32:
            raise Fault(place, "checkpoint", "the root is not the base64 of 32 bytes")
        return Checkpoint(size, root)

    def _signed(self, key, text, signatures, place, kind):
        """Whether the key signed; a line of that key that does not hold is a fault, as the note format says."""
        lines = [signature for name, id_, signature in signatures if (name, id_) == (key.name, key.id)]
        for signature in lines:
            if not self._holds(key, text.encode(), signature):
                raise Fault(place, kind, f"the signature of {key.name} does not hold")
        return bool(lines)

    def _holds(self, key, message, signature):
        if key.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if time >= 2**63:
                return False
            message = b"cosignature/v1\ntime %d\n" % time + message
        if self._plain:
            return ed25519.verify(key.public, signature, message)
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True
