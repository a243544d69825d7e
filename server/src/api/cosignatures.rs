//! Cosignatures over checkpoints, taken and shown; checkpoints of earlier sizes and the proofs that
//! lead from them to later ones.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use banso_store::note::{SignatureLine, SignedNote};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Caller;
use super::events::limited;
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::cosignatures::{CosignatureError, witnesses};
use crate::problem::Problem;

const TEXT: &str = "text/plain; charset=utf-8";

impl From<CosignatureError> for Problem {
    fn from(error: CosignatureError) -> Self {
        let detail = error.to_string();
        match error {
            CosignatureError::Unknown(_)
            | CosignatureError::OtherKind(_)
            | CosignatureError::Note(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            CosignatureError::File { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail),
            CosignatureError::Store(error) => error.into(),
        }
    }
}

/// 評価委員や第三者の連署(C2SP tlog-cosignature)を受け取ります。
///
/// The body is the checkpoint with the cosignature lines behind it, or such lines alone; then they
/// are over the checkpoint of `size`, or the present one.
#[utoipa::path(post, path = "/v1/cosignatures", tag = "proofs", security(("bearer" = [])),
    params(("size" = Option<u64>, Query, description = "of the checkpoint that bare lines are over")),
    request_body(content = String, content_type = "text/plain"),
    responses((status = 201, description = "the checkpoint with all its cosignatures", body = String, content_type = "text/plain"),
        (status = 200, description = "known already", body = String, content_type = "text/plain"),
        (status = 400, description = "malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "a checkpoint of another history", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too long", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "not of a registered witness, or not over this checkpoint", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the store failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cosign(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
    body: Body,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["size"])?;
    let malformed = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, detail);
    let text = String::from_utf8(limited(body).await?)
        .map_err(|_| malformed("the body is not UTF-8 text"))?;
    let present = app.store.size();
    let (size, signed) = if text.contains("\n\n") {
        let note = SignedNote::parse(&text).map_err(|error| malformed(&error.to_string()))?;
        let size = note.text.lines().nth(1).and_then(|size| size.parse().ok());
        (size.ok_or_else(|| malformed("not a checkpoint"))?, note)
    } else {
        let size = query.get::<u64>("size", "a size")?.unwrap_or(present);
        let own = app.store.checkpoint_at(size)?;
        let own = SignedNote::parse(&own).map_err(|error| malformed(&error.to_string()))?;
        let note = format!("{}\n{}\n", own.text, text.trim_end());
        let note = SignedNote::parse(&note).map_err(|error| malformed(&error.to_string()))?;
        (size, note)
    };
    let checkpoint = app.store.checkpoint_at(size)?;
    if !checkpoint.starts_with(&format!("{}\n", signed.text)) {
        let detail = format!("this is not the ledger's checkpoint of {size} entries; keep both");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let own = SignedNote::parse(&checkpoint).map_err(|error| malformed(&error.to_string()))?;
    let lines: Vec<SignatureLine> = signed
        .signatures
        .into_iter()
        .filter(|line| !own.signatures.contains(line))
        .collect();
    if lines.is_empty() {
        return Err(malformed("the body bears no cosignature"));
    }
    let keeping = Arc::clone(&app);
    let note = checkpoint.clone();
    let added = tokio::task::spawn_blocking(move || keeping.cosignatures.add(&note, &lines)).await;
    let broken = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "see the server's log");
    let status = match added.map_err(broken)?? {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, plain(app.cosignatures.with(&checkpoint))).into_response())
}

/// 連署の一覧と、連署できる者の公開鍵を返します。
#[utoipa::path(get, path = "/v1/cosignatures", tag = "proofs", security(("bearer" = [])),
    responses((status = 200, body = Object),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the store failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cosignatures(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    caller.needs(Right::ReadLedger)?;
    let keys: Vec<String> = witnesses(app.cosignatures.dir())?
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(Json(
        json!({"cosignatures": app.cosignatures.all(), "witnesses": keys}),
    ))
}

/// ある件数の時点の、署名と連署のついた台帳の先頭を返します。
#[utoipa::path(get, path = "/v1/checkpoints/{size}", tag = "proofs", params(("size" = u64, Path)),
    responses((status = 200, description = "C2SP signed note", body = String, content_type = "text/plain"),
        (status = 400, description = "not a size", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the store failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn checkpoint_of(
    State(app): State<Arc<App>>,
    Path(size): Path<String>,
) -> Result<Response, Problem> {
    let detail = format!("\"{size}\" is not a size");
    let size: u64 = size
        .parse()
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, detail))?;
    Ok(plain(app.cosigned(size)?))
}

/// 以前の台帳の先頭が今の台帳に含まれることの証明を返します。
///
/// In the form that C2SP tlog-witness sends to a witness: `old <size>`, the hashes of RFC 6962,
/// section 2.1.2, one a line in base64, an empty line, and the checkpoint of the later size.
#[utoipa::path(get, path = "/v1/consistency", tag = "proofs",
    params(("from" = u64, Query, description = "entries of the earlier checkpoint"),
        ("to" = Option<u64>, Query, description = "entries of the later one; the present size if absent")),
    responses((status = 200, description = "body of C2SP add-checkpoint", body = String, content_type = "text/plain"),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the store failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn consistency(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to"])?;
    let from = query
        .get::<u64>("from", "a size")?
        .ok_or_else(|| Problem::parameter("from", "is missing"))?;
    let to = query
        .get::<u64>("to", "a size")?
        .unwrap_or_else(|| app.store.size());
    if from > to {
        let detail = format!("{from} entries are more than {to}");
        return Err(Problem::parameter("from", detail));
    }
    let mut text = format!("old {from}\n");
    for hash in app.store.consistency_proof(from, to)? {
        text.push_str(&STANDARD.encode(hash));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&app.cosigned(to)?);
    Ok(plain(text))
}

pub(super) fn plain(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(TEXT)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
