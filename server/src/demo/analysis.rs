//! Analyses of a business: figures that fit together, SWOT and 3C, and the owner's reaction.
//!
//! Amounts are whole yen, shares whole per cent. Knows no quota.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::days;
use super::entries;
use super::texts::{self, TOPICS};
use super::world::World;

const OPPORTUNITIES: [&str; 7] = [
    "地元の物を選びたいという消費者の増加",
    "近隣で進む再開発による人の流れの変化",
    "観光客の回復",
    "同業の廃業に伴う引合いの増加",
    "補助金や制度融資の活用",
    "ＳＮＳを通じた口コミの広がり",
    "健康や安心を重んじる意識の高まり",
];

const WEAKNESSES: [&str; 7] = [
    "店主一人に仕事が集まっていること",
    "月ごとの数字を見る習慣がないこと",
    "価格の決め方に根拠がないこと",
    "情報発信が続かないこと",
    "設備が古く、手間がかかること",
    "後継者の育成が進んでいないこと",
    "特定の取引先への偏り",
];

const COMPETITORS: [&str; 4] = [
    "近隣の同業者",
    "県内の大手の同業者",
    "インターネットで売る同業者",
    "異なる業種からの参入",
];

/// Records an analysis, as a rule on a visit.
pub(super) fn complete(world: &mut World, business: usize, on: NaiveDate) {
    let id = format!("A-{}", world.number(on));
    let visited = world.dice.chance(65);
    if visited {
        let topic = &TOPICS[0];
        let words = entries::words(world, business, topic);
        let data = json!({"method": "visit", "purpose": "経営分析",
            "topics": ["決算書の確認", "強みと弱み"], "owner_words": words});
        world.act(business, "visit.done", on, data);
    }
    let data = data(world, business, on, &id);
    if visited {
        world.also(business, "analysis.completed", on, data);
    } else {
        world.act(business, "analysis.completed", on, data);
    }
    world.businesses[business].analysed_on = Some(on);
    world.businesses[business].analysis = Some(id);
}

/// Records that the result was given to the owner, together with the visit.
pub(super) fn give_feedback(world: &mut World, business: usize, on: NaiveDate) {
    let Some(id) = world.businesses[business].analysis.clone() else {
        return;
    };
    let reaction = *world.dice.pick(&texts::REACTIONS);
    let data = json!({"analysis_id": id, "reaction": reaction});
    world.act(business, "analysis.feedback_given", on, data);
}

fn data(world: &mut World, business: usize, on: NaiveDate, id: &str) -> Value {
    let (from, to) = closed_year(world, business, on);
    let tools = match world.dice.between(0, 9) {
        0..=6 => json!(["ローカルベンチマーク"]),
        7..=8 => json!(["ローカルベンチマーク", "経営自己診断システム"]),
        _ => json!(["経営自己診断システム"]),
    };
    let mut data = json!({
        "analysis_id": id,
        "tools": tools,
        "period_from": from.to_string(),
        "period_to": to.to_string(),
        "figures": figures(world, business),
    });
    let business = &world.businesses[business];
    let (trade, dice) = (business.trade, &mut world.dice);
    data["swot"] = json!({
        "strengths": dice.some(&trade.strengths, 2),
        "weaknesses": dice.some(&WEAKNESSES, 2),
        "opportunities": dice.some(&OPPORTUNITIES, 2),
        "threats": [trade.threat],
    });
    if dice.chance(60) {
        data["three_c"] = json!({
            "customer": trade.customer,
            "competitor": *dice.pick(&COMPETITORS),
            "company": *dice.pick(&trade.strengths),
        });
    }
    if dice.chance(18) {
        data["experts"] = json!([*dice.pick(&["中小企業診断士", "税理士"])]);
    }
    data
}

fn figures(world: &mut World, business: usize) -> Value {
    let subject = &world.businesses[business];
    let (trade, dice) = (subject.trade, &mut world.dice);
    let thousand = subject.yearly_sales / 1_000;
    let margin = dice.between(trade.margin.0, trade.margin.1);
    let ordinary = dice.between(-3, 9);
    let labour = dice.between(14, 33).min(margin);
    let gross = thousand * margin / 100;
    let fixed = gross - thousand * ordinary / 100;
    json!({
        "sales": thousand * 1_000,
        "gross_profit": gross * 1_000,
        "ordinary_profit": (gross - fixed) * 1_000,
        "gross_margin_percent": margin,
        "labour_cost": thousand * labour / 100 * 1_000,
        "break_even_sales": fixed * 100 / margin.max(1) * 1_000,
        "equity_ratio_percent": dice.between(-12, 58),
    })
}

/// The latest business year that was closed two months before a day.
pub(super) fn closed_year(world: &World, business: usize, on: NaiveDate) -> (NaiveDate, NaiveDate) {
    let known = days::plus(on, -50);
    let month = world.businesses[business].closing_month;
    let this = days::month_end(known.year(), month);
    let to = if this <= known {
        this
    } else {
        days::month_end(known.year() - 1, month)
    };
    let last = days::month_end(to.year() - 1, month);
    (days::plus(last, 1), to)
}
