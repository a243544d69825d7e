//! Accounts, sessions and tokens: made, listed, revoked. What a person does for themself in the
//! browser is in the pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Caller;
use super::query::Query;
use crate::access::{Right, Role, may};
use crate::accounts::{Account, Person, Session};
use crate::app::App;
use crate::problem::Problem;
use crate::recorder::Author;
use crate::staffing::{self, NewAccount, StaffError};
use crate::web::{Identity, Via};

impl From<StaffError> for Problem {
    fn from(error: StaffError) -> Self {
        match error {
            StaffError::Form(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, why),
            StaffError::Ledger(refusal) => refusal.into(),
            StaffError::File(error) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            StaffError::Unknown => Self::not_found("there is no such account"),
        }
    }
}

/// What an account is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// What is typed to log in.
    login: String,
    /// What the person is called.
    name: String,
    /// advisor, clerk, manager or committee.
    #[schema(value_type = String)]
    role: Role,
    /// A member of the staff that the ledger knows; a new one if absent.
    #[schema(value_type = Option<Uuid>)]
    staff: Option<Uuid>,
}

/// The account of the organisation that logs in too.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedLink {
    /// The `sub` of its tokens; null unlinks.
    subject: Option<String>,
}

/// A role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedRole {
    /// advisor, clerk, manager or committee.
    #[schema(value_type = String)]
    role: Role,
}

fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(value)| value).map_err(|error| {
        let status = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        // The body is not echoed: it may hold a name.
        Problem::new(
            status,
            "the body is not the JSON that is wanted; see /openapi.json",
        )
    })
}

fn uuid(text: &str) -> Result<Uuid, Problem> {
    text.parse()
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the id is not a UUID"))
}

fn shown(person: &Person) -> Value {
    json!({"staff": person.staff, "login": person.login, "name": person.name,
        "role": person.role, "must_change": person.must_change,
        "created_at": person.created_at, "left_at": person.left_at,
        "subject": person.link.as_ref().map(|link| &link.subject)})
}

/// アカウントの一覧を返します。
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, body = Object)))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let people = app.people.list();
    Json(json!({"accounts": people.iter().map(shown).collect::<Vec<_>>()}))
}

/// アカウントを作ります。初期パスワードはこの応答にだけ現れます。
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", security(("bearer" = [])),
    request_body = Wanted,
    responses((status = 201, description = "made; staff.registered is in the ledger", body = Object),
        (status = 400, description = "malformed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too long", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "login name taken or unusable", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the ledger takes no events", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Response, Problem> {
    let wanted = read(body)?;
    let staff = wanted.staff.unwrap_or_else(Uuid::now_v7);
    let account = Account {
        staff,
        role: wanted.role,
        name: wanted.name,
    };
    let new = NewAccount {
        account,
        login: wanted.login,
        password: None,
    };
    let initial = staffing::join(&app, &Author::from(&caller.0), new).await?;
    let answer = json!({"staff": staff, "initial_password": initial});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// アカウントを無効にします。セッションとトークンも無効になります。
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts", security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "revoked; staff.left is in the ledger"),
        (status = 400, description = "not an id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such account", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "the last manager stays", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the ledger takes no events", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn leave(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    staffing::leave(&app, &Author::from(&caller.0), uuid(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 役割を変えます。
#[utoipa::path(post, path = "/v1/accounts/{id}/role", tag = "accounts", security(("bearer" = [])),
    params(("id" = Uuid, Path)), request_body = WantedRole,
    responses((status = 204, description = "changed; staff.role_changed is in the ledger"),
        (status = 400, description = "malformed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such account", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too long", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "the last manager stays", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the ledger takes no events", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_role(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<Json<WantedRole>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let role = read(body)?.role;
    staffing::change_role(&app, &Author::from(&caller.0), uuid(&id)?, role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 初期パスワードを発行し直します。
#[utoipa::path(post, path = "/v1/accounts/{id}/password", tag = "accounts", security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "the sessions of the account have ended", body = Object),
        (status = 400, description = "not an id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such account", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the file failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset_password(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let initial = staffing::reset_password(&app, uuid(&id)?).await?;
    Ok(Json(json!({"initial_password": initial})))
}

/// アカウントを組織のアカウント（OpenID Connect の `sub`）と結び付けます。
#[utoipa::path(post, path = "/v1/accounts/{id}/link", tag = "accounts", security(("bearer" = [])),
    params(("id" = Uuid, Path)), request_body = WantedLink,
    responses((status = 204, description = "linked or unlinked"),
        (status = 400, description = "malformed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such account", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too long", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "no provider is configured, or another account is linked there", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the file failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn link(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Result<Json<WantedLink>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let subject = read(body)?.subject;
    staffing::link(&app, uuid(&id)?, subject)?;
    Ok(StatusCode::NO_CONTENT)
}

/// 自分のセッションの一覧を返します。管理者は `all=true` で全員の一覧を見られます。
#[utoipa::path(get, path = "/v1/sessions", tag = "accounts", security(("bearer" = [])),
    params(("all" = Option<bool>, Query, description = "those of others too; for managers")),
    responses((status = 200, body = Object),
        (status = 400, description = "a faulty parameter", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn sessions(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    query.only(&["all"])?;
    let all = query.get::<bool>("all", "true or false")?.unwrap_or(false);
    if all && !may(who.account.role, Right::ManageAccounts) {
        return Err(Problem::forbidden(
            "only a manager sees the sessions of others",
        ));
    }
    let current = match &who.via {
        Via::Session { id, .. } => Some(id.as_str()),
        Via::Token(_) => None,
    };
    let sessions: Vec<_> = app
        .sessions
        .list(app.clock.now())
        .iter()
        .filter(|session| all || session.staff == who.account.staff)
        .map(|session| {
            json!({"id": session.id(), "staff": session.staff, "begun_at": session.begun_at,
                "expires_at": session.expires_at, "device": session.device,
                "current": Some(session.id()) == current})
        })
        .collect();
    Ok(Json(json!({"sessions": sessions})))
}

/// セッションを終わらせます。
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "accounts", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 204, description = "ended"),
        (status = 404, description = "no such session, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the file failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    end_own_or_any(&app, &caller.0, &id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session that the account may end; others look as if they did not exist.
pub(crate) fn end_own_or_any(app: &App, account: &Account, id: &str) -> Result<(), Problem> {
    let others = may(account.role, Right::ManageAccounts);
    let mine = |session: &Session| session.id() == id && (others || session.staff == account.staff);
    match app.sessions.end(mine) {
        Ok(0) => Err(Problem::not_found("there is no such session")),
        Ok(_) => Ok(()),
        Err(error) => Err(StaffError::File(error).into()),
    }
}

/// アクセストークンの一覧を返します。トークンそのものは含みません。
#[utoipa::path(get, path = "/v1/tokens", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, body = Object)))]
pub(super) async fn tokens(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"tokens": app.accounts.list()}))
}

/// アクセストークンを無効にします。
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "accounts", security(("bearer" = [])),
    params(("id" = String, Path, description = "as in the list")),
    responses((status = 204, description = "revoked"),
        (status = 404, description = "no such token", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the file failed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke_token(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    match app
        .accounts
        .revoke(&id, app.clock.now())
        .map_err(StaffError::File)?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(
            "there is no such token, or it is revoked already",
        )),
    }
}
