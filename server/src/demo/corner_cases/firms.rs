//! Corner cases 11, 12, 14, 18 and 21: entries of one visit, a deal undone, sales reports,
//! clocks.
//!
//! Adds to R6: four plans, one exhibitor. Adds to R7: one plan, two businesses followed up once
//! each, three with grown sales, one web shop, one case with productivity support.

use chrono::Duration;
use serde_json::json;

use super::super::days::day;
use super::super::dice;
use super::counting::{follow_up, plan};
use super::script::{Script, at, corporation, desk, phone, sole};

pub(super) fn play(script: &mut Script) {
    entered_twice(script);
    many_acts(script);
    deal_undone(script);
    part_of_a_year(script);
    no_base(script);
    revised_return(script);
    own_business_year(script);
    wrong_clock(script);
}

fn entered_twice(script: &mut Script) {
    let card = corporation(
        ("株式会社葛木板金", "カツラギバンキン"),
        "葛木 勝彦",
        2,
        "E2446",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2025, 4, 15), (10, 0)));
    let now = at((2025, 5, 20), (11, 30));
    let data = plan("P-2025-C11", "dx");
    script.act(&firm, &case, now, "plan.completed", data);
    let on = day(2025, 9, 16);
    let visit = json!({"method": "visit", "purpose": "フォローアップ",
        "note": "図面の電子化が八割まで進んだ。二名で訪問。"});
    let typed = phone(1, at((2025, 9, 16), (15, 20)));
    script.put(typed, "visit.done", &case, on, visit.clone());
    let typed = phone(1, at((2025, 9, 16), (15, 22)));
    let note = "図面の電子化が八割まで進み、見積りが一日で出せるようになった。";
    let data = follow_up("P-2025-C11", "visit", note);
    script.put(typed, "followup.done", &case, on, data);
    let typed = desk(2, at((2025, 9, 17), (9, 40)));
    let twice = script.put(typed, "visit.done", &case, on, visit);
    let typed = desk(2, at((2025, 9, 17), (9, 42)));
    let data = follow_up("P-2025-C11", "visit", "図面の電子化を確認した。");
    let id = script.put(typed, "followup.done", &case, on, data);
    let void = json!({"target": twice, "reason": "同行した職員が先に入力していたため"});
    let typed = desk(2, at((2025, 9, 18), (10, 15)));
    script.put(typed, "record.voided", &case, day(2025, 9, 18), void);
    let text = (
        "同じ訪問を二人が入力",
        "二名で訪問し、両方が入力しました。同じ計画、同じ日、同じ方法のフォローアップは1回と数えます。重複した訪問は取り消しました。",
    );
    script.show(11, text, id, (Some("F2"), Some(2025)));
}

fn many_acts(script: &mut Script) {
    let firm = script.firm(sole(
        ("細川原 良子", "ホソカワラ リョウコ"),
        "御菓子司ほそかわら",
        0,
        "E0972",
    ));
    let case = script.open(&firm, at((2024, 10, 24), (9, 30)));
    let now = at((2024, 12, 10), (14, 15));
    let data = plan("P-2024-C12", "sustainability");
    script.act(&firm, &case, now, "plan.completed", data);
    let on = day(2025, 10, 23);
    let visit = json!({"method": "visit", "purpose": "フォローアップ",
        "topics": ["計画の進み具合", "売上の報告", "運転資金", "経営分析の希望"],
        "note": "焼き菓子の詰め合わせが贈答で好調。包装資材の仕入れに備えた運転資金の相談もあった。",
        "owner_words": "箱を変えただけで、手に取ってもらえるようになったんです。",
        "next_action": "直近の決算書を預かる", "next_due": "2025-12-04"});
    let mut typed = phone(0, at((2025, 10, 23), (16, 2)));
    let id = script.put(typed, "visit.done", &case, on, visit);
    let note = "詰め合わせの販売数が計画を上回った。";
    let report = json!({"period_from": "2024-10-01", "period_to": "2025-09-30",
        "sales": 26_400_000, "comparison_sales": 24_800_000, "basis": "trial_balance",
        "channel": "total"});
    let loan = json!({"programme": "小規模事業者経営改善資金（マル経融資）", "amount": 3_000_000});
    for (kind, data) in [
        ("followup.done", follow_up("P-2024-C12", "visit", note)),
        ("sales.reported", report),
        ("loan.consulted", loan),
    ] {
        typed.at += Duration::seconds(35);
        script.put(typed, kind, &case, on, data);
    }
    let text = (
        "一度の訪問、いくつもの記録",
        "一度の訪問から、訪問・フォローアップ・売上報告・融資相談の四つを続けて入力しました。それぞれが別の件数に入ります。",
    );
    script.show(12, text, id, (Some("F3"), Some(2025)));
}

