//! The command line (contract section 9). One file per command.
//!
//! Exit code 0 is fine, 1 means that the answer is no or that it failed, 2 wrong usage. Errors go
//! to standard error in one line that says what to do.

mod audit;
mod backup;
mod demo;
mod evidence;
mod export;
mod import;
mod keys;
mod ledger;
mod oidc;
mod plan;
mod replay;
mod serve;
mod table;
mod token;
mod verify;
mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use rustix::process::{Resource, Rlimit, setrlimit};

pub use self::demo::demo_ledger;
pub use self::ledger::{OpenLedger, open_or_create};
pub(crate) use self::table::number;

/// 伴走台帳 — an append-only, provable ledger of business support.
#[derive(Parser)]
#[command(name = "banso", version, about, arg_required_else_help = true)]
struct Banso {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the HTTP intake, the reads and the pages
    Serve(serve::Serve),
    /// Record the events of a file (.ndjson)
    Import(import::Import),
    /// Recompute every number from the events alone
    Replay(replay::Replay),
    /// Recompute every hash and compare with the signed head, or check an evidence pack or an export
    Verify(verify::Verify),
    /// Copy the ledger to a directory, also while it is served; only what is new is written
    Backup(backup::Backup),
    /// Put a backup into a new data directory
    Restore(backup::Restore),
    /// Heal a damaged ledger from the copies that the signed head proves
    Repair(backup::Repair),
    /// Write the ledger as a static directory that outsiders verify (C2SP tlog-tiles)
    Export(export::Export),
    /// Make a year's evidence pack for the committee
    Evidence(evidence::Evidence),
    /// Whose cosignatures are taken
    #[command(subcommand)]
    Witness(witness::Witness),
    /// Change the master key of the personal data
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Check or adopt a plan file
    #[command(subcommand)]
    Plan(plan::Plan),
    /// Make access tokens
    #[command(subcommand)]
    Token(token::Token),
}

/// Where the ledger is.
#[derive(Args, Clone)]
struct Data {
    /// The data directory
    #[arg(
        long = "data",
        value_name = "DIR",
        default_value = "./banso-data",
        env = "BANSO_DATA"
    )]
    dir: PathBuf,
}

/// What a command ends with.
enum Ending {
    /// Exit code 0.
    Fine,
    /// Exit code 1: it worked, and the answer is no.
    No,
}

/// One line for standard error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(error: impl ToString) -> Self {
        Self(error.to_string())
    }
}

/// A core dump would hold names and keys in the clear; none is written.
fn no_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be turned off");
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,banso_server=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    no_core_dumps();
    let banso = match Banso::try_parse() {
        Ok(banso) => banso,
        Err(error) => return misused(&error),
    };
    let ended = match banso.command {
        Command::Serve(serve) => serve.run(),
        Command::Import(import) => import.run(),
        Command::Replay(replay) => replay.run(),
        Command::Verify(verify) => verify.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Repair(repair) => repair.run(),
        Command::Export(export) => export.run(),
        Command::Evidence(evidence) => evidence.run(),
        Command::Witness(witness) => witness.run(),
        Command::Keys(keys) => keys.run(),
        Command::Plan(plan) => plan.run(),
        Command::Token(token) => token.run(),
    };
    match ended {
        Ok(Ending::Fine) => ExitCode::SUCCESS,
        Ok(Ending::No) => ExitCode::FAILURE,
        Err(failure) => {
            let line = failure.to_string().replace('\n', " ");
            eprintln!("banso: {line}");
            ExitCode::FAILURE
        }
    }
}

/// Help where it was asked for; else one line that says what is wrong and where the help is.
fn misused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _nobody_reads = error.print();
        return ExitCode::SUCCESS;
    }
    eprintln!("banso: {}", usage_line(error));
    ExitCode::from(2)
}

fn usage_line(error: &clap::Error) -> String {
    let told = error.render().to_string();
    let usage = told
        .lines()
        .find_map(|line| line.trim().strip_prefix("Usage: "));
    let is_word = |word: &&str| word.chars().all(|sign| sign.is_ascii_lowercase());
    let command: Vec<_> = usage
        .unwrap_or("banso")
        .split_whitespace()
        .take_while(is_word)
        .collect();
    let help = format!("see {} --help", command.join(" "));
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("a command is missing; {help}");
    }
    let is_said = |line: &&str| {
        let boilerplate = ["Usage: ", "For more information"];
        !line.is_empty() && !boilerplate.iter().any(|start| line.starts_with(start))
    };
    let said: Vec<_> = told.lines().map(str::trim).filter(is_said).collect();
    let said = said.join(" ");
    format!("{}; {help}", said.strip_prefix("error: ").unwrap_or(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_core_dump_is_written() {
        no_core_dumps();
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }

    #[test]
    fn wrong_usage_is_told_in_one_line_that_names_the_fault_and_the_help() {
        for (arguments, parts) in [
            (&["banso", "foo"][..], ["'foo'", "see banso --help"]),
            (
                &["banso", "replay", "--nope"],
                ["'--nope'", "see banso replay --help"],
            ),
            (
                &["banso", "replay", "--fy", "xx"],
                ["'xx'", "see banso --help"],
            ),
            (
                &["banso", "evidence"],
                ["--out", "see banso evidence --help"],
            ),
            (&["banso"], ["a command is missing", "see banso --help"]),
            (
                &["banso", "token"],
                ["a command is missing", "see banso token --help"],
            ),
        ] {
            let error = Banso::try_parse_from(arguments).err().unwrap();
            let line = usage_line(&error);
            assert!(
                parts.iter().all(|part| line.contains(part)),
                "{arguments:?}: {line}"
            );
            assert!(!line.contains('\n') && error.use_stderr(), "{line}");
        }
        let help = Banso::try_parse_from(["banso", "replay", "--help"])
            .err()
            .unwrap();
        assert!(!help.use_stderr());
    }
}
