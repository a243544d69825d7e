//! The first-run set-up: whoever has the link from the server's console makes the first account.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::login::{From, welcome};
use super::{Frame, Message, page};
use crate::access::Role;
use crate::accounts::Account;
use crate::api::Query;
use crate::app::App;
use crate::recorder::Author;
use crate::staffing::{self, NewAccount, StaffError};

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    frame: Frame,
    key: String,
    login: String,
    name: String,
    fault: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    key: String,
    login: String,
    name: String,
    password: String,
    again: String,
}

fn used_up(app: &App) -> Response {
    let frame = Frame::new(app, None);
    let title = "このリンクは使えません";
    let text = "登録用のリンクは一度だけ使えます。最初のアカウントがまだない場合は、サーバーを再起動すると新しいリンクが表示されます。".to_owned();
    page(StatusCode::FORBIDDEN, &Message { frame, title, text })
}

pub(super) async fn form(State(app): State<Arc<App>>, query: Query) -> Response {
    let key = query.text("key").unwrap_or_default().to_owned();
    if !app.setup.fits(&key) || !app.people.nobody() {
        return used_up(&app);
    }
    let frame = Frame::new(&app, None);
    let empty = String::new;
    page(
        StatusCode::OK,
        &Setup {
            frame,
            key,
            login: empty(),
            name: empty(),
            fault: None,
        },
    )
}

pub(super) async fn make(
    State(app): State<Arc<App>>,
    from: From,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !app.people.nobody() || !app.setup.take(&given.key) {
        return used_up(&app);
    }
    let fault = match first(&app, &given).await {
        Ok(staff) => match app.people.by_staff(staff) {
            Some(person) => return welcome(&app, &headers, from.0, &person, ""),
            None => return used_up(&app),
        },
        Err(StaffError::Form(why)) => why.to_owned(),
        Err(error) => {
            tracing::error!(%error, "the first account could not be made");
            "いま登録できません。サーバーの記録を確認してください。".to_owned()
        }
    };
    app.setup.put_back(&given.key);
    let (key, login, name) = (given.key, given.login, given.name);
    let frame = Frame::new(&app, None);
    let form = Setup {
        frame,
        key,
        login,
        name,
        fault: Some(fault),
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &form)
}

async fn first(app: &Arc<App>, given: &Given) -> Result<Uuid, StaffError> {
    if given.password != given.again {
        return Err(StaffError::Form("2回入力したパスワードが一致しません。"));
    }
    let staff = Uuid::now_v7();
    let account = Account {
        staff,
        role: Role::Manager,
        name: given.name.clone(),
    };
    let password = Some(given.password.clone());
    let new = NewAccount {
        account,
        login: given.login.clone(),
        password,
    };
    staffing::join(app, &Author::system(), new).await?;
    Ok(staff)
}