fn deal_undone(script: &mut Script) {
    let card = corporation(
        ("有限会社佐波野水産加工", "サバノスイサンカコウ"),
        "佐波野 邦雄",
        4,
        "E0929",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2024, 9, 17), (10, 30)));
    let now = at((2024, 11, 13), (17, 0));
    let fair = json!({"fair": "フードスタイル九州", "mode": "venue",
        "support": ["商談シートの作成", "出展後の連絡の支援"]});
    script.act(&firm, &case, now, "fair.exhibited", fair);
    let now = at((2025, 2, 12), (13, 25));
    let deal = json!({"origin": "fair", "counterparty": "福岡市の食品卸",
        "new_counterparty": true, "amount": 480_000});
    let target = script.act(&firm, &case, now, "deal.concluded", deal);
    let now = at((2025, 7, 18), (11, 50));
    let data = json!({"deal": target, "reason": "取引先の都合により初回の納品前に解消"});
    let id = script.act(&firm, &case, now, "deal.cancelled", data);
    let text = (
        "翌年度に解消された成約",
        "令和6年度に成立した商談が、令和7年度に解消されました。成約した年度の件数から引かれ、締め後の差として示されます。",
    );
    script.show(14, text, id, (Some("M2b"), Some(2024)));
}

fn part_of_a_year(script: &mut Script) {
    let firm = script.firm(sole(
        ("湯ノ原 久志", "ユノハラ ヒサシ"),
        "炭火焼ゆのはら",
        11,
        "M7651",
    ));
    let case = script.open(&firm, at((2024, 9, 10), (14, 0)));
    let now = at((2024, 10, 8), (15, 45));
    let data = plan("P-2024-C18A", "sustainability");
    script.act(&firm, &case, now, "plan.completed", data);
    let now = at((2025, 9, 9), (16, 20));
    let report = json!({"period_from": "2025-04-01", "period_to": "2025-06-30",
        "sales": 6_240_000, "comparison_sales": 5_910_000, "basis": "trial_balance"});
    let id = script.act(&firm, &case, now, "sales.reported", report);
    let text = (
        "一年に満たない期間の売上報告",
        "4月から6月までの試算表による報告です。前年の同じ三か月と比べ、期間が短いことが分かるように示されます。",
    );
    script.show(18, text, id, (Some("F3"), Some(2025)));
}

fn no_base(script: &mut Script) {
    let firm = script.firm(sole(
        ("村雨 美咲", "ムラサメ ミサキ"),
        "陶房むらさめ",
        4,
        "E2142",
    ));
    let case = script.open(&firm, at((2025, 6, 10), (9, 50)));
    let now = at((2025, 7, 8), (14, 30));
    let data = json!({"platform": "月額無料型のネットショップ"});
    script.act(&firm, &case, now, "ec.opened", data);
    let now = at((2026, 2, 17), (10, 40));
    let report = json!({"period_from": "2025-01-01", "period_to": "2025-12-31",
        "sales": 1_860_000, "comparison_sales": 0, "basis": "tax_return", "channel": "total"});
    let id = script.act(&firm, &case, now, "sales.reported", report);
    let text = (
        "前年の売上がない報告",
        "前年の売上が0円のため、増加率は計算できません。平均からは除き、除いたことを示します。",
    );
    script.show(18, text, id, (Some("M3b"), Some(2025)));
}

