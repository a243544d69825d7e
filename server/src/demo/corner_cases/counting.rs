//! Corner cases 1 to 6 and 8: late entries, corrections, voids, things that count once, duplicates.
//!
//! Adds to R6: seven analyses, four plans, two businesses followed up three times in all.

use serde_json::{Value, json};

use super::super::days::day;
use super::super::staff::MANAGER;
use super::script::{Firm, Script, at, corporation, desk, sole};

pub(super) fn play(script: &mut Script) {
    late(script);
    moved_by_correction(script);
    void_of_a_parent(script);
    again_in_one_year(script);
    two_plans(script);
    closed_business(script);
    duplicates(script);
    wrongly_merged(script);
}

/// The data of an analysis.
pub(super) fn analysis(id: &str) -> Value {
    json!({"analysis_id": id, "tools": ["ローカルベンチマーク"],
        "figures": {"sales": 24_800_000, "gross_margin_percent": 46, "ordinary_profit": 610_000},
        "swot": {"strengths": ["常連客とのつながり"], "weaknesses": ["店主一人に仕事が集まっていること"],
            "opportunities": ["近隣で進む再開発による人の流れの変化"], "threats": ["仕入価格の上昇"]}})
}

/// The data of a plan.
pub(super) fn plan(id: &str, kind: &str) -> Value {
    json!({"plan_id": id, "kind": kind, "tools": ["経営計画つくるくん"],
        "baseline_sales": 24_800_000, "target_sales": 27_000_000})
}

/// The data of a follow-up.
pub(super) fn follow_up(plan: &str, method: &str, note: &str) -> Value {
    json!({"plan_id": plan, "method": method, "progress": "on_track", "note": note})
}

fn late(script: &mut Script) {
    let firm = script.firm(sole(
        ("宮園 茂", "ミヤゾノ シゲル"),
        "理容みやぞの",
        0,
        "N7821",
    ));
    let case = script.open(&firm, at((2024, 11, 12), (10, 40)));
    let on = day(2025, 3, 28);
    let typed = desk(0, at((2025, 4, 10), (11, 5)));
    let data = analysis("A-2024-C01");
    let id = script.put(typed, "analysis.completed", &case, on, data);
    let text = (
        "年度をまたいだ入力",
        "令和7年3月28日の経営分析が4月10日に入力されました。発生日により令和6年度の件数に入ります。",
    );
    script.show(1, text, id, (Some("A2"), Some(2024)));

    let card = corporation(
        ("有限会社白鷺設備", "シラサギセツビ"),
        "白鷺 武",
        2,
        "D0833",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2024, 12, 17), (14, 20)));
    let typed = desk(1, at((2025, 6, 12), (16, 10)));
    let on = day(2025, 3, 25);
    let data = plan("P-2024-C01", "sustainability");
    let id = script.put(typed, "plan.completed", &case, on, data);
    let text = (
        "締め後の入力",
        "令和6年度を締めた後の6月12日に、3月25日の事業計画策定が入力されました。今の値は1件増えますが、締めた版は変わりません。",
    );
    script.show(1, text, id, (Some("P1"), Some(2024)));
}

