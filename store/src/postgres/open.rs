//! The tables of a ledger, and its entries as they are found when it is opened.

use postgres::Client;

use super::connection::failed;
use super::{State, damaged, number, refused, stored};
use crate::error::StoreError;
use crate::header::Header;
use crate::merkle::leaf_hash;

/// Rows read at once.
const CHUNK: i64 = 10_000;

/// Makes tables and the ledger's row, and takes the ledger for this connection alone.
pub(super) fn begin(client: &mut Client, origin: &str) -> Result<(), StoreError> {
    let lock = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
    let free: bool = client.query_one(lock, &[&origin]).map_err(failed)?.get(0);
    if !free {
        return Err(refused(&format!(
            "another server holds the ledger {origin}; stop it first"
        )));
    }
    // Two servers of different ledgers may begin at once.
    let mut transaction = client.transaction().map_err(failed)?;
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('banso schema', 0))",
            &[],
        )
        .map_err(failed)?;
    transaction
        .batch_execute(include_str!("schema.sql"))
        .map_err(failed)?;
    let row = "INSERT INTO banso_ledger (origin, size) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    transaction.execute(row, &[&origin]).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Hashes every entry; gives the state and the signed head.
pub(super) fn load(
    client: &mut Client,
    origin: &str,
) -> Result<(State, Option<String>), StoreError> {
    let mut state = State::default();
    loop {
        let from = stored(state.tree.size());
        let query = "SELECT position, bytes FROM banso_entry \
                     WHERE origin = $1 AND position >= $2 ORDER BY position LIMIT $3";
        let rows = client
            .query(query, &[&origin, &from, &CHUNK])
            .map_err(failed)?;
        let Some(last) = rows.last() else { break };
        state.last_recorded_at =
            Header::parse(last.get(1)).map(|header| header.recorded_at.to_owned());
        for row in &rows {
            if number(row.get(0)) != state.tree.size() {
                return Err(damaged(state.tree.size(), "the entry is missing"));
            }
            state.tree.push(leaf_hash(row.get(1)));
        }
    }
    let row = client
        .query_one(
            "SELECT size, head FROM banso_ledger WHERE origin = $1",
            &[&origin],
        )
        .map_err(failed)?;
    if number(row.get(0)) != state.tree.size() {
        return Err(damaged(
            state.tree.size(),
            "the ledger's row counts other entries",
        ));
    }
    Ok((state, row.get(1)))
}
