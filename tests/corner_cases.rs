//! The list of corner cases in docs/ is made from the demo, so that a person can click through them.
//!
//! `BANSO_BLESS=1` writes the file anew.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use banso_core::calendar::FiscalYear;
use banso_server::demo;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ja/corner-cases.md");

fn expected() -> String {
    let mut text = "# デモで見られる特殊な事例\n\n\
        `cargo run --release -- serve --demo` の台帳には、数え方を左右する事例がひととおり入っています。\n\
        番号は目録（seed/inventory.md の 7 章）の番号です。根拠のリンクは、デモを起動した状態で\n\
        ログイン後に開けます。このファイルはテストが生成します（`BANSO_BLESS=1`）。\n\n\
        | 番号 | 事例 | 見どころ | 根拠 | 記録のID |\n|---|---|---|---|---|\n"
        .to_owned();
    for case in demo::corner_cases() {
        let evidence = match (case.indicator, case.fiscal_year.map(FiscalYear)) {
            (Some(indicator), Some(year)) => format!(
                "[{indicator} {}](http://127.0.0.1:8080/v1/kpis/{indicator}/evidence?fy={})",
                year.label(),
                year.short()
            ),
            (Some(indicator), None) => indicator.to_owned(),
            _ => "－".to_owned(),
        };
        let (number, title, seen) = (case.number, case.title_ja, case.description_ja);
        let _ = writeln!(
            text,
            "| {number} | {title} | {seen} | {evidence} | `{}` |",
            case.event_id
        );
    }
    text
}

#[test]
fn the_list_in_the_docs_is_that_of_the_demo() {
    let expected = expected();
    if std::env::var_os("BANSO_BLESS").is_some() {
        std::fs::write(Path::new(FILE), &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap_or_default(), expected);
}

#[test]
fn every_corner_case_of_the_inventory_happens_in_the_demo() {
    let today = "2026-11-23".parse().unwrap();
    let history = demo::history(7, today);
    let ids: HashSet<_> = history
        .iter()
        .map(|step| step.event["id"].as_str().unwrap())
        .collect();
    let cases = demo::corner_cases();
    for case in &cases {
        assert!(
            ids.contains(case.event_id.to_string().as_str()),
            "{}",
            case.title_ja
        );
    }
    let numbers: HashSet<_> = cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=22).collect());
}
