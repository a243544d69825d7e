"""Forgeries of the history: edited, dropped, swapped, inserted entries; rebuilt, forked, rolled back.

From the clumsy (only the entry is changed) to the owner of the true key who rebuilds everything.
"""

from forgery import Verdict, add, data_of, flipped, forgery, renumbered, with_data, with_field
from writer import body, entries, leaf_hash, note, root_of, tile_path

NEW_ID = '"00000000-0000-4000-8000-000000000001"'


def edited(scene, at):
    """Says something else."""
    scene.change(at, with_data(scene.entry(at), '{"edited":1}'))


def redated(scene, at):
    """Moves to another fiscal year."""
    scene.change(at, with_field(scene.entry(at), "occurred_on", '"2024-03-31"'))


def rerecorded(scene, at):
    """Claims to have been recorded earlier."""
    scene.change(at, with_field(scene.entry(at), "recorded_at", '"2000-01-01T00:00:00.000Z"'))


def reauthored(scene, at):
    """Names another author."""
    scene.change(at, with_field(scene.entry(at), "recorded_by", '"staff/00000000-0000-4000-8000-000000000002"'))


def renamed(scene, at):
    """Has another id."""
    scene.change(at, with_field(scene.entry(at), "id", NEW_ID))


def dropped(scene, at):
    """Is gone, the later ones move up."""
    del scene.ledger.entries[at]


def swapped(scene, at):
    """Changes places with the next."""
    scene.ledger.entries[at : at + 2] = scene.ledger.entries[at : at + 2][::-1]


def inserted(scene, at):
    """Gets an invented one in front of it."""
    scene.ledger.entries.insert(at, with_data(with_field(scene.entry(at), "id", NEW_ID), '{"invented":1}'))


def replaced(scene, at):
    """Is replaced by a copy of the one before."""
    scene.change(at, scene.entry(at - 1))


CHANGES = (edited, redated, rerecorded, reauthored, renamed, dropped, swapped, inserted, replaced)


def _clumsy(change):
    def make(scene):
        at = scene.early
        change(scene, at)
        # The bundles keep their files: what is too much falls off, what is missing is filled up.
        scene.ledger.entries = (scene.ledger.entries + scene.good.entries[-1:])[: scene.size]
        return Verdict(scene.clumsy(), f"position {at}", "leaf")

    return make


def _with_the_true_key(change):
    def make(scene):
        change(scene, scene.early)
        scene.ledger.entries = renumbered(scene.ledger.entries)
        return Verdict(scene.rewritten(), "old-checkpoint", "history")

    return make


for _change in CHANGES:
    add(f"entry-{_change.__name__}", f"in the bundle only: {_change.__doc__}", _clumsy(_change))
    if _change is not replaced:
        add(
            f"entry-{_change.__name__}-with-the-true-key",
            f"tree rebuilt, re-signed: {_change.__doc__}",
            _with_the_true_key(_change),
        )


@forgery
def last_entry_dropped(scene):
    """the last entry is taken out of the last bundle"""
    dropped(scene, scene.size - 1)
    files = scene.good_files()
    index = (scene.size - 1) // 256
    files[scene.last("entries")] = scene.ledger.tree_files().get(
        tile_path("entries", index, (scene.size - 1) % 256), b""
    )
    return Verdict(files, scene.last("entries"), "bundle")


