//! Writes, syncs and opens that fail, full disks and kills, each at every n-th call: intake stops
//! with a word, reads go on, a restart continues with all that was acknowledged.

use crate::judge::{Promises, judge};
use crate::process::Stage;
use crate::trace::Change;
use crate::{spread, workload};

/// Entries of one run; the erasure and several borders of segments are among them.
const ENTRIES: &str = "85";

/// What one fault did to the process.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Effect {
    /// Creating or opening was refused.
    Refused,
    /// Intake stopped after the ledger was open.
    Stopped,
    /// The process was killed.
    Killed,
    /// It fell on something that the process does without.
    Overcome,
    /// This run ended before it: how many syncs there are depends on the clock.
    NotReached,
}

/// Runs a process with a fault, then judges the directory as it is.
fn suffer(plan: &str) -> Effect {
    let stage = Stage::new();
    let status = stage.run(workload::TEST, ENTRIES, plan);
    let said = stage.acknowledged();
    let has = |word: &str| said.iter().any(|line| line.starts_with(word));
    let effect = if has("refused") {
        Effect::Refused
    } else if has("stopped") || has("closed badly") {
        Effect::Stopped
    } else if status.code().is_none() {
        Effect::Killed
    } else if stage
        .trace()
        .iter()
        .any(|change| matches!(change, Change::Failed))
    {
        println!("{plan} is overcome");
        Effect::Overcome
    } else {
        Effect::NotReached
    };
    assert!(
        status.success() || effect == Effect::Killed,
        "{plan}: {}",
        stage.last_words()
    );
    let reasons = said.iter().filter_map(|line| line.split_once(' '));
    for (word, reason) in reasons.filter(|(word, _)| ["refused", "stopped"].contains(word)) {
        let clear = ["/", "restart", "index", "sled"]
            .iter()
            .any(|name| reason.contains(name));
        assert!(clear, "{plan}: {word} without a reason: {reason}");
    }
    let mut promises = Promises::default();
    promises.add(&(said.join("\n") + "\n"));
    if let Err(reason) = judge(&stage.data(), &promises, true) {
        panic!("{plan}, {effect:?}: {reason}");
    }
    effect
}

/// How many calls of a kind a run without faults makes.
fn calls(kind: &str) -> usize {
    let stage = Stage::new();
    let status = stage.run(workload::TEST, ENTRIES, &format!("{kind}:1+:pass"));
    assert!(status.success(), "{}", stage.last_words());
    stage.failures()
}

/// Suffers a fault at every call of a kind, one run for each; gives how often each effect came.
fn suffer_each(kind: &str, what: &str) -> Vec<(Effect, usize)> {
    let calls = calls(kind);
    let effects = spread(calls, |before| {
        suffer(&format!("{kind}:{}{what}", before + 1))
    });
    let kinds = [
        Effect::Refused,
        Effect::Stopped,
        Effect::Killed,
        Effect::Overcome,
        Effect::NotReached,
    ];
    let tally = kinds.map(|kind| {
        let same = effects.iter().filter(|effect| **effect == kind);
        (kind, same.count())
    });
    println!("{kind}{what}: {calls} calls: {tally:?}");
    tally.into()
}

fn count(tally: &[(Effect, usize)], wanted: Effect) -> usize {
    tally.iter().find(|(kind, _)| *kind == wanted).unwrap().1
}

#[test]
fn a_failing_sync_stops_intake_and_loses_nothing_acknowledged() {
    let tally = suffer_each("sync", ":EIO");
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
    // What is overcome is the sync that sled makes when it is dropped, after ours of its files.
    assert!(count(&tally, Effect::Overcome) <= count(&tally, Effect::Stopped) / 4 + 1);
}

#[test]
fn a_failing_write_stops_intake_and_loses_nothing_acknowledged() {
    let tally = suffer_each("write", ":EIO");
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
}

#[test]
fn a_full_disk_stops_intake_and_work_goes_on_when_there_is_room_again() {
    let tally = suffer_each("write", "+:ENOSPC");
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
    let tally = suffer_each("write", "+:half");
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
}

#[test]
fn writes_that_take_fewer_bytes_than_given_are_gone_on_with() {
    let tally = suffer_each("write", ":short");
    // A run may end before the last few: how many there are depends on the clock.
    let all: usize = tally.iter().map(|(_, count)| count).sum();
    let fine = count(&tally, Effect::Overcome) + count(&tally, Effect::NotReached);
    assert!(fine == all && count(&tally, Effect::Overcome) > all / 2);
}

#[test]
fn too_many_open_files_stop_or_refuse_and_lose_nothing_acknowledged() {
    for what in [":EMFILE", "+:EMFILE"] {
        let tally = suffer_each("open", what);
        assert!(count(&tally, Effect::Refused) > 0 && count(&tally, Effect::Killed) == 0);
        assert!(count(&tally, Effect::Stopped) > 0);
    }
}

#[test]
fn a_kill_at_any_change_loses_nothing_acknowledged() {
    let tally = suffer_each("any", ":kill");
    assert!(count(&tally, Effect::Killed) > 100);
}
