//! The programme through the year: budget, closing, committee, improvements, publication,
//! meetings.
//!
//! The year before is closed in late May, evaluated in July and published in September. Instants
//! here are fixed, not drawn, so that the ids of these events are the same whatever the seed.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::days::{self, day};
use super::dice;
use super::evaluation;
use super::people;
use super::remedies;
use super::staff::{COMMITTEE, MANAGER};
use super::world::{Draft, PROGRAMME, World};

/// Budget items with R7 and later amounts in thousand yen (seed inventory section 3).
const BUDGET: [(&str, i64, i64); 13] = [
    ("指導事業費", 3_150, 3_150),
    ("経営指導員等研修費", 1_618, 1_650),
    ("経営技術強化支援事業費", 4_711, 4_750),
    ("経営発達支援計画推進事業費", 400, 400),
    ("中小企業景況調査", 135, 135),
    ("地域総合活性化事業費", 2_061, 2_100),
    ("日商委託事業費", 1_798, 1_800),
    ("創業人材育成事業費", 1_630, 1_650),
    ("地域創業支援事業費", 4_872, 4_900),
    ("商工開発対策費", 26_900, 26_900),
    ("観光振興費", 21_990, 21_990),
    ("商工振興費", 6_750, 6_750),
    ("委託事業費", 44_050, 44_050),
];

/// Who sends members to the committee (seed inventory section 4).
const ORGANISATIONS: [&str; 5] = [
    "山口県立大学",
    "山口県中小企業診断協会",
    "山口県社会保険労務士会山口支部",
    "山口県経営金融課",
    "山口市ふるさと産業振興課",
];

/// Records the programme's events of a fiscal year.
pub(super) fn run(world: &mut World, fiscal: i32) {
    meetings(world, fiscal);
    community(world, fiscal);
    if fiscal >= 2025 {
        budget(world, fiscal);
        evaluate(world, fiscal);
    }
}

/// The id of a programme event by its name and instant.
pub(super) fn id_of(at: DateTime<Utc>, name: &str) -> Uuid {
    dice::named_uuid(at, &format!("programme:{name}"))
}

/// When a fiscal year is closed: in late May of the next one.
pub(super) fn closing(fiscal: i32) -> DateTime<Utc> {
    days::office(days::working_until(day(fiscal + 1, 5, 28)), 25_500)
}

/// Records an event of the programme under a fixed id.
pub(super) fn fixed(
    world: &mut World,
    at: DateTime<Utc>,
    by: usize,
    name: &str,
    kind: &'static str,
    data: Value,
) {
    world.drafts.push(Draft {
        at,
        by: world.members[by].id,
        id: id_of(at, name),
        kind,
        subject: PROGRAMME.to_owned(),
        on: banso_core::calendar::jst_date(at),
        data,
        source: "pc",
    });
}

fn budget(world: &mut World, fiscal: i32) {
    let on = days::working_from(day(fiscal, 4, 2));
    for (number, (item, first, later)) in (0..).zip(BUDGET) {
        let amount = if fiscal == 2025 { first } else { later };
        let at = days::office(on, 3_600 + number * 35);
        let data = json!({"item": item, "fiscal_year": fiscal, "amount_thousand_yen": amount});
        let name = format!("budget:{fiscal}:{number}");
        fixed(world, at, MANAGER, &name, "budget.set", data);
        spend(world, fiscal, item, amount);
    }
}

/// Four entries a year that come to 94 to 100 per cent of the budget.
fn spend(world: &mut World, fiscal: i32, item: &str, amount: i64) {
    let total = amount * world.dice.between(940, 1_000) / 1_000;
    let mut left = total;
    for (month, share) in [(6, 17), (9, 24), (12, 27), (3, 100)] {
        let year = if month == 3 { fiscal + 1 } else { fiscal };
        let part = (total * (share + world.dice.between(-3, 3)) / 100).min(left);
        let part = if month == 3 { left } else { part };
        left -= part;
        let on = days::month_end(year, month);
        let on = days::working_until(on);
        let data = json!({"item": item, "fiscal_year": fiscal, "amount_thousand_yen": part});
        world.office(MANAGER, "budget.spent", PROGRAMME, on, data);
    }
}

fn evaluate(world: &mut World, fiscal: i32) {
    let year = fiscal - 1;
    let closed = json!({"fiscal_year": year});
    let name = format!("closed:{year}");
    fixed(
        world,
        closing(year),
        MANAGER,
        &name,
        "fiscal_year.closed",
        closed,
    );
    if fiscal % 2 == 1 {
        appoint(world, fiscal);
    }
    let met = convened(fiscal);
    let mode = if fiscal % 2 == 1 {
        "in_person"
    } else {
        "online"
    };
    let data = json!({"fiscal_year": year, "mode": mode});
    let name = format!("convened:{year}");
    fixed(
        world,
        days::office(met, 18_000),
        MANAGER,
        &name,
        "committee.convened",
        data,
    );
    evaluation::grade(world, year, met);
    improve(world, fiscal);
    let at = days::office(days::working_from(day(fiscal, 9, 5)), 5_400);
    let url = format!("https://example.jp/keiei-hattatsu/hyoka/r{}", year - 2018);
    let data = json!({"fiscal_year": year, "url": url});
    let name = format!("published:{year}");
    fixed(world, at, MANAGER, &name, "report.published", data);
}

