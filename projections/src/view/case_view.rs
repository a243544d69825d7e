//! How one case stands (contract section 4, `GET /v1/cases/{uuid}`).

use banso_core::recorded::Recorded;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::effective::{Effective, effective};

/// How far a case has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Opened.
    Opened,
    /// An analysis is completed.
    Analysed,
    /// A plan is completed.
    Planned,
    /// A completed plan is followed up.
    Executing,
    /// Closed.
    Closed,
}

impl Stage {
    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Analysed => "analysed",
            Self::Planned => "planned",
            Self::Executing => "executing",
            Self::Closed => "closed",
        }
    }
}

/// A plan of the case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CasePlan {
    /// Its id.
    pub plan_id: String,
    /// Its kind.
    pub kind: Option<String>,
    /// When it was completed.
    pub completed_on: NaiveDate,
    /// Where that is recorded.
    pub position: u64,
    /// Sales it starts from, in yen.
    pub baseline_sales: Option<Value>,
    /// Sales it aims at, in yen.
    pub target_sales: Option<Value>,
    /// How often it was revised.
    pub revisions: usize,
    /// Who recognised it.
    pub recognised_by: Vec<String>,
    /// How often it was followed up.
    pub followups: usize,
    /// The progress last reported.
    pub progress: Option<String>,
}

/// How one case stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseView {
    /// The uuid of `case/<uuid>`.
    pub case_id: Uuid,
    /// The business supported.
    pub business_id: Option<Uuid>,
    /// The advisor in charge.
    pub advisor_id: Option<Uuid>,
    /// How far it has come.
    pub stage: Stage,
    /// When it was opened.
    pub opened_on: Option<NaiveDate>,
    /// Its goal.
    pub goal: Option<String>,
    /// Completed plans.
    pub plans: Vec<CasePlan>,
    /// Completed analyses.
    pub analyses: Vec<Effective>,
    /// Follow-ups.
    pub followups: Vec<Effective>,
    /// Sales reports, by date.
    pub sales: Vec<Effective>,
    /// Visits and consultations done.
    pub visits: usize,
    /// When the advisor wants to be in touch again.
    pub next_due: Option<NaiveDate>,
    /// Count of its entries.
    pub version: u64,
    /// Everything that happened, by date; voided events are marked.
    pub timeline: Vec<Effective>,
}

impl CaseView {
    /// Every event that is shown, once for each list in which it stands.
    pub fn events_mut(&mut self) -> impl Iterator<Item = &mut Effective> {
        let lists = [
            &mut self.analyses,
            &mut self.followups,
            &mut self.sales,
            &mut self.timeline,
        ];
        lists.into_iter().flatten()
    }
}

/// Folds the entries of one case, in order; none if it was never opened.
pub fn case_view(case_id: Uuid, entries: &[Recorded]) -> Option<CaseView> {
    let version = entries.last()?.version;
    let mut timeline = effective(entries);
    timeline.sort_by_key(|event| (event.occurred_on, event.position));
    let live: Vec<&Effective> = timeline.iter().filter(|event| event.counts()).collect();
    let of = |name: &'static str| live.iter().filter(move |event| event.event_type == name);
    let all = |name: &'static str| of(name).map(|event| (*event).clone()).collect::<Vec<_>>();
    let opening = of("case.opened").next();
    let plans: Vec<CasePlan> = of("plan.completed")
        .map(|event| plan(event, &live))
        .collect();
    let analyses = all("analysis.completed");
    Some(CaseView {
        case_id,
        business_id: opening.and_then(|event| event.uuid("business_id")),
        advisor_id: advisor(&live),
        stage: stage(&live, &plans, &analyses),
        opened_on: opening.map(|event| event.occurred_on),
        goal: opening
            .and_then(|event| event.text("goal"))
            .map(str::to_owned),
        analyses,
        followups: all("followup.done"),
        sales: all("sales.reported"),
        visits: of("visit.done").count(),
        next_due: next_due(&live),
        plans,
        version,
        timeline,
    })
}

fn advisor(live: &[&Effective]) -> Option<Uuid> {
    // By position: of two hand-overs on one day the later record holds.
    let changes = live
        .iter()
        .filter_map(|event| match event.event_type.as_str() {
            "case.opened" => Some((event.position, event.uuid("advisor_id")?)),
            "case.handed_over" => Some((event.position, event.uuid("to")?)),
            _ => None,
        });
    changes
        .max_by_key(|(position, _)| *position)
        .map(|(_, advisor)| advisor)
}

fn stage(live: &[&Effective], plans: &[CasePlan], analyses: &[Effective]) -> Stage {
    let last = live
        .iter()
        .filter(|event| matches!(event.event_type.as_str(), "case.closed" | "case.reopened"))
        .max_by_key(|event| event.position);
    if last.is_some_and(|event| event.event_type == "case.closed") {
        Stage::Closed
    } else if plans.iter().any(|plan| plan.followups > 0) {
        Stage::Executing
    } else if !plans.is_empty() {
        Stage::Planned
    } else if !analyses.is_empty() {
        Stage::Analysed
    } else {
        Stage::Opened
    }
}

