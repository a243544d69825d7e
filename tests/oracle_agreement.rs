//! The engine against a second implementation of the counting rules, written in Python by somebody
//! who read only the contract and the inventory (`tests/oracle`).
//!
//! Every indicator, every reading and every year of generated histories must agree to the letter.
//! `BANSO_ORACLE_HISTORIES` sets how many histories; 200 if absent.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use banso_core::calendar::FiscalYear;
use banso_projections::plan::Plan;
use banso_projections::replay::Lines;
use banso_projections::{Cut, Kpi, replay};
use serde_json::{Map, Value};

const EVENTS: &str = "2000";
const YEARS: std::ops::RangeInclusive<i32> = 2019..=2030;

fn oracle_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oracle")
}

fn python(script: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("python3")
        .arg("-B")
        .arg(oracle_dir().join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for the second implementation");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success(), "{script} {arguments:?} failed");
    output.stdout
}

/// The generator writes a stand-in for the plan; the real one takes its place.
fn with_plan(history: &[u8], plan: &Value) -> Vec<u8> {
    let end = history.iter().position(|byte| *byte == b'\n').unwrap();
    let mut first: Value = serde_json::from_slice(&history[..end]).unwrap();
    first["data"]["plan"] = plan.clone();
    let mut out = first.to_string().into_bytes();
    out.extend_from_slice(&history[end..]);
    out
}

/// A generated history under a plan, as lines.
pub(crate) fn generated(seed: usize, events: &str, plan: &Value) -> Vec<u8> {
    let seed = seed.to_string();
    let history = python("generate.py", &["--seed", &seed, "--events", events], b"");
    with_plan(&history, plan)
}

fn counted(kpi: &Kpi) -> Value {
    let mut indicators: Map<String, Value> = Map::new();
    for year in YEARS {
        let table = serde_json::to_value(kpi.table(FiscalYear(year))).unwrap();
        for row in table["indicators"].as_array().unwrap() {
            let id = row["id"].as_str().unwrap().to_owned();
            let years = indicators
                .entry(id)
                .or_insert_with(|| Value::Object(Map::new()));
            years[year.to_string()] = row["readings"].clone();
        }
    }
    Value::Object(indicators)
}

fn disagreements(seed: usize, plan: &Value) -> Vec<String> {
    let seed = seed.to_string();
    let history = python("generate.py", &["--seed", &seed, "--events", EVENTS], b"");
    let years = format!("{}-{}", YEARS.start(), YEARS.end());
    let expected = python("kpi_oracle.py", &["--years", &years], &history);
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let lines = Lines(with_plan(&history, plan));
    let chunks = [Ok::<_, std::convert::Infallible>(lines)];
    let kpi = replay(chunks, &Cut::default(), |_| {}).unwrap();
    let ours = counted(&kpi);
    let mut found = Vec::new();
    for (id, years) in expected.as_object().unwrap() {
        for (year, readings) in years.as_object().unwrap() {
            for (reading, theirs) in readings.as_object().unwrap() {
                let mine = &ours[id][year][reading];
                // 3.0 and 3 are one number in JSON.
                if mine.as_f64() != theirs.as_f64() || mine.is_null() != theirs.is_null() {
                    found.push(format!(
                        "seed {seed}, {id} {year} {reading}: {mine}, not {theirs}"
                    ));
                }
            }
        }
    }
    found
}

#[test]
fn a_second_implementation_agrees_on_every_number_of_every_history() {
    let plan = include_str!("../plans/yamaguchi-r7.toml");
    let plan = Plan::from_toml(plan).unwrap().to_json();
    let wanted = std::env::var("BANSO_ORACLE_HISTORIES").ok();
    let histories: usize = wanted.and_then(|text| text.parse().ok()).unwrap_or(200);
    let found: Vec<String> = std::thread::scope(|scope| {
        let half = |from: usize| {
            let plan = &plan;
            scope.spawn(move || {
                let mine = (from..histories).step_by(2);
                mine.flat_map(|seed| disagreements(seed, plan))
                    .collect::<Vec<_>>()
            })
        };
        let halves = [half(0), half(1)];
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(
        found.is_empty(),
        "{} cells differ:\n{}",
        found.len(),
        found.join("\n")
    );
}