/// The day on which the committee meets.
pub(super) fn convened(fiscal: i32) -> NaiveDate {
    days::working_from(day(fiscal, 7, 15))
}

fn appoint(world: &mut World, fiscal: i32) {
    let on = days::working_from(day(fiscal, 6, 16));
    if fiscal == 2025 {
        for (number, member) in (0..).zip(COMMITTEE) {
            people::register(world, member, on, days::office(on, 4_000 + number * 60));
        }
    }
    let era = fiscal - 2018;
    for (number, organisation) in (0..).zip(ORGANISATIONS) {
        let term = format!("令和{era}年6月から令和{}年5月まで", era + 2);
        let data = json!({"organisation": organisation, "term": term});
        let at = days::office(on, 5_000 + number * 40);
        let name = format!("appointed:{fiscal}:{number}");
        fixed(world, at, MANAGER, &name, "committee.appointed", data);
    }
}

/// Remedies for what was graded low: proposed in August, looked at twice, done by March or not.
fn improve(world: &mut World, fiscal: i32) {
    let proposed = days::working_from(day(fiscal, 8, 20));
    let due = days::working_until(days::year_end(fiscal)).to_string();
    for (number, remedy) in (1..).zip(remedies::after(fiscal - 1)) {
        let id = format!("K-{}-{number:02}", fiscal - 1);
        let what = json!({"improvement_id": id, "item": remedy.item, "owner": remedy.owner,
            "due": due, "what": remedy.what});
        let begin = days::office(proposed, 6_000 + number * 300);
        fixed(world, begin, MANAGER, &id, "improvement.proposed", what);
        for (step, month, text) in [(1, 11, remedy.autumn), (2, 2, remedy.winter)] {
            let on = days::working_from(days::within(fiscal, month, 17));
            let at = days::office(on, 9_000 + number * 240);
            let name = format!("{id}:{step}");
            let data = json!({"improvement_id": id, "what": text});
            fixed(world, at, MANAGER, &name, "improvement.progressed", data);
        }
        if remedy.finished {
            let on = days::working_until(days::within(fiscal, 3, 24));
            let at = days::office(on, 12_000 + number * 180);
            let data = json!({"improvement_id": id});
            fixed(
                world,
                at,
                MANAGER,
                &format!("{id}:done"),
                "improvement.done",
                data,
            );
        }
    }
}

fn meetings(world: &mut World, fiscal: i32) {
    const TOURISM: [&str; 4] = [
        "春の観光の振り返りと夏の誘客",
        "宿泊者数の動きと秋の催しの準備",
        "クリスマス市と冬の誘客",
        "コンベンションの誘客と受入れの状況",
    ];
    const OFFICE: [&str; 4] = [
        "巡回計画の進み具合と経営分析の候補の共有",
        "専門家派遣の結果の共有",
        "補助金の公募に向けた支援の分担",
        "遅れている事業計画への対応",
    ];
    for (months, topic) in (0..).zip(TOURISM.iter().flat_map(|topic| [topic; 3])) {
        let first = days::month_of_year(fiscal, months);
        let on = days::working_from(days::plus(first, 13));
        let data = json!({"body": "山口市観光振興懇話会", "topic": topic});
        world.office(MANAGER, "liaison.held", PROGRAMME, on, data);
        if months % 2 == 1 {
            let on = days::working_from(days::plus(first, 6));
            let topic = *world.dice.pick(&OFFICE);
            let data = json!({"body": "中小企業相談所会議", "topic": topic});
            world.office(MANAGER, "liaison.held", PROGRAMME, on, data);
        }
    }
    for (month, topic) in [
        (6, "小規模事業者が求める支援と今年度の進め方"),
        (11, "価格転嫁と人手不足への対応"),
    ] {
        let on = days::working_from(days::within(fiscal, month, 24));
        let data = json!({"body": "中小企業支援施策推進連絡会議", "topic": topic});
        world.office(MANAGER, "liaison.held", PROGRAMME, on, data);
    }
}

fn community(world: &mut World, fiscal: i32) {
    const PROJECTS: [(u32, u32, &str, &str); 5] = [
        (
            10,
            17,
            "商工会・商工会議所連携事業",
            "地域の特産品を集めた物産展を共同で開催",
        ),
        (
            12,
            1,
            "１２月、山口市はクリスマス市になる。",
            "イルミネーションの点灯式と式典",
        ),
        (
            12,
            12,
            "恋するピンチョス",
            "市内の飲食店による限定の一皿の提供",
        ),
        (
            2,
            6,
            "チョコレート消費拡大事業",
            "取扱店を巡る地図の作成と物産展",
        ),
        (
            3,
            5,
            "エール！やまぐちポータルサイト",
            "掲載店舗の追加とクーポンの見直し",
        ),
    ];
    for (month, date, project, what) in PROJECTS {
        let on = days::working_from(days::within(fiscal, month, date));
        let data = json!({"project": project, "what": what});
        world.office(MANAGER, "community.held", PROGRAMME, on, data);
    }
}

/// A step of some seconds, for those who write several entries in one sitting.
pub(super) fn after(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at + Duration::seconds(seconds)
}
