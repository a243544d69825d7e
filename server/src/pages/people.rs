//! The manager's pages: accounts, and who opened what.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::account::shown;
use super::{Frame, page};
use crate::access::Role;
use crate::accounts::Account;
use crate::api::{Caller, Query, newest};
use crate::app::App;
use crate::problem::Problem;
use crate::recorder::Author;
use crate::staffing::{self, NewAccount, StaffError};

/// Traces on one page.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Accounts {
    frame: Frame,
    fault: Option<String>,
    /// Login name and initial password, shown this once.
    initial: Option<(String, String)>,
    roles: Vec<(&'static str, &'static str)>,
    /// Accounts of the organisation may log in too.
    organisation: bool,
    people: Vec<Row>,
}

struct Row {
    staff: Uuid,
    login: String,
    name: String,
    role: &'static str,
    since: String,
    left: Option<String>,
    must_change: bool,
    /// The linked account of the organisation.
    subject: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    login: String,
    name: String,
    role: Role,
}

fn render(
    app: &App,
    caller: Caller,
    status: StatusCode,
    fault: Option<String>,
    initial: Option<(String, String)>,
) -> Response {
    let people = app.people.list().into_iter().map(|person| Row {
        staff: person.staff,
        role: person.role.label(),
        since: shown(person.created_at),
        left: person.left_at.map(shown),
        must_change: person.must_change,
        subject: person.link.map(|link| link.subject).unwrap_or_default(),
        login: person.login,
        name: person.name,
    });
    let accounts = Accounts {
        fault,
        initial,
        organisation: app.oidc.get().is_some(),
        roles: Role::ALL.map(|role| (role.name(), role.label())).to_vec(),
        people: people.collect(),
        frame: Frame::new(app, Some(caller.0)),
    };
    page(status, &accounts)
}

fn refused(app: &App, caller: Caller, error: &StaffError) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    render(app, caller, status, Some(error.to_string()), None)
}

pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Response {
    render(&app, caller, StatusCode::OK, None, None)
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Form(given): Form<Given>,
) -> Response {
    let account = Account {
        staff: Uuid::now_v7(),
        role: given.role,
        name: given.name,
    };
    let login = given.login.clone();
    let new = NewAccount {
        account,
        login: given.login,
        password: None,
    };
    match staffing::join(&app, &Author::from(&caller.0), new).await {
        Ok(initial) => {
            let initial = initial.map(|password| (login, password));
            render(&app, caller, StatusCode::CREATED, None, initial)
        }
        Err(error) => refused(&app, caller, &error),
    }
}

pub(super) async fn reset_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(staff): Path<Uuid>,
) -> Response {
    let login = app
        .people
        .by_staff(staff)
        .map(|person| person.login)
        .unwrap_or_default();
    match staffing::reset_password(&app, staff).await {
        Ok(initial) => render(&app, caller, StatusCode::OK, None, Some((login, initial))),
        Err(error) => refused(&app, caller, &error),
    }
}

/// What the form of a link sends; empty = no link.
#[derive(Deserialize)]
pub(super) struct GivenLink {
    subject: String,
}

pub(super) async fn link(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(staff): Path<Uuid>,
    Form(given): Form<GivenLink>,
) -> Response {
    match staffing::link(&app, staff, Some(given.subject)) {
        Ok(()) => Redirect::to("/accounts").into_response(),
        Err(error) => refused(&app, caller, &error),
    }
}

pub(super) async fn leave(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(staff): Path<Uuid>,
) -> Response {
    match staffing::leave(&app, &Author::from(&caller.0), staff).await {
        Ok(()) => Redirect::to("/accounts").into_response(),
        Err(error) => refused(&app, caller, &error),
    }
}

#[derive(Template)]
#[template(path = "access_log.html")]
struct Traces {
    frame: Frame,
    rows: Vec<TraceRow>,
}

struct TraceRow {
    at: String,
    who: String,
    role: &'static str,
    opened: String,
}

pub(super) async fn access_log(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["staff", "business", "case", "since"])?;
    let found = newest(&app, &query, SHOWN).await?;
    let mut names: HashMap<Uuid, String> = HashMap::new();
    names.extend(
        app.accounts
            .list()
            .into_iter()
            .map(|token| (token.account.staff, token.account.name)),
    );
    names.extend(
        app.people
            .list()
            .into_iter()
            .map(|person| (person.staff, person.name)),
    );
    let rows = found.into_iter().map(|access| TraceRow {
        at: shown(access.at),
        who: names
            .get(&access.staff)
            .cloned()
            .unwrap_or_else(|| access.staff.to_string()),
        role: access.role.label(),
        opened: what(&access.opened),
    });
    let rows = rows.collect();
    Ok(page(
        StatusCode::OK,
        &Traces {
            frame: Frame::new(&app, Some(caller.0)),
            rows,
        },
    ))
}

fn what(opened: &str) -> String {
    match opened.split_once('/') {
        Some(("business", id)) => format!("事業者 {id}"),
        Some(("case", id)) => format!("案件 {id}"),
        _ => "一覧".to_owned(),
    }
}
