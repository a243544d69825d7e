//! Who calls: people with passwords and sessions, machines with tokens. One file per kind below.
//!
//! Secrets are kept as hashes only, in files that only their owner reads. Knows no HTTP.

mod lines;
mod login;
mod password;
mod people;
mod scope;
mod sessions;
mod setup;
pub(crate) mod throttle;
mod tokens;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::login::{LoginGate, Who};
pub use self::people::{Link, People, Person, PersonError, login_key};
pub use self::scope::{Grant, Scope};
pub(crate) use self::sessions::{DEVICE_LASTS, LASTS};
pub use self::sessions::{Holder, Session, Sessions};
pub use self::setup::SetupKey;
pub use self::tokens::{Accounts, Recognised, Token};
use crate::access::Role;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The member of the staff it acts for.
    pub staff: Uuid,
    /// What it may do.
    pub role: Role,
    /// What it is called.
    pub name: String,
}

impl Account {
    /// `staff/<uuid>`, as it stands in `recorded_by`.
    pub fn actor(&self) -> String {
        format!("staff/{}", self.staff)
    }
}

/// A file of accounts, sessions or tokens that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct AccountsError {
    path: PathBuf,
    reason: String,
}
