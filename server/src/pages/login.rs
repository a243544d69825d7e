//! Logging in with a login name and a password, or with an access token; the browser then holds a
//! session cookie only. Wrong name, wrong password and revoked account look alike.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use serde::Deserialize;

use super::told::is_local;
use super::{Frame, page};
use crate::access::Role;
use crate::accounts::{Account, DEVICE_LASTS, Holder, LASTS, Person, Who, login_key};
use crate::api::{COOKIE, Query, Visitor, cookie, session_id};
use crate::app::App;
use crate::problem::Problem;
use crate::web::{Transport, guard::too_many};

/// The cookie of a device on which somebody has logged in before.
const DEVICE: &str = "banso_device";

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    frame: Frame,
    /// Accounts of the organisation may log in too.
    organisation: bool,
    failed: bool,
    wait: Option<u64>,
    /// The page to go to afterwards; empty for the role's own.
    next: String,
}

fn login_page(
    app: &App,
    account: Option<Account>,
    status: StatusCode,
    wait: Option<u64>,
    next: String,
) -> Response {
    let login = Login {
        frame: Frame::new(app, account),
        organisation: app.oidc.get().is_some(),
        failed: status == StatusCode::UNAUTHORIZED,
        wait,
        next,
    };
    page(status, &login)
}

/// What the form sends: a token, or a name and a password.
#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    token: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn form(State(app): State<Arc<App>>, visitor: Visitor, query: Query) -> Response {
    let next = query.text("next").filter(|next| is_local(next));
    let next = next.unwrap_or_default().to_owned();
    login_page(&app, visitor.0, StatusCode::OK, None, next)
}

/// Where the request came from and whether on an encrypted way.
pub(super) struct From(pub(super) Transport);

impl<S: Sync> axum::extract::FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self(Transport::of(&parts.extensions)))
    }
}

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    from: From,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let token = given.token.trim();
    if !token.is_empty() {
        return match app.accounts.find(token, app.clock.now()) {
            Some(found) => {
                let holder = Holder::Token(found.id);
                started(
                    &app,
                    &headers,
                    from.0,
                    holder,
                    &found.account,
                    None,
                    &given.next,
                )
            }
            None => refused(&app, given.next),
        };
    }
    match person(&app, from.0, &headers, &given).await {
        Ok(Some(person)) => welcome(&app, &headers, from.0, &person, &given.next),
        Ok(None) => refused(&app, given.next),
        Err(answer) => answer,
    }
}

/// Who has this name and password; an answer where too many were tried.
async fn person(
    app: &Arc<App>,
    from: Transport,
    headers: &HeaderMap,
    given: &Given,
) -> Result<Option<Person>, Response> {
    let now = app.clock.now();
    let login = login_key(&given.login);
    let device = cookie(headers, DEVICE).filter(|device| {
        let staff = app.sessions.device_of(device, now);
        let person = staff.and_then(|staff| app.people.by_staff(staff));
        person.is_some_and(|person| person.login == login)
    });
    let who = Who {
        login,
        address: from.address,
        device,
    };
    if let Err(wait) = app.login.enter(&who, Instant::now()) {
        let mut answer = too_many(wait);
        let wait = Some(wait.as_secs() + 1);
        let next = given.next.clone();
        let mut shown = login_page(app, None, StatusCode::TOO_MANY_REQUESTS, wait, next);
        let retry = answer.headers_mut().remove(header::RETRY_AFTER);
        shown
            .headers_mut()
            .extend(retry.map(|value| (header::RETRY_AFTER, value)));
        return Err(shown);
    }
    let _place = app.login.hashing.acquire().await;
    let people = Arc::clone(&app.people);
    let (name, password) = (given.login.clone(), given.password.clone());
    let verified = tokio::task::spawn_blocking(move || people.verified(&name, &password)).await;
    let person = verified.ok().flatten();
    if person.is_some() {
        app.login.was_right(&who);
    }
    Ok(person)
}

/// Begins a person's session and remembers the device.
pub(super) fn welcome(
    app: &App,
    headers: &HeaderMap,
    from: Transport,
    person: &Person,
    next: &str,
) -> Response {
    let device = app.sessions.remember(person.staff, app.clock.now()).ok();
    started(
        app,
        headers,
        from,
        Holder::Person(person.staff),
        &person.account(),
        device,
        next,
    )
}

fn started(
    app: &App,
    headers: &HeaderMap,
    from: Transport,
    holder: Holder,
    account: &Account,
    device: Option<String>,
    next: &str,
) -> Response {
    match session(app, headers, holder, account.staff) {
        Ok(secret) => {
            let to = if is_local(next) {
                next
            } else {
                first_page(account.role)
            };
            let mut answer = Redirect::to(to).into_response();
            set_cookie(&mut answer, COOKIE, &secret, LASTS, from);
            if let Some(device) = device {
                set_cookie(&mut answer, DEVICE, &device, DEVICE_LASTS, from);
            }
            answer
        }
        Err(answer) => *answer,
    }
}

/// What somebody of a role opens first in the morning.
pub(super) fn first_page(role: Role) -> &'static str {
    match role {
        Role::Advisor | Role::Clerk => "/today",
        Role::Manager => "/board",
        Role::Committee => "/evaluation",
    }
}

/// Begins a session in the place of the one that the browser shows; the cookie's value.
pub(super) fn session(
    app: &App,
    headers: &HeaderMap,
    holder: Holder,
    staff: uuid::Uuid,
) -> Result<String, Box<Response>> {
    // A session that was there before ends: its cookie may have been planted.
    if let Some(before) = session_id(headers) {
        let _ = app.sessions.end_cookie(&before);
    }
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let browser = browser.unwrap_or("不明").to_owned();
    let begun = app.sessions.begin(holder, staff, &browser, app.clock.now());
    begun.map_err(|error| {
        tracing::error!(%error, "a session could not begin");
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the session cannot be kept",
        );
        Box::new(problem.into_response())
    })
}

fn refused(app: &App, next: String) -> Response {
    login_page(app, None, StatusCode::UNAUTHORIZED, None, next)
}

pub(super) async fn end(State(app): State<Arc<App>>, from: From, headers: HeaderMap) -> Response {
    if let Some(id) = session_id(&headers)
        && let Err(error) = app.sessions.end_cookie(&id)
    {
        tracing::error!(%error, "a session could not be ended");
    }
    let mut answer = Redirect::to("/").into_response();
    set_cookie(&mut answer, COOKIE, "", TimeDelta::zero(), from.0);
    answer
}

pub(super) fn set_cookie(
    answer: &mut Response,
    name: &str,
    value: &str,
    age: TimeDelta,
    from: Transport,
) {
    let secure = if from.secure { "; Secure" } else { "" };
    let seconds = age.num_seconds();
    let text =
        format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    if let Ok(text) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, text);
    }
}
