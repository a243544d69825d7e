//! The projections, following the ledger: whoever reads them first brings them up to date.
//!
//! The append path pays nothing for them. A table asked for after an append has it, because reading
//! catches up with the durable size before it answers. Counts nothing itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use banso_projections::plan::Plan;
use banso_projections::{Cut, FoldError, Kpi, replay};
use banso_store::{EventStore, JournalEntries, StoreError};

/// Entries folded between two looks at who else waits.
const CHUNK: usize = 1024;

/// The projections cannot follow.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LiveError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry cannot be folded.
    #[error("{0}")]
    Fold(String),
}

impl From<FoldError> for LiveError {
    fn from(error: FoldError) -> Self {
        Self::Fold(error.to_string())
    }
}

/// From here on a first fold reads the journal on two cores instead of asking the store.
const LONG: u64 = 20_000;

/// The live projections of one ledger.
pub struct Live {
    store: Arc<dyn EventStore>,
    /// The data directory whose journal holds the same entries.
    dir: PathBuf,
    folded: RwLock<Kpi>,
}

impl Live {
    /// Projections that have folded nothing yet.
    pub fn new(store: Arc<dyn EventStore>, dir: &Path) -> Self {
        Self {
            store,
            dir: dir.to_owned(),
            folded: RwLock::new(Kpi::new()),
        }
    }

    /// Looks at the projections as of now; gives the size that they have folded.
    ///
    /// # Errors
    /// [`LiveError`] when an entry can be neither read nor folded.
    pub fn look<T>(&self, look: impl FnOnce(&Kpi, u64) -> T) -> Result<T, LiveError> {
        let folded = self.caught_up()?;
        Ok(look(&folded, folded.size()))
    }

    /// Looks at the projections as of a cut-off; the present costs no folding.
    ///
    /// # Errors
    /// [`LiveError`] when an entry can be neither read nor folded.
    pub fn look_at<T>(&self, cut: Cut, look: impl FnOnce(&Kpi, u64) -> T) -> Result<T, LiveError> {
        let folded = self.caught_up()?;
        let size = cut.as_of.unwrap_or(folded.size()).min(folded.size());
        if cut.known_at.is_none() && size == folded.size() {
            return Ok(look(&folded, size));
        }
        // The fold of the past runs outside the lock: appends must not wait for it.
        let held = folded.snapshot();
        drop(folded);
        Ok(look(&held.at(cut), size))
    }

    /// The plan in force, if the ledger has one and can be read.
    pub fn plan(&self) -> Option<Plan> {
        self.look(|kpi, _| kpi.adopted_plan().cloned())
            .ok()
            .flatten()
    }

    /// The same fold over the journal's lines; what it lacks is caught up with afterwards.
    ///
    /// The lines are not hashed here: the store's background check hashes every one of them.
    fn read_journal(&self, size: u64) -> Result<Kpi, LiveError> {
        let Ok(entries) = JournalEntries::open(&self.dir) else {
            return Ok(Kpi::new());
        };
        replay(entries, &Cut::below(size), |_| {})
            .map_err(|error| LiveError::Fold(error.to_string()))
    }

    fn caught_up(&self) -> Result<RwLockReadGuard<'_, Kpi>, LiveError> {
        loop {
            let size = self.store.size();
            {
                let folded = self.folded.read().unwrap_or_else(PoisonError::into_inner);
                if folded.size() >= size {
                    return Ok(folded);
                }
            }
            let mut folded = self.folded.write().unwrap_or_else(PoisonError::into_inner);
            if folded.size() == 0 && size > LONG {
                *folded = self.read_journal(size)?;
            }
            while folded.size() < size {
                let wanted = usize::try_from(size - folded.size())
                    .unwrap_or(CHUNK)
                    .min(CHUNK);
                for entry in self.store.read(folded.size(), wanted)? {
                    folded.apply(&entry.bytes)?;
                }
            }
        }
    }
}
