//! Query parameters, read strictly: an unknown or faulty one is refused by name.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use banso_core::calendar::FiscalYear;
use banso_projections::Cut;
use chrono::{DateTime, Utc};

use crate::problem::Problem;

/// The parameters of a request.
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::parameter("query", format!("\"{text}\" cannot be read")))?;
        Ok(Self(pairs.0))
    }
}

impl Query {
    /// Refuses every parameter that is not in the list.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Problem> {
        match self
            .0
            .iter()
            .find(|(name, _)| !names.contains(&name.as_str()))
        {
            Some((name, _)) => Err(Problem::parameter(
                name,
                format!("unknown; known are {}", names.join(", ")),
            )),
            None => Ok(()),
        }
    }

    /// A parameter as text; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A parameter of a type.
    pub(crate) fn get<T: FromStr>(&self, name: &str, wanted: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let refuse = |_| Problem::parameter(name, format!("\"{text}\" is not {wanted}"));
        text.parse().map(Some).map_err(refuse)
    }

    /// A fiscal year; absent means the one that the caller gives.
    pub(crate) fn fiscal_year(&self, otherwise: FiscalYear) -> Result<FiscalYear, Problem> {
        match self.text("fy") {
            None => Ok(otherwise),
            Some(text) => text
                .parse()
                .map_err(|detail: String| Problem::parameter("fy", detail)),
        }
    }

    /// `as_of` and `known_at`, checked against the size of the ledger.
    pub(crate) fn cut(&self, size: u64) -> Result<Cut, Problem> {
        let as_of = self.get::<u64>("as_of", "a position")?;
        if let Some(position) = as_of.filter(|position| *position > size) {
            let detail = format!("{position} lies beyond the ledger, which has {size} entries");
            return Err(Problem::parameter("as_of", detail));
        }
        let wanted = "an instant such as 2026-04-01T00:00:00Z";
        let known_at = self.get::<DateTime<Utc>>("known_at", wanted)?;
        Ok(Cut { as_of, known_at })
    }
}
