//! Whether the server lives, whether it takes events, and its metrics.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::problem::Problem;

/// サーバーが動いているかを返します。
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Object)))]
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

/// 記録を受け付けられるかを返します。
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Object),
        (status = 503, description = "reads only", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let status = app.store.status();
    if let Some(reason) = status.stopped.filter(|_| !status.writable) {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason));
    }
    Ok(Json(
        json!({"status": "ready", "entries": status.size, "indexed": status.indexed}),
    ))
}

/// 計測値(OpenMetrics)を返します。
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = app.metrics.text(&app.store.status());
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
        text,
    )
        .into_response()
}
