//! Who calls, as the door has recognised them by token or session cookie.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::access::{Right, may};
use crate::accounts::Account;
use crate::app::App;
use crate::problem::Problem;
use crate::web::Identity;

/// The cookie of a browser session.
pub(crate) const COOKIE: &str = "banso_session";

/// An account that was recognised.
pub(crate) struct Caller(pub(crate) Account);

/// Somebody, perhaps not recognised.
pub(crate) struct Visitor(pub(crate) Option<Account>);

impl Caller {
    /// Refuses a caller without a right.
    pub(crate) fn needs(&self, right: Right) -> Result<(), Problem> {
        if may(self.0.role, right) {
            return Ok(());
        }
        let role = self.0.role.name();
        Err(Problem::forbidden(format!(
            "the role {role} may not read this"
        )))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        account(parts).map(Self).ok_or_else(Problem::unauthorized)
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<App>,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self(account(parts)))
    }
}

/// The door has recognised the caller already.
fn account(parts: &Parts) -> Option<Account> {
    parts
        .extensions
        .get::<Identity>()
        .map(|who| who.account.clone())
}

/// The value of the session cookie.
pub(crate) fn session_id(headers: &HeaderMap) -> Option<String> {
    cookie(headers, COOKIE)
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}
