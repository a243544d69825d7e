//! The numbers: table, evidence, differences, gauges, months, and what is published.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::shape::{Field as _, WrittenYear};
use banso_core::subject::Subject;
use banso_projections::breakdown::Breakdown;
use banso_projections::gauges::Gauges;
use banso_projections::table::{AsOf, KpiTable};
use banso_projections::view::effective;
use banso_projections::{Cut, Kpi};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

use super::Caller;
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::live::LiveError;
use crate::problem::Problem;

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Store(error) => error.into(),
            LiveError::Fold(detail) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail),
        }
    }
}

/// Runs a look at the projections on a thread that may block.
pub(crate) async fn looked<T: Send + 'static>(
    app: &Arc<App>,
    cut: Cut,
    look: impl FnOnce(&Kpi, u64) -> T + Send + 'static,
) -> Result<T, Problem> {
    let live = Arc::clone(&app.live);
    let looked = tokio::task::spawn_blocking(move || live.look_at(cut, look)).await;
    let gone = |_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the projection broke off",
        )
    };
    Ok(looked.map_err(gone)??)
}

/// The fiscal year of today.
pub(super) fn this_year(app: &App) -> FiscalYear {
    FiscalYear::of(jst_date(app.clock.now()))
}

/// Adds the Merkle root to the position that an answer is of.
fn put_root(app: &App, as_of: &mut AsOf) -> Result<(), Problem> {
    as_of.root = Some(STANDARD.encode(app.store.root_at(as_of.position)?));
    Ok(())
}

/// Writes an answer on a thread that may block: evidence can have tens of megabytes.
async fn written(answer: impl Serialize + Send + 'static) -> Result<Response, Problem> {
    let failed = |reason: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, reason);
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&answer)).await;
    let bytes = written
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// 年度の目標と実績の表を返します。
#[utoipa::path(get, path = "/v1/kpis", tag = "kpis", security(("bearer" = [])),
    params(("fy" = Option<String>, Query, description = "R7 or 2025; this year if absent"),
        ("as_of" = Option<u64>, Query, description = "only entries before this position"),
        ("known_at" = Option<String>, Query, description = "only entries recorded at or before"),
        ("edition" = Option<String>, Query, description = "`closed`: as the year was closed")),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not closed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn table(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<KpiTable>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["fy", "as_of", "known_at", "edition"])?;
    let year = query.fiscal_year(this_year(&app))?;
    let cut = query.cut(app.store.size())?;
    let closed = match query.text("edition") {
        None | Some("live") => false,
        Some("closed") => true,
        Some(other) => {
            let detail = format!("\"{other}\" is not an edition: closed or live");
            return Err(Problem::parameter("edition", detail));
        }
    };
    let table = looked(&app, cut, move |kpi, _| match closed {
        false => Some(kpi.table(year)),
        true => kpi.closed_edition(year),
    });
    let not_closed = || Problem::not_found(format!("{year} is not closed"));
    let mut table = table.await?.ok_or_else(not_closed)?;
    put_root(&app, &mut table.as_of)?;
    Ok(Json(table))
}