fn moved_by_correction(script: &mut Script) {
    let firm = script.firm(sole(
        ("汐入 典子", "シオイリ ノリコ"),
        "花のしおいり",
        0,
        "I6093",
    ));
    let case = script.open(&firm, at((2025, 1, 21), (9, 50)));
    let typed = desk(0, at((2025, 4, 3), (10, 15)));
    let data = analysis("A-2024-C02");
    let target = script.put(typed, "analysis.completed", &case, day(2025, 4, 2), data);
    let correction = json!({"target": target, "occurred_on": "2025-03-31",
        "reason": "分析の完了日を面談の翌々日と取り違えていたため（訪問簿で確認）"});
    let now = at((2025, 5, 12), (13, 30));
    let id = script.act(&firm, &case, now, "record.corrected", correction);
    let text = (
        "日付の訂正で前の年度へ移る件数",
        "4月2日と入力した経営分析を3月31日に訂正しました。令和7年度から1件減り、令和6年度に1件加わります。",
    );
    script.show(2, text, id, (Some("A2"), Some(2024)));

    let card = corporation(
        ("合同会社槙村製作所", "マキムラセイサクショ"),
        "槙村 亘",
        4,
        "E2446",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2025, 2, 4), (15, 0)));
    let now = at((2025, 3, 31), (17, 10));
    let data = plan("P-2025-C02", "dx");
    let target = script.act(&firm, &case, now, "plan.completed", data);
    let correction = json!({"target": target, "occurred_on": "2025-04-03",
        "reason": "計画書の受領日は4月3日であったため"});
    let now = at((2025, 4, 7), (11, 45));
    let id = script.act(&firm, &case, now, "record.corrected", correction);
    let text = (
        "日付の訂正で次の年度へ移る件数",
        "3月31日と入力した事業計画策定を4月3日に訂正しました。令和6年度ではなく令和7年度の件数に入ります。",
    );
    script.show(2, text, id, (Some("P1"), Some(2025)));
    wrong_firm(script);
}

fn wrong_firm(script: &mut Script) {
    let firm = script.firm(sole(
        ("麦倉 早紀", "ムギクラ サキ"),
        "カフェ麦倉",
        7,
        "M7671",
    ));
    let case = script.open(&firm, at((2025, 9, 2), (10, 0)));
    let fair = json!({"fair": "フードスタイル九州", "mode": "venue",
        "support": ["商談シートの作成"]});
    let now = at((2025, 11, 14), (9, 40));
    let target = script.act(&firm, &case, now, "fair.exhibited", fair);
    let void = json!({"target": target, "reason": "名前のよく似た別の事業者の出展を取り違えて入力したため"});
    let now = at((2025, 11, 17), (9, 25));
    let id = script.act(&firm, &case, now, "record.voided", void);
    let text = (
        "取消",
        "別の事業者の出展を入力したため取り消しました。記録は残り、誰がいつなぜ取り消したかが分かります。",
    );
    script.show(2, text, id, (Some("M2"), Some(2025)));
}

fn void_of_a_parent(script: &mut Script) {
    let firm = script.firm(sole(
        ("雪村 和江", "ユキムラ カズエ"),
        "洋品のゆきむら",
        9,
        "I5731",
    ));
    let case = script.open(&firm, at((2024, 8, 20), (13, 10)));
    let now = at((2024, 9, 12), (15, 30));
    let data = plan("P-2024-C03", "sustainability");
    let target = script.act(&firm, &case, now, "plan.completed", data);
    let note = "補助事業の進み具合を聞き取り。";
    for (month, year) in [((11, 20), 2024), ((1, 22), 2025)] {
        let now = at((year, month.0, month.1), (11, 15));
        let data = follow_up("P-2024-C03", "visit", note);
        script.act(&firm, &case, now, "followup.done", data);
    }
    let void = json!({"target": target,
        "reason": "提出されたのは他機関が作成した計画の写しであり、当所の策定支援に当たらないため"});
    let typed = desk(MANAGER, at((2025, 2, 14), (16, 0)));
    let id = script.put(typed, "record.voided", &case, day(2025, 2, 14), void);
    let text = (
        "計画を取り消した後のフォローアップ",
        "事業計画を取り消すと、そのフォローアップ2回は訪問として残りますが、F1とF2の件数から外れます。",
    );
    script.show(3, text, id, (Some("F2"), Some(2024)));
}

