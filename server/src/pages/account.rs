//! What a person does for themself: see and end their sessions, change their password.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::login::{From, welcome};
use super::{Frame, page};
use crate::access::{Right, may};
use crate::accounts::{PersonError, Who};
use crate::api::{Caller, end_own_or_any};
use crate::app::App;
use crate::problem::Problem;
use crate::staffing::blocking;
use crate::web::{Identity, Via, guard::too_many};

#[derive(Template)]
#[template(path = "account.html")]
struct Overview {
    frame: Frame,
    has_password: bool,
    manages: bool,
    sessions: Vec<Row>,
}

struct Row {
    id: String,
    begun: String,
    expires: String,
    device: String,
    current: bool,
}

/// An instant as people in Japan read it.
pub(super) fn shown(at: chrono::DateTime<chrono::Utc>) -> String {
    let japan = chrono::FixedOffset::east_opt(9 * 3600);
    let at = japan.map(|japan| at.with_timezone(&japan));
    at.map(|at| at.format("%Y年%-m月%-d日 %-H時%M分").to_string())
        .unwrap_or_default()
}

pub(super) async fn overview(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
) -> Response {
    let current = match &who.via {
        Via::Session { id, .. } => id.clone(),
        Via::Token(_) => String::new(),
    };
    let sessions = app.sessions.list(app.clock.now());
    let mine = sessions
        .iter()
        .filter(|session| session.staff == who.account.staff);
    let overview = Overview {
        has_password: app.people.by_staff(who.account.staff).is_some(),
        manages: may(who.account.role, Right::ManageAccounts),
        sessions: mine
            .map(|session| Row {
                id: session.id().to_owned(),
                begun: shown(session.begun_at),
                expires: shown(session.expires_at),
                device: session.device.clone(),
                current: session.id() == current,
            })
            .collect(),
        frame: Frame::new(&app, Some(who.account)),
    };
    page(StatusCode::OK, &overview)
}

pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    end_own_or_any(&app, &caller.0, &id)?;
    Ok(Redirect::to("/account"))
}

#[derive(Template)]
#[template(path = "password.html")]
struct Password {
    frame: Frame,
    forced: bool,
    fault: Option<&'static str>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    current: String,
    password: String,
    again: String,
}

fn forced(who: &Identity) -> bool {
    matches!(
        who.via,
        Via::Session {
            must_change: true,
            ..
        }
    )
}

pub(super) async fn password_form(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
) -> Response {
    let forced = forced(&who);
    let frame = Frame::new(&app, Some(who.account));
    page(
        StatusCode::OK,
        &Password {
            frame,
            forced,
            fault: None,
        },
    )
}

pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    from: From,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let staff = who.account.staff;
    let fault = match change(&app, &who, &from, given).await {
        Ok(()) => {
            // Whoever knew the old password is out, on every device.
            if let Err(error) = app.sessions.end(|session| session.staff == staff) {
                tracing::error!(%error, "the sessions could not be ended");
            }
            return match app.people.by_staff(staff) {
                Some(person) => welcome(&app, &headers, from.0, &person, ""),
                None => Redirect::to("/login").into_response(),
            };
        }
        Err(Fault::Form(fault)) => fault,
        Err(Fault::Answer(answer)) => return *answer,
    };
    let forced = forced(&who);
    let frame = Frame::new(&app, Some(who.account));
    let form = Password {
        frame,
        forced,
        fault: Some(fault),
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &form)
}

enum Fault {
    Form(&'static str),
    Answer(Box<Response>),
}

async fn change(app: &Arc<App>, who: &Identity, from: &From, given: Given) -> Result<(), Fault> {
    let staff = who.account.staff;
    let nobody = "このアカウントにはパスワードがありません。";
    let person = app.people.by_staff(staff).ok_or(Fault::Form(nobody))?;
    if given.password != given.again {
        return Err(Fault::Form("2回入力したパスワードが一致しません。"));
    }
    if given.password == given.current {
        return Err(Fault::Form("いまと違うパスワードにしてください。"));
    }
    // A stolen session must not become a place to guess the password.
    let device = Some(format!("session of {staff}"));
    let trying = Who {
        login: person.login.clone(),
        address: from.0.address,
        device,
    };
    let full = |wait| Fault::Answer(Box::new(too_many(wait)));
    app.login.enter(&trying, Instant::now()).map_err(full)?;
    let _place = app.login.hashing.acquire().await;
    let people = Arc::clone(&app.people);
    let changed = blocking(move || {
        if people.verified(&person.login, &given.current).is_none() {
            return Err(PersonError::Refused("現在のパスワードが正しくありません。"));
        }
        people
            .set_password(staff, Some(&given.password))
            .map(|_| ())
    });
    match changed.await {
        Ok(Ok(())) => {
            app.login.was_right(&trying);
            Ok(())
        }
        Ok(Err(PersonError::Refused(why))) => Err(Fault::Form(why)),
        _ => Err(Fault::Form("いま変更できません。もう一度お試しください。")),
    }
}
