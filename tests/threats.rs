//! docs/threat-model.md keeps its word: every threat names its test, and the test is there.

use crate::source;

/// A test, and the file in which it should stand.
#[derive(Debug, PartialEq)]
struct Named {
    test: String,
    path: String,
}

/// The tests that a cell names: `file::test` below `tests/`, or `test` in `path`.
fn named(cell: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for quoted in cell.split('`').skip(1).step_by(2) {
        if let Some((module, test)) = quoted.split_once("::") {
            let path = format!("tests/{module}.rs");
            found.push(Named {
                test: test.to_owned(),
                path,
            });
        } else if quoted.contains('/') {
            if let Some(last) = found.last_mut() {
                quoted.clone_into(&mut last.path);
            }
        } else {
            let path = String::new();
            found.push(Named {
                test: quoted.to_owned(),
                path,
            });
        }
    }
    found
}

fn is_there(named: &Named) -> bool {
    let Some(file) = source::files().iter().find(|file| file.path == named.path) else {
        return false;
    };
    let lines: Vec<_> = file.lines().map(|(_, line)| line.trim()).collect();
    let (plain, waiting) = (
        format!("fn {}(", named.test),
        format!("async fn {}(", named.test),
    );
    let at = lines
        .iter()
        .position(|line| line.starts_with(&plain) || line.starts_with(&waiting));
    // The attribute stands above, perhaps with another below it.
    at.is_some_and(|at| {
        let above = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        above
            .into_iter()
            .any(|line| line.contains("test]") || line.contains("test("))
    })
}

#[test]
fn every_threat_names_a_test_that_is_there() {
    let paper = source::files()
        .iter()
        .find(|file| file.path == "docs/threat-model.md");
    let mut threats = 0;
    let mut faults = Vec::new();
    for (at, line) in paper
        .unwrap()
        .lines()
        .filter(|(_, line)| line.starts_with('|'))
    {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "line {at} has not three cells");
        if cells[0] == "threat" || cells[0].starts_with("---") {
            continue;
        }
        threats += 1;
        let tests = named(cells[2]);
        if tests.is_empty() {
            faults.push(format!("line {at}: {} names no test", cells[0]));
        }
        let lost = tests.iter().filter(|named| !is_there(named));
        faults.extend(lost.map(|named| format!("line {at}: no such test: {named:?}")));
    }
    assert!(threats > 30, "only {threats} threats were found");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    let found = named("`threats::a_test_that_is_not_there_is_noticed`, `x` in `tests/web.rs`");
    assert!(is_there(&found[0]));
    assert_eq!(
        (found[1].test.as_str(), found[1].path.as_str()),
        ("x", "tests/web.rs")
    );
    assert!(!is_there(&found[1]));
    let helper = named("`is_there` in `tests/threats.rs`");
    assert!(
        !is_there(&helper[0]),
        "a function that is no test does not count"
    );
    assert!(named("somebody looked at it").is_empty());
}
