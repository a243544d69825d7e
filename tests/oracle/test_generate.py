#!/usr/bin/env python3
"""Generated histories obey the envelope and the rules of contract section 3, and are rich enough.

The rules are checked here by a second reading of the contract over the finished entries; nothing of
the generator's own state is used.
"""

import collections
import json
import re
import unittest
import uuid
from datetime import date, datetime, timedelta

from effective import fiscal_year
from generate import EXOTICS, READINGS, generate
from history import canonical
from kpi_oracle import count_all

TOP_LEVEL = {"data", "expected_version", "id", "occurred_on", "position", "recorded_at", "recorded_by", "sealed",
             "source", "subject", "type", "version"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Checker:
    """Walks a history and raises at the first entry that contract section 3 refuses."""

    def __init__(self):
        self.types, self.voided, self.subjects, self.data = {}, set(), {}, {}
        self.businesses, self.open_cases, self.closed_years = set(), {}, set()

    def effective(self, kind, subject):
        """Data of the effective entries of one type in one subject."""
        return [self.data[i] for i, t in self.types.items()
                if t == kind and self.subjects[i] == subject and i not in self.voided]

    def check(self, entry):
        kind, subject, data = entry["type"], entry["subject"], entry["data"]
        if subject.startswith("case/") and not kind.startswith("record."):
            self.check_case(kind, subject, data)
        if kind.startswith("record."):
            self.check_record(kind, subject, data)
        elif kind.startswith("fiscal_year."):
            year = data["fiscal_year"]
            assert (year in self.closed_years) == (kind == "fiscal_year.reopened"), "bad closing"
            self.closed_years ^= {year}
        elif kind == "business.registered":
            self.businesses.add(subject.removeprefix("business/"))
        elif kind == "business.unmerged":
            assert self.parent(subject), "unmerged without a merge"
        named = {data[field] for field in ("business_id", "into") if field in data}
        assert named <= self.businesses, "unknown_business"
        self.types[entry["id"]], self.subjects[entry["id"]], self.data[entry["id"]] = kind, subject, data
        if any(word in kind for word in ("merged", "record.")):
            self.check_rings()

    def check_case(self, kind, subject, data):
        if kind == "case.opened":
            assert subject not in self.open_cases, "opened twice"
            self.open_cases[subject] = True
            return
        assert self.open_cases[subject] != (kind == "case.reopened"), "case_closed"
        self.open_cases[subject] = kind != "case.closed"
        if kind in ("followup.done", "plan.revised"):
            plans = [plan["plan_id"] for plan in self.effective("plan.completed", subject)]
            assert data["plan_id"] in plans, "unknown_plan"
        for completed, field in (("plan.completed", "plan_id"), ("analysis.completed", "analysis_id")):
            if kind == completed:
                taken = [self.data[i][field] for i, t in self.types.items() if t == completed]
                assert data[field] not in taken, "already_completed"
        if kind == "deal.cancelled":
            deal = data["deal"]
            assert self.types[deal] == "deal.concluded" and self.subjects[deal] == subject, "bad_target"
            assert deal not in self.voided, "bad_target"
            assert deal not in [other["deal"] for other in self.effective(kind, subject)], "cancelled twice"

    def check_record(self, kind, subject, data):
        target = data["target"]
        assert self.subjects[target] == subject and target not in self.voided, "bad_target"
        assert not self.types[target].startswith("record."), "bad_target"
        if kind == "record.voided":
            self.voided.add(target)
        else:
            assert "data" in data or "occurred_on" in data, "empty correction"
            self.data[target] = data.get("data", self.data[target])

    def parent(self, subject):
        """Where the last effective merge or unmerge of a business leaves it."""
        into = None
        for i, kind in self.types.items():
            if kind in ("business.merged", "business.unmerged") and self.subjects[i] == subject:
                if i not in self.voided:
                    into = self.data[i].get("into")
        return into

    def check_rings(self):
        parents = {business: self.parent(f"business/{business}") for business in self.businesses}
        for business in parents:
            seen = set()
            while business is not None:
                assert business not in seen, "merges run in a ring"
                seen.add(business)
                business = parents[business]


class AGeneratedHistory(unittest.TestCase):
    """Three seeds of a size that fills every small key space."""

    @classmethod
    def setUpClass(cls):
        cls.histories = [generate(seed, 1200) for seed in (1, 2, 3)]

    def test_has_gapless_positions_right_versions_and_a_steady_clock(self):
        for entries in self.histories:
            versions = collections.Counter()
            clock, ids = "", set()
            for position, entry in enumerate(entries):
                versions[entry["subject"]] += 1
                self.assertEqual((entry["position"], entry["version"]), (position, versions[entry["subject"]]))
                self.assertEqual(entry.get("expected_version", entry["version"] - 1), entry["version"] - 1)
                self.assertRegex(entry["recorded_at"], INSTANT)
                self.assertGreaterEqual(entry["recorded_at"], clock)
                self.assertNotIn(entry["id"], ids)
                self.assertEqual((str(uuid.UUID(entry["id"])), uuid.UUID(entry["id"]).version), (entry["id"], 7))
                self.assertLessEqual(set(entry), TOP_LEVEL)
                self.assertLessEqual(len(canonical(entry).encode()), 65_535)
                clock = entry["recorded_at"]
                ids.add(entry["id"])
            self.assertEqual(entries[0]["type"], "programme.plan_adopted")
            self.assertEqual(entries[0]["recorded_by"], "system")

    def test_has_no_day_in_the_future_or_before_r5(self):
        for entries in self.histories:
            for entry in entries:
                recorded = datetime.fromisoformat(entry["recorded_at"]) + timedelta(hours=9)
                days = [entry["occurred_on"]]
                if entry["type"] == "record.corrected" and "occurred_on" in entry["data"]:
                    days.append(entry["data"]["occurred_on"])
                for day in map(date.fromisoformat, days):
                    self.assertLessEqual(day, recorded.date())
                    self.assertIn(fiscal_year(day), range(2023, 2028))

    def test_breaks_no_rule(self):
        for entries in self.histories:
            checker = Checker()
            for entry in entries:
                checker.check(entry)

    def test_is_the_same_for_the_same_seed_only(self):
        self.assertEqual(generate(1, 1200), self.histories[0])
        self.assertNotEqual(self.histories[0], self.histories[1])

    def test_has_the_wanted_share_of_what_changes_the_past(self):
        for entries in self.histories:
            kinds = collections.Counter(entry["type"] for entry in entries)
            for kind in ("record.corrected", "record.voided", "business.merged", "business.unmerged"):
                self.assertTrue(0.07 < kinds[kind] / len(entries) < 0.16, (kind, kinds[kind]))
            self.assertGreater(kinds["deal.cancelled"] / kinds["deal.concluded"], 0.1)

    def test_exercises_every_indicator_and_tells_readings_apart(self):
        answers = [count_all(entries, years=range(2023, 2028)) for entries in self.histories]
        for indicator, readings in READINGS.items():
            for reading in readings:
                values = [year[reading] for answer in answers for year in answer[indicator].values()]
                self.assertTrue(any(values), (indicator, reading))
        apart = collections.Counter()
        for answer in answers:
            for indicator, years in answer.items():
                apart[indicator] += sum(len(set(year.values())) > 1 for year in years.values())
        self.assertEqual({name for name in READINGS if not apart[name]}, {"G3"})  # G3 has one reading

    def test_crosses_31_march_and_voids_cancellations(self):
        for entries in self.histories:
            by_id = {entry["id"]: entry for entry in entries}
            voided = [by_id[e["data"]["target"]]["type"] for e in entries if e["type"] == "record.voided"]
            self.assertLess({"deal.cancelled", "business.merged", "business.unmerged", "plan.completed"}, set(voided))
            moved = [
                e for e in entries
                if e["type"] == "record.corrected" and "occurred_on" in e["data"]
                and fiscal_year(date.fromisoformat(e["data"]["occurred_on"]))
                != fiscal_year(date.fromisoformat(by_id[e["data"]["target"]]["occurred_on"]))
            ]
            self.assertGreater(len(moved), 20)

    def test_is_refused_by_the_checker_when_exotics_break_a_rule(self):
        rules = {"double_cancel": "cancelled twice", "merge_ring": "ring", "recomplete": "already_completed"}
        for name, message in rules.items():
            checker = Checker()
            with self.assertRaisesRegex(AssertionError, message):
                for entry in generate(5, 1200, [name]):
                    checker.check(entry)

    def test_survives_every_exotic_practice(self):
        for name in EXOTICS:
            entries = generate(7, 800, [name])
            self.assertEqual(len(entries), 800)
            self.assertEqual(len(count_all(json.loads(json.dumps(entries)))), 29)


if __name__ == "__main__":
    unittest.main()
