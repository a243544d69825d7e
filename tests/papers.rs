//! The papers keep their word: what docs/wire-format.md states and prints is tried on a real ledger.
//!
//! Knows the store only; the verifier under test is the text of the paper, not our code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use banso_store::merkle::{Frontier, leaf_hash};
use banso_store::{Draft, EventStore, Ledger, Options};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use uuid::Uuid;

use crate::source;

/// Entries of the ledger under test; not a power of two, and more than one subject.
const ENTRIES: u64 = 300;

fn wire_format() -> &'static str {
    let paper = source::files()
        .iter()
        .find(|file| file.path == "docs/wire-format.md");
    paper.and_then(|paper| paper.text.as_deref()).unwrap()
}

/// The fenced block in a language, of which the paper has one.
fn block(language: &str) -> &'static str {
    let (_, rest) = wire_format()
        .split_once(&format!("```{language}\n"))
        .unwrap();
    rest.split_once("\n```").unwrap().0
}

fn draft(number: u64) -> Draft {
    Draft {
        id: Uuid::from_u128(u128::from(number) + 1),
        event_type: "visit.done".to_owned(),
        subject: format!("case/{}", Uuid::from_u128(u128::from(number % 7))),
        occurred_on: "2025-06-03".to_owned(),
        data: r#"{"method":"visit","purpose":"巡回"}"#.to_owned(),
        recorded_at: "2025-06-03T01:02:03.456Z".to_owned(),
        recorded_by: "system".to_owned(),
        source: None,
        schema: None,
        expected_version: number.is_multiple_of(3).then_some(number / 7),
        sealed: None,
    }
}

/// A ledger that was closed; gives the checkpoint that somebody else keeps.
fn ledger(dir: &Path) -> String {
    let ledger = Ledger::create(dir, "banso/test", Options::default()).unwrap();
    for number in 0..ENTRIES {
        ledger.append(draft(number)).unwrap().wait().unwrap();
    }
    let checkpoint = ledger.checkpoint().unwrap();
    ledger.close().unwrap();
    checkpoint
}

fn verified(dir: &Path) -> Output {
    let script = dir.join("verifier.py");
    fs::write(&script, block("python")).unwrap();
    let python = std::env::var_os("BANSO_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    Command::new(python)
        .arg(&script)
        .arg(dir.join("journal"))
        .output()
        .unwrap()
}

/// The text of the only segment, without space that was allotted in advance.
fn journal(dir: &Path) -> (std::path::PathBuf, String) {
    let path = dir.join("journal/00000000000000000000.ndjson");
    let text = fs::read_to_string(&path).unwrap();
    (path, text.trim_end_matches('\0').to_owned())
}

#[test]
fn the_roots_of_the_wire_format_are_right() {
    let rows = wire_format().lines().filter_map(|line| {
        let (size, root) = line
            .strip_prefix("| ")?
            .strip_suffix("` |")?
            .split_once(" | `")?;
        Some((size.parse::<u64>().ok()?, root))
    });
    let rows: Vec<_> = rows.collect();
    let (_, lines) = wire_format().split_once("```text\n{\"data\"").unwrap();
    let lines = lines.split_once("\n```").unwrap().0;
    let mut tree = Frontier::default();
    let mut roots = vec![(0, tree.root())];
    for line in format!("{{\"data\"{lines}").lines() {
        tree.push(leaf_hash(line.as_bytes()));
        roots.push((tree.size(), tree.root()));
    }
    assert_eq!(rows.len(), 4);
    for ((size, printed), (counted, root)) in rows.into_iter().zip(roots) {
        let bytes = BASE64.decode(printed).unwrap();
        assert_eq!(
            (size, &bytes[..]),
            (counted, &root[..]),
            "the root of {size} lines"
        );
    }
}

#[test]
fn the_verifier_of_the_wire_format_agrees_with_the_signed_head() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = ledger(dir.path());
    let output = verified(dir.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    let signed: Vec<_> = checkpoint.lines().skip(1).take(2).collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), signed);
    assert_eq!(
        fs::read_to_string(dir.path().join("head")).unwrap(),
        checkpoint
    );
}

#[test]
fn the_verifier_of_the_wire_format_sees_every_kind_of_forgery() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path());
    let (path, text) = journal(dir.path());
    let lines: Vec<_> = text.lines().collect();
    let entry = lines
        .iter()
        .position(|line| line.contains("\"position\":150,"))
        .unwrap();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n";
    let mut swapped = lines.clone();
    let next = (entry + 1..lines.len())
        .find(|at| lines[*at].starts_with("{\"data\":"))
        .unwrap();
    swapped.swap(entry, next);
    for (kind, forged) in [
        (
            "an edited entry",
            text.replacen("\"position\":150,", "\"position\":150 ,", 1),
        ),
        (
            "a changed date",
            text.replacen(
                "2025-06-03\",\"position\":150,",
                "2025-06-04\",\"position\":150,",
                1,
            ),
        ),
        ("a dropped entry", without(entry)),
        (
            "a repeated entry",
            text.replacen(lines[entry], &format!("{0}\n{0}", lines[entry]), 1),
        ),
        ("swapped entries", swapped.join("\n") + "\n"),
        (
            "a dropped line end",
            text.replacen("}\n{\"data\"", "} {\"data\"", 1),
        ),
        ("garbage", text.replacen(lines[entry], "garbage", 1)),
    ] {
        assert_ne!(forged, text, "{kind} changes nothing");
        fs::write(&path, forged).unwrap();
        assert!(!verified(dir.path()).status.success(), "{kind} is not seen");
    }
    fs::write(&path, &text).unwrap();
    assert!(verified(dir.path()).status.success());
}
