"""The effective events of a ledger at a cut-off, and the dates and numbers that the rules share.

Written out from contract sections 1, 3, 6 and the table of reading ids ("readings"): cut-offs,
voids, corrections, merges, the business of an event, plans of follow-ups, cancelled deals.
It must not know any indicator, the plan file, or anything of the engine.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

MARKET_DEVELOPMENT = "market_development"
CALENDAR_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])")
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
CALENDAR_YEAR = re.compile(r"[0-9]{4}")
REIWA = re.compile(r"R([1-9][0-9]*)(?:Q[1-4])?")


# ---------------------------------------------------------------- dates and numbers

def fiscal_year(day):
    """Contract section 1: 1 April to 31 March."""
    return day.year if day.month >= 4 else day.year - 1


def one_year_later(day):
    """Readings, F1 in_duty: same day number a year later; 29 February becomes 28 February."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def reference_fiscal_year(text, published):
    """Readings, E reference: the year in which the reference period ends; other text: publication."""
    if found := CALENDAR_QUARTER.fullmatch(text):
        year, quarter = int(found[1]), int(found[2])
        return year - 1 if quarter == 1 else year  # Q1 ends on 31 March
    if found := MONTH.fullmatch(text):
        year, month = int(found[1]), int(found[2])
        return year if month >= 4 else year - 1
    if CALENDAR_YEAR.fullmatch(text):
        return int(text)  # ends on 31 December
    if found := REIWA.fullmatch(text):
        return 2018 + int(found[1])  # a quarter of a fiscal year ends inside it
    return fiscal_year(published)


def parse_instant(text):
    """An RFC 3339 instant; one without an offset is refused because it names no instant."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset, write for example 2025-06-03T01:02:03.456Z")
    return instant


def one_decimal(exact):
    """One decimal, half up (a tie goes away from zero); a whole number is printed without point."""
    tenths = int(abs(exact) * 10 + Fraction(1, 2))
    if exact < 0:
        tenths = -tenths
    return tenths // 10 if tenths % 10 == 0 else tenths / 10


# ---------------------------------------------------------------- effective events

@dataclass
class Event:
    """An effective event: the latest data and the latest date hold, the business is resolved."""

    position: int
    id: str
    type: str
    subject: str
    day: date
    data: dict
    business: str | None = None

    @property
    def year(self):
        return fiscal_year(self.day)


def cut_off(entries, as_of=None, known_at=None):
    """Contract section 6: position < as_of; recorded at or before known_at."""
    kept = []
    for entry in sorted(entries, key=lambda entry: entry["position"]):
        if as_of is not None and entry["position"] >= as_of:
            continue
        if known_at is not None and parse_instant(entry["recorded_at"]) > known_at:
            continue
        kept.append(entry)
    return kept


def effective_events(entries):
    """Contract sections 1 and 3: all entries less the voided ones, corrections applied."""
    voided, new_data, new_day = set(), {}, {}
    for entry in entries:
        if entry["type"] == "record.voided":
            voided.add(entry["data"]["target"])
        elif entry["type"] == "record.corrected":
            target = entry["data"]["target"]
            # of several corrections the latest data and the latest occurred_on hold, independently
            if "data" in entry["data"]:
                new_data[target] = entry["data"]["data"]
            if "occurred_on" in entry["data"]:
                new_day[target] = entry["data"]["occurred_on"]
    return [
        Event(
            position=entry["position"],
            id=entry["id"],
            type=entry["type"],
            subject=entry["subject"],
            day=date.fromisoformat(new_day.get(entry["id"], entry["occurred_on"])),
            data=new_data.get(entry["id"], entry["data"]),
        )
        for entry in entries
        if not entry["type"].startswith("record.") and entry["id"] not in voided
    ]


def merges(events):
    """Readings, merges: {business: the business it was merged into}, by position."""
    into = {}
    for event in events:
        business = event.subject.removeprefix("business/")
        if event.type == "business.merged":
            into[business] = event.data["into"].removeprefix("business/")
        elif event.type == "business.unmerged":
            into.pop(business, None)
    return into


def resolve(business, into):
    """Follow merges to the end. A ring (which nothing should allow) is one business, its least id."""
    seen = []
    while business in into:
        if business in seen:
            return min(seen[seen.index(business):])
        seen.append(business)
        business = into[business]
    return business


def attach_businesses(events):
    """Readings, distinct business: the subject, or the case's business_id, or data.business_id."""
    into = merges(events)
    of_case = {e.subject: e.data["business_id"] for e in events if e.type == "case.opened"}
    for event in events:
        kind, _, key = event.subject.partition("/")
        if kind == "business":
            own = key
        elif kind == "case":
            own = of_case.get(event.subject)
        else:
            own = event.data.get("business_id")
        if own is not None:
            event.business = resolve(own.removeprefix("business/"), into)


class World:
    """The effective events at a cut-off and the few look-ups that several indicators share."""

    def __init__(self, entries):
        self.events = effective_events(entries)
        attach_businesses(self.events)
        self.by_type = defaultdict(list)
        self.by_year = defaultdict(list)
        for event in self.events:
            self.by_type[event.type].append(event)
            self.by_year[event.type, event.year].append(event)
        # readings, F1: the plan of a follow-up is the plan.completed with that plan_id in the case
        self.plans = {(e.subject, e.data["plan_id"]): e for e in self.by_type["plan.completed"]}
        self.cancelled = {e.data["deal"] for e in self.by_type["deal.cancelled"]}
        self.first_plan = self.first_days(self.by_type["plan.completed"])
        self.first_ec = self.first_days(self.by_type["ec.opened"] + self.by_type["ec.supported"])
        self.first_m1 = self.first_market_development_session()

    @staticmethod
    def first_days(events):
        """{business: its earliest day}; "on or before" is then a single comparison."""
        first = {}
        for event in events:
            if event.business is not None:
                first[event.business] = min(event.day, first.get(event.business, event.day))
        return first

    def first_market_development_session(self):
        """{business: day of the earliest M1 session of a seminar that it attended}."""
        held = defaultdict(list)
        for event in self.by_type["seminar.held"]:
            if MARKET_DEVELOPMENT in event.data["tags"]:
                held[event.subject].append(event.day)
        first = {}
        for event in self.by_type["seminar.attended"]:
            for day in held[event.subject]:
                first[event.business] = min(day, first.get(event.business, day))
        return first

    def of(self, kind, year):
        """Effective events of one type in one fiscal year of occurred_on."""
        return self.by_year.get((kind, year), [])

    def deals(self, year):
        """Contract section 6: a cancelled deal counts nowhere, in the year of the deal."""
        return [e for e in self.of("deal.concluded", year) if e.id not in self.cancelled]

    def followups(self, year):
        """(follow-up, its plan) of one year; those without an effective plan leave F1 and F2."""
        pairs = ((e, self.plans.get((e.subject, e.data["plan_id"]))) for e in self.of("followup.done", year))
        return [(followup, plan) for followup, plan in pairs if plan is not None]
