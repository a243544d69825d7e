//! What a machine can do to a data directory: power cuts, failing writes and syncs, kills, rot.
//!
//! A recorder preloaded into a real process notes every write and sync; a model of a disk replays
//! what a power cut may leave of them. `BANSO_FAULT_POINTS` is the number of crash points (default
//! 600; a release is tested with 10,000), and scales the other faults.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod disk;
mod failing;
mod fixture;
mod judge;
mod power_cut;
mod process;
mod reading;
mod rot;
mod sled_control;
mod trace;
mod workload;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many crash points to try.
fn points() -> usize {
    let asked = std::env::var("BANSO_FAULT_POINTS").ok();
    asked.map_or(600, |asked| asked.parse().unwrap())
}

/// Does `work` for each number on more threads than there are cores: closing a ledger is mostly
/// waiting.
fn spread<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let outcome = work(number);
                    done.lock().unwrap().push(outcome);
                }
            });
        }
    });
    done.into_inner().unwrap()
}
