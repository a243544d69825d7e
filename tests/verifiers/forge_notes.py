"""Forgeries of the head: signatures, the form of a signed note, the three lines, cosignatures, keys.

Where only the form is wrong, the text carries a right signature of the true key.
"""

import base64
import hashlib

from forgery import Verdict, add, flipped, forgery
from writer import COSIGNER, Signer, b64, body, note, root_of, tile_path

DASH = "\u2014".encode()
ORDER = 2**252 + 27742317777372353535851937790883648493


def _head(scene):
    """Text, signature line of the log, signature line of the cosigner."""
    text, lines = scene.good_files()["checkpoint"].split(b"\n\n")
    mine, cosigned = lines.splitlines(keepends=True)
    return text + b"\n", mine, cosigned


def _signature(line):
    """Dash and name, key id, signature."""
    start, _, content = line.rpartition(b" ")
    content = base64.b64decode(content)
    return start, content[:4], content[4:]


def _line(start, id_, signature):
    return start + b" " + b64(id_ + signature).encode() + b"\n"


def _above_the_order(signature):
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def _with_stray_bits(line):
    """The same bytes in base64 whose unused last bits are not zero."""
    assert line.endswith(b"=\n")
    at = len(line.rstrip(b"=\n")) - 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return line[:at] + alphabet[alphabet.index(line[at]) + 1 :][:1] + line[at + 1 :]


# name: what the log's signature becomes
SIGNATURES = {
    "with-a-bit-changed": lambda signature: flipped(signature),
    "truncated": lambda signature: signature[:-1],
    "extended": lambda signature: signature + b"\0",
    "above-the-order": _above_the_order,
    "of-zeros": lambda signature: bytes(len(signature)),
}
# name: (class, what the note becomes of text, the log's line and the cosigner's line)
FORMS = {
    "without-signature": ("note", lambda text, mine, other: text + b"\n"),
    "signed-by-nobody-known": ("signature", lambda text, mine, other: text + b"\n" + other),
    "without-empty-line": ("note", lambda text, mine, other: text + mine + other),
    "without-last-newline": ("note", lambda text, mine, other: text + b"\n" + mine + other[:-1]),
    "with-a-newline-more": ("note", lambda text, mine, other: text + b"\n" + mine + other + b"\n"),
    "with-text-after-it": ("note", lambda text, mine, other: text + b"\n" + mine + other + b"and more\n"),
    "with-crlf": ("note", lambda text, mine, other: (text + b"\n" + mine + other).replace(b"\n", b"\r\n")),
    "with-a-hyphen": ("note", lambda text, mine, other: text + b"\n" + mine.replace(DASH, b"-") + other),
    "with-two-spaces": ("note", lambda text, mine, other: text + b"\n" + mine.replace(b" ", b"  ") + other),
    "with-a-space-at-the-end": ("note", lambda text, mine, other: text + b"\n" + mine[:-1] + b" \n" + other),
    "with-bad-base64": ("note", lambda text, mine, other: text + b"\n" + mine[:-5] + b"*" + mine[-4:] + other),
    "without-padding": ("note", lambda text, mine, other: text + b"\n" + mine.replace(b"=", b"") + other),
    "with-stray-bits": ("note", lambda text, mine, other: text + b"\n" + mine + _with_stray_bits(other)),
    "with-a-short-signature": ("note", lambda text, mine, other: text + b"\n" + mine + "\u2014 w AAAA\n".encode()),
    "with-a-plus-in-a-name": ("note", lambda text, mine, other: text + b"\n" + mine + DASH + b" a+b AAAAAAA=\n"),
    "with-a-nul": ("note", lambda text, mine, other: text + b"\n" + mine + other + "\u2014 a\0 AAAAAAA=\n".encode()),
    "not-utf-8": ("note", lambda text, mine, other: text + b"\n" + mine + other + b"\xe2\x80\x94 \xff AAAAAAA=\n"),
    "with-101-signatures": ("note", lambda text, mine, other: text + b"\n" + mine + 100 * other),
    "with-a-second-bad-line": (
        "signature",
        lambda text, mine, other: text + b"\n" + mine + other + _line(*_signature(mine)[:2], bytes(64)),
    ),
    "empty": ("note", lambda text, mine, other: b""),
    "size-changed": ("signature", lambda text, mine, other: text.replace(b"\n", b"\n1", 1) + b"\n" + mine + other),
    "name-changed": ("signature", lambda text, mine, other: text + b"\n" + mine.replace(b" ", b" x", 1) + other),
}
# name: (class, what the three signed lines become of origin, size and root)
BODIES = {
    "size-with-a-leading-zero": ("checkpoint", lambda origin, size, root: f"{origin}\n0{size}\n{root}\n"),
    "size-with-a-plus": ("checkpoint", lambda origin, size, root: f"{origin}\n+{size}\n{root}\n"),
    "size-negative": ("checkpoint", lambda origin, size, root: f"{origin}\n-{size}\n{root}\n"),
    "size-with-a-space": ("checkpoint", lambda origin, size, root: f"{origin}\n {size}\n{root}\n"),
    "size-in-full-width-digits": ("checkpoint", lambda origin, size, root: f"{origin}\n６２０\n{root}\n"),
    "size-with-an-underscore": ("checkpoint", lambda origin, size, root: f"{origin}\n6_20\n{root}\n"),
    "size-hexadecimal": ("checkpoint", lambda origin, size, root: f"{origin}\n{size:#x}\n{root}\n"),
    "size-missing": ("checkpoint", lambda origin, size, root: f"{origin}\n\n{root}\n"),
    "size-beyond-63-bits": ("checkpoint", lambda origin, size, root: f"{origin}\n{2**63}\n{root}\n"),
    "size-beyond-64-bits": ("checkpoint", lambda origin, size, root: f"{origin}\n{2**64 + size}\n{root}\n"),
    "root-missing": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n"),
    "root-too-short": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n{b64(bytes(31))}\n"),
    "root-too-long": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n{b64(bytes(33))}\n"),
    "root-in-hexadecimal": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n{'0' * 64}\n"),
    "root-with-stray-bits": (
        "checkpoint",
        lambda origin, size, root: _with_stray_bits(f"{origin}\n{size}\n{root}\n".encode()).decode(),
    ),
    "extension-line": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n{root}\nmore\n"),
    "empty-line-at-the-end": ("checkpoint", lambda origin, size, root: f"{origin}\n{size}\n{root}\n\n"),
    "carriage-return": ("note", lambda origin, size, root: f"{origin}\n{size}\r\n{root}\n"),
    "origin-of-another-log": ("origin", lambda origin, size, root: f"x{origin}\n{size}\n{root}\n"),
    "origin-with-a-space": ("origin", lambda origin, size, root: f"{origin} \n{size}\n{root}\n"),
    "origin-empty": ("origin", lambda origin, size, root: f"\n{size}\n{root}\n"),
    "root-of-nothing": ("root", lambda origin, size, root: f"{origin}\n{size}\n{b64(root_of(()))}\n"),
}


