//! The ledger in PostgreSQL, for a federation that keeps many ledgers in one place.
//!
//! An append locks the ledger's one row before it looks at ids and versions, so positions have no
//! gaps and follow the order of the commits. An advisory lock keeps a second server away, as the
//! lock file of a data directory does. Entries and head are checked against the signing key at the
//! open. The vault of personal data stays outside of the database.

mod append;
mod connection;
mod open;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use postgres::{Client, Row};
use tokio::sync::watch;
use uuid::Uuid;

use self::append::{Attempt, Decided};
use self::connection::{Connection, failed};
use self::open::{begin, load};
use crate::bundle::bundle;
use crate::entry::{Draft, ENTRY_LIMIT, Encoded, Entry};
use crate::error::{AppendError, StoreError};
use crate::event_store::{EventStore, Outcome, Status, Ticket};
use crate::held_tree::HeldTree;
use crate::merkle::{Hash, leaf_hash};
use crate::note::Checkpoint;
use crate::signer::Signer;
use crate::tile_tree::{TILE_WIDTH, check_tile};
use crate::vault::Vault;

/// A ledger in a database.
pub struct PostgresStore {
    connection: Connection,
    state: Mutex<State>,
    signer: Arc<Signer>,
    vault: Arc<Vault>,
    grown: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    tree: HeldTree,
    last_recorded_at: Option<String>,
    stopped: Option<Arc<str>>,
}

