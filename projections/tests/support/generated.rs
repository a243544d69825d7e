//! Generated histories: small key spaces, so that keys, corrections, voids and merges collide.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::must_use_candidate,
    clippy::missing_panics_doc,
    reason = "shared by several test binaries"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{History, business, case, id, seminar, survey};

const BUSINESSES: u32 = 6;
const CASES: u32 = 8;

/// One step: what happens, three free choices, a day.
pub type Step = (u8, u32, u32, u32, u16);

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        (
            0_u8..100,
            0_u32..1000,
            0_u32..1000,
            0_u32..1000,
            0_u16..1200,
        ),
        1..most,
    )
}

/// A history with what can be reached back to.
#[derive(Clone)]
pub struct Generated {
    pub history: History,
    /// Position, id, subject and type of every event that is no record, voided or not.
    pub events: Vec<(usize, Uuid, String, &'static str)>,
    pub voided: BTreeSet<usize>,
    /// (record, target) by position.
    pub records: Vec<(usize, usize)>,
}

pub fn history(steps: &[Step]) -> Generated {
    let mut generated = Generated {
        history: History::yamaguchi(),
        events: Vec::new(),
        voided: BTreeSet::new(),
        records: Vec::new(),
    };
    for number in 0..BUSINESSES {
        generated.add(
            &business(number),
            "business.registered",
            "2023-04-01",
            json!({"kind": "corporation"}),
        );
    }
    for number in 0..CASES {
        generated.add(&case(number), "case.opened", "2023-04-01", opened(number));
    }
    for step in steps {
        generated.step(*step);
    }
    generated
}

fn opened(choice: u32) -> Value {
    json!({"business_id": id(1, choice % BUSINESSES), "advisor_id": id(5, choice % 3)})
}

pub fn day(offset: u16) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    (first + chrono::Duration::days(i64::from(offset))).to_string()
}

impl Generated {
    fn add(&mut self, subject: &str, kind: &'static str, day: &str, data: Value) -> Uuid {
        let position = self.history.entries.len();
        let event = self.history.add(subject, kind, day, data);
        self.events
            .push((position, event, subject.to_owned(), kind));
        event
    }

    fn step(&mut self, (what, a, b, c, offset): Step) {
        let day = day(offset);
        match what {
            0..12 => self.void(a, b),
            12..24 => self.correct(a, b, c, &day),
            24..29 => {
                self.add(
                    &business(a % BUSINESSES),
                    "business.merged",
                    &day,
                    data("business.merged", b, c),
                );
            }
            29..32 => {
                self.add(
                    &business(a % BUSINESSES),
                    "business.unmerged",
                    &day,
                    json!({"reason": "別"}),
                );
            }
            32..36 => self.programme(a, b, c, &day),
            _ => {
                let kinds = KINDS;
                let (kind, subject) = kinds[usize::from(what) % kinds.len()];
                let subject = match subject {
                    'c' => case(a % CASES),
                    's' => seminar(a % 4),
                    _ => survey(a % 4),
                };
                self.add(&subject, kind, &day, data(kind, b, c));
            }
        }
    }

    fn void(&mut self, a: u32, b: u32) {
        let Some((position, target, subject, _)) = self.target(a) else {
            return;
        };
        self.records.push((self.history.entries.len(), position));
        self.voided.insert(position);
        self.history.add(
            &subject,
            "record.voided",
            "2026-01-01",
            json!({"target": target, "reason": format!("{b}")}),
        );
    }

    fn correct(&mut self, a: u32, b: u32, c: u32, day: &str) {
        let Some((position, target, subject, kind)) = self.target(a) else {
            return;
        };
        let mut change = json!({"target": target, "reason": "訂正"});
        if !b.is_multiple_of(3) {
            change["data"] = data(kind, b, c);
        }
        if b % 3 != 1 {
            change["occurred_on"] = json!(day);
        }
        self.records.push((self.history.entries.len(), position));
        self.history
            .add(&subject, "record.corrected", "2026-01-01", change);
    }

    /// An event that is not voided; mostly a late one, so that chains of changes come about.
    fn target(&self, choice: u32) -> Option<(usize, Uuid, String, &'static str)> {
        let alive: Vec<_> = self
            .events
            .iter()
            .filter(|(at, ..)| !self.voided.contains(at))
            .collect();
        let at = (choice as usize).checked_rem(alive.len())?;
        alive
            .get(alive.len() - 1 - at)
            .map(|event| (*event).clone())
    }

    fn programme(&mut self, a: u32, b: u32, c: u32, day: &str) {
        let year = 2023 + b % 4;
        let (kind, data) = match a % 5 {
            0 | 1 => ("fiscal_year.closed", json!({"fiscal_year": year})),
            2 => (
                "fiscal_year.reopened",
                json!({"fiscal_year": format!("R{}", year - 2018), "reason": "誤り"}),
            ),
            3 => (
                "programme.target_revised",
                data("programme.target_revised", b, c),
            ),
            _ => (
                "policy.reading_decided",
                data("policy.reading_decided", b, c),
            ),
        };
        self.add("programme/plan", kind, day, data);
    }
}

