//! `banso token`: makes a token, printed alone on standard output; lists and revokes tokens.

use chrono::{Days, Utc};
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Data, Ending, Failure};
use crate::access::Role;
use crate::accounts::{Account, Accounts, Grant, Scope, Token as Listed};

/// Access tokens.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a token; it is printed once and kept nowhere
    Create(Create),
    /// List the tokens: id, role, scope, last use, end, name
    List(List),
    /// Refuse a token from now on
    Revoke(Revoke),
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
    /// full, read (nothing but reading) or append (nothing but recording events)
    #[arg(long, default_value = "full")]
    scope: Scope,
    /// Days until it expires; never if absent
    #[arg(long, value_name = "DAYS")]
    expires_in: Option<u32>,
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The id, as `token list` shows it
    id: String,
    #[command(flatten)]
    data: Data,
}

impl Token {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<Ending, Failure> {
        if self.name.trim().is_empty() {
            return Err(Failure("--name must not be empty".to_owned()));
        }
        let dir = self.data.dir;
        std::fs::create_dir_all(&dir)
            .map_err(|error| Failure(format!("{}: {error}", dir.display())))?;
        let accounts = Accounts::open(&dir).map_err(Failure::new)?;
        let staff = self.staff.unwrap_or_else(Uuid::now_v7);
        let account = Account {
            staff,
            role: self.role,
            name: self.name,
        };
        let now = Utc::now();
        let expires_at = match self.expires_in {
            Some(days) => Some(
                now.checked_add_days(Days::new(days.into()))
                    .ok_or_else(|| Failure(format!("--expires-in {days} lies too far ahead")))?,
            ),
            None => None,
        };
        let grant = Grant {
            scope: self.scope,
            expires_at,
        };
        println!(
            "{}",
            accounts.grant(&account, grant, now).map_err(Failure::new)?
        );
        Ok(Ending::Fine)
    }
}

impl List {
    fn run(self) -> Result<Ending, Failure> {
        for token in existing(&self.data)?.list() {
            println!("{}", line(&token));
        }
        Ok(Ending::Fine)
    }
}

fn line(token: &Listed) -> String {
    let day = |at: Option<chrono::DateTime<Utc>>| {
        at.map_or("-".to_owned(), |at| {
            at.format("%Y-%m-%dT%H:%MZ").to_string()
        })
    };
    let state = if token.revoked_at.is_some() {
        "revoked"
    } else {
        "valid"
    };
    format!(
        "{}  {:<9}  {:<6}  {state:<7}  used {}  expires {}  {}",
        token.id,
        token.account.role.name(),
        format!("{:?}", token.scope).to_lowercase(),
        day(token.last_used_at),
        day(token.expires_at),
        token.account.name
    )
}

impl Revoke {
    fn run(self) -> Result<Ending, Failure> {
        if existing(&self.data)?
            .revoke(&self.id, Utc::now())
            .map_err(Failure::new)?
        {
            println!("{} is revoked", self.id);
            return Ok(Ending::Fine);
        }
        Err(Failure(format!(
            "no valid token has the id {}; see `banso token list`",
            self.id
        )))
    }
}

fn existing(data: &Data) -> Result<Accounts, Failure> {
    if !data.dir.is_dir() {
        let dir = data.dir.display();
        return Err(Failure(format!("{dir} is no data directory; give --data")));
    }
    Accounts::open(&data.dir).map_err(Failure::new)
}
