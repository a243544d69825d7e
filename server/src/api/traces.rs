//! `GET /v1/access-log`: who opened which business and case, for the manager.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::query::Query;
use crate::access_log::Access;
use crate::app::App;
use crate::problem::Problem;

const DEFAULT_LIMIT: usize = 100;
const GREATEST_LIMIT: usize = 1000;

/// だれがいつどの事業者・案件を開いたかを、新しい順に返します。
#[utoipa::path(get, path = "/v1/access-log", tag = "accounts", security(("bearer" = [])),
    params(("staff" = Option<Uuid>, Query), ("business" = Option<Uuid>, Query),
        ("case" = Option<Uuid>, Query),
        ("since" = Option<String>, Query, description = "an instant"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 if absent")),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the log cannot be read", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn access_log(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    query.only(&["staff", "business", "case", "since", "limit"])?;
    let limit = query
        .get::<usize>("limit", "a number from 1 to 1000")?
        .unwrap_or(DEFAULT_LIMIT);
    if !(1..=GREATEST_LIMIT).contains(&limit) {
        return Err(Problem::parameter("limit", "is not between 1 and 1000"));
    }
    Ok(Json(
        json!({"accesses": newest(&app, &query, limit).await?}),
    ))
}

/// The newest traces that the parameters ask for.
pub(crate) async fn newest(
    app: &Arc<App>,
    query: &Query,
    limit: usize,
) -> Result<Vec<Access>, Problem> {
    let staff = query.get::<Uuid>("staff", "a UUID")?;
    let business = query
        .get::<Uuid>("business", "a UUID")?
        .map(|id| format!("business/{id}"));
    let case = query
        .get::<Uuid>("case", "a UUID")?
        .map(|id| format!("case/{id}"));
    let since = query.get::<DateTime<Utc>>("since", "an instant such as 2026-04-01T00:00:00Z")?;
    let app = Arc::clone(app);
    let found = tokio::task::spawn_blocking(move || {
        app.access_log
            .newest(limit, since.unwrap_or(DateTime::UNIX_EPOCH), |access| {
                staff.is_none_or(|staff| access.staff == staff)
                    && business
                        .as_ref()
                        .is_none_or(|wanted| access.opened == *wanted)
                    && case.as_ref().is_none_or(|wanted| access.opened == *wanted)
            })
    });
    let failed = |error: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error);
    let found = found.await.map_err(|error| failed(error.to_string()))?;
    found.map_err(|error| failed(error.to_string()))
}
