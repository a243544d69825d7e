//! `banso keys rotate`: another master key for the personal data.

use banso_store::{NewMasterKey, rotate_master_key};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{Data, Ending, Failure};

/// The name of the variable with a master key that is kept outside of the data directory.
const OUTSIDE: &str = "BANSO_MASTER_KEY";
/// The name of the variable with the one that comes after it.
const OUTSIDE_NEXT: &str = "BANSO_NEW_MASTER_KEY";

/// The keys of the personal data.
#[derive(Subcommand)]
pub(super) enum Keys {
    /// Wrap the key of every business under a new master key; the server must be stopped
    Rotate(Rotate),
}

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    data: Data,
}

impl Keys {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let Self::Rotate(Rotate { data }) = self;
        let new = match (std::env::var(OUTSIDE_NEXT), std::env::var(OUTSIDE)) {
            (Ok(key), _) => NewMasterKey::Given(Zeroizing::new(key)),
            (Err(_), Ok(_)) => {
                return Err(Failure(format!(
                    "{OUTSIDE} gives the present key; give the new one in {OUTSIDE_NEXT}"
                )));
            }
            _ => NewMasterKey::Made,
        };
        let count = rotate_master_key(&data.dir, &new).map_err(Failure::new)?;
        println!("{count} keys wrapped under the new master key");
        match new {
            NewMasterKey::Made => println!(
                "back up {} now, apart from the ledger; older copies of the keys open under the old one",
                data.dir.join("keys").display()
            ),
            NewMasterKey::Given(_) => println!("start the server with it in {OUTSIDE} from now on"),
        }
        Ok(Ending::Fine)
    }
}
