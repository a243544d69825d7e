#!/usr/bin/env python3
"""Hand-made cases for the effective events, goals, surveys and seminars; numbers worked out on paper.

Given a short history, when it is counted, then the readings are these. The cases must not be made
from the oracle's own output, and know nothing of the engine or the plan file. Plans, sales and the
market are in test_oracle_plans.py.
"""

import json
import pathlib
import subprocess
import sys
import unittest
from datetime import date

from effective import parse_instant, reference_fiscal_year
from hand_made import Case, Ledger
from kpi_oracle import read_entries

HERE = pathlib.Path(__file__).parent


class TheEffectiveEvents(Case):
    """Contract sections 1, 3 and 6; inventory section 7."""

    def analyse(self, case, day="2025-06-01"):
        return self.add(case, "analysis.completed", day, analysis_id=f"a{len(self.ledger.entries)}")

    def test_the_fiscal_year_turns_on_1_april(self):
        (case,) = self.ledger.cases("A")
        for day in ("2025-03-31", "2025-04-01", "2026-03-31", "2026-04-01"):
            self.analyse(case, day)
        self.counts("A2", 2024, business=1, each=1)
        self.counts("A2", 2025, business=1, each=2)
        self.counts("A2", 2026, business=1, each=1)

    def test_a_voided_entry_counts_nowhere(self):
        (case,) = self.ledger.cases("A")
        self.ledger.void(self.analyse(case))
        self.counts("A2", business=0, each=0)

    def test_a_corrected_day_moves_a_count_between_years(self):
        (case,) = self.ledger.cases("A")
        self.ledger.correct(self.analyse(case, "2025-04-01"), day="2025-03-31")
        self.counts("A2", 2025, business=0, each=0)
        self.counts("A2", 2024, business=1, each=1)

    def test_the_latest_data_and_the_latest_day_hold_independently(self):
        held = {"title": "t", "attendees": 5}
        session = self.add("seminar/s", "seminar.held", "2025-05-01", tags=["dx"], **held)
        self.ledger.correct(session, {"tags": ["hr"], **held}, "2024-05-01")
        self.ledger.correct(session, {"tags": ["startup"], **held})
        self.ledger.correct(session, day="2026-05-01")
        self.counts("P3", 2026, session=1, course=1)
        for year in (2024, 2025):
            self.counts("A1", year, session=0, course=0, exclusive=0)
        self.counts("P4", 2026, session=0, course=0)

    def test_a_void_after_a_correction_wins(self):
        (case,) = self.ledger.cases("A")
        analysis = self.analyse(case)
        self.ledger.correct(analysis, day="2025-07-01")
        self.ledger.void(analysis)
        self.counts("A2", business=0, each=0)

    def test_as_of_is_exclusive_and_known_at_inclusive(self):
        (case,) = self.ledger.cases("A")  # position 0
        analysis = self.analyse(case)  # position 1, recorded at second 1
        self.ledger.void(analysis)  # position 2, recorded at second 2
        count = self.ledger.count
        self.assertEqual([count("A2", as_of=n)["each"] for n in (1, 2, 3)], [0, 1, 0])
        known = [parse_instant(f"2026-01-01T00:00:0{second}Z") for second in ("0.999", "1.000", "1.999", "2.000")]
        self.assertEqual([count("A2", known_at=at)["each"] for at in known], [0, 1, 1, 0])

    def test_known_at_with_an_offset_is_the_same_instant(self):
        self.assertEqual(parse_instant("2026-01-01T09:00:01+09:00"), parse_instant("2026-01-01T00:00:01.000Z"))
        with self.assertRaises(ValueError):
            parse_instant("2026-01-01")

    def test_merged_businesses_are_one_and_unmerged_ones_two_again(self):
        for case in self.ledger.cases("A", "B"):
            self.analyse(case)
        self.counts("A2", business=2, each=2)
        self.ledger.merge("A", "B")
        self.counts("A2", business=1, each=2)
        self.ledger.unmerge("A")
        self.counts("A2", business=2, each=2)

    def test_merges_are_followed_to_the_end(self):
        for case in self.ledger.cases("A", "B", "C"):
            self.analyse(case)
        self.ledger.merge("A", "B")
        self.ledger.merge("B", "C")
        self.counts("A2", business=1, each=3)

    def test_a_later_merge_replaces_and_its_void_restores_the_earlier(self):
        for case in self.ledger.cases("A", "B", "C"):
            self.analyse(case)
        self.ledger.merge("A", "B")
        later = self.ledger.merge("A", "X")
        self.counts("A2", business=3, each=3)
        self.ledger.void(later)
        self.counts("A2", business=2, each=3)

    def test_a_voided_unmerge_leaves_the_merge_in_effect(self):
        for case in self.ledger.cases("A", "B"):
            self.analyse(case)
        self.ledger.merge("A", "B")
        self.ledger.void(self.ledger.unmerge("A"))
        self.counts("A2", business=1, each=2)

    def test_a_corrected_merge_goes_elsewhere(self):
        for case in self.ledger.cases("A", "B"):
            self.analyse(case)
        self.ledger.correct(self.ledger.merge("A", "B"), {"into": "C", "evidence": "x"})
        self.counts("A2", business=2, each=2)

    def test_merges_count_at_the_cut_off_only(self):
        for case in self.ledger.cases("A", "B"):
            self.analyse(case)
        self.ledger.merge("A", "B")  # position 4
        self.assertEqual(self.ledger.count("A2", as_of=4)["business"], 2)
        self.assertEqual(self.ledger.count("A2", as_of=5)["business"], 1)

    def test_a_ring_of_merges_is_one_business(self):
        for case in self.ledger.cases("A", "B", "C"):
            self.analyse(case)
        for business, into in (("A", "B"), ("B", "C"), ("C", "B")):
            self.ledger.merge(business, into)
        self.counts("A2", business=1, each=3)

    def test_a_corrected_case_belongs_to_its_new_business(self):
        first, second = self.ledger.cases("A", "B")
        self.analyse(first)
        self.analyse(second)
        self.ledger.correct("e1", {"business_id": "A", "advisor_id": "s"})
        self.counts("A2", business=1, each=2)

    def test_events_of_a_voided_case_have_no_business(self):
        (case,) = self.ledger.cases("A")
        self.analyse(case)
        self.ledger.void("e0")
        self.counts("A2", business=0, each=1)