impl PostgresStore {
    /// Opens the signer's ledger, or begins it. `url` is PostgreSQL's, over a socket or loopback:
    /// the connection is not encrypted.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses, another server holds the ledger, or the
    /// stored head is not the signer's; [`StoreError::Damaged`] when the entries are not those of
    /// the head.
    pub fn open(url: &str, signer: Signer, vault: Arc<Vault>) -> Result<Self, StoreError> {
        let connection = Connection::open(url)?;
        let origin = signer.origin().to_owned();
        let key = signer.verifier_key().clone();
        let state = connection.run(move |client| {
            begin(client, &origin)?;
            let (state, head) = load(client, &origin)?;
            let Some(note) = head else {
                return Ok(state);
            };
            let head =
                Checkpoint::open(&note, &key).map_err(|error| refused(&error.to_string()))?;
            if (head.size, head.root) == (state.tree.size(), state.tree.root_at(state.tree.size())?)
            {
                Ok(state)
            } else {
                Err(damaged(
                    head.size,
                    "the entries are not those of the signed head",
                ))
            }
        })?;
        let size = state.tree.size();
        Ok(Self {
            connection,
            state: Mutex::new(state),
            signer: Arc::new(signer),
            vault,
            grown: watch::Sender::new(size),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows as entries, each checked against its leaf hash.
    fn entries(
        &self,
        query: impl FnOnce(&mut Client, &str) -> Result<Vec<Row>, postgres::Error> + Send + 'static,
    ) -> Result<Vec<Entry>, StoreError> {
        let origin = self.signer.origin().to_owned();
        let rows = self
            .connection
            .run(move |client| query(client, &origin).map_err(failed))?;
        let state = self.state();
        rows.iter()
            .map(|row| {
                let position = number(row.get(0));
                let bytes = Bytes::copy_from_slice(row.get(1));
                if state.tree.leaf(position) == Some(&leaf_hash(&bytes)) {
                    Ok(Entry { position, bytes })
                } else {
                    Err(damaged(
                        position,
                        "the entry has not the hash it was recorded with",
                    ))
                }
            })
            .collect()
    }

    /// The first number of the first row.
    fn one_number(
        &self,
        query: impl FnOnce(&mut Client, &str) -> Result<Option<Row>, postgres::Error> + Send + 'static,
    ) -> Result<Option<u64>, StoreError> {
        let origin = self.signer.origin().to_owned();
        let row = self
            .connection
            .run(move |client| query(client, &origin).map_err(failed))?;
        Ok(row.and_then(|row| row.get::<_, Option<i64>>(0)).map(number))
    }
}

fn refused(reason: &str) -> StoreError {
    StoreError::Database {
        reason: reason.into(),
    }
}

fn damaged(position: u64, reason: &str) -> StoreError {
    StoreError::Damaged {
        position,
        path: "banso_entry".into(),
        reason: reason.to_owned(),
    }
}

/// The tables keep numbers that are never negative.
fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl EventStore for PostgresStore {
    /// Blocks until the transaction is committed: the ticket is durable at once.
    fn append(&self, draft: Draft) -> Result<Ticket, AppendError> {
        // Held throughout, so that the tree grows in the order of the positions.
        let mut state = self.state();
        if let Some(reason) = state.stopped.clone() {
            return Err(AppendError::Stopped { reason });
        }
        let size = state.tree.size();
        let recorded_at = draft.recorded_at.clone();
        let attempt = Attempt {
            encoded: Encoded::new(&draft),
            draft,
            size,
            frontier: state.tree.frontier()?,
            signer: Arc::clone(&self.signer),
            vault: Arc::clone(&self.vault),
        };
        let appended = match self.connection.run(move |client| attempt.run(client)) {
            Ok(Decided::Appended(appended)) => appended,
            Ok(Decided::Duplicate(position)) => return Err(AppendError::Duplicate { position }),
            Ok(Decided::WrongVersion { expected, current }) => {
                return Err(AppendError::WrongVersion { expected, current });
            }
            Ok(Decided::TooLarge(bytes)) => {
                return Err(AppendError::TooLarge {
                    bytes,
                    limit: ENTRY_LIMIT,
                });
            }
            Ok(Decided::Overtaken(now)) => {
                let reason: Arc<str> =
                    format!("the ledger has {now} entries, this server knows {size}").into();
                state.stopped = Some(Arc::clone(&reason));
                return Err(AppendError::Stopped { reason });
            }
            // Whether a commit that failed took effect cannot be known: no guess, but a restart.
            Err(error) => {
                let reason: Arc<str> = error.to_string().into();
                state.stopped = Some(Arc::clone(&reason));
                return Err(AppendError::Stopped { reason });
            }
        };
        state.tree.push(leaf_hash(&appended.bytes));
        state.last_recorded_at = Some(recorded_at);
        self.grown.send_replace(state.tree.size());
        Ok(Ticket {
            appended,
            outcome: Outcome::Durable,
        })
    }

    fn size(&self) -> u64 {
        self.state().tree.size()
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        // What another transaction commits meanwhile is not ours yet.
        let end = from.saturating_add(limit as u64).min(self.size());
        self.entries(move |client, origin| {
            let query = "SELECT position, bytes FROM banso_entry \
                         WHERE origin = $1 AND position >= $2 AND position < $3 ORDER BY position";
            client.query(query, &[&origin, &stored(from), &stored(end)])
        })
    }

    fn read_subject(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        let subject = subject.to_owned();
        self.entries(move |client, origin| {
            let query = "SELECT position, bytes FROM banso_entry \
                         WHERE origin = $1 AND subject = $2 ORDER BY version";
            client.query(query, &[&origin, &subject])
        })
    }

    fn current_version(&self, subject: &str) -> Result<u64, StoreError> {
        let subject = subject.to_owned();
        let version = self.one_number(move |client, origin| {
            let query = "SELECT max(version) FROM banso_entry WHERE origin = $1 AND subject = $2";
            client.query_opt(query, &[&origin, &subject])
        })?;
        Ok(version.unwrap_or(0))
    }

    fn position_of(&self, id: Uuid) -> Result<Option<u64>, StoreError> {
        self.one_number(move |client, origin| {
            let query = "SELECT position FROM banso_entry WHERE origin = $1 AND id = $2";
            client.query_opt(query, &[&origin, &id])
        })
    }

    fn entry(&self, position: u64) -> Result<Option<Entry>, StoreError> {
        Ok(self.read(position, 1)?.pop())
    }

    fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        self.state().tree.root_at(size)
    }

    fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.state().tree.inclusion_proof(position, size)
    }

    fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        self.state().tree.consistency_proof(old, new)
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        self.state().tree.tile(level, index, width)
    }

    fn entry_bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        check_tile(0, index, width, self.size())?;
        let entries = self.read(index * TILE_WIDTH, usize::from(width))?;
        Ok(bundle(entries.iter().map(|entry| &entry.bytes[..])))
    }

    fn checkpoint_at(&self, size: u64) -> Result<String, StoreError> {
        Ok(self.signer.sign_checkpoint(size, &self.root_at(size)?))
    }

    fn status(&self) -> Status {
        let state = self.state();
        let size = state.tree.size();
        Status {
            writable: state.stopped.is_none(),
            stopped: state.stopped.as_deref().map(str::to_owned),
            size,
            sequenced: size,
            indexed: size,
            last_recorded_at: state.last_recorded_at.clone(),
            scrubbed: size,
        }
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }
}
