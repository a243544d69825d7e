//! The pages of the office: the manager's desk, the committee's table, the citizen's view.
//!
//! One file a page below. Each shows what projections and ledger say and records through the same
//! intake as everybody; none counts, none decides a rule, none names a person to the committee.

mod board;
mod chart;
mod docket;
mod entry;
mod evaluation;
mod evidence;
mod gate;
mod improvements;
mod months;
mod picker;
mod public;
mod qr;
mod readings;
mod seminars;
mod sheet;
mod targets;
mod verify;
mod words;
mod workload;
mod years;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::asset;
use crate::app::App;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The routes of the office's pages.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/board", get(board::board))
        .route("/evidence/{indicator}", get(evidence::evidence))
        .route("/entries/{position}", get(entry::entry))
        .route("/seminars", get(seminars::seminars))
        .route("/advisors", get(workload::advisors))
        .route("/areas", get(workload::areas))
        .route("/readings", get(readings::list))
        .route(
            "/readings/{indicator}",
            get(readings::form).post(readings::decide),
        )
        .route(
            "/targets/{indicator}",
            get(targets::form).post(targets::revise),
        )
        .route("/years", get(years::list))
        .route("/years/{fy}", get(years::year))
        .route("/years/{fy}/close", post(years::close))
        .route("/years/{fy}/reopen", post(years::reopen))
        .route("/years/{fy}/publish", post(years::publish))
        .route(
            "/improvements",
            get(improvements::list).post(improvements::propose),
        )
        .route("/improvements/step", post(improvements::step))
        .route("/evaluation", get(evaluation::list))
        .route(
            "/evaluation/{item}",
            get(evaluation::item).post(evaluation::grade),
        )
        .route("/verify", get(verify::page_of))
        .route("/verify/{size}/qr.svg", get(qr::code))
        .route("/sheets/evaluation", get(sheet::evaluation))
        .merge(public::routes())
        .route(
            "/assets/office.css",
            get(|| asset(include_str!("../../../assets/office.css"), CSS)),
        )
        .route(
            "/assets/verify.js",
            get(|| asset(include_str!("../../../assets/verify.js"), SCRIPT)),
        )
        .route(
            "/assets/proof.js",
            get(|| asset(include_str!("../../../assets/proof.js"), SCRIPT)),
        )
}
