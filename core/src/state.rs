//! The state of one subject: a fold over its entries that keeps just what the rules ask for.
//!
//! Knows no rule (those are in [`crate::decide`]) and no number. The common step is incremental;
//! only a correction or a void folds the subject anew, because only they reach back.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::calendar::FiscalYear;
use crate::event::{Event, EventType, StaffRole};
use crate::recorded::{NotRecorded, Recorded};

/// One entry of the subject that can be corrected or voided.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its event id.
    pub id: Uuid,
    /// Its type.
    pub event_type: &'static EventType,
    /// The effective date.
    pub occurred_on: NaiveDate,
    /// Who recorded it.
    pub recorded_by: String,
    /// An effective void exists.
    pub voided: bool,
    /// The effective data, of those types that the standing depends on.
    event: Option<Event>,
}

/// What the rules need to know of a subject; a fold over its effective events.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, of another kind of subject"
)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Registered (business, staff) or opened (case).
    pub begun: bool,
    /// The role (staff).
    pub role: Option<StaffRole>,
    /// Left and given no role since (staff).
    pub left: bool,
    /// Closed (case).
    pub closed: bool,
    /// Its personal data are erased (business).
    pub erased: bool,
    /// Merged into another business.
    pub merged_into: Option<Uuid>,
    /// The business of a case.
    pub business: Option<Uuid>,
    /// The advisor in charge of a case.
    pub advisor: Option<Uuid>,
    /// Plans completed in the case.
    pub plans: HashSet<String>,
    /// Analyses completed in the case.
    pub analyses: HashSet<String>,
    /// Deals cancelled in the case.
    pub cancelled_deals: HashSet<Uuid>,
    /// Improvements proposed.
    pub improvements: HashSet<String>,
    /// Fiscal years closed and not reopened.
    pub closed_years: BTreeSet<FiscalYear>,
    /// The first fiscal year of the plan in force.
    pub first_year: Option<FiscalYear>,
}

/// The state of one subject.
#[derive(Clone, Debug, Default)]
pub struct SubjectState {
    /// Count of its entries.
    pub version: u64,
    /// What the rules need to know.
    pub standing: Standing,
    records: Vec<Record>,
    by_id: HashMap<Uuid, usize>,
}

impl SubjectState {
    /// The state after the entries of one subject, in order.
    ///
    /// # Errors
    /// [`NotRecorded`] when an entry cannot be read.
    pub fn replay<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NotRecorded> {
        let mut state = Self::default();
        for bytes in entries {
            let entry = Recorded::parse(bytes)?;
            let event = entry.event()?;
            state.evolve(entry.id, &event, entry.occurred_on, &entry.recorded_by);
        }
        Ok(state)
    }

    /// The record with an event id.
    pub fn record(&self, id: Uuid) -> Option<&Record> {
        self.by_id.get(&id).and_then(|at| self.records.get(*at))
    }

    /// Takes one more event.
    pub fn evolve(&mut self, id: Uuid, event: &Event, occurred_on: NaiveDate, by: &str) {
        self.version += 1;
        match event {
            Event::RecordVoided(void) => {
                self.reach_back(void.target, |record| record.voided = true);
            }
            Event::RecordCorrected(correction) => {
                let data = correction.data.as_ref().map(|data| &data.0);
                self.reach_back(correction.target, |record| {
                    if let Some(day) = correction.occurred_on {
                        record.occurred_on = day;
                    }
                    if let Some(data) = data {
                        record.correct(data);
                    }
                });
            }
            event => {
                self.standing.apply(event);
                self.by_id.insert(id, self.records.len());
                self.records.push(Record {
                    id,
                    event_type: event.event_type(),
                    occurred_on,
                    recorded_by: by.to_owned(),
                    voided: false,
                    event: Standing::depends_on(event).then(|| event.clone()),
                });
            }
        }
    }

    fn reach_back(&mut self, target: Uuid, change: impl FnOnce(&mut Record)) {
        let Some(record) = self
            .by_id
            .get(&target)
            .and_then(|at| self.records.get_mut(*at))
        else {
            return;
        };
        change(record);
        if record.event.is_none() {
            return;
        }
        let mut standing = Standing::default();
        for record in self.records.iter().filter(|record| !record.voided) {
            if let Some(event) = &record.event {
                standing.apply(event);
            }
        }
        self.standing = standing;
    }
}

impl Record {
    fn correct(&mut self, data: &crate::json::Object) {
        if self.event.is_some() {
            let mut faults = Vec::new();
            let mode = crate::event::Mode::Stored;
            if let Some(event) = Event::read(self.event_type.name, data, mode, &mut faults) {
                self.event = Some(event);
            }
        }
    }
}

impl Standing {
    /// True for the types that [`Standing::apply`] looks at; the others need not be kept.
    fn depends_on(event: &Event) -> bool {
        matches!(
            event,
            Event::BusinessRegistered(_)
                | Event::StaffRegistered(_)
                | Event::StaffRoleChanged(_)
                | Event::StaffLeft(_)
                | Event::BusinessMerged(_)
                | Event::BusinessUnmerged(_)
                | Event::BusinessErased(_)
                | Event::CaseOpened(_)
                | Event::CaseHandedOver(_)
                | Event::CaseClosed(_)
                | Event::CaseReopened(_)
                | Event::PlanCompleted(_)
                | Event::AnalysisCompleted(_)
                | Event::DealCancelled(_)
                | Event::ImprovementProposed(_)
                | Event::FiscalYearClosed(_)
                | Event::FiscalYearReopened(_)
                | Event::PlanAdopted(_)
        )
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::BusinessRegistered(_) => self.begun = true,
            Event::StaffRegistered(member) => {
                self.begun = true;
                self.role = Some(member.role);
            }
            // Who gets a role after leaving has come again.
            Event::StaffRoleChanged(change) => {
                self.role = Some(change.role);
                self.left = false;
            }
            Event::StaffLeft(_) => self.left = true,
            Event::BusinessMerged(merge) => self.merged_into = Some(merge.into),
            Event::BusinessUnmerged(_) => self.merged_into = None,
            Event::BusinessErased(_) => self.erased = true,
            Event::CaseOpened(case) => {
                self.begun = true;
                self.business = Some(case.business_id);
                self.advisor = Some(case.advisor_id);
            }
            Event::CaseHandedOver(hand_over) => self.advisor = Some(hand_over.to),
            Event::CaseClosed(_) => self.closed = true,
            Event::CaseReopened(_) => self.closed = false,
            Event::PlanCompleted(plan) => {
                self.plans.insert(plan.plan_id.clone());
            }
            Event::AnalysisCompleted(analysis) => {
                self.analyses.insert(analysis.analysis_id.clone());
            }
            Event::DealCancelled(cancel) => {
                self.cancelled_deals.insert(cancel.deal);
            }
            Event::ImprovementProposed(proposal) => {
                self.improvements.insert(proposal.improvement_id.clone());
            }
            Event::FiscalYearClosed(close) => {
                self.closed_years.insert(close.fiscal_year.year);
            }
            Event::FiscalYearReopened(reopen) => {
                self.closed_years.remove(&reopen.fiscal_year.year);
            }
            Event::PlanAdopted(adopted) => {
                let year = adopted
                    .plan
                    .0
                    .get("first_fiscal_year")
                    .and_then(serde_json::Value::as_i64);
                self.first_year = year
                    .and_then(|year| i32::try_from(year).ok())
                    .map(FiscalYear);
            }
            _ => {}
        }
    }
}
