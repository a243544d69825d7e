//! A difference has a row for every change of a number, and none where no number changed.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::plan::Plan;
use serde_json::json;
use support::{History, R7, case};

/// Shares of plans among visits, and the two numbers beside them.
const SHARES: &str = r#"
title = "計画"
body = "会議所"
first_fiscal_year = "R7"
last_fiscal_year = "R7"
[[indicators]]
id = "visits"
label = "訪問"
unit = "回"
[indicators.readings.x]
measure = "events"
of = ["visit.done"]
[[indicators]]
id = "plans"
label = "計画"
unit = "件"
[indicators.readings.x]
measure = "events"
of = ["plan.completed"]
[[indicators]]
id = "share"
label = "比"
unit = "件"
[indicators.readings.x]
measure = "ratio"
a = "plans"
b = "visits"
"#;

/// (indicator, position, before, after, delta) of every row from the first entry on.
fn rows(history: &History) -> Vec<String> {
    let changes = history.kpi().diff(R7, 0, history.len());
    let text = |figure: Option<banso_projections::figure::Figure>| {
        figure.map_or_else(|| "null".to_owned(), |figure| figure.to_string())
    };
    let row = |change: banso_projections::diff::Change| {
        let (before, after) = (text(change.before), text(change.after));
        let (id, at) = (change.indicator, change.position);
        format!("{id} at {at}: {before} to {after}, {}", change.delta)
    };
    changes.into_iter().map(row).collect()
}

fn visit(history: &mut History) {
    let data = json!({"method": "visit"});
    history.add(&case(1), "visit.done", "2025-06-01", data);
}

#[test]
fn adopting_a_plan_changes_no_number() {
    let mut history = History::yamaguchi();
    assert_eq!(rows(&history), [""; 0]);
    history.open(1);
    let data = json!({"analysis_id": "a"});
    history.add(&case(1), "analysis.completed", "2025-06-01", data);
    assert_eq!(rows(&history), ["A2 at 3: 0 to 1, 1"]);
}

#[test]
fn a_plan_adopted_after_its_events_brings_their_numbers() {
    let mut history = History::yamaguchi();
    history.open(1);
    visit(&mut history);
    let plan = Plan::from_toml(SHARES).unwrap().to_json();
    let data = json!({ "plan": plan });
    history.add(
        "programme/plan",
        "programme.plan_adopted",
        "2025-06-01",
        data,
    );
    assert_eq!(rows(&history), ["visits at 4: null to 1, 1"]);
}

#[test]
fn a_ratio_from_nothing_to_a_number_is_a_row_and_to_zero_is_none() {
    let mut history = History::with_plan(SHARES);
    history.open(1);
    visit(&mut history);
    assert_eq!(rows(&history), ["visits at 3: 0 to 1, 1"]);
    let mut other = History::with_plan(SHARES);
    other.open(1).plan(1, "p", "2025-06-01");
    visit(&mut other);
    assert_eq!(
        rows(&other),
        [
            "plans at 3: 0 to 1, 1",
            "share at 4: null to 1.0, 1.0",
            "visits at 4: 0 to 1, 1"
        ]
    );
}