def _signature_forged(change):
    def make(scene):
        text, mine, other = _head(scene)
        start, id_, signature = _signature(mine)
        files = scene.good_files()
        files["checkpoint"] = text + b"\n" + _line(start, id_, change(signature)) + other
        return Verdict(files, "checkpoint", "signature")

    return make


def _form_forged(kind, change):
    def make(scene):
        files = scene.good_files()
        files["checkpoint"] = change(*_head(scene))
        return Verdict(files, "checkpoint", kind)

    return make


def _body_forged(kind, change):
    def make(scene):
        files = scene.good_files()
        text = change(scene.ledger.log.name, scene.size, b64(root_of(scene.ledger.leaves()))).encode()
        files["checkpoint"] = note(text, scene.ledger.log, scene.ledger.cosigner)
        return Verdict(files, "checkpoint", kind)

    return make


for _name, _change in SIGNATURES.items():
    add(f"signature-{_name}", f"the log's signature is {_name.replace('-', ' ')}", _signature_forged(_change))
for _name, (_kind, _change) in FORMS.items():
    add(f"note-{_name}", f"a head {_name.replace('-', ' ')}", _form_forged(_kind, _change))
for _name, (_kind, _change) in BODIES.items():
    add(f"head-{_name}", f"signed with the true key: {_name.replace('-', ' ')}", _body_forged(_kind, _change))


def _size_forged(step):
    """A right signature over the root of all under another size: the edge of the tree is elsewhere."""

    def make(scene):
        files, size = scene.good_files(), scene.size + step
        text = body(scene.ledger.log.name, size, root_of(scene.ledger.leaves()))
        files["checkpoint"] = note(text, scene.ledger.log, scene.ledger.cosigner)
        # The first bundle that this size asks for and the export has not.
        index = min(scene.size, size - 1) // 256
        width = min(256, size - 256 * index)
        if tile_path("entries", index, width) in files:
            return Verdict(files, "checkpoint", "root")
        return Verdict(files, tile_path("entries", index, width), "missing")

    return make


add("size-one-too-large", "signed with the true key: one entry more than there are", _size_forged(1))
add("size-one-too-small", "signed with the true key: one entry less than the root is over", _size_forged(-1))
add("size-far-too-large", "signed with the true key: 2^40 entries", _size_forged(2**40))


def _cosignature_forged(name, what, change):
    """`change` gives the cosigner's line of text, the log's line, its own line and the scene."""

    def make(scene):
        text, mine, other = _head(scene)
        files = scene.good_files()
        files["checkpoint"] = text + b"\n" + mine + change(text, mine, other, scene)
        return Verdict(files, "checkpoint", "cosignature")

    add(f"cosignature-{name}", what, make)


def _moved_in_time(text, mine, other, scene):
    start, id_, signature = _signature(other)
    return _line(start, id_, flipped(signature, 7))


def _cut_to_a_byte(text, mine, other, scene):
    start, id_, signature = _signature(other)
    return _line(start, id_, signature[:1])


