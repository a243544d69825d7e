//! Pages for whoever supports businesses: today, karte, card, forms, corrections, hand-over.
//!
//! Every page works without scripts: forms are sent, answered by a redirect, and read again. The
//! scripts add the queue of unsent records. No rule and no count is written here.

mod amend;
mod assets;
mod businesses;
mod card;
mod chart;
mod controls;
mod drafts;
mod duties;
mod given;
mod hand_over;
mod intake;
mod karte;
mod keys;
mod picks;
mod record;
mod timeline;
mod today;
mod what_if;
mod words;

pub(super) use self::timeline::shown;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use banso_core::calendar::{era_date, jst_date};
use banso_store::StoreError;
use chrono::{Datelike, NaiveDate};

use super::{Frame, page};
use crate::access::Right;
use crate::accounts::Account;
use crate::api::Caller;
use crate::app::App;
use crate::live::LiveError;
use crate::problem::Problem;

/// Every route of these pages.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/today", get(today::today))
        .route("/businesses", get(businesses::list))
        .route("/businesses/{id}", get(karte::karte))
        .route("/record", get(record::menu))
        .route("/record/{type}", get(record::form).post(record::send))
        .route("/card", get(card::form).post(card::send))
        .route("/drafts", get(drafts::list))
        .route(
            "/entries/{position}/void",
            get(amend::void_form).post(amend::void),
        )
        .route(
            "/entries/{position}/correct",
            get(amend::correct_form).post(amend::correct),
        )
        .route("/handover", get(hand_over::form).post(hand_over::send))
        .route(
            "/handover/{position}",
            get(hand_over::receipt).post(hand_over::receive),
        )
        .merge(assets::routes())
}

/// Somebody who may see cases; anybody else is sent to the login or told why not.
pub(super) struct Advisor(pub(super) Account);

impl FromRequestParts<Arc<App>> for Advisor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if wants_json(&parts.headers) && someone_else(&parts.headers, &caller.0) {
            // What waits on a phone is sent under the account that wrote it, or not at all.
            return Err(Problem::unauthorized());
        }
        caller.needs(Right::ReadCases)?;
        Ok(Self(caller.0))
    }
}

/// The queue of a browser asks for JSON; a form asks for a page.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get("accept").and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn someone_else(headers: &HeaderMap, account: &Account) -> bool {
    let written_by = headers
        .get("banso-staff")
        .and_then(|value| value.to_str().ok());
    written_by.is_some_and(|staff| staff != account.staff.to_string())
}

/// Why a page is not shown.
struct Sorry(Response);

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<Problem> for Sorry {
    /// The outermost layer says it in Japanese where a person asked.
    fn from(problem: Problem) -> Self {
        Self(problem.into_response())
    }
}

impl From<StoreError> for Sorry {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<LiveError> for Sorry {
    fn from(error: LiveError) -> Self {
        Problem::from(error).into()
    }
}

type Page = Result<Response, Sorry>;

fn today_of(app: &App) -> NaiveDate {
    jst_date(app.clock.now())
}

/// 令和7年10月2日（木）
fn long_date(day: NaiveDate) -> String {
    const DAYS: [&str; 7] = ["日", "月", "火", "水", "木", "金", "土"];
    let at = usize::try_from(day.weekday().num_days_from_sunday()).unwrap_or(0);
    format!("{}（{}）", era_date(day), DAYS[at])
}
