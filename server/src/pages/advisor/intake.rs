//! From a form to entries, through the same intake and rules as any other request.
//!
//! A form carries its id (UUIDv7, made in the browser where scripts run), so that sending it again
//! counts once. The queue of a browser gets JSON, everybody else a page or a redirect.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use banso_core::event::Field;
use banso_core::intake;
use banso_core::json::Object;
use serde_json::{Value, json};
use uuid::Uuid;

use super::given::{Given, day};
use super::wants_json;
use super::words::{Trouble, faults_of};
use crate::accounts::Account;
use crate::app::App;
use crate::recorder::Author;

/// One event that a form asks for.
pub(super) struct Wish<'a> {
    pub(super) id: Uuid,
    pub(super) event_type: &'a str,
    pub(super) subject: String,
    pub(super) data: Object,
    /// Fields of its type, for the words beside them.
    pub(super) fields: &'a [Field],
}

/// What of a form was recorded.
#[derive(Default)]
pub(super) struct Done {
    pub(super) positions: Vec<u64>,
}

/// Records the events of a form in order; faults of all are named before any is recorded.
///
/// A later one may be refused by a rule after earlier ones were recorded: those stand, and sending
/// the form again finds them by their ids.
pub(super) async fn record(
    app: &App,
    account: &Account,
    given: &Given,
    wishes: Vec<Wish<'_>>,
) -> Result<Done, (Done, Trouble)> {
    let author = Author::from(account);
    let mut events = Vec::new();
    let mut faults = Vec::new();
    for (at, wish) in wishes.iter().enumerate() {
        match intake::read(&event(given, wish, at == 0)) {
            Ok(new) => events.push(new),
            Err(errors) => faults.extend(faults_of(&errors, wish.fields)),
        }
    }
    let mut done = Done::default();
    if !faults.is_empty() {
        faults.dedup_by(|a, b| a.name == b.name);
        return Err((done, Trouble::faults(faults)));
    }
    for (new, wish) in events.into_iter().zip(&wishes) {
        match app.recorder.record(&author, new).await {
            Ok(recording) => {
                if !recording.replayed {
                    app.metrics.recorded();
                }
                done.positions.push(recording.appended.position);
            }
            Err(refusal) => {
                let trouble = Trouble::of(app, refusal, wish.fields);
                return Err((done, trouble));
            }
        }
    }
    Ok(done)
}

fn event(given: &Given, wish: &Wish<'_>, first: bool) -> Value {
    let mut event = json!({"id": wish.id, "type": wish.event_type, "subject": wish.subject,
        "occurred_on": given.text("occurred_on").map(day).unwrap_or_default(),
        "data": wish.data, "source": source(given)});
    if event["occurred_on"] == "" {
        event["occurred_on"] = Value::Null;
    }
    let expected = given
        .text("expected_version")
        .and_then(|text| text.parse::<u64>().ok());
    if let Some(version) = expected.filter(|_| first) {
        event["expected_version"] = json!(version);
    }
    event
}

fn source(given: &Given) -> &'static str {
    match given.text("source") {
        Some("phone") => "phone",
        _ => "pc",
    }
}

/// The id of a form; one of the server's where the browser brought none.
pub(super) fn id_of(given: &Given) -> Uuid {
    given
        .text("id")
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(Uuid::now_v7)
}

/// Where to go after a form was taken.
pub(super) fn accepted(headers: &HeaderMap, given: &Given, done: &Done, to: &str) -> Response {
    let mark = if to.contains('?') { '&' } else { '?' };
    let first = done.positions.first().copied().unwrap_or_default();
    let to = format!("{to}{mark}recorded={first}&sent={}", id_of(given));
    if wants_json(headers) {
        return axum::Json(json!({"location": to, "positions": done.positions})).into_response();
    }
    Redirect::to(&to).into_response()
}

/// How a refusal reaches the queue of a browser; none for a form, which shows it itself.
pub(super) fn refused(headers: &HeaderMap, trouble: &Trouble) -> Option<Response> {
    let status = status_of(trouble);
    wants_json(headers).then(|| (status, axum::Json(json!(trouble))).into_response())
}

pub(super) fn status_of(trouble: &Trouble) -> StatusCode {
    StatusCode::from_u16(trouble.status).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Whether a form came from a narrow screen, as the browser says of itself.
pub(super) fn source_of(headers: &HeaderMap) -> &'static str {
    let agent = headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok());
    if agent.is_some_and(|agent| agent.contains("Mobile")) {
        "phone"
    } else {
        "pc"
    }
}
