//! The ledger store: an fsynced journal in front, sled behind it, a signed head over both.
//!
//! This crate knows bytes, positions, versions and hashes. It must not know what a case or an
//! indicator is, it never asks the clock but to date a new directory, and it never re-serialises an
//! entry: what was hashed is what is stored and what is served.

pub mod audit;
pub mod backup;
mod bundle;
mod committed;
mod entry;
mod error;
mod event_store;
pub mod export;
mod files;
mod header;
mod held_tree;
mod index;
mod journal;
mod leaves;
mod ledger;
mod memory;
pub mod merkle;
pub mod note;
#[cfg(feature = "postgres")]
mod postgres;
pub mod repair;
mod signer;
#[cfg(test)]
mod tests_support;
mod tile_tree;
pub mod tlog_proof;
mod vault;
pub mod verify;

pub use entry::{Appended, Draft, ENTRY_LIMIT, Entry, Sealed};
pub use error::{AppendError, OpenError, StoreError};
pub use event_store::{EventStore, Status, Ticket};
pub use files::write_atomically;
pub use journal::{EntryChunk, JournalEntries};
pub use ledger::{Ledger, OpenReport, Options};
pub use memory::MemoryStore;
pub use merkle::Hash;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use signer::{Signer, SignerError};
pub use vault::{NewMasterKey, SealedParts, Vault, VaultError, rotate_master_key, sealing_context};