fn again_in_one_year(script: &mut Script) {
    let firm = script.firm(sole(
        ("三葉 幸恵", "ミツバ サチエ"),
        "美容室みつば",
        0,
        "N7831",
    ));
    let case = script.open(&firm, at((2024, 6, 4), (10, 30)));
    let now = at((2024, 6, 18), (11, 0));
    script.act(
        &firm,
        &case,
        now,
        "analysis.completed",
        analysis("A-2024-C04"),
    );
    let now = at((2025, 2, 20), (14, 45));
    let data = analysis("A-2024-C05");
    let id = script.act(&firm, &case, now, "analysis.completed", data);
    let text = (
        "同じ年度の再分析",
        "同じ事業者を年度内に二度分析しました。件数は1件のままで、二度目は再分析として内訳に残ります。",
    );
    script.show(4, text, id, (Some("A2"), Some(2024)));
}

fn two_plans(script: &mut Script) {
    let card = corporation(("株式会社冬木建具", "フユキタテグ"), "冬木 誠", 4, "E1331");
    let firm = script.firm(card);
    let case = script.open(&firm, at((2024, 5, 9), (9, 45)));
    let now = at((2024, 5, 28), (15, 20));
    let data = plan("P-2024-C05A", "innovation");
    script.act(&firm, &case, now, "plan.completed", data);
    let now = at((2024, 8, 21), (10, 50));
    let note = "組子の新商品の試作が進んでいる。";
    let data = follow_up("P-2024-C05A", "visit", note);
    script.act(&firm, &case, now, "followup.done", data);
    let now = at((2024, 10, 22), (13, 35));
    let data = plan("P-2024-C05B", "sustainability");
    let id = script.act(&firm, &case, now, "plan.completed", data);
    let now = at((2025, 1, 16), (16, 5));
    let note = "展示会に向けた印刷物の準備を確かめた。";
    let data = follow_up("P-2024-C05B", "window", note);
    script.act(&firm, &case, now, "followup.done", data);
    let text = (
        "一つの事業者の二つの計画",
        "経営革新と事業持続化の二つの計画を策定しました。P1は2件、F1は1者と数えます。",
    );
    script.show(5, text, id, (Some("P1"), Some(2024)));
}

fn closed_business(script: &mut Script) {
    let firm = script.firm(sole(
        ("北御門 清", "キタミカド キヨシ"),
        "北御門豆腐店",
        9,
        "E0993",
    ));
    let case = script.open(&firm, at((2024, 4, 23), (10, 10)));
    let now = at((2024, 5, 16), (14, 0));
    let data = plan("P-2024-C06", "other");
    script.act(&firm, &case, now, "plan.completed", data);
    let now = at((2024, 9, 10), (9, 35));
    let mut data = follow_up(
        "P-2024-C06",
        "visit",
        "体力の面から続けられるか迷っておられた。",
    );
    data["next_due"] = json!("2025-01-14");
    script.act(&firm, &case, now, "followup.done", data);
    let now = at((2024, 11, 29), (11, 30));
    let closing = json!({"kind": "closed", "reason": "店主の高齢と設備の老朽化による廃業"});
    let id = script.act(&firm, &firm.subject, now, "business.closed", closing);
    let now = at((2024, 12, 3), (10, 20));
    let data = json!({"reason": "廃業のため"});
    script.act(&firm, &case, now, "case.closed", data);
    let text = (
        "年度の途中の廃業",
        "計画策定とフォローアップの件数は残ります。予定していた次の訪問はなくなります。",
    );
    script.show(6, text, id, (Some("F1"), Some(2024)));
    suspended(script);
}

