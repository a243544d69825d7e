//! What is due of a case: the next contact that was promised, the follow-ups of a plan, the yearly
//! revisit after an analysis.
//!
//! Pure: the day and the plan's promises are arguments.

use banso_projections::plan::Promises;
use chrono::{Months, NaiveDate};
use uuid::Uuid;

use crate::casebook::Sheet;

/// How many days ahead something is shown as due.
const AHEAD: i64 = 30;
/// A duty older than this is history and no duty any more.
const FORGOTTEN: i64 = 183;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Duty {
    pub(super) case: Uuid,
    pub(super) business: Uuid,
    pub(super) due: NaiveDate,
    pub(super) overdue: bool,
    pub(super) what: What,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A contact on a date that was promised.
    Contact,
    /// A follow-up of a plan: which one of how many.
    Followup { number: usize, wanted: usize },
    /// The revisit after an analysis.
    Revisit,
}

impl What {
    /// As the pages say it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Contact => "次回の訪問・連絡".to_owned(),
            Self::Followup { number, wanted } => {
                format!("計画のフォローアップ（{wanted} 回のうち {number} 回目）")
            }
            Self::Revisit => "経営分析後の年1回の訪問".to_owned(),
        }
    }
}

/// The duties of a case on a day; none of a closed one.
pub(super) fn duties(sheet: &Sheet, promises: &Promises, today: NaiveDate) -> Vec<Duty> {
    let view = &sheet.view;
    let Some(business) = view.business_id else { return Vec::new() };
    if view.stage == banso_projections::view::Stage::Closed {
        return Vec::new();
    }
    let contact = view.next_due.map(|due| (due, What::Contact));
    let all = contact
        .into_iter()
        .chain(followups(sheet, promises))
        .chain(revisit(sheet, promises))
        .filter(|(due, _)| (-AHEAD..FORGOTTEN).contains(&(today - *due).num_days()));
    let duty = |(due, what)| Duty { case: view.case_id, business, due, overdue: due < today, what };
    all.map(duty).collect()
}

fn followups(sheet: &Sheet, promises: &Promises) -> Vec<(NaiveDate, What)> {
    let wanted = promises.followups_per_plan.unwrap_or(2);
    let months = promises.followup_months.unwrap_or(12);
    let plans = sheet.view.plans.iter();
    let open = plans.filter_map(|plan| {
        let end = plan.completed_on + Months::new(months);
        let done = sheet
            .view
            .followups
            .iter()
            .filter(|event| event.text("plan_id") == Some(plan.plan_id.as_str()))
            .filter(|event| event.occurred_on <= end)
            .count();
        let number = u32::try_from(done).unwrap_or(wanted) + 1;
        let due = plan.completed_on + Months::new(months * number / wanted.max(1));
        let what = What::Followup { number: done + 1, wanted: wanted as usize };
        (number <= wanted).then_some((due, what))
    });
    open.collect()
}

fn revisit(sheet: &Sheet, promises: &Promises) -> Option<(NaiveDate, What)> {
    let analysed = sheet.view.analyses.last()?.occurred_on;
    let met = sheet.contacts.iter().any(|day| *day > analysed);
    let due = analysed + Months::new(promises.revisit_months.unwrap_or(12));
    (!met).then_some((due, What::Revisit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use banso_core::recorded::Recorded;
    use banso_projections::view::case_view;
    use serde_json::{Value, json};

    fn sheet(events: &[(&str, &str, Value)]) -> Sheet {
        let entry = |(at, (name, day, data)): (usize, &(&str, &str, Value))| {
            serde_json::from_value(json!({"position": at, "version": at + 1,
                "id": Uuid::from_u128(at as u128), "type": name, "occurred_on": day, "data": data,
                "subject": "case/0195ee98-e830-7039-ab73-cf985800f986",
                "recorded_at": "2026-01-01T00:00:00.000Z", "recorded_by": "system"}))
            .unwrap()
        };
        let opened = ("case.opened", "2025-04-01", json!({"business_id": Uuid::from_u128(1)}));
        let events: Vec<_> = std::iter::once(&opened).chain(events).enumerate().map(entry).collect();
        let events: Vec<Recorded> = events;
        let view = case_view(Uuid::nil(), &events).unwrap();
        let contacts = view
            .timeline
            .iter()
            .filter(|event| event.event_type == "visit.done")
            .map(|event| event.occurred_on)
            .collect();
        Sheet { view, contacts, unfinished: Vec::new() }
    }

    fn due(sheet: &Sheet, today: &str) -> Vec<(String, What)> {
        let duties = duties(sheet, &Promises::default(), today.parse().unwrap());
        duties.into_iter().map(|duty| (duty.due.to_string(), duty.what)).collect()
    }

    #[test]
    fn a_plan_wants_two_follow_ups_within_a_year() {
        let plan = ("plan.completed", "2025-04-10", json!({"plan_id": "p", "kind": "dx"}));
        let done = ("followup.done", "2025-09-01",
            json!({"plan_id": "p", "method": "visit", "progress": "on_track"}));
        let first = What::Followup { number: 1, wanted: 2 };
        let second = What::Followup { number: 2, wanted: 2 };
        assert_eq!(due(&sheet(&[plan.clone()]), "2025-10-01"), [("2025-10-10".to_owned(), first)]);
        let once = sheet(&[plan.clone(), done.clone()]);
        assert_eq!(due(&once, "2026-04-01"), [("2026-04-10".to_owned(), second)]);
        assert!(due(&sheet(&[plan, done.clone(), done]), "2026-04-01").is_empty());
    }

    #[test]
    fn a_promised_date_is_due_until_it_is_kept() {
        let visit = |day, next: Option<&str>| {
            ("visit.done", day, json!({"method": "visit", "next_due": next}))
        };
        let open = sheet(&[visit("2025-05-01", Some("2025-06-01"))]);
        assert_eq!(due(&open, "2025-06-05"), [("2025-06-01".to_owned(), What::Contact)]);
        assert!(due(&open, "2025-04-01").is_empty());
        let kept = sheet(&[visit("2025-05-01", Some("2025-06-01")), visit("2025-06-05", None)]);
        assert!(due(&kept, "2025-06-06").is_empty());
    }

    #[test]
    fn an_analysed_business_is_visited_again_within_the_year() {
        let analysis = ("analysis.completed", "2025-05-01", json!({"analysis_id": "a"}));
        let visit = ("visit.done", "2025-12-01", json!({"method": "visit"}));
        let open = sheet(&[analysis.clone()]);
        assert_eq!(due(&open, "2026-04-20"), [("2026-05-01".to_owned(), What::Revisit)]);
        assert!(due(&sheet(&[analysis, visit]), "2026-04-20").is_empty());
    }
}
