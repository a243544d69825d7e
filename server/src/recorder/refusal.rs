//! Every way in which the command path says no. Knows no HTTP status.

use banso_core::decide::Rejection;
use banso_core::json::FieldError;
use banso_store::StoreError;
use uuid::Uuid;

/// Why an event was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields are missing or faulty.
    #[error("the event has faulty fields")]
    Fields(Vec<FieldError>),
    /// A rule forbids it.
    #[error(transparent)]
    Rule(#[from] Rejection),
    /// The role may not record this.
    #[error("{0}")]
    Forbidden(String),
    /// The id stands at another position with other content.
    #[error("the id {id} is taken by another event at position {position}")]
    OtherContent {
        /// The id.
        id: Uuid,
        /// Where it stands.
        position: u64,
    },
    /// The precondition does not hold.
    #[error("expected version {expected}, but the subject has version {current}")]
    WrongVersion {
        /// What was expected.
        expected: u64,
        /// What is.
        current: u64,
        /// The entries in between.
        between: Vec<bytes::Bytes>,
    },
    /// The entry would be too long.
    #[error("the event takes {bytes} bytes as an entry; at most {limit} are possible")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The ledger takes no events now.
    #[error("the ledger takes no events: {0}")]
    Stopped(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Stopped(error.to_string())
    }
}
