//! Replay of 1,000,000 synthetic entries from a file, and every question the engine answers.
//!
//! `cargo bench -p banso-projections` prints one line a figure. The entries are written by a child
//! process, so that the peak memory shown is the replay's own.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark has a clock and a file"
)]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say"
)]

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use banso_core::calendar::FiscalYear;
use banso_projections::plan::Plan;
use banso_projections::replay::Lines;
use banso_projections::{Cut, Kpi, replay};
use serde_json::{Value, json};

const EVENTS: u64 = 1_000_000;
const BUSINESSES: u64 = 5_000;
const CHUNK_BYTES: usize = 1 << 20;

fn main() {
    let path = std::env::temp_dir().join("banso-replay-bench.ndjson");
    if std::env::args().any(|argument| argument == "generate") {
        generate(&path);
        return;
    }
    let events = std::env::var("EVENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(EVENTS);
    let program = std::env::current_exe().unwrap();
    let made = std::process::Command::new(program)
        .arg("generate")
        .status()
        .unwrap();
    assert!(made.success());
    println!(
        "entries: {events}, {} bytes each",
        std::fs::metadata(&path).unwrap().len() / events
    );
    let started = Instant::now();
    let kpi = replay(chunks(&path), &Cut::default(), |_| {}).unwrap();
    let took = started.elapsed().as_secs_f64();
    assert_eq!(kpi.size(), events);
    let (rate, cpu, peak) = (events as f64 / took, cpu_seconds(), peak_mb());
    println!(
        "replay: {took:.2} s, {rate:.0} events/s, {cpu:.2} s of processor time, peak {peak} MB"
    );
    let year = FiscalYear(2025);
    time("present table", || kpi.table(year));
    time("digest", || kpi.digest());
    time("fold at half", || {
        kpi.at(Cut::below(events / 2)).table(year)
    });
    time("fold at the end less one", || {
        kpi.at(Cut::below(events - 1)).table(year)
    });
    for (indicator, reading) in [
        ("A2", "business"),
        ("F2", "visits"),
        ("F3", "confirmed"),
        ("M1c", "attendees"),
    ] {
        let what = format!("evidence of {indicator}");
        time(&what, || kpi.evidence(indicator, year, Some(reading)));
    }
    time("diff of the last 1,000", || {
        kpi.diff(year, events - 1_000, events)
    });
    time("cases", || kpi.cases());
    live(kpi, &path, events);
    std::fs::remove_file(&path).unwrap();
}

/// Appends the last entries once more, one by one, to a fold cut before them.
fn live(kpi: Kpi, path: &PathBuf, events: u64) {
    let last = 100_000.min(events / 2);
    let mut past = kpi.at(Cut::below(events - last));
    drop(kpi);
    let lines: Vec<_> = BufReader::new(File::open(path).unwrap())
        .lines()
        .skip(usize::try_from(events - last).unwrap())
        .map(Result::unwrap)
        .collect();
    let (first, rest) = lines.split_first().unwrap();
    past.apply(first.as_bytes()).unwrap();
    let started = Instant::now();
    for line in rest {
        past.apply(line.as_bytes()).unwrap();
    }
    let took = started.elapsed().as_secs_f64();
    println!(
        "live: {:.0} events/s, {:.2} µs each",
        rest.len() as f64 / took,
        took * 1e6 / rest.len() as f64
    );
}

fn time<T>(what: &str, act: impl Fn() -> T) {
    let started = Instant::now();
    drop(black_box(act()));
    println!("{what}: {:.2} ms", started.elapsed().as_secs_f64() * 1000.0);
}

/// Processor time of all threads so far; on a shared machine steadier than the wall clock.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2);
    fields
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().unwrap_or(0) / 1024
}

/// Whole lines, about a megabyte at a time.
fn chunks(path: &PathBuf) -> impl Iterator<Item = std::io::Result<Lines>> + use<> {
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, File::open(path).unwrap());
    std::iter::from_fn(move || {
        let mut bytes = vec![0; CHUNK_BYTES];
        let read = match reader.read(&mut bytes) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) => return Some(Err(error)),
        };
        bytes.truncate(read);
        match reader.read_until(b'\n', &mut bytes) {
            Ok(_) => Some(Ok(Lines(bytes))),
            Err(error) => Some(Err(error)),
        }
    })
}

