//! The office's pages in a real browser: the manager closes a year, the committee grades and
//! verifies, a citizen reads without logging in. Each page passes the accessibility checker.

use std::sync::Arc;

use banso_server::access::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::browser::{Browser, DESK, Forgery, Server, browser, forged};
use crate::support::{TestApp, directory, event_on};

/// Records an analysis of a new business in R7 and gives the entry.
async fn analysed(test: &TestApp, day: &str) -> Value {
    let (_, case) = test.case().await;
    let data = json!({"analysis_id": Uuid::now_v7()});
    test.recorded(&event_on(day, "analysis.completed", &case, data))
        .await
}

/// Records an event of the programme in the year after R7.
async fn programme(test: &TestApp, name: &str, data: Value) -> Value {
    test.recorded(&event_on("2026-05-28", name, "programme/plan", data))
        .await
}

async fn close_r7(test: &TestApp) {
    programme(test, "fiscal_year.closed", json!({"fiscal_year": 2025})).await;
}

/// A grade by the committee, with a comment.
async fn graded(test: &TestApp, comment: &str) {
    let data = json!({"fiscal_year": 2025, "item": "A2", "grade": "B", "comment": comment,
        "direction": "continue"});
    let grade = event_on("2026-06-01", "evaluation.graded", "programme/plan", data);
    let answer = test
        .post_raw(Role::Committee, "application/json", grade.to_string())
        .await;
    assert_eq!(answer.status, 201);
}

