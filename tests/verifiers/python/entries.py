"""The rules that the entries of one ledger keep: shape, order, versions, ids, clock.

Fed one entry after the other, in order. Knows the envelope of an entry, nothing of its `data`, and
nothing of hashes.
"""

import re
from datetime import date, datetime

import canonical
from fault import Fault

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ID = re.compile(UUID)
SUBJECT = re.compile(f"programme/plan|[a-z]+/{UUID}")
AUTHOR = re.compile(f"system|staff/{UUID}")
TYPE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
COMMITMENT = re.compile("[0-9a-f]{64}")
KEY = re.compile(f"[a-z]+/{UUID}")
SOURCES = ("pc", "phone", "import", "api", "system")
LARGEST = 10**15


def whole(value, least=0):
    """A JSON integer; `true` is none, although Python counts it as one."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < LARGEST


def matching(pattern):
    """A check: a text that the pattern describes from end to end."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _day(value):
    if not matching(DAY)(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _instant(value):
    if not matching(INSTANT)(value):
        return False
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return int(value[17:19]) < 60


def _sealed(value):
    if not isinstance(value, dict) or sorted(value) != ["commitment", "fields", "key"]:
        return False
    fields = value["fields"]
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) and name for name in fields):
        return False
    rising = all(one.encode() < other.encode() for one, other in zip(fields, fields[1:]))
    return rising and matching(COMMITMENT)(value["commitment"]) and matching(KEY)(value["key"])


# In the order in which the first wrong one is named.
FIELDS = {
    "data": lambda value: isinstance(value, dict),
    "expected_version": whole,
    "id": matching(ID),
    "occurred_on": _day,
    "position": whole,
    "recorded_at": _instant,
    "recorded_by": matching(AUTHOR),
    "schema": lambda value: whole(value, 1),
    "sealed": _sealed,
    "source": lambda value: value in SOURCES,
    "subject": matching(SUBJECT),
    "type": matching(TYPE),
    "version": lambda value: whole(value, 1),
}
OPTIONAL = {"expected_version", "schema", "sealed", "source"}


class History:
    """What of the entries so far decides whether the next may follow."""

    def __init__(self):
        self._positions = {}
        self._versions = {}
        self._recorded_at = ""

    def follow(self, position, content):
        """Checks the bytes of the next entry, or raises the first Fault in them."""
        place = f"position {position}"
        entry = _read(place, content)
        if entry["position"] != position:
            raise Fault(place, "position", f"the entry says {entry['position']}")
        first = self._positions.setdefault(entry["id"], position)
        if first != position:
            raise Fault(place, "id", f"already at position {first}")
        version = self._versions.get(entry["subject"], 0) + 1
        if entry["version"] != version:
            raise Fault(place, "version", f"is {entry['version']}, but {version} follows for this subject")
        self._versions[entry["subject"]] = version
        if entry.get("expected_version", version - 1) != version - 1:
            raise Fault(place, "expected_version", f"is {entry['expected_version']} at version {version}")
        if entry["recorded_at"] < self._recorded_at:
            raise Fault(place, "time", f"recorded before the entry at position {position - 1}")
        self._recorded_at = entry["recorded_at"]


def _read(place, content):
    try:
        entry = canonical.parse(content)
    except canonical.NotCanonical as reason:
        raise Fault(place, "canonical", str(reason)) from None
    if not isinstance(entry, dict):
        raise Fault(place, "entry", "not an object")
    unknown = sorted(set(entry) - set(FIELDS), key=str.encode)
    if unknown:
        raise Fault(place, "entry", f"unknown field {unknown[0]}")
    for name, is_right in FIELDS.items():
        if name not in entry:
            if name not in OPTIONAL:
                raise Fault(place, "entry", f"no field {name}")
        elif not is_right(entry[name]):
            raise Fault(place, "entry", f"field {name} has not the form of the envelope")
    open_fields = sorted(set(entry.get("sealed", {}).get("fields", ())) & set(entry["data"]))
    if open_fields:
        raise Fault(place, "entry", f"sealed field {open_fields[0]} stands in data")
    return entry
