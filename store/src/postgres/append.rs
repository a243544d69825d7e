//! One append: the transaction that checks a draft against ids and versions and adds its entry.
//! Knows no lock of this process.

use std::sync::Arc;

use postgres::Client;

use super::connection::failed;
use super::{number, stored};
use crate::entry::{Appended, Draft, ENTRY_LIMIT, Encoded};
use crate::error::StoreError;
use crate::merkle::{Frontier, leaf_hash};
use crate::signer::Signer;
use crate::vault::Vault;

/// What a transaction made of a draft.
pub(super) enum Decided {
    Appended(Appended),
    Duplicate(u64),
    WrongVersion {
        expected: u64,
        current: u64,
    },
    TooLarge(usize),
    /// Somebody else wrote to this ledger, lock or not.
    Overtaken(u64),
}

/// Where an append stands before its transaction.
pub(super) struct Attempt {
    pub(super) draft: Draft,
    pub(super) encoded: Encoded,
    pub(super) size: u64,
    /// The tree of the entries so far, to sign the head with the new one.
    pub(super) frontier: Frontier,
    pub(super) signer: Arc<Signer>,
    pub(super) vault: Arc<Vault>,
}

impl Attempt {
    pub(super) fn run(self, client: &mut Client) -> Result<Decided, StoreError> {
        let origin = self.signer.origin();
        let mut transaction = client.transaction().map_err(failed)?;
        let locked = "SELECT size FROM banso_ledger WHERE origin = $1 FOR UPDATE";
        let size = number(
            transaction
                .query_one(locked, &[&origin])
                .map_err(failed)?
                .get(0),
        );
        if size != self.size {
            return Ok(Decided::Overtaken(size));
        }
        let known = "SELECT position FROM banso_entry WHERE origin = $1 AND id = $2";
        if let Some(row) = transaction
            .query_opt(known, &[&origin, &self.draft.id])
            .map_err(failed)?
        {
            return Ok(Decided::Duplicate(number(row.get(0))));
        }
        let latest = "SELECT coalesce(max(version), 0) FROM banso_entry \
                      WHERE origin = $1 AND subject = $2";
        let subject = &self.draft.subject;
        let row = transaction
            .query_one(latest, &[&origin, subject])
            .map_err(failed)?;
        let current = number(row.get(0));
        if let Some(expected) = self
            .draft
            .expected_version
            .filter(|expected| *expected != current)
        {
            return Ok(Decided::WrongVersion { expected, current });
        }
        let (position, version) = (size, current + 1);
        let bytes = self.encoded.finish(position, version);
        if bytes.len() > ENTRY_LIMIT {
            return Ok(Decided::TooLarge(bytes.len()));
        }
        if let Some(sealed) = &self.draft.sealed {
            self.vault.keep(&[(position, sealed)])?;
        }
        let insert = "INSERT INTO banso_entry (origin, position, id, subject, version, bytes) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        transaction
            .execute(
                insert,
                &[
                    &origin,
                    &stored(position),
                    &self.draft.id,
                    subject,
                    &stored(version),
                    &&bytes[..],
                ],
            )
            .map_err(failed)?;
        let mut frontier = self.frontier;
        frontier.push(leaf_hash(&bytes));
        let head = self
            .signer
            .sign_checkpoint(frontier.size(), &frontier.root());
        let grow = "UPDATE banso_ledger SET size = $2, head = $3 WHERE origin = $1";
        transaction
            .execute(grow, &[&origin, &stored(frontier.size()), &head])
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Decided::Appended(Appended {
            position,
            version,
            bytes,
        }))
    }
}
