//! Who carries how much, and where: a year's support by advisor and by area, with what is due.
//!
//! The advisor in charge on the day of an event is the one it belongs to; duties are those of
//! [`mod@crate::duties`]. Nothing here is an indicator of the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use banso_core::calendar::FiscalYear;
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::casebook::{self, Casebook};
use crate::cases::profile;
use crate::duties::{Duty, DutyCount, DutyKind};
use crate::engine::effects::Version;
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::evidence::{Evidence, Item, describe};
use crate::fact::atom::Symbol;
use crate::fact::{NONE, Position};
use crate::figure::Figure;
use crate::gauges;
use crate::kpi::Kpi;
use crate::vocabulary::{Kind, vocabulary};

/// A year by advisor and by area.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Workload {
    /// The year by its April.
    pub fiscal_year: i32,
    /// 令和7年度.
    pub label: String,
    /// Analysed businesses that the plan promises of each advisor.
    pub analyses_promised: Option<Figure>,
    /// Every advisor on the staff, and whoever else did or owes something; by uuid.
    pub advisors: BTreeMap<Uuid, Load>,
    /// Every area with a business; businesses without an area under the empty name.
    pub areas: BTreeMap<String, Load>,
    /// What is due, the earliest first.
    pub duties: Vec<Duty>,
}

/// What one advisor did, or what was done in one area.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Visits and follow-ups of the year.
    pub visits: usize,
    /// Businesses that were analysed in the year.
    pub analyses: usize,
    /// Plans that were completed in the year.
    pub plans: usize,
    /// Businesses with any of these in the year.
    pub supported: usize,
    /// Businesses on the books: of the open cases, or registered in the area.
    pub businesses: usize,
    /// Cases that are open now.
    pub open_cases: usize,
    /// Follow-ups of plans that are due.
    pub follow_ups: DutyCount,
    /// Yearly visits that are due.
    pub revisits: DutyCount,
}

/// Whose part of the whole is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the advisor in charge on the day.
    Advisor(Uuid),
    /// Of businesses of an area; the empty name for those without one.
    Area(String),
}

impl Kpi {
    /// Who did how much in a year, and what is due with whom and where.
    pub fn workload(&self, year: FiscalYear, today: NaiveDate) -> Workload {
        let view = self.view();
        let book = Casebook::gather(&view);
        let promises = self
            .adopted_plan()
            .map(|plan| plan.promises.clone())
            .unwrap_or_default();
        let per_advisor = gauges::analyses_per_advisor(&view, &book, &promises, year);
        let mut sums = Sums::default();
        for by in per_advisor.advisors.keys() {
            sums.advisors.entry(*by).or_default();
        }
        let areas = Areas::new(&view, &book);
        let duties = self.duties(year, today).duties;
        sums.take_supports(&view, &areas, year);
        sums.take_books(&view, &book, &areas);
        sums.take_duties(&duties);
        Workload {
            fiscal_year: year.0,
            label: year.label(),
            analyses_promised: per_advisor.promised,
            advisors: finished(sums.advisors),
            areas: finished(sums.areas),
            duties,
        }
    }

    /// The visits, follow-ups, analyses and plans of a year behind [`Workload`], the latest first.
    pub fn supports(&self, year: FiscalYear, whose: &Whose) -> Vec<Item> {
        let view = self.view();
        let book = Casebook::gather(&view);
        let part = Part::new(&view, &book, whose);
        let mut found: Vec<_> = supports(&view, year)
            .filter(|(position, version)| part.holds(*position, version))
            .map(|(position, version)| describe(&view, position, &version, year))
            .collect();
        found.sort_by(|a, b| (&b.occurred_on, b.position).cmp(&(&a.occurred_on, a.position)));
        found
    }
}

impl Kpi {
    /// The events of evidence that belong to an advisor or an area; the value stays the whole one.
    #[must_use]
    pub fn part_of(&self, evidence: Evidence, whose: &Whose) -> Evidence {
        let view = self.view();
        let book = Casebook::gather(&view);
        let part = Part::new(&view, &book, whose);
        let Evidence {
            mut counted,
            mut not_counted,
            ..
        } = evidence;
        counted.retain(|item| part.holds_item(item));
        not_counted.retain(|refused| part.holds_item(&refused.item));
        Evidence {
            counted,
            not_counted,
            ..evidence
        }
    }
}

/// The area of every registered business that has one.
struct Areas(HashMap<Symbol, String>);

impl Areas {
    fn new(view: &View<'_>, book: &Casebook) -> Self {
        let named = book
            .businesses
            .iter()
            .filter_map(|(symbol, business)| Some((*symbol, profile(view, business, "area")?)));
        Self(named.collect())
    }

    /// Empty for a business without an area, and for none.
    fn of(&self, business: Symbol) -> &str {
        self.0.get(&business).map_or("", String::as_str)
    }
}

