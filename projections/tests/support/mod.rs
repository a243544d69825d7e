//! Histories by hand: each step one recorded entry, as the ledger would have stored it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::must_use_candidate,
    clippy::missing_panics_doc,
    reason = "shared by several test binaries"
)]

pub mod generated;

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use banso_projections::table::Row;
use banso_projections::{Cut, Kpi, replay};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub const YAMAGUCHI: &str = include_str!("../../../plans/yamaguchi-r7.toml");
pub const R6: FiscalYear = FiscalYear(2024);
pub const R7: FiscalYear = FiscalYear(2025);
pub const R8: FiscalYear = FiscalYear(2026);

/// The uuid of an invented thing.
pub fn id(kind: u32, number: u32) -> Uuid {
    Uuid::from_u128(
        (0x0195_f405_0000_7000_8000_u128 << 48) | (u128::from(kind) << 32) | u128::from(number),
    )
}

pub fn business(number: u32) -> String {
    format!("business/{}", id(1, number))
}

pub fn case(number: u32) -> String {
    format!("case/{}", id(2, number))
}

pub fn seminar(number: u32) -> String {
    format!("seminar/{}", id(3, number))
}

pub fn survey(number: u32) -> String {
    format!("survey/{}", id(4, number))
}

pub fn staff(number: u32) -> String {
    format!("staff/{}", id(5, number))
}

/// Entries in order.
#[derive(Clone, Default)]
pub struct History {
    pub entries: Vec<Vec<u8>>,
    pub drafts: Vec<Map<String, Value>>,
    versions: HashMap<String, u64>,
    recorded: i64,
    pub recorder: String,
}

impl History {
    /// A ledger that adopted a plan.
    pub fn with_plan(toml: &str) -> Self {
        let mut history = Self {
            recorder: "system".to_owned(),
            ..Self::default()
        };
        history.record("2024-04-01T00:00:00.000Z");
        let plan = banso_projections::plan::Plan::from_toml(toml).unwrap();
        history.add(
            "programme/plan",
            "programme.plan_adopted",
            "2024-04-01",
            json!({"plan": plan.to_json()}),
        );
        history.recorder = staff(1);
        history
    }

    pub fn yamaguchi() -> Self {
        Self::with_plan(YAMAGUCHI)
    }

    /// Sets the instant at which the next entry is recorded.
    pub fn record(&mut self, instant: &str) -> &mut Self {
        let instant: chrono::DateTime<chrono::Utc> = instant.parse().unwrap();
        self.recorded = instant.timestamp_millis();
        self
    }

    /// Adds an entry; gives back its event id.
    pub fn add(&mut self, subject: &str, kind: &str, day: &str, data: Value) -> Uuid {
        let event = id(9, u32::try_from(self.entries.len()).unwrap());
        self.add_with_id(event, subject, kind, day, data)
    }

    pub fn add_with_id(
        &mut self,
        event: Uuid,
        subject: &str,
        kind: &str,
        day: &str,
        data: Value,
    ) -> Uuid {
        let instant = chrono::DateTime::from_timestamp_millis(self.recorded).unwrap();
        self.recorded += 1000;
        let draft = json!({
            "data": data, "id": event, "occurred_on": day,
            "recorded_at": instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            "recorded_by": self.recorder, "subject": subject, "type": kind,
        });
        self.store(draft.as_object().unwrap().clone());
        event
    }

    fn store(&mut self, mut draft: Map<String, Value>) {
        self.drafts.push(draft.clone());
        let subject = draft["subject"].as_str().unwrap().to_owned();
        let version = self.versions.entry(subject).or_default();
        *version += 1;
        draft.insert("position".to_owned(), json!(self.entries.len()));
        draft.insert("version".to_owned(), json!(version));
        self.entries
            .push(banso_core::json::canonical(&draft).unwrap().into_bytes());
    }

