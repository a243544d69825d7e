//! The calendar of seminars: R6 as it was, and the pattern of the years from R7 on.
//!
//! R6 is written out so that A1, P2 to P4, M1 and M1b reach the 現行 column without a session that
//! carries two of the four tags. Text and days only.

/// One session: month, day, tags, course key and number, heads, title, speaker.
pub(super) struct Session {
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) tags: &'static [&'static str],
    pub(super) course: Option<(&'static str, i64)>,
    pub(super) heads: i64,
    pub(super) title: &'static str,
    pub(super) speaker: &'static str,
}

const fn session(
    (month, day): (u32, u32),
    tags: &'static [&'static str],
    course: Option<(&'static str, i64)>,
    heads: i64,
    (title, speaker): (&'static str, &'static str),
) -> Session {
    Session {
        month,
        day,
        tags,
        course,
        heads,
        title,
        speaker,
    }
}

const PLAN: &[&str] = &["plan_making"];
const STARTUP: &[&str] = &["startup"];
const DX: &[&str] = &["dx"];
const MARKET: &[&str] = &["market_development"];
const BOTH: &[&str] = &["dx", "market_development"];
const CONSULTANT: &str = "中小企業診断士";
const IT_FIRM: &str = "県内ＩＴ企業の技術者";
const LABOUR: &str = "社会保険労務士";
const TAX: &str = "税理士";

/// R6; two more sessions of the spring course stand among the corner cases.
pub(super) const R6: [Session; 17] = [
    session(
        (4, 24),
        &["management"],
        None,
        22,
        ("価格転嫁と値決めの考え方", CONSULTANT),
    ),
    session(
        (5, 22),
        MARKET,
        None,
        21,
        ("お客様に選ばれる店のチラシづくり", CONSULTANT),
    ),
    session(
        (6, 12),
        DX,
        None,
        18,
        ("小さな会社のデジタル化 はじめの一歩", IT_FIRM),
    ),
    session(
        (6, 26),
        MARKET,
        None,
        17,
        ("写真で伝える商品の魅力", "写真家"),
    ),
    session(
        (7, 9),
        PLAN,
        Some(("経営革新塾", 1)),
        18,
        ("経営革新塾 第1回 自社の強みと市場", CONSULTANT),
    ),
    session(
        (7, 23),
        PLAN,
        Some(("経営革新塾", 2)),
        16,
        ("経営革新塾 第2回 数値計画と発表", CONSULTANT),
    ),
    session(
        (8, 28),
        MARKET,
        None,
        19,
        ("常連客を増やす接客とお礼状", CONSULTANT),
    ),
    session(
        (9, 7),
        STARTUP,
        Some(("起業塾", 1)),
        24,
        ("起業塾 第1回 事業の新規性と独自性", CONSULTANT),
    ),
    session(
        (9, 14),
        STARTUP,
        Some(("起業塾", 2)),
        23,
        ("起業塾 第2回 価格の決め方", CONSULTANT),
    ),
    session(
        (9, 21),
        STARTUP,
        Some(("起業塾", 3)),
        21,
        ("起業塾 第3回 収支計画と資金繰り", TAX),
    ),
    session(
        (9, 28),
        STARTUP,
        Some(("起業塾", 4)),
        20,
        ("起業塾 第4回 事業計画書の発表", CONSULTANT),
    ),
    session(
        (9, 25),
        MARKET,
        None,
        14,
        ("商談会に備える商談シートの書き方", CONSULTANT),
    ),
    session(
        (10, 16),
        DX,
        None,
        17,
        ("業務改善につなげるクラウド活用", IT_FIRM),
    ),
    session(
        (11, 13),
        MARKET,
        None,
        22,
        ("ＳＮＳで始める情報発信", IT_FIRM),
    ),
    session(
        (12, 11),
        MARKET,
        None,
        16,
        ("年末年始の売場づくり", CONSULTANT),
    ),
    session(
        (1, 29),
        MARKET,
        None,
        19,
        ("リピーターを増やす販売促進", CONSULTANT),
    ),
    session((2, 5), DX, None, 15, ("請求と経理の省力化", TAX)),
];