fn plan(completed: &Effective, live: &[&Effective]) -> CasePlan {
    let plan_id = completed.text("plan_id").unwrap_or_default();
    let about = |name: &'static str| {
        live.iter()
            .filter(move |event| event.event_type == name && event.text("plan_id") == Some(plan_id))
    };
    CasePlan {
        plan_id: plan_id.to_owned(),
        kind: completed.text("kind").map(str::to_owned),
        completed_on: completed.occurred_on,
        position: completed.position,
        baseline_sales: completed.data.get("baseline_sales").cloned(),
        target_sales: completed.data.get("target_sales").cloned(),
        revisions: about("plan.revised").count(),
        recognised_by: about("plan.recognised")
            .filter_map(|event| event.text("by").map(str::to_owned))
            .collect(),
        followups: about("followup.done").count(),
        progress: about("followup.done")
            .next_back()
            .and_then(|event| event.text("progress"))
            .map(str::to_owned),
    }
}

/// The date set by the last contact; a contact that sets none answers the one before.
fn next_due(live: &[&Effective]) -> Option<NaiveDate> {
    live.iter()
        .fold(None, |due, event| match event.event_type.as_str() {
            "visit.done" | "followup.done" => event.date("next_due"),
            "visit.missed" => event.date("new_due").or(due),
            "case.closed" => None,
            _ => due,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CASE: &str = "case/0195ee98-e830-7039-ab73-cf985800f986";

    fn entries(events: &[(&str, &str, Value)]) -> Vec<Recorded> {
        let entry = |(at, (name, day, data)): (usize, &(&str, &str, Value))| {
            let id = Uuid::from_u128(at as u128);
            let value = json!({"position": at, "version": at + 1, "id": id, "type": name,
                "subject": CASE, "occurred_on": day, "data": data,
                "recorded_at": "2026-01-01T00:00:00.000Z", "recorded_by": "system"});
            serde_json::from_value(value).unwrap()
        };
        events.iter().enumerate().map(entry).collect()
    }

    fn opened() -> (&'static str, &'static str, Value) {
        let data = json!({"business_id": Uuid::from_u128(100), "advisor_id": Uuid::from_u128(200)});
        ("case.opened", "2025-04-01", data)
    }

    fn view(events: &[(&str, &str, Value)]) -> CaseView {
        case_view(Uuid::nil(), &entries(events)).unwrap()
    }

    #[test]
    fn the_stage_follows_what_is_effective() {
        let plan = (
            "plan.completed",
            "2025-05-01",
            json!({"plan_id": "p", "kind": "dx"}),
        );
        let followup = (
            "followup.done",
            "2025-06-01",
            json!({"plan_id": "p", "method": "visit", "progress": "behind"}),
        );
        let void = (
            "record.voided",
            "2025-07-01",
            json!({"target": Uuid::from_u128(1), "reason": "誤り"}),
        );
        assert_eq!(view(&[opened()]).stage, Stage::Opened);
        assert_eq!(view(&[opened(), plan.clone()]).stage, Stage::Planned);
        let both = [opened(), plan.clone(), followup.clone()];
        assert_eq!(view(&both).stage, Stage::Executing);
        assert_eq!(view(&both).plans[0].progress.as_deref(), Some("behind"));
        let voided = view(&[opened(), plan, followup, void]);
        assert_eq!((voided.stage, voided.version), (Stage::Opened, 4));
        assert_eq!(voided.timeline[1].voided_by, Some(3));
    }

    #[test]
    fn a_contact_answers_the_date_before_it() {
        let visit = |day, due: Option<&str>| {
            (
                "visit.done",
                day,
                json!({"method": "visit", "next_due": due}),
            )
        };
        let due = |events: &[_]| view(events).next_due.map(|day| day.to_string());
        let first = visit("2025-05-01", Some("2025-06-01"));
        assert_eq!(
            due(&[opened(), first.clone()]).as_deref(),
            Some("2025-06-01")
        );
        assert_eq!(due(&[opened(), first, visit("2025-06-02", None)]), None);
    }

    #[test]
    fn a_hand_over_changes_the_advisor_until_it_is_voided() {
        let hand = (
            "case.handed_over",
            "2025-05-01",
            json!({"to": Uuid::from_u128(300)}),
        );
        let void = (
            "record.voided",
            "2025-07-01",
            json!({"target": Uuid::from_u128(1), "reason": "誤り"}),
        );
        assert_eq!(
            view(&[opened(), hand.clone()]).advisor_id,
            Some(Uuid::from_u128(300))
        );
        assert_eq!(
            view(&[opened(), hand, void]).advisor_id,
            Some(Uuid::from_u128(200))
        );
    }

    #[test]
    fn a_correction_replaces_data_and_date() {
        let visit = (
            "visit.done",
            "2025-05-01",
            json!({"method": "visit", "purpose": "a"}),
        );
        let correction = (
            "record.corrected",
            "2025-07-01",
            json!({"target": Uuid::from_u128(1),
            "data": {"method": "phone"}, "occurred_on": "2025-03-31", "reason": "誤り"}),
        );
        let corrected = view(&[opened(), visit, correction]);
        let event = &corrected.timeline[0];
        assert_eq!(
            (event.position, event.occurred_on.to_string()),
            (1, "2025-03-31".to_owned())
        );
        assert_eq!(
            Value::Object(event.data.clone()),
            json!({"method": "phone"})
        );
        assert_eq!(event.corrected_by, [2]);
    }
}
