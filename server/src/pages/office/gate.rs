//! Who may see a page of the office, and what somebody else is told instead, in Japanese.
//!
//! Asks `access` for the rights; knows no page.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use banso_core::calendar::jst_date;
use banso_core::event::event_type;
use banso_core::intake;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Right, may, may_append};
use crate::accounts::Account;
use crate::api::Visitor;
use crate::app::App;
use crate::ja;
use crate::pages::{Frame, page};
use crate::problem::Problem;
use crate::recorder::{Author, Refusal};
use banso_core::subject::SubjectKind;

/// The subject of everything that the office records.
const PROGRAMME: &str = "programme/plan";

/// What a page answers.
pub(super) type Answer = Result<Response, Turned>;

/// Why somebody does not get the page.
pub(super) enum Turned {
    /// Has to log in first.
    Login,
    /// Gets this answer instead.
    Told(Box<Response>),
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Login => Problem::unauthorized().into_response(),
            Self::Told(response) => *response,
        }
    }
}

#[derive(Template)]
#[template(path = "office/told.html")]
struct Told {
    frame: Frame,
    title: &'static str,
    text: String,
    back: String,
}

impl From<Problem> for Turned {
    /// The outermost layer says it in Japanese where a person asked.
    fn from(problem: Problem) -> Self {
        Self::Told(Box::new(problem.into_response()))
    }
}

/// A page that says one thing and leads back.
pub(super) fn told(
    frame: Frame,
    status: StatusCode,
    title: &'static str,
    text: String,
    back: &str,
) -> Turned {
    let told = Told {
        frame,
        title,
        text,
        back: back.to_owned(),
    };
    Turned::Told(Box::new(page(status, &told)))
}

/// Somebody who may read numbers, evidence and proofs.
pub(super) fn reader(app: &App, visitor: Visitor) -> Result<Account, Turned> {
    let account = visitor.0.ok_or(Turned::Login)?;
    if may(account.role, Right::ReadLedger) {
        return Ok(account);
    }
    Err(forbidden(app, account))
}

/// Somebody who may record an event of the programme; the event's name decides.
pub(super) fn recorder_of(app: &App, visitor: Visitor, name: &str) -> Result<Account, Turned> {
    let account = visitor.0.ok_or(Turned::Login)?;
    if allowed(&account, name) {
        return Ok(account);
    }
    Err(forbidden(app, account))
}

/// Whether an account may record an event of the programme.
pub(super) fn allowed(account: &Account, name: &str) -> bool {
    event_type(name).is_some_and(|known| may_append(account.role, known, SubjectKind::Programme))
}

fn forbidden(app: &App, account: Account) -> Turned {
    let text = format!(
        "{}の権限では、このページをご覧いただけません。",
        account.role.label()
    );
    let frame = Frame::new(app, Some(account));
    told(frame, StatusCode::FORBIDDEN, ja::status(403), text, "/")
}

/// Records an event of the programme today, then leads to a page.
pub(super) async fn record(
    app: &Arc<App>,
    account: &Account,
    name: &str,
    data: Value,
    then: &str,
) -> Answer {
    let today = jst_date(app.clock.now());
    let event = json!({"id": Uuid::now_v7(), "type": name, "subject": PROGRAMME,
        "occurred_on": today, "data": data, "source": "pc"});
    let refused = match intake::read(&event) {
        Err(errors) => Refusal::Fields(errors),
        Ok(new) => match app.recorder.record(&Author::from(account), new).await {
            Ok(_) => return Ok(Redirect::to(then).into_response()),
            Err(refusal) => refusal,
        },
    };
    let (title, text) = match &refused {
        Refusal::Rule(rejection) => (
            ja::rule(rejection.rule),
            "台帳には何も記録していません。内容をご確認ください。",
        ),
        Refusal::Fields(_) => (
            "入力に誤りがあります",
            "入力されていない項目、または正しくない値があります。台帳には何も記録していません。",
        ),
        Refusal::Forbidden(_) => (
            ja::status(403),
            "この記録は、ほかの役割の方が行うものです。",
        ),
        _ => (
            ja::status(503),
            "台帳には何も記録していません。しばらくしてからもう一度お試しください。",
        ),
    };
    let status = StatusCode::from_u16(Problem::from(refused).status)
        .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    Err(told(
        Frame::new(app, Some(account.clone())),
        status,
        title,
        text.to_owned(),
        then,
    ))
}
