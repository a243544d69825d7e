//! Plans what opens new demand: productivity, fairs, deals and web shops.
//!
//! Deals from fairs never count as new accounts of seminar participants unless they are planned so.

use chrono::NaiveDate;

use super::acts::Act;
use super::agenda::{self, Agenda, going_concern};
use super::days;
use super::quota::Quota;
use super::texts;
use super::world::World;

/// Fairs of a year: name, mode, month and day of the beginning.
const FAIRS: [(&str, &str, u32, u32); 3] = [
    ("県央物産商談会", "venue", 6, 19),
    ("ビジネスドラフトやまぐち", "web", 10, 6),
    ("フードスタイル九州", "venue", 11, 12),
];

/// Cases with productivity support; a few get it twice, and two are typed in after the closing.
pub(super) fn productivity(world: &mut World, agenda: &mut Agenda, count: usize) {
    const ACTS: [i64; 12] = [5, 7, 9, 9, 8, 9, 10, 10, 8, 8, 9, 6];
    let last = days::within(agenda.fiscal, 3, 27);
    let pool = agenda.pool(world, days::within(agenda.fiscal, 3, 3), going_concern);
    for (number, business) in pool.into_iter().take(count).enumerate() {
        let from = agenda.begin(world, business);
        if number < 2 {
            let on = world.dice.day(days::within(agenda.fiscal, 3, 5), last);
            let june = days::day(agenda.fiscal + 1, 6, 3);
            let typed = world.dice.day(june, days::plus(june, 16));
            agenda.add(world, business, on, Act::LateProductivity(typed));
            continue;
        }
        let on = world.dice.season(&ACTS, from, last);
        agenda.add(world, business, on, Act::Productivity);
        if world.dice.chance(14) {
            let again = days::working_from(days::plus(on, world.dice.between(15, 70)));
            if again <= last {
                agenda.add(world, business, again, Act::Productivity);
            }
        }
    }
}

/// Businesses helped with a web shop, chosen among those that have a plan and goods to send.
pub(super) fn web_shops(world: &mut World, agenda: &mut Agenda, count: usize) {
    const OPENINGS: [i64; 12] = [2, 4, 6, 8, 8, 8, 6, 3, 1, 0, 0, 0];
    let by = days::within(agenda.fiscal, 11, 1);
    let able: Vec<usize> = agenda
        .pool(world, by, |business| {
            business.trade.exhibits && going_concern(business)
        })
        .into_iter()
        .filter(|&business| {
            let planned = agenda.planned_on(world, business);
            planned.is_some_and(|on| on < by)
        })
        .take(count)
        .collect();
    for (number, business) in able.into_iter().enumerate() {
        let from = agenda.begin(world, business);
        if number % 3 == 2 {
            // Every third has sold on the web for years and needs help with it.
            world.businesses[business].web_shop = Some(days::plus(from, -900));
        }
        let to = days::within(agenda.fiscal, 12, 10);
        let on = world.dice.season(&OPENINGS, from, to);
        agenda.add(world, business, on, Act::WebShop);
    }
    leave_web_shops(world, agenda);
}

fn leave_web_shops(world: &mut World, agenda: &mut Agenda) {
    let begun = days::day(agenda.fiscal, 4, 2);
    let web = |act: &Act| matches!(act, Act::WebShop);
    for business in agenda.pool(world, begun, |business| business.web_shop.is_some()) {
        if agenda.first(business, web).is_none() && world.dice.chance(25) {
            let on = world.dice.day(begun, days::within(agenda.fiscal, 10, 1));
            agenda.add(world, business, on, Act::WebShopLeft);
        }
    }
}

/// Exhibitors, most at one fair and some at two, and the deals that follow.
pub(super) fn fairs(world: &mut World, agenda: &mut Agenda, quota: &Quota) {
    let by = days::day(agenda.fiscal, 6, 1);
    let exhibits =
        |business: &super::world::Business| business.trade.exhibits && going_concern(business);
    let mut pool = agenda.pool(world, by, exhibits);
    pool.truncate(quota.exhibitors);
    let mut deals = quota.fair_deals;
    for business in pool {
        let fair = agenda::pick(world, 3);
        let mut on = at_fair(world, agenda, business, fair);
        if world.dice.chance(14) {
            on = on.max(at_fair(world, agenda, business, (fair + 1) % 3));
        }
        while deals > 0 && world.dice.chance(38) {
            let day = world
                .dice
                .day(days::plus(on, 10), days::within(agenda.fiscal, 3, 20));
            let met = world.businesses[business].market_session;
            let new = met.is_none_or(|met| met > day);
            let partner = agenda::pick(world, 10);
            agenda.add(world, business, day, Act::Deal("fair", partner, new));
            deals -= 1;
        }
    }
}

fn at_fair(world: &mut World, agenda: &mut Agenda, business: usize, fair: usize) -> NaiveDate {
    let (name, mode, month, day) = FAIRS[fair];
    let first = days::within(agenda.fiscal, month, day);
    // Entries to the web fair come in over two months.
    let spread = if mode == "web" { 55 } else { 1 };
    let on = days::working_from(days::plus(first, world.dice.between(0, spread)));
    agenda.add(world, business, on, Act::Fair(name, mode));
    on
}

/// New accounts of businesses that attended a session on market development before.
pub(super) fn new_accounts(world: &mut World, agenda: &mut Agenda, count: usize) {
    const DEALS: [i64; 12] = [1, 2, 4, 6, 6, 8, 8, 9, 8, 6, 7, 5];
    let last = days::within(agenda.fiscal, 3, 22);
    let latest = days::within(agenda.fiscal, 1, 31);
    let able = agenda.pool(world, latest, |business| {
        business.market_session.is_some_and(|met| met <= latest)
    });
    for (number, business) in able.into_iter().cycle().take(count).enumerate() {
        let met = world.businesses[business].market_session;
        let from = agenda.begin(world, business);
        let from = met.map_or(from, |met| from.max(days::plus(met, 7)));
        let on = world.dice.season(&DEALS, from, last);
        let origin = *world.dice.pick(&["seminar", "seminar", "ec", "other"]);
        // Counted up, so that nobody is met twice by the same business.
        let partner = number % texts::COUNTERPARTIES.len();
        agenda.add(world, business, on, Act::Deal(origin, partner, true));
    }
}
