//! Evidence packs: made from entries and a signed head, checked without the ledger, and recomputed
//! by the page's own program in another language.
//!
//! The page must agree with the engine on every reading of generated histories (`BANSO_PACK_HISTORIES`
//! sets how many; 6 if absent), or one of the two counts wrong.

use std::path::Path;
use std::process::Command;

use banso_core::calendar::FiscalYear;
use banso_projections::plan::Plan;
use banso_projections::{Cut, replay};
use banso_server::pack::{Files, Source, build, check, read, write};
use banso_store::Signer;
use banso_store::export::Signed;
use banso_store::merkle::{Frontier, leaf_hash};
use banso_store::note::{Checkpoint, VerifierKey};
use bytes::Bytes;
use serde_json::Value;

use crate::oracle_agreement::generated;

const YEAR: FiscalYear = FiscalYear(2025);

fn head(signer: &Signer, entries: &[Bytes]) -> String {
    let mut tree = Frontier::default();
    for entry in entries {
        tree.push(leaf_hash(entry));
    }
    signer.sign_checkpoint(tree.size(), &tree.root())
}

fn source(signer: &Signer, entries: Vec<Bytes>) -> Source {
    let note = head(signer, &entries);
    let key = VerifierKey::parse(&signer.vkey()).unwrap();
    let head = Checkpoint::open(&note, &key).unwrap();
    let signed = Signed { key, note, head };
    Source { signed, entries }
}

fn history(seed: usize) -> Vec<Bytes> {
    let plan = Plan::from_toml(include_str!("../plans/yamaguchi-r7.toml")).unwrap();
    let lines = generated(seed, "1200", &plan.to_json());
    let lines = lines.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(Bytes::copy_from_slice)
        .collect()
}

fn signer() -> Signer {
    Signer::generate("ledger.example/t").unwrap()
}

fn refusal(files: &Files) -> String {
    check(files, None, &[], &[]).unwrap_err()
}