class TheGoals(Case):
    """G1 to G3."""

    def test_g1_counts_cases_acts_and_businesses(self):
        one, two = self.ledger.case("k1", "A"), self.ledger.case("k2", "A")
        (other,) = self.ledger.cases("B")
        for case in (one, one, two, other):
            self.add(case, "productivity.supported", "2025-05-01", theme="digital")
        self.counts("G1", case=3, act=4, business=2)

    def test_g2_counts_the_supported_and_the_founded(self):
        first, second = self.ledger.cases("A", "B")
        for case in (first, first, second):
            self.add(case, "startup.supported", "2025-05-01", stage="prospective")
        self.add(second, "startup.founded", "2025-06-01")
        self.add(second, "startup.founded", "2026-06-01")
        self.counts("G2", supported=2, founded=1)

    def test_g3_counts_every_succession(self):
        (case,) = self.ledger.cases("A")
        for _ in range(2):
            self.add(case, "succession.completed", "2025-05-01", kind="family", evidence="x")
        self.add(case, "succession.consulted", "2025-05-01")
        self.counts("G3", succession=2)


class TheResearch(Case):
    """E0 to E3."""

    def publish(self, period, day, kind="business_conditions"):
        subject = f"survey/{len(self.ledger.entries)}"
        self.add(subject, "research.published", day, kind=kind, reference_period=period)

    def test_a_period_counts_once_a_year_of_publication(self):
        self.publish("2025Q4", "2026-02-01")
        self.publish("2025Q4", "2026-03-01")
        self.publish("2025Q4", "2026-04-01")
        self.counts("E1", 2025, publication=1, reference=1)
        self.counts("E1", 2026, publication=1, reference=0)

    def test_the_first_calendar_quarter_published_in_april_belongs_to_two_years(self):
        self.publish("2025Q1", "2025-04-10")
        self.counts("E1", 2025, publication=1, reference=0)
        self.counts("E1", 2024, publication=0, reference=1)

    def test_e0_is_the_sum_of_the_three_kinds_and_no_other(self):
        for kind in ("business_conditions", "pedestrian_traffic", "resas", "other"):
            self.publish("R7", "2026-04-01", kind)
        self.publish("R7Q4", "2026-04-01", "other")
        self.counts("E2", 2026, publication=1, reference=0)
        self.counts("E3", 2025, publication=0, reference=1)
        self.counts("E0", 2026, publication=3, reference=0)
        self.counts("E0", 2025, publication=0, reference=3)

    def test_every_form_of_a_reference_period_has_its_year(self):
        published = date(2030, 6, 1)
        forms = {
            "2025Q4": 2025, "2025-Q4": 2025, "2025Q1": 2024, "2025-Q1": 2024, "2025Q2": 2025, "2025Q3": 2025,
            "2025-11": 2025, "2025-03": 2024, "2025-04": 2025, "2025-12": 2025, "2025": 2025,
            "R7": 2025, "R7Q1": 2025, "R7Q4": 2025, "R12Q4": 2030, "R1": 2019,
            "2025-13": 2030, "2025-00": 2030, "2025Q5": 2030, "R7Q5": 2030, "R7-Q4": 2030, "spring": 2030, "": 2030,
            "2025-1": 2030, "令和7年度": 2030, "２０２５": 2030, "2025Q4 ": 2030, "r7": 2030,
        }
        for text, year in forms.items():
            with self.subTest(text):
                self.assertEqual(reference_fiscal_year(text, published), year)


