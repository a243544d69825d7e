//! What an outsider checks the ledger with: checkpoint, tiles, bundles, proofs (C2SP).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Caller;
use super::cosignatures::plain;
use super::events::position_of;
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::problem::Problem;

/// A tile or bundle has this many hashes or entries when it is full (C2SP tlog-tiles).
const FULL: u16 = 256;

/// 署名つきの台帳の先頭(C2SP tlog-checkpoint)を返します。
#[utoipa::path(get, path = "/checkpoint", tag = "proofs",
    responses((status = 200, description = "C2SP signed note", body = String, content_type = "text/plain"),
        (status = 503, description = "the store failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn checkpoint(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let note = app.store.checkpoint()?;
    Ok(plain(app.cosignatures.with(&note)))
}

/// 記録が台帳に含まれることの証明(C2SP tlog-proof)を返します。
#[utoipa::path(get, path = "/v1/events/{position}/proof", tag = "proofs", security(("bearer" = [])),
    params(("position" = u64, Path),
        ("size" = Option<u64>, Query, description = "of the tree; the present size if absent")),
    responses((status = 200, description = "C2SP tlog-proof", body = String, content_type = "text/plain"),
        (status = 400, description = "faulty", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn proof(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(position): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    query.only(&["size"])?;
    let position = position_of(&position)?;
    let size = query
        .get::<u64>("size", "a size")?
        .unwrap_or_else(|| app.store.size());
    if position >= size || size > app.store.size() {
        let held = app.store.size();
        let detail = format!("position {position} of {size}: the ledger holds {held} entries");
        return Err(Problem::not_found(detail));
    }
    Ok(plain(app.proof(position, size)?.to_string()))
}

/// ハッシュのタイル(C2SP tlog-tiles)を返します。
#[utoipa::path(get, path = "/tile/{level}/{*index}", tag = "proofs",
    params(("level" = u8, Path), ("index" = String, Path, description = "x001/234 or x001/234.p/17")),
    responses((status = 200, description = "hashes of 32 bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, description = "not a tile", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tile(
    State(app): State<Arc<App>>,
    Path((level, index)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let refuse = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("\"{level}\" is not a level"),
        )
    };
    let number: u8 = level
        .parse()
        .ok()
        .filter(|number| *number < 64)
        .ok_or_else(refuse)?;
    if number.to_string() != level {
        return Err(refuse());
    }
    let (index, width) = tile_path(&index)?;
    let bytes = app.store.tile(number, index, width)?;
    Ok(binary(bytes, width))
}

/// 記録の束(C2SP tlog-tiles の entry bundle)を返します。
#[utoipa::path(get, path = "/tile/entries/{*index}", tag = "proofs", security(("bearer" = [])),
    params(("index" = String, Path)),
    responses((status = 200, description = "length-prefixed entries", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, description = "not a bundle", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "beyond the ledger", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn entries(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(index): Path<String>,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    let (index, width) = tile_path(&index)?;
    let bytes = app.store.entry_bundle(index, width)?;
    Ok(binary(bytes, width))
}

fn binary(bytes: Vec<u8>, width: u16) -> Response {
    // A full tile never changes; a partial one is superseded.
    let cache = if width == FULL {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, bytes).into_response()
}

/// Reads `x001/x234/067` and `000.p/17` strictly: three digits a group, all but the last with x.
fn tile_path(path: &str) -> Result<(u64, u16), Problem> {
    let refuse = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("\"{path}\" is not a tile path"),
        )
    };
    let (groups, width) = match path.split_once(".p/") {
        None => (path, FULL),
        Some((groups, width)) => {
            let number: u16 = width.parse().map_err(|_| refuse())?;
            let plain = (1..FULL).contains(&number) && number.to_string() == width;
            (groups, if plain { number } else { return Err(refuse()) })
        }
    };
    let mut index: u64 = 0;
    let mut rest = groups.split('/').peekable();
    while let Some(group) = rest.next() {
        let digits = match rest.peek() {
            Some(_) => group.strip_prefix('x').ok_or_else(refuse)?,
            None => group,
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let value: u64 = digits.parse().map_err(|_| refuse())?;
        index = index
            .checked_mul(1000)
            .and_then(|index| index.checked_add(value))
            .ok_or_else(refuse)?;
    }
    if groups.starts_with("x000/") {
        return Err(refuse());
    }
    Ok((index, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_paths_are_read_strictly() {
        assert_eq!(tile_path("000").ok(), Some((0, 256)));
        assert_eq!(tile_path("x001/x234/067").ok(), Some((1_234_067, 256)));
        assert_eq!(tile_path("067.p/8").ok(), Some((67, 8)));
        for path in [
            "",
            "0",
            "1234",
            "x000/001",
            "001/002",
            "000.p/0",
            "000.p/256",
            "000.p/08",
        ] {
            assert!(tile_path(path).is_err(), "{path}");
        }
    }
}
