//! The invented staff and committee, and who looks after which area when.
//!
//! Fixed, whatever the seed: pages, tokens and documents name them.

use chrono::NaiveDate;
use uuid::Uuid;

use super::days::{self, day};
use super::dice;

/// A member of the staff or of the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The uuid of `staff/<uuid>`.
    pub id: Uuid,
    /// Full name, invented.
    pub name: &'static str,
    /// Full name in katakana.
    pub kana: &'static str,
    /// `advisor`, `manager`, `clerk` or `committee`.
    pub role: &'static str,
    /// Where the member works.
    pub unit: &'static str,
    /// When the member leaves, if ever.
    pub left_on: Option<NaiveDate>,
}

/// Position in [`everyone`] of the advisor who leaves.
pub(super) const LEAVER: usize = 7;
/// Position of the advisor who follows.
pub(super) const SUCCESSOR: usize = 8;
/// Position of the manager.
pub(super) const MANAGER: usize = 9;
/// Position of the clerk.
pub(super) const CLERK: usize = 10;
/// Positions of the committee.
pub(super) const COMMITTEE: [usize; 3] = [11, 12, 13];

const ROSTER: [(&str, &str, &str, &str); 14] = [
    ("桐畑 健吾", "キリハタ ケンゴ", "advisor", "経営支援課"),
    ("潮見 早苗", "シオミ サナエ", "advisor", "経営支援課"),
    ("若槻 大樹", "ワカツキ ダイキ", "advisor", "経営支援課"),
    ("河添 美穂", "カワゾエ ミホ", "advisor", "経営支援課"),
    ("瀬良 拓海", "セラ タクミ", "advisor", "オール山口推進課"),
    (
        "千種 明日香",
        "チグサ アスカ",
        "advisor",
        "オール山口推進課",
    ),
    ("船戸 慎一", "フナト シンイチ", "advisor", "企画推進部"),
    (
        "八重樫 修",
        "ヤエガシ オサム",
        "advisor",
        "広域ビジネスサポートセンター",
    ),
    (
        "穂高 理沙",
        "ホダカ リサ",
        "advisor",
        "広域ビジネスサポートセンター",
    ),
    ("真砂 直之", "マサゴ ナオユキ", "manager", "中小企業相談所"),
    ("水城 千尋", "ミズキ チヒロ", "clerk", "経営支援課"),
    ("月岡 薫", "ツキオカ カオル", "committee", "学識経験者"),
    (
        "有馬 宗介",
        "アリマ ソウスケ",
        "committee",
        "中小企業診断士",
    ),
    (
        "楠本 さやか",
        "クスモト サヤカ",
        "committee",
        "社会保険労務士",
    ),
];

/// The day of the change in the middle of the year.
pub(super) fn change_day() -> NaiveDate {
    day(2025, 10, 1)
}

/// The demo accounts: eight advisors, a manager, a clerk and three members of the committee.
pub fn staff() -> Vec<Member> {
    let mut members = everyone();
    members.retain(|member| member.left_on.is_none());
    members
}

/// All who ever were there, with the advisor who left on 30 September 2025.
pub fn everyone() -> Vec<Member> {
    let begin = days::office(day(2024, 4, 1), 0);
    ROSTER
        .iter()
        .enumerate()
        .map(|(at, &(name, kana, role, unit))| Member {
            id: dice::named_uuid(begin, kana),
            name,
            kana,
            role,
            unit,
            left_on: (at == LEAVER).then(|| days::plus(change_day(), -1)),
        })
        .collect()
}

/// The seventeen invented areas with their blocks.
pub(super) const AREAS: [(&str, &str); 17] = [
    ("若水", "中央ブロック"),
    ("桜堤", "中央ブロック"),
    ("錦端", "中央ブロック"),
    ("月見坂", "中央ブロック"),
    ("朝霧", "東部ブロック"),
    ("杉ヶ瀬", "東部ブロック"),
    ("鷺原", "東部ブロック"),
    ("藤見", "西部ブロック"),
    ("竹ノ内", "西部ブロック"),
    ("柿ノ木", "西部ブロック"),
    ("船着", "南部ブロック"),
    ("稲穂", "南部ブロック"),
    ("鳴瀬", "南部ブロック"),
    ("葦辺", "南部ブロック"),
    ("緑ヶ岡", "北部ブロック"),
    ("霧ノ峠", "北部ブロック"),
    ("栃谷", "北部ブロック"),
];

/// Who looks after each area in April 2024.
const FIRST_ADVISOR: [usize; 17] = [0, 0, 1, 1, 2, 2, 7, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7];

/// One area that passes from one advisor to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) from_day: NaiveDate,
    pub(super) area: usize,
    pub(super) to: usize,
}

/// Every change of areas in a fiscal year, in order.
pub(super) fn changes(fiscal: i32) -> Vec<Change> {
    let mut changes = Vec::new();
    if fiscal == 2025 {
        changes.extend(
            (0..AREAS.len())
                .filter(|&area| FIRST_ADVISOR[area] == LEAVER)
                .map(|area| Change {
                    from_day: change_day(),
                    area,
                    to: SUCCESSOR,
                }),
        );
    }
    if fiscal >= 2026 {
        let area = usize::try_from(fiscal * 5).unwrap_or_default() % AREAS.len();
        let from_day = day(fiscal, 4, 1);
        let from = advisor(area, days::plus(from_day, -1));
        let mut to = (from + 3) % LEAVER;
        if to == from {
            to = (to + 1) % LEAVER;
        }
        changes.push(Change { from_day, area, to });
    }
    changes
}

/// Who looks after an area on a day; a position in [`everyone`].
pub(super) fn advisor(area: usize, on: NaiveDate) -> usize {
    let begun = days::fiscal_year(on).max(2024);
    (2025..=begun)
        .flat_map(changes)
        .rfind(|change| change.area == area && change.from_day <= on)
        .map_or(FIRST_ADVISOR[area], |change| change.to)
}
