//! Corner cases 13, 15, 16, 17 and 22: seminars, off-year surveys, targets, readings, the
//! committee.
//!
//! Adds to R6: two sessions on founding. Adds to R7: one session on founding, one with nobody,
//! one street survey outside the plan.

use serde_json::json;

use super::super::days::{self, day};
use super::super::evaluation;
use super::super::programme;
use super::super::staff::{self, CLERK, MANAGER};
use super::super::world::PROGRAMME;
use super::CornerCase;
use super::script::{Script, at, desk};

pub(super) fn play(script: &mut Script) {
    cancelled_seminar(script);
    nobody_came(script);
    across_the_year(script);
    off_year_survey(script);
    target(script);
    reading(script);
    committee_saw(script);
}

fn cancelled_seminar(script: &mut Script) {
    let now = at((2024, 7, 5), (13, 30));
    let subject = format!("seminar/{}", script.uuid(now, "seminar"));
    let data = json!({"title": "秋に備える資金繰り", "tags": ["management"],
        "date": "2024-08-30", "capacity": 20});
    script.put(
        desk(CLERK, now),
        "seminar.planned",
        &subject,
        day(2024, 7, 5),
        data,
    );
    let now = at((2024, 8, 28), (16, 0));
    let data = json!({"reason": "台風の接近による"});
    let id = script.put(
        desk(CLERK, now),
        "seminar.cancelled",
        &subject,
        day(2024, 8, 28),
        data,
    );
    let text = (
        "募集後に中止したセミナー",
        "募集までしたセミナーを台風のため中止しました。開催回数には入りません。",
    );
    script.show(13, text, id, (Some("A1"), Some(2024)));
}

fn nobody_came(script: &mut Script) {
    let now = at((2025, 7, 22), (10, 30));
    let subject = format!("seminar/{}", script.uuid(now, "seminar"));
    let title = "夜間の個別経営相談会つきミニ講座";
    let data = json!({"title": title, "tags": ["management"], "date": "2025-09-05",
        "capacity": 10});
    script.put(
        desk(CLERK, now),
        "seminar.planned",
        &subject,
        day(2025, 7, 22),
        data,
    );
    let now = at((2025, 9, 8), (9, 30));
    let data = json!({"title": title, "tags": ["management"], "attendees": 0,
        "speaker": "中小企業診断士"});
    let id = script.put(
        desk(CLERK, now),
        "seminar.held",
        &subject,
        day(2025, 9, 5),
        data,
    );
    let text = (
        "参加者のいなかったセミナー",
        "大雨のため参加者がいませんでした。開催1回と数え、注意の表示が付きます。",
    );
    script.show(13, text, id, (Some("A1"), Some(2025)));
}

fn across_the_year(script: &mut Script) {
    let mut shown = None;
    for (number, (on, heads)) in (1..).zip([
        (day(2025, 3, 22), 12),
        (day(2025, 3, 29), 11),
        (day(2025, 4, 5), 11),
    ]) {
        let minute = i64::from(number) * 4;
        let now = at((2025, 2, 10), (14, minute));
        let subject = format!("seminar/{}", script.uuid(now, "seminar"));
        let title = format!("起業塾 春の短期講座 第{number}回");
        let data = json!({"title": title, "tags": ["startup"], "date": on.to_string(),
            "capacity": 12});
        script.put(
            desk(CLERK, now),
            "seminar.planned",
            &subject,
            day(2025, 2, 10),
            data,
        );
        let data = json!({"title": title, "tags": ["startup"], "attendees": heads,
            "course_id": "R6-起業塾春", "session_no": number, "speaker": "中小企業診断士"});
        let monday = days::office(days::working_from(on), 3_600);
        let id = script.put(desk(CLERK, monday), "seminar.held", &subject, on, data);
        shown = Some(id);
    }
    let text = (
        "年度をまたぐ講座",
        "3月22日、29日、4月5日の三回の講座です。回ごとの開催日で数え、令和6年度に2回、令和7年度に1回となります。",
    );
    if let Some(id) = shown {
        script.show(13, text, id, (Some("P3"), Some(2025)));
    }
}

