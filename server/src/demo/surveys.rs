//! Economic research as published, and the demand surveys from opening to feedback.
//!
//! D1 runs in even fiscal years, D2 in odd ones, D3 every year (seed inventory section 1).

use chrono::NaiveDate;
use serde_json::json;

use super::agenda::going_concern;
use super::days;
use super::quota::Quota;
use super::staff::{self, CLERK};
use super::world::{Business, World, what};

/// One demand survey of a year: forms out, back, valid, cooperating shops.
struct Round {
    survey: &'static str,
    opened: (u32, u32),
    counted: (u32, u32),
    analysed: (u32, u32),
    feedback_until: (u32, u32),
    forms: (i64, i64),
    shops: Option<i64>,
}

const STREET: Round = Round {
    survey: "shopping_street",
    opened: (10, 15),
    counted: (11, 22),
    analysed: (12, 12),
    feedback_until: (3, 20),
    forms: (900, 44),
    shops: Some(60),
};

const STUDENTS: Round = Round {
    survey: "students",
    opened: (6, 10),
    counted: (7, 25),
    analysed: (8, 29),
    feedback_until: (12, 19),
    forms: (300, 35),
    shops: None,
};

const VOUCHER: Round = Round {
    survey: "voucher",
    opened: (6, 20),
    counted: (8, 29),
    analysed: (10, 7),
    feedback_until: (2, 20),
    forms: (1_000, 41),
    shops: None,
};

/// Records research and surveys of a fiscal year.
pub(super) fn run(world: &mut World, fiscal: i32, quota: &Quota) {
    research(world, fiscal, quota.resas);
    let plans = [
        (&STREET, quota.street),
        (&STUDENTS, quota.students),
        (&VOUCHER, quota.voucher),
    ];
    for (round, feedback) in plans {
        if let Some(feedback) = feedback {
            survey(world, fiscal, round, feedback);
        }
    }
}

fn research(world: &mut World, fiscal: i32, resas: bool) {
    for (month, quarter) in [(4, 1), (7, 2), (10, 3), (1, 4)] {
        let on = days::working_from(days::within(fiscal, month, 18));
        let period = format!("{fiscal}Q{quarter}");
        publish(
            world,
            "business_conditions",
            &period,
            on,
            &["会報", "ホームページ"],
        );
    }
    if fiscal == 2025 {
        // Published once more with a table put right: the same period, so it counts once.
        let on = days::working_from(days::within(fiscal, 7, 30));
        publish(
            world,
            "business_conditions",
            "2025Q2",
            on,
            &["ホームページ"],
        );
    }
    let traffic = days::working_from(days::within(fiscal, 12, 16));
    let period = format!("{fiscal}-10");
    publish(
        world,
        "pedestrian_traffic",
        &period,
        traffic,
        &["ホームページ"],
    );
    if resas {
        let on = days::working_from(days::within(fiscal, 2, 19));
        let period = format!("R{}", fiscal - 2018);
        publish(world, "resas", &period, on, &["ホームページ", "会報"]);
    }
}

fn publish(world: &mut World, kind: &str, period: &str, on: NaiveDate, media: &[&str]) {
    let url = format!("https://example.jp/chosa/{kind}/{period}");
    let data = json!({"kind": kind, "reference_period": period, "media": media, "url": url});
    let at = world.stamp(on, days::office(on, 0));
    let subject = format!("survey/{}", world.dice.uuid(at));
    world.record(
        at,
        CLERK,
        "pc",
        what("research.published", &subject, on, data),
    );
}

fn survey(world: &mut World, fiscal: i32, round: &Round, feedback: usize) {
    let day = |(month, day): (u32, u32)| days::working_from(days::within(fiscal, month, day));
    let opened = day(round.opened);
    let at = world.stamp(opened, days::office(opened, 0));
    let subject = format!("survey/{}", world.dice.uuid(at));
    let name = json!({"survey": round.survey});
    let opening = what("survey.opened", &subject, opened, name.clone());
    world.record(at, CLERK, "pc", opening);

    let (forms, rate) = round.forms;
    let returned = forms * (rate + world.dice.between(-4, 5)) / 100;
    let mut counted = json!({"survey": round.survey, "distributed": forms, "returned": returned,
        "valid": returned - world.dice.between(3, 14)});
    if let Some(shops) = round.shops {
        counted["distributors"] = json!(shops + world.dice.between(-3, 2));
    }
    world.office(
        CLERK,
        "survey.counted",
        &subject,
        day(round.counted),
        counted,
    );

    let analysed = day(round.analysed);
    let at = world.stamp(analysed, days::office(analysed, 0));
    let analysis = what("survey.analysed", &subject, analysed, name);
    world.record(at, 0, "pc", analysis);

    let first = days::plus(analysed, 7);
    let last = day(round.feedback_until);
    let mut pool: Vec<usize> = (0..world.businesses.len())
        .filter(|&at| receives(&world.businesses[at], first))
        .collect();
    world.dice.shuffle(&mut pool);
    for business in pool.into_iter().take(feedback) {
        let on = world.dice.day(first, last);
        let at = world.stamp(on, days::office(on, 0));
        let by = staff::advisor(
            world.businesses[business].area,
            banso_core::calendar::jst_date(at),
        );
        let data = json!({"survey": round.survey, "business_id": world.businesses[business].id});
        let given = what("survey.feedback_delivered", &subject, on, data);
        world.record(at, by, "pc", given);
    }
}

fn receives(business: &Business, by: NaiveDate) -> bool {
    business.known_from <= by && going_concern(business)
}
