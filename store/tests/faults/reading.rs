//! Reads that give fewer bytes than were asked for, and reads that fail: what is read is all there
//! is, or an error; never fewer entries.

use sha2::{Digest as _, Sha256};

use crate::process::Stage;
use crate::{spread, workload};

const ENTRIES: &str = "130";

/// A closed ledger, and what reading it must say: how many entries, and their hash.
fn written() -> (Stage, String) {
    let stage = Stage::new();
    assert!(stage.run(workload::TEST, ENTRIES, "").success());
    let mut all = Sha256::new();
    let said = stage.acknowledged();
    for line in said.iter().filter(|line| line.starts_with("entry ")) {
        all.update(hex::decode(line.rsplit(' ').next().unwrap()).unwrap());
    }
    let wanted = format!("{ENTRIES} {}", hex::encode(all.finalize()));
    (stage, wanted)
}

/// What the reading process said with a fault, way by way.
fn said(stage: &Stage, plan: &str) -> Vec<String> {
    let before = stage.acknowledged().len();
    let status = stage.run(workload::READER, "read", plan);
    assert!(status.success(), "{plan}: {}", stage.last_words());
    stage.acknowledged().split_off(before)
}

#[test]
fn reads_that_give_fewer_bytes_than_asked_for_give_every_entry_all_the_same() {
    let (stage, wanted) = written();
    let ways = ["journal", "read", "scan"].map(|way| format!("{way} {wanted}"));
    assert_eq!(said(&stage, ""), ways);
    assert_eq!(said(&stage, "read:1+:short"), ways);
    // Not only the first look at each file: a short read in between, at every turn.
    for number in 1..40 {
        assert_eq!(
            said(&stage, &format!("read:{number}:short")),
            ways,
            "{number}"
        );
    }
}

#[test]
fn a_failing_read_is_an_error_or_is_made_up_for_and_never_a_shorter_history() {
    let (counting, _) = written();
    said(&counting, "read:1+:pass");
    let calls = counting.failures();
    let outcomes = spread(calls, |before| {
        let (stage, wanted) = written();
        let plan = format!("read:{}:EIO", before + 1);
        let mut errors = 0;
        for line in said(&stage, &plan) {
            let right = line.ends_with(&wanted);
            errors += usize::from(!right);
            let named = line.contains(" failed ") || line.starts_with("refused ");
            assert!(right || named, "{plan}: {line}");
        }
        // The fault was the reader's, not the ledger's.
        assert!(
            said(&stage, "").iter().all(|line| line.ends_with(&wanted)),
            "{plan}"
        );
        errors
    });
    let failed = outcomes.iter().filter(|errors| **errors > 0).count();
    println!("read:EIO: {calls} calls: {failed} told");
    assert!(failed > 0);
}
