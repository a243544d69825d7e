"""Forgeries of receipts: a tlog-proof file, the checkpoint in it, and the entry beside it."""

import json

from forgery import NotApplicable, Verdict, add, flipped, forgery
from writer import leaf_hash, path_of, proof

ZERO_HASH = b"A" * 43 + b"="


def _receipt(scene):
    """A position whose proof is for the present head and has siblings to play with."""
    return next(
        position
        for position, size in sorted(scene.ledger.receipts.items())
        if size == scene.size and len(path_of(position, scene.ledger.leaves())) > 2
    )


def _paths(position):
    return f"proofs/{position}.tlog-proof", f"proofs/{position}.entry"


def _lines_forged(name, what, kind, change):
    """Changes the list of lines of a proof before its checkpoint."""

    def make(scene):
        path, _ = _paths(_receipt(scene))
        files = scene.good_files()
        head, _, checkpoint = files[path].partition(b"\n\n")
        files[path] = b"\n".join(change(head.split(b"\n"))) + b"\n\n" + checkpoint
        return Verdict(files, path, kind)

    add(f"proof-{name}", what, make)


_lines_forged("without-a-sibling", "the first sibling is gone", "inclusion", lambda lines: lines[:2] + lines[3:])
_lines_forged("without-the-last-sibling", "the last is gone", "inclusion", lambda lines: lines[:-1])
_lines_forged("without-siblings", "all are gone", "inclusion", lambda lines: lines[:2])
_lines_forged("with-a-sibling-more", "one is added", "inclusion", lambda lines: lines + [ZERO_HASH])
_lines_forged("with-60-siblings-more", "many are added", "inclusion", lambda lines: lines + 60 * [ZERO_HASH])
_lines_forged(
    "with-siblings-swapped",
    "two change places",
    "inclusion",
    lambda lines: lines[:2] + [lines[3], lines[2]] + lines[4:],
)
_lines_forged("with-another-sibling", "one is zero", "inclusion", lambda lines: lines[:-1] + [ZERO_HASH])
_lines_forged("with-a-short-sibling", "one has 31 bytes", "proof", lambda lines: lines[:-1] + [b"A" * 42 + b"=="])
_lines_forged("with-bad-base64", "one is not base64", "proof", lambda lines: lines[:-1] + [b"*" * 44])
_lines_forged("with-another-header", "version 2", "proof", lambda lines: [b"c2sp.org/tlog-proof@v2"] + lines[1:])
_lines_forged("without-header", "it begins with the index", "proof", lambda lines: lines[1:])
_lines_forged("without-index", "the line is gone", "proof", lambda lines: lines[:1] + lines[2:])
_lines_forged("with-a-negative-index", "-1", "proof", lambda lines: [lines[0], b"index -1"] + lines[2:])
_lines_forged(
    "with-a-padded-index",
    "a leading zero",
    "proof",
    lambda lines: [lines[0], lines[1].replace(b" ", b" 0")] + lines[2:],
)
_lines_forged("with-bad-extra", "extra data not base64", "proof", lambda lines: [lines[0], b"extra *"] + lines[1:])
_lines_forged(
    "with-extra-below", "extra after the index", "proof", lambda lines: lines[:2] + [b"extra AAAA"] + lines[2:]
)
_lines_forged(
    "with-an-index-off-by-one",
    "the index says the next",
    "index",
    lambda lines: [lines[0], b"index %d" % (int(lines[1][6:]) + 1)] + lines[2:],
)


@forgery
def proof_of_another_leaf(scene):
    """the entry beside the proof is its neighbour"""
    at = _receipt(scene)
    files = scene.good_files()
    files[_paths(at)[1]] = scene.entry(at + 1)
    return Verdict(files, _paths(at)[0], "inclusion")


@forgery
def proof_moved_by_one(scene):
    """index and file name say the next position together"""
    at = _receipt(scene)
    files = scene.good_files()
    moved, old = _paths(at + 1), _paths(at)
    if moved[0] in files:
        raise NotApplicable("the next position has a proof")
    files[moved[0]] = files.pop(old[0]).replace(b"index %d\n" % at, b"index %d\n" % (at + 1))
    files[moved[1]] = files.pop(old[1])
    return Verdict(files, moved[0], "inclusion")


