//! Tasks of the workspace, run as `cargo xtask <task>`. The standard library only, so that it is
//! built in a moment and before anything else.
//!
//! What a test needs from outside is found or installed here; the tests themselves only read the
//! environment variables that are set for them.

mod bench;
mod closing;
mod packages;
mod run;
mod screenshots;
mod suites;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  test    finds or installs what the tests need, runs every suite, ends with `N passed, N failed`
  bench   runs every benchmark: store, projections, server
  screenshots [DIR]
          pictures of every page for every role at 390 and 1280 px, and PDF files of what is
          printed, from the demo; into target/screenshots unless DIR names another folder
  help    prints this

With CI=true a suite that has to be left out makes `test` fail.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["test"] => suites::test(&root()),
        ["bench"] => bench::bench(&root()),
        ["screenshots"] => screenshots::screenshots(&root(), &root().join("target/screenshots")),
        ["screenshots", folder] => screenshots::screenshots(&root(), Path::new(folder)),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("error: unknown task \"{}\"\n\n{HELP}", words.join(" "));
            ExitCode::from(2)
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
