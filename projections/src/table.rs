//! The table of a year: one row an indicator, in plan order (contract section 6).

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::engine::compile::Compiled;
use crate::engine::judge::date;
use crate::engine::programme::Revision;
use crate::figure::Figure;
use crate::kpi::{Cut, Kpi};
use crate::plan::Indicator;

/// `GET /v1/kpis`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiTable {
    /// The year by its April.
    pub fiscal_year: i32,
    /// 令和7年度.
    pub label: String,
    /// The cut-off.
    pub as_of: AsOf,
    /// The closing of the year is in force.
    pub closed: bool,
    /// The rows.
    pub indicators: Vec<Row>,
}

/// A cut-off: how many entries count, and the Merkle root over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// Only entries below this position count.
    pub position: u64,
    /// Base64; filled in by whoever has the tree.
    pub root: Option<String>,
}

/// One indicator in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Id in the plan.
    pub id: String,
    /// Section of the plan.
    pub section: String,
    /// As printed.
    pub label: String,
    /// 件, 社, …
    pub unit: String,
    /// 現行.
    pub baseline: Option<Figure>,
    /// The target in force; null = not scheduled.
    pub target: Option<Figure>,
    /// The value of the reading in force.
    pub actual: Option<Figure>,
    /// actual / target in per cent to one decimal; null where the target is null or 0.
    pub rate: Option<Figure>,
    /// By the plan's scale.
    pub grade: Option<String>,
    /// The reading in force.
    pub reading: String,
    /// The values of all readings.
    pub readings: BTreeMap<String, Option<Figure>>,
    /// What the readings are called.
    pub readings_labels: BTreeMap<String, String>,
    /// Counted events that were recorded after the year was first closed.
    pub late: i64,
    /// Something was reached although nothing was scheduled in this year of the plan (計画外).
    pub unplanned: bool,
    /// The target before the last revision; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_before: Option<Option<Figure>>,
    /// The revisions of this year's target, oldest first.
    pub revisions: Vec<TargetRevision>,
    /// What is ambiguous.
    pub note: String,
}

/// A target that was changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetRevision {
    /// Which indicator.
    pub indicator: String,
    /// Which year.
    pub fiscal_year: i32,
    /// The target before.
    pub before: Option<Figure>,
    /// The target from then on.
    pub target: Option<Figure>,
    /// The day of the decision.
    pub occurred_on: String,
    /// The entry.
    pub position: u64,
    /// Why.
    pub reason: String,
}

impl From<&Revision> for TargetRevision {
    fn from(revision: &Revision) -> Self {
        Self {
            indicator: revision.indicator.clone(),
            fiscal_year: revision.year.0,
            before: revision.before,
            target: revision.target,
            occurred_on: date(revision.day).to_string(),
            position: u64::from(revision.position),
            reason: revision.reason.clone(),
        }
    }
}

impl Kpi {
    /// The table of a year; without rows before a plan is adopted.
    pub fn table(&self, year: FiscalYear) -> KpiTable {
        let rows = self
            .state
            .compiled
            .as_ref()
            .map_or_else(Vec::new, |compiled| {
                let rows = compiled.plan.indicators.iter().enumerate();
                rows.map(|(at, indicator)| self.row(compiled, at, indicator, year))
                    .collect()
            });
        KpiTable {
            fiscal_year: year.0,
            label: year.label(),
            as_of: AsOf {
                position: self.size(),
                root: None,
            },
            closed: self.is_closed(year),
            indicators: rows,
        }
    }

    fn row(&self, compiled: &Compiled, at: usize, indicator: &Indicator, year: FiscalYear) -> Row {
        let view = self.view();
        let programme = &self.state.programme;
        let readings: BTreeMap<_, _> = compiled
            .of_row(at)
            .map(|(id, reading)| (reading.id.clone(), view.value_of(id, year)))
            .collect();
        let reading = programme.reading(indicator);
        let actual = readings.get(reading).copied().flatten();
        let target = programme.target(&indicator.id, year);
        let base = target.filter(|target| !target.is_zero());
        let late = view
            .in_force(compiled, at)
            .map_or(0, |id| view.late(id, year));
        let planned = compiled.plan.first_fiscal_year..=compiled.plan.last_fiscal_year;
        let revisions: Vec<TargetRevision> = programme
            .revisions_of(&indicator.id, year)
            .map(TargetRevision::from)
            .collect();
        Row {
            id: indicator.id.clone(),
            section: indicator.section.clone(),
            label: indicator.label.clone(),
            unit: indicator.unit.clone(),
            baseline: indicator.baseline,
            target,
            actual,
            rate: actual
                .zip(base)
                .and_then(|(actual, base)| actual.rate_of(base, 100)),
            grade: actual
                .zip(base)
                .and_then(|(actual, base)| compiled.plan.grade(actual, base))
                .map(str::to_owned),
            reading: reading.to_owned(),
            readings,
            readings_labels: labels(indicator),
            late,
            unplanned: planned.contains(&year)
                && target.is_none()
                && actual.is_some_and(|actual| !actual.is_zero()),
            target_before: revisions.last().map(|revision| revision.before),
            revisions,
            note: indicator.note.clone(),
        }
    }

    /// SHA-256 over the canonical JSON of every number of the plan's years and the year before
    /// them: all readings, targets, rates, grades, late entries and closings.
    pub fn digest(&self) -> [u8; 32] {
        let first = self
            .adopted_plan()
            .map_or(0, |plan| plan.first_fiscal_year.0);
        let last = self
            .adopted_plan()
            .map_or(-1, |plan| plan.last_fiscal_year.0);
        let mut hasher = Sha256::new();
        for year in (first - 1..=last).map(FiscalYear) {
            let table = self.table(year);
            for row in &table.indicators {
                let line = serde_json::json!({
                    "fiscal_year": year.0, "closed": table.closed, "id": row.id,
                    "target": row.target, "actual": row.actual, "rate": row.rate,
                    "grade": row.grade, "reading": row.reading, "readings": row.readings,
                    "late": row.late,
                });
                let object = line.as_object().cloned().unwrap_or_default();
                // Every number here was made from integers, so it has a canonical form.
                hasher.update(banso_core::json::canonical(&object).unwrap_or_default());
                hasher.update(b"\n");
            }
        }
        hasher.finalize().into()
    }

    /// The table of a closed year as it was at the cut-off of its closing, with the plan, targets
    /// and readings of then; none while the year is open.
    pub fn closed_edition(&self, year: FiscalYear) -> Option<KpiTable> {
        let closing = self.state.programme.closings.get(&year)?;
        let (_, cutoff) = closing.current?;
        let mut table = self.at(Cut::below(u64::from(cutoff))).table(year);
        table.closed = true;
        Some(table)
    }

    /// The cut-off of the closing in force: how many entries the closed edition covers.
    pub fn closed_at(&self, year: FiscalYear) -> Option<u64> {
        let closing = self.state.programme.closings.get(&year)?;
        closing.current.map(|(_, cutoff)| u64::from(cutoff))
    }
}

/// The labels of an indicator's readings; the id where a plan gives none.
fn labels(indicator: &Indicator) -> BTreeMap<String, String> {
    let label = |(id, reading): (&String, &crate::plan::Reading)| {
        (
            id.clone(),
            reading.label.clone().unwrap_or_else(|| id.clone()),
        )
    };
    indicator.readings.iter().map(label).collect()
}
