//! A wrong plan file is refused with every fault and its place at once (contract section 5).
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use banso_projections::plan::Plan;

const GOOD: &str = r#"
title = "計画"
body = "会議所"
corporate_number = "４２５０００５０００５２９"
municipality_code = "３５２０３９"
first_fiscal_year = "R7"
last_fiscal_year = 2029
[[grades]]
name = "十分達成"
at_least = 100
[[grades]]
name = "未達"
at_least = 0
[[indicators]]
id = "A"
label = "件数"
unit = "件"
targets = { R7 = 1, 2026 = 2.5 }
reading = "each"
[indicators.readings.each]
measure = "events"
of = ["analysis.completed"]
[indicators.readings.business]
measure = "distinct"
key = "business"
of = ["analysis.completed"]
"#;

fn faults(text: &str) -> Vec<String> {
    let faults = Plan::from_toml(text).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

/// The faults of the good plan after one replacement.
fn after(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    faults(&GOOD.replacen(from, to, 1))
}

/// The one fault after one replacement.
fn only(from: &str, to: &str) -> String {
    let faults = after(from, to);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.into_iter().next().unwrap()
}

#[test]
fn digits_of_either_width_are_taken() {
    let plan = Plan::from_toml(GOOD).unwrap();
    assert_eq!(plan.corporate_number.as_deref(), Some("4250005000529"));
    assert_eq!(plan.municipality_code.as_deref(), Some("352039"));
}

#[test]
fn check_digits_are_checked() {
    assert!(only("４２５０００５０００５２９", "3250005000529").starts_with("corporate_number: "));
    assert!(only("３５２０３９", "352038").starts_with("municipality_code: "));
    assert!(only("３５２０３９", "35203").contains("6 digits"));
}

#[test]
fn all_faults_are_named_at_once_with_their_places() {
    let text = GOOD
        .replace("title = \"計画\"", "")
        .replace("unit = \"件\"", "unit = 5")
        .replace("R7 = 1,", "R6 = 1,")
        .replace(
            "reading = \"each\"",
            "reading = \"every\"\ncolour = \"red\"",
        )
        .replacen("[\"analysis.completed\"]", "[\"analysis.complete\"]", 1)
        .replacen("key = \"business\"", "key = \"colour\"", 1);
    let faults = faults(&text);
    let places: Vec<&str> = faults
        .iter()
        .filter_map(|f| f.split_once(": ").map(|(p, _)| p))
        .collect();
    let wanted = [
        "title",
        "indicators[0].unit",
        "indicators[0].targets.R6",
        "indicators[0].readings.business.key",
        "indicators[0].readings.each.of[0]",
        "indicators[0].reading",
        "indicators[0].colour",
    ];
    assert_eq!(places, wanted, "{faults:#?}");
}

#[test]
fn unknown_names_are_named() {
    assert!(
        only("measure = \"events\"", "measure = \"count\"").contains("unknown measure \"count\"")
    );
    let of = only(
        "of = [\"analysis.completed\"]\n[",
        "of = [\"analysis.complete\"]\n[",
    );
    assert_eq!(
        of,
        "indicators[0].readings.each.of[0]: unknown event type \"analysis.complete\""
    );
    assert!(
        only(
            "of = [\"analysis.completed\"]\n[",
            "of = [\"record.voided\"]\n["
        )
        .contains("nowhere")
    );
    let fields = [
        ("where = { colour = [\"red\"] }", "no field \"colour\""),
        ("where = { swot = [\"red\"] }", "personal"),
        ("where = { analysis_id = [5] }", "no value"),
        ("where = { analysis_id = [] }", "empty"),
        ("months = [13]", "not a month"),
        ("year_by = \"tools\"", "another shape"),
        ("having = [\"plan.complete\"]", "unknown event type"),
        ("having = [\"seminar.held\"]", "has no business"),
        (
            "having = [{ type = \"plan.completed\", same = [\"plan_id\"] }]",
            "\"subject\"",
        ),
        (
            "having = [{ type = \"plan.completed\", when = \"later\" }]",
            "none of on_or_before",
        ),
        ("limit = 5", "unknown key"),
    ];
    for (line, detail) in fields {
        let faults = after(
            "measure = \"events\"",
            &format!("measure = \"events\"\n{line}"),
        );
        assert!(
            faults.iter().any(|fault| fault.contains(detail)),
            "{line}: {faults:#?}"
        );
    }
}

#[test]
fn values_outside_an_enumeration_are_refused() {
    let fault = only(
        "of = [\"analysis.completed\"]\n[",
        "of = [\"followup.done\"]\nwhere = { method = [\"visit\", \"fax\"] }\n[",
    );
    assert!(
        fault.starts_with("indicators[0].readings.each.where.method[1]: "),
        "{fault}"
    );
    assert!(fault.contains("visit, window, online"), "{fault}");
}

#[test]
fn years_and_grades_must_make_sense() {
    let faults = after("last_fiscal_year = 2029", "last_fiscal_year = \"R6\"");
    assert_eq!(
        faults,
        ["last_fiscal_year: R6 lies before the first year R7"]
    );
    assert!(only("first_fiscal_year = \"R7\"", "first_fiscal_year = \"soon\"").contains("soon"));
    assert!(only("R7 = 1,", "R7 = 1, 2025 = 3,").contains("two targets"));
    assert!(only("R7 = 1,", "R7 = -1,").contains("below zero"));
    assert!(only("at_least = 0", "at_least = 100").starts_with("grades[1].at_least: "));
    assert!(only("name = \"未達\"", "name = \"十分達成\"").contains("stands twice"));
}

#[test]
fn indicators_may_not_repeat_nor_count_themselves() {
    let row = |id: &str, b: &str| {
        format!(
            "[[indicators]]\nid = \"{id}\"\nlabel = \"比\"\nunit = \"％\"\n[indicators.readings.x]\n\
             measure = \"ratio\"\na = \"A\"\nb = {b}\n"
        )
    };
    assert!(Plan::from_toml(&format!("{GOOD}{}", row("B", "\"A\""))).is_ok());
    let twice = faults(&format!(
        "{GOOD}{}",
        row("A", "{ indicator = \"A\", reading = \"each\" }")
    ));
    assert!(
        twice
            .iter()
            .any(|fault| fault.starts_with("indicators[1].id: ")),
        "{twice:#?}"
    );
    let around = faults(&format!("{GOOD}{}", row("B", "\"B\"")));
    assert!(
        around[0].contains("counts itself: B/x → B/x"),
        "{around:#?}"
    );
    let unknown = faults(&format!("{GOOD}{}", row("B", "\"C\"")));
    assert_eq!(
        unknown,
        ["indicators[1].readings.x.b: unknown indicator \"C\""]
    );
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    let faults = faults("title = \"a\"\nbody = = 5\n");
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("line 2: "), "{faults:#?}");
}

