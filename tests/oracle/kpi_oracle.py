#!/usr/bin/env python3
"""An independent second implementation of the counting rules of all 29 indicators.

Reads recorded entries (NDJSON, one entry a line; `{"commit": ...}` lines are skipped) and prints
`{indicator: {fiscal_year: {reading: number or null}}}` as canonical JSON. Every rule is written out
by hand from contract section 6, seed/inventory.md sections 1.1, 6, 7 and the table of reading ids
("readings"). It must not know the plan file, its measures, or anything of the engine: agreement
between two implementations is evidence only while neither has seen the other.
"""

import argparse
import json
import re
import sys
from datetime import date
from fractions import Fraction

from effective import (
    MARKET_DEVELOPMENT,
    World,
    cut_off,
    fiscal_year,
    one_decimal,
    one_year_later,
    parse_instant,
    reference_fiscal_year,
)

TAGS_OF_OTHER_ROWS = {"plan_making", "startup", "dx", MARKET_DEVELOPMENT}


def distinct(keys):
    """The number of different keys; an event without a key (no business) is no one's."""
    return len({key for key in keys if key is not None})


def businesses(events):
    """Distinct resolved businesses."""
    return distinct(e.business for e in events)


# ---------------------------------------------------------------- G: goals, section 1(3)

def g1(world, year):
    """Inventory 1.1 G1: cases with a productivity act · acts · businesses."""
    events = world.of("productivity.supported", year)
    return {"case": distinct(e.subject for e in events), "act": len(events), "business": businesses(events)}


def g2(world, year):
    """Inventory 1.1 G2: those supported · those who opened."""
    return {
        "supported": businesses(world.of("startup.supported", year)),
        "founded": businesses(world.of("startup.founded", year)),
    }


def g3(world, year):
    """Contract section 6: events succession.completed."""
    return {"succession": len(world.of("succession.completed", year))}


# ---------------------------------------------------------------- E: economic surveys, section 3(2)

def research(kind):
    """E1 to E3: distinct reference periods of one kind, by publication or by reference period."""

    def count(world, year):
        periods = [
            (e.data["reference_period"], e) for e in world.by_type["research.published"] if e.data["kind"] == kind
        ]
        return {
            "publication": distinct(period for period, e in periods if e.year == year),
            "reference": distinct(
                period for period, e in periods if reference_fiscal_year(period, e.day) == year
            ),
        }

    return count


e1, e2, e3 = research("business_conditions"), research("pedestrian_traffic"), research("resas")


def e0(world, year):
    """Inventory 1: E0 = E1 + E2 + E3, reading by reading."""
    parts = [part(world, year) for part in (e1, e2, e3)]
    return {reading: sum(part[reading] for part in parts) for reading in ("publication", "reference")}


# ---------------------------------------------------------------- D: demand surveys, section 4(2)

def survey_rounds(survey):
    """D1 to D3: survey rounds (subjects) analysed · counted · fed back."""

    def rounds(world, kind, year):
        return distinct(e.subject for e in world.of(kind, year) if e.data["survey"] == survey)

    def count(world, year):
        return {
            "analysed": rounds(world, "survey.analysed", year),
            "counted": rounds(world, "survey.counted", year),
            "feedback": rounds(world, "survey.feedback_delivered", year),
        }

    return count


def survey_businesses(survey):
    """D1b to D3b: businesses given the result · cooperating shops."""

    def count(world, year):
        delivered = [e for e in world.of("survey.feedback_delivered", year) if e.data["survey"] == survey]
        counted = [e for e in world.of("survey.counted", year) if e.data["survey"] == survey]
        return {
            "feedback": businesses(delivered),
            "distributors": sum(e.data.get("distributors", 0) for e in counted),
        }

    return count


# ---------------------------------------------------------------- A, P, M1: seminars, analyses, plans

def course(event):
    """The course of a session: course_id, or the seminar itself where it is absent."""
    if "course_id" in event.data:
        return ("course", event.data["course_id"])
    return ("seminar", event.subject)


def a1(world, year):
    """Inventory 1.1 A1: all sessions · courses · sessions that feed no other row."""
    held = world.of("seminar.held", year)
    return {
        "session": len(held),
        "course": distinct(course(e) for e in held),
        "exclusive": sum(1 for e in held if not TAGS_OF_OTHER_ROWS.intersection(e.data["tags"])),
    }


def tagged_sessions(tag):
    """P2, P3, P4, M1: each tag counts its sessions; a session may count in several rows."""

    def count(world, year):
        held = [e for e in world.of("seminar.held", year) if tag in e.data["tags"]]
        return {"session": len(held), "course": distinct(course(e) for e in held)}

    return count


