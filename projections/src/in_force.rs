//! The plan as it stands: with its revisions, its readings in force and its closed years
//! (`GET /v1/plan`), and what another reading would say.

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use serde::Serialize;
use serde_json::Value;

use crate::engine::judge::date;
use crate::figure::Figure;
use crate::kpi::Kpi;
use crate::table::TargetRevision;

/// `GET /v1/plan`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanInForce {
    /// The plan as adopted.
    pub plan: Value,
    /// The entry that adopted it.
    pub position: u64,
    /// The targets that were changed since, oldest first.
    pub revisions: Vec<TargetRevision>,
    /// The targets in force, by indicator and year.
    pub targets: BTreeMap<String, BTreeMap<String, Figure>>,
    /// The readings in force, by indicator.
    pub readings: BTreeMap<String, String>,
    /// The readings that were decided since, oldest first.
    pub decisions: Vec<Decided>,
    /// The closed years.
    pub closed: Vec<ClosedYear>,
}

/// A reading that was decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// The indicator.
    pub indicator: String,
    /// The reading.
    pub reading: String,
    /// Why.
    pub reason: String,
    /// The day of the decision.
    pub occurred_on: String,
    /// The entry.
    pub position: u64,
}

/// A closed year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClosedYear {
    /// The year by its April.
    pub fiscal_year: i32,
    /// The entry that closed it.
    pub position: u64,
    /// How many entries the closed edition covers.
    pub cutoff_position: u64,
}

/// A value of an indicator in a year under the reading in force and under another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Switch {
    /// The year by its April.
    pub fiscal_year: i32,
    /// Under the reading in force.
    pub before: Option<Figure>,
    /// Under the other.
    pub after: Option<Figure>,
}

impl Kpi {
    /// The plan in force with all that was decided about it; none before one is adopted.
    pub fn plan(&self) -> Option<PlanInForce> {
        let programme = &self.state.programme;
        let (position, plan) = programme.plan.as_ref()?;
        let targets = plan.indicators.iter().map(|indicator| {
            let target =
                |year: FiscalYear| Some((year.short(), programme.target(&indicator.id, year)?));
            (
                indicator.id.clone(),
                plan.years().filter_map(target).collect(),
            )
        });
        let reading = |indicator: &crate::plan::Indicator| {
            (
                indicator.id.clone(),
                programme.reading(indicator).to_owned(),
            )
        };
        let decided = |decision: &crate::engine::programme::ReadingDecision| Decided {
            indicator: decision.indicator.clone(),
            reading: decision.reading.clone(),
            reason: decision.reason.clone(),
            occurred_on: date(decision.day).to_string(),
            position: u64::from(decision.position),
        };
        let closed = programme.closings.iter().filter_map(|(year, closing)| {
            let (position, cutoff) = closing.current?;
            let (position, cutoff_position) = (u64::from(position), u64::from(cutoff));
            Some(ClosedYear {
                fiscal_year: year.0,
                position,
                cutoff_position,
            })
        });
        Some(PlanInForce {
            plan: plan.to_json(),
            position: u64::from(*position),
            revisions: programme
                .revisions
                .iter()
                .map(TargetRevision::from)
                .collect(),
            targets: targets.collect(),
            readings: plan.indicators.iter().map(reading).collect(),
            decisions: programme.decisions.iter().map(decided).collect(),
            closed: closed.collect(),
        })
    }

    /// What deciding for another reading would change, in every year worth showing; none for an
    /// indicator or a reading that the plan lacks.
    pub fn switch(&self, indicator: &str, reading: &str) -> Option<Vec<Switch>> {
        let compiled = self.state.compiled.as_ref()?;
        let (row, _) = compiled.plan.indicator(indicator)?;
        let (other, present) = (
            compiled.find(row, reading)?,
            self.view().in_force(compiled, row)?,
        );
        let switch = |year: FiscalYear| Switch {
            fiscal_year: year.0,
            before: self.view().value_of(present, year),
            after: self.view().value_of(other, year),
        };
        Some(self.years().into_iter().map(switch).collect())
    }
}
