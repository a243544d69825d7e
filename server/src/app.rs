//! The parts of one running server, put together. Knows no route.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use banso_store::tlog_proof::TlogProof;
use banso_store::{EventStore, StoreError, Vault};

use crate::access_log::AccessLog;
use crate::accounts::{Accounts, AccountsError, LoginGate, People, Sessions, SetupKey};
use crate::casebook::Casebook;
use crate::clock::Clock;
use crate::cosignatures::{CosignatureError, Cosignatures};
use crate::directory::Directory;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::oidc::Oidc;
use crate::recorder::Recorder;
use crate::staffing::Follower;
use crate::web::Limits;

/// Shared by every handler.
pub struct App {
    /// The ledger.
    pub store: Arc<dyn EventStore>,
    /// The personal data.
    pub vault: Arc<Vault>,
    /// The ledger's name, as in its checkpoints.
    pub origin: String,
    /// The public key of its checkpoints, as auditors keep it.
    pub vkey: String,
    /// The command path.
    pub recorder: Recorder,
    /// The projections that follow the ledger.
    pub live: Arc<Live>,
    /// Who the businesses are.
    pub directory: Arc<Directory>,
    /// Cases and staff as the pages list them.
    pub casebook: Casebook,
    /// The tokens.
    pub accounts: Arc<Accounts>,
    /// The accounts of people.
    pub people: Arc<People>,
    /// The browser sessions.
    pub sessions: Arc<Sessions>,
    /// The key of the first-run set-up.
    pub setup: SetupKey,
    /// The organisation's own accounts, where the operator named their provider.
    pub oidc: OnceLock<Oidc>,
    /// Who opened what.
    pub access_log: AccessLog,
    /// What committee members and witnesses signed.
    pub cosignatures: Cosignatures,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Invented data: the first page may be seen by anybody.
    pub demo: bool,
    pub(crate) metrics: Metrics,
    pub(crate) login: LoginGate,
    pub(crate) limits: Limits,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// The ledger.
    pub store: Arc<dyn EventStore>,
    /// The personal data.
    pub vault: Arc<Vault>,
    /// The ledger's name.
    pub origin: String,
    /// The public key of its checkpoints, as auditors keep it.
    pub vkey: String,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Invented data.
    pub demo: bool,
    /// How many days the access log is kept.
    pub days_of_traces: u32,
}

/// A file beside the ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The tokens.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The accounts could not be brought to what the ledger says.
    #[error("the accounts could not follow the ledger: {0}")]
    Staff(String),
    /// The cosignatures.
    #[error(transparent)]
    Cosignatures(#[from] CosignatureError),
}

impl App {
    /// Puts a server together over a ledger; accounts and cosignatures are in the data directory.
    ///
    /// # Errors
    /// [`AppError`] when accounts, sessions, tokens or cosignatures cannot be read.
    pub fn new(parts: Parts, data: &Path) -> Result<Arc<Self>, AppError> {
        let Parts {
            store,
            vault,
            origin,
            vkey,
            clock,
            demo,
            days_of_traces,
        } = parts;
        let live = Arc::new(Live::new(Arc::clone(&store), data));
        let directory = Arc::new(Directory::new(
            Arc::clone(&store),
            Arc::clone(&vault),
            origin.clone(),
        ));
        let recorder = Recorder::new(
            Arc::clone(&store),
            Arc::clone(&vault),
            origin.clone(),
            Arc::clone(&clock),
            Arc::clone(&live),
            Arc::clone(&directory),
        );
        let accounts = Arc::new(Accounts::open(data)?);
        let people = Arc::new(People::open(data)?);
        let sessions = Arc::new(Sessions::open(data, clock.now())?);
        let follower = Follower::new(&accounts, &people, &sessions, &clock);
        if let Err(error) = follower.catch_up(&recorder) {
            return Err(AppError::Staff(error.to_string()));
        }
        recorder.tell(follower);
        let casebook = Casebook::new(Arc::clone(&store));
        Ok(Arc::new(Self {
            store,
            vault,
            origin,
            vkey,
            recorder,
            live,
            directory,
            casebook,
            accounts,
            people,
            sessions,
            setup: SetupKey::default(),
            oidc: OnceLock::new(),
            access_log: AccessLog::new(data, days_of_traces),
            cosignatures: Cosignatures::open(data)?,
            clock,
            demo,
            metrics: Metrics::new(),
            login: LoginGate::new(),
            limits: Limits::new(),
        }))
    }

    /// The signed checkpoint of a size with the cosignatures over it.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] beyond the ledger.
    pub fn cosigned(&self, size: u64) -> Result<String, StoreError> {
        Ok(self.cosignatures.with(&self.store.checkpoint_at(size)?))
    }

    /// The proof that the entry of a position stands in the tree of a size.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] beyond the ledger.
    pub fn proof(&self, position: u64, size: u64) -> Result<TlogProof, StoreError> {
        Ok(TlogProof {
            index: position,
            path: self.store.inclusion_proof(position, size)?,
            checkpoint: self.cosigned(size)?,
        })
    }
}