#[test]
fn a_plan_that_does_not_fit_an_entry_is_refused() {
    let text = GOOD.replace(
        "unit = \"件\"",
        &format!("unit = \"件\"\nnote = \"{}\"", "長".repeat(21_000)),
    );
    assert!(faults(&text)[0].contains("at most 60000"));
}

#[test]
fn the_examples_of_the_tutorial_are_valid() {
    const TUTORIAL: &str = include_str!("../../plans/README.md");
    let blocks: Vec<&str> = TUTORIAL
        .split("```toml\n")
        .skip(1)
        .filter_map(|part| part.split("```").next())
        .collect();
    let plan = Plan::from_toml(blocks[0]).unwrap();
    assert_eq!(plan.indicators[0].readings.len(), 1);
    let conditions = blocks
        .iter()
        .filter(|block| block.starts_with("having"))
        .flat_map(|block| block.split("\n\n"));
    let mut seen = 0;
    for condition in conditions {
        let reading = "measure = \"events\"\nof = [\"followup.done\"]\n";
        let text = GOOD.replacen(
            "measure = \"events\"\nof = [\"analysis.completed\"]",
            &format!("{reading}{condition}"),
            1,
        );
        assert_ne!(text, GOOD);
        Plan::from_toml(&text).unwrap();
        seen += 1;
    }
    assert_eq!(seen, 6);
}
