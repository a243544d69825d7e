//! Corner cases 7, 9, 10, 19 and 20: hand-over, a person who founds, growth, staff, erasure.
//!
//! Adds to R6: one founder, one analysis. Adds to R7: one founder, two analyses, one plan, one
//! case with productivity support.

use serde_json::json;

use super::super::businesses;
use super::super::days::day;
use super::super::staff::everyone;
use super::super::staff::{LEAVER, MANAGER, SUCCESSOR};
use super::counting::{analysis, plan};
use super::script::{Card, Script, at, corporation, desk, sole};

pub(super) fn play(script: &mut Script) {
    staff_changes(script);
    handed_over(script);
    founder(script);
    not_small_any_more(script);
    moved_out(script);
    erased(script);
}

fn staff_changes(script: &mut Script) {
    let new = everyone()[SUCCESSOR];
    let subject = format!("staff/{}", new.id);
    let data = json!({"name": new.name, "kana": new.kana, "role": new.role, "unit": new.unit});
    let typed = desk(MANAGER, at((2025, 10, 1), (9, 0)));
    let id = script.put(typed, "staff.registered", &subject, day(2025, 10, 1), data);
    let text = (
        "年度の途中の着任",
        "10月1日に着任した職員です。一人当たり17.5件は、在籍した期間に応じた参考値として示します。",
    );
    script.show(19, text, id, (Some("A2"), Some(2025)));
    let subject = format!("staff/{}", script.member(LEAVER));
    let mut typed = desk(MANAGER, at((2025, 10, 1), (9, 0)));
    typed.at += chrono::Duration::seconds(8);
    let id = script.put(typed, "staff.left", &subject, day(2025, 9, 30), json!({}));
    let text = (
        "年度の途中の退職",
        "9月30日に退職した職員です。行った支援は本人の実績として残り、案件と訪問の予定は後任に移ります。",
    );
    script.show(19, text, id, (Some("A2"), Some(2025)));
}

fn handed_over(script: &mut Script) {
    let card = corporation(
        ("株式会社鷺原モータース", "サギハラモータース"),
        "稲見 孝之",
        6,
        "R8911",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2025, 5, 13), (10, 20)));
    let now = at((2025, 6, 24), (16, 30));
    let data = analysis("A-2025-C07");
    script.act(&firm, &case, now, "analysis.completed", data);
    let typed = desk(MANAGER, at((2025, 10, 1), (9, 9)));
    let data = json!({"to": script.member(SUCCESSOR),
        "briefing": "経営分析は済み、車検の案内の漏れが課題と分かった。顧客台帳づくりを軸に計画を作る段階。社長は昼どきが話しやすい。"});
    let id = script.put(typed, "case.handed_over", &case, day(2025, 10, 1), data);
    let now = at((2025, 11, 18), (15, 10));
    let data = plan("P-2025-C07", "dx");
    script.act(&firm, &case, now, "plan.completed", data);
    let text = (
        "担当の引継ぎ",
        "経営分析は前任、計画策定は後任の実績です。所全体の件数は変わらず、これからの訪問の予定は後任に移ります。",
    );
    script.show(7, text, id, (Some("P1"), Some(2025)));
}

fn founder(script: &mut Script) {
    let firm = script.firm(Card {
        kind: "prospective_founder",
        name: ("蓮見 葵", "ハスミ アオイ"),
        shop: "",
        area: 11,
        industry: "I5863",
    });
    let case = script.open(&firm, at((2024, 6, 13), (13, 30)));
    let now = at((2024, 6, 13), (13, 50));
    let data = json!({"stage": "prospective", "content": ["創業計画書の作成", "資金計画と自己資金の確認"]});
    script.act(&firm, &case, now, "startup.supported", data);
    let now = at((2024, 10, 1), (14, 10));
    let data = json!({"form": "個人事業として開業"});
    script.act(&firm, &case, now, "startup.founded", data);
    let now = at((2024, 10, 2), (9, 40));
    let card = json!({"kind": "sole_proprietor", "trade_name": "ベーカリーはすみ",
        "founded_on": "2024-10-01", "closing_month": 12, "employees": 1});
    script.act(&firm, &firm.subject, now, "business.profile_changed", card);
    let now = at((2025, 2, 6), (10, 30));
    let data = json!({"stage": "within_5_years", "content": ["開業後の資金繰り"]});
    script.act(&firm, &case, now, "startup.supported", data);
    let now = at((2025, 11, 4), (11, 0));
    let card = json!({"kind": "corporation", "name": "合同会社ベーカリーはすみ",
        "name_kana": "ベーカリーハスミ", "representative": "蓮見 葵",
        "corporate_number": businesses::checked("999901290001"), "closing_month": 9});
    let id = script.act(&firm, &firm.subject, now, "business.profile_changed", card);
    let now = at((2025, 12, 9), (15, 25));
    let data = json!({"stage": "within_5_years", "content": ["価格の設定", "集客の進め方"]});
    script.act(&firm, &case, now, "startup.supported", data);
    let text = (
        "創業予定者から個人事業、法人へ",
        "創業予定者が開業し、翌年に法人となりました。ずっと同じ一者として数えられ、経過が一つの記録につながっています。",
    );
    script.show(9, text, id, (Some("G2"), Some(2025)));
}