class TheDemandSurveys(Case):
    """D1 to D3b."""

    def test_rounds_count_by_stage(self):
        for subject in ("survey/1", "survey/2"):
            self.add(subject, "survey.counted", "2025-05-01", survey="students", distributors=7)
        self.add("survey/1", "survey.analysed", "2025-06-01", survey="students")
        self.add("survey/1", "survey.analysed", "2025-06-02", survey="students")
        self.add("survey/3", "survey.analysed", "2025-06-02", survey="voucher")
        self.add("survey/2", "survey.feedback_delivered", "2026-06-02", survey="students", business_id="A")
        self.counts("D2", 2025, analysed=1, counted=2, feedback=0)
        self.counts("D2", 2026, analysed=0, counted=0, feedback=1)
        self.counts("D3", 2025, analysed=1, counted=0, feedback=0)
        self.counts("D1", 2025, analysed=0, counted=0, feedback=0)

    def test_businesses_count_once_a_year_over_rounds_and_merges(self):
        for subject, business in (("survey/1", "A"), ("survey/2", "A"), ("survey/1", "B"), ("survey/1", "C")):
            self.add(subject, "survey.feedback_delivered", "2025-05-01", survey="voucher", business_id=business)
        self.ledger.merge("C", "B")
        self.add("survey/1", "survey.counted", "2025-05-01", survey="voucher", distributors=60)
        self.add("survey/1", "survey.counted", "2025-05-02", survey="voucher", distributors=5)
        self.add("survey/1", "survey.counted", "2025-05-02", survey="voucher", returned=400)
        self.counts("D3b", feedback=2, distributors=65)
        self.counts("D1b", feedback=0, distributors=0)


class TheSeminars(Case):
    """A1, P2 to P4, M1, M1b."""

    def hold(self, subject, tags, day="2025-05-01", attendees=10, **more):
        return self.add(subject, "seminar.held", day, title="t", tags=tags, attendees=attendees, **more)

    def test_a_session_counts_for_each_tag_and_a_course_once(self):
        self.hold("seminar/1", ["dx", "market_development"], course_id="C")
        self.hold("seminar/2", ["dx", "startup"], course_id="C")
        self.hold("seminar/3", ["dx"])
        self.hold("seminar/3", ["plan_making"])
        self.hold("seminar/4", ["hr", "it"])
        self.add("seminar/5", "seminar.planned", "2025-05-01", title="t", tags=["dx"])
        self.counts("A1", session=5, course=3, exclusive=1)
        self.counts("P2", session=1, course=1)
        self.counts("P3", session=1, course=1)
        self.counts("P4", session=3, course=2)
        self.counts("M1", session=1, course=1)

    def test_m1b_sums_heads_and_counts_distinct_attendants(self):
        self.hold("seminar/1", ["market_development"], attendees=8)
        self.hold("seminar/2", ["market_development"], attendees=9, day="2024-05-01")
        self.hold("seminar/3", ["dx"], attendees=100)
        for subject, business in (("1", "A"), ("1", "B"), ("2", "A"), ("2", "C"), ("3", "D"), ("4", "E")):
            self.add(f"seminar/{subject}", "seminar.attended", "2025-05-01", business_id=business)
        self.ledger.merge("C", "B")
        self.counts("M1b", 2025, heads=8, distinct=2)
        self.counts("M1b", 2024, heads=9, distinct=0)

    def test_a_voided_session_takes_its_attendants_along(self):
        session = self.hold("seminar/1", ["market_development"])
        self.add("seminar/1", "seminar.attended", "2025-05-01", business_id="A")
        self.ledger.void(session)
        self.counts("M1b", heads=0, distinct=0)


class TheCommandLine(unittest.TestCase):
    """Input and output of the script."""

    def test_commit_lines_are_skipped_and_the_answer_is_canonical(self):
        ledger = Ledger()
        (case,) = ledger.cases("A")
        ledger.add(case, "analysis.completed", "2025-06-01", analysis_id="a")
        ledger.add(case, "analysis.completed", "2027-06-01", analysis_id="b")
        lines = [json.dumps(entry) for entry in ledger.entries]
        text = "\n".join([lines[0], '{"commit":1}', lines[1], "", lines[2]])
        run = subprocess.run([sys.executable, HERE / "kpi_oracle.py"], input=text, capture_output=True, text=True)
        answer = json.loads(run.stdout)
        self.assertEqual(len(answer), 29)
        self.assertEqual([answer["A2"][year]["each"] for year in ("2025", "2026", "2027")], [1, 0, 1])
        self.assertEqual(json.dumps(answer, sort_keys=True, separators=(",", ":")) + "\n", run.stdout)
        self.assertEqual(len(read_entries(text.splitlines())), 3)

    def test_wrong_usage_is_exit_2(self):
        for options in (["--known-at", "yesterday"], ["--years", "R7"], ["/nonexistent"]):
            run = subprocess.run([sys.executable, HERE / "kpi_oracle.py", *options], input="", capture_output=True,
                                 text=True)
            self.assertEqual(run.returncode, 2, options)


if __name__ == "__main__":
    unittest.main()
