//! What a list of conditions means, and the two ways to write a ratio.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod support;

use banso_projections::plan::Plan;
use serde_json::json;
use support::{History, R7, case};

/// A plan with one row that counts the visited businesses, and one with a ratio.
fn plan(conditions: &str, ratio: &str) -> String {
    format!(
        r#"
title = "計画"
body = "会議所"
first_fiscal_year = "R7"
last_fiscal_year = "R7"
[[indicators]]
id = "A"
label = "訪問"
unit = "社"
[indicators.readings.x]
measure = "distinct"
key = "business"
of = ["visit.done"]
{conditions}
[[indicators]]
id = "B"
label = "訪問の回数"
unit = "回"
[indicators.readings.x]
measure = "events"
of = ["visit.done"]
[[indicators]]
id = "C"
label = "1社あたり"
unit = "回"
[indicators.readings.x]
measure = "ratio"
{ratio}
"#
    )
}

const RATIO: &str = "a = \"B\"\nb = \"A\"";

/// Four visited businesses: 1 opened a shop, 2 was supported, 3 had both, 4 neither; twice visited: 3.
fn history(conditions: &str, ratio: &str) -> History {
    let mut history = History::with_plan(&plan(conditions, ratio));
    for number in 1..=4 {
        history.open(number);
    }
    let opened = json!({"platform": "自社"});
    let supported = json!({"help": ["相談"]});
    for (number, kind, data) in [
        (1, "ec.opened", &opened),
        (2, "ec.supported", &supported),
        (3, "ec.opened", &opened),
        (3, "ec.supported", &supported),
    ] {
        history.add(&case(number), kind, "2025-05-01", data.clone());
    }
    for number in [1, 2, 3, 3, 4] {
        let data = json!({"method": "visit"});
        history.add(&case(number), "visit.done", "2025-06-01", data);
    }
    history
}

fn counted(conditions: &str) -> String {
    history(conditions, RATIO).value("A", "x", R7)
}

#[test]
fn bare_names_of_one_list_mean_any_of_them() {
    assert_eq!(counted("having = [\"ec.opened\", \"ec.supported\"]"), "3");
    assert_eq!(counted("having = [\"ec.opened\"]"), "2");
    assert_eq!(
        counted("having = [{ type = [\"ec.opened\", \"ec.supported\"] }]"),
        "3"
    );
}

#[test]
fn tables_of_one_list_all_have_to_hold() {
    assert_eq!(
        counted("having = [{ type = \"ec.opened\" }, { type = \"ec.supported\" }]"),
        "1"
    );
    assert_eq!(
        counted("having = [\"ec.opened\", { type = \"ec.supported\" }]"),
        "1"
    );
    assert_eq!(
        counted("having = [\"ec.opened\", { type = \"case.opened\" }, \"ec.supported\"]"),
        "3"
    );
}

#[test]
fn nested_lists_mean_the_same() {
    let nested = |list: &str| {
        counted(&format!(
            "having = [{{ type = \"case.opened\", having = [{list}] }}]"
        ))
    };
    assert_eq!(nested("\"ec.opened\", \"ec.supported\""), "3");
    assert_eq!(
        nested("{ type = \"ec.opened\" }, { type = \"ec.supported\" }"),
        "1"
    );
}

#[test]
fn without_bare_names_keeps_what_has_none_of_them() {
    assert_eq!(counted("without = [\"ec.opened\", \"ec.supported\"]"), "1");
    assert_eq!(
        counted("without = [{ type = \"ec.opened\" }, { type = \"ec.supported\" }]"),
        "1"
    );
}

#[test]
fn a_faulty_name_of_a_list_keeps_its_place() {
    let text = plan(
        "having = [\"ec.opened\", { type = \"x\" }, \"ec.support\", \"seminar.held\"]",
        RATIO,
    );
    let faults = Plan::from_toml(&text).unwrap_err();
    let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
    let at = |rest: &str| format!("indicators[0].readings.x.having{rest}");
    assert_eq!(places, [at("[2]"), at("[3]"), at("[1].type")]);
}

#[test]
fn a_ratio_takes_its_two_indicators_as_a_list_too() {
    for ratio in [
        RATIO,
        "indicators = [\"B\", \"A\"]",
        "indicators = [{ indicator = \"B\", reading = \"x\" }, \"A\"]",
    ] {
        assert_eq!(history("", ratio).value("C", "x", R7), "1.3", "{ratio}");
    }
    let read = |ratio| Plan::from_toml(&plan("", ratio)).unwrap();
    let listed = read("indicators = [\"B\", \"A\"]");
    assert_eq!(listed, read(RATIO));
    assert_eq!(Plan::from_json(&listed.to_json()), Ok(listed));
}

#[test]
fn a_ratio_is_refused_unless_it_is_written_in_one_way_with_two() {
    let faults = |ratio| -> Vec<String> {
        let faults = Plan::from_toml(&plan("", ratio)).unwrap_err();
        let place = "indicators[2].readings.x.";
        faults
            .iter()
            .map(|fault| fault.to_string().replace(place, ""))
            .collect()
    };
    let both = "indicators: stands beside a and b; write one or the other";
    assert_eq!(
        faults("indicators = [\"B\", \"A\"]\na = \"B\"\nb = \"A\""),
        [both]
    );
    assert_eq!(
        faults("indicators = [\"B\", \"Y\"]\nb = \"Z\""),
        [
            "indicators[1]: unknown indicator \"Y\"",
            both,
            "b: unknown indicator \"Z\""
        ]
    );
    let two = "indicators: a ratio has two, the dividend and the divisor";
    assert_eq!(faults("indicators = [\"B\"]"), [two]);
    assert_eq!(faults("indicators = [\"B\", \"A\", \"A\"]"), [two]);
    assert_eq!(faults(""), ["a: is missing", "b: is missing"]);
    assert_eq!(faults("a = \"B\""), ["b: is missing"]);
}
