//! Every page with 100,000 entries in the ledger: time on the server, and bytes.
//!
//! Fills a fresh ledger through `POST /v1/events`, asks for each page without a port and prints p50,
//! maximum and size; a line that misses its aim says so. `cargo bench -p banso-server --bench pages`;
//! `BANSO_BENCH_ENTRIES` sets another length.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints rounded figures and may fail loudly"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use banso_server::access::Role;
use banso_server::accounts::Account;
use banso_server::cli::open_or_create;
use banso_server::clock::SetClock;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// What issue E asks of a page.
const SLOW: Duration = Duration::from_millis(100);
const HEAVY: usize = 150_000;
const ROUNDS: usize = 15;
const FIRMS: usize = 3_000;
const ADVISORS: usize = 9;
/// Events of one request.
const CHUNK: usize = 2_000;

struct History {
    random: SmallRng,
    lines: Vec<String>,
    /// Business, case and plan of each firm.
    firms: Vec<(Uuid, Uuid, String)>,
}

impl History {
    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid()
    }

    fn add(&mut self, subject: String, name: &str, day: &str, data: &Value) {
        let event = json!({"id": self.id(), "type": name, "subject": subject, "occurred_on": day,
            "data": data});
        self.lines.push(event.to_string());
    }

    fn of(entries: usize) -> Self {
        let mut history = Self {
            random: SmallRng::seed_from_u64(1),
            lines: Vec::with_capacity(entries),
            firms: Vec::new(),
        };
        let staff: Vec<_> = (0..ADVISORS).map(|_| history.id()).collect();
        for (number, id) in staff.iter().enumerate() {
            let data = json!({"name": format!("架空 指導員{number}"), "role": "advisor"});
            history.add(
                format!("staff/{id}"),
                "staff.registered",
                "2024-04-01",
                &data,
            );
        }
        for number in 0..FIRMS {
            history.firm(number, staff[number % ADVISORS]);
        }
        while history.lines.len() < entries {
            history.step();
        }
        history
    }

    fn firm(&mut self, number: usize, advisor: Uuid) {
        let (business, case) = (self.id(), self.id());
        let plan = format!("P-{number}");
        let profile = json!({"kind": "corporation", "name": format!("架空商店{number}"),
            "name_kana": format!("カクウショウテン{number}"), "area": format!("第{}地区", number % 17 + 1)});
        self.add(
            format!("business/{business}"),
            "business.registered",
            "2024-04-02",
            &profile,
        );
        let opened = json!({"business_id": business, "advisor_id": advisor});
        self.add(format!("case/{case}"), "case.opened", "2024-04-02", &opened);
        let made = json!({"plan_id": plan, "kind": "sustainability"});
        let day = format!("2025-04-{:02}", number % 28 + 1);
        self.add(format!("case/{case}"), "plan.completed", &day, &made);
        self.firms.push((business, case, plan));
    }

    fn step(&mut self) {
        let (_, case, plan) = self.firms[self.random.random_range(0..FIRMS)].clone();
        let (year, month) = (
            self.random.random_range(2025..2027),
            self.random.random_range(4..11),
        );
        let day = format!("{year}-{month:02}-{:02}", self.random.random_range(1..29));
        let case = format!("case/{case}");
        match self.random.random_range(0..100) {
            0..50 => {
                let data = json!({"method": "visit", "topics": ["資金繰り", "販路開拓"],
                    "note": "話を伺った。", "next_due": "2026-12-01"});
                self.add(case, "visit.done", &day, &data);
            }
            50..75 => {
                let data = json!({"plan_id": plan, "method": "visit", "progress": "on_track"});
                self.add(case, "followup.done", &day, &data);
            }
            75..85 => {
                let data = json!({"analysis_id": self.id(), "tools": ["ローカルベンチマーク"]});
                self.add(case, "analysis.completed", &day, &data);
            }
            85..94 => {
                let (sales, before) = (
                    self.random.random_range(1..10_000_000),
                    self.random.random_range(1..10_000_000),
                );
                let data = json!({"period_from": "2024-01-01", "period_to": "2024-12-31", "sales": sales,
                    "comparison_sales": before, "basis": "statements"});
                self.add(case, "sales.reported", &day, &data);
            }
            94..99 => self.add(
                case,
                "productivity.supported",
                &day,
                &json!({"theme": "digital"}),
            ),
            _ => {
                let tag = ["dx", "startup", "plan_making"][self.random.random_range(0..3)];
                let data = json!({"title": "講習会", "tags": [tag], "attendees": 18});
                let seminar = self.id();
                self.add(format!("seminar/{seminar}"), "seminar.held", &day, &data);
            }
        }
    }

    /// Every page that shows something of the ledger.
    fn pages(&self) -> Vec<String> {
        let (business, case, _) = &self.firms[0];
        let fixed = [
            "/",
            "/board",
            "/board?fy=R7&by=month",
            "/evidence/A2?fy=R7",
            "/evidence/F1?fy=R7",
            "/evidence/M3b",
            "/readings",
            "/readings/A2",
            "/targets/A2",
            "/years",
            "/years/R7",
            "/improvements",
            "/evaluation",
            "/evaluation/A2",
            "/sheets/evaluation",
            "/verify",
            "/today",
            "/today?who=all",
            "/businesses",
            "/businesses?q=%EF%BD%B6%EF%BD%B8%EF%BD%B3",
            "/record",
            "/drafts",
            "/outbox",
            "/seminars",
            "/advisors",
            "/areas",
            "/areas?area=%E7%AC%AC1%E5%9C%B0%E5%8C%BA",
            "/account",
            "/accounts",
            "/access-log",
        ];
        let mut pages: Vec<_> = fixed.map(str::to_owned).into();
        pages.extend([
            format!("/businesses/{business}"),
            format!("/card?case={case}"),
            format!("/record?subject=case/{case}"),
            format!("/record/analysis.completed?subject=case/{case}"),
            format!("/handover?case={case}"),
        ]);
        pages
    }
}

