#!/usr/bin/env python3
"""Generates valid recorded histories over fiscal years R5 to R9, deterministic from the seed.

`--seed S --events N` prints exactly N entries, one canonical JSON entry a line. Position 0 adopts a
stand-in plan that the caller replaces. Corrections, voids, merges and unmerges are each about a
tenth of the entries, cancelled deals half of that (SPECIAL). `--exotic a,b` adds practices on which
the texts are silent, so that two implementations may differ in good faith (EXOTICS). It must not
know how anything is counted; of the oracle it uses only the names of indicators and readings.
"""

import argparse
import json
from datetime import date, timedelta

from effective import fiscal_year, one_year_later
from history import FIRST_DAY, Case, History, canonical
from history_data import CASE, CORRECTABLE, SEMINAR, SURVEY, SURVEYS, case_opened
from kpi_oracle import count_all

READINGS = {name: sorted(years["2025"]) for name, years in count_all([], years=[2025]).items()}
EXOTICS = {
    "case_void": "void case.opened while the case has other events",
    "plan_id": "correct the plan_id of a plan.completed",
    "recomplete": "complete a plan_id again after its plan.completed was voided",
    "period_forms": "write the same quarter as 2025Q4 and as 2025-Q4",
    "deal_target": "correct a deal.cancelled to name another deal",
    "double_cancel": "cancel a deal that is cancelled already",
    "merge_ring": "let merges run in a ring",
}
CASE_WEIGHTS = {
    "followup.done": 14, "sales.reported": 6, "deal.concluded": 7, "plan.completed": 3, "analysis.completed": 3,
    "fair.exhibited": 2, "ec.opened": 1, "ec.supported": 2, "productivity.supported": 2, "startup.supported": 2,
    "startup.founded": 1, "succession.completed": 1, "visit.done": 1, "plan.revised": 1,
}
UNVOIDABLE = {"case.opened"}


# ---------------------------------------------------------------- register and cases

def hire(h, role):
    """Staff register themselves under the manager, who is the first."""
    h.staff.append(h.uuid())
    h.append("staff.registered", f"staff/{h.staff[-1]}", {"role": role}, by=h.manager, sealed=["name"])


