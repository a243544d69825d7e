//! Rules about the programme that need the plan: known indicators and readings, a right plan, and
//! what the server adds to the closing of a year.

use banso_core::decide::Rejection;
use banso_core::event::{Event, FiscalYearClosed};
use banso_core::json::{FieldError, Object};
use banso_core::shape::Anything;
use banso_projections::plan::Plan;
use banso_projections::table::KpiTable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Recorder, Refusal};
use crate::live::LiveError;

impl From<LiveError> for Refusal {
    fn from(error: LiveError) -> Self {
        Self::Stopped(error.to_string())
    }
}

impl Recorder {
    /// Refuses what the plan in force does not know.
    pub(super) fn programme_rules(&self, event: &Event) -> Result<(), Refusal> {
        match event {
            Event::PlanAdopted(adopted) => right_plan(&Value::Object(adopted.plan.0.clone())),
            Event::TargetRevised(revision) => self.known(&revision.indicator, None),
            Event::ReadingDecided(decision) => {
                self.known(&decision.indicator, Some(&decision.reading))
            }
            _ => Ok(()),
        }
    }

    fn known(&self, indicator: &str, reading: Option<&str>) -> Result<(), Refusal> {
        let Some(plan) = self.live.plan() else {
            return Ok(());
        };
        let Some((_, found)) = plan.indicator(indicator) else {
            let detail = format!("the plan in force has no indicator \"{indicator}\"");
            return Err(Rejection::new("unknown_indicator", detail).into());
        };
        match reading {
            Some(reading) if !found.readings.contains_key(reading) => {
                let detail = format!("{indicator} has no reading \"{reading}\"");
                Err(Rejection::new("unknown_reading", detail).into())
            }
            _ => Ok(()),
        }
    }

    /// The event with what the server adds; none where it adds nothing.
    ///
    /// Runs under the desk's lock, so nothing can be sequenced between cut-off and closing.
    pub(super) fn completed(&self, event: &Event) -> Result<Option<Event>, Refusal> {
        let Event::FiscalYearClosed(close) = event else {
            return Ok(None);
        };
        let size = self.all_durable()?;
        let root = self.store.root_at(size)?;
        let closed = self.live.look(|kpi, _| FiscalYearClosed {
            fiscal_year: close.fiscal_year.clone(),
            cutoff_position: i64::try_from(size).ok().map(banso_core::shape::Whole),
            cutoff_root: Some(STANDARD.encode(root)),
            readings: Some(Anything(readings(&kpi.table(close.fiscal_year.year)))),
            result_digest: Some(hex::encode(kpi.digest())),
        })?;
        Ok(Some(Event::FiscalYearClosed(closed)))
    }

    /// Waits until everything sequenced is durable; gives the size.
    pub(super) fn all_durable(&self) -> Result<u64, Refusal> {
        loop {
            let status = self.store.status();
            if let Some(reason) = status.stopped {
                return Err(Refusal::Stopped(reason));
            }
            if status.size == status.sequenced {
                return Ok(status.size);
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

fn readings(table: &KpiTable) -> Object {
    let rows = table.indicators.iter();
    rows.map(|row| (row.id.clone(), Value::String(row.reading.clone())))
        .collect()
}

fn right_plan(value: &Value) -> Result<(), Refusal> {
    match Plan::from_json(value) {
        Ok(_) => Ok(()),
        Err(faults) => {
            let errors = faults.into_iter().map(|fault| {
                FieldError::new(
                    format!("/data/plan/{}", pointer_of(&fault.place)),
                    fault.detail,
                )
            });
            Err(Refusal::Fields(errors.collect()))
        }
    }
}

/// `indicators[3].readings.each` as the rest of a JSON pointer.
fn pointer_of(place: &str) -> String {
    place.replace('[', "/").replace(']', "").replace('.', "/")
}
