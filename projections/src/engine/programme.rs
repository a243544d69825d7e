//! The programme at a cut-off: the plan in force, its revisions, its readings, the closed years.
//!
//! A plan that is adopted later states everything anew: revisions and decisions before it are
//! history. Computed anew whenever a steering entry arrives; there are few.

use std::collections::BTreeMap;
use std::sync::Arc;

use banso_core::calendar::FiscalYear;

use super::effects::Effects;
use crate::fact::Position;
use crate::fact::decision::Decision;
use crate::fact::store::Facts;
use crate::figure::Figure;
use crate::plan::Plan;
use crate::vocabulary::vocabulary;

/// What steers the counting.
#[derive(Clone, Default)]
pub(crate) struct Programme {
    pub(crate) plan: Option<(Position, Arc<Plan>)>,
    /// In the order in which they were recorded.
    pub(crate) revisions: Vec<Revision>,
    pub(crate) decisions: Vec<ReadingDecision>,
    pub(crate) closings: BTreeMap<FiscalYear, Closing>,
}

/// A target that was changed.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub(crate) indicator: String,
    pub(crate) year: FiscalYear,
    pub(crate) before: Option<Figure>,
    pub(crate) target: Option<Figure>,
    pub(crate) reason: String,
    pub(crate) position: Position,
    pub(crate) day: i32,
}

/// A reading that was decided.
#[derive(Clone, Debug)]
pub(crate) struct ReadingDecision {
    pub(crate) indicator: String,
    pub(crate) reading: String,
    pub(crate) reason: String,
    pub(crate) position: Position,
    pub(crate) day: i32,
}

/// When a year was closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    /// The first closing, by which entries are late.
    pub(crate) first: Position,
    /// The closing in force, with the count of entries it covers; none after a reopening.
    pub(crate) current: Option<(Position, Position)>,
}

impl Programme {
    /// The programme after the entries whose effects are given, the one just absorbed included.
    pub(crate) fn fold(facts: &Facts, effects: &Effects, until: Position) -> Self {
        let mut programme = Self::default();
        let known = &vocabulary().known;
        for (position, _) in facts.decisions.range(..until) {
            if facts.fact(*position).kind == known.corrected {
                continue;
            }
            let Some(version) = effects.version(facts, *position) else {
                continue;
            };
            if let Some(decision) = facts.decisions.get(&version.data) {
                programme.take(decision, *position, version.day);
            }
        }
        programme
    }

    fn take(&mut self, decision: &Decision, position: Position, day: i32) {
        match decision {
            Decision::Adopted(plan) => {
                self.plan = Some((position, Arc::clone(plan)));
                self.revisions.clear();
                self.decisions.clear();
            }
            Decision::TargetRevised {
                indicator,
                year,
                target,
                reason,
            } => {
                let revision = Revision {
                    indicator: indicator.clone(),
                    year: *year,
                    before: self.target(indicator, *year),
                    target: *target,
                    reason: reason.clone(),
                    position,
                    day,
                };
                self.revisions.push(revision);
            }
            Decision::ReadingDecided {
                indicator,
                reading,
                reason,
            } => {
                self.decisions.push(ReadingDecision {
                    indicator: indicator.clone(),
                    reading: reading.clone(),
                    reason: reason.clone(),
                    position,
                    day,
                });
            }
            Decision::Closed { year, cutoff } => {
                let cutoff = cutoff.and_then(|cutoff| Position::try_from(cutoff).ok());
                let current = Some((position, cutoff.unwrap_or(position).min(position)));
                let closing = self.closings.entry(*year);
                closing
                    .or_insert(Closing {
                        first: position,
                        current,
                    })
                    .current = current;
            }
            Decision::Reopened { year } => {
                if let Some(closing) = self.closings.get_mut(year) {
                    closing.current = None;
                }
            }
        }
    }

    /// The plan in force.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().map(|(_, plan)| plan.as_ref())
    }

    /// The target in force.
    pub(crate) fn target(&self, indicator: &str, year: FiscalYear) -> Option<Figure> {
        let revised = self.revisions_of(indicator, year).last();
        match revised {
            Some(revision) => revision.target,
            None => {
                let (_, indicator) = self.plan()?.indicator(indicator)?;
                indicator.targets.get(&year).copied()
            }
        }
    }

    /// The revisions of one target, oldest first.
    pub(crate) fn revisions_of(
        &self,
        indicator: &str,
        year: FiscalYear,
    ) -> impl DoubleEndedIterator<Item = &Revision> {
        self.revisions
            .iter()
            .filter(move |r| r.indicator == indicator && r.year == year)
    }

    /// The id of the reading in force; decisions for readings that the plan lacks are passed over.
    pub(crate) fn reading<'a>(&'a self, indicator: &'a crate::plan::Indicator) -> &'a str {
        let decided = self.decisions.iter().rev().find(|decision| {
            decision.indicator == indicator.id && indicator.readings.contains_key(&decision.reading)
        });
        decided.map_or(&indicator.reading, |decision| &decision.reading)
    }

    /// True if an entry of a year was recorded before the year was first closed.
    pub(crate) fn on_time(&self, position: Position, year: FiscalYear) -> bool {
        self.closings
            .get(&year)
            .is_none_or(|closing| position < closing.first)
    }
}
