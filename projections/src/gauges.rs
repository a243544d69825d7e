//! What the plan's text promises beside its tables, and what a manager steers by.
//!
//! Analyses per advisor, average attendance, follow-ups per plan, yearly revisits, the four-way
//! split of sales, distinct businesses over the years beside the yearly sums, landing forecasts.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use crate::casebook::{self, Casebook};
use crate::duties::{after_months, plans_made};
use crate::engine::compile::{Measure, Part};
use crate::engine::judge::{self, date};
use crate::engine::view::View;
use crate::fact::atom::Symbol;
use crate::fact::{NONE, Position};
use crate::figure::Figure;
use crate::forecast::{Forecast, forecasts};
use crate::kpi::Kpi;
use crate::plan::Promises;
use crate::vocabulary::{Kind, vocabulary};

/// Months after an analysis by which the business is met again, where the plan promises none.
const REVISIT_MONTHS: u32 = 12;

/// Secondary gauges of a year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gauges {
    /// The year by its April.
    pub fiscal_year: i32,
    /// 令和7年度.
    pub label: String,
    /// Analysed businesses of each advisor, against what is promised.
    pub analyses_per_advisor: PerAdvisor,
    /// Heads per seminar session.
    pub average_attendance: Average,
    /// Follow-ups per followed plan.
    pub followups_per_plan: Average,
    /// Analysed businesses that were to be met again in this year.
    pub revisits: Revisits,
    /// How the sales of plan-made businesses went.
    pub sales: SalesSplit,
    /// Distinct businesses over the plan's years beside the sum of the years.
    pub distinct: Vec<Distinct>,
    /// Where each indicator will land.
    pub forecast: Vec<Forecast>,
}

/// Analysed businesses by advisor; the one in charge on the day of the analysis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PerAdvisor {
    /// What the plan promises for each.
    pub promised: Option<Figure>,
    /// Each advisor with at least one, and every advisor on the staff.
    pub advisors: BTreeMap<Uuid, usize>,
    /// All, divided by the advisors, to one decimal.
    pub average: Option<Figure>,
}

/// A sum, a number of things, and their quotient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Average {
    /// What the plan promises.
    pub promised: Option<Figure>,
    /// Heads, or follow-ups.
    pub sum: i64,
    /// Sessions, or plans.
    pub count: usize,
    /// To one decimal.
    pub average: Option<Figure>,
}

/// Yearly revisits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Revisits {
    /// Analysed businesses whose revisit falls into this year.
    pub due: usize,
    /// Of these met again in time.
    pub done: usize,
}

/// Plan-made businesses by their latest report of the year: 増加・横ばい・減少・不明.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SalesSplit {
    /// Above the same span before.
    pub increased: usize,
    /// Equal.
    pub unchanged: usize,
    /// Below.
    pub decreased: usize,
    /// No report, or nothing to compare it with.
    pub unknown: usize,
}

/// One indicator that counts businesses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distinct {
    /// Its id.
    pub id: String,
    /// As printed.
    pub label: String,
    /// The sum of the plan's years up to this one (延べ).
    pub sum: i64,
    /// Distinct businesses in all of them together (実数).
    pub distinct: usize,
}

impl Kpi {
    /// The secondary gauges of a year; `today` decides how far the year has come.
    pub fn gauges(&self, year: FiscalYear, today: NaiveDate) -> Gauges {
        let view = self.view();
        let book = Casebook::gather(&view);
        let promises = self
            .adopted_plan()
            .map(|plan| plan.promises.clone())
            .unwrap_or_default();
        let gauge = Gauge {
            view: &view,
            book: &book,
            promises: &promises,
            year,
        };
        let analyses_per_advisor = gauge.analyses_per_advisor();
        let advisors = analyses_per_advisor.advisors.len();
        Gauges {
            fiscal_year: year.0,
            label: year.label(),
            average_attendance: gauge.average_attendance(),
            followups_per_plan: gauge.followups_per_plan(),
            revisits: gauge.revisits(),
            sales: gauge.sales(),
            distinct: gauge.distinct(),
            forecast: self
                .state
                .compiled
                .as_ref()
                .map_or_else(Vec::new, |compiled| {
                    forecasts(&view, compiled, year, today, advisors)
                }),
            analyses_per_advisor,
        }
    }
}

