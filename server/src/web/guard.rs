//! The one door: who calls, whether the table of routes lets them in, and what trace it leaves.
//!
//! Runs before every handler. A route that does not stand in the table is refused. Knows no
//! handler; what depends on whose thing it is (own or other's) is left to them.

use std::sync::Arc;
use std::time::Duration;

use axum::RequestPartsExt;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::Transport;
use super::origin::is_foreign;
use crate::access::routes::{self, Entry, Needs, Route, Trace};
use crate::access_log::Opened;
use crate::accounts::{Account, Holder, Scope, Session};
use crate::api::session_id;
use crate::app::App;
use crate::problem::Problem;

/// Paths that somebody with an initial password may use before changing it.
const BEFORE_CHANGE: [&str; 3] = ["/password", "/logout", "/assets/style.css"];

/// A caller that was recognised.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) account: Account,
    pub(crate) via: Via,
}

/// What a caller showed.
#[derive(Clone, Debug)]
pub(crate) enum Via {
    /// An access token.
    Token(Scope),
    /// A session's cookie.
    Session {
        /// The session's id in lists.
        id: String,
        /// It began with an initial password that is still in use.
        must_change: bool,
        /// What the token it began with may be used for.
        scope: Scope,
    },
}

/// Lets a request through to its handler, or answers it.
pub(crate) async fn guarded(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let trace = match admit(&app, &mut parts) {
        Ok(Some((route, account))) if route.trace != Trace::None => {
            Some((route.trace, account, opened_id(&mut parts).await))
        }
        Ok(_) => None,
        Err(answer) => return *answer,
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some((trace, Some(account), id)) = trace
        && response.status().is_success()
    {
        app.access_log
            .note(app.clock.now(), &account, Opened::of(trace, id));
    }
    response
}

type Admitted = Option<(&'static Route, Option<Account>)>;

fn admit(app: &App, parts: &mut Parts) -> Result<Admitted, Box<Response>> {
    if is_foreign(&parts.method, &parts.headers) {
        return Err(answer(Problem::forbidden(
            "the request comes from another site",
        )));
    }
    let who = identify(&parts.headers, app);
    if who.is_none() {
        let showed = parts.headers.contains_key(header::AUTHORIZATION)
            || session_id(&parts.headers).is_some();
        let address = Transport::of(&parts.extensions).address;
        app.limits
            .count(address, showed)
            .map_err(|wait| Box::new(too_many(wait)))?;
    }
    let Some(path) = parts.extensions.get::<MatchedPath>().cloned() else {
        return Ok(None);
    };
    let route = match routes::find(parts.method.as_str(), path.as_str()) {
        Entry::Found(route) => route,
        Entry::OtherMethod => return Ok(None),
        Entry::Missing => {
            let path = path.as_str();
            return Err(answer(Problem::forbidden(format!(
                "{path} has no entry in the table of routes"
            ))));
        }
    };
    check(route, who.as_ref(), parts).map_err(Box::new)?;
    let account = who.as_ref().map(|who| who.account.clone());
    if let Some(who) = who {
        parts.extensions.insert(who);
    }
    Ok(Some((route, account)))
}

fn check(route: &Route, who: Option<&Identity>, parts: &Parts) -> Result<(), Response> {
    let Some(who) = who else {
        return match route.needs {
            Needs::Nothing => Ok(()),
            _ => Err(Problem::unauthorized().into_response()),
        };
    };
    let role = who.account.role;
    if let Via::Session {
        must_change: true, ..
    } = who.via
        && route.needs != Needs::Nothing
        && !BEFORE_CHANGE.contains(&route.path)
    {
        return Err(match wants_page(parts) {
            true => Redirect::to("/password").into_response(),
            false => Problem::forbidden("change the initial password first").into_response(),
        });
    }
    if !route.needs.admits(Some(role)) {
        let detail = format!("the role {} may not do this", role.name());
        return Err(Problem::forbidden(detail).into_response());
    }
    let (Via::Token(scope) | Via::Session { scope, .. }) = who.via;
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let within = match scope {
        Scope::Full => true,
        Scope::Read => reads || route.needs == Needs::Nothing,
        Scope::Append => route.needs == Needs::Nothing || (!reads && route.path == "/v1/events"),
    };
    if within {
        Ok(())
    } else {
        Err(Problem::forbidden("the token's scope does not reach this").into_response())
    }
}

/// Who shows a valid token or cookie.
pub(crate) fn identify(headers: &HeaderMap, app: &App) -> Option<Identity> {
    let now = app.clock.now();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let found = app.accounts.find(token.trim(), now)?;
        return Some(Identity {
            account: found.account,
            via: Via::Token(found.scope),
        });
    }
    let session = app.sessions.find(&session_id(headers)?, now)?;
    holder(&session, app)
}

/// What the holder of a session may do now: a role that changed or an account that was revoked
/// counts from the next request on.
fn holder(session: &Session, app: &App) -> Option<Identity> {
    let id = session.id().to_owned();
    match &session.holder {
        Holder::Person(staff) => {
            let person = app.people.by_staff(*staff)?;
            let via = Via::Session {
                id,
                must_change: person.must_change,
                scope: Scope::Full,
            };
            Some(Identity {
                account: person.account(),
                via,
            })
        }
        // The provider vouches for the person; an initial password here is not what was shown.
        Holder::Organisation(staff) => {
            let person = app.people.by_staff(*staff)?;
            let via = Via::Session {
                id,
                must_change: false,
                scope: Scope::Full,
            };
            Some(Identity {
                account: person.account(),
                via,
            })
        }
        Holder::Token(token) => {
            let found = app.accounts.by_id(token, app.clock.now())?;
            let via = Via::Session {
                id,
                must_change: false,
                scope: found.scope,
            };
            Some(Identity {
                account: found.account,
                via,
            })
        }
    }
}

fn wants_page(parts: &Parts) -> bool {
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

async fn opened_id(parts: &mut Parts) -> Option<String> {
    let params = parts.extract::<RawPathParams>().await.ok()?;
    params
        .iter()
        .find(|(name, _)| *name == "id")
        .map(|(_, value)| value.to_owned())
}

/// 429 with how long to wait.
pub(crate) fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let detail = format!("too many requests; try again in {seconds} seconds");
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[allow(
    clippy::unnecessary_box_returns,
    reason = "an answer is long for an error"
)]
fn answer(problem: Problem) -> Box<Response> {
    Box::new(problem.into_response())
}