/// Whether an event belongs to somebody or somewhere.
pub(crate) struct Part<'a> {
    view: &'a View<'a>,
    areas: Areas,
    whose: &'a Whose,
}

impl<'a> Part<'a> {
    pub(crate) fn new(view: &'a View<'a>, book: &Casebook, whose: &'a Whose) -> Self {
        let areas = Areas::new(view, book);
        Self { view, areas, whose }
    }

    pub(crate) fn holds(&self, position: Position, version: &Version) -> bool {
        match self.whose {
            Whose::Advisor(id) => self.view.advisor(position, version) == Some(*id),
            Whose::Area(name) => self.areas.of(self.view.root(position, version)) == name,
        }
    }

    fn holds_item(&self, item: &Item) -> bool {
        match self.whose {
            Whose::Advisor(id) => item.advisor_id == Some(*id),
            Whose::Area(name) => {
                let symbols = &self.view.facts.symbols;
                let root = item.business_id.and_then(|id| symbols.find_uuid(id));
                self.areas.of(root.unwrap_or(NONE)) == name
            }
        }
    }
}

/// The effective support events of a year.
fn supports<'a>(
    view: &'a View<'a>,
    year: FiscalYear,
) -> impl Iterator<Item = (Position, Version)> + 'a {
    let known = &vocabulary().known;
    let kinds = [
        known.visit_done,
        known.followup_done,
        known.analysis_completed,
        known.plan_completed,
    ];
    let facts = view.facts.iter(view.state.len());
    facts
        .filter(move |(_, fact)| kinds.contains(&fact.kind))
        .filter_map(move |(position, _)| {
            let version = view.counting(position)?;
            (FiscalYear::of(date(version.day)) == year).then_some((position, version))
        })
}

/// A load with the businesses that are counted once.
#[derive(Default)]
struct Sum {
    load: Load,
    supported: BTreeSet<u32>,
    analysed: BTreeSet<u32>,
    businesses: BTreeSet<u32>,
}

#[derive(Default)]
struct Sums {
    advisors: BTreeMap<Uuid, Sum>,
    areas: BTreeMap<String, Sum>,
}

impl Sums {
    fn take_supports(&mut self, view: &View<'_>, areas: &Areas, year: FiscalYear) {
        for (position, version) in supports(view, year) {
            let (kind, root) = (view.fact(position).kind, view.root(position, &version));
            self.area(areas.of(root)).take(kind, root);
            if let Some(by) = view.advisor(position, &version) {
                self.advisors.entry(by).or_default().take(kind, root);
            }
        }
    }

    fn area(&mut self, name: &str) -> &mut Sum {
        self.areas.entry(name.to_owned()).or_default()
    }

    fn take_books(&mut self, view: &View<'_>, book: &Casebook, areas: &Areas) {
        for (symbol, business) in &book.businesses {
            // A merged business stands in the books once, as the one it counts for.
            if business.registered.is_some() && view.state.merges.root(*symbol) == *symbol {
                self.area(areas.of(*symbol)).businesses.insert(*symbol);
            }
        }
        for case in book.cases.values().filter(|case| !case.closed) {
            let Some(opening) = case.opening else {
                continue;
            };
            let root = view.state.merges.root(opening.business);
            self.area(areas.of(root)).load.open_cases += 1;
            let by = case.advisor.and_then(|(_, by)| casebook::uuid(view, by));
            if let Some(by) = by {
                let sum = self.advisors.entry(by).or_default();
                sum.load.open_cases += 1;
                sum.businesses.insert(root);
            }
        }
    }

    fn take_duties(&mut self, duties: &[Duty]) {
        for duty in duties {
            let count = |load: &mut Load| {
                let count = match duty.kind {
                    DutyKind::FollowUp => &mut load.follow_ups,
                    DutyKind::Revisit => &mut load.revisits,
                };
                count.due += 1;
                count.overdue += usize::from(duty.overdue);
            };
            count(&mut self.area(duty.area.as_deref().unwrap_or_default()).load);
            if let Some(by) = duty.advisor_id {
                count(&mut self.advisors.entry(by).or_default().load);
            }
        }
    }
}

impl Sum {
    fn take(&mut self, kind: Kind, root: u32) {
        let known = &vocabulary().known;
        if kind == known.analysis_completed {
            self.analysed.insert(root);
        } else if kind == known.plan_completed {
            self.load.plans += 1;
        } else {
            self.load.visits += 1;
        }
        if root != NONE {
            self.supported.insert(root);
        }
    }
}

fn finished<K: Ord>(sums: BTreeMap<K, Sum>) -> BTreeMap<K, Load> {
    let finish = |(key, sum): (K, Sum)| {
        let load = Load {
            supported: sum.supported.len(),
            businesses: sum.businesses.len(),
            analyses: sum.analysed.len(),
            ..sum.load
        };
        (key, load)
    };
    sums.into_iter().map(finish).collect()
}
