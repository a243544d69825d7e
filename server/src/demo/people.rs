//! The staff: registered, assigned to areas, trained, and handing cases over.
//!
//! Hand-overs take the first minutes of a day, so that nobody works on a case in between.

use chrono::{Duration, NaiveDate};
use serde_json::json;

use super::days::{self, day};
use super::staff::{self, AREAS, CLERK, COMMITTEE, LEAVER, MANAGER, SUCCESSOR};
use super::texts;
use super::world::{World, what};

const TRAININGS: [(i64, &str, i64); 12] = [
    (1, "県内経営指導員等研修（経営支援コース）", 6),
    (1, "経営力再構築伴走支援の進め方", 5),
    (2, "補助員研修（記帳と税務の基礎）", 6),
    (3, "経営革新計画支援能力向上コース", 6),
    (4, "当所セミナーの聴講（価格転嫁と値決め）", 2),
    (4, "当所セミナーの聴講（ＳＮＳの情報発信）", 2),
    (5, "県外研修（事業承継支援の実務）", 12),
    (5, "県外研修（ローカルベンチマークの活用）", 6),
    (6, "日本商工会議所主催の研修（伴走支援）", 7),
    (6, "他団体の研修（資金繰り支援）", 4),
    (7, "オンライン研修（データ分析の基礎）", 3),
    (7, "オンライン研修（生成ＡＩの業務活用）", 2),
];

const OJT: [&str; 6] = [
    "経営分析のヒアリングへの同行",
    "専門家派遣への同席と振り返り",
    "事業計画の数値の組み立て方",
    "対話と傾聴の進め方",
    "マル経融資の推薦書の書き方",
    "商談シートの添削",
];

/// Registers everybody who is there from the beginning, and who looks after which area.
pub(super) fn begin(world: &mut World) {
    let on = day(2024, 4, 1);
    let mut at = days::office(on, 660);
    // The manager first, who registers all others; the committee when it is appointed, the
    // successor on arrival.
    let others = (0..world.members.len())
        .filter(|member| ![MANAGER, SUCCESSOR].contains(member) && !COMMITTEE.contains(member));
    for member in std::iter::once(MANAGER).chain(others) {
        at += Duration::milliseconds(world.dice.between(20_000, 50_000));
        register(world, member, on, at);
    }
    for area in 0..AREAS.len() {
        at += Duration::milliseconds(world.dice.between(8_000, 20_000));
        assign(world, area, staff::advisor(area, on), on, at);
    }
}

/// Registers one member of the staff or of the committee.
pub(super) fn register(
    world: &mut World,
    member: usize,
    on: NaiveDate,
    at: chrono::DateTime<chrono::Utc>,
) {
    let new = world.members[member];
    let data = json!({"name": new.name, "kana": new.kana, "role": new.role, "unit": new.unit});
    let subject = format!("staff/{}", new.id);
    world.record(
        at,
        MANAGER,
        "pc",
        what("staff.registered", &subject, on, data),
    );
}

fn assign(
    world: &mut World,
    area: usize,
    member: usize,
    on: NaiveDate,
    at: chrono::DateTime<chrono::Utc>,
) {
    let subject = format!("staff/{}", world.members[member].id);
    let (area, block) = AREAS[area];
    let data = json!({"area": area, "block": block});
    world.record(at, MANAGER, "pc", what("area.assigned", &subject, on, data));
}

/// Changes of areas in a fiscal year: who comes, who goes, every open case handed over.
pub(super) fn hand_over(world: &mut World, fiscal: i32) {
    let changes = staff::changes(fiscal);
    let Some(first) = changes.first().copied() else {
        return;
    };
    let on = days::working_from(first.from_day);
    // In October 2025 the corner cases register the one who comes and the one who goes before this.
    let mut at = days::office(on, 15);
    for change in changes {
        at += Duration::seconds(9);
        assign(world, change.area, change.to, on, at);
        let open: Vec<usize> = (0..world.cases.len())
            .filter(|&case| {
                let case = &world.cases[case];
                case.area == change.area
                    && case.opened_at < days::office(on, 0)
                    && case
                        .closed_at
                        .is_none_or(|closed| closed > days::office(on, 600))
            })
            .collect();
        for case in open {
            at += Duration::milliseconds(world.dice.between(1_200, 3_900));
            let briefing = briefing(world, world.cases[case].business, on);
            let to = world.members[change.to].id;
            let data = json!({"to": to, "briefing": briefing});
            let subject = world.cases[case].subject.clone();
            world.record(
                at,
                MANAGER,
                "pc",
                what("case.handed_over", &subject, on, data),
            );
        }
    }
}

/// What the next advisor must know, by how far the case has come.
fn briefing(world: &mut World, business: usize, on: NaiveDate) -> String {
    let firm = &world.businesses[business];
    let planned = firm.plans.iter().any(|plan| plan.on < on);
    let analysed = firm.analysed_on.is_some_and(|day| day < on);
    let templates = match (planned, analysed) {
        (true, _) => &texts::BRIEFINGS_WITH_PLAN,
        (_, true) => &texts::BRIEFINGS_ANALYSED,
        _ => &texts::BRIEFINGS,
    };
    let (trade, template) = (firm.trade, world.dice.pick(templates));
    texts::fill(template, trade, &mut world.dice)
}

/// Training and learning on the job during a fiscal year.
pub(super) fn train(world: &mut World, fiscal: i32) {
    let (from, to) = (day(fiscal, 5, 8), days::within(fiscal, 3, 10));
    for member in 0..=CLERK {
        for _ in 0..world.dice.between(3, 5) {
            let on = world.dice.day(from, to);
            let (kind, topic, hours) = *world.dice.pick(&TRAININGS);
            // The second kind is for assistants only.
            let fits = (kind == 2) == (member == CLERK) || kind > 3;
            if member != MANAGER && fits && serves(member, on) {
                let subject = format!("staff/{}", world.members[member].id);
                let data = json!({"kind": kind, "topic": topic, "hours": hours});
                world.office(MANAGER, "training.attended", &subject, on, data);
            }
        }
    }
    for _ in 0..world.dice.between(11, 16) {
        let on = world.dice.day(from, to);
        let (senior, junior) = if world.dice.chance(50) {
            (0, 4)
        } else {
            (3, 5)
        };
        let junior = if on >= staff::change_day() && world.dice.chance(35) {
            SUCCESSOR
        } else {
            junior
        };
        let topic = *world.dice.pick(&OJT);
        let partner = format!("staff/{}", world.members[senior].id);
        let subject = format!("staff/{}", world.members[junior].id);
        let data = json!({"partner": partner, "topic": topic});
        world.office(MANAGER, "ojt.held", &subject, on, data);
    }
}

fn serves(member: usize, on: NaiveDate) -> bool {
    match member {
        LEAVER => on < days::plus(staff::change_day(), -20),
        SUCCESSOR => on > days::plus(staff::change_day(), 5),
        _ => true,
    }
}