@forgery
def proof_of_an_edited_entry(scene):
    """one bit of the entry beside the proof"""
    at = _receipt(scene)
    files = scene.good_files()
    files[_paths(at)[1]] = flipped(files[_paths(at)[1]])
    return Verdict(files, _paths(at)[0], "inclusion")


@forgery
def proof_of_an_entry_with_a_newline(scene):
    """the entry beside the proof ends in a newline"""
    at = _receipt(scene)
    files = scene.good_files()
    files[_paths(at)[1]] += b"\n"
    return Verdict(files, _paths(at)[0], "inclusion")


@forgery
def proof_of_an_inner_node(scene):
    """the leaf is given as an inner node: two hashes that would hash to it without the leaf's prefix"""
    at = _receipt(scene)
    files, leaves = scene.good_files(), scene.ledger.leaves()
    one, other = leaves[at // 2 * 2], leaves[at // 2 * 2 + 1]
    path, entry = _paths(at)
    head, _, checkpoint = files[path].partition(b"\n\n")
    lines = head.split(b"\n")
    files[path] = b"\n".join(lines[:2] + lines[3:]) + b"\n\n" + checkpoint
    files[entry] = one + other
    return Verdict(files, path, "inclusion")


@forgery
def proof_without_its_entry(scene):
    """the entry beside the proof is gone"""
    at = _receipt(scene)
    files = scene.good_files()
    del files[_paths(at)[1]]
    return Verdict(files, _paths(at)[1], "missing")


@forgery
def proof_against_a_smaller_head(scene):
    """the siblings are for the present head, the checkpoint is the kept one"""
    at = max(position for position, size in scene.ledger.receipts.items() if size == scene.size)
    files = scene.good_files()
    head, _, _ = files[_paths(at)[0]].partition(b"\n\n")
    files[_paths(at)[0]] = head + b"\n\n" + files["old-checkpoint"]
    return Verdict(files, _paths(at)[0], "inclusion")


@forgery
def proof_beyond_its_head(scene):
    """position 1 against a head of one entry, whose only leaf is given for it"""
    files, path = scene.good_files(), _paths(1)
    files[path[0]] = proof(0, scene.ledger.leaves(1), scene.ledger.head(1)).replace(b"index 0", b"index 1")
    files[path[1]] = scene.entry(0)
    # Nothing else may be looked at before it.
    files = {name: content for name, content in files.items() if name in path or "proofs/" not in name}
    return Verdict(files, path[0], "inclusion")


@forgery
def proof_without_a_head(scene):
    """the file ends after the siblings"""
    path, _ = _paths(_receipt(scene))
    files = scene.good_files()
    files[path] = files[path].partition(b"\n\n")[0] + b"\n"
    return Verdict(files, path, "proof")


@forgery
def proof_not_utf_8(scene):
    """a byte that no text has"""
    path, _ = _paths(_receipt(scene))
    files = scene.good_files()
    files[path] = b"\xff" + files[path]
    return Verdict(files, path, "proof")


@forgery
def proof_for_a_smaller_head(scene):
    """the siblings are for the kept head, the checkpoint is the present one"""
    at = min(scene.ledger.receipts)
    files = scene.good_files()
    files[_paths(at)[0]] = proof(at, scene.ledger.leaves(scene.ledger.kept), files["checkpoint"])
    return Verdict(files, _paths(at)[0], "inclusion")


@forgery
def proof_under_a_strangers_head(scene):
    """the checkpoint in the proof is signed with another key"""
    at = _receipt(scene)
    files = scene.good_files()
    text = files["checkpoint"].split(b"\n\n")[0] + b"\n"
    checkpoint = text + b"\n" + scene.stranger.line(text)
    files[_paths(at)[0]] = proof(at, scene.ledger.leaves(), checkpoint)
    return Verdict(files, _paths(at)[0], "signature")


@forgery
def proof_from_a_fork(scene):
    """a whole and right proof, with the true key, from another history"""
    at = _receipt(scene)
    files = scene.good_files()
    invented = json.dumps({"invented": True}).encode()
    scene.change(at, invented)
    files[_paths(at)[0]] = proof(at, scene.ledger.leaves(), scene.ledger.head())
    files[_paths(at)[1]] = invented
    assert leaf_hash(invented) in scene.ledger.leaves()
    return Verdict(files, _paths(at)[0], "history")
