//! Tests of the workspace as a whole, in one program: a file a subject, each named below.
//!
//! A new file needs a `mod` line here; a file without one would never be compiled, so a test looks
//! for it. Rules of one crate are tested inside that crate, not here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod accounts;
mod browser;
mod closing;
mod corner_cases;
mod cosigning;
mod erasure;
mod every_page;
mod export;
mod intake;
mod layers;
mod leaks;
mod oidc;
mod oidc_lies;
mod oidc_provider;
mod oidc_real;
mod openapi;
mod oracle_agreement;
mod packs;
mod pages_advisor;
mod pages_office;
mod papers;
mod reading;
mod refusals;
mod restart;
mod restoring;
mod routes;
mod source;
mod staffing;
mod story;
mod support;
mod threats;
mod tidy;
mod web;

#[test]
fn no_test_file_is_forgotten() {
    let here = include_str!("main.rs");
    let files = source::files_of(&["rs"]).filter_map(|file| file.path.strip_prefix("tests/"));
    for path in files.filter(|path| *path != "main.rs") {
        let module = path.split(['/', '.']).next().unwrap_or(path);
        let named = here.lines().any(|line| line == format!("mod {module};"));
        assert!(
            named,
            "tests/{path} is compiled by nobody: add `mod {module};` to tests/main.rs"
        );
    }
}