fn revised_return(script: &mut Script) {
    let firm = script.firm(sole(
        ("倉持 康弘", "クラモチ ヤスヒロ"),
        "倉持塗装",
        12,
        "D0771",
    ));
    let case = script.open(&firm, at((2024, 10, 30), (11, 0)));
    let now = at((2024, 11, 21), (13, 40));
    let data = plan("P-2024-C18C", "innovation");
    script.act(&firm, &case, now, "plan.completed", data);
    let report = |sales: i64| {
        json!({"period_from": "2025-01-01", "period_to": "2025-12-31", "sales": sales,
            "comparison_sales": 24_800_000, "basis": "tax_return", "channel": "total"})
    };
    let now = at((2026, 3, 10), (9, 55));
    let data = report(25_320_000);
    let target = script.act(&firm, &case, now, "sales.reported", data);
    let now = at((2026, 3, 24), (16, 45));
    let data = json!({"target": target, "data": report(24_150_000),
        "reason": "修正申告により売上の一部が前年分とされたため"});
    let id = script.act(&firm, &case, now, "record.corrected", data);
    let text = (
        "修正申告による売上の訂正",
        "増加と報告された売上が、修正申告により減少となりました。訂正前の数字も残り、F3の件数からは外れます。",
    );
    script.show(18, text, id, (Some("F3"), Some(2025)));
}

fn own_business_year(script: &mut Script) {
    let card = corporation(
        ("株式会社竜王電設", "リュウオウデンセツ"),
        "竜王 直樹",
        0,
        "D0811",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2024, 7, 4), (10, 15)));
    let now = at((2024, 7, 30), (15, 5));
    let data = plan("P-2024-C18D", "dx");
    script.act(&firm, &case, now, "plan.completed", data);
    let now = at((2025, 9, 25), (13, 30));
    let report = json!({"period_from": "2024-07-01", "period_to": "2025-06-30",
        "sales": 61_700_000, "comparison_sales": 57_300_000, "gross_profit": 18_900_000,
        "ordinary_profit": 1_240_000, "basis": "statements", "channel": "total"});
    let id = script.act(&firm, &case, now, "sales.reported", report);
    let text = (
        "6月決算の法人の売上報告",
        "決算が年度とずれる法人の報告です。確認した日の年度（令和7年度）の件数に入り、期間の終わりで数える読み方も並べて示されます。",
    );
    script.show(18, text, id, (Some("F3"), Some(2025)));
}

fn wrong_clock(script: &mut Script) {
    let card = corporation(
        ("有限会社杉埜造園", "スギノゾウエン"),
        "杉埜 稔",
        4,
        "D0622",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2025, 7, 8), (9, 20)));
    let visit = json!({"method": "visit", "purpose": "デジタル化・省力化の相談",
        "note": "見積書の型を一緒に作った。"});
    let typed = desk(2, at((2025, 7, 15), (16, 20)));
    script.put(typed, "visit.done", &case, day(2025, 7, 15), visit);
    // The phone's clock is three days fast, and it was out of reach of the network for two days.
    let made = at((2025, 7, 17), (14, 5));
    let id = dice::named_uuid(made, "corner:wrong clock");
    let typed = phone(2, at((2025, 7, 16), (9, 40)));
    let data = json!({"theme": "digital", "method": "見積書の型づくり"});
    let on = day(2025, 7, 14);
    script.put_as(id, typed, "productivity.supported", (&case, on), data);
    let text = (
        "時計のずれたスマートフォンからの入力",
        "時計が3日進んだ端末から、圏外で書いた記録が後から届きました。順番はサーバーに届いた順、年度は記録された日付で決まります。",
    );
    script.show(21, text, id, (Some("G1"), Some(2025)));
}
