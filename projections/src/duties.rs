//! Who is due (contract section 4, `GET /v1/duties`): plans short of their follow-ups, analysed
//! businesses short of their yearly revisit. How many and how soon is what the plan promises.
//!
//! A hand-over moves duties, never counts; a closed business or case ends them. Today is given.

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use crate::casebook::{self, Case, Casebook, PlanMade};
use crate::cases::profile;
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::fact::atom::Symbol;
use crate::kpi::Kpi;
use crate::plan::Promises;

/// Follow-ups of a plan where the plan in force promises none (contract section 4).
const FOLLOW_UPS: u32 = 2;
/// Months in which they are due, and after which an analysed business is visited again.
const MONTHS: u32 = 12;

/// `GET /v1/duties`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duties {
    /// The year by its April.
    pub fiscal_year: i32,
    /// 令和7年度.
    pub label: String,
    /// The day on which overdue is decided.
    pub today: NaiveDate,
    /// The duties, the earliest first.
    pub duties: Vec<Duty>,
    /// How many each advisor has; without an advisor under the empty name.
    pub by_advisor: BTreeMap<String, DutyCount>,
    /// How many each area has; without an area under the empty name.
    pub by_area: BTreeMap<String, DutyCount>,
}

/// How many duties there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DutyCount {
    /// All.
    pub due: usize,
    /// Of these past their day.
    pub overdue: usize,
}

/// One thing that is still to be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duty {
    /// What.
    pub kind: DutyKind,
    /// The case it belongs to.
    pub case_id: Option<Uuid>,
    /// The business, through merges.
    pub business_id: Option<Uuid>,
    /// The advisor in charge now.
    pub advisor_id: Option<Uuid>,
    /// The area of the business.
    pub area: Option<String>,
    /// The plan that is followed up.
    pub plan_id: Option<String>,
    /// The day of the plan, or of the last meeting.
    pub since: NaiveDate,
    /// The last day.
    pub due_on: NaiveDate,
    /// How often it was done.
    pub done: u32,
    /// How often it has to be done.
    pub wanted: u32,
    /// Today lies after the last day.
    pub overdue: bool,
    /// When the advisor wants to be in touch again.
    pub next_due: Option<NaiveDate>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// Follow-ups of a plan.
    FollowUp,
    /// The yearly visit to an analysed business.
    Revisit,
}

impl Kpi {
    /// Everything that is due in a year, with what is still overdue from before.
    pub fn duties(&self, year: FiscalYear, today: NaiveDate) -> Duties {
        let view = self.view();
        let book = Casebook::gather(&view);
        let promises = self
            .adopted_plan()
            .map(|plan| plan.promises.clone())
            .unwrap_or_default();
        let desk = Desk {
            view: &view,
            book: &book,
            promises,
            year,
            today: today.num_days_from_ce(),
        };
        let mut duties: Vec<Duty> = desk.follow_ups();
        duties.extend(desk.revisits());
        duties.sort_by_key(|duty| (duty.due_on, duty.kind, duty.case_id, duty.plan_id.clone()));
        let mut answer = Duties {
            fiscal_year: year.0,
            label: year.label(),
            today,
            duties,
            by_advisor: BTreeMap::new(),
            by_area: BTreeMap::new(),
        };
        for duty in &answer.duties {
            let advisor = duty.advisor_id.map(|id| id.to_string()).unwrap_or_default();
            let area = duty.area.clone().unwrap_or_default();
            for count in [
                answer.by_advisor.entry(advisor).or_default(),
                answer.by_area.entry(area).or_default(),
            ] {
                count.due += 1;
                count.overdue += usize::from(duty.overdue);
            }
        }
        answer
    }
}

struct Desk<'a> {
    view: &'a View<'a>,
    book: &'a Casebook,
    promises: Promises,
    year: FiscalYear,
    today: i32,
}

