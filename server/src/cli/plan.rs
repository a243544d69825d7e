//! `banso plan check` and `banso plan adopt`.

use std::path::PathBuf;
use std::sync::Arc;

use banso_projections::plan::Plan as PlanFile;
use clap::{Args, Subcommand};

use super::ledger::{adopt, open_or_create, read_plan};
use super::{Data, Ending, Failure};
use crate::clock::SystemClock;
use crate::recorder::Author;

/// Plan files.
#[derive(Subcommand)]
pub(super) enum Plan {
    /// Say whether a plan file is right; name every fault and its place
    Check {
        /// The plan file (TOML)
        file: PathBuf,
    },
    /// Record that a plan is adopted
    Adopt(Adopt),
}

#[derive(Args)]
pub(super) struct Adopt {
    /// The plan file (TOML)
    file: PathBuf,
    #[command(flatten)]
    data: Data,
}

impl Plan {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        match self {
            Self::Check { file } => check(&file),
            Self::Adopt(adopt) => adopt.run(),
        }
    }
}

fn check(file: &std::path::Path) -> Result<Ending, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    match PlanFile::from_toml(&text) {
        Ok(plan) => {
            let count = plan.indicators.len();
            println!("{}: {count} indicators, no fault", file.display());
            Ok(Ending::Fine)
        }
        Err(faults) => {
            for fault in &faults {
                eprintln!("{}: {}: {}", file.display(), fault.place, fault.detail);
            }
            eprintln!("{}: {} faults", file.display(), faults.len());
            Ok(Ending::No)
        }
    }
}

impl Adopt {
    fn run(self) -> Result<Ending, Failure> {
        let plan = read_plan(Some(&self.file))?;
        let opened = open_or_create(
            &self.data.dir,
            Some(&self.file),
            Arc::new(SystemClock),
            false,
        )?;
        let in_force = opened.app.live.plan().map(|plan| plan.to_json());
        if in_force.as_ref() == Some(&plan.to_json()) {
            println!("this plan is in force already");
            return Ok(Ending::Fine);
        }
        let position = adopt(&opened.app, &plan, &Author::system())?;
        println!("adopted at position {position}");
        Ok(Ending::Fine)
    }
}