/// Sends a request; gives the body and the time.
async fn asked(router: &Router, request: Request<Body>) -> (Vec<u8>, Duration) {
    let started = Instant::now();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    (body.to_vec(), started.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() {
    let entries = std::env::var("BANSO_BENCH_ENTRIES").ok();
    let entries = entries
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at("2026-11-23T03:00:00Z".parse().unwrap()));
    let opened = open_or_create(&dir.path().join("data"), None, clock, false).unwrap();
    let account = Account {
        staff: Uuid::now_v7(),
        role: Role::Manager,
        name: "架空 管理".to_owned(),
    };
    let token = opened.app.accounts.create(&account).unwrap();
    let bearer = format!("Bearer {token}");
    let router = banso_server::router(opened.app.clone());
    let history = History::of(entries);
    for chunk in history.lines.chunks(CHUNK) {
        let request = Request::post("/v1/events")
            .header("authorization", &bearer)
            .header("content-type", "application/x-ndjson")
            .body(Body::from(chunk.join("\n")))
            .unwrap();
        let (told, _) = asked(&router, request).await;
        let told = String::from_utf8(told).unwrap();
        assert!(
            told.lines().all(|line| line.contains("\"status\":201")),
            "{told}"
        );
    }
    println!("{entries} entries; p50 and maximum of {ROUNDS}, the first request apart");
    let mut missed = 0;
    for page in history.pages() {
        let request = || {
            let request = Request::get(&page).header("authorization", &bearer);
            request
                .header("accept", "text/html")
                .body(Body::empty())
                .unwrap()
        };
        let (body, first) = asked(&router, request()).await;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(asked(&router, request()).await.1);
        }
        times.sort();
        let (p50, most) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        let fine = p50 <= SLOW && body.len() <= HEAVY;
        missed += u32::from(!fine);
        println!(
            "{:<60} first {:>7.1} ms  p50 {:>6.1} ms  max {:>6.1} ms  {:>7} bytes{}",
            page.chars().take(60).collect::<String>(),
            milliseconds(first),
            milliseconds(p50),
            milliseconds(most),
            body.len(),
            if fine { "" } else { "  MISSED" }
        );
    }
    println!(
        "{missed} pages above {} ms or {HEAVY} bytes",
        SLOW.as_millis()
    );
}