/// Every year from R7; R7 has two sessions among the corner cases instead of two of these.
pub(super) const YEARLY: [Session; 19] = [
    session(
        (8, 30),
        STARTUP,
        Some(("起業塾", 1)),
        21,
        ("起業塾 第1回 事業の新規性と独自性", CONSULTANT),
    ),
    session(
        (5, 21),
        &["management"],
        None,
        23,
        ("値上げの伝え方と利益の残し方", CONSULTANT),
    ),
    session(
        (6, 11),
        DX,
        None,
        16,
        ("省力化に役立つデジタル活用", IT_FIRM),
    ),
    session(
        (6, 25),
        &["hr"],
        None,
        19,
        ("人が集まる求人票の書き方", LABOUR),
    ),
    session(
        (7, 8),
        PLAN,
        Some(("経営革新塾", 1)),
        17,
        ("経営革新塾 第1回 自社の課題の把握", CONSULTANT),
    ),
    session(
        (7, 22),
        PLAN,
        Some(("経営革新塾", 2)),
        15,
        ("経営革新塾 第2回 事業継続力と数値計画", CONSULTANT),
    ),
    session(
        (8, 27),
        BOTH,
        None,
        14,
        ("データに基づく顧客管理と販売促進", IT_FIRM),
    ),
    session(
        (9, 6),
        STARTUP,
        Some(("起業塾", 2)),
        22,
        ("起業塾 第2回 価格の設定方法", CONSULTANT),
    ),
    session(
        (9, 13),
        STARTUP,
        Some(("起業塾", 3)),
        21,
        ("起業塾 第3回 収支計画と資金繰り計画", TAX),
    ),
    session(
        (9, 20),
        STARTUP,
        Some(("起業塾", 4)),
        19,
        ("起業塾 第4回 開業資金と資金調達", TAX),
    ),
    session(
        (9, 27),
        STARTUP,
        Some(("起業塾", 5)),
        18,
        ("起業塾 第5回 事業計画書の作成", CONSULTANT),
    ),
    session(
        (10, 4),
        STARTUP,
        Some(("起業塾", 6)),
        17,
        ("起業塾 第6回 個別指導と発表", CONSULTANT),
    ),
    session(
        (10, 15),
        &["succession"],
        None,
        13,
        ("親族に引き継ぐ前に決めておくこと", TAX),
    ),
    session(
        (11, 12),
        BOTH,
        None,
        12,
        ("ＳＮＳとＥＣサイトで広げる販路", IT_FIRM),
    ),
    session(
        (11, 26),
        &["hr"],
        None,
        18,
        ("最低賃金と賃上げの進め方", LABOUR),
    ),
    session(
        (12, 10),
        &["it"],
        None,
        20,
        ("生成ＡＩを仕事に使う", IT_FIRM),
    ),
    session(
        (1, 21),
        MARKET,
        None,
        15,
        ("スマートフォンでつくる商品動画", IT_FIRM),
    ),
    session(
        (2, 4),
        &["succession"],
        None,
        11,
        ("第三者承継という選択", CONSULTANT),
    ),
    session(
        (2, 18),
        &["management"],
        None,
        24,
        ("決算書から読む来年の一手", TAX),
    ),
];

/// Titles that change in even fiscal years.
const OTHER_TITLES: [(&str, &str); 8] = [
    ("値上げの伝え方と利益の残し方", "原価から考える値付けの基本"),
    ("省力化に役立つデジタル活用", "紙とエクセルからの卒業"),
    ("人が集まる求人票の書き方", "辞めない職場のつくり方"),
    (
        "データに基づく顧客管理と販売促進",
        "お客様名簿を生かす販売促進",
    ),
    ("ＳＮＳとＥＣサイトで広げる販路", "小さく始めるネット販売"),
    ("最低賃金と賃上げの進め方", "小さな会社の人材育成"),
    ("生成ＡＩを仕事に使う", "生成ＡＩ 実践編"),
    ("スマートフォンでつくる商品動画", "伝わる商品写真と紹介文"),
];

/// The title of a session in a fiscal year.
pub(super) fn title(fiscal: i32, session: &Session) -> &'static str {
    OTHER_TITLES
        .iter()
        .find(|(odd, _)| *odd == session.title && fiscal % 2 == 0)
        .map_or(session.title, |(_, even)| even)
}
