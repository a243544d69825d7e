//! The program itself on a machine that gives out: a disk that is really full, no file handle left,
//! a journal that was cut. Rules of the store are tried in store/tests/faults; here is what its
//! users are told, and what a restart makes of it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod cut_journal;
mod full_disk;
mod no_handles;
mod program;
