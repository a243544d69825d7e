//! Power cuts at every recorded change, in every order that the syncs allow.
//!
//! The recorded history has three processes: two are killed, so that what they left in the page
//! cache is found by the next before any power cut.

use std::fs;
use std::path::Path;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::disk::{Disk, Leaves};
use crate::judge::{Promises, judge};
use crate::process::{Stage, fast_dir};
use crate::trace::Change;
use crate::{points, spread, workload};

/// The model is replayed once a thread; [`spread`] has as many.
const THREADS: usize = 8;

/// What a series of crash points showed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tried: usize,
    pub(crate) failures: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.tried += other.tried;
        self.failures.extend(other.failures);
    }
}

/// Judges a directory that a power cut left, given what was acknowledged before.
pub(crate) type Judge<'a> = dyn Fn(&Path, &str, usize) -> Result<(), String> + Sync + 'a;

/// Cuts the power at about `wanted` moments of a history, spread evenly over its changes and over
/// what a cut may leave.
pub(crate) fn cut(
    history: &[Change],
    wanted: usize,
    deaf: bool,
    seed: u64,
    judge: &Judge<'_>,
) -> Outcome {
    let all = history.len() * Leaves::ALL.len();
    let wanted = wanted.min(all);
    let parts = spread(THREADS, |thread| {
        let (mut disk, mut promised) = (Disk::new(deaf), String::new());
        let mut outcome = Outcome::default();
        for (at, change) in history.iter().enumerate() {
            disk.apply(change);
            if let Change::Acknowledged(lines) = change {
                promised.push_str(lines);
            }
            for (kind, leaves) in Leaves::ALL.into_iter().enumerate() {
                let number = at * Leaves::ALL.len() + kind;
                // Evenly spread: as many as wanted, whatever the length of the history.
                let turn = number * wanted / all;
                if turn == (number + 1) * wanted / all || turn % THREADS != thread {
                    continue;
                }
                let mut random = SmallRng::seed_from_u64(seed ^ (number as u64) << 20);
                let place = fast_dir();
                let dir = place.path().join("data");
                disk.crash(leaves, &mut random, &dir);
                outcome.tried += 1;
                if let Err(reason) = judge(&dir, &promised, number) {
                    let what = format!("after change {at}, left {leaves:?}: {reason}");
                    outcome.failures.push(what);
                }
            }
        }
        outcome
    });
    let mut total = Outcome::default();
    for part in parts {
        total.add(part);
    }
    total
}

fn judge_ledger(dir: &Path, promised: &str, number: usize) -> Result<(), String> {
    let mut promises = Promises::default();
    promises.add(promised);
    judge(dir, &promises, number.is_multiple_of(16))
}

/// Two processes that are killed at chosen changes, and one that ends well.
fn history(random: &mut SmallRng) -> Vec<Change> {
    let stage = Stage::new();
    for _ in 0..2 {
        let plan = format!("any:{}:kill", random.random_range(5..170));
        stage.run(workload::TEST, "60", &plan);
    }
    let ended = stage.run(workload::TEST, "75", "");
    let closed = stage
        .acknowledged()
        .last()
        .is_some_and(|last| last == "closed");
    assert!(ended.success() && closed, "{}", stage.last_words());
    stage.trace()
}

fn assert_whole(outcome: &Outcome) {
    let (tried, failed) = (outcome.tried, outcome.failures.len());
    let first: Vec<_> = outcome.failures.iter().take(10).collect();
    assert!(failed == 0, "{failed} of {tried} crash points: {first:#?}");
}

#[test]
fn no_power_cut_loses_doubles_or_changes_what_was_acknowledged() {
    let mut random = SmallRng::seed_from_u64(20_261_123);
    let mut total = Outcome::default();
    let mut histories = 0;
    while total.tried < points() {
        let history = history(&mut random);
        let wanted = (points() - total.tried).min((points() / 10).max(150));
        total.add(cut(&history, wanted, false, random.random(), &judge_ledger));
        histories += 1;
    }
    println!("{} crash points in {histories} histories", total.tried);
    assert_whole(&total);
}

#[test]
fn a_drive_that_ignores_syncs_is_noticed_by_this_harness() {
    let history = history(&mut SmallRng::seed_from_u64(7));
    let outcome = cut(&history, 60, true, 7, &judge_ledger);
    println!(
        "{} of {} crash points fail",
        outcome.failures.len(),
        outcome.tried
    );
    assert!(outcome.failures.len() > outcome.tried / 4);
}

#[test]
fn what_is_left_when_everything_is_kept_is_the_real_directory() {
    let stage = Stage::new();
    assert!(stage.run(workload::TEST, "50", "").success());
    let mut disk = Disk::new(false);
    stage.trace().iter().for_each(|change| disk.apply(change));
    let place = fast_dir();
    let copy = place.path().join("data");
    let mut random = SmallRng::seed_from_u64(1);
    disk.crash(Leaves::Everything, &mut random, &copy);
    let mut files = 0;
    assert_same(&stage.data(), &copy, &mut files);
    assert!(files > 8, "{files} files");
}

fn assert_same(real: &Path, model: &Path, files: &mut usize) {
    for item in fs::read_dir(real).unwrap() {
        let real = item.unwrap().path();
        let model = model.join(real.file_name().unwrap());
        if real.is_dir() {
            assert_same(&real, &model, files);
        } else {
            *files += 1;
            let same = fs::read(&real).unwrap() == fs::read(&model).unwrap();
            assert!(same, "{} differs", real.display());
        }
    }
}