def a2(world, year):
    """Inventory 6 A2: businesses analysed · every analysis (re-analysis counts again)."""
    events = world.of("analysis.completed", year)
    return {"business": businesses(events), "each": len(events)}


def p1(world, year):
    """Inventory 6 P1: plans (revisions do not count) · businesses with a plan."""
    events = world.of("plan.completed", year)
    return {"plan": distinct(e.data["plan_id"] for e in events), "business": businesses(events)}


# ---------------------------------------------------------------- F: follow-up, section 7(3)2)

def f1(world, year):
    """Businesses followed up · within 12 months of the plan · in the plan's year or the next."""
    pairs = world.followups(year)
    return {
        "done": businesses(f for f, _ in pairs),
        "in_duty": businesses(f for f, plan in pairs if plan.day <= f.day <= one_year_later(plan.day)),
        "next_year": businesses(f for f, plan in pairs if f.year in (plan.year, plan.year + 1)),
    }


def f2(world, year):
    """Same plan, same day, same method is one visit; by default phone and mail are none."""
    visits = [(f.data["plan_id"], f.day, f.data["method"]) for f, _ in world.followups(year)]
    return {
        "visits": distinct(v for v in visits if v[2] in ("visit", "window", "online")),
        "all_methods": distinct(visits),
    }


def latest_by_business(reports, order):
    """{business: its last report in that order}; reports of no business are left out."""
    latest = {}
    for report in sorted(reports, key=order):
        if report.business is not None:
            latest[report.business] = report
    return latest.values()


def by_confirmation(event):
    """Contract section 6: latest by occurred_on, then position."""
    return (event.day, event.position)


def by_period_end(event):
    """Readings, F3 period_end: latest by period_to, then occurred_on, then position."""
    return (date.fromisoformat(event.data["period_to"]), event.day, event.position)


def channel(event):
    """Contract section 3: the channel is total unless given."""
    return event.data.get("channel", "total")


def baseline(world, report):
    """Baseline sales of the latest plan on or before the report that has them, or None."""
    plans = [
        e
        for e in world.by_type["plan.completed"]
        if e.business == report.business and e.day <= report.day and "baseline_sales" in e.data
    ]
    return max(plans, key=by_confirmation).data["baseline_sales"] if plans else None


def f3(world, year):
    """Plan-made businesses whose latest report shows an increase."""

    def increased(reports, order):
        return sum(
            1
            for report in latest_by_business(reports, order)
            if report.business in world.first_plan
            and world.first_plan[report.business] <= report.day
            and report.data["sales"] > report.data["comparison_sales"]
        )

    total = [e for e in world.by_type["sales.reported"] if channel(e) == "total"]
    compared = [e for e in total if "comparison_sales" in e.data]
    of_year = latest_by_business([e for e in total if e.year == year], by_confirmation)
    against_plan = [(report, baseline(world, report)) for report in of_year]
    return {
        "confirmed": increased([e for e in compared if e.year == year], by_confirmation),
        "period_end": increased(
            [e for e in compared if fiscal_year(date.fromisoformat(e.data["period_to"])) == year], by_period_end
        ),
        "pre_plan": sum(1 for report, base in against_plan if base is not None and report.data["sales"] > base),
    }


# ---------------------------------------------------------------- M: market development, section 8(3)

def m1b(world, year):
    """Heads of the M1 sessions · distinct businesses that attended one (year of the attendance)."""
    m1_seminars = {e.subject for e in world.by_type["seminar.held"] if MARKET_DEVELOPMENT in e.data["tags"]}
    held = [e for e in world.of("seminar.held", year) if MARKET_DEVELOPMENT in e.data["tags"]]
    return {
        "heads": sum(e.data["attendees"] for e in held),
        "distinct": businesses(e for e in world.of("seminar.attended", year) if e.subject in m1_seminars),
    }


def m1c(world, year):
    """New (business, counterparty) pairs of those who attended an earlier M1 session · of anyone."""
    new = [e for e in world.deals(year) if e.data["new_counterparty"] and e.business is not None]
    attended = [e for e in new if e.business in world.first_m1 and world.first_m1[e.business] <= e.day]
    return {
        "attendees": distinct((e.business, e.data["counterparty"]) for e in attended),
        "any": distinct((e.business, e.data["counterparty"]) for e in new),
    }


def m2(world, year):
    """Businesses exhibiting · every exhibition."""
    events = world.of("fair.exhibited", year)
    return {"business": businesses(events), "each": len(events)}