@forgery
def entry_edited_with_its_hash(scene):
    """the entry and its hash in level 0 are changed, nothing above"""
    at = scene.early
    edited(scene, at)
    files = scene.clumsy()
    hashes = bytearray(files[scene.tile_of(at)])
    hashes[32 * (at % 256) : 32 * (at % 256 + 1)] = leaf_hash(scene.entry(at))
    files[scene.tile_of(at)] = bytes(hashes)
    if scene.size // 256 > at // 256:
        return Verdict(files, scene.tile_of(at // 256, 1), "tile")
    return Verdict(files, "checkpoint", "root")


@forgery
def tree_rebuilt_under_the_old_head(scene):
    """an entry is edited, all tiles are rebuilt, the head stays"""
    edited(scene, scene.early)
    return Verdict({**scene.good_files(), **scene.ledger.tree_files()}, "checkpoint", "root")


@forgery
def tree_rebuilt_with_the_old_signature(scene):
    """as before, and the new root is put into the head under the old signature"""
    edited(scene, scene.early)
    files = {**scene.good_files(), **scene.ledger.tree_files()}
    text = body(scene.ledger.log.name, scene.size, root_of(scene.ledger.leaves()))
    files["checkpoint"] = text + b"\n" + files["checkpoint"].split(b"\n\n")[1]
    return Verdict(files, "checkpoint", "signature")


@forgery
def tree_rebuilt_by_a_stranger(scene):
    """everything is rebuilt and signed with another key under the same name"""
    edited(scene, scene.early)
    files = scene.rewritten()
    text = body(scene.ledger.log.name, scene.size, root_of(scene.ledger.leaves()))
    files["checkpoint"] = note(text, scene.stranger, scene.ledger.cosigner)
    return Verdict(files, "checkpoint", "signature")


@forgery
def strangers_key_in_the_pack(scene):
    """the pack brings a stranger's key along with his head; what was kept is of the true key"""
    files = scene.good_files()
    text = files["checkpoint"].split(b"\n\n")[0] + b"\n"
    files["vkey"] = f"{scene.stranger.vkey}\n".encode()
    files["checkpoint"] = note(text, scene.stranger, scene.ledger.cosigner)
    return Verdict(files, "old-checkpoint", "signature")


@forgery
def history_invented_with_the_true_key(scene):
    """a wholly other history of the same length"""
    scene.ledger.entries = entries(scene.size, seed=2)
    return Verdict(scene.rewritten(), "old-checkpoint", "history")


@forgery
def fork_with_the_true_key(scene):
    """the same size as the kept head, another root"""
    edited(scene, scene.early)
    scene.ledger.entries = scene.ledger.entries[: scene.ledger.kept]
    return Verdict(scene.rewritten(), "checkpoint", "fork")


@forgery
def ledger_rolled_back(scene):
    """an older head with exactly the entries it covers, although a later one was kept"""
    scene.ledger.entries = scene.ledger.entries[: scene.ledger.kept - 1]
    files = scene.ledger.tree_files()
    files |= {path: scene.good_files()[path] for path in ("vkey", "cosigners", "old-checkpoint")}
    return Verdict({**files, "checkpoint": scene.ledger.head()}, "checkpoint", "rolled_back")


@forgery
def head_rolled_back(scene):
    """an older head over all the tiles"""
    files = scene.good_files()
    files["checkpoint"] = scene.ledger.head(scene.ledger.kept - 1)
    return Verdict(files, "checkpoint", "rolled_back")


@forgery
def head_rolled_back_behind_a_receipt(scene):
    """the last entry is taken back; the kept head is older, but receipts know it"""
    files = scene.good_files()
    scene.ledger.receipts, scene.ledger.entries = {}, scene.ledger.entries[:-1]
    rolled = {**scene.ledger.files(), "old-checkpoint": files["old-checkpoint"]}
    rolled |= {path: content for path, content in files.items() if path.startswith("proofs/")}
    first = min(position for position, size in scene.good.receipts.items() if size == scene.size)
    return Verdict(rolled, f"proofs/{first}.tlog-proof", "rolled_back")


@forgery
def rewritten_above_the_kept_head(scene):
    """history after the kept head is rewritten with the true key; a receipt knows better"""
    edited(scene, scene.late)
    first = min(position for position, size in scene.good.receipts.items() if size > scene.late)
    return Verdict(scene.rewritten(), f"proofs/{first}.tlog-proof", "history")


@forgery
def empty_tree_with_the_true_key(scene):
    """the ledger begins anew with nothing"""
    files = {path: scene.good_files()[path] for path in ("vkey", "cosigners", "old-checkpoint")}
    return Verdict({**files, "checkpoint": scene.ledger.head(0)}, "checkpoint", "rolled_back")


@forgery
def empty_head_over_entries(scene):
    """a head of size 0 while the tiles are there, nothing kept"""
    files = scene.unkept()
    files["checkpoint"] = scene.ledger.head(0)
    return Verdict(files, min(path for path in files if path.startswith("tile/")), "layout")


@forgery
def empty_head_with_a_root(scene):
    """size 0 under the root of all the entries, nothing kept, no tiles"""
    files = {path: scene.good_files()[path] for path in ("vkey", "cosigners")}
    text = body(scene.ledger.log.name, 0, root_of(scene.ledger.leaves()))
    files["checkpoint"] = note(text, scene.ledger.log, scene.ledger.cosigner)
    return Verdict(files, "checkpoint", "root")


@forgery
def entry_with_one_bit_changed(scene):
    """one bit in the data of an entry"""
    at = scene.early
    data = data_of(scene.entry(at))
    scene.change(at, with_data(scene.entry(at), flipped(data)))
    return Verdict(scene.clumsy(), f"position {at}", "leaf")
