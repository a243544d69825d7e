//! Every route in one list, with what each needs. One file per resource below.

mod accounts;
mod bulk;
mod caller;
mod cases;
mod cosignatures;
mod events;
mod health;
mod kpis;
mod ledger;
mod listing;
mod plan;
mod query;
mod story;
mod traces;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::accounts::end_own_or_any;
pub(crate) use self::caller::{COOKIE, Caller, Visitor, cookie, session_id};
pub(crate) use self::kpis::looked;
pub(crate) use self::query::Query;
pub(crate) use self::traces::newest;
use crate::access::routes::{self, Entry, Needs};
use crate::app::App;
use crate::pages;
use crate::problem::Problem;
use crate::web;

/// Time until an answer begins; a stream may then go on.
const ANSWER_TIME: Duration = Duration::from_mins(1);
/// Time between two pieces of a request's body.
const BODY_TIME: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "伴走台帳 banso",
        description = "経営発達支援計画の支援記録台帳。すべての記録は追記のみで、検証できます。",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The whole server as one service.
pub fn router(app: Arc<App>) -> Router {
    let (api, description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(events::record, listing::list))
        .routes(routes!(events::entry))
        .routes(routes!(ledger::proof))
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(cosignatures::cosign, cosignatures::cosignatures))
        .routes(routes!(cosignatures::checkpoint_of))
        .routes(routes!(cosignatures::consistency))
        .routes(routes!(ledger::tile))
        .routes(routes!(ledger::entries))
        .routes(routes!(events::event_types))
        .routes(routes!(cases::cases))
        .routes(routes!(cases::case))
        .routes(routes!(cases::business))
        .routes(routes!(cases::duties))
        .routes(routes!(kpis::table))
        .routes(routes!(kpis::evidence))
        .routes(routes!(kpis::diff))
        .routes(routes!(kpis::switch))
        .routes(routes!(kpis::gauges))
        .routes(routes!(kpis::breakdown))
        .routes(routes!(kpis::published))
        .routes(routes!(plan::plan))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::leave))
        .routes(routes!(accounts::change_role))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(accounts::link))
        .routes(routes!(accounts::sessions))
        .routes(routes!(accounts::end_session))
        .routes(routes!(accounts::tokens))
        .routes(routes!(accounts::revoke_token))
        .routes(routes!(traces::access_log))
        .routes(routes!(story::story))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts();
    let mut description = description;
    every_answer(&mut description);
    plain_names(&mut description);
    let openapi = Arc::new(serde_json::to_value(&description).unwrap_or_default());
    api.route(
        "/openapi.json",
        get(move || async move { axum::Json((*openapi).clone()) }),
    )
    .merge(pages::routes())
    .fallback(async || Problem::not_found("there is no such route; see /openapi.json"))
    .method_not_allowed_fallback(async || {
        Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "the route does not take this method",
        )
    })
    .layer(from_fn_with_state(Arc::clone(&app), web::guarded))
    .layer(RequestBodyTimeoutLayer::new(BODY_TIME))
    .layer(from_fn_with_state(Arc::clone(&app), measured))
    .layer(CatchPanicLayer::custom(
        |_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "see the server's log").into_response()
        },
    ))
    .layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        ANSWER_TIME,
    ))
    .layer(from_fn_with_state(Arc::clone(&app), pages::told))
    .layer(from_fn(web::hardened))
    .with_state(app)
}

/// Adds what the door may answer, whatever the route.
fn every_answer(description: &mut utoipa::openapi::OpenApi) {
    let answers = [
        ("401", "no token, or one that is not valid"),
        ("403", "the role or the token's scope may not"),
        ("408", "the request took too long"),
        ("429", "too many requests"),
    ];
    for (path, item) in &mut description.paths.paths {
        let operations = [
            (&mut item.get, "GET"),
            (&mut item.post, "POST"),
            (&mut item.delete, "DELETE"),
        ];
        for (operation, method) in operations {
            let Some(operation) = operation else { continue };
            let open = matches!(routes::find(method, path),
                Entry::Found(route) if route.needs == Needs::Nothing);
            for (status, description) in answers {
                if !(open && status == "401") {
                    let answer = utoipa::openapi::Response::new(description);
                    let all = &mut operation.responses.responses;
                    all.entry(status.to_owned()).or_insert(answer.into());
                }
            }
        }
    }
}

/// A parameter that takes the rest of the path is written `{*name}` by the router only.
fn plain_names(description: &mut utoipa::openapi::OpenApi) {
    let paths = std::mem::take(&mut description.paths.paths);
    let plain = paths
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item));
    description.paths.paths = plain.collect();
}

async fn measured(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    app.metrics
        .answered(route, response.status().as_u16(), started.elapsed());
    response
}
