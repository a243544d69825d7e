//! `banso token create`: prints the token alone on standard output.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Data, Ending, Failure};
use crate::access::Role;
use crate::accounts::{Account, Accounts};

/// Access tokens.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a token; it is printed once and kept nowhere
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// advisor, clerk, manager or committee
    #[arg(long)]
    role: Role,
    /// Who or what holds it
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// The member of the staff it acts for; a new one if absent
    #[arg(long, value_name = "UUID")]
    staff: Option<Uuid>,
    #[command(flatten)]
    data: Data,
}

impl Token {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let Self::Create(create) = self;
        if create.name.trim().is_empty() {
            return Err(Failure("--name must not be empty".to_owned()));
        }
        let dir = create.data.dir;
        std::fs::create_dir_all(&dir)
            .map_err(|error| Failure(format!("{}: {error}", dir.display())))?;
        let accounts = Accounts::open(&dir).map_err(Failure::new)?;
        let staff = create.staff.unwrap_or_else(Uuid::now_v7);
        let account = Account {
            staff,
            role: create.role,
            name: create.name,
        };
        println!("{}", accounts.create(&account).map_err(Failure::new)?);
        Ok(Ending::Fine)
    }
}
