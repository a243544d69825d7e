//! Writes, syncs and opens that fail, full disks and kills, each at every n-th call: intake stops
//! with a word, reads go on, a restart continues with all that was acknowledged.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::judge::{Promises, judge};
use crate::process::Stage;
use crate::trace::Change;
use crate::{points, spread, workload};

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
fn calls(counts: impl Fn(&Change) -> bool) -> usize {
    let stage = Stage::new();
    assert!(stage.run(workload::TEST, ENTRIES, "").success());
    stage.trace().iter().filter(|change| counts(change)).count()
}

fn is_write(change: &Change) -> bool {
    matches!(
        change,
        Change::Wrote { .. } | Change::Cut { .. } | Change::Renamed { .. }
    )
}

/// Suffers a fault at about `wanted` of the first `calls` calls; gives how often each effect came.
fn suffer_each(kind: &str, calls: usize, what: &str, wanted: usize) -> Vec<(Effect, usize)> {
    let mut random = SmallRng::seed_from_u64(calls as u64);
    let step = (calls / wanted).max(1);
    let first = if step > 1 {
        random.random_range(1..=step)
    } else {
        1
    };
    let numbers: Vec<_> = (first..=calls).step_by(step).collect();
    let effects = spread(numbers.len(), |at| {
        suffer(&format!("{kind}:{}{what}", numbers[at]))
    });
    let kinds = [
        Effect::Refused,
        Effect::Stopped,
        Effect::Killed,
        Effect::Overcome,
        Effect::NotReached,
    ];
    let tally: Vec<_> = kinds
        .into_iter()
        .map(|kind| {
            (
                kind,
                effects.iter().filter(|effect| **effect == kind).count(),
            )
        })
        .collect();
    println!(
        "{kind}{what}: {} of {calls} calls: {tally:?}",
        effects.len()
    );
    tally
}

fn count(tally: &[(Effect, usize)], wanted: Effect) -> usize {
    tally.iter().find(|(kind, _)| *kind == wanted).unwrap().1
}

fn tries() -> usize {
    (points() / 50).max(6)
}

#[test]
fn a_failing_sync_stops_intake_and_loses_nothing_acknowledged() {
    let calls = calls(|change| matches!(change, Change::Synced { .. }));
    let tally = suffer_each("sync", calls, ":EIO", tries());
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
    // What is overcome is the sync that sled makes when it is dropped, after ours of its files.
    assert!(count(&tally, Effect::Overcome) <= count(&tally, Effect::Stopped) / 4 + 1);
}

#[test]
fn a_failing_write_stops_intake_and_loses_nothing_acknowledged() {
    let calls = calls(is_write);
    let tally = suffer_each("write", calls, ":EIO", tries());
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
}

#[test]
fn a_full_disk_stops_intake_and_work_goes_on_when_there_is_room_again() {
    let calls = calls(is_write);
    let tally = suffer_each("write", calls, "+:ENOSPC", tries());
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
    let tally = suffer_each("write", calls, "+:half", tries());
    assert!(count(&tally, Effect::Stopped) > 0 && count(&tally, Effect::Killed) == 0);
}

#[test]
fn too_many_open_files_stop_or_refuse_and_lose_nothing_acknowledged() {
    let tally = suffer_each("open", 40, "+:EMFILE", tries());
    assert!(count(&tally, Effect::Refused) > 0 && count(&tally, Effect::Killed) == 0);
}

#[test]
fn a_kill_at_any_change_loses_nothing_acknowledged() {
    let calls = calls(|change| is_write(change) || matches!(change, Change::Synced { .. }));
    let tally = suffer_each("any", calls, ":kill", tries());
    assert!(count(&tally, Effect::Killed) > tries() / 2);
}