fn router(test: &TestApp) -> axum::Router {
    banso_server::router(test.opened.app.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_closes_a_year_and_sees_what_came_later() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let test = TestApp::open(dir.path());
    analysed(&test, "2025-06-10").await;
    let server = Server::of(router(&test), 0).await;
    browser.log_in(&server, test.token(Role::Manager)).await;
    browser.open(&server.page("/years/R7")).await;
    browser
        .follow("form[action='/years/R7/close'] button")
        .await;
    let closed = browser.text().await;
    assert!(closed.contains("締め済み"), "{closed}");
    assert!(
        closed.contains("前回報告との差 0 件") || closed.contains("前回報告との差　0 件"),
        "{closed}"
    );

    let late = analysed(&test, "2026-03-30").await;
    browser.open(&server.page("/years/R7")).await;
    let differs = browser.text().await;
    assert!(
        differs.contains("差　1 件") || differs.contains("差 1 件"),
        "{differs}"
    );
    assert!(
        differs.contains("経営分析") && differs.contains("＋1"),
        "{differs}"
    );
    assert!(
        differs.contains(&late["position"].to_string()),
        "the entry is named: {differs}"
    );

    browser.open(&server.page("/board?fy=R7")).await;
    let board = browser.text().await;
    assert!(board.contains("締め後 1"), "{board}");
    browser.open(&server.page("/years/R7")).await;
    browser
        .follow("form[action='/years/R7/publish'] button")
        .await;
    assert!(browser.text().await.contains("公表しました"));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_decides_a_reading_and_revises_a_target() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let test = TestApp::open(dir.path());
    let entry = analysed(&test, "2025-06-10").await;
    let again = json!({"analysis_id": Uuid::now_v7()});
    let case = entry["subject"].as_str().unwrap();
    test.recorded(&event_on("2025-09-10", "analysis.completed", case, again))
        .await;
    let server = Server::of(router(&test), 0).await;
    browser.log_in(&server, test.token(Role::Manager)).await;
    browser.open(&server.page("/readings/A2")).await;
    assert!(
        browser.text().await.contains("2（＋1）"),
        "both readings stand side by side"
    );
    browser.click("input[value=each]").await;
    browser
        .fill("#reason", "再分析も支援の実績とするため。")
        .await;
    browser.follow("main form button").await;
    let decided = browser.text().await;
    assert!(
        decided.contains("再分析も支援の実績とするため。"),
        "{decided}"
    );
    let table = test.get("/v1/kpis?fy=R7").await.json();
    let row = |id: &str| {
        let rows = table["indicators"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&row("A2")["reading"], &row("A2")["actual"]),
        (&json!("each"), &json!(2))
    );

    browser.open(&server.page("/targets/A2")).await;
    browser.fill("#target", "１２０").await;
    browser.fill("#reason", "経営指導員が1名減ったため。").await;
    browser.follow("main form button").await;
    assert!(browser.text().await.contains("140 から 120 へ"));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_committee_grades_an_item() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let test = TestApp::open(dir.path());
    analysed(&test, "2025-06-10").await;
    close_r7(&test).await;
    let server = Server::of(router(&test), 0).await;
    browser.log_in(&server, test.token(Role::Committee)).await;
    browser.open(&server.page("/evaluation/A2?fy=R7")).await;
    browser.click("input[name=grade][value=C]").await;
    browser.fill("#direction", "improve").await;
    browser
        .fill("#comment", "上期からの計画的な実施を望みます。")
        .await;
    browser.follow("main form button").await;
    let text = browser.text().await;
    assert!(text.contains("委員1（あなた）"), "{text}");
    assert!(
        text.contains("上期からの計画的な実施を望みます。"),
        "{text}"
    );
    let events = test.get("/v1/events?type=evaluation.graded").await.json();
    let data = &events["events"][0]["data"];
    assert_eq!(
        (&data["grade"], &data["direction"]),
        (&json!("C"), &json!("improve"))
    );
    browser.open(&server.page("/years/R7")).await;
    assert!(
        browser.text().await.contains("権限"),
        "the committee does not close years"
    );
    browser.open(&server.page("/evidence/A2?fy=R7")).await;
    assert!(
        !browser.text().await.contains("架空商店"),
        "the committee sees pseudonyms"
    );
    browser.quit().await;
}

/// Runs the page's check of A2 in R7; gives whether it is content, and what it says.
async fn checked(
    browser: &Browser,
    server: &Server,
    key: Option<&str>,
    kept: &str,
) -> (bool, String) {
    browser
        .open(&server.page("/verify?indicator=A2&fy=R7"))
        .await;
    if let Some(key) = key {
        browser.fill("#vkey", key).await;
    }
    if !kept.is_empty() {
        browser.click("#earlier summary").await;
        browser.fill("#kept-text", kept).await;
    }
    browser.click("#check button").await;
    let text = browser.awaited("#result[data-outcome]").await;
    (text.contains("書き換えは見つかりませんでした"), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_trusts_an_honest_server_and_no_forged_one() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let test = TestApp::open(dir.path());
    // More than one tile, so that tiles, bundles and the tail are all looked at.
    analysed(&test, "2025-06-10").await;
    for _ in 0..130 {
        test.case().await;
    }
    let honest = Server::of(router(&test), 0).await;
    let token = test.token(Role::Committee);
    browser.log_in(&honest, token).await;
    let earlier = String::from_utf8(test.get("/checkpoint").await.bytes).unwrap();
    analysed(&test, "2025-07-10").await;
    let later = String::from_utf8(test.get("/checkpoint").await.bytes).unwrap();
    let (fine, said) = checked(&browser, &honest, None, &earlier).await;
    assert!(fine, "{said}");
    assert!(
        said.contains("2 件は、すべて署名された台帳にあり"),
        "{said}"
    );
    assert!(said.contains("一件も書き換えられていません"), "{said}");
    // A code reader or a mail may have dropped the empty line and changed the line ends.
    let squeezed = earlier.replace("\n\n", "\n").replace('\n', "\r\n");
    let (fine, said) = checked(&browser, &honest, None, &squeezed).await;
    assert!(fine, "{said}");
    let drawn = "const done = arguments[arguments.length - 1];
        document.getElementById('qr').decode().then(() => done('drawn'), (error) => done(String(error)));";
    let drawn = browser.driver.execute_async(drawn, Vec::new()).await;
    assert_eq!(drawn.unwrap().json(), "drawn");
    let key = test.opened.app.vkey.clone();

    let swap = |from: &'static str, to: &'static str, on: &'static str| -> Forgery {
        Arc::new(move |path: &str, bytes: Vec<u8>| {
            if !path.starts_with(on) {
                return bytes;
            }
            let at = bytes
                .windows(from.len())
                .position(|part| part == from.as_bytes());
            let mut forged = bytes;
            if let Some(at) = at {
                forged[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
            forged
        })
    };
    let rolled_back = earlier.clone();
    let back: Forgery = Arc::new(move |path, bytes| match path {
        "/checkpoint" => rolled_back.clone().into_bytes(),
        _ => bytes,
    });
    let forgeries = [
        (
            swap("2025-06-10", "2025-06-11", "/tile/entries/"),
            "",
            "記録の内容が、署名された値と合いません",
        ),
        (
            swap("\"value\":2", "\"value\":9", "/v1/kpis/A2"),
            "",
            "表示された数字と合いません",
        ),
        (
            swap("analysis.completed", "analysis.complete!", "/v1/kpis/A2"),
            "",
            "食い違っています",
        ),
        (swap("banso", "bansx", "/checkpoint"), "", "別の台帳"),
        (back, later.as_str(), "短くなっています"),
    ];
    for (forgery, kept, words) in forgeries {
        let server = Server::of(forged(router(&test), forgery), 0).await;
        browser.log_in(&server, token).await;
        let (fine, said) = checked(&browser, &server, Some(&key), kept).await;
        assert!(!fine && said.contains(words), "{words}: {said}");
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_made_anew_under_another_key_is_found_out() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let (dir, other) = (directory(), directory());
    let test = TestApp::open(dir.path());
    let made_anew = TestApp::open(other.path());
    analysed(&made_anew, "2025-06-10").await;
    let server = Server::of(router(&made_anew), 0).await;
    browser
        .log_in(&server, made_anew.token(Role::Committee))
        .await;
    let (fine, said) = checked(&browser, &server, Some(&test.opened.app.vkey), "").await;
    assert!(
        !fine && said.contains("この公開鍵による署名がありません"),
        "{said}"
    );
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_reads_published_results_without_logging_in() {
    let dir = directory();
    let test = TestApp::open(dir.path());
    analysed(&test, "2025-06-10").await;
    close_r7(&test).await;
    graded(&test, "着実に実施されています。").await;
    let unknown = |path: &'static str| {
        axum::http::Request::get(path)
            .body(axum::body::Body::empty())
            .unwrap()
    };
    assert_eq!(
        test.send(unknown("/public/R7")).await.status,
        404,
        "not published yet"
    );
    programme(&test, "report.published", json!({"fiscal_year": 2025})).await;
    let file = test.send(unknown("/public/R7/results.json")).await;
    let hash = hex::encode(Sha256::digest(&file.bytes));
    let page = String::from_utf8(test.send(unknown("/public/R7")).await.bytes).unwrap();
    assert!(page.contains(&hash), "the printed hash is the file's");
    assert!(!page.contains("架空商店"), "nobody is named");
    assert!(!page.contains("staff/") && !page.contains("business/"));

    // What comes later is an erratum; the file stays as it was published.
    analysed(&test, "2026-03-30").await;
    graded(&test, "公表のあとに改めた意見です。").await;
    assert_eq!(
        test.send(unknown("/public/R7/results.json")).await.bytes,
        file.bytes
    );
    let page = String::from_utf8(test.send(unknown("/public/R7")).await.bytes).unwrap();
    assert!(page.contains("＋1") && !page.contains("公表のあとに改めた意見です。"));
    let table = test.send(unknown("/public/R7/results.csv")).await;
    let csv = String::from_utf8(table.bytes).unwrap();
    assert!(
        csv.starts_with("\u{feff}番号") && csv.contains("B 1人"),
        "{csv}"
    );

    let Some(browser) = browser(DESK).await else {
        return;
    };
    let server = Server::of(router(&test), 0).await;
    browser.open(&server.page("/public/R7")).await;
    let text = browser.text().await;
    assert!(
        text.contains("評価結果") && text.contains("経営分析件数"),
        "{text}"
    );
    browser.quit().await;
}