impl Kpi {
    /// Heads per seminar session of a year, the same as in [`Kpi::gauges`].
    pub fn attendance(&self, year: FiscalYear) -> Average {
        let promises = self
            .adopted_plan()
            .map(|plan| plan.promises.clone())
            .unwrap_or_default();
        let gauge = Gauge {
            view: &self.view(),
            book: &Casebook::default(),
            promises: &promises,
            year,
        };
        gauge.average_attendance()
    }
}

/// Analysed businesses of each advisor in a year.
pub(crate) fn analyses_per_advisor(
    view: &View<'_>,
    book: &Casebook,
    promises: &Promises,
    year: FiscalYear,
) -> PerAdvisor {
    let gauge = Gauge {
        view,
        book,
        promises,
        year,
    };
    gauge.analyses_per_advisor()
}

/// Day, position and the figures compared, if they can be.
type Report = (i32, Position, Option<(i64, i64)>);

struct Gauge<'a> {
    view: &'a View<'a>,
    book: &'a Casebook,
    promises: &'a Promises,
    year: FiscalYear,
}

impl Gauge<'_> {
    fn days(&self) -> (i32, i32) {
        let day = |day: NaiveDate| day.num_days_from_ce();
        (day(self.year.first_day()), day(self.year.last_day()))
    }

    /// Effective events of a kind in the year.
    fn of_year(
        &self,
        kind: Kind,
    ) -> impl Iterator<Item = (Position, crate::engine::effects::Version)> {
        let facts = self.view.facts.iter(self.view.state.len());
        facts
            .filter(move |(_, fact)| fact.kind == kind)
            .filter_map(|(position, _)| {
                let version = self.view.counting(position)?;
                (FiscalYear::of(date(version.day)) == self.year).then_some((position, version))
            })
    }

    fn analyses_per_advisor(&self) -> PerAdvisor {
        let mut businesses: BTreeMap<Uuid, BTreeSet<Symbol>> = BTreeMap::new();
        let advisor = vocabulary().choice("advisor");
        for (member, _) in self.book.staff.iter().filter(|(_, role)| **role == advisor) {
            if let Some(id) = casebook::uuid(self.view, *member) {
                businesses.entry(id).or_default();
            }
        }
        for (position, version) in self.of_year(vocabulary().known.analysis_completed) {
            if let Some(by) = self.view.advisor(position, &version) {
                businesses
                    .entry(by)
                    .or_default()
                    .insert(self.view.root(position, &version));
            }
        }
        let advisors: BTreeMap<Uuid, usize> = businesses
            .into_iter()
            .map(|(id, done)| (id, done.len()))
            .collect();
        let average = quotient(to_i64(advisors.values().sum()), advisors.len());
        PerAdvisor {
            promised: self.promises.analyses_per_advisor,
            advisors,
            average,
        }
    }

    fn average_attendance(&self) -> Average {
        let (mut sum, mut count) = (0, 0);
        let Some(attendees) = vocabulary().field("attendees") else {
            return average(self.promises.average_attendance, sum, count);
        };
        for (_, version) in self.of_year(vocabulary().known.seminar_held) {
            sum += self.view.amount(&version, attendees).unwrap_or(0);
            count += 1;
        }
        average(self.promises.average_attendance, sum, count)
    }

    /// Follow-ups done in the year, by the plans that had any; both effective.
    fn followups_per_plan(&self) -> Average {
        let (first, last) = self.days();
        let (mut sum, mut count) = (0, 0);
        for (case, plan) in plans_made(self.book, i32::MIN, last) {
            let done = case.followed_up(plan, first, last);
            sum += to_i64(done);
            count += usize::from(done > 0);
        }
        let promised = self.promises.followups_per_plan;
        average(
            promised.map(|count| Figure::whole(i128::from(count))),
            sum,
            count,
        )
    }

    /// The revisit of a business falls due some months after its latest analysis of a year.
    fn revisits(&self) -> Revisits {
        let months = self.promises.revisit_months.unwrap_or(REVISIT_MONTHS);
        let (first, last) = self.days();
        let mut met: BTreeMap<Symbol, Vec<i32>> = BTreeMap::new();
        let mut due: BTreeMap<Symbol, i32> = BTreeMap::new();
        for case in self.book.cases.values() {
            let Some(opening) = case.opening else {
                continue;
            };
            let root = self.view.state.merges.root(opening.business);
            met.entry(root).or_default().extend(&case.met);
            for (day, _) in &case.analyses {
                if (first..=last).contains(&after_months(*day, months)) {
                    let latest = due.entry(root).or_insert(*day);
                    *latest = (*latest).max(*day);
                }
            }
        }
        let in_time = |(root, analysed): &(&Symbol, &i32)| {
            let until = after_months(**analysed, months);
            let days = met.get(root).into_iter().flatten();
            days.into_iter()
                .any(|day| *day > **analysed && *day <= until)
        };
        Revisits {
            due: due.len(),
            done: due.iter().filter(in_time).count(),
        }
    }

    /// Every business with a plan made by the end of the year; its latest total report of the year.
    fn sales(&self) -> SalesSplit {
        let (_, last) = self.days();
        let mut latest: BTreeMap<Symbol, Option<Report>> = BTreeMap::new();
        for case in self.book.cases.values() {
            if let Some(opening) = case.opening
                && case.plans.iter().any(|plan| plan.day <= last)
            {
                latest.insert(self.view.state.merges.root(opening.business), None);
            }
        }
        let name = |name: &str| vocabulary().field(name).unwrap_or(u16::MAX);
        let (sales, before) = (name("sales"), name("comparison_sales"));
        let ec = vocabulary().choice("ec").map(crate::fact::atom::Atom::text);
        for (position, version) in self.of_year(vocabulary().known.sales_reported) {
            if casebook::field(self.view, &version, "channel") == ec {
                continue;
            }
            let compared = self
                .view
                .amount(&version, sales)
                .zip(self.view.amount(&version, before));
            if let Some(known) = latest.get_mut(&self.view.root(position, &version)) {
                *known = (*known).max(Some((version.day, position, compared)));
            }
        }
        let mut split = SalesSplit::default();
        for report in latest.into_values() {
            match report.and_then(|(_, _, compared)| compared) {
                None => split.unknown += 1,
                Some((now, then)) if now > then => split.increased += 1,
                Some((now, then)) if now < then => split.decreased += 1,
                Some(_) => split.unchanged += 1,
            }
        }
        split
    }

    /// Indicators whose reading in force counts distinct businesses.
    fn distinct(&self) -> Vec<Distinct> {
        let Some(compiled) = &self.view.state.compiled else {
            return Vec::new();
        };
        let first = compiled.plan.first_fiscal_year;
        let mut found = Vec::new();
        for (row, indicator) in compiled.plan.indicators.iter().enumerate() {
            let Some(id) = self.view.in_force(compiled, row) else {
                continue;
            };
            let reading = &compiled.readings[usize::from(id)];
            if !matches!(&reading.measure, Measure::Distinct(parts) if matches!(parts[..], [Part::Business]))
            {
                continue;
            }
            let years = first..=self.year;
            let mut businesses = BTreeSet::new();
            for (position, fact) in self.view.facts.iter(self.view.state.len()) {
                if !reading.of.contains(&fact.kind) {
                    continue;
                }
                let version = self.view.counting(position);
                let count = version.and_then(|v| judge::judge(self.view, reading, position, &v));
                if let (Some(version), Some(count)) = (version, count)
                    && years.contains(&count.year)
                {
                    businesses.insert(self.view.root(position, &version));
                }
            }
            businesses.remove(&NONE);
            let all = (first.0..=self.year.0).map(FiscalYear);
            found.push(Distinct {
                id: indicator.id.clone(),
                label: indicator.label.clone(),
                sum: all
                    .map(|year| self.view.state.tallies.get(id, year).count)
                    .sum(),
                distinct: businesses.len(),
            });
        }
        found
    }
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn quotient(sum: i64, count: usize) -> Option<Figure> {
    let count = Figure::whole(i128::from(to_i64(count)));
    Figure::whole(i128::from(sum)).rate_of(count, 1)
}

fn average(promised: Option<Figure>, sum: i64, count: usize) -> Average {
    Average {
        promised,
        sum,
        count,
        average: quotient(sum, count),
    }
}
