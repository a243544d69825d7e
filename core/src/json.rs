//! Canonical JSON (RFC 8785) and field errors with JSON pointers (RFC 6901).

mod parse;

use serde::Serialize;
use serde_json::{Map, Value};

pub use self::parse::parse;

/// A JSON object.
pub type Object = Map<String, Value>;

/// One fault of one field: where it is and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the request, such as `/data/name`.
    pub pointer: String,
    /// What is wrong, naming the value.
    pub detail: String,
}

impl FieldError {
    /// A fault at a pointer.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// The pointer of a member below another pointer, with `~` and `/` escaped.
pub fn pointer(base: &str, name: &str) -> String {
    format!("{base}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The canonical text of an object; the bytes that are stored and hashed.
///
/// # Errors
/// A number that JSON cannot carry; none that came out of a JSON parser is.
pub fn canonical(object: &Object) -> Result<String, String> {
    serde_json_canonicalizer::to_string(object).map_err(|error| error.to_string())
}