def _beyond_time(text, mine, other, scene):
    start, id_, _ = _signature(other)
    return _line(start, id_, scene.ledger.cosigner.signature(text, 2**63))


def _without_time(text, mine, other, scene):
    start, id_, signature = _signature(other)
    return _line(start, id_, signature[8:])


def _plain(text, mine, other, scene):
    signer = scene.ledger.cosigner
    start, id_, signature = _signature(other)
    return _line(start, id_, signature[:8] + Signer(signer.name, signer.seed).signature(text))


def _by_the_log(text, mine, other, scene):
    start, id_, _ = _signature(other)
    return _line(start, id_, Signer("", scene.ledger.log.seed, COSIGNER).signature(text))


def _of_the_kept_head(text, mine, other, scene):
    return scene.good_files()["old-checkpoint"].splitlines(keepends=True)[-1]


def _with_a_bit(text, mine, other, scene):
    start, id_, signature = _signature(other)
    return _line(start, id_, flipped(signature))


_cosignature_forged("with-a-bit-changed", "one bit of it", _with_a_bit)
_cosignature_forged("of-one-byte", "it ends within its time", _cut_to_a_byte)
_cosignature_forged("moved-in-time", "its time is another", _moved_in_time)
_cosignature_forged("beyond-all-time", "its time is over 63 bits", _beyond_time)
_cosignature_forged("without-time", "as a plain signature of 64 bytes", _without_time)
_cosignature_forged("over-the-plain-text", "the cosigner's key over the text without the prefix", _plain)
_cosignature_forged("made-by-the-log", "the log's key under the cosigner's name", _by_the_log)
_cosignature_forged("of-an-older-head", "the one that the kept head has", _of_the_kept_head)
_cosignature_forged("missing", "it is taken away", lambda text, mine, other, scene: b"")


@forgery
def kept_head_with_another_root(scene):
    """the kept head is edited to fit"""
    files = scene.good_files()
    text, mine, other = scene.good_files()["old-checkpoint"].partition(b"\n\n")
    lines = text.split(b"\n")
    lines[2] = b64(bytes(32)).encode()
    return Verdict({**files, "old-checkpoint": b"\n".join(lines) + mine + other}, "old-checkpoint", "signature")


@forgery
def kept_head_of_another_root_with_the_true_key(scene):
    """the kept head says what the true key signed for somebody else"""
    files = scene.good_files()
    text = body(scene.ledger.log.name, scene.ledger.kept, bytes(32))
    return Verdict({**files, "old-checkpoint": note(text, scene.ledger.log)}, "old-checkpoint", "history")


def _key_forged(change, path="vkey"):
    def make(scene):
        files = scene.good_files()
        files[path] = change(files[path])
        return Verdict(files, path, "key")

    return make


def _vkey(name, public=bytes(32)):
    content = b"\x01" + public
    id_ = hashlib.sha256(name.encode() + b"\n" + content).hexdigest()[:8]
    return f"{name}+{id_}+{b64(content)}\n".encode()


KEYS = {
    "with-a-bit-changed": lambda key: flipped(key, len(key) - 9),
    "with-another-id": lambda key: key.replace(key.split(b"+")[1], b"00000000"),
    "with-an-id-in-upper-case": lambda key: key.replace(key.split(b"+")[1], b"ABCDEF01"),
    "cut-short": lambda key: key[:-5],
    "with-two-lines": lambda key: key + key,
    "empty": lambda key: b"",
    "not-utf-8": lambda key: b"\xff" + key,
    "without-a-name": lambda key: key[key.index(b"+") :],
    "with-a-space-in-its-name": lambda key: _vkey("a b"),
    "of-31-bytes": lambda key: _vkey("a", bytes(31)),
}
for _name, _change in KEYS.items():
    add(f"key-{_name}", f"the auditor's key {_name.replace('-', ' ')}", _key_forged(_change))
    # There may be no cosigner, or several.
    if _name not in ("empty", "with-two-lines"):
        what = f"a cosigner's key {_name.replace('-', ' ')}"
        add(f"key-of-a-cosigner-{_name}", what, _key_forged(_change, "cosigners"))


@forgery
def key_of_a_cosigner_for_the_log(scene):
    """the auditor's key is of the type of cosignatures"""
    files, log = scene.good_files(), scene.ledger.log
    files["vkey"] = Signer(log.name, log.seed, COSIGNER).vkey.encode()
    return Verdict(files, "vkey", "key")


@forgery
def key_of_a_log_for_a_cosigner(scene):
    """a cosigner's key is of the type of logs"""
    files, cosigner = scene.good_files(), scene.ledger.cosigner
    files["cosigners"] = Signer(cosigner.name, cosigner.seed).vkey.encode()
    return Verdict(files, "cosigners", "key")


@forgery
def head_of_a_megabyte(scene):
    """a head too long to be one"""
    files = scene.good_files()
    files["checkpoint"] = b"x" * 1_000_000 + files["checkpoint"]
    return Verdict(files, "checkpoint", "file")
