//! How far a token reaches: what it may be used for, and until when. Knows no file.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a token may be used for, within the role of its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything that the role may.
    #[default]
    Full,
    /// Reading only.
    Read,
    /// Recording events only.
    Append,
}

impl std::str::FromStr for Scope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "full" => Ok(Self::Full),
            "read" => Ok(Self::Read),
            "append" => Ok(Self::Append),
            _ => Err(format!(
                "\"{text}\" is not a scope; write full, read or append"
            )),
        }
    }
}

/// How far a token reaches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grant {
    /// What it may be used for.
    pub scope: Scope,
    /// From when on it is refused; never if absent.
    pub expires_at: Option<DateTime<Utc>>,
}
