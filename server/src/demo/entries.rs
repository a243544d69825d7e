//! How each act is written down: the events with their data and texts.
//!
//! Knows no quota and no calendar of the year.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::days;
use super::texts::{self, Outcome, Topic};
use super::world::{Kind, Plan, World};

pub(super) fn visit(world: &mut World, business: usize, on: NaiveDate, topic: &'static Topic) {
    let trade = world.businesses[business].trade;
    let dice = &mut world.dice;
    let method = match dice.between(0, 99) {
        0..=63 => "visit",
        64..=85 => "window",
        86..=92 => "online",
        93..=97 => "phone",
        _ => "mail",
    };
    let template = *dice.pick(topic.notes);
    let note = texts::fill(template, trade, dice);
    let mut data = json!({"method": method, "purpose": topic.purpose,
        "topics": dice.some(topic.topics, 2), "note": note});
    if dice.chance(58) {
        data["owner_words"] = json!(words(world, business, topic));
    }
    let dice = &mut world.dice;
    if dice.chance(70) {
        data["next_action"] = json!(*dice.pick(topic.actions));
        data["next_due"] = json!(next_due(on, dice.between(25, 120)));
    }
    world.act(business, "visit.done", on, data);
}

/// What the owner says: of the trade, or of the topic.
pub(super) fn words(world: &mut World, business: usize, topic: &'static Topic) -> &'static str {
    let trade = world.businesses[business].trade;
    let of_trade = topic.about_the_trade && world.dice.chance(60);
    let words: &'static [&'static str] = if of_trade { &trade.words } else { topic.words };
    world.dice.pick::<&'static str>(words)
}

/// A working day about so many days later.
pub(super) fn next_due(on: NaiveDate, days: i64) -> String {
    days::working_from(days::plus(on, days)).to_string()
}

pub(super) fn missed(world: &mut World, business: usize, on: NaiveDate) {
    let reason = *world.dice.pick(&texts::MISSED);
    let due = next_due(on, world.dice.between(5, 25));
    world.act(
        business,
        "visit.missed",
        on,
        json!({"reason": reason, "new_due": due}),
    );
}

pub(super) fn mistyped(world: &mut World, business: usize, on: NaiveDate, void: bool) {
    let purpose = "景況・資金繰りの聞き取り";
    let data = json!({"method": "visit", "purpose": purpose});
    let Some(target) = world.act(business, "visit.done", on, data) else {
        return;
    };
    if void {
        let reason = "同じ訪問を二度入力したため";
        let data = json!({"target": target, "reason": reason});
        world.also(business, "record.voided", on, data);
    } else {
        let reason = *world.dice.pick(&texts::CORRECTIONS);
        let right = days::working_until(days::plus(on, -1)).to_string();
        let data = json!({"target": target, "occurred_on": right, "reason": reason});
        world.also(business, "record.corrected", on, data);
    }
}

pub(super) fn productivity(world: &mut World) -> Value {
    let (theme, methods) = *world.dice.pick(&texts::PRODUCTIVITY);
    json!({"theme": theme, "method": *world.dice.pick(methods)})
}

pub(super) fn startup(world: &mut World, business: usize) -> Value {
    let stage = match world.businesses[business].kind {
        Kind::Prospective => "prospective",
        _ => "within_5_years",
    };
    json!({"stage": stage, "content": world.dice.some(&texts::STARTUP_CONTENT, 2)})
}

pub(super) fn founded(world: &mut World, business: usize, on: NaiveDate) {
    world.act(
        business,
        "startup.founded",
        on,
        json!({"form": "個人事業として開業"}),
    );
    world.businesses[business].kind = Kind::Sole;
    let name = world.dice.pick(&super::names::WORDS).0;
    let shop = world.businesses[business].trade.shops[0].0;
    let shop = shop.replace("{w}", name).replace("{f}", name);
    let card = json!({"kind": "sole_proprietor", "trade_name": shop, "founded_on": on.to_string(),
        "closing_month": 12, "employees": world.dice.between(0, 2)});
    world.about(business, "business.profile_changed", on, card);
}

