//! The year's plan of acts: who does what with which business on which day.
//!
//! Planned as a whole before anything is written down, so that each indicator gets exactly its
//! quota. Knows no event and no text.

use chrono::NaiveDate;

use super::acts::{self, Act};
use super::days;
use super::quota::Quota;
use super::texts::TOPICS;
use super::world::{Business, Kind, World};
use super::{demand, follow, founders, growth};

/// Planned acts by business.
pub(super) struct Agenda {
    pub(super) fiscal: i32,
    acts: Vec<Vec<(NaiveDate, Act)>>,
}

/// Plans a year and writes it down.
pub(super) fn run(world: &mut World, fiscal: i32, quota: &Quota) {
    let mut agenda = Agenda {
        fiscal,
        acts: vec![Vec::new(); world.businesses.len()],
    };
    for (business, on, act) in std::mem::take(&mut world.carried) {
        agenda.add(world, business, on, act);
    }
    growth::plan_founders_first(world, &mut agenda, quota);
    growth::analyses(world, &mut agenda, quota.analyses);
    growth::plans(world, &mut agenda, quota.plans);
    demand::web_shops(world, &mut agenda, quota.web_shops);
    follow::reports(world, &mut agenda, quota);
    follow::follow_ups(world, &mut agenda, quota);
    founders::successions(world, &mut agenda, quota.successions);
    demand::productivity(world, &mut agenda, quota.productivity);
    demand::fairs(world, &mut agenda, quota);
    demand::new_accounts(world, &mut agenda, quota.new_accounts);
    loans_and_help(world, &mut agenda);
    visits(world, &mut agenda, quota.visits);
    closings(world, &mut agenda);
    agenda.perform(world);
}

impl Agenda {
    /// Plans an act; after the end of the year it is kept for the next one.
    pub(super) fn add(&mut self, world: &mut World, business: usize, on: NaiveDate, act: Act) {
        if on > days::year_end(self.fiscal) {
            world.carried.push((business, on, act));
        } else {
            self.acts[business].push((on, act));
        }
    }

    /// The acts planned with a business.
    pub(super) fn of(&self, business: usize) -> &[(NaiveDate, Act)] {
        &self.acts[business]
    }

    /// The day of the first act of some sort.
    pub(super) fn first(&self, business: usize, wanted: fn(&Act) -> bool) -> Option<NaiveDate> {
        let days = self.acts[business].iter().filter(|(_, act)| wanted(act));
        days.map(|(on, _)| *on).min()
    }

    /// The first day of the year on which something can be done with a business.
    pub(super) fn begin(&self, world: &World, business: usize) -> NaiveDate {
        let first = days::day(self.fiscal, 4, 3);
        days::working_from(world.businesses[business].known_from.max(first))
    }

    /// The day of the first plan that can be followed up in this year.
    pub(super) fn planned_on(&self, world: &World, business: usize) -> Option<NaiveDate> {
        let known = world.businesses[business].plans.first();
        known
            .map(|plan| plan.on)
            .or_else(|| self.first(business, |act| matches!(act, Act::Plan(_))))
    }

    /// Businesses of some sort that are known by a day, in random order.
    pub(super) fn pool(
        &self,
        world: &mut World,
        by: NaiveDate,
        wanted: impl Fn(&Business) -> bool,
    ) -> Vec<usize> {
        let mut pool: Vec<usize> = (0..self.acts.len())
            .filter(|&at| {
                let business = &world.businesses[at];
                business.known_from <= by && wanted(business)
            })
            .collect();
        world.dice.shuffle(&mut pool);
        pool
    }

    fn perform(self, world: &mut World) {
        for (business, mut acts) in self.acts.into_iter().enumerate() {
            acts.sort_by_key(|(on, act)| (*on, act.rank()));
            for (on, act) in acts {
                acts::perform(world, business, on, act);
            }
        }
    }
}

/// A business that trades and is past its first years.
pub(super) fn going_concern(business: &Business) -> bool {
    !business.founder && matches!(business.kind, Kind::Corporation | Kind::Sole)
}

