//! What is due soon: the plan's duties as the projections give them, and the next contacts that
//! advisors set themselves.
//!
//! Decides only how far ahead the pages look.

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use banso_projections::duties::{Duty as Owed, DutyKind};
use banso_projections::view::Stage;
use chrono::NaiveDate;
use uuid::Uuid;

use crate::app::App;
use crate::casebook::Sheet;
use crate::live::LiveError;

/// Days ahead in which a promised contact is shown.
const CONTACT_AHEAD: i64 = 30;
/// Days ahead in which a duty of the plan is shown; it takes more than one visit.
const DUTY_AHEAD: i64 = 60;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Duty {
    pub(super) case: Uuid,
    pub(super) due: NaiveDate,
    pub(super) what: String,
}

/// What the plan owes, by case.
pub(super) type OwedByCase = HashMap<Uuid, Vec<Owed>>;

/// What the plan owes, near enough to be shown.
pub(super) fn owed(app: &App, today: NaiveDate) -> Result<OwedByCase, LiveError> {
    let year = FiscalYear::of(today);
    let owed = app.live.look(|kpi, _| kpi.duties(year, today).duties)?;
    let mut by_case = OwedByCase::new();
    for duty in owed {
        if let Some(case) = duty
            .case_id
            .filter(|_| (duty.due_on - today).num_days() <= DUTY_AHEAD)
        {
            by_case.entry(case).or_default().push(duty);
        }
    }
    Ok(by_case)
}

/// What is due of a case: `owed` are the plan's duties of all cases.
pub(super) fn of_case(sheet: &Sheet, owed: &OwedByCase, today: NaiveDate) -> Vec<Duty> {
    let case = sheet.view.case_id;
    let near = |due: &NaiveDate| (*due - today).num_days() <= CONTACT_AHEAD;
    let open = sheet.view.stage != Stage::Closed;
    let contact = sheet.view.next_due.filter(|due| open && near(due));
    let contact = contact.map(|due| Duty {
        case,
        due,
        what: "次回の訪問・連絡".to_owned(),
    });
    let of_plan = owed.get(&case).into_iter().flatten();
    let of_plan = of_plan.map(|duty| Duty {
        case,
        due: duty.due_on,
        what: label(duty),
    });
    contact.into_iter().chain(of_plan).collect()
}

fn label(duty: &Owed) -> String {
    match duty.kind {
        DutyKind::FollowUp => {
            format!(
                "計画のフォローアップ（{} 回のうち {} 回ずみ）",
                duty.wanted, duty.done
            )
        }
        DutyKind::Revisit => "経営分析後の年1回の訪問".to_owned(),
    }
}
