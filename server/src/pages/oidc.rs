//! Logging in with an account of the organisation: the way to its provider and back.
//!
//! Only an account that a manager linked gets a session: somebody unknown is told so, and a role is
//! taken from the provider only where the operator named its claim. No address comes from the query.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::login::{From, session, set_cookie};
use super::{Frame, page};
use crate::accounts::{Account, Holder, LASTS, Link, Person};
use crate::api::{COOKIE, Query, cookie};
use crate::app::App;
use crate::oidc::{self, Claimed, Identified, Oidc, OidcError, Returned};
use crate::problem::Problem;
use crate::recorder::Author;
use crate::staffing;
use crate::web::Transport;

/// The cookie of a login on its way. Lax, because the way back begins at another site; it opens
/// nothing, and only `/oidc` gets it.
const FLOW: &str = "banso_oidc";

#[derive(Template)]
#[template(path = "oidc_told.html")]
struct Told {
    frame: Frame,
    welcome: bool,
    title: &'static str,
    text: &'static str,
    /// What an unknown person tells the manager.
    subject: Option<String>,
}

/// Why somebody who came back gets no session.
enum Refused {
    Provider(OidcError),
    Unknown { subject: String },
    Left,
    Role,
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    from: From,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let Some(provider) = app.oidc.get() else {
        return Err(Problem::not_found("no provider of accounts is configured"));
    };
    match provider.begin().await {
        Ok(departure) => {
            let mut answer = Redirect::to(&departure.url).into_response();
            let seconds = oidc::TIME.as_secs();
            set_flow(&mut answer, &departure.cookie, seconds, from.0);
            Ok(answer)
        }
        Err(error) => Ok(told(&app, &Refused::Provider(error))),
    }
}

pub(super) async fn callback(
    State(app): State<Arc<App>>,
    from: From,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let Some(provider) = app.oidc.get() else {
        return Err(Problem::not_found("no provider of accounts is configured"));
    };
    let text = |name: &str| query.text(name).map(str::to_owned);
    let returned = Returned {
        code: text("code"),
        state: text("state"),
        issuer: text("iss"),
        error: text("error"),
    };
    let flow = cookie(&headers, FLOW);
    let came = provider.finish(flow.as_deref(), returned).await;
    let entered = match came {
        Ok(who) => entered(&app, provider, who).await,
        Err(error) => Err(Refused::Provider(error)),
    };
    let mut answer = match entered {
        Ok(person) => welcome(&app, &headers, from.0, &person),
        Err(refused) => told(&app, &refused),
    };
    set_flow(&mut answer, "", 0, from.0);
    Ok(answer)
}

/// The account of somebody who showed who they are, in the role that counts from now on.
async fn entered(app: &App, provider: &Oidc, who: Identified) -> Result<Person, Refused> {
    let link = Link {
        issuer: provider.issuer().to_owned(),
        subject: who.subject,
    };
    let Some(person) = app.people.by_link(&link) else {
        let subject = link.subject;
        return Err(Refused::Unknown { subject });
    };
    if person.left_at.is_some() {
        return Err(Refused::Left);
    }
    let role = match who.role {
        Claimed::NotAsked => person.role,
        Claimed::Role(role) => role,
        Claimed::Unclear => return Err(Refused::Role),
    };
    if role != person.role {
        let changed = staffing::change_role(app, &Author::system(), person.staff, role).await;
        if let Err(error) = changed {
            tracing::warn!(%error, "a role that the provider claims could not be taken over");
            return Err(Refused::Role);
        }
    }
    app.people.by_staff(person.staff).ok_or(Refused::Left)
}

/// A page instead of a redirect: a browser that came from another site would follow a redirect
/// without the strict cookie that it has just got.
fn welcome(app: &App, headers: &HeaderMap, from: Transport, person: &Person) -> Response {
    let holder = Holder::Organisation(person.staff);
    let secret = match session(app, headers, holder, person.staff) {
        Ok(secret) => secret,
        Err(answer) => return *answer,
    };
    let told = Told {
        frame: Frame::new(app, Some(person.account())),
        welcome: true,
        title: "ログインしました",
        text: "最初のページへ移ります。",
        subject: None,
    };
    let mut answer = page(StatusCode::OK, &told);
    set_cookie(&mut answer, COOKIE, &secret, LASTS, from);
    answer
}

fn told(app: &App, refused: &Refused) -> Response {
    let (status, title, text) = match refused {
        Refused::Provider(OidcError::Refused(why)) => {
            tracing::warn!(
                why,
                "a login with an account of the organisation was refused"
            );
            (
                StatusCode::FORBIDDEN,
                "ログインできませんでした",
                "組織のアカウントを確認できませんでした。ログインのページから、もう一度お試しください。",
            )
        }
        Refused::Provider(error) => {
            tracing::error!(%error, "the provider of accounts does not answer as it should");
            (
                StatusCode::BAD_GATEWAY,
                "組織のアカウントをいま確認できません",
                "アカウントの提供元に接続できません。しばらく待つか、ログイン名とパスワードでログインしてください。",
            )
        }
        Refused::Unknown { .. } => (
            StatusCode::FORBIDDEN,
            "この組織アカウントは登録されていません",
            "伴走台帳を使うには、管理者による登録が必要です。次の番号を管理者に伝えてください。",
        ),
        Refused::Left => (
            StatusCode::FORBIDDEN,
            "このアカウントは無効になっています",
            "退職または無効化の記録があります。心当たりがなければ、管理者に確認してください。",
        ),
        Refused::Role => (
            StatusCode::FORBIDDEN,
            "役割を確認できません",
            "組織のアカウントの役割が、伴走台帳の役割の一つに定まりません。管理者に確認してください。",
        ),
    };
    let subject = match refused {
        Refused::Unknown { subject } => Some(subject.clone()),
        _ => None,
    };
    let told = Told {
        frame: Frame::new(app, None::<Account>),
        welcome: false,
        title,
        text,
        subject,
    };
    page(status, &told)
}

fn set_flow(answer: &mut Response, value: &str, seconds: u64, from: Transport) {
    let secure = if from.secure { "; Secure" } else { "" };
    let text =
        format!("{FLOW}={value}; HttpOnly; SameSite=Lax; Path=/oidc; Max-Age={seconds}{secure}");
    if let Ok(text) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, text);
    }
}