pub(super) fn subsidy(which: usize, on: NaiveDate) -> Value {
    let (programme, first, rounds) = texts::SUBSIDIES[which];
    let years = i64::from(days::fiscal_year(on) - 2024);
    let half = i64::from(on >= days::within(days::fiscal_year(on), 10, 1));
    json!({"programme": programme, "round": format!("第{}回", first + years * rounds + half)})
}

pub(super) fn plan(world: &mut World, business: usize, on: NaiveDate, kind: &'static str) {
    let id = format!("P-{}", world.number(on));
    let dice = &mut world.dice;
    let baseline = world.businesses[business].yearly_sales;
    let tool = match kind {
        "dx" => "IT戦略ナビ",
        "startup" => "創業計画書の様式",
        _ => "経営計画つくるくん",
    };
    let mut data = json!({"plan_id": id, "kind": kind, "tools": [tool],
        "target_sales": baseline / 100_000 * dice.between(103, 122) * 1_000});
    if kind != "startup" {
        data["baseline_sales"] = json!(baseline);
    }
    world.act(business, "plan.completed", on, data);
    world.businesses[business].plans.push(Plan { id, on });
}

/// The plan made last, on or before a day.
pub(super) fn last_plan(world: &World, business: usize, on: NaiveDate) -> Option<String> {
    let plans = &world.businesses[business].plans;
    let plan = plans.iter().rev().find(|plan| plan.on <= on)?;
    Some(plan.id.clone())
}

pub(super) fn follow_up(
    world: &mut World,
    business: usize,
    on: NaiveDate,
    method: &'static str,
    outcome: &'static Outcome,
) {
    let Some(plan) = last_plan(world, business, on) else {
        return;
    };
    let trade = world.businesses[business].trade;
    let met = matches!(method, "visit" | "window" | "online") && world.dice.chance(60);
    if met {
        let mut data = json!({"method": method, "purpose": "フォローアップ",
            "topics": ["計画の進み具合"]});
        if world.dice.chance(50) {
            data["owner_words"] = json!(*world.dice.pick(&trade.words));
        }
        world.act(business, "visit.done", on, data);
    }
    let dice = &mut world.dice;
    let template = *dice.pick(outcome.notes);
    let note = texts::fill(template, trade, dice);
    let due = next_due(on, dice.between(90, 180));
    let data = json!({"plan_id": plan, "method": method, "progress": outcome.progress,
        "note": note, "next_due": due});
    if met {
        world.also(business, "followup.done", on, data);
    } else {
        world.act(business, "followup.done", on, data);
    }
}

pub(super) fn web_shop(world: &mut World, business: usize, on: NaiveDate) {
    let help = json!({"help": world.dice.some(&texts::EC_HELP, 3)});
    if world.businesses[business].web_shop.is_some() {
        world.act(business, "ec.supported", on, help);
        return;
    }
    world.businesses[business].web_shop = Some(on);
    let platform = *world.dice.pick(&texts::PLATFORMS);
    world.act(business, "ec.opened", on, json!({"platform": platform}));
    world.also(business, "ec.supported", on, help);
}

pub(super) fn succession(world: &mut World, business: usize, on: NaiveDate, which: usize) {
    let (kind, evidence) = texts::SUCCESSIONS[which];
    let data = json!({"kind": kind, "evidence": evidence});
    world.act(business, "succession.completed", on, data);
    let (family, given) = (
        world.dice.pick(&super::names::FAMILIES).0,
        world.dice.pick(&super::names::GIVEN).0,
    );
    let card = json!({"representative": format!("{family} {given}")});
    world.about(business, "business.profile_changed", on, card);
}

pub(super) fn consent(world: &mut World, business: usize, on: NaiveDate) {
    let scope = *world
        .dice
        .pick(&["internal", "partners", "committee", "publication"]);
    let until = days::year_end(days::fiscal_year(on) + 2).to_string();
    let data = json!({"scope": scope, "until": until});
    world.about(business, "business.consent_recorded", on, data);
}

pub(super) fn profile(world: &mut World, business: usize, on: NaiveDate) {
    let (low, high) = world.businesses[business].trade.employees;
    let card = json!({"employees": world.dice.between(low, high), "member": true});
    world.about(business, "business.profile_changed", on, card);
}
