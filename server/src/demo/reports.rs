//! Sales reports: the latest closed business year beside the one before.
//!
//! Whole yen. Whether sales grew is decided by the caller; this file only finds figures that fit.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::analysis;
use super::days;
use super::world::{Kind, World};

/// How sales went against the same span before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    Up,
    Level,
    Down,
    /// No figure of the year before.
    Unknown,
}

/// Records a report of the whole business and, for some with a web shop, of that alone.
pub(super) fn report(world: &mut World, business: usize, on: NaiveDate, trend: Trend) {
    let (from, to) = analysis::closed_year(world, business, on);
    let before = world.businesses[business].yearly_sales / 1_000;
    let dice = &mut world.dice;
    let change = match trend {
        Trend::Up => dice.between(15, 170),
        Trend::Level => 0,
        Trend::Down => -dice.between(20, 150),
        Trend::Unknown => dice.between(-60, 90),
    };
    let sales = (before + before * change / 1_000).max(1) * 1_000;
    let trade = world.businesses[business].trade;
    let margin = dice.between(trade.margin.0, trade.margin.1);
    let mut data = json!({
        "period_from": from.to_string(),
        "period_to": to.to_string(),
        "sales": sales,
        "gross_profit": sales / 100_000 * margin * 1_000,
        "ordinary_profit": sales / 100_000 * dice.between(-2, 9) * 1_000,
        "basis": basis(world, business, on),
        "channel": "total",
    });
    if trend != Trend::Unknown {
        data["comparison_sales"] = json!(before * 1_000);
    }
    world.act(business, "sales.reported", on, data);
    world.businesses[business].yearly_sales = sales;
    let since = world.businesses[business].web_shop;
    if since.is_some() && world.dice.chance(65) {
        let web_sales = sales / 1_000 * world.dice.between(12, 70);
        let mut web = json!({
            "period_from": from.to_string(),
            "period_to": to.to_string(),
            "sales": web_sales,
            "basis": "hearing",
            "channel": "ec",
        });
        if since.is_some_and(|since| since < days::plus(from, -365)) {
            web["comparison_sales"] =
                json!(web_sales / 100_000 * world.dice.between(84, 106) * 1_000);
        }
        world.also(business, "sales.reported", on, web);
    }
}

fn basis(world: &mut World, business: usize, on: NaiveDate) -> &'static str {
    let spring = (2..=5).contains(&on.month());
    match world.businesses[business].kind {
        Kind::Corporation if world.dice.chance(80) => "statements",
        Kind::Sole if spring => "tax_return",
        _ if world.dice.chance(60) => "trial_balance",
        _ => "hearing",
    }
}
