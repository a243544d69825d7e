//! `banso export`: the ledger as a directory of static files, for whoever trusts no program of ours.

use std::path::PathBuf;

use banso_store::export::{Signed, export};
use clap::Args;

use super::{Data, Ending, Failure};
use crate::cosignatures::Cosignatures;

#[derive(Args)]
pub(super) struct Export {
    /// A new directory: checkpoint, vkey, tile/…
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    data: Data,
}

impl Export {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let dir = &self.data.dir;
        let signed = Signed::committed(dir).map_err(Failure::new)?;
        let cosignatures = Cosignatures::open(dir).map_err(Failure::new)?;
        let note = cosignatures.with(&signed.note);
        export(dir, &self.to, &signed, &note).map_err(Failure::new)?;
        println!(
            "exported: {} entries of {} to {}",
            signed.head.size,
            signed.head.origin,
            self.to.display()
        );
        Ok(Ending::Fine)
    }
}
