//! No fault of a plan file hides another one: whatever can still be checked is checked.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use banso_projections::plan::Plan;

const GOOD: &str = r#"
title = "計画"
body = "会議所"
corporate_number = "4250005000529"
municipality_code = "352039"
first_fiscal_year = "R7"
last_fiscal_year = 2029
[[grades]]
name = "A"
at_least = 100
[[grades]]
name = "B"
at_least = 80
[[grades]]
name = "C"
at_least = 0
[[indicators]]
id = "A"
label = "件数"
unit = "件"
targets = { R7 = 1 }
[indicators.readings.each]
measure = "events"
of = ["analysis.completed"]
[[indicators]]
id = "B"
label = "比"
unit = "％"
[indicators.readings.x]
measure = "ratio"
a = "A"
b = "A"
"#;

/// The faults of the good plan after some replacements, each of which must hit.
fn after(changes: &[(&str, &str)]) -> Vec<String> {
    let changed = changes.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let faults = Plan::from_toml(&changed).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

/// The places of the faults, sorted.
fn places(changes: &[(&str, &str)]) -> Vec<String> {
    let faults = after(changes);
    let mut places: Vec<String> = faults
        .iter()
        .filter_map(|fault| Some(fault.split_once(": ")?.0.to_owned()))
        .collect();
    places.sort();
    places
}

const HEAD: [(&str, &str); 3] = [
    ("4250005000529", "3250005000529"),
    ("352039", "352038"),
    ("id = \"B\"", "id = \"A\""),
];

#[test]
fn the_good_plan_is_good() {
    assert!(Plan::from_toml(GOOD).is_ok());
}

#[test]
fn a_missing_title_or_a_bad_year_hides_no_code_and_no_repeated_id() {
    let rest = ["corporate_number", "indicators[1].id", "municipality_code"];
    for (from, to, place) in [
        ("title = \"計画\"", "", "title"),
        ("body = \"会議所\"", "body = 5", "body"),
        ("\"R7\"", "\"soon\"", "first_fiscal_year"),
        ("last_fiscal_year = 2029", "", "last_fiscal_year"),
    ] {
        let mut wanted = [&rest[..], &[place]].concat();
        wanted.sort_unstable();
        let found = places(&[&[(from, to)], &HEAD[..]].concat());
        assert_eq!(found, wanted, "{place}");
    }
}

#[test]
fn a_missing_title_does_not_hide_a_wrong_period() {
    let missing = ("title = \"計画\"", "");
    assert_eq!(
        after(&[missing, ("2029", "2024")]),
        [
            "title: is missing",
            "last_fiscal_year: R6 lies before the first year R7"
        ]
    );
    assert_eq!(
        after(&[missing, ("2029", "2045")]),
        [
            "title: is missing",
            "last_fiscal_year: a plan has at most 20 years"
        ]
    );
}

#[test]
fn a_bad_year_hides_no_target_outside_the_other_end() {
    let changes = [("2029", "\"soon\""), ("{ R7 = 1 }", "{ R6 = 1, R30 = 1 }")];
    assert_eq!(
        places(&changes),
        ["indicators[0].targets.R6", "last_fiscal_year"]
    );
    let changes = [
        ("\"R7\"", "\"soon\""),
        ("{ R7 = 1 }", "{ R6 = 1, R30 = 1 }"),
    ];
    assert_eq!(
        places(&changes),
        ["first_fiscal_year", "indicators[0].targets.R30"]
    );
}

#[test]
fn a_missing_part_of_an_indicator_hides_no_other_fault_of_it() {
    for part in ["label = \"比\"", "unit = \"％\""] {
        let changes = [(part, ""), ("id = \"B\"", "id = \"A\"")];
        let key = &part[..5].trim_end_matches([' ', '=']);
        let mut wanted = vec![
            "indicators[1].id".to_owned(),
            format!("indicators[1].{key}"),
        ];
        wanted.sort();
        assert_eq!(places(&changes), wanted, "{part}");
    }
    // Neither does a row before it that cannot be read move its place.
    let row = "[[indicators]]\nid = \"A\"\nlabel = \"件数\"";
    let broken = [(row, "[[indicators]]\n"), ("b = \"A\"", "b = \"B\"")];
    assert_eq!(
        places(&broken),
        [
            "indicators[0].id",
            "indicators[0].label",
            "indicators[1].readings.x",
            "indicators[1].readings.x.a"
        ]
    );
}

#[test]
fn an_unusable_id_is_still_a_repeated_one() {
    let changes = [("id = \"A\"", "id = \"あ\""), ("id = \"B\"", "id = \"あ\"")];
    let faults = after(&changes);
    let twice = "indicators[1].id: \"あ\" is the id of indicators[0] too".to_owned();
    assert!(faults.contains(&twice), "{faults:#?}");
}

#[test]
fn a_repeated_id_causes_no_follow_up_faults() {
    let changes = [
        ("id = \"B\"", "id = \"A\""),
        ("b = \"A\"", "b = { indicator = \"A\", reading = \"each\" }"),
    ];
    assert_eq!(
        after(&changes),
        ["indicators[1].id: \"A\" is the id of indicators[0] too"]
    );
}

#[test]
fn a_missing_unit_or_part_hides_no_cycle() {
    let changes = [("unit = \"％\"", ""), ("b = \"A\"", "b = \"B\"")];
    assert_eq!(
        places(&changes),
        ["indicators[1].readings.x", "indicators[1].unit"]
    );
    let changes = [("a = \"A\"", "a = \"Z\""), ("b = \"A\"", "b = \"B\"")];
    assert_eq!(
        places(&changes),
        ["indicators[1].readings.x", "indicators[1].readings.x.a"]
    );
}

#[test]
fn an_unreadable_grade_hides_neither_name_nor_order_and_moves_no_place() {
    let changes = [
        ("name = \"A\"\nat_least = 100", "name = \"C\""),
        ("at_least = 0", "at_least = 90"),
    ];
    assert_eq!(
        places(&changes),
        ["grades[0].at_least", "grades[2].at_least", "grades[2].name"]
    );
}

#[test]
fn a_target_that_is_no_number_hides_nothing_about_its_year() {
    let targets = "{ R6 = \"x\", R8 = 1, 2026 = \"y\", soon = -1 }";
    let wanted = [
        "2026: \"y\" is not a number",
        "R6: \"x\" is not a number",
        "R6: R6 lies outside the plan's R7 to R11",
        "R8: R8 has two targets",
        "soon: \"soon\" is not a fiscal year; write R7 or 2025",
        "soon: -1 is below zero",
    ];
    let wanted = wanted.map(|fault| format!("indicators[0].targets.{fault}"));
    assert_eq!(after(&[("{ R7 = 1 }", targets)]), wanted);
}

#[test]
fn a_reading_without_a_known_measure_is_looked_at_all_the_same() {
    let event = "measure = \"events\"\nof = [\"analysis.completed\"]";
    let rest = "of = [\"analysis.complete\", \"plan.completed\"]\nwhere = { colour = 1 }\n\
                having = [\"plan.complete\"]\nkey = \"size\"\na = \"Z\"\ncolour = 2";
    let wanted = [
        "a",
        "colour",
        "having[0]",
        "key",
        "measure",
        "of[0]",
        "where.colour",
    ]
    .map(|place| format!("indicators[0].readings.each.{place}"));
    assert_eq!(places(&[(event, rest)]), wanted);
    let unknown = format!("measure = \"count\"\n{rest}");
    assert_eq!(places(&[(event, &unknown)]), wanted);
    assert_eq!(
        places(&[("measure = \"events\"\n", "")]),
        ["indicators[0].readings.each.measure"]
    );
}

#[test]
fn a_wrong_figure_of_a_report_hides_neither_its_base_nor_its_dates() {
    let event = "measure = \"events\"\nof = [\"analysis.completed\"]";
    let sales = "measure = \"sales_growth\"\nfield = 5\nbase = \"x\"\nlatest_by = [\"y\"]\n\
                 having = [{ type = \"x\", same = [\"basis\"] }]";
    let wanted = [
        "base",
        "field",
        "having[0].same",
        "having[0].type",
        "latest_by[0]",
    ];
    assert_eq!(
        places(&[(event, sales)]),
        wanted.map(|place| format!("indicators[0].readings.each.{place}"))
    );
}

#[test]
fn a_faulty_plan_that_is_too_large_hears_both_at_once() {
    let note = format!("unit = \"件\"\nnote = \"{}\"", "長".repeat(21_000));
    let faults = after(&[("title = \"計画\"", ""), ("unit = \"件\"", &note)]);
    assert_eq!(faults.len(), 2, "{}", faults.len());
    assert_eq!(faults[0], "title: is missing");
    assert!(faults[1].contains("at most 60000"));
}