impl Desk<'_> {
    /// Plans whose time for follow-ups touches the year and that are short of them.
    fn follow_ups(&self) -> Vec<Duty> {
        let wanted = self.promises.followups_per_plan.unwrap_or(FOLLOW_UPS);
        let months = self.promises.followup_months.unwrap_or(MONTHS);
        let (first, last) = self.days();
        let mut duties = Vec::new();
        for (symbol, case) in self.open_cases() {
            for plan in &case.plans {
                let due = after_months(plan.day, months);
                let done = case.followed_up(plan, plan.day, due);
                let done = u32::try_from(done).unwrap_or(u32::MAX);
                if done >= wanted || due < first || plan.day > last || plan.day > self.today {
                    continue;
                }
                let duty = self.duty(DutyKind::FollowUp, *symbol, case, plan.day, due);
                let plan_id = Some(casebook::text(self.view, plan.plan));
                duties.push(Duty {
                    plan_id,
                    done,
                    wanted,
                    ..duty
                });
            }
        }
        duties
    }

    /// Analysed businesses that nobody met for longer than promised by the end of the year.
    fn revisits(&self) -> Vec<Duty> {
        let months = self.promises.revisit_months.unwrap_or(MONTHS);
        let (_, last) = self.days();
        let mut latest: BTreeMap<Symbol, (i32, Symbol)> = BTreeMap::new();
        let mut met: BTreeMap<Symbol, i32> = BTreeMap::new();
        for (symbol, case) in &self.book.cases {
            let Some(root) = self.root(case) else {
                continue;
            };
            let today = |day: &&i32| **day <= self.today;
            if let Some(day) = case.met.iter().rev().find(today) {
                let known = met.entry(root).or_insert(*day);
                *known = (*known).max(*day);
            }
            for (day, _) in case.analyses.iter().filter(|(day, _)| *day <= self.today) {
                let known = latest.entry(root).or_insert((*day, *symbol));
                *known = (*known).max((*day, *symbol));
            }
        }
        let mut duties = Vec::new();
        for (root, (analysed, symbol)) in latest {
            let Some(case) = self
                .book
                .cases
                .get(&symbol)
                .filter(|case| self.is_open(case))
            else {
                continue;
            };
            let since = met.get(&root).copied().unwrap_or(analysed).max(analysed);
            let due = after_months(since, months);
            if due <= last {
                let duty = self.duty(DutyKind::Revisit, symbol, case, since, due);
                duties.push(duty);
            }
        }
        duties
    }

    fn duty(&self, kind: DutyKind, symbol: Symbol, case: &Case, since: i32, due: i32) -> Duty {
        let root = self.root(case);
        let business = root.and_then(|root| self.book.businesses.get(&root));
        Duty {
            kind,
            case_id: casebook::uuid(self.view, symbol),
            business_id: root.and_then(|root| casebook::uuid(self.view, root)),
            advisor_id: case
                .advisor
                .and_then(|(_, by)| casebook::uuid(self.view, by)),
            area: business.and_then(|business| profile(self.view, business, "area")),
            plan_id: None,
            since: date(since),
            due_on: date(due),
            done: 0,
            wanted: 1,
            overdue: due < self.today,
            next_due: case.next_due().map(date),
        }
    }

    fn days(&self) -> (i32, i32) {
        let day = |day: NaiveDate| day.num_days_from_ce();
        (day(self.year.first_day()), day(self.year.last_day()))
    }

    fn open_cases(&self) -> impl Iterator<Item = (&Symbol, &Case)> {
        self.book
            .cases
            .iter()
            .filter(|(_, case)| self.is_open(case))
    }

    /// Opened, not closed, and its business neither closed nor suspended.
    fn is_open(&self, case: &Case) -> bool {
        let Some(root) = self.root(case).filter(|_| !case.closed) else {
            return false;
        };
        let group = self.view.state.merges.group(&root);
        let closed = |business| {
            self.book
                .businesses
                .get(business)
                .is_some_and(|known| known.closed.is_some_and(|(_, day)| day <= self.today))
        };
        !group.iter().any(closed)
    }

    fn root(&self, case: &Case) -> Option<Symbol> {
        let business = case.opening.map(|opening| opening.business)?;
        Some(self.view.state.merges.root(business))
    }
}

/// The same day number so many months later; the last day of a shorter month.
pub(crate) fn after_months(day: i32, months: u32) -> i32 {
    let later = date(day).checked_add_months(Months::new(months));
    later.unwrap_or(NaiveDate::MAX).num_days_from_ce()
}

/// The plans that were made in a span of days, with their cases.
pub(crate) fn plans_made(book: &Casebook, from: i32, to: i32) -> Vec<(&Case, &PlanMade)> {
    let made = |case| {
        let case: &Case = case;
        case.plans.iter().map(move |plan| (case, plan))
    };
    let plans = book.cases.values().flat_map(made);
    plans
        .filter(|(_, plan)| (from..=to).contains(&plan.day))
        .collect()
}
