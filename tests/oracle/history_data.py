"""Data of generated events: one builder per event type, over deliberately small value spaces.

Few counterparties, courses, periods and amounts make equal keys, ties and decimal halves frequent.
Builders know contract section 3 (fields and enumerations) and nothing of the counting rules. The
same builder makes the data of a correction: `old` is then the data that is replaced, and what
identifies the event (plan_id, analysis_id) is kept.
"""

from datetime import timedelta

METHODS = ["visit", "window", "online", "phone", "mail"]
SURVEYS = ["shopping_street", "students", "voucher"]
TAGS = ["plan_making", "startup", "dx", "market_development", "management", "it", "hr", "succession"]
PLAN_KINDS = ["succession", "innovation", "startup", "sustainability", "dx", "other"]
PERIODS = [
    "2023Q4", "2024Q1", "2025Q1", "2025Q4", "2026Q1", "2024-03", "2024-04", "2025-11", "2026-03",
    "2024", "2025", "R6", "R7", "R7Q1", "R7Q4", "R8Q4", "spring 2025", "2025-13", "R7Q5",
]
DASHED_PERIODS = ["2025-Q1", "2025-Q4", "2026-Q1"]
AMOUNTS = [0, 1, 3, 80, 90, 100, 110, 800, 801, 1000, 1999, 2000, 2001, 2005, 123_456_789]


def some(rng, fields, share=0.6):
    """Keep each optional field with the given share."""
    return {name: value for name, value in fields.items() if rng.random() < share}


def identity(h, old, field):
    """The id of what an event completes: kept by a correction, new otherwise."""
    return old[field] if old else h.uuid()


def case_opened(h, case, old):
    lead = h.rng.choice(["visit", "loan", "seminar", "subsidy", "succession", "other"])
    return {"business_id": h.pick_business(), "advisor_id": h.rng.choice(h.staff), "lead_source": lead}


def visit_done(h, case, old):
    return {"method": h.rng.choice(METHODS), **some(h.rng, {"purpose": "followup"})}


def productivity_supported(h, case, old):
    theme = h.rng.choice(["labour_saving", "digital", "energy", "other"])
    return {"theme": theme, **some(h.rng, {"method": "visit"})}


def startup_supported(h, case, old):
    return {"stage": h.rng.choice(["prospective", "within_5_years"])}


def startup_founded(h, case, old):
    return some(h.rng, {"form": "sole_proprietor"})


def succession_completed(h, case, old):
    return {"kind": h.rng.choice(["family", "employee", "third_party"]), "evidence": "登記"}


def analysis_completed(h, case, old):
    return {"analysis_id": identity(h, old, "analysis_id"), **some(h.rng, {"tools": ["local_benchmark"]})}


def plan_completed(h, case, old):
    plan = h.uuid() if old and h.exotic("plan_id") and h.rng.random() < 0.3 else identity(h, old, "plan_id")
    sales = {"baseline_sales": h.rng.choice(AMOUNTS), "target_sales": h.rng.choice(AMOUNTS)}
    return {"plan_id": plan, "kind": h.rng.choice(PLAN_KINDS), **some(h.rng, sales)}


def plan_revised(h, case, old):
    return {"plan_id": old["plan_id"] if old else h.rng.choice(h.open_plans(case)), "reason": "見直し"}


def followup_done(h, case, old):
    plans = h.open_plans(case)  # a correction may name another plan of the case
    plan = h.rng.choice(plans) if plans else old["plan_id"]
    progress = h.rng.choice(["achieved", "on_track", "behind", "stalled"])
    return {"plan_id": plan, "method": h.rng.choice(METHODS), "progress": progress}


