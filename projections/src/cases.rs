//! Lists of cases and businesses, non-personal, as they stand at the cut-off.
//!
//! The same rules as [`crate::view`] applies to one subject with all its details.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::casebook::{self, Business, Case, Casebook};
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::fact::atom::Symbol;
use crate::kpi::Kpi;
use crate::view::Stage;
use crate::vocabulary::vocabulary;

/// One case in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseSummary {
    /// The uuid of `case/<uuid>`.
    pub case_id: Uuid,
    /// The registered business.
    pub business_id: Option<Uuid>,
    /// The business it counts for, through merges.
    pub counts_for: Option<Uuid>,
    /// The area of the registered business.
    pub area: Option<String>,
    /// The advisor in charge.
    pub advisor_id: Option<Uuid>,
    /// How far it has come.
    pub stage: Stage,
    /// When it was opened.
    pub opened_on: Option<NaiveDate>,
    /// When the advisor wants to be in touch again.
    pub next_due: Option<NaiveDate>,
    /// The latest day on which anything happened.
    pub last_event_on: Option<NaiveDate>,
    /// Completed plans.
    pub plans: usize,
    /// Follow-ups.
    pub followups: usize,
    /// Count of its entries.
    pub version: u64,
}

/// One business in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BusinessSummary {
    /// The uuid of `business/<uuid>`.
    pub business_id: Uuid,
    /// corporation, sole_proprietor, …
    pub kind: Option<String>,
    /// Its area.
    pub area: Option<String>,
    /// Its block.
    pub block: Option<String>,
    /// JSIC code.
    pub industry: Option<String>,
    /// `closed` or `suspended`, if it is.
    pub closed: Option<&'static str>,
    /// The business it was merged into.
    pub merged_into: Option<Uuid>,
    /// The business it counts for: the end of all merges, or itself.
    pub counts_for: Option<Uuid>,
    /// When it was registered.
    pub registered_on: Option<NaiveDate>,
    /// Count of its entries.
    pub version: u64,
}

impl Kpi {
    /// Every case that was opened, in the order in which the cases first appeared.
    pub fn cases(&self) -> Vec<CaseSummary> {
        let view = self.view();
        let book = Casebook::gather(&view);
        let opened = book.cases.iter().filter(|(_, case)| case.opening.is_some());
        opened
            .filter_map(|(symbol, case)| summary(&view, &book, *symbol, case))
            .collect()
    }

    /// Every registered business, in the order in which they first appeared.
    pub fn businesses(&self) -> Vec<BusinessSummary> {
        let view = self.view();
        let book = Casebook::gather(&view);
        let listed = |(symbol, business): (&Symbol, &Business)| listed(&view, *symbol, business);
        book.businesses.iter().filter_map(listed).collect()
    }
}

fn summary(view: &View<'_>, book: &Casebook, symbol: Symbol, case: &Case) -> Option<CaseSummary> {
    let opening = case.opening?;
    let business = opening.business;
    let area = book
        .businesses
        .get(&business)
        .and_then(|business| profile(view, business, "area"));
    Some(CaseSummary {
        case_id: casebook::uuid(view, symbol)?,
        business_id: casebook::uuid(view, business),
        counts_for: casebook::uuid(view, view.state.merges.root(business)),
        area,
        advisor_id: case
            .advisor
            .and_then(|(_, advisor)| casebook::uuid(view, advisor)),
        stage: stage(case),
        opened_on: Some(date(opening.day)),
        next_due: case.next_due().map(date),
        last_event_on: case.last_day.map(date),
        plans: case.plans.len(),
        followups: case.followups.len(),
        version: case.version,
    })
}

fn stage(case: &Case) -> Stage {
    let planned = |plan| case.plans.iter().any(|made| made.plan == plan);
    if case.closed {
        Stage::Closed
    } else if case.followups.iter().any(|done| planned(done.plan)) {
        Stage::Executing
    } else if !case.plans.is_empty() {
        Stage::Planned
    } else if !case.analyses.is_empty() {
        Stage::Analysed
    } else {
        Stage::Opened
    }
}

fn listed(view: &View<'_>, symbol: Symbol, business: &Business) -> Option<BusinessSummary> {
    business.registered?;
    let merges = &view.state.merges;
    Some(BusinessSummary {
        business_id: casebook::uuid(view, symbol)?,
        kind: profile(view, business, "kind"),
        area: profile(view, business, "area"),
        block: profile(view, business, "block"),
        industry: profile(view, business, "industry"),
        closed: business.closed.map(|(word, _)| word),
        merged_into: merges
            .target(symbol)
            .and_then(|into| casebook::uuid(view, into)),
        counts_for: casebook::uuid(view, merges.root(symbol)),
        registered_on: business.registered.map(date),
        version: business.version,
    })
}

/// A field of the profile as text.
pub(crate) fn profile(view: &View<'_>, business: &Business, name: &str) -> Option<String> {
    let atom = business.profile.get(&vocabulary().field(name)?)?;
    Some(casebook::text(view, *atom))
}
