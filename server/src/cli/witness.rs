//! `banso witness add` and `banso witness list`: whose cosignatures the ledger takes.

use banso_store::verify::verifier_key;
use clap::{Args, Subcommand};

use super::{Data, Ending, Failure};
use crate::cosignatures::{register, witnesses};

/// Committee members and witnesses.
#[derive(Subcommand)]
pub(super) enum Witness {
    /// Register the public key of a committee member or witness
    Add(Add),
    /// Print the registered keys
    List(List),
}

#[derive(Args)]
pub(super) struct Add {
    /// The key: name+id+base64, of type 0x04
    vkey: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    data: Data,
}

impl Witness {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        match self {
            Self::Add(Add { vkey, data }) => {
                verifier_key(&data.dir).map_err(Failure::new)?;
                let new = register(&data.dir, &vkey).map_err(Failure::new)?;
                println!("{}", if new { "registered" } else { "known already" });
            }
            Self::List(List { data }) => {
                for key in witnesses(&data.dir).map_err(Failure::new)? {
                    println!("{key}");
                }
            }
        }
        Ok(Ending::Fine)
    }
}
