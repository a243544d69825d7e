"""What the hand-made cases share: a ledger of bare entries and a check of one indicator's readings.

It must not derive any expectation from the oracle.
"""

import unittest

from kpi_oracle import count_all


class Ledger:
    """Appends bare entries; a case is named after its business unless opened otherwise."""

    def __init__(self):
        self.entries = []

    def add(self, subject, kind, day, /, **data):
        """One entry; returns its id."""
        position = len(self.entries)
        self.entries.append({
            "data": data, "id": f"e{position}", "occurred_on": day, "position": position,
            "recorded_at": f"2026-01-01T00:00:{position:02d}.000Z", "recorded_by": "system",
            "subject": subject, "type": kind, "version": 1,
        })
        return f"e{position}"

    def case(self, name, business):
        self.add(f"case/{name}", "case.opened", "2025-04-01", business_id=business, advisor_id="s")
        return f"case/{name}"

    def cases(self, *businesses):
        """One case per business, named after it."""
        return [self.case(f"k{business}", business) for business in businesses]

    def correct(self, target, data=None, day=None):
        change = {"target": target, "reason": "r"}
        if data is not None:
            change["data"] = data
        if day is not None:
            change["occurred_on"] = day
        return self.add(self.subject(target), "record.corrected", "2025-12-31", **change)

    def void(self, target):
        return self.add(self.subject(target), "record.voided", "2025-12-31", target=target, reason="r")

    def subject(self, target):
        return next(entry["subject"] for entry in self.entries if entry["id"] == target)

    def merge(self, business, into):
        return self.add(f"business/{business}", "business.merged", "2025-06-01", into=into, evidence="x")

    def unmerge(self, business):
        return self.add(f"business/{business}", "business.unmerged", "2025-06-01", reason="x")

    def count(self, indicator, year=2025, **cut):
        return count_all(self.entries, years=[year], **cut)[indicator][str(year)]


class Case(unittest.TestCase):
    """A fresh ledger for each case."""

    def setUp(self):
        self.ledger = Ledger()
        self.add = self.ledger.add

    def counts(self, indicator, year=2025, **readings):
        """The indicator has exactly these readings."""
        self.assertEqual(self.ledger.count(indicator, year), readings)