const KINDS: [(&str, char); 20] = [
    ("analysis.completed", 'c'),
    ("plan.completed", 'c'),
    ("followup.done", 'c'),
    ("followup.done", 'c'),
    ("sales.reported", 'c'),
    ("sales.reported", 'c'),
    ("productivity.supported", 'c'),
    ("startup.supported", 'c'),
    ("succession.completed", 'c'),
    ("fair.exhibited", 'c'),
    ("deal.concluded", 'c'),
    ("deal.concluded", 'c'),
    ("deal.cancelled", 'c'),
    ("ec.opened", 'c'),
    ("seminar.held", 's'),
    ("seminar.attended", 's'),
    ("research.published", 'v'),
    ("survey.counted", 'v'),
    ("survey.feedback_delivered", 'v'),
    ("case.handed_over", 'c'),
];

/// Valid data of a type, from two free choices.
fn data(kind: &str, b: u32, c: u32) -> Value {
    let pick = |list: &[&str]| list[b as usize % list.len()].to_owned();
    let year = 2023 + b % 4;
    match kind {
        "case.opened" => opened(b),
        "business.registered" => json!({"kind": "corporation"}),
        "business.merged" => json!({"into": id(1, b % BUSINESSES)}),
        "business.unmerged" => json!({"reason": "別"}),
        "case.handed_over" => json!({"to": id(5, b % 3)}),
        "analysis.completed" => json!({"analysis_id": format!("a{b}")}),
        "plan.completed" => {
            let mut data = json!({"plan_id": format!("p{}", c % 5), "kind": "dx"});
            if b.is_multiple_of(2) {
                data["baseline_sales"] = json!(b % 7);
            }
            data
        }
        "followup.done" => json!({"plan_id": format!("p{}", c % 5), "progress": "on_track",
            "method": pick(&["visit", "window", "online", "phone"])}),
        "sales.reported" => {
            let mut data = json!({"period_from": "2024-01-01", "period_to": day(u16::try_from(c).unwrap()),
                "sales": b % 13, "basis": "hearing"});
            if !b.is_multiple_of(4) {
                data["comparison_sales"] = json!(c % 11);
            }
            if c.is_multiple_of(3) {
                data["channel"] = json!(pick(&["ec", "total"]));
            }
            data
        }
        "productivity.supported" => json!({"theme": "digital"}),
        "startup.supported" => json!({"stage": "prospective"}),
        "succession.completed" => json!({"kind": "family", "evidence": "登記"}),
        "fair.exhibited" => json!({"fair": pick(&["甲", "乙"]), "mode": "web"}),
        "deal.concluded" => {
            json!({"origin": pick(&["fair", "ec"]), "counterparty": format!("取引先{}", c % 3),
            "new_counterparty": !c.is_multiple_of(4)})
        }
        // Positions of deals are not known here; ids are by position (see `History::add`).
        "deal.cancelled" => json!({"deal": id(9, b % 150)}),
        "ec.opened" => json!({"platform": "店"}),
        "seminar.held" => {
            let mut data = json!({"title": "講座", "attendees": c % 30,
                "tags": [pick(&["dx", "market_development", "startup"]), "market_development"]});
            if b.is_multiple_of(2) {
                data["course_id"] = json!(format!("k{}", c % 2));
            }
            data
        }
        "seminar.attended" => json!({"business_id": id(1, b % BUSINESSES)}),
        "research.published" => {
            json!({"kind": pick(&["business_conditions", "pedestrian_traffic", "resas"]),
            "reference_period": (["2024Q4", "2025-03", "R7", "春"][c as usize % 4])})
        }
        "survey.counted" => {
            json!({"survey": pick(&["students", "voucher"]), "distributors": c % 9})
        }
        "survey.feedback_delivered" => {
            json!({"survey": pick(&["students", "voucher"]), "business_id": id(1, c % BUSINESSES)})
        }
        "fiscal_year.closed" => json!({"fiscal_year": year}),
        "fiscal_year.reopened" => json!({"fiscal_year": year, "reason": "誤り"}),
        "programme.target_revised" => {
            let target = if c.is_multiple_of(3) {
                Value::Null
            } else {
                json!(c % 50)
            };
            json!({"indicator": pick(&["A2", "M1c", "D1"]), "fiscal_year": year, "target": target, "reason": "変更"})
        }
        "policy.reading_decided" => {
            let (indicator, readings) = [
                ("A2", ["business", "each"]),
                ("M2b", ["per_exhibitor", "companies"]),
            ][b as usize % 2];
            json!({"indicator": indicator, "reading": readings[c as usize % 2], "reason": "決定"})
        }
        other => panic!("no data for {other}"),
    }
}