/// 数値の根拠となる記録の一覧を返します。
#[utoipa::path(get, path = "/v1/kpis/{indicator}/evidence", tag = "kpis", security(("bearer" = [])),
    params(("indicator" = String, Path), ("fy" = Option<String>, Query),
        ("as_of" = Option<u64>, Query), ("known_at" = Option<String>, Query),
        ("reading" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such indicator", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn evidence(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(indicator): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["fy", "as_of", "known_at", "reading"])?;
    let year = query.fiscal_year(this_year(&app))?;
    let cut = query.cut(app.store.size())?;
    let reading = query.text("reading").map(str::to_owned);
    let missing = format!("the plan has no indicator \"{indicator}\" with that reading");
    let evidence = looked(&app, cut, move |kpi, _| {
        kpi.evidence(&indicator, year, reading.as_deref())
    });
    let mut evidence = evidence.await?.ok_or_else(|| Problem::not_found(missing))?;
    put_root(&app, &mut evidence.as_of)?;
    written(evidence).await
}

/// 数え方を切り替えた場合の、全年度の前後の値を返します。
#[utoipa::path(get, path = "/v1/kpis/{indicator}/switch", tag = "kpis", security(("bearer" = [])),
    params(("indicator" = String, Path), ("reading" = String, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such indicator or reading", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn switch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(indicator): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["reading"])?;
    let reading = query.text("reading").map(str::to_owned);
    let reading = reading.ok_or_else(|| Problem::parameter("reading", "is required"))?;
    let missing = format!("the plan has no indicator \"{indicator}\" with reading \"{reading}\"");
    let answer = looked(&app, Cut::default(), move |kpi, _| {
        let years = kpi.switch(&indicator, &reading)?;
        Some(json!({"indicator": indicator, "reading": reading, "years": years}))
    });
    answer
        .await?
        .map(Json)
        .ok_or_else(|| Problem::not_found(missing))
}

/// 2つの位置のあいだの、すべての増減とその原因となった記録を返します。
#[utoipa::path(get, path = "/v1/kpis/diff", tag = "kpis", security(("bearer" = [])),
    params(("fy" = Option<String>, Query), ("from" = Option<u64>, Query), ("to" = Option<u64>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn diff(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["fy", "from", "to"])?;
    let year = query.fiscal_year(this_year(&app))?;
    let size = app.store.size();
    let to = query.get::<u64>("to", "a position")?.unwrap_or(size);
    let from = query.get::<u64>("from", "a position")?.unwrap_or(0);
    if from > to || to > size {
        let detail = format!("{from} to {to} is not a range within {size} entries");
        return Err(Problem::parameter("from", detail));
    }
    let changes = looked(&app, Cut::default(), move |kpi, _| kpi.diff(year, from, to)).await?;
    Ok(Json(
        json!({"fiscal_year": year.0, "label": year.label(), "from": from, "to": to,
        "changes": changes}),
    ))
}

/// 計画本文の補助指標(1人あたり件数、平均参加者数、着地見込みなど)を返します。
#[utoipa::path(get, path = "/v1/kpis/gauges", tag = "kpis", security(("bearer" = [])),
    params(("fy" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn gauges(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Gauges>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["fy"])?;
    let year = query.fiscal_year(this_year(&app))?;
    let today = jst_date(app.clock.now());
    looked(&app, Cut::default(), move |kpi, _| kpi.gauges(year, today))
        .await
        .map(Json)
}

/// 月・四半期・半期ごとの内訳を返します。
#[utoipa::path(get, path = "/v1/kpis/breakdown", tag = "kpis", security(("bearer" = [])),
    params(("fy" = Option<String>, Query)),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn breakdown(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Json<Breakdown>, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["fy"])?;
    let year = query.fiscal_year(this_year(&app))?;
    looked(&app, Cut::default(), move |kpi, _| kpi.breakdown(year))
        .await
        .map(Json)
}

/// 公表された年度の結果を、ログインなしで返します。
#[utoipa::path(get, path = "/v1/public/{fy}", tag = "public", params(("fy" = String, Path)),
    responses((status = 200, body = Object),
        (status = 400, description = "not a fiscal year", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not published", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn published(
    State(app): State<Arc<App>>,
    Path(year): Path<String>,
) -> Result<Json<Published>, Problem> {
    let year: FiscalYear = year
        .parse()
        .map_err(|detail| Problem::new(StatusCode::BAD_REQUEST, detail))?;
    let missing = || Problem::not_found(format!("the results of {year} are not published"));
    let published = publication(&app, year)?.ok_or_else(missing)?;
    let table = looked(&app, Cut::default(), move |kpi, _| {
        kpi.closed_edition(year).unwrap_or_else(|| kpi.table(year))
    });
    let mut table = table.await?;
    put_root(&app, &mut table.as_of)?;
    Ok(Json(Published { table, published }))
}

/// The published results of a year.
#[derive(Serialize)]
pub(super) struct Published {
    #[serde(flatten)]
    table: KpiTable,
    /// Where and when.
    published: Value,
}

/// The latest effective `report.published` of a year: where and when.
fn publication(app: &App, year: FiscalYear) -> Result<Option<Value>, Problem> {
    let entries = app.directory.opened(Subject::Programme, u64::MAX)?;
    let events = effective(&entries);
    let found = events.iter().rev().find(|event| {
        event.event_type == "report.published"
            && event.counts()
            && event
                .data
                .get("fiscal_year")
                .and_then(|value| WrittenYear::read(value).ok())
                .is_some_and(|written| written.year == year)
    });
    Ok(found.map(|event| {
        json!({"position": event.position, "occurred_on": event.occurred_on,
            "url": event.text("url")})
    }))
}
