//! Plans follow-ups and sales reports of businesses that have a plan.
//!
//! No two follow-ups of one business fall on one day, so each counts; the corner cases show the
//! rest.

use chrono::NaiveDate;

use super::acts::Act;
use super::agenda::{self, Agenda};
use super::days;
use super::quota::Quota;
use super::reports::Trend;
use super::texts;
use super::world::World;

/// Most counted follow-ups of one business in a year.
const MOST: usize = 4;

/// Follow-ups: each chosen business at least one that counts, all together the quota.
pub(super) fn follow_ups(world: &mut World, agenda: &mut Agenda, quota: &Quota) {
    let latest = days::within(agenda.fiscal, 2, 8);
    let mut spans: Vec<(usize, NaiveDate)> = Vec::new();
    for business in agenda.pool(world, latest, |_| true) {
        if let Some(planned) = agenda.planned_on(world, business)
            && planned <= latest
        {
            let open = agenda.begin(world, business);
            spans.push((business, days::plus(planned, 24).max(open)));
        }
    }
    spans.truncate(quota.followed);
    let counts = spread(world, agenda.fiscal, &spans, quota.followups);
    for ((business, from), count) in spans.into_iter().zip(counts) {
        one_business(world, agenda, business, from, count);
    }
}

/// How often each is seen: once at least, oftener where there is time, `total` in all if possible.
fn spread(
    world: &mut World,
    fiscal: i32,
    spans: &[(usize, NaiveDate)],
    total: usize,
) -> Vec<usize> {
    let end = days::within(fiscal, 3, 27);
    let mut counts = vec![1; spans.len()];
    let mut room: Vec<usize> = Vec::new();
    for (at, (_, from)) in spans.iter().enumerate() {
        let fits = usize::try_from((end - *from).num_days() / 40).unwrap_or_default();
        room.extend(std::iter::repeat_n(at, fits.min(MOST).saturating_sub(1)));
    }
    world.dice.shuffle(&mut room);
    for at in room.into_iter().take(total.saturating_sub(spans.len())) {
        counts[at] += 1;
    }
    counts
}

fn one_business(
    world: &mut World,
    agenda: &mut Agenda,
    business: usize,
    from: NaiveDate,
    count: usize,
) {
    let to = days::within(agenda.fiscal, 3, 27);
    let parts = i64::try_from(count).unwrap_or(1);
    let slice = ((to - from).num_days() / parts).max(1);
    for part in 0..parts {
        let begin = days::plus(from, part * slice);
        // A week between the parts keeps the days apart whatever the holidays.
        let on = world.dice.day(begin, days::plus(begin, (slice - 8).max(0)));
        let on = days::working_until(on);
        let method = match world.dice.between(0, 99) {
            0..=61 => "visit",
            62..=85 => "window",
            _ => "online",
        };
        let outcome = texts::outcome(world.dice.between(0, 99));
        agenda.add(world, business, on, Act::FollowUp(method, outcome));
        if matches!(outcome.progress, "behind" | "stalled") {
            escalate(world, agenda, business, on);
        }
    }
    if world.dice.chance(20) {
        let on = world.dice.day(from, to);
        let method = if world.dice.chance(70) {
            "phone"
        } else {
            "mail"
        };
        let outcome = texts::outcome(world.dice.between(20, 70));
        agenda.add(world, business, on, Act::FollowUp(method, outcome));
    }
}

/// What is done when a plan falls behind: an expert, a referral, a revised plan.
fn escalate(world: &mut World, agenda: &mut Agenda, business: usize, on: NaiveDate) {
    let later = |world: &mut World, low, high| {
        days::working_from(days::plus(on, world.dice.between(low, high)))
    };
    let (soon, revised) = (later(world, 5, 25), later(world, 26, 60));
    let help = match world.dice.between(0, 99) {
        0..=39 => Some(Act::Expert(agenda::pick(world, 8))),
        40..=74 => Some(Act::Referral(agenda::pick(world, 6))),
        _ => None,
    };
    if let Some(help) = help {
        agenda.add(world, business, soon, help);
    }
    if world.dice.chance(35) {
        agenda.add(world, business, revised, Act::Revised);
    }
}

/// Sales reports: first of those with a web shop, then of others, one a year each.
pub(super) fn reports(world: &mut World, agenda: &mut Agenda, quota: &Quota) {
    const REPORTS: [i64; 12] = [6, 7, 8, 8, 9, 5, 7, 8, 5, 4, 8, 10];
    let last = days::within(agenda.fiscal, 3, 25);
    let latest = days::within(agenda.fiscal, 2, 25);
    let mut able: Vec<(usize, NaiveDate)> = Vec::new();
    for business in agenda.pool(world, latest, |business| !business.founder) {
        if let Some(planned) = agenda.planned_on(world, business) {
            let open = agenda.begin(world, business).max(days::plus(planned, 15));
            let web = agenda.first(business, |act| matches!(act, Act::WebShop));
            let from = web.map_or(open, |web| open.max(days::plus(web, 20)));
            if from <= latest {
                able.push((business, from));
            }
        }
    }
    let (mut able, others): (Vec<_>, Vec<_>) = able.into_iter().partition(|&(business, _)| {
        let opens = agenda.first(business, |act| matches!(act, Act::WebShop));
        opens.is_some() || world.businesses[business].web_shop.is_some()
    });
    let spread = (able.len() * 2 / 3).min(quota.grown);
    able.extend(others);
    let mut trends = vec![Trend::Up; quota.grown];
    for number in 0..quota.not_grown {
        trends.push([Trend::Down, Trend::Level, Trend::Down, Trend::Unknown][number % 4]);
    }
    // Two thirds of those with a web shop do well; the rest come in any order.
    world.dice.shuffle(&mut trends[spread..]);
    for ((business, from), trend) in able.into_iter().zip(trends) {
        let on = world.dice.season(&REPORTS, from, last);
        agenda.add(world, business, on, Act::Report(trend));
    }
}
