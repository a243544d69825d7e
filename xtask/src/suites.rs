//! `cargo xtask test`: every suite of the workspace, one after the other, and one line at the end.
//!
//! A suite counts as failed when its runner says so, ends badly or says nothing that can be counted.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::closing::{Runner, Tally, tally};
use crate::packages;
use crate::run::{self, Ended};
use crate::tools::Tools;

/// Runs every suite; the exit code of the whole.
pub(crate) fn test(root: &Path) -> ExitCode {
    let tools = Tools::found_or_installed();
    let packages = Packages::installed(root, &tools);
    let mut total = Tally::default();
    // One of the verifiers is the program itself; without it their suite says so.
    run::shown(run::cargo().current_dir(root).args([
        "build",
        "--locked",
        "--package",
        "banso-server",
    ]));
    for (runner, mut command) in suites(root, &tools, &packages) {
        total += judged(runner, &run::shown(&mut command));
    }
    let left_out = left_out(&tools, &packages);
    for line in &left_out {
        eprintln!("left out: {line}");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    if is_good(total, strict, &left_out) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What came from npm and PyPI.
#[derive(Default)]
struct Packages {
    oidc: Option<PathBuf>,
    schemathesis: Option<PathBuf>,
}

impl Packages {
    fn installed(root: &Path, tools: &Tools) -> Self {
        let python = tools.python.as_deref().filter(|_| tools.venv);
        let node = tools.npm.as_deref().filter(|_| tools.node.is_some());
        Self {
            oidc: node.and_then(|npm| packages::npm(root, npm)),
            schemathesis: python.and_then(|python| packages::schemathesis(root, python)),
        }
    }
}

fn suites(root: &Path, tools: &Tools, packages: &Packages) -> Vec<(Runner, Command)> {
    let with_tools = |arguments: &[&str]| {
        let mut command = tools.cargo(root, arguments);
        for (name, value) in [
            ("BANSO_TEST_NODE", &tools.node),
            ("BANSO_TEST_OIDC", &packages.oidc),
            ("BANSO_TEST_SCHEMATHESIS", &packages.schemathesis),
        ] {
            match value {
                Some(path) => command.env(name, path),
                None => command.env_remove(name),
            };
        }
        command
    };
    let has_nextest = run::silent(run::cargo().args(["nextest", "--version"]));
    let mut suites = vec![if has_nextest {
        let arguments = [
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
        ];
        (Runner::Nextest, with_tools(&arguments))
    } else {
        let targets = ["--lib", "--bins", "--tests", "--no-fail-fast"];
        let arguments = [&["test", "--workspace", "--locked"][..], &targets].concat();
        (Runner::Libtest, with_tools(&arguments))
    }];
    let documentation = ["test", "--workspace", "--locked", "--doc", "--no-fail-fast"];
    suites.push((Runner::Libtest, with_tools(&documentation)));
    if let Some(python) = &tools.python {
        let mut oracle = Command::new(python);
        oracle
            .current_dir(root.join("tests/oracle"))
            .args(["-m", "unittest"]);
        suites.push((Runner::Unittest, oracle));
        let mut verifiers = Command::new(python);
        verifiers
            .current_dir(root.join("tests/verifiers"))
            .args(["-m", "unittest"]);
        if let Ok(here) = std::env::current_exe() {
            // Cargo puts both programs into one folder.
            verifiers.env("BANSO_BIN", here.with_file_name("banso"));
        }
        suites.push((Runner::Unittest, verifiers));
    }
    suites
}

/// What has to be left out, and for want of what.
fn left_out(tools: &Tools, packages: &Packages) -> Vec<String> {
    let mut lines = Vec::new();
    let mut wanted = |suite: &str, what: &str, there: bool| {
        if !there {
            lines.push(format!("{suite}, for want of {what}"));
        }
    };
    wanted("the browser suite", "chromium", tools.chromium.is_some());
    wanted(
        "the browser suite",
        "chromedriver",
        tools.chromedriver.is_some(),
    );
    wanted(
        "the browser suite",
        "a font with Japanese letters",
        tools.fonts,
    );
    wanted(
        "the PostgreSQL suite",
        "initdb and postgres",
        tools.postgres.is_some(),
    );
    wanted("the oracle's own tests", "python3", tools.python.is_some());
    wanted(
        "the test with a real OpenID provider",
        "node, npm and npm's oidc-provider",
        packages.oidc.is_some(),
    );
    wanted(
        "the fuzzing of the OpenAPI description",
        "python3-venv and PyPI's schemathesis",
        packages.schemathesis.is_some(),
    );
    wanted("the Go verifier", "go and golang.org/x/mod", tools.go);
    lines
}

fn judged(runner: Runner, ended: &Ended) -> Tally {
    let counted = tally(runner, &ended.printed);
    match counted {
        Some(tally) if ended.fine || tally.failed > 0 => tally,
        // A compiler error, a crash, or a runner that ended well without a closing line.
        other => {
            eprintln!("error: this suite did not come to a result; it counts as one failure");
            Tally {
                passed: other.map_or(0, |tally| tally.passed),
                failed: 1,
            }
        }
    }
}

fn is_good(total: Tally, strict: bool, left_out: &[String]) -> bool {
    total.failed == 0 && total.passed > 0 && (!strict || left_out.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(fine: bool, printed: &str) -> Ended {
        Ended {
            fine,
            printed: printed.to_owned(),
        }
    }

    #[test]
    fn a_suite_without_a_result_counts_as_a_failure() {
        let one = Tally {
            passed: 0,
            failed: 1,
        };
        assert_eq!(
            judged(Runner::Nextest, &ended(false, "error: could not compile")),
            one
        );
        assert_eq!(judged(Runner::Nextest, &ended(true, "")), one);
    }

    #[test]
    fn a_suite_that_ends_badly_after_only_good_tests_counts_as_a_failure() {
        let printed = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        let wanted = Tally {
            passed: 2,
            failed: 1,
        };
        assert_eq!(judged(Runner::Libtest, &ended(false, printed)), wanted);
    }

    #[test]
    fn a_whole_run_is_good_only_when_something_passed_and_nothing_failed() {
        let some = Tally {
            passed: 3,
            failed: 0,
        };
        assert!(is_good(some, true, &[]));
        assert!(!is_good(Tally::default(), true, &[]));
        assert!(!is_good(
            Tally {
                passed: 3,
                failed: 1
            },
            false,
            &[]
        ));
    }

    #[test]
    fn what_is_left_out_is_bad_only_where_it_must_not_be() {
        let some = Tally {
            passed: 3,
            failed: 0,
        };
        let left_out = ["the browser suite".to_owned()];
        assert!(is_good(some, false, &left_out));
        assert!(!is_good(some, true, &left_out));
    }

    #[test]
    fn a_machine_without_anything_leaves_eight_things_out() {
        let tools = Tools {
            chromium: None,
            chromedriver: None,
            postgres: None,
            python: None,
            fonts: false,
            node: None,
            npm: None,
            venv: false,
            go: false,
        };
        let none = Packages::default();
        assert_eq!(left_out(&tools, &none).len(), 8);
        assert_eq!(suites(Path::new("."), &tools, &none).len(), 2);
    }
}
