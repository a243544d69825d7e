//! `GET /v1/events`: pages, NDJSON, a live stream, or CloudEvents, from one reading.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use banso_core::event::event_type;
use banso_core::recorded::Recorded;
use banso_core::subject::Subject;
use banso_store::{Entry, EventStore, StoreError};
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::Caller;
use super::events::NDJSON;
use super::query::Query;
use crate::access::Right;
use crate::app::App;
use crate::problem::{Problem, raw};

const DEFAULT_LIMIT: usize = 100;
const GREATEST_LIMIT: usize = 10_000;
/// Entries read at once while streaming.
const CHUNK: usize = 256;
const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// 記録の一覧を位置の順に返します。
///
/// `after` is exclusive; `next` is the value for the next call, null at the end.
#[utoipa::path(get, path = "/v1/events", tag = "events", security(("bearer" = [])),
    params(("after" = Option<u64>, Query, description = "entries behind this position"),
        ("limit" = Option<usize>, Query, description = "from 1 on, 100 if absent; a page has at most 10,000"),
        ("type" = Option<String>, Query), ("subject" = Option<String>, Query)),
    responses(
        (status = 200, content((Object = "application/json"), (String = "application/x-ndjson"),
            (String = "text/event-stream"), (Object = "application/cloudevents-batch+json"))),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "no token", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    caller.needs(Right::ReadLedger)?;
    let wanted = Wanted::read(&query, &headers)?;
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    let accepts = |kind: &str| accept.is_some_and(|accept| accept.contains(kind));
    if accepts("text/event-stream") {
        return Ok(follow(app, wanted).into_response());
    }
    if accepts(NDJSON) {
        return Ok(lines(app, wanted));
    }
    let store = Arc::clone(&app.store);
    let found = tokio::task::spawn_blocking(move || wanted.page(&*store)).await;
    let (entries, next) = found.map_err(|error| Problem::from(gone(&error)))??;
    if accepts(CLOUD_EVENTS) {
        let source = format!("urn:banso:{}", app.origin);
        let batch: Vec<_> = entries
            .iter()
            .filter_map(|entry| cloud_event(&source, &entry.bytes))
            .collect();
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(CLOUD_EVENTS))];
        return Ok((kind, Value::Array(batch).to_string()).into_response());
    }
    let events: Vec<_> = entries
        .iter()
        .filter_map(|entry| raw(&entry.bytes))
        .collect();
    Ok(axum::Json(json!({"events": events, "next": next})).into_response())
}

/// What a caller asks for.
#[derive(Clone)]
struct Wanted {
    from: u64,
    limit: Option<usize>,
    event_type: Option<String>,
    subject: Option<String>,
}

impl Wanted {
    fn read(query: &Query, headers: &HeaderMap) -> Result<Self, Problem> {
        query.only(&["after", "limit", "type", "subject"])?;
        let after = query.get::<u64>("after", "a position")?;
        // An event stream that was cut off resumes behind the last position it delivered.
        let last = headers
            .get("last-event-id")
            .and_then(|value| value.to_str().ok());
        let last = last.and_then(|text| text.trim().parse::<u64>().ok());
        let limit = query.get::<usize>("limit", "a number from 1 on")?;
        if limit == Some(0) {
            return Err(Problem::parameter("limit", "0 is not a number from 1 on"));
        }
        let event_type = query.text("type").map(known_type).transpose()?;
        let subject = query.text("subject").map(known_subject).transpose()?;
        let from = last
            .or(after)
            .map_or(0, |position| position.saturating_add(1));
        Ok(Self {
            from,
            limit,
            event_type,
            subject,
        })
    }

