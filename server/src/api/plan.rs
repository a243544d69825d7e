//! `GET /v1/plan`: the plan in force with its revisions and readings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use banso_projections::Cut;
use serde_json::Value;

use super::Caller;
use super::kpis::looked;
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::problem::Problem;

/// 採用中の計画(目標の変更と数え方の決定を含む)を返します。
#[utoipa::path(get, path = "/v1/plan", tag = "plan", security(("bearer" = [])),
    responses((status = 200, body = Object),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no plan", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn plan(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&[])?;
    let plan = looked(&app, Cut::default(), |kpi, _| {
        kpi.plan()
            .and_then(|in_force| serde_json::to_value(in_force).ok())
    });
    plan.await?
        .map(Json)
        .ok_or_else(|| Problem::not_found("the ledger has no plan"))
}
