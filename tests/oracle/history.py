"""A valid ledger under construction: the clock, the envelope, and the state that the rules need.

Written from the envelope's description and contract sections 2 and 3. It keeps just enough state to
append only what the contract accepts; it must not know how anything is counted.
"""

import hashlib
import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9))
START = datetime(2023, 4, 1, 0, 0, tzinfo=timezone.utc)
END = datetime(2028, 3, 31, 14, 0, tzinfo=timezone.utc)  # still 31 March in Japan: the end of R9
FIRST_DAY = date(2023, 4, 1)
NOTABLE_DAYS = [date(year, month, day) for year in range(2023, 2029) for month, day in ((3, 31), (4, 1))]
NOTABLE_DAYS += [date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)]
NOTABLE_DAYS = [day for day in NOTABLE_DAYS if day >= FIRST_DAY]


def canonical(entry):
    """RFC 8785 for what is generated here: ASCII keys, integers, no exotic characters."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Record:
    """An entry and what later record.* entries made of it."""

    entry: dict
    data: dict
    day: date
    voided: bool = False

    @property
    def type(self):
        return self.entry["type"]

    @property
    def subject(self):
        return self.entry["subject"]


@dataclass
class Case:
    """What a case allows next."""

    is_open: bool = True
    plans: list = field(default_factory=list)
    deals: list = field(default_factory=list)
    cancellations: list = field(default_factory=list)


class History:
    """Appends entries; every method that picks something uses the one seeded source of chance."""

    def __init__(self, seed, events, exotics=()):
        self.rng = random.Random(seed)
        self.total = events
        self.exotics = set(exotics)
        self.now = START
        self.records = []
        self.versions = {}
        self.staff = []
        self.businesses = []
        self.merge_log = {}
        self.cases = {}
        self.seminars = []
        self.surveys = {}
        self.closed_years = set()
        self.by_type = {}

    # ------------------------------------------------------------ chance

    def exotic(self, name):
        """Whether a practice on which the texts are silent or contradict each other is wanted."""
        return name in self.exotics

    def uuid(self):
        """A UUIDv7 of the present moment."""
        milliseconds = round(self.now.timestamp() * 1000)
        bits = milliseconds << 80 | self.rng.getrandbits(80)
        bits = bits & ~(0xF << 76) | 0x7 << 76
        bits = bits & ~(0x3 << 62) | 0x2 << 62
        return str(uuid.UUID(int=bits))

    @property
    def today(self):
        """The present date in Japan: nothing may have occurred after it."""
        return self.now.astimezone(JST).date()

    def day(self):
        """A business date: mostly recent, now and then long ago or at the turn of a fiscal year."""
        chance = self.rng.random()
        if chance < 0.2:
            notable = [day for day in NOTABLE_DAYS if day <= self.today]
            return self.rng.choice(notable)
        lag = self.rng.randint(0, 10) if chance < 0.75 else self.rng.randint(0, 400)
        return max(FIRST_DAY, self.today - timedelta(days=lag))

    def pick_business(self):
        return self.rng.choice(self.businesses)

    # ------------------------------------------------------------ envelope

    def tick(self):
        """The clock follows an even pace with jitter; at times it stands still between two entries."""
        pace = (END - START) / self.total
        planned = START + pace * (len(self.records) + self.rng.random())
        if self.rng.random() > 0.1:
            milliseconds = round(planned.timestamp() * 1000)
            self.now = max(self.now, min(END, datetime.fromtimestamp(milliseconds / 1000, timezone.utc)))

    def append(self, kind, subject, data, day=None, by=None, sealed=None):
        """Record one entry and return it."""
        version = self.versions.get(subject, 0) + 1
        entry = {
            "data": data,
            "id": self.uuid(),
            "occurred_on": (day or self.today).isoformat(),
            "position": len(self.records),
            "recorded_at": self.now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.now.microsecond // 1000:03d}Z",
            "recorded_by": by or f"staff/{self.rng.choice(self.staff)}",
            "subject": subject,
            "type": kind,
            "version": version,
        }
        if by == "system":
            entry["source"] = "system"
        elif self.rng.random() < 0.6:
            entry["source"] = self.rng.choice(["pc", "phone", "import", "api"])
        if self.rng.random() < 0.2 and by != "system":
            entry["expected_version"] = version - 1
        if sealed:
            commitment = hashlib.sha256(self.rng.randbytes(32)).hexdigest()
            entry["sealed"] = {"commitment": commitment, "fields": sealed, "key": subject}
        self.versions[subject] = version
        record = Record(entry, data, day or self.today)
        self.records.append(record)
        self.by_type.setdefault(kind, []).append(record)
        self.tick()
        return record

    @property
    def manager(self):
        """The first member of staff is the manager, who may append to every subject."""
        return f"staff/{self.staff[0]}"

    # ------------------------------------------------------------ state that rules ask for

    def pick(self, kind):
        """A record of one type that is not voided, or None."""
        candidates = self.by_type.get(kind, [])
        for _ in range(10 if candidates else 0):
            record = self.rng.choice(candidates)
            if not record.voided:
                return record
        return None

    def open_plans(self, case):
        """Plan ids that a follow-up in this case may name."""
        return [record.data["plan_id"] for record in self.cases[case].plans if not record.voided]

    def open_deals(self, case):
        """Deals of this case that are neither voided nor effectively cancelled."""
        state = self.cases[case]
        gone = {record.data["deal"] for record in state.cancellations if not record.voided}
        deals = [record for record in state.deals if not record.voided]
        return [deal for deal in deals if self.exotic("double_cancel") or deal.entry["id"] not in gone]

    def survey_kind(self, survey):
        """A round keeps its survey, except now and then by mistake."""
        if self.rng.random() < 0.1:
            return self.rng.choice(list(self.surveys.values()))
        return self.surveys[survey]

    def merged_into(self, business):
        """Where an effective merge sends this business at present, or None."""
        for record in reversed(self.merge_log.get(business, [])):
            if not record.voided:
                return record.data["into"] if record.type == "business.merged" else None
        return None

    def reaches(self, start, goal):
        """Whether following merges from one business arrives at another."""
        if self.exotic("merge_ring"):
            return False
        at = start
        while at is not None and at != goal:
            at = self.merged_into(at)
        return at is not None

    def runs_in_a_ring(self, business):
        """Whether following merges from here comes back here."""
        into = self.merged_into(business)
        return into is not None and self.reaches(into, business)