fn not_small_any_more(script: &mut Script) {
    let card = corporation(
        ("有限会社鳴海酒店", "ナルミサケテン"),
        "鳴海 進",
        7,
        "I5851",
    );
    let firm = script.firm(card);
    let case = script.open(&firm, at((2025, 4, 22), (9, 30)));
    let now = at((2025, 6, 17), (10, 45));
    let card = json!({"employees": 24});
    let id = script.act(&firm, &firm.subject, now, "business.profile_changed", card);
    let now = at((2025, 8, 26), (14, 20));
    let data = json!({"theme": "labour_saving", "method": "配送経路の組み直し"});
    script.act(&firm, &case, now, "productivity.supported", data);
    let text = (
        "小規模事業者ではなくなった事業者",
        "従業員が4人から24人に増えました。その後の生産性向上支援は件数に入りますが、注意の表示が付きます。",
    );
    script.show(10, text, id, (Some("G1"), Some(2025)));
}

fn moved_out(script: &mut Script) {
    let firm = script.firm(sole(
        ("渡良瀬 玲奈", "ワタラセ レイナ"),
        "デザイン室わたらせ",
        14,
        "L7261",
    ));
    let case = script.open(&firm, at((2025, 4, 24), (11, 10)));
    let now = at((2025, 5, 22), (13, 15));
    let data = analysis("A-2025-C10");
    script.act(&firm, &case, now, "analysis.completed", data);
    let now = at((2025, 9, 12), (9, 50));
    let card = json!({"address": "県央市見晴町三丁目2番1号", "area": "管外"});
    let id = script.act(&firm, &firm.subject, now, "business.profile_changed", card);
    let text = (
        "管外への移転",
        "経営分析の後に管外へ移転しました。分析した日には管内でしたので、件数は残ります。",
    );
    script.show(10, text, id, (Some("A2"), Some(2025)));
}

fn erased(script: &mut Script) {
    let firm = script.firm(sole(
        ("榎並 文子", "エナミ フミコ"),
        "手打ちそば榎並",
        14,
        "M7631",
    ));
    let case = script.open(&firm, at((2024, 9, 3), (10, 0)));
    let now = at((2024, 9, 3), (10, 5));
    let visit = json!({"method": "visit", "purpose": "経営分析事業者の掘り起こし",
        "note": "そば粉の値上がりで利益が減っている。数字で整理したいとの意向。",
        "owner_words": "味は変えん。でも売り方は変えてみようかと思うようになった。"});
    script.act(&firm, &case, now, "visit.done", visit);
    let now = at((2024, 9, 26), (14, 40));
    let data = analysis("A-2024-C20");
    script.act(&firm, &case, now, "analysis.completed", data);
    let now = at((2025, 3, 6), (15, 30));
    let data = json!({"reason": "事業者の希望により支援を終えるため"});
    script.act(&firm, &case, now, "case.closed", data);
    let typed = desk(MANAGER, at((2026, 2, 10), (10, 30)));
    let data = json!({"reason": "本人からの消去の請求による"});
    let on = day(2026, 2, 10);
    let id = script.put(typed, "business.erased", &firm.subject, on, data);
    let text = (
        "個人情報の消去",
        "請求により氏名や訪問のメモを消去しました。いつ何を行ったかという事実と件数は変わりません。",
    );
    script.show(20, text, id, (Some("A2"), Some(2024)));
}
