//! Logging in with an access token; the browser then holds a session cookie only.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, page};
use crate::api::{COOKIE, Visitor, session_id};
use crate::app::App;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    frame: Frame,
    failed: bool,
}

#[derive(Deserialize)]
pub(super) struct Given {
    token: String,
}

pub(super) async fn form(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    page(
        StatusCode::OK,
        &Login {
            frame: Frame::new(&app, visitor.0),
            failed: false,
        },
    )
}

pub(super) async fn begin(State(app): State<Arc<App>>, Form(given): Form<Given>) -> Response {
    let account = app.accounts.find(given.token.trim());
    let Some(id) = account.and_then(|account| app.begin_session(account)) else {
        let login = Login {
            frame: Frame::new(&app, None),
            failed: true,
        };
        return page(StatusCode::UNAUTHORIZED, &login);
    };
    with_cookie(&format!(
        "{COOKIE}={id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"
    ))
}

pub(super) async fn end(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(id) = session_id(&headers) {
        app.end_session(&id);
    }
    with_cookie(&format!(
        "{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"
    ))
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