    /// The same history without some of its entries.
    pub fn without(&self, positions: &[usize]) -> Self {
        let mut history = Self {
            recorder: self.recorder.clone(),
            recorded: self.recorded,
            ..Self::default()
        };
        for (at, draft) in self.drafts.iter().enumerate() {
            if !positions.contains(&at) {
                history.store(draft.clone());
            }
        }
        history
    }

    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn register(&mut self, number: u32) -> &mut Self {
        self.add(
            &business(number),
            "business.registered",
            "2024-04-01",
            json!({"kind": "corporation", "area": format!("地区{}", number % 3)}),
        );
        self
    }

    /// A registered business with its case of the same number.
    pub fn open(&mut self, number: u32) -> &mut Self {
        self.register(number);
        self.add(
            &case(number),
            "case.opened",
            "2024-04-01",
            json!({"business_id": id(1, number), "advisor_id": id(5, 1)}),
        );
        self
    }

    pub fn void(&mut self, subject: &str, target: Uuid) -> Uuid {
        self.add(
            subject,
            "record.voided",
            "2025-06-01",
            json!({"target": target, "reason": "誤り"}),
        )
    }

    pub fn correct(&mut self, subject: &str, target: Uuid, change: Value) -> Uuid {
        let mut data = change.as_object().unwrap().clone();
        data.insert("target".to_owned(), json!(target));
        data.insert("reason".to_owned(), json!("訂正"));
        self.add(
            subject,
            "record.corrected",
            "2025-06-01",
            Value::Object(data),
        )
    }

    pub fn plan(&mut self, number: u32, plan: &str, day: &str) -> Uuid {
        self.add(
            &case(number),
            "plan.completed",
            day,
            json!({"plan_id": plan, "kind": "innovation"}),
        )
    }

    pub fn follow_up(&mut self, number: u32, plan: &str, day: &str, method: &str) -> Uuid {
        self.add(
            &case(number),
            "followup.done",
            day,
            json!({"plan_id": plan, "method": method, "progress": "on_track"}),
        )
    }

    pub fn sales(&mut self, number: u32, day: &str, sales: i64, before: i64) -> Uuid {
        self.add(&case(number), "sales.reported", day, json!({"period_from": "2024-01-01",
            "period_to": "2024-12-31", "sales": sales, "comparison_sales": before, "basis": "hearing"}))
    }

    /// Folded entry by entry, and checked against a replay.
    pub fn kpi(&self) -> Kpi {
        let mut kpi = Kpi::new();
        for entry in &self.entries {
            kpi.apply(entry).unwrap();
        }
        let replayed = self.replayed(Cut::default());
        for year in kpi.years() {
            assert_eq!(
                kpi.table(year),
                replayed.table(year),
                "live and replay differ"
            );
        }
        assert_eq!(kpi.digest(), replayed.digest());
        kpi
    }

    pub fn replayed(&self, cut: Cut) -> Kpi {
        let chunks = self
            .entries
            .chunks(7)
            .map(|chunk| Ok::<_, String>(chunk.to_vec()));
        replay(chunks, &cut, |_| {}).unwrap()
    }

    /// One row of a year.
    pub fn row(&self, indicator: &str, year: FiscalYear) -> Row {
        row(&self.kpi(), indicator, year)
    }

    /// A value of a reading in a year as text.
    pub fn value(&self, indicator: &str, reading: &str, year: FiscalYear) -> String {
        value(&self.kpi(), indicator, reading, year)
    }
}

pub fn row(kpi: &Kpi, indicator: &str, year: FiscalYear) -> Row {
    let table = kpi.table(year);
    table
        .indicators
        .into_iter()
        .find(|row| row.id == indicator)
        .unwrap()
}

pub fn value(kpi: &Kpi, indicator: &str, reading: &str, year: FiscalYear) -> String {
    let figure = row(kpi, indicator, year).readings[reading];
    figure.map_or_else(|| "null".to_owned(), |figure| figure.to_string())
}