def m2b(world, year):
    """Deals from fairs · per exhibiting business · businesses with such a deal."""
    deals = [e for e in world.deals(year) if e.data["origin"] == "fair"]
    exhibitors = m2(world, year)["business"]
    return {
        "total": len(deals),
        "per_exhibitor": one_decimal(Fraction(len(deals), exhibitors)) if exhibitors else None,
        "companies": businesses(deals),
    }


def m3(world, year):
    """Businesses opening or supported in EC · opening only."""
    opened, supported = world.of("ec.opened", year), world.of("ec.supported", year)
    return {"supported": businesses(opened + supported), "opened": businesses(opened)}


def m3b(world, year):
    """Sales growth of EC businesses in per cent: mean of the rates · of the sums; total and EC sales."""

    def pairs(wanted):
        usable = [
            e
            for e in world.of("sales.reported", year)
            if channel(e) == wanted and e.data.get("comparison_sales", 0) > 0
        ]
        return [
            (e.data["sales"], e.data["comparison_sales"])
            for e in latest_by_business(usable, by_confirmation)
            if e.business in world.first_ec and world.first_ec[e.business] <= e.day
        ]

    def mean(figures):
        if not figures:
            return None
        return one_decimal(sum((Fraction(s, c) - 1) * 100 for s, c in figures) / len(figures))

    def aggregate(figures):
        if not figures:
            return None
        return one_decimal((Fraction(sum(s for s, _ in figures), sum(c for _, c in figures)) - 1) * 100)

    total, ec = pairs("total"), pairs("ec")
    return {"mean": mean(total), "aggregate": aggregate(total), "mean_ec": mean(ec), "aggregate_ec": aggregate(ec)}


INDICATORS = {
    "G1": g1, "G2": g2, "G3": g3,
    "E0": e0, "E1": e1, "E2": e2, "E3": e3,
    "D1": survey_rounds("shopping_street"), "D1b": survey_businesses("shopping_street"),
    "D2": survey_rounds("students"), "D2b": survey_businesses("students"),
    "D3": survey_rounds("voucher"), "D3b": survey_businesses("voucher"),
    "A1": a1, "A2": a2,
    "P1": p1, "P2": tagged_sessions("plan_making"), "P3": tagged_sessions("startup"), "P4": tagged_sessions("dx"),
    "F1": f1, "F2": f2, "F3": f3,
    "M1": tagged_sessions(MARKET_DEVELOPMENT), "M1b": m1b, "M1c": m1c,
    "M2": m2, "M2b": m2b, "M3": m3, "M3b": m3b,
}


# ---------------------------------------------------------------- the whole answer

def years_that_could_count(world):
    """Every year from the first to the last that an event, a reference or a sales period falls in."""
    years = {e.year for e in world.events}
    years |= {reference_fiscal_year(e.data["reference_period"], e.day) for e in world.by_type["research.published"]}
    years |= {fiscal_year(date.fromisoformat(e.data["period_to"])) for e in world.by_type["sales.reported"]}
    return range(min(years), max(years) + 1) if years else range(0)


def count_all(entries, as_of=None, known_at=None, years=None):
    """{indicator: {fiscal year as text: {reading: number or None}}} at a cut-off."""
    world = World(cut_off(entries, as_of, known_at))
    wanted = years if years is not None else years_that_could_count(world)
    return {name: {str(year): rule(world, year) for year in wanted} for name, rule in INDICATORS.items()}


def parse_years(text):
    """`2019-2030`, both ends included, or one year."""
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text)
    if not found:
        raise ValueError(f"{text!r} is no span of fiscal years, write for example 2019-2030")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def read_entries(lines):
    """Recorded entries of NDJSON lines, without the store's commit lines."""
    records = (json.loads(line) for line in lines if line.strip())
    return [record for record in records if "commit" not in record]


def main():
    """Command line; exit 2 on wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(description="count all indicators of recorded entries")
    parser.add_argument("file", nargs="?", help="NDJSON of recorded entries (default: standard input)")
    parser.add_argument("--as-of", type=int, help="only entries with a lower position count")
    parser.add_argument("--known-at", help="only entries recorded at or before this instant count")
    parser.add_argument("--years", help="fiscal years to show, for example 2019-2030")
    options = parser.parse_args()
    try:
        known_at = parse_instant(options.known_at) if options.known_at else None
        years = parse_years(options.years) if options.years else None
        if options.file:
            with open(options.file, encoding="utf-8") as source:
                entries = read_entries(source)
        else:
            entries = read_entries(sys.stdin.buffer)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{error}\n")
    answer = count_all(entries, options.as_of, known_at, years)
    print(json.dumps(answer, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
