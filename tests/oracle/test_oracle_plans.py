#!/usr/bin/env python3
"""Hand-made cases for plans, follow-ups, sales and market development.

Given a short history, when it is counted, then the readings are these. The cases must not be made
from the oracle's own output, and know nothing of the engine or the plan file.
"""

import json
import unittest
from fractions import Fraction

from effective import one_decimal
from hand_made import Case


class ThePlans(Case):
    """P1, F1, F2."""

    def plan(self, case, plan, day, **more):
        return self.add(case, "plan.completed", day, plan_id=plan, kind="dx", **more)

    def follow(self, case, plan, day, method="visit"):
        return self.add(case, "followup.done", day, plan_id=plan, method=method, progress="on_track")

    def test_two_plans_of_one_business_are_two_plans_and_one_business(self):
        (case,) = self.ledger.cases("A")
        self.plan(case, "p", "2025-05-01")
        self.plan(case, "q", "2025-06-01")
        self.add(case, "plan.revised", "2025-07-01", plan_id="p", reason="r")
        self.follow(case, "p", "2025-08-01")
        self.follow(case, "q", "2025-08-01")
        self.counts("P1", plan=2, business=1)
        self.counts("F1", done=1, in_duty=1, next_year=1)
        self.counts("F2", visits=2, all_methods=2)

    def test_the_duty_window_includes_both_ends(self):
        for business, day in (("A", "2024-09-30"), ("B", "2024-10-01"), ("C", "2025-10-01"), ("D", "2025-10-02")):
            (case,) = self.ledger.cases(business)
            self.plan(case, business, "2024-10-01")
            self.follow(case, business, day)
        self.counts("F1", 2024, done=2, in_duty=1, next_year=2)
        self.counts("F1", 2025, done=2, in_duty=1, next_year=2)

    def test_a_plan_of_29_february_is_due_until_28_february(self):
        for business, day in (("A", "2025-02-28"), ("B", "2025-03-01")):
            (case,) = self.ledger.cases(business)
            self.plan(case, business, "2024-02-29")
            self.follow(case, business, day)
        self.counts("F1", 2024, done=2, in_duty=1, next_year=2)

    def test_the_year_after_next_is_out_and_so_is_the_year_before(self):
        for business, day in (("A", "2023-06-01"), ("B", "2026-03-31"), ("C", "2026-04-01")):
            (case,) = self.ledger.cases(business)
            self.plan(case, business, "2024-05-01")
            self.follow(case, business, day)
        self.counts("F1", 2023, done=1, in_duty=0, next_year=0)
        self.counts("F1", 2025, done=1, in_duty=0, next_year=1)
        self.counts("F1", 2026, done=1, in_duty=0, next_year=0)

    def test_voiding_a_plan_takes_its_followups_out_and_correcting_does_not(self):
        (case,) = self.ledger.cases("A")
        plan = self.plan(case, "p", "2025-05-01")
        self.follow(case, "p", "2025-06-01")
        self.ledger.correct(plan, {"plan_id": "p", "kind": "other"}, "2024-05-01")
        self.counts("F1", done=1, in_duty=0, next_year=1)
        self.ledger.void(plan)
        self.counts("F1", done=0, in_duty=0, next_year=0)
        self.counts("F2", visits=0, all_methods=0)

    def test_the_same_plan_day_and_method_is_one_visit(self):
        (case,) = self.ledger.cases("A")
        self.plan(case, "p", "2025-05-01")
        for method in ("visit", "visit", "window", "online", "phone", "phone", "mail"):
            self.follow(case, "p", "2025-06-01", method)
        self.follow(case, "p", "2025-06-02")
        self.counts("F2", visits=4, all_methods=6)


