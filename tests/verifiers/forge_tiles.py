"""Forgeries of tiles and bundles, and of which files there are."""

from forgery import NotApplicable, Verdict, add, flipped, forgery
from writer import bundle, tile_path


def _top_level(scene):
    level = 0
    while scene.size >> 8 * (level + 1):
        level += 1
    return level


@forgery
def tile_with_a_bit_changed_at_level_0(scene):
    """one bit of one leaf hash"""
    files, at = scene.good_files(), scene.early
    files[scene.tile_of(at)] = flipped(files[scene.tile_of(at)], 32 * (at % 256))
    return Verdict(files, f"position {at}", "leaf")


def _bit_at(level):
    def make(scene):
        if level > _top_level(scene):
            raise NotApplicable(f"the tree has no level {level}")
        files, path = scene.good_files(), scene.tile_of(0, level)
        files[path] = flipped(files[path])
        return Verdict(files, path, "tile")

    return make


for _level in (1, 2):
    add(f"tile-with-a-bit-changed-at-level-{_level}", f"one bit of one hash of level {_level}", _bit_at(_level))


def _edge(scene):
    if scene.size % 256 < 2:
        raise NotApplicable("no partial tile of two entries")
    return scene.last(0), scene.last("entries")


def _edge_forged(name, what, kind, change, of=0):
    """Changes the content of the partial tile (0) or bundle (1) at the right edge."""

    def make(scene):
        path = _edge(scene)[of]
        files = scene.good_files()
        files[path] = change(files[path])
        return Verdict(files, path, kind)

    add(name, what, make)


_edge_forged("tile-a-hash-short", "a partial tile with one hash less", "tile", lambda tile: tile[:-32])
_edge_forged("tile-a-hash-long", "a partial tile with one hash more", "tile", lambda tile: tile + bytes(32))
_edge_forged("tile-a-byte-short", "a partial tile with one byte less", "tile", lambda tile: tile[:-1])
_edge_forged("tile-empty", "a partial tile without content", "tile", lambda tile: b"")
_edge_forged("bundle-a-byte-long", "a byte after the last entry", "bundle", lambda content: content + b"\0", 1)
_edge_forged("bundle-a-byte-short", "the last entry lacks its end", "bundle", lambda content: content[:-1], 1)
_edge_forged("bundle-empty", "a bundle without content", "bundle", lambda content: b"", 1)
_edge_forged(
    "bundle-with-an-entry-more",
    "one entry more than its width",
    "bundle",
    lambda content: content + bundle([b"{}"]),
    1,
)


def _length_forged(step):
    def make(scene):
        path, files = scene.last("entries"), scene.good_files()
        last = scene.entry(scene.size - 1)
        at = len(files[path]) - len(last) - 2
        files[path] = files[path][:at] + (len(last) + step).to_bytes(2, "big") + files[path][at + 2 :]
        return Verdict(files, path, "bundle")

    return make


add("bundle-length-too-large", "the length before an entry is one more", _length_forged(1))
add("bundle-length-too-small", "the length before an entry is one less", _length_forged(-1))


def _renamed(name, what, change):
    """The files at the right edge get another width in their name."""

    def make(scene):
        _edge(scene)
        files, width = scene.good_files(), scene.size % 256
        for path in _edge(scene):
            files[change(path, width)] = files.pop(path)
        return Verdict(files, _edge(scene)[1], "missing")

    add(name, what, make)


_renamed("partial-of-a-smaller-width", "p/W-1", lambda path, width: f"{path.rpartition('/')[0]}/{width - 1}")
_renamed("partial-of-a-larger-width", "p/W+1", lambda path, width: f"{path.rpartition('/')[0]}/{width + 1}")
_renamed("partial-with-a-leading-zero", "p/0W", lambda path, width: f"{path.rpartition('/')[0]}/0{width}")
_renamed("partial-as-full", "a partial tile named like a full one", lambda path, width: path.rpartition(".p/")[0])


@forgery
def tile_missing(scene):
    """a tile of level 0 is not there"""
    files = scene.good_files()
    del files[scene.last(0)]
    return Verdict(files, scene.last(0), "missing")


@forgery
def bundle_missing(scene):
    """a bundle is not there"""
    files = scene.good_files()
    del files[scene.last("entries")]
    return Verdict(files, scene.last("entries"), "missing")


