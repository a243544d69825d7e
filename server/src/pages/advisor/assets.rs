//! The scripts, the service worker, and the two pages that work without a network.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::asset;
use super::{Frame, page};
use crate::api::Visitor;
use crate::app::App;

const SCRIPT: &str = "text/javascript; charset=utf-8";

#[derive(Template)]
#[template(path = "advisor/outbox.html")]
struct Outbox {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "advisor/offline.html")]
struct Offline {
    frame: Frame,
}

/// Scripts and pages of the queue.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sw.js", get(worker))
        .route(
            "/assets/queue.js",
            get(|| asset(include_str!("../../../assets/queue.js"), SCRIPT)),
        )
        .route(
            "/assets/vault.js",
            get(|| asset(include_str!("../../../assets/vault.js"), SCRIPT)),
        )
        .route(
            "/assets/forms.js",
            get(|| asset(include_str!("../../../assets/forms.js"), SCRIPT)),
        )
        .route(
            "/assets/outbox.js",
            get(|| asset(include_str!("../../../assets/outbox.js"), SCRIPT)),
        )
        .route("/outbox", get(outbox))
        .route("/offline", get(offline))
}

/// At the root, so that it may answer for every page; never kept, so that a new one is seen.
async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SCRIPT)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, include_str!("../../../assets/sw.js")).into_response()
}

async fn outbox(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    page(
        StatusCode::OK,
        &Outbox {
            frame: Frame::new(&app, visitor.0),
        },
    )
}

async fn offline(State(app): State<Arc<App>>) -> Response {
    page(
        StatusCode::OK,
        &Offline {
            frame: Frame::new(&app, None),
        },
    )
}