def sales_reported(h, case, old):
    end = h.day()
    start = end - timedelta(days=h.rng.choice([89, 182, 364]))
    optional = {"comparison_sales": h.rng.choice(AMOUNTS)} if h.rng.random() < 0.8 else {}
    if h.rng.random() < 0.5:
        optional["channel"] = h.rng.choice(["total", "ec", "ec"])
    basis = h.rng.choice(["statements", "tax_return", "trial_balance", "hearing"])
    period = {"period_from": start.isoformat(), "period_to": end.isoformat()}
    return {**period, "sales": h.rng.choice(AMOUNTS), "basis": basis, **optional}


def fair_exhibited(h, case, old):
    return {"fair": h.rng.choice(["F1", "F2"]), "mode": h.rng.choice(["venue", "web"])}


def deal_concluded(h, case, old):
    return {
        "origin": h.rng.choice(["fair", "fair", "seminar", "ec", "other"]),
        "counterparty": h.rng.choice(["X社", "Y社", "Z社"]),
        "new_counterparty": h.rng.random() < 0.75,
        **some(h.rng, {"amount": h.rng.choice(AMOUNTS)}),
    }


def ec_opened(h, case, old):
    return {"platform": h.rng.choice(["mall", "own"])}


def ec_supported(h, case, old):
    return some(h.rng, {"help": ["photos"]})


def seminar_tags(h):
    tags = h.rng.sample(TAGS, h.rng.choice([1, 1, 2, 3]))
    if h.rng.random() < 0.4 and "market_development" not in tags:
        tags.append("market_development")
    return tags


def seminar_planned(h, seminar, old):
    return {"title": "講座", "tags": seminar_tags(h)}


def seminar_held(h, seminar, old):
    optional = some(h.rng, {"course_id": h.rng.choice(["C1", "C2", "C3"]), "session_no": h.rng.randint(1, 4)})
    return {"title": "講座", "tags": seminar_tags(h), "attendees": h.rng.choice([0, 1, 9, 20]), **optional}


def seminar_attended(h, seminar, old):
    return {"business_id": h.pick_business(), **some(h.rng, {"wants_analysis": h.rng.random() < 0.5})}


def research_published(h, survey, old):
    kinds = ["business_conditions", "business_conditions", "pedestrian_traffic", "resas", "other"]
    periods = PERIODS + (DASHED_PERIODS if h.exotic("period_forms") else [])
    return {"kind": h.rng.choice(kinds), "reference_period": h.rng.choice(periods)}


def survey_any(h, survey, old):
    return {"survey": h.survey_kind(survey)}


def survey_counted(h, survey, old):
    numbers = {"distributed": 900, "returned": 400, "valid": 390, "distributors": h.rng.choice([0, 7, 60])}
    return {**survey_any(h, survey, old), **some(h.rng, numbers)}


def survey_feedback_delivered(h, survey, old):
    return {**survey_any(h, survey, old), "business_id": h.pick_business()}


def business_merged(h, business, old):
    return {"into": h.pick_business(), "evidence": "名寄せ"}


CASE = {
    "visit.done": visit_done,
    "productivity.supported": productivity_supported,
    "startup.supported": startup_supported,
    "startup.founded": startup_founded,
    "succession.completed": succession_completed,
    "analysis.completed": analysis_completed,
    "plan.completed": plan_completed,
    "plan.revised": plan_revised,
    "followup.done": followup_done,
    "sales.reported": sales_reported,
    "fair.exhibited": fair_exhibited,
    "deal.concluded": deal_concluded,
    "ec.opened": ec_opened,
    "ec.supported": ec_supported,
}
SEMINAR = {"seminar.planned": seminar_planned, "seminar.held": seminar_held, "seminar.attended": seminar_attended}
SURVEY = {
    "research.published": research_published,
    "survey.opened": survey_any,
    "survey.counted": survey_counted,
    "survey.analysed": survey_any,
    "survey.feedback_delivered": survey_feedback_delivered,
}
CORRECTABLE = {**CASE, **SEMINAR, **SURVEY, "case.opened": case_opened, "business.merged": business_merged}