/// What the page finds; none where there is no node.
fn page(files: &Files, dir: &Path, kept: Option<&str>) -> Option<Value> {
    let page = dir.join("index.html");
    std::fs::write(&page, &files["index.html"]).unwrap();
    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("pack_page.mjs"));
    node.arg(&page);
    if let Some(kept) = kept {
        std::fs::write(dir.join("kept"), kept).unwrap();
        node.arg(dir.join("kept"));
    }
    let Ok(output) = node.output() else {
        assert!(std::env::var_os("CI").is_none(), "node is needed");
        eprintln!("the page is not run: node is not installed");
        return None;
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_pack_is_checked_without_the_ledger_and_is_always_the_same_bytes() {
    let (signer, entries) = (signer(), history(1));
    let source = source(&signer, entries.clone());
    let files = build(&source, YEAR).unwrap();
    let bytes = write(&files).unwrap();
    assert_eq!(write(&build(&source, YEAR).unwrap()).unwrap(), bytes);
    let files = read(&bytes).unwrap();
    let key = source.signed.key.clone();
    let older = head(&signer, &entries[..700]);
    let older = Checkpoint::open(&older, &key).unwrap();
    let checked = check(&files, Some(&key), &[older], &[]).unwrap();
    assert_eq!(checked.head.size, entries.len() as u64);
    assert_eq!(checked.files, files.len());
    assert!(files.keys().any(|path| path.starts_with("proofs/")));
    assert!(files.contains_key("evidence/A2.json"));
    assert!(files.contains_key("schemas/visit.done.json"));
}

#[test]
fn a_changed_file_of_a_pack_is_named() {
    let files = build(&source(&signer(), history(1)), YEAR).unwrap();
    // Of each folder one: what is left are files of the same kind.
    let mut folders = std::collections::BTreeSet::new();
    let kinds = files.keys().filter(|path| {
        folders.insert(
            path.split_once('/')
                .map_or(path.as_str(), |(folder, _)| folder),
        )
    });
    for path in kinds {
        let mut forged = files.clone();
        let bytes = forged.get_mut(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let reason = check(&forged, None, &[], &[]).unwrap_err();
        assert!(!reason.is_empty());
        let mut forged = files.clone();
        forged.remove(path);
        let reason = refusal(&forged);
        assert!(reason.contains(path.as_str()), "{path}: {reason}");
    }
    let mut forged = files.clone();
    forged.insert("notes.txt".to_owned(), b"by the way".to_vec());
    assert_eq!(refusal(&forged), "notes.txt: does not belong to the pack");
    let mut forged = files;
    let bundle = forged.get_mut("tile/entries/001").unwrap();
    let at = bundle.len() / 2;
    bundle[at] ^= 1;
    let reason = refusal(&forged);
    assert!(reason.starts_with("position "), "{reason}");
}

#[test]
fn a_history_rewritten_with_the_true_key_does_not_contain_the_kept_checkpoint() {
    let (signer, entries) = (signer(), history(2));
    let kept = head(&signer, &entries[..600]);
    let mut forged = entries.clone();
    let text = String::from_utf8(forged[300].to_vec()).unwrap();
    let start = text.find("\"recorded_at\":\"").unwrap() + 15;
    let mut bytes = text.into_bytes();
    // A millisecond does not change any number nor the order.
    let digit = &mut bytes[start + 22];
    *digit = if *digit == b'9' { b'8' } else { *digit + 1 };
    forged[300] = bytes.into();
    let source = source(&signer, forged);
    let files = build(&source, YEAR).unwrap();
    let key = &source.signed.key;
    check(&files, Some(key), &[], &[]).unwrap();
    let kept_checkpoint = Checkpoint::open(&kept, key).unwrap();
    let reason = check(&files, Some(key), &[kept_checkpoint], &[]).unwrap_err();
    assert!(reason.contains("kept checkpoint"), "{reason}");
    let dir = tempfile::tempdir().unwrap();
    if let Some(found) = page(&files, dir.path(), Some(&kept)) {
        assert_eq!(found["kept"], false);
    }
    let other = Signer::generate("ledger.example/t").unwrap();
    let other = VerifierKey::parse(&other.vkey()).unwrap();
    let reason = check(&files, Some(&other), &[], &[]).unwrap_err();
    assert!(reason.contains("another key"), "{reason}");
}

#[test]
fn entries_that_break_the_rules_are_found_under_a_right_signature() {
    let signer = signer();
    let entries = history(3);
    let mut doubled = entries.clone();
    doubled.insert(100, entries[99].clone());
    assert!(build(&source(&signer, doubled), YEAR).is_err());
    let text = String::from_utf8(entries[200].to_vec()).unwrap();
    let version = text.rfind("\"version\":").unwrap() + 10;
    let mut forged = entries;
    forged[200] = format!("{}7{}", &text[..version], &text[version..]).into();
    let files = build(&source(&signer, forged), YEAR).unwrap();
    let reason = refusal(&files);
    assert!(reason.starts_with("position 200: its version"), "{reason}");
}

#[test]
fn a_personal_field_in_an_entry_stops_the_pack() {
    let signer = signer();
    let mut entries = history(1);
    let at = entries
        .iter()
        .position(|entry| entry.windows(12).any(|part| part == b"\"visit.done\""))
        .unwrap();
    let text = String::from_utf8(entries[at].to_vec()).unwrap();
    entries[at] = text
        .replacen("{\"data\":{", "{\"data\":{\"note\":\"x\",", 1)
        .into();
    let refused = build(&source(&signer, entries), YEAR).unwrap_err();
    assert!(refused.to_string().contains("note"), "{refused}");
}

#[test]
fn the_page_recomputes_every_number_that_the_engine_counted() {
    let wanted = std::env::var("BANSO_PACK_HISTORIES").ok();
    let histories: usize = wanted.and_then(|text| text.parse().ok()).unwrap_or(6);
    let dir = tempfile::tempdir().unwrap();
    for seed in 0..histories {
        let source = source(&signer(), history(seed));
        let files = build(&source, YEAR).unwrap();
        let kept = source.signed.note.clone();
        let Some(found) = page(&files, dir.path(), Some(&kept)) else {
            return;
        };
        assert_eq!(
            (&found["signature"], &found["root"], &found["kept"]),
            (&Value::Bool(true), &Value::Bool(true), &Value::Bool(true))
        );
        assert_eq!(found["fault"], Value::Null);
        assert_eq!(
            found["differences"],
            Value::Array(Vec::new()),
            "seed {seed}"
        );
        let chunks = [Ok::<_, std::convert::Infallible>(source.entries.clone())];
        let kpi = replay(chunks, &Cut::default(), |_| {}).unwrap();
        for year in 2019..=2030 {
            let table = serde_json::to_value(kpi.table(FiscalYear(year))).unwrap();
            let rows = table["indicators"].as_array().unwrap();
            let theirs = found["tables"][year.to_string()].as_array().unwrap();
            assert_eq!(rows.len(), theirs.len());
            for (row, other) in rows.iter().zip(theirs) {
                for (reading, value) in row["readings"].as_object().unwrap() {
                    let told = &other["readings"][reading];
                    let id = &row["id"];
                    assert_eq!(
                        (value.as_f64(), value.is_null()),
                        (told.as_f64(), told.is_null()),
                        "seed {seed}, {id} {year} {reading}: {value}, the page says {told}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_page_sees_a_changed_entry_and_a_changed_table() {
    let dir = tempfile::tempdir().unwrap();
    let files = build(&source(&signer(), history(4)), YEAR).unwrap();
    let text = String::from_utf8(files["index.html"].clone()).unwrap();
    let forged = |from: &str, to: &str| {
        assert!(text.contains(from));
        let mut forged = files.clone();
        forged.insert(
            "index.html".to_owned(),
            text.replacen(from, to, 1).into_bytes(),
        );
        forged
    };
    let Some(found) = page(&forged("\"actual\":", "\"actual\":1"), dir.path(), None) else {
        return;
    };
    assert_ne!(found["differences"], Value::Array(Vec::new()));
    // The first entry is the plan; its title begins with these signs in base64.
    let at = text.find("\"entries\":\"").unwrap() + 40_000;
    let sign = text.as_bytes()[at];
    let mut bytes = text.clone().into_bytes();
    bytes[at] = if sign == b'A' { b'B' } else { b'A' };
    let mut changed = files.clone();
    changed.insert("index.html".to_owned(), bytes);
    let ended = std::panic::catch_unwind(|| page(&changed, dir.path(), None));
    // Either the entry is no JSON any more, or the root is another.
    if let Ok(Some(found)) = ended {
        assert_eq!(found["root"], false);
    }
}
