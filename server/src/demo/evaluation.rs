//! The committee's grades and comments, and the remedies that follow.
//!
//! Grades follow the rates of the year as the demo plans them (A from 100 per cent, B from 80, C
//! from 30, D below); the committee of R6 judges by the year before, because the plan had no
//! targets then. Comments are natural Japanese from three points of view.

use chrono::NaiveDate;
use serde_json::json;

use super::days;
use super::programme::{after, fixed};
use super::staff::COMMITTEE;
use super::world::World;

/// An item that the committee grades.
struct Item {
    id: &'static str,
    label: &'static str,
    /// The grades of R6 and R7; empty = not graded. Later years turn on from R7.
    grades: [&'static str; 2],
    /// What the second member wishes for.
    focus: &'static str,
}

const fn item(
    id: &'static str,
    label: &'static str,
    grades: [&'static str; 2],
    focus: &'static str,
) -> Item {
    Item {
        id,
        label,
        grades,
        focus,
    }
}

const ITEMS: [Item; 31] = [
    item(
        "G1",
        "生産性向上支援",
        ["B", "B"],
        "作業時間がどれだけ短くなったかを示す",
    ),
    item(
        "G2",
        "創業者支援",
        ["B", "A"],
        "開業に至らなかった方への継続した声かけを行う",
    ),
    item(
        "G3",
        "事業承継の成立",
        ["C", "C"],
        "代表者の年齢から早めに働きかける",
    ),
    item(
        "E0",
        "調査の公表",
        ["B", "A"],
        "公表から事業者に届くまでの日数を短くする",
    ),
    item(
        "E1",
        "景況調査",
        ["A", "A"],
        "業種ごとの違いを一枚で分かるようにする",
    ),
    item(
        "E2",
        "通行量調査",
        ["A", "A"],
        "商店街の店主が読み取りやすい形で示す",
    ),
    item(
        "E3",
        "RESASの活用",
        ["D", "A"],
        "分析を計画づくりの場で使う",
    ),
    item(
        "D1",
        "商店街の買物動向調査",
        ["B", ""],
        "前回との比較ができるように設問をそろえる",
    ),
    item(
        "D1b",
        "商店街調査の結果の提供",
        ["B", ""],
        "結果をもとにした売場の見直しにつなげる",
    ),
    item(
        "D2",
        "大学生の買物動向調査",
        ["", "A"],
        "学生の意見を直接聞く場を設ける",
    ),
    item(
        "D2b",
        "大学生調査の結果の提供",
        ["", "C"],
        "飲食店と小売店に絞って届ける",
    ),
    item(
        "D3",
        "商品券の利用実態調査",
        ["B", "A"],
        "回答者の年代の偏りを補う",
    ),
    item(
        "D3b",
        "商品券調査の結果の提供",
        ["C", "C"],
        "取扱店へ概要版を早めに届ける",
    ),
    item(
        "A1",
        "セミナーの開催",
        ["A", "A"],
        "参加の少ない業種に向けた内容を加える",
    ),
    item(
        "A2",
        "経営分析",
        ["B", "B"],
        "分析の後に何が変わったかを一年後に確かめる",
    ),
    item(
        "P1",
        "事業計画の策定",
        ["B", "B"],
        "補助金のためだけでない計画の割合を高める",
    ),
    item(
        "P2",
        "事業計画策定セミナー",
        ["A", "A"],
        "受講後の個別支援への移行率を示す",
    ),
    item(
        "P3",
        "創業セミナー",
        ["A", "A"],
        "女性や若者が参加しやすい時間に開く",
    ),
    item(
        "P4",
        "ＤＸセミナー",
        ["B", "A"],
        "導入した後の使い方まで支える",
    ),
    item(
        "F1",
        "フォローアップの対象",
        ["B", "A"],
        "訪問の頻度を進み具合に応じて変える",
    ),
    item(
        "F2",
        "フォローアップの頻度",
        ["C", "B"],
        "年度の前半から計画的に訪問する",
    ),
    item(
        "F3",
        "売上の増加",
        ["C", "B"],
        "利益の改善も合わせて把握する",
    ),
    item(
        "M1",
        "販路開拓セミナー",
        ["B", "A"],
        "少人数で手を動かす回を増やす",
    ),
    item(
        "M1b",
        "販路開拓セミナーの参加",
        ["B", "A"],
        "申込みがあって欠席した方への案内を続ける",
    ),
    item(
        "M1c",
        "新規取引の開拓",
        ["", "C"],
        "受講後の商談の経過を聞き取る",
    ),
    item(
        "M2",
        "商談会等の出展支援",
        ["B", "B"],
        "初めて出展する事業者を増やす",
    ),
    item(
        "M2b",
        "商談の成立",
        ["D", "A"],
        "出展後の三か月間の追跡を欠かさない",
    ),
    item(
        "M3",
        "ＥＣサイトの利用",
        ["", "A"],
        "開設した後の更新を支える",
    ),
    item(
        "M3b",
        "ＥＣ利用事業者の売上増加率",
        ["", "C"],
        "前年のない事業者の成果の示し方を決める",
    ),
    item(
        "10",
        "職員の資質の向上",
        ["B", "A"],
        "若手職員の同行の機会を増やす",
    ),
    item(
        "12",
        "地域経済の活性化",
        ["B", "B"],
        "催しの効果を小規模事業者の売上で確かめる",
    ),
];

const GOOD: [&str; 9] = [
    "{label}は目標を上回り、現場の工夫がうかがえる。次は件数だけでなく内容の深まりも示してほしい。",
    "目標に達している。支援を受けた事業者の声を添えると、市民にも伝わりやすい。",
    "{label}の達成を評価する。担当者の負担が偏っていないか、目を配られたい。",
    "計画どおりに進んでいる。うまくいった進め方を所内で型にして残すとよい。",
    "数字は十分である。今後は支援の前と後で何が変わったかを追うことを期待する。",
    "よく取り組まれている。対象が固定化しないよう、新しい事業者への声かけも続けてほしい。",
    "目標を達成した。来年度は同じ労力でより大きな成果につなげる工夫を望む。",
    "着実に実施されている。参加者の顔ぶれを見て、届いていない層を確かめるとよい。",
    "{label}は安定して行われており、引き続きの実施が妥当と考える。",
];

const FAIR: [&str; 9] = [
    "{label}はおおむね目標に達した。年度の後半に偏っているため、上期からの計画的な実施を望む。",
    "あと一歩である。地区ごとの差が大きいので、うまくいった地区の進め方を共有されたい。",
    "おおむね順調。人手の限られる中での実績として評価できる。",
    "数は近づいているが、質の確認が要る。事業者の自走につながったかを示してほしい。",
    "目標に届かなかった理由が説明されており、納得できる。改善の余地は小さくない。",
    "担当者の交代があった中で水準を保った点を評価する。",
    "もう少し早い時期に働きかければ達成できたと思われる。年間の予定を見直すとよい。",
    "継続が妥当である。ほかの事業と組み合わせて効率を上げられないか。",
    "進み具合を月ごとに見る仕組みができたことは前進である。",
];

const WEAK: [&str; 9] = [
    "{label}は目標に届いていない。原因を人手と方法に分けて検討されたい。",
    "件数が伸びていない。待つのではなく、他の支援の場から声をかける工夫が必要である。",
    "実績が少ない。事業者にとっての利点が伝わっていないのではないか。",
    "成果が見えにくい。三か月後の状況を聞き取る仕組みを作ってほしい。",
    "前回の指摘が十分に生かされていない。担当と期限を決めて取り組まれたい。",
    "数字の少なさよりも、途中で打ち手がなかったことが気になる。",
    "時間のかかる取組であることは理解する。途中の段階も指標として示すとよい。",
    "外部の支援機関との役割の分担を見直し、早めにつなぐことを勧める。",
    "結果を届ける時期が遅い。概要だけでも先に届ける方法を考えられたい。",
];

/// Records the grades of the three members for a fiscal year, after the committee met.
pub(super) fn grade(world: &mut World, year: i32, met: NaiveDate) {
    for (number, member) in (0_usize..).zip(COMMITTEE) {
        let wait = i64::try_from(number).unwrap_or_default() * 2 + 1;
        let on = days::working_from(days::plus(met, wait));
        let mut at = days::office(on, 5_400);
        for (position, item) in ITEMS.iter().enumerate() {
            let [r6, r7] = item.grades;
            let agreed = match year {
                ..=2024 => r6,
                2025 => r7,
                _ => turned(year, position, r7),
            };
            if agreed.is_empty() {
                continue;
            }
            at = after(at, 64);
            let given = opinion(agreed, position, number);
            let comment = comment(given, item, position, number, year);
            let data = json!({"fiscal_year": year, "item": item.id, "grade": given,
                "comment": comment, "direction": direction(given, position, number)});
            fixed(
                world,
                at,
                member,
                &name(year, item.id, number),
                "evaluation.graded",
                data,
            );
        }
    }
}

/// The name of a grade among the programme's fixed ids.
pub(super) fn name(year: i32, item: &str, member: usize) -> String {
    format!("graded:{year}:{item}:{member}")
}

/// The instant of the first member's grade of an item, as far as R6 goes.
pub(super) fn first_grade_of_r6(item: &str) -> chrono::DateTime<chrono::Utc> {
    let met = super::programme::convened(2025);
    let on = days::working_from(days::plus(met, 1));
    let graded = ITEMS.iter().filter(|known| !known.grades[0].is_empty());
    let before = graded.take_while(|known| known.id != item).count();
    let place = i64::try_from(before).unwrap_or_default() + 1;
    after(days::office(on, 5_400), 64 * place)
}

/// Later years: the pattern of R7 with a few items a grade up or down.
fn turned(year: i32, position: usize, r7: &'static str) -> &'static str {
    let place = i32::try_from(position).unwrap_or_default();
    match (year + place * 3) % 7 {
        _ if r7.is_empty() => "B",
        0 => better(r7),
        1 => worse(r7),
        _ => r7,
    }
}

/// One member in four or so sees it a grade differently.
fn opinion(agreed: &'static str, position: usize, member: usize) -> &'static str {
    match (position * 5 + member * 3) % 11 {
        0 => better(agreed),
        1 => worse(agreed),
        _ => agreed,
    }
}

fn better(grade: &'static str) -> &'static str {
    match grade {
        "D" => "C",
        "C" => "B",
        _ => "A",
    }
}

fn worse(grade: &'static str) -> &'static str {
    match grade {
        "A" => "B",
        "B" => "C",
        _ => "D",
    }
}

fn comment(grade: &str, item: &Item, position: usize, member: usize, year: i32) -> String {
    let texts = match grade {
        "A" => &GOOD,
        "B" => &FAIR,
        _ => &WEAK,
    };
    let turn = usize::try_from(year).unwrap_or_default();
    let text = texts[(position * 4 + member * 3 + turn) % texts.len()];
    let text = text.replace("{label}", item.label);
    match member {
        1 => format!("{text}特に、{}ことを望む。", item.focus),
        _ => text,
    }
}

fn direction(grade: &str, position: usize, member: usize) -> &'static str {
    match grade {
        "A" if (position + member).is_multiple_of(6) => "expand",
        "A" | "B" => "continue",
        "D" if (position + member).is_multiple_of(5) => "reduce",
        _ => "improve",
    }
}
