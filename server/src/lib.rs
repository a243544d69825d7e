//! The thin edge of banso: intake, reads, pages and command line over one ledger.
//!
//! Here the ledger's bytes, the domain's rules and the projections meet, and nowhere else. No rule
//! and no count is written here.

pub mod access;
pub mod access_log;
pub mod accounts;
pub mod api;
pub mod app;
pub mod casebook;
pub mod cli;
pub mod clock;
pub mod cosignatures;
pub mod demo;
pub mod directory;
mod grouped;
mod ja;
mod live;
mod metrics;
pub mod oidc;
pub mod pack;
mod pages;
mod problem;
pub mod recorder;
pub mod sealing;
mod staffing;
mod web;

pub use api::router;