fn off_year_survey(script: &mut Script) {
    let survey = json!({"survey": "shopping_street"});
    let now = at((2025, 11, 10), (11, 0));
    let subject = format!("survey/{}", script.uuid(now, "survey"));
    let typed = desk(CLERK, now);
    script.put(
        typed,
        "survey.opened",
        &subject,
        day(2025, 11, 10),
        survey.clone(),
    );
    let typed = desk(CLERK, at((2025, 12, 12), (15, 0)));
    let data = json!({"survey": "shopping_street", "distributed": 300, "returned": 117,
        "valid": 112, "distributors": 20});
    script.put(typed, "survey.counted", &subject, day(2025, 12, 12), data);
    let typed = desk(0, at((2026, 1, 15), (10, 20)));
    let on = day(2026, 1, 15);
    let id = script.put(typed, "survey.analysed", &subject, on, survey);
    // Firms of the script that still trade; the number is what it is, for nothing was planned.
    let firms: Vec<_> = script.firms.iter().skip(9).step_by(2).cloned().collect();
    for (number, firm) in (0..).zip(firms) {
        let on = days::working_from(days::plus(day(2026, 1, 20), number));
        let by = staff::advisor(firm.area, on);
        let typed = desk(by, days::office(on, 12_000 + number * 300));
        let data = json!({"survey": "shopping_street", "business_id": firm.id});
        script.put(typed, "survey.feedback_delivered", &subject, on, data);
    }
    let text = (
        "目標のない年度の調査",
        "隔年の調査を、新庁舎の完成に合わせて目標のない令和7年度にも小さく行いました。目標は「－」のまま、実績は計画外として示されます。",
    );
    script.show(15, text, id, (Some("D1"), Some(2025)));
}

fn target(script: &mut Script) {
    let typed = desk(MANAGER, at((2026, 3, 12), (15, 30)));
    let data = json!({"indicator": "M1b", "fiscal_year": 2026, "target": 36,
        "reason": "令和7年度の実績を踏まえ、一回当たり12人に改めるため（市・県と協議済み）"});
    let on = day(2026, 3, 12);
    let id = script.put(typed, "programme.target_revised", PROGRAMME, on, data);
    let text = (
        "目標の変更",
        "令和8年度の販路開拓セミナーの参加者数の目標を30人から36人に改めました。元の目標は日付とともに残ります。",
    );
    script.show(16, text, id, (Some("M1b"), Some(2026)));
}

fn reading(script: &mut Script) {
    let typed = desk(MANAGER, at((2025, 9, 22), (14, 0)));
    let data = json!({"indicator": "M3", "reading": "opened",
        "reason": "評価委員会の意見を受け、新しく開設した事業者だけを数えるため"});
    let on = day(2025, 9, 22);
    let id = script.put(typed, "policy.reading_decided", PROGRAMME, on, data);
    let text = (
        "数え方の変更",
        "ＥＣサイト利用事業者数を、支援した事業者から開設した事業者に改めました。すべての年度が数え直され、前後の値が並びます。",
    );
    script.show(17, text, id, (Some("M3"), Some(2025)));
    let typed = desk(MANAGER, at((2026, 1, 26), (11, 10)));
    let data = json!({"indicator": "M3", "reading": "supported",
        "reason": "開設済みの事業者への継続した支援が表れなくなるため、元の数え方に戻す"});
    let on = day(2026, 1, 26);
    let id = script.put(typed, "policy.reading_decided", PROGRAMME, on, data);
    let text = (
        "数え方を元に戻す",
        "継続した支援が数に表れないことが分かり、元の数え方に戻しました。どの時点でどの数え方だったかが残ります。",
    );
    script.show(17, text, id, (Some("M3"), Some(2025)));
}

/// The committee graded R6 on the closed edition; a merge and a late plan have moved it since.
fn committee_saw(script: &mut Script) {
    let graded = evaluation::first_grade_of_r6("A2");
    script.cases.push(CornerCase {
        number: 22,
        title_ja: "委員会が見た数字と今の数字",
        description_ja: "評価委員会は、令和7年5月に締めた版で令和6年度の経営分析を評価しました。その後の名寄せで今の値は変わりましたが、委員会が見た版はそのまま示せます。",
        event_id: programme::id_of(graded, &evaluation::name(2024, "A2", 0)),
        subject: PROGRAMME.to_owned(),
        recorded_on: banso_core::calendar::jst_date(graded),
        indicator: Some("A2"),
        fiscal_year: Some(2024),
    });
}
