//! Which path a request is for, for whatever frames its answer: the navigation marks it.
//!
//! Set once at the outermost layer and gone with the request. Decides nothing: rights are the
//! door's, which never asks here.

use std::future::Future;

tokio::task_local! {
    static PATH: String;
}

/// Runs the rest of a request with its path at hand.
pub(crate) async fn within<F: Future>(path: String, rest: F) -> F::Output {
    PATH.scope(path, rest).await
}

/// The path of the request that is being answered; empty outside of one.
pub(crate) fn path() -> String {
    PATH.try_with(Clone::clone).unwrap_or_default()
}
