//! Plans the analyses and business plans of a year, and the work with founders that leads to some.
//!
//! Analyses count by business, plans one by one: a second analysis in a year is beyond the quota, a
//! second plan within it.

use chrono::NaiveDate;

use super::acts::Act;
use super::agenda::{self, Agenda, going_concern};
use super::days;
use super::founders;
use super::quota::Quota;
use super::world::World;

const ANALYSES: [i64; 12] = [5, 9, 10, 11, 8, 11, 12, 11, 8, 7, 6, 3];
const PLANS: [i64; 12] = [6, 11, 12, 9, 7, 9, 12, 10, 7, 6, 8, 5];

/// Founders come first: their plans belong to the quota of plans.
pub(super) fn plan_founders_first(world: &mut World, agenda: &mut Agenda, quota: &Quota) {
    founders::startups(world, agenda, quota.startups, quota.plans / 6);
}

/// Analyses, most of them of businesses that were not analysed in the year before.
pub(super) fn analyses(world: &mut World, agenda: &mut Agenda, count: usize) {
    let last = days::within(agenda.fiscal, 3, 21);
    let pool = agenda.pool(world, days::within(agenda.fiscal, 2, 10), going_concern);
    let lately = days::day(agenda.fiscal - 1, 4, 1);
    let (fresh, again): (Vec<usize>, Vec<usize>) = pool.into_iter().partition(|&business| {
        let on = world.businesses[business].analysed_on;
        on.is_none_or(|on| on < lately)
    });
    let anew = count * 4 / 5;
    let chosen = fresh
        .iter()
        .take(anew)
        .chain(&again)
        .chain(fresh.iter().skip(anew))
        .take(count);
    for &business in chosen {
        let from = agenda.begin(world, business);
        let on = world.dice.season(&ANALYSES, days::plus(from, 3), last);
        agenda.add(world, business, on, Act::Analysis);
        if world.dice.chance(74) {
            let later = days::working_from(days::plus(on, world.dice.between(6, 24)));
            agenda.add(world, business, later, Act::Feedback);
        }
        let again = days::working_from(days::plus(on, 150));
        if again < last && world.dice.chance(9) {
            agenda.add(world, business, again, Act::Analysis);
        }
    }
}

/// Plans: of founders (already planned), of businesses analysed this year, and of others.
pub(super) fn plans(world: &mut World, agenda: &mut Agenda, count: usize) {
    let last = days::within(agenda.fiscal, 3, 24);
    let pool = agenda.pool(world, days::within(agenda.fiscal, 2, 1), going_concern);
    let by_founders = (0..world.businesses.len())
        .filter(|&business| founders::makes_plan(agenda, business))
        .count();
    let second = count / 30;
    let left = count.saturating_sub(by_founders + second);
    let analysed = |business: &usize| agenda.first(*business, |act| matches!(act, Act::Analysis));
    let in_time = |business: &usize| {
        analysed(business).is_some_and(|on| on < days::within(agenda.fiscal, 2, 5))
    };
    let (after, others): (Vec<usize>, Vec<usize>) = pool.into_iter().partition(in_time);
    let most = left * 6 / 10;
    let chosen: Vec<(usize, Option<NaiveDate>)> = after
        .iter()
        .take(most)
        .chain(&others)
        .chain(after.iter().skip(most))
        .take(left)
        .map(|business| (*business, analysed(business)))
        .collect();
    let mut twice = second;
    for (business, analysed) in chosen {
        let from = agenda.begin(world, business);
        let on = match analysed {
            Some(analysed) => {
                let later = days::plus(analysed, world.dice.between(12, 52));
                days::working_from(later).min(last)
            }
            None => world.dice.season(&PLANS, days::plus(from, 5), last),
        };
        one_plan(world, agenda, business, on);
        if twice > 0 && days::plus(on, 75) < last {
            one_plan(
                world,
                agenda,
                business,
                days::working_from(days::plus(on, 70)),
            );
            twice -= 1;
        }
    }
}

fn one_plan(world: &mut World, agenda: &mut Agenda, business: usize, on: NaiveDate) {
    let kind = match world.dice.between(0, 99) {
        0..=46 => "sustainability",
        47..=66 => "innovation",
        67..=83 => "dx",
        84..=90 => "succession",
        _ => "other",
    };
    agenda.add(world, business, on, Act::Plan(kind));
    let subsidy = match kind {
        "sustainability" if world.dice.chance(72) => Some(0),
        "dx" if world.dice.chance(60) => Some(1 + agenda::pick(world, 2)),
        "innovation" if world.dice.chance(20) => Some(3),
        _ => None,
    };
    let later = |world: &mut World, low, high| {
        days::working_from(days::plus(on, world.dice.between(low, high)))
    };
    if let Some(subsidy) = subsidy {
        let applied = later(world, 0, 6);
        let decided = later(world, 70, 110);
        let adopted = world.dice.chance(63);
        agenda.add(world, business, applied, Act::Subsidy(subsidy));
        agenda.add(
            world,
            business,
            decided,
            Act::SubsidyResult(subsidy, adopted),
        );
        if adopted && subsidy == 0 && world.dice.chance(40) {
            let recognised = later(world, 112, 125);
            agenda.add(world, business, recognised, Act::Recognised(1));
        }
    } else if kind == "innovation" && world.dice.chance(55) {
        let recognised = later(world, 40, 80);
        agenda.add(world, business, recognised, Act::Recognised(0));
    }
}
