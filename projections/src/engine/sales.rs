//! Readings that compare figures: of each business the latest report of the year, against its base.
//!
//! Works business by business; what one business adds depends on its own events alone.

use std::ops::ControlFlow;

use banso_core::calendar::FiscalYear;

use super::compile::{Base, Measure, Reading, Sales, Same};
use super::effects::Version;
use super::judge;
use super::view::View;
use crate::fact::Position;
use crate::fact::atom::{Atom, Symbol};
use crate::plan::MAX_LATEST_BY;
use crate::vocabulary::{FieldId, Kind};

/// The latest report of a business in a year, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) year: FiscalYear,
    pub(crate) report: Position,
    pub(crate) figure: i64,
    /// None where nothing can be compared.
    pub(crate) base: Option<i64>,
    pub(crate) counts: bool,
}

/// By which report is latest; the greatest wins.
type Rank = ([i32; MAX_LATEST_BY], Position);

/// The effective events of some kinds of one resolved business.
pub(crate) struct Reports {
    root: Symbol,
    kinds: Vec<Kind>,
    events: Vec<(Position, Version)>,
}

impl Reports {
    pub(crate) fn gather(view: &View<'_>, root: Symbol, kinds: &[Kind]) -> Self {
        let mut events = Vec::new();
        let mut see = |position: Position, _: Version| {
            events.extend(view.counting(position).map(|version| (position, version)));
            ControlFlow::Continue(())
        };
        for business in view.state.merges.group(&root) {
            for kind in kinds {
                let _all = view.of_business(*business, *kind, &mut see);
            }
        }
        Self {
            root,
            kinds: kinds.to_vec(),
            events,
        }
    }

    /// True if these are the reports that a reading looks at.
    pub(crate) fn serve(&self, root: Symbol, reading: &Reading) -> bool {
        self.root == root && self.kinds == reading.of
    }
}

/// One outcome for each year in which the business reported.
pub(crate) fn outcomes(view: &View<'_>, reading: &Reading, reports: &Reports) -> Vec<Outcome> {
    let Some(sales) = reading.sales() else {
        return Vec::new();
    };
    let mut latest: Vec<(FiscalYear, Rank, Version)> = Vec::new();
    for (position, version) in &reports.events {
        if !compares(view, reading, sales, version) {
            continue;
        }
        let year = judge::year(view, reading, version);
        let rank = (rank(view, sales, version), *position);
        match latest.iter_mut().find(|(known, ..)| *known == year) {
            Some((_, best, at)) if *best < rank => (*best, *at) = (rank, *version),
            Some(_) => {}
            None => latest.push((year, rank, *version)),
        }
    }
    let outcome = |(year, (_, report), version): (FiscalYear, Rank, Version)| {
        outcome(view, reading, sales, year, report, &version)
    };
    latest.into_iter().filter_map(outcome).collect()
}

/// True if a report has what the comparison needs of it.
pub(crate) fn compares(
    view: &View<'_>,
    reading: &Reading,
    sales: &Sales,
    version: &Version,
) -> bool {
    let base = match &sales.base {
        Base::Latest { .. } => true,
        Base::Field(field) => {
            let base = view.amount(version, *field);
            let growth = matches!(reading.measure, Measure::Growth { .. });
            base.is_some_and(|base| base > 0 || !growth)
        }
    };
    base && view.amount(version, sales.figure).is_some() && judge::selects(view, reading, version)
}

fn rank(view: &View<'_>, sales: &Sales, version: &Version) -> [i32; MAX_LATEST_BY] {
    let mut rank = [0; MAX_LATEST_BY];
    for (place, field) in rank.iter_mut().zip(&sales.latest_by) {
        *place = match field {
            None => version.day,
            Some(field) => view
                .value(version, *field)
                .and_then(Atom::as_day)
                .unwrap_or(i32::MIN),
        };
    }
    rank
}

fn outcome(
    view: &View<'_>,
    reading: &Reading,
    sales: &Sales,
    year: FiscalYear,
    report: Position,
    version: &Version,
) -> Option<Outcome> {
    let figure = view.amount(version, sales.figure)?;
    let base = match &sales.base {
        Base::Field(field) => view.amount(version, *field),
        Base::Latest { kinds, field } => base_before(view, kinds, *field, report, version),
    };
    let fits = base.is_some_and(|base| match &reading.measure {
        Measure::Increased { change, .. } => change.holds(figure, base),
        _ => base > 0,
    });
    let met = |condition| judge::holds(view, condition, report, version);
    let counts = fits && reading.conditions.iter().all(met);
    Some(Outcome {
        year,
        report,
        figure,
        base,
        counts,
    })
}

/// The field of the business's latest event on or before the report that has it.
fn base_before(
    view: &View<'_>,
    kinds: &[Kind],
    field: FieldId,
    report: Position,
    version: &Version,
) -> Option<i64> {
    let mut best: Option<(i32, Position, i64)> = None;
    let mut see = |position: Position, _: Version| {
        if let Some(other) = view
            .counting(position)
            .filter(|other| other.day <= version.day)
            && let Some(base) = view.amount(&other, field)
        {
            best = best.max(Some((other.day, position, base)));
        }
        ControlFlow::Continue(())
    };
    let same = Same {
        business: true,
        ..Same::default()
    };
    let _all = view.beside(report, version, &same, kinds, &mut see);
    best.map(|(_, _, base)| base)
}