    fn matches(&self, entry: &Entry) -> bool {
        if self.event_type.is_none() && self.subject.is_none() {
            return true;
        }
        let Ok(recorded) = Recorded::parse(&entry.bytes) else {
            return false;
        };
        self.event_type
            .as_ref()
            .is_none_or(|name| *name == recorded.event_type)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == recorded.subject)
    }

    /// One page and where the next begins.
    fn page(&self, store: &dyn EventStore) -> Result<(Vec<Entry>, Option<u64>), StoreError> {
        // A page may be shorter than what was asked for; `next` says that there is more.
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT).min(GREATEST_LIMIT);
        let mut found = Vec::new();
        match &self.subject {
            Some(subject) => {
                let size = store.size();
                let entries = store.read_subject(subject)?;
                let durable = |entry: &Entry| (self.from..size).contains(&entry.position);
                let mine = entries
                    .into_iter()
                    .filter(|entry| durable(entry) && self.matches(entry));
                found.extend(mine.take(limit + 1));
            }
            None => {
                let mut from = self.from;
                while found.len() <= limit {
                    let chunk = store.read(from, CHUNK.max(limit + 1))?;
                    let Some(last) = chunk.last() else { break };
                    from = last.position + 1;
                    found.extend(chunk.into_iter().filter(|entry| self.matches(entry)));
                }
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|entry| entry.position);
        Ok((found, next))
    }
}

fn known_type(name: &str) -> Result<String, Problem> {
    match event_type(name) {
        Some(known) => Ok(known.name.to_owned()),
        None => Err(Problem::parameter(
            "type",
            format!("unknown event type \"{name}\""),
        )),
    }
}

fn known_subject(text: &str) -> Result<String, Problem> {
    let subject: Subject = text
        .parse()
        .map_err(|detail: String| Problem::parameter("subject", detail))?;
    Ok(subject.to_string())
}

/// Chunks of durable entries from a position on; waits for more where `follow` is set.
fn chunks(
    app: Arc<App>,
    from: u64,
    follow: bool,
) -> impl Stream<Item = Result<Vec<Entry>, StoreError>> {
    let sizes = app.store.watch();
    stream::try_unfold(
        (app, from, sizes),
        move |(app, from, mut sizes)| async move {
            loop {
                sizes.borrow_and_update();
                let store = Arc::clone(&app.store);
                let read = tokio::task::spawn_blocking(move || store.read(from, CHUNK)).await;
                let entries = read.map_err(|error| gone(&error))??;
                if let Some(last) = entries.last() {
                    let next = last.position + 1;
                    return Ok(Some((entries, (app, next, sizes))));
                }
                if !follow || sizes.changed().await.is_err() {
                    return Ok(None);
                }
            }
        },
    )
}

fn lines(app: Arc<App>, wanted: Wanted) -> Response {
    let limit = wanted.limit.unwrap_or(usize::MAX);
    let lines = chunks(app, wanted.from, false)
        .map_ok(|entries| stream::iter(entries.into_iter().map(Ok::<_, StoreError>)))
        .try_flatten()
        .try_filter(move |entry| std::future::ready(wanted.matches(entry)))
        .take(limit)
        .map_ok(|entry| {
            let mut line = Vec::with_capacity(entry.bytes.len() + 1);
            line.extend_from_slice(&entry.bytes);
            line.push(b'\n');
            Bytes::from(line)
        });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON))];
    (kind, Body::from_stream(lines)).into_response()
}

fn follow(app: Arc<App>, wanted: Wanted) -> impl IntoResponse {
    let events = chunks(app, wanted.from, true)
        .map_ok(|entries| stream::iter(entries.into_iter().map(Ok::<_, StoreError>)))
        .try_flatten()
        .try_filter(move |entry| std::future::ready(wanted.matches(entry)))
        .map_ok(|entry| {
            let text = String::from_utf8_lossy(&entry.bytes).into_owned();
            SseEvent::default()
                .id(entry.position.to_string())
                .data(text)
        });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// CloudEvents 1.0 in structured form; extension names are lower case letters and digits.
fn cloud_event(source: &str, bytes: &[u8]) -> Option<Value> {
    let entry: Value = serde_json::from_slice(bytes).ok()?;
    Some(json!({
        "specversion": "1.0",
        "id": entry.get("id")?,
        "source": source,
        "type": format!("banso.{}", entry.get("type")?.as_str()?),
        "subject": entry.get("subject")?,
        "time": entry.get("recorded_at")?,
        "datacontenttype": "application/json",
        "data": entry.get("data")?,
        "occurredon": entry.get("occurred_on")?,
        "recordedby": entry.get("recorded_by")?,
        "sequence": format!("{:020}", entry.get("position")?.as_u64()?),
        "subjectversion": entry.get("version")?,
    }))
}

fn gone(error: &tokio::task::JoinError) -> StoreError {
    StoreError::Index {
        reason: error.to_string(),
    }
}