fn loans_and_help(world: &mut World, agenda: &mut Agenda) {
    const LOANS: [i64; 12] = [3, 3, 4, 3, 3, 4, 4, 5, 6, 3, 4, 5];
    let (first, last) = (
        days::day(agenda.fiscal, 4, 3),
        days::year_end(agenda.fiscal),
    );
    let pool = agenda.pool(world, days::plus(last, -60), |business| {
        business.kind != Kind::Organisation
    });
    for (number, business) in pool.into_iter().take(108).enumerate() {
        let from = agenda.begin(world, business).max(first);
        let on = world.dice.season(&LOANS, from, days::plus(last, -6));
        let act = match number {
            0..=43 => Act::Loan,
            44..=57 => Act::Expert(pick(world, 8)),
            58..=73 => Act::Referral(pick(world, 8)),
            74..=87 => Act::Consent,
            88..=97 => Act::Profile,
            98..=101 => Act::Mistyped(true),
            _ => Act::Mistyped(false),
        };
        let person = world.businesses[business].kind == Kind::Prospective;
        if !(person && matches!(act, Act::Profile | Act::Expert(_) | Act::Mistyped(_))) {
            agenda.add(world, business, on, act);
        }
    }
}

/// One of the first so many numbers.
pub(super) fn pick(world: &mut World, count: i64) -> usize {
    usize::try_from(world.dice.between(0, count - 1)).unwrap_or_default()
}

fn visits(world: &mut World, agenda: &mut Agenda, count: usize) {
    const VISITS: [i64; 12] = [7, 8, 9, 9, 6, 9, 10, 10, 7, 7, 8, 6];
    // The first six topics come up with anybody, the yearly revisit only after an analysis.
    const COMMON: [usize; 12] = [0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];
    let last = days::plus(days::year_end(agenda.fiscal), -4);
    let mut left = count;
    for business in revisited(world, agenda) {
        let from = agenda.begin(world, business);
        let on = world.dice.season(&VISITS, from, last);
        agenda.add(world, business, on, Act::Visit(&TOPICS[9]));
        left = left.saturating_sub(1);
    }
    let pool = agenda.pool(world, days::plus(last, -30), going_concern);
    // Some firms are seen often, some once, some not at all.
    let often: Vec<usize> = pool.iter().copied().take(pool.len() * 3 / 5).collect();
    for _ in 0..left {
        let from_often = world.dice.chance(70);
        let business = *world.dice.pick(if from_often { &often } else { &pool });
        let from = agenda.begin(world, business);
        let on = world.dice.season(&VISITS, from, last);
        let topic = &TOPICS[*world.dice.pick(&COMMON)];
        // Somebody who is missed was to be seen about something that is under way.
        let known = world.businesses[business].case.is_some() || agenda.of(business).len() > 2;
        let act = if known && world.dice.chance(6) {
            Act::Missed
        } else {
            Act::Visit(topic)
        };
        agenda.add(world, business, on, act);
    }
}

/// About two thirds of those analysed in the year before are seen again.
fn revisited(world: &mut World, agenda: &Agenda) -> Vec<usize> {
    let last_year = agenda.fiscal - 1;
    let pool = agenda.pool(world, days::year_end(last_year), |business| {
        let on = business.analysed_on;
        on.is_some_and(|on| days::fiscal_year(on) == last_year)
    });
    let count = pool.len() * 2 / 3;
    pool.into_iter().take(count).collect()
}

/// Ends some of the cases in which nothing is planned any more.
fn closings(world: &mut World, agenda: &mut Agenda) {
    let from = days::within(agenda.fiscal, 2, 3);
    let to = days::within(agenda.fiscal, 3, 19);
    let carried: Vec<usize> = world
        .carried
        .iter()
        .map(|(business, ..)| *business)
        .collect();
    for business in 0..world.businesses.len() {
        let acts = agenda.of(business);
        let quiet = acts.iter().all(|(on, _)| *on < days::plus(from, -4));
        let followed = acts.iter().any(|(_, act)| matches!(act, Act::FollowUp(..)));
        let opened = world.businesses[business].case.is_some();
        let silent = opened && acts.is_empty();
        let done = quiet && !followed && (opened || acts.len() > 1) && !carried.contains(&business);
        if done && world.dice.chance(if silent { 45 } else { 22 }) {
            let on = world.dice.day(from, to);
            if opened || acts_open_a_case(agenda.of(business)) {
                agenda.add(world, business, on, Act::Close);
            }
        }
    }
}

fn acts_open_a_case(acts: &[(NaiveDate, Act)]) -> bool {
    acts.iter()
        .any(|(_, act)| !matches!(act, Act::Consent | Act::Profile))
}