class TheSales(Case):
    """F3 and M3b."""

    def report(self, case, day, sales, comparison=None, period_to="2025-09-30", **more):
        if comparison is not None:
            more["comparison_sales"] = comparison
        span = {"period_from": "2025-04-01", "period_to": period_to}
        return self.add(case, "sales.reported", day, sales=sales, basis="hearing", **span, **more)

    def plan(self, case, day, name="p", **more):
        return self.add(case, "plan.completed", day, plan_id=f"{case}{name}", kind="dx", **more)

    def test_the_last_comparable_total_report_decides(self):
        first, second, third = self.ledger.cases("A", "B", "C")
        for case in (first, second, third):
            self.plan(case, "2025-05-01")
        self.report(first, "2025-08-01", 5, 9)
        self.report(first, "2025-09-01", 9, 5)  # up
        self.report(first, "2025-10-01", 1)  # not comparable
        self.report(first, "2025-11-01", 1, 9, channel="ec")  # not the total
        self.report(second, "2025-08-02", 5, 9)
        self.report(second, "2025-08-02", 9, 5)  # same day: the later position; up
        self.report(second, "2025-08-01", 1, 9)
        self.report(third, "2025-08-02", 9, 9)  # level
        self.counts("F3", confirmed=2, period_end=2, pre_plan=0)

    def test_a_zero_base_is_a_comparison_for_f3(self):
        (case,) = self.ledger.cases("A")
        self.plan(case, "2025-05-01")
        self.report(case, "2025-08-01", 1, 0, channel="total")
        self.counts("F3", confirmed=1, period_end=1, pre_plan=0)

    def test_the_plan_must_not_be_later_than_the_report(self):
        same, later, never = self.ledger.cases("A", "B", "C")
        for case in (same, later, never):
            self.report(case, "2025-08-01", 9, 5)
        self.plan(same, "2025-08-01")
        self.plan(later, "2025-08-02")
        self.counts("F3", confirmed=1, period_end=1, pre_plan=0)

    def test_period_end_takes_the_year_and_the_order_of_the_period(self):
        (case,) = self.ledger.cases("A")
        self.plan(case, "2024-05-01")
        self.report(case, "2025-05-20", 9, 5, period_to="2025-03-31")  # period in R6, confirmed in R7
        self.report(case, "2025-09-01", 9, 5, period_to="2025-08-31")  # the last period of R7: up
        self.report(case, "2025-10-01", 1, 5, period_to="2025-06-30")  # confirmed last: down
        self.counts("F3", 2024, confirmed=0, period_end=1, pre_plan=0)
        self.counts("F3", 2025, confirmed=0, period_end=1, pre_plan=0)

    def test_pre_plan_compares_with_the_last_baseline_known(self):
        (case,) = self.ledger.cases("A")
        self.plan(case, "2025-05-01", "p", baseline_sales=100)
        self.plan(case, "2025-06-01", "q", baseline_sales=50)
        self.plan(case, "2025-07-01", "r")  # has no baseline
        self.plan(case, "2025-12-01", "s", baseline_sales=999)  # after the report
        self.report(case, "2025-08-01", 60)
        self.counts("F3", confirmed=0, period_end=0, pre_plan=1)
        self.report(case, "2025-08-02", 50)
        self.counts("F3", confirmed=0, period_end=0, pre_plan=0)

    def test_plans_and_reports_meet_through_a_merge(self):
        planned, reporting = self.ledger.cases("A", "B")
        self.plan(planned, "2025-05-01", baseline_sales=1)
        self.report(reporting, "2025-08-01", 9, 5)
        self.counts("F3", confirmed=0, period_end=0, pre_plan=0)
        self.ledger.merge("B", "A")
        self.counts("F3", confirmed=1, period_end=1, pre_plan=1)

    def test_growth_is_the_mean_of_rates_or_the_rate_of_sums(self):
        first, second, third, other = self.ledger.cases("A", "B", "C", "D")
        self.add(first, "ec.opened", "2025-05-01", platform="mall")
        self.add(first, "ec.supported", "2025-12-01")  # the first one decides
        self.add(second, "ec.supported", "2025-08-01")
        self.add(third, "ec.supported", "2025-08-02")  # after its report
        self.report(first, "2025-07-01", 150, 100)  # + 50 %
        self.report(first, "2025-08-01", 7, 0)  # a zero base is left out
        self.report(second, "2025-08-01", 900, 1000)  # - 10 %
        self.report(second, "2025-07-01", 9, 1)  # not the latest
        self.report(third, "2025-08-01", 9, 1)
        self.report(other, "2025-08-01", 9, 1)
        self.report(first, "2025-08-01", 30, 40, channel="ec")  # - 25 %
        # mean (50 - 10) / 2 = 20; sums 1050 / 1100 - 1 = - 4.545... %
        self.counts("M3b", mean=20, aggregate=-4.5, mean_ec=-25, aggregate_ec=-25)

    def test_nobody_qualifying_is_no_figure(self):
        self.counts("M3b", mean=None, aggregate=None, mean_ec=None, aggregate_ec=None)

    def test_one_decimal_is_rounded_half_up(self):
        tenths = {
            Fraction(1, 20): 0.1, Fraction(1, 8): 0.1, Fraction(249, 1000): 0.2, Fraction(1, 4): 0.3,
            Fraction(-1, 4): -0.3, Fraction(-1, 8): -0.1, Fraction(-1, 25): 0, Fraction(35, 100): 0.4,
            Fraction(10): 10, Fraction(1999, 200): 10, Fraction(-2): -2, Fraction(5, 3): 1.7,
        }
        for exact, shown in tenths.items():
            with self.subTest(exact):
                self.assertEqual(one_decimal(exact), shown)
        self.assertEqual(json.dumps([one_decimal(Fraction(10)), one_decimal(Fraction(-1, 25))]), "[10, 0]")