def register_business(h):
    """Few businesses, so that distinct counts collide."""
    if len(h.businesses) >= max(5, min(40, h.total // 30)):
        return False
    h.businesses.append(h.uuid())
    kind = h.rng.choice(["corporation", "sole_proprietor", "prospective_founder", "organisation"])
    h.append("business.registered", f"business/{h.businesses[-1]}", {"kind": kind}, h.day(), sealed=["name"])
    return True


def open_case(h):
    """At most two cases a business on average."""
    if len(h.cases) >= 2 * len(h.businesses):
        return False
    case = f"case/{h.uuid()}"
    h.append("case.opened", case, case_opened(h, case, None), h.day())
    h.cases[case] = Case()
    return True


def close_or_reopen(h):
    """Cases open most of the time."""
    case = h.rng.choice(list(h.cases))
    state = h.cases[case]
    if state.is_open and h.rng.random() < 0.5:
        return False
    state.is_open = not state.is_open
    h.append("case.reopened" if state.is_open else "case.closed", case, {}, h.day())
    return True


def followup_day(h, case, plan_id):
    """Around the plan's day and its anniversary, where the duty window begins and ends."""
    plan = next(record for record in h.cases[case].plans if record.data["plan_id"] == plan_id and not record.voided)
    near = h.rng.choice([plan.day, one_year_later(plan.day)]) + timedelta(days=h.rng.choice([-1, 0, 0, 1]))
    return near if FIRST_DAY <= near <= h.today and h.rng.random() < 0.5 else h.day()


def work_on_case(h):
    """One act in an open case."""
    case = h.rng.choice(list(h.cases))
    state = h.cases[case]
    kind = h.rng.choices(list(CASE_WEIGHTS), CASE_WEIGHTS.values())[0]
    if not state.is_open or (kind in ("followup.done", "plan.revised") and not h.open_plans(case)):
        return False
    data = CASE[kind](h, case, None)
    if kind == "plan.completed" and h.exotic("recomplete") and h.rng.random() < 0.5:
        voided = {record.data["plan_id"] for record in state.plans} - set(h.open_plans(case))
        data["plan_id"] = min(voided, default=data["plan_id"])
    day = followup_day(h, case, data["plan_id"]) if kind == "followup.done" else h.day()
    record = h.append(kind, case, data, day)
    if kind == "plan.completed":
        state.plans.append(record)
    elif kind == "deal.concluded":
        state.deals.append(record)
    return True


# ---------------------------------------------------------------- seminars, surveys, programme

def work_on_seminar(h):
    """Plan, hold (several sessions of one seminar too), attend."""
    kind = h.rng.choices(list(SEMINAR), [1, 4, 4])[0]
    if not h.seminars or (kind != "seminar.attended" and h.rng.random() < 0.6):
        h.seminars.append(f"seminar/{h.uuid()}")
    recent = h.seminars[-12:]
    seminar = h.rng.choice(recent)
    h.append(kind, seminar, SEMINAR[kind](h, seminar, None), h.day())
    return True


def work_on_survey(h):
    """Rounds of the three surveys; publications have subjects of their own."""
    kind = h.rng.choices(list(SURVEY), [4, 1, 2, 2, 4])[0]
    rounds = list(h.surveys)
    if kind == "research.published":
        survey = f"survey/{h.uuid()}"
        h.append(kind, survey, SURVEY[kind](h, survey, None), h.day())
        return True
    if not rounds or kind == "survey.opened":
        rounds = [f"survey/{h.uuid()}"]
        h.surveys[rounds[0]] = h.rng.choice(SURVEYS)
        kind = "survey.opened"
    survey = h.rng.choice(rounds[-6:])
    h.append(kind, survey, SURVEY[kind](h, survey, None), h.day())
    return True


def work_on_programme(h):
    """Closing and reopening of past years, revised targets, decided readings."""
    year = h.rng.randint(2023, fiscal_year(h.today))
    indicator = h.rng.choice(list(READINGS))
    kind = h.rng.choice(["fiscal_year.closed", "fiscal_year.reopened", "programme.target_revised",
                         "policy.reading_decided"])
    data = {"reason": "決定"}
    if kind == "programme.target_revised":
        data |= {"indicator": indicator, "fiscal_year": h.rng.randint(2025, 2029),
                 "target": h.rng.choice([None, 0, 3, 40, 100])}
    elif kind == "policy.reading_decided":
        data |= {"indicator": indicator, "reading": h.rng.choice(READINGS[indicator])}
    elif kind == "fiscal_year.closed":
        if year in h.closed_years or year == fiscal_year(h.today):
            return False
        h.closed_years.add(year)
        data = {"fiscal_year": year}
    else:
        if year not in h.closed_years:
            return False
        h.closed_years.remove(year)
        data["fiscal_year"] = year
    h.append(kind, "programme/plan", data, by=h.manager)
    return True


# ---------------------------------------------------------------- what changes the past

def own_or_manager(h, record):
    """An advisor corrects own entries, the manager all (contract section 8)."""
    return h.rng.choice([record.entry["recorded_by"], h.manager])


def other_side_of_march(h, record):
    """A day in the neighbouring fiscal year, as near to the boundary as can be."""
    year = record.day.year if record.day.month < 4 else record.day.year + 1
    before, after = date(year, 3, 31), date(year, 4, 1)
    day = after if record.day <= before and after <= h.today else date(year - 1, 3, 31)
    return day if FIRST_DAY <= day <= h.today else h.day()


def corrected_data(h, record):
    """Whole new data for a record, or None where a correction makes no sense."""
    if record.type == "deal.cancelled":
        others = [deal.entry["id"] for deal in h.open_deals(record.subject)]
        deal = h.rng.choice(others) if others and h.exotic("deal_target") else record.data["deal"]
        return {"deal": deal, "reason": "理由の訂正"}
    if record.type not in CORRECTABLE:
        return None
    data = CORRECTABLE[record.type](h, record.subject, record.data)
    business = record.subject.removeprefix("business/")
    if record.type == "business.merged" and (data["into"] == business or h.reaches(data["into"], business)):
        return None
    return data


def correct(h):
    """Data, day, or both."""
    kind = h.rng.choice([*CORRECTABLE, "deal.cancelled", "seminar.held", "sales.reported", "plan.completed"])
    record = h.pick(kind)
    if record is None:
        return False
    wanted = h.rng.choice(["data", "day", "both"])
    data = corrected_data(h, record) if wanted != "day" else None
    correction = {"target": record.entry["id"], "reason": "訂正"}
    if data is not None:
        record.data = correction["data"] = data
    if wanted != "data" or data is None:
        record.day = other_side_of_march(h, record) if h.rng.random() < 0.6 else h.day()
        correction["occurred_on"] = record.day.isoformat()
    h.append("record.corrected", record.subject, correction, by=own_or_manager(h, record))
    return True


def void(h):
    """Any effective entry whose removal leaves a history that the rules could have accepted."""
    often = ["deal.cancelled", "deal.cancelled", "business.merged", "business.unmerged", "plan.completed",
             "seminar.held"]
    kinds = often if h.rng.random() < 0.5 else [kind for kind in CORRECTABLE if kind not in UNVOIDABLE]
    if h.exotic("case_void") and h.rng.random() < 0.05:
        kinds = ["case.opened"]
    record = h.pick(h.rng.choice(kinds))
    if record is None:
        return False
    record.voided = True
    if record.type.startswith("business.") and h.runs_in_a_ring(record.subject.removeprefix("business/")):
        record.voided = False
        return False
    h.append("record.voided", record.subject, {"target": record.entry["id"], "reason": "誤り"},
             by=own_or_manager(h, record))
    return True


def cancel_deal(h):
    """Cancel a deal that stands; the case must be open for it."""
    deal = h.pick("deal.concluded")
    if deal is None or not h.cases[deal.subject].is_open or deal not in h.open_deals(deal.subject):
        return False
    data = {"deal": deal.entry["id"], "reason": "解消"}
    h.cases[deal.subject].cancellations.append(h.append("deal.cancelled", deal.subject, data, h.day()))
    return True


def merge(h):
    """Merge a business, at times one that is merged already (the later merge replaces the earlier)."""
    business, into = h.pick_business(), h.pick_business()
    if business == into or h.reaches(into, business):
        return False
    if h.merged_into(business) is not None and h.rng.random() < 0.7:
        return False
    record = h.append("business.merged", f"business/{business}", {"into": into, "evidence": "名寄せ"}, h.day())
    h.merge_log.setdefault(business, []).append(record)
    return True


def unmerge(h):
    """End a merge that is in effect."""
    merged = [business for business in h.businesses if h.merged_into(business) is not None]
    if not merged:
        return False
    business = h.rng.choice(merged)
    record = h.append("business.unmerged", f"business/{business}", {"reason": "別の事業者"}, h.day())
    h.merge_log.setdefault(business, []).append(record)
    return True


SPECIAL = [(correct, 10), (void, 10), (cancel_deal, 5), (merge, 10), (unmerge, 10)]
ORDINARY = [(work_on_case, 34), (work_on_seminar, 9), (work_on_survey, 9), (open_case, 2), (register_business, 2),
            (close_or_reopen, 1), (work_on_programme, 1)]


def generate(seed, events, exotics=()):
    """The entries of one history as a list of dictionaries."""
    h = History(seed, events, exotics)
    h.append("programme.plan_adopted", "programme/plan", {"plan": {"title": "t"}}, by="system")
    for role in ("manager", "advisor", "advisor", "advisor"):
        hire(h, role)
    for start in (register_business, register_business, register_business, open_case, open_case):
        start(h)
    acts, weights = zip(*SPECIAL, *ORDINARY)
    while len(h.records) < events:
        h.rng.choices(acts, weights)[0](h)
    return [record.entry for record in h.records[:events]]


def main():
    """Command line; exit 2 on wrong usage."""
    parser = argparse.ArgumentParser(description=f"generate a recorded history; exotics: {json.dumps(EXOTICS)}")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--events", type=int, required=True, help="number of entries, at least 11")
    parser.add_argument("--exotic", default="", help="comma-separated names, or all")
    options = parser.parse_args()
    exotics = EXOTICS if options.exotic == "all" else [name for name in options.exotic.split(",") if name]
    if unknown := [name for name in exotics if name not in EXOTICS]:
        parser.error(f"unknown exotic {unknown[0]}, choose from {', '.join(EXOTICS)}")
    for entry in generate(options.seed, options.events, exotics):
        print(canonical(entry))


if __name__ == "__main__":
    main()
