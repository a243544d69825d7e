//! The pages: one structure and one template each, over the same data as the routes.
//!
//! Knows no rule and no count. Templates escape every value.

mod account;
mod advisor;
mod home;
mod login;
mod navigation;
mod office;
mod oidc;
mod people;
mod setup;
mod told;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::access::{Right, may};
use crate::accounts::Account;
use crate::app::App;
use crate::problem::Problem;
use crate::web::visit;

use self::navigation::Navigation;
pub(crate) use self::told::told;

/// What every page shows around its own part.
pub(crate) struct Frame {
    account: Option<Account>,
    demo: bool,
    /// The path of the page that was asked for.
    path: String,
}

impl Frame {
    fn new(app: &App, account: Option<Account>) -> Self {
        Self {
            account,
            demo: app.demo,
            path: visit::path(),
        }
    }

    /// What whoever is logged in may go to from here.
    fn navigation(&self) -> Navigation {
        self.account
            .as_ref()
            .map_or_else(Navigation::default, |account| {
                Navigation::new(account.role, &self.path)
            })
    }

    /// Cases and personal fields may be shown.
    fn reads_cases(&self) -> bool {
        self.account
            .as_ref()
            .is_some_and(|account| may(account.role, Right::ReadCases))
    }

    /// Whose unsent records this page may send; empty for nobody.
    fn staff(&self) -> String {
        self.account
            .as_ref()
            .map(|account| account.staff.to_string())
            .unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    frame: Frame,
    title: &'static str,
    text: String,
}

/// Every page's route.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home::home))
        .route("/login", get(login::form).post(login::begin))
        .route("/logout", post(login::end))
        .route("/oidc/start", get(oidc::start))
        .route("/oidc/callback", get(oidc::callback))
        .route("/setup", get(setup::form).post(setup::make))
        .route(
            "/password",
            get(account::password_form).post(account::change_password),
        )
        .route("/account", get(account::overview))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/accounts", get(people::list).post(people::create))
        .route("/accounts/{id}/password", post(people::reset_password))
        .route("/accounts/{id}/link", post(people::link))
        .route("/accounts/{id}/leave", post(people::leave))
        .route("/access-log", get(people::access_log))
        .merge(advisor::routes())
        .route(
            "/assets/style.css",
            get(|| {
                asset(
                    include_str!("../assets/style.css"),
                    "text/css; charset=utf-8",
                )
            }),
        )
        .route(
            "/assets/print.css",
            get(|| {
                asset(
                    include_str!("../assets/print.css"),
                    "text/css; charset=utf-8",
                )
            }),
        )
        .route(
            "/assets/icon.svg",
            get(|| asset(include_str!("../assets/icon.svg"), "image/svg+xml")),
        )
        .merge(office::routes())
}

#[allow(clippy::unused_async, reason = "a handler is async")]
async fn asset(text: &'static str, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=600"),
        ),
    ];
    (headers, text).into_response()
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "see the server's log").into_response()
        }
    }
}