fn suspended(script: &mut Script) {
    let firm = script.firm(sole(
        ("日暮 涼", "ヒグラシ リョウ"),
        "珈琲ひぐらし",
        7,
        "M7671",
    ));
    let case = script.open(&firm, at((2024, 7, 2), (13, 0)));
    let now = at((2025, 1, 15), (10, 30));
    let data = json!({"kind": "suspended", "reason": "療養のため"});
    script.act(&firm, &firm.subject, now, "business.closed", data);
    let now = at((2025, 1, 16), (9, 30));
    script.act(
        &firm,
        &case,
        now,
        "case.closed",
        json!({"reason": "休業のため"}),
    );
    let now = at((2025, 6, 2), (11, 0));
    let data = json!({"reason": "快復し、週四日の営業から再開"});
    let id = script.act(&firm, &firm.subject, now, "business.reopened", data);
    let now = at((2025, 6, 4), (15, 15));
    let data = json!({"reason": "営業の再開に合わせて支援を再開"});
    script.act(&firm, &case, now, "case.reopened", data);
    let text = (
        "休業と再開",
        "休業の間は訪問の予定から外れ、再開とともに案件も再開しました。",
    );
    script.show(6, text, id, (None, Some(2025)));
}

fn duplicates(script: &mut Script) {
    let name = ("矢羽田 義則", "ヤハタ ヨシノリ");
    let first = script.firm(sole(name, "矢羽田印刷", 2, "E1511"));
    let name = ("矢羽田 義則", "ﾔﾊﾀ ﾖｼﾉﾘ");
    let second = script.firm(sole(name, "ヤハタ印刷", 4, "E1511"));
    analysed(script, &first, ((2024, 7, 18), (2024, 8, 6)), "A-2024-C08A");
    analysed(
        script,
        &second,
        ((2024, 10, 29), (2024, 11, 19)),
        "A-2024-C08B",
    );
    let typed = desk(MANAGER, at((2025, 9, 4), (10, 0)));
    let data = json!({"into": first.id,
        "evidence": "電話番号と代表者が同じで、フリガナの書き方だけが異なるため"});
    let on = day(2025, 9, 4);
    let id = script.put(typed, "business.merged", &second.subject, on, data);
    let text = (
        "二重登録の名寄せ",
        "同じ事業者が二つ登録され、別々の担当が一度ずつ分析していました。名寄せにより令和6年度の経営分析は2件から1件になります。締めた版は変わらず、締め後の差として示されます。",
    );
    script.show(8, text, id, (Some("A2"), Some(2024)));
}

fn wrongly_merged(script: &mut Script) {
    let third = script.firm(sole(
        ("萩沢 奈々", "ハギサワ ナナ"),
        "木工房なごみ",
        0,
        "E1331",
    ));
    let fourth = script.firm(sole(
        ("谷萩 真由", "タニハギ マユ"),
        "木工房なごみ",
        11,
        "E1331",
    ));
    analysed(
        script,
        &third,
        ((2024, 6, 20), (2024, 7, 11)),
        "A-2024-C08C",
    );
    analysed(
        script,
        &fourth,
        ((2024, 11, 7), (2024, 12, 5)),
        "A-2024-C08D",
    );
    let typed = desk(MANAGER, at((2025, 9, 18), (14, 30)));
    let data = json!({"into": fourth.id, "evidence": "屋号と業種が同じため"});
    let on = day(2025, 9, 18);
    script.put(typed, "business.merged", &third.subject, on, data);
    let typed = desk(MANAGER, at((2025, 10, 8), (11, 20)));
    let data = json!({"reason": "屋号が同じ別の事業者であることを訪問により確認したため"});
    let on = day(2025, 10, 8);
    let id = script.put(typed, "business.unmerged", &third.subject, on, data);
    let text = (
        "名寄せの解除",
        "屋号の同じ別の事業者を誤って名寄せしたため、解除しました。経営分析は再び2件と数えられます。",
    );
    script.show(8, text, id, (Some("A2"), Some(2024)));
}

fn analysed(
    script: &mut Script,
    firm: &Firm,
    (opened, done): ((i32, u32, u32), (i32, u32, u32)),
    id: &str,
) {
    let case = script.open(firm, at(opened, (9, 55)));
    let now = at(done, (15, 40));
    script.act(firm, &case, now, "analysis.completed", analysis(id));
}
