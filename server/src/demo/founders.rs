//! Plans the work with founders and with those who hand a business on.
//!
//! A founder counts once a year however often he or she comes.

use super::acts::Act;
use super::agenda::{self, Agenda, going_concern};
use super::days;
use super::texts;
use super::world::{Kind, World};

const STARTUPS: [i64; 12] = [6, 8, 9, 9, 8, 10, 11, 9, 6, 7, 9, 4];

/// Founders who get help; so many of them make a plan.
pub(super) fn startups(world: &mut World, agenda: &mut Agenda, count: usize, plans: usize) {
    let last = days::within(agenda.fiscal, 3, 18);
    let pool = agenda.pool(world, days::within(agenda.fiscal, 3, 14), |business| {
        business.founder
    });
    // Those who came last come first: they are the ones in the middle of it.
    let (new, old): (Vec<usize>, Vec<usize>) = pool
        .into_iter()
        .partition(|&at| world.businesses[at].known_from > days::day(agenda.fiscal, 4, 2));
    let chosen: Vec<usize> = new.into_iter().chain(old).take(count).collect();
    for (number, business) in chosen.into_iter().enumerate() {
        let from = agenda.begin(world, business);
        let on = world.dice.season(&STARTUPS, from, last);
        agenda.add(world, business, on, Act::Startup);
        let mut next = on;
        if world.dice.chance(45) {
            // Not beyond the year: there it would count once more.
            let again = days::working_from(days::plus(on, world.dice.between(12, 50)));
            next = again.min(days::working_until(last));
            agenda.add(world, business, next, Act::Startup);
        }
        next = days::working_from(days::plus(next, world.dice.between(8, 30)));
        // A plan must stay in this year: the quota counts it.
        if number < plans && next < last {
            agenda.add(world, business, next, Act::Plan("startup"));
            after_the_plan(world, agenda, business, next);
        } else if world.businesses[business].kind == Kind::Prospective && world.dice.chance(22) {
            let opened = days::working_from(days::plus(next, world.dice.between(20, 90)));
            agenda.add(world, business, opened, Act::Founded);
        }
    }
}

fn after_the_plan(
    world: &mut World,
    agenda: &mut Agenda,
    business: usize,
    planned: chrono::NaiveDate,
) {
    let loan = days::working_from(days::plus(planned, world.dice.between(1, 14)));
    if world.dice.chance(60) {
        agenda.add(world, business, loan, Act::Loan);
    }
    let prospective = world.businesses[business].kind == Kind::Prospective;
    if prospective && world.dice.chance(80) {
        let opened = days::working_from(days::plus(planned, world.dice.between(40, 110)));
        agenda.add(world, business, opened, Act::Founded);
    }
}

/// True if a founder makes a plan this year.
pub(super) fn makes_plan(agenda: &Agenda, business: usize) -> bool {
    let startup = |act: &Act| matches!(act, Act::Plan("startup"));
    agenda.first(business, startup).is_some()
}

/// Talks about handing a business on, and those that come to their end.
pub(super) fn successions(world: &mut World, agenda: &mut Agenda, completed: usize) {
    const TALKS: [i64; 12] = [5, 6, 7, 7, 8, 8, 7, 6, 5, 6, 6, 3];
    let pool = agenda.pool(world, days::day(agenda.fiscal, 4, 2), going_concern);
    for (number, business) in pool.into_iter().take(completed * 3 + 5).enumerate() {
        let from = agenda.begin(world, business);
        let until = days::within(agenda.fiscal, if number < completed { 12 } else { 3 }, 10);
        let talk = world.dice.season(&TALKS, from, until);
        let kind = agenda::pick(world, 5).min(texts::SUCCESSIONS.len() - 1);
        agenda.add(world, business, talk, Act::SuccessionTalk(kind));
        if number < completed {
            let later = days::working_from(days::plus(talk, world.dice.between(45, 95)));
            agenda.add(world, business, later, Act::Succession(kind));
        }
    }
}