@forgery
def level_missing(scene):
    """a tile above level 0 is not there"""
    if _top_level(scene) == 0:
        raise NotApplicable("the tree has no level 1")
    files, path = scene.good_files(), scene.tile_of(0, 1)
    del files[path]
    return Verdict(files, path, "missing")


@forgery
def directory_for_a_tile(scene):
    """where a tile should be is a directory"""
    files, path = scene.good_files(), scene.last(0)
    del files[path]
    return Verdict({**files, f"{path}/inside": b""}, path, "file")


@forgery
def key_missing(scene):
    """the auditor has no key"""
    files = scene.good_files()
    del files["vkey"]
    return Verdict(files, "vkey", "missing")


@forgery
def head_missing(scene):
    """there is no checkpoint"""
    files = scene.good_files()
    del files["checkpoint"]
    return Verdict(files, "checkpoint", "missing")


def _swapped_files(level, place, kind):
    def make(scene):
        if scene.size < 512:
            raise NotApplicable("fewer than two full bundles")
        files = scene.good_files()
        for name in level:
            one, other = tile_path(name, 0, 256), tile_path(name, 1, 256)
            files[one], files[other] = files[other], files[one]
        return Verdict(files, place, kind)

    return make


add("bundles-swapped", "two bundles change places", _swapped_files(["entries"], "position 0", "leaf"))
add("tiles-swapped", "two tiles of level 0 change places", _swapped_files([0], "position 0", "leaf"))
_both = _swapped_files([0, "entries"], "position 0", "position")
add("bundles-and-tiles-swapped", "both change places together", _both)


def _stray(path, content=bytes(32), place=None, kind="layout"):
    def make(scene):
        name = path(scene) if callable(path) else path
        files = scene.good_files()
        if name in files:
            raise NotApplicable("the file belongs there")
        files[name] = content(scene) if callable(content) else content
        return Verdict(files, place(scene) if place else name, kind)

    return make


def _stale(scene):
    return tile_path(0, scene.size // 256 if scene.size % 256 > 1 else 0, 1)


def _stale_bundle(scene):
    return _stale(scene).replace("tile/0/", "tile/entries/")


def _stale_position(scene):
    return f"position {scene.size // 256 * 256 if scene.size % 256 > 1 else 0}"


STRAYS = {
    "beyond-the-edge": _stray(lambda scene: tile_path(0, scene.size // 256 + 1, 1)),
    "wider-than-the-tree": _stray(lambda scene: tile_path(0, scene.size // 256, scene.size % 256 + 1)),
    "of-a-level-too-high": _stray(lambda scene: tile_path(_top_level(scene) + 1, 0, 1)),
    "of-level-63": _stray("tile/63/000.p/1"),
    "of-level-64": _stray("tile/64/000.p/1"),
    "in-the-layout-of-sumdb": _stray("tile/8/0/000"),
    "as-data-of-sumdb": _stray("tile/8/data/000"),
    "without-padding-of-the-index": _stray("tile/0/0"),
    "with-a-group-too-many": _stray("tile/0/x000/000"),
    "of-an-index-beyond-64-bits": _stray("tile/0/x999/x999/x999/x999/x999/999.p/1"),
    "of-width-0": _stray("tile/0/000.p/0"),
    "of-width-256": _stray("tile/0/000.p/256"),
    "with-a-backup-beside": _stray("tile/0/000.bak"),
    "bundle-beyond-the-edge": _stray(lambda scene: tile_path("entries", scene.size // 256 + 1, 1)),
    "proof-of-no-position": _stray("proofs/latest.tlog-proof"),
    "proof-of-a-position-beyond-63-bits": _stray("proofs/9999999999999999999.tlog-proof"),
    "proof-with-a-leading-zero": _stray("proofs/00.tlog-proof"),
    "older-tile-of-another-hash": _stray(_stale, kind="tile"),
    "older-bundle-of-another-entry": _stray(_stale_bundle, bundle([b"{}"]), _stale_position, "leaf"),
    "entry-without-a-proof": _stray("proofs/1.entry", b"{}", lambda _: "proofs/1.tlog-proof", "missing"),
}
for _name, _make in STRAYS.items():
    add(f"stray-{_name}", f"a file that should not be there: {_name.replace('-', ' ')}", _make)
