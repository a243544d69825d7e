//! The JSON of a table to the letter of contract section 6.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::{Cut, Kpi};
use serde_json::json;
use support::{History, R7, R8, case};

#[test]
fn a_row_is_written_as_the_contract_says() {
    let mut history = History::yamaguchi();
    for number in 1..=37 {
        history.open(number);
        let data = json!({"analysis_id": format!("a{number}")});
        history.add(&case(number), "analysis.completed", "2025-06-01", data);
    }
    for _ in 0..2 {
        let data = json!({"analysis_id": format!("b{}", history.len())});
        history.add(&case(1), "analysis.completed", "2025-07-01", data);
    }
    let table = serde_json::to_value(history.kpi().table(R7)).unwrap();
    assert_eq!(
        (&table["fiscal_year"], &table["label"]),
        (&json!(2025), &json!("令和7年度"))
    );
    assert_eq!(
        table["as_of"],
        json!({"position": history.len(), "root": null})
    );
    assert_eq!(table["closed"], json!(false));
    let rows = table["indicators"].as_array().unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..6], ["G1", "G2", "G3", "E0", "E1", "E2"]);
    let row = &rows[ids.iter().position(|id| *id == "A2").unwrap()];
    let wanted = json!({"id": "A2", "section": "5(2)", "label": "経営分析件数", "unit": "件",
        "baseline": 90, "target": 140, "actual": 37, "rate": 26.4, "grade": "D",
        "reading": "business", "readings": {"business": 37, "each": 39}, "late": 0});
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&row[key], value, "{key}");
    }
    let e3 = &rows[ids.iter().position(|id| *id == "E3").unwrap()];
    assert_eq!(
        (&e3["baseline"], &e3["actual"], &e3["rate"]),
        (&json!(null), &json!(0), &json!(0.0))
    );
    let m3b = &rows[ids.iter().position(|id| *id == "M3b").unwrap()];
    assert_eq!(
        (&m3b["actual"], &m3b["rate"], &m3b["grade"]),
        (&json!(null), &json!(null), &json!(null))
    );
}

#[test]
fn a_ledger_without_a_plan_has_no_rows_and_one_digest() {
    let kpi = Kpi::new();
    assert!(kpi.table(R7).indicators.is_empty());
    assert_eq!(kpi.digest(), Kpi::new().digest());
    assert!(kpi.plan().is_none() && kpi.evidence("A2", R7, None).is_none());
    assert!(kpi.years().is_empty());
}

#[test]
fn entries_come_in_order_and_a_refused_one_changes_nothing() {
    let mut history = History::yamaguchi();
    history.open(1);
    let mut kpi = Kpi::new();
    let error = kpi.apply(&history.entries[1]).unwrap_err();
    assert_eq!(
        (error.position, error.reason.contains("position 0")),
        (1, true)
    );
    for entry in &history.entries {
        assert!(kpi.apply(b"{}").is_err());
        kpi.apply(entry).unwrap();
    }
    assert_eq!(kpi.digest(), history.kpi().digest());
    let bad = String::from_utf8(history.entries[0].clone()).unwrap();
    let bad = bad
        .replace("\"events\"", "\"every\"")
        .replace("\"position\":0", "\"position\":3");
    let error = kpi.apply(bad.as_bytes()).unwrap_err();
    assert!(
        error.reason.contains("unknown measure \"every\""),
        "{error}"
    );
    assert_eq!(kpi.at(Cut::default()).digest(), history.kpi().digest());
}

#[test]
fn a_replay_stops_at_the_first_entry_that_cannot_be_read() {
    let mut history = History::yamaguchi();
    history.open(1);
    history.entries[2] = b"{\"data\":".to_vec();
    let chunks = [Ok::<_, String>(history.entries.clone())];
    let Err(error) = banso_projections::replay(chunks, &Cut::default(), |_| {}) else {
        panic!("a torn entry was folded");
    };
    assert!(
        error.to_string().starts_with("entry 2 cannot be folded"),
        "{error}"
    );
    let broken = [Err::<Vec<Vec<u8>>, _>("disk gone")];
    let Err(error) = banso_projections::replay(broken, &Cut::default(), |_| {}) else {
        panic!("nothing was folded");
    };
    assert_eq!(
        error.to_string(),
        "the entries could not be read: disk gone"
    );
}

#[test]
fn a_plan_adopted_late_counts_what_was_there_before() {
    let mut history = History::yamaguchi();
    history.open(1);
    history.add(
        &case(1),
        "analysis.completed",
        "2025-06-01",
        json!({"analysis_id": "a"}),
    );
    let mut late = history.without(&[0]);
    let plan = banso_projections::plan::Plan::from_toml(support::YAMAGUCHI).unwrap();
    let before = late.kpi();
    assert!(before.table(R7).indicators.is_empty());
    late.add(
        "programme/plan",
        "programme.plan_adopted",
        "2025-06-01",
        json!({"plan": plan.to_json()}),
    );
    assert_eq!(late.value("A2", "business", R7), "1");
    assert_eq!(late.value("A2", "business", R8), "0");
}