fn generate(path: &PathBuf) {
    let events: u64 = std::env::var("EVENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(EVENTS);
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut maker = Maker {
        position: 0,
        seed: 7,
        cases: Vec::new(),
        sessions: 0,
    };
    let plan = Plan::from_toml(include_str!("../../plans/yamaguchi-r7.toml")).unwrap();
    maker.write(
        &mut out,
        "programme/plan",
        "programme.plan_adopted",
        &json!({"plan": plan.to_json()}),
    );
    for number in 0..BUSINESSES.min(events / 4) {
        let business = uuid(1, number);
        maker.write(
            &mut out,
            &format!("business/{business}"),
            "business.registered",
            &json!({"kind": "corporation", "area": format!("地区{}", number % 17), "employees": 3}),
        );
        let data = json!({"business_id": business, "advisor_id": uuid(5, number % 8)});
        maker.write(
            &mut out,
            &format!("case/{}", uuid(2, number)),
            "case.opened",
            &data,
        );
        maker.cases.push(Case {
            number,
            ..Case::default()
        });
    }
    while maker.position < events {
        maker.step(&mut out);
    }
}

#[derive(Default)]
struct Case {
    number: u64,
    plans: u64,
    last: Option<u64>,
}

struct Maker {
    position: u64,
    seed: u64,
    cases: Vec<Case>,
    sessions: u64,
}

fn uuid(kind: u64, number: u64) -> String {
    // Scattered like the random part of a UUIDv7.
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xffff_ffff_ffff;
    format!(
        "0195f405-{kind:04x}-7000-8{:03x}-{random:012x}",
        number & 0xfff
    )
}

impl Maker {
    fn random(&mut self, below: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below
    }

    fn step(&mut self, out: &mut impl Write) {
        let choice = self.random(100);
        let at = usize::try_from(self.random(self.cases.len() as u64)).unwrap();
        let case = format!("case/{}", uuid(2, self.cases[at].number));
        let (kind, data) = match choice {
            0..86 => self.support(choice, at),
            86..96 => {
                let business = uuid(1, self.cases[at].number);
                let (subject, kind, data) = self.public(choice, &business);
                return self.write(out, &subject, kind, &data);
            }
            _ => self.reach_back(choice, at),
        };
        self.cases[at].last = (choice < 86).then_some(self.position);
        self.write(out, &case, kind, &data);
    }

    fn support(&mut self, choice: u64, at: usize) -> (&'static str, Value) {
        let number = self.cases[at].number;
        let methods = ["visit", "window", "online", "phone", "mail"];
        let method = methods[usize::try_from(self.random(5)).unwrap()];
        match choice {
            0..40 => (
                "visit.done",
                json!({"method": method, "purpose": "巡回",
                "topics": ["資金繰り", "販路"], "next_due": "2026-09-01"}),
            ),
            40..48 => (
                "analysis.completed",
                json!({"analysis_id": uuid(6, self.position),
                "tools": ["ローカルベンチマーク"], "figures": {"sales": 1_000, "profit": 20.5}}),
            ),
            48..55 => {
                self.cases[at].plans += 1;
                let plan = format!("{number}-{}", self.cases[at].plans);
                (
                    "plan.completed",
                    json!({"plan_id": plan, "kind": "innovation", "baseline_sales": 1_000_000}),
                )
            }
            55..67 => {
                let plan = format!("{number}-{}", self.cases[at].plans.max(1));
                (
                    "followup.done",
                    json!({"plan_id": plan, "method": method, "progress": "on_track"}),
                )
            }
            67..75 => (
                "sales.reported",
                json!({"period_from": "2024-01-01", "period_to": "2024-12-31",
                "sales": self.random(1_000_000) + 500_000, "comparison_sales": 1_000_000, "basis": "hearing"}),
            ),
            75..80 => ("productivity.supported", json!({"theme": "digital"})),
            80..84 => (
                "deal.concluded",
                json!({"origin": "fair", "new_counterparty": true,
                "counterparty": format!("取引先{}", self.random(500))}),
            ),
            _ => ("ec.supported", json!({"help": ["写真"]})),
        }
    }

    fn public(&mut self, choice: u64, business: &str) -> (String, &'static str, Value) {
        if (90..92).contains(&choice) {
            self.sessions += 1;
        }
        let newest = self.sessions;
        let session = if choice < 90 {
            self.random(newest.max(1))
        } else {
            newest
        };
        let seminar = format!("seminar/{}", uuid(3, session));
        match choice {
            86..90 => (
                seminar,
                "seminar.attended",
                json!({"business_id": business}),
            ),
            90..92 => (
                seminar,
                "seminar.held",
                json!({"title": "セミナー",
                "tags": ["market_development", "dx"], "attendees": 20}),
            ),
            _ => (
                format!("survey/{}", uuid(4, session % 20)),
                "survey.feedback_delivered",
                json!({"survey": "voucher", "business_id": business}),
            ),
        }
    }

    fn reach_back(&mut self, choice: u64, at: usize) -> (&'static str, Value) {
        let target = self.cases[at].last.map(|target| uuid(9, target));
        match target {
            Some(target) if choice < 98 => {
                ("record.voided", json!({"target": target, "reason": "誤り"}))
            }
            Some(target) => (
                "record.corrected",
                json!({"target": target, "occurred_on": "2025-05-05", "reason": "誤り"}),
            ),
            None => ("visit.missed", json!({"reason": "不在"})),
        }
    }

    fn write(&mut self, out: &mut impl Write, subject: &str, kind: &str, data: &Value) {
        let day = self.random(365 * 3);
        let (year, rest) = (2024 + day / 365, day % 365);
        let minute = self.position / 60;
        let recorder = uuid(5, self.random(8));
        let mut line = String::with_capacity(500);
        write!(
            line,
            r#"{{"data":{data},"id":"{}","occurred_on":"{year}-{:02}-{:02}","position":{},"recorded_at":"2027-{:02}-{:02}T{:02}:{:02}:{:02}.000Z","recorded_by":"staff/{}","sealed":{{"commitment":"{:064x}","fields":["note"],"key":"business/{}"}},"source":"pc","subject":"{subject}","type":"{kind}","version":1}}"#,
            uuid(9, self.position), rest / 31 + 1, rest % 28 + 1, self.position,
            minute / 1440 / 28 + 1, minute / 1440 % 28 + 1, minute / 60 % 24, minute % 60, self.position % 60,
            recorder, self.position, uuid(1, self.position % BUSINESSES),
        )
        .unwrap();
        line.push('\n');
        out.write_all(line.as_bytes()).unwrap();
        self.position += 1;
    }
}
