"""The files of an export directory: paths of tiles and bundles, and careful reading.

C2SP tlog-tiles, layout only. Knows nothing of what the hashes mean.
"""

import os
import re
import stat
from dataclasses import dataclass

from fault import Fault

WIDTH = 256
LARGEST_NOTE = 1_000_000
LARGEST_BUNDLE = WIDTH * (2 + 65_535)
TILE = re.compile("tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:[.]p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True)
class Tile:
    """A tile of hashes, or with `level` "entries" a bundle."""

    level: object
    index: int
    width: int

    @property
    def path(self):
        """Its file below the export directory."""
        groups = f"{self.index:03d}"
        groups = groups.zfill(-(-len(groups) // 3) * 3)
        parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
        whole = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
        return f"tile/{self.level}/{whole}" + (f".p/{self.width}" if self.width < WIDTH else "")

    def nodes(self, size):
        """How many hashes its level has in a tree of `size` leaves."""
        return size if self.level == "entries" else size >> (8 * self.level)

    def lies_within(self, size):
        """Whether a tree of `size` leaves has all of it."""
        return self.index * WIDTH + self.width <= self.nodes(size)


def tile_of(path):
    """The tile of a path, or None if it is not one that the layout knows."""
    found = TILE.fullmatch(path)
    if not found:
        return None
    level = found[1] if found[1] == "entries" else int(found[1])
    tile = Tile(level, int(found[2].replace("x", "").replace("/", "")), int(found[3] or WIDTH))
    return tile if tile.path == path else None


def required(level, size):
    """The tiles that a level must have: the full ones, then the partial one at the edge."""
    nodes = Tile(level, 0, 0).nodes(size)
    for index in range(nodes // WIDTH):
        yield Tile(level, index, WIDTH)
    if nodes % WIDTH:
        yield Tile(level, nodes // WIDTH, nodes % WIDTH)


class Export:
    """A directory; every path is below it, with `/`."""

    def __init__(self, folder):
        self._folder = os.fsencode(folder)

    def has(self, path):
        """Whether something is there."""
        return os.path.lexists(self._full(path))

    def read(self, path, limit=LARGEST_NOTE):
        """The content of a regular file of at most `limit` bytes."""
        try:
            if not stat.S_ISREG(os.stat(self._full(path)).st_mode):
                raise Fault(path, "file", "not a regular file")
            with open(self._full(path), "rb") as file:
                content = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            raise Fault(path, "missing", "the file is not there") from None
        except OSError as error:
            raise Fault(path, "file", f"cannot be read: {error.strerror}") from None
        if len(content) > limit:
            raise Fault(path, "file", f"longer than {limit} bytes")
        return content

    def text(self, path):
        """The content of a file in UTF-8."""
        try:
            return self.read(path).decode("utf-8")
        except UnicodeDecodeError:
            raise Fault(path, "key", "not UTF-8") from None

    def files(self, folder):
        """Every file at any depth below a folder, in the order of the bytes of the paths."""
        found, open_folders = [], [os.fsencode(folder)]
        while open_folders:
            at = open_folders.pop()
            try:
                for item in os.scandir(os.path.join(self._folder, at)):
                    path = at + b"/" + item.name
                    (open_folders if item.is_dir(follow_symlinks=False) else found).append(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                place = at.decode(errors="backslashreplace")
                raise Fault(place, "file", f"cannot be read: {error.strerror}") from None
        return [path.decode(errors="backslashreplace") for path in sorted(found)]

    def bundle(self, tile):
        """The entries of a bundle: u16 big-endian length and bytes, repeated."""
        content, entries, at = self.read(tile.path, LARGEST_BUNDLE), [], 0
        while at < len(content) and len(entries) < tile.width:
            end = at + 2 + int.from_bytes(content[at : at + 2], "big")
            if at + 2 > len(content) or end > len(content):
                raise Fault(tile.path, "bundle", f"entry {len(entries)} of it is cut short")
            entries.append(content[at + 2 : end])
            at = end
        if len(entries) < tile.width:
            raise Fault(tile.path, "bundle", f"holds {len(entries)} entries, not {tile.width}")
        if at < len(content):
            raise Fault(tile.path, "bundle", f"holds more than {tile.width} entries")
        return entries

    def _full(self, path):
        return os.path.join(self._folder, os.fsencode(path))
