//! Recording one event, and reading one entry back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use banso_core::event::event_types as declared;
use banso_core::intake::{self, NewEvent};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::query::Query;
use super::{Caller, bulk};
use crate::access::Right;
use crate::app::App;
use crate::problem::Problem;
use crate::recorder::{Author, Recording};

/// The longest request body of one event; an entry is at most 65,535 bytes.
pub(super) const BODY_LIMIT: usize = 256 * 1024;
/// A body that is too long is read up to here before it is refused, so that the client hears why.
const DRAIN_LIMIT: usize = 64 * 1024 * 1024;
/// The preference for a receipt, and where the answer says that it was heeded (RFC 7240).
const RECEIPT: &str = "return=receipt";
const PREFERENCE_APPLIED: &str = "preference-applied";
/// Where entries are.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// 記録を1件追記します。
///
/// With `Content-Type: application/x-ndjson` the body holds one event a line, and the answer one
/// line an event, in order. Nothing is answered 2xx before it is durable.
///
/// `?receipt=true` or `Prefer: return=receipt` answers with a receipt: the entry as text, and its
/// C2SP tlog-proof with the signed checkpoint.
#[utoipa::path(post, path = "/v1/events", tag = "events", security(("bearer" = [])),
    params(("receipt" = Option<bool>, Query, description = "answer with entry, proof and checkpoint")),
    request_body(content(
        (Object = "application/json", example = json!({
            "id": "0195f405-edf6-72b1-9708-63cfba289d7d", "type": "visit.done",
            "subject": "case/0195ee98-e830-7039-ab73-cf985800f986",
            "occurred_on": "2025-06-03", "data": {"method": "visit"}})),
        (String = "application/x-ndjson"))),
    responses(
        (status = 201, description = "recorded", body = Object, headers(
            ("Location" = String, description = "/v1/events/{position}"),
            ("ETag" = String, description = "version of the subject"))),
        (status = 200, description = "recorded before under this id; for NDJSON: a line an event",
            content((Object = "application/json"), (String = "application/x-ndjson"))),
        (status = 400, description = "malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the role may not", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "the id is taken by another event", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "expected_version is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too long", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a rule refuses", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the ledger takes no events", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn record(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    query: Query,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::Append)?;
    query.only(&["receipt"])?;
    let receipt = wants_receipt(&headers, &query)?;
    let author = Author::from(&caller.0);
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.trim().starts_with(NDJSON)) {
        return Ok(bulk::record(app, author, body, receipt));
    }
    let bytes = limited(body).await?;
    let recording = app.recorder.record(&author, parse(&bytes)?).await?;
    if !recording.replayed {
        app.metrics.recorded();
    }
    let body = match receipt {
        false => recording.appended.bytes.clone(),
        true => receipt_of(&app, &recording)?.to_string().into(),
    };
    let mut response = recorded(&recording, body);
    if receipt {
        let headers = response.headers_mut();
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(RECEIPT));
    }
    Ok(response)
}

/// `Prefer: return=receipt` (RFC 7240) or `?receipt=true`.
fn wants_receipt(headers: &HeaderMap, query: &Query) -> Result<bool, Problem> {
    let asked = query.get::<bool>("receipt", "true or false")?;
    let preferred = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|preference| preference.trim() == RECEIPT);
    Ok(asked.unwrap_or(preferred))
}

/// What the client may keep: the entry, and the proof that it stands under a signed checkpoint.
pub(super) fn receipt_of(app: &App, recording: &Recording) -> Result<Value, Problem> {
    let appended = &recording.appended;
    let proof = app.proof(appended.position, app.store.size())?;
    // As text: the very bytes that were hashed, which no JSON parser on the way can change.
    let entry = String::from_utf8_lossy(&appended.bytes);
    Ok(
        json!({"position": appended.position, "version": appended.version, "entry": entry,
        "proof": proof.to_string(), "checkpoint": proof.checkpoint}),
    )
}

/// Reads one event from the bytes of a body or line.
pub(super) fn parse(bytes: &[u8]) -> Result<NewEvent, Problem> {
    let value = banso_core::json::parse(bytes).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("cannot be read as JSON: {error}"),
        )
    })?;
    intake::read(&value).map_err(Problem::fields)
}

pub(super) async fn limited(body: Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut read = 0;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                format!("the body broke off: {error}"),
            )
        })?;
        read += chunk.len();
        if read <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if read > DRAIN_LIMIT {
            break;
        }
    }
    if read > BODY_LIMIT {
        let detail = format!("the body has over {BODY_LIMIT} bytes; send many events as NDJSON");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    Ok(bytes)
}

fn recorded(recording: &Recording, body: axum::body::Bytes) -> Response {
    let status = if recording.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let appended = &recording.appended;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let location = HeaderValue::from_str(&format!("/v1/events/{}", appended.position));
    let version = HeaderValue::from_str(&format!("\"{}\"", appended.version));
    if let (Ok(location), Ok(version)) = (location, version) {
        headers.insert(header::LOCATION, location);
        headers.insert(header::ETAG, version);
    }
    response
}

/// 記録を1件読みます。台帳に保存されたバイト列そのものです。
#[utoipa::path(get, path = "/v1/events/{position}", tag = "events", security(("bearer" = [])),
    params(("position" = u64, Path)),
    responses(
        (status = 200, description = "the stored bytes; personal fields never stand in them", body = Object),
        (status = 400, description = "not a position", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn entry(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(position): Path<String>,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    let position = position_of(&position)?;
    let size = app.store.size();
    let beyond = || {
        Problem::not_found(format!(
            "position {position} lies beyond the ledger of {size} entries"
        ))
    };
    let entry = app
        .store
        .entry(position)?
        .filter(|_| position < size)
        .ok_or_else(beyond)?;
    let json = HeaderValue::from_static("application/json");
    // An entry never changes.
    let cache = HeaderValue::from_static("private, max-age=31536000, immutable");
    let headers = [(header::CONTENT_TYPE, json), (header::CACHE_CONTROL, cache)];
    Ok((headers, entry.bytes).into_response())
}

pub(super) fn position_of(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("\"{text}\" is not a position"),
        )
    })
}

/// 記録の種類の一覧(項目、日本語名、JSON Schema)を返します。
#[utoipa::path(get, path = "/v1/event-types", tag = "events", security(("bearer" = [])),
    responses((status = 200, body = Object),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn event_types(caller: Caller) -> Result<axum::Json<Value>, Problem> {
    caller.needs(Right::ReadLedger)?;
    let types: Vec<_> = declared()
        .iter()
        .map(|known| {
            let subject = known
                .subject
                .map_or("any", banso_core::subject::SubjectKind::name);
            json!({"type": known.name, "label": known.label, "subject": subject,
                "schema": known.schema()})
        })
        .collect();
    Ok(axum::Json(json!({"event_types": types})))
}