class TheMarket(Case):
    """M1c, M2, M2b, M3."""

    def deal(self, case, day="2025-06-01", origin="other", counterparty="X", new=True):
        return self.add(case, "deal.concluded", day, origin=origin, counterparty=counterparty, new_counterparty=new)

    def cancel(self, case, deal, day="2025-07-01"):
        return self.add(case, "deal.cancelled", day, deal=deal)

    def attend(self, business, seminar, held, tags=("market_development",)):
        self.add(f"seminar/{seminar}", "seminar.held", held, title="t", tags=list(tags), attendees=1)
        self.add(f"seminar/{seminar}", "seminar.attended", "2026-03-31", business_id=business)

    def test_m1c_counts_new_pairs_of_those_who_had_attended(self):
        same_day, late, wrong, never = self.ledger.cases("A", "B", "C", "D")
        self.attend("A", "1", "2025-06-01")
        self.attend("A", "4", "2025-06-30")  # a second, later session takes nothing away
        self.attend("B", "2", "2025-06-02")
        self.attend("C", "3", "2025-05-01", ["dx"])
        for case in (same_day, late, wrong, never):
            self.deal(case)
        self.deal(same_day)  # the same pair
        self.deal(same_day, counterparty="Y")
        self.deal(same_day, counterparty="Z", new=False)
        self.counts("M1c", attendees=2, any=5)

    def test_an_attendance_counts_through_a_merge_and_from_an_earlier_year(self):
        (case,) = self.ledger.cases("A")
        self.attend("B", "1", "2023-06-01")
        self.deal(case)
        self.counts("M1c", attendees=0, any=1)
        self.ledger.merge("B", "A")
        self.counts("M1c", attendees=1, any=1)

    def test_the_same_counterparty_of_two_businesses_is_two_pairs(self):
        for case in self.ledger.cases("A", "B"):
            self.deal(case)
        self.attend("A", "1", "2025-05-01")
        self.attend("B", "2", "2025-05-01")
        self.counts("M1c", attendees=2, any=2)

    def test_a_cancelled_deal_leaves_the_year_of_the_deal(self):
        (case,) = self.ledger.cases("A")
        self.add(case, "fair.exhibited", "2025-06-01", fair="F", mode="web")
        deal = self.deal(case, origin="fair")
        self.counts("M2b", total=1, per_exhibitor=1, companies=1)
        cancelled = self.cancel(case, deal, "2026-05-01")
        self.counts("M2b", total=0, per_exhibitor=0, companies=0)
        self.counts("M1c", attendees=0, any=0)
        self.counts("M2b", 2026, total=0, per_exhibitor=None, companies=0)
        self.ledger.void(cancelled)
        self.counts("M2b", total=1, per_exhibitor=1, companies=1)

    def test_m2_counts_businesses_and_exhibitions_and_m2b_deals_from_fairs(self):
        first, second, third = self.ledger.cases("A", "B", "C")
        for case in (first, first, second, third):
            self.add(case, "fair.exhibited", "2025-06-01", fair="F", mode="venue")
        for case, origin in ((first, "fair"), (first, "fair"), (first, "ec"), (second, "fair"), (third, "other")):
            self.deal(case, origin=origin, new=False)
        self.deal(first, origin="fair", new=False)
        self.deal(first, origin="fair", new=False)
        self.counts("M2", business=3, each=4)
        self.counts("M2b", total=5, per_exhibitor=1.7, companies=2)

    def test_m3_counts_ec_users_supported_and_new(self):
        first, second, third = self.ledger.cases("A", "B", "C")
        self.add(first, "ec.opened", "2025-06-01", platform="own")
        self.add(first, "ec.supported", "2025-07-01")
        self.add(second, "ec.supported", "2025-07-01")
        self.add(second, "ec.stopped", "2025-08-01")
        self.add(third, "ec.opened", "2025-06-01", platform="own")
        self.counts("M3", supported=3, opened=2)


if __name__ == "__main__":
    unittest.main()
