//! The parts of one running server, put together. Knows no route.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use banso_store::{EventStore, Vault};

use crate::accounts::{Account, Accounts, AccountsError};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::recorder::Recorder;

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
    /// The tokens.
    pub accounts: Accounts,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Invented data: the first page may be seen by anybody.
    pub demo: bool,
    pub(crate) metrics: Metrics,
    sessions: Mutex<HashMap<String, Account>>,
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
}

impl App {
    /// Puts a server together over a ledger; tokens are in the data directory.
    ///
    /// # Errors
    /// [`AccountsError`] when the tokens cannot be read.
    pub fn new(parts: Parts, data: &Path) -> Result<Arc<Self>, AccountsError> {
        let Parts {
            store,
            vault,
            origin,
            vkey,
            clock,
            demo,
        } = parts;
        let live = Arc::new(Live::new(Arc::clone(&store)));
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
        Ok(Arc::new(Self {
            store,
            vault,
            origin,
            vkey,
            recorder,
            live,
            directory,
            accounts: Accounts::open(data)?,
            clock,
            demo,
            metrics: Metrics::new(),
            sessions: Mutex::default(),
        }))
    }

    /// Begins a browser session; the answer is the cookie's value.
    pub(crate) fn begin_session(&self, account: Account) -> Option<String> {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).ok()?;
        let id = hex::encode(random);
        self.sessions().insert(id.clone(), account);
        Some(id)
    }

    /// The account of a browser session.
    pub(crate) fn session(&self, id: &str) -> Option<Account> {
        self.sessions().get(id).cloned()
    }

    /// Ends a browser session.
    pub(crate) fn end_session(&self, id: &str) {
        self.sessions().remove(id);
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<String, Account>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
