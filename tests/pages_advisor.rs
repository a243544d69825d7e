//! The advisors' pages in a real browser: a visit on a phone, the same without a network, a void with
//! its preview, and every page for accessibility.
//!
//! With `BANSO_TEST_SCREENSHOTS` naming a folder, the last test leaves pictures of every page there.

mod office;

use std::path::PathBuf;

use banso_server::access::Role;
use serde_json::json;
use uuid::Uuid;

use self::office::{Office, rich};
use crate::browser::{Browser, DESK, PHONE, Server, browser};
use crate::support::{TestApp, directory, event_on};

async fn accessible(browser: &Browser, page: &str) {
    let faults = browser.axe().await;
    assert!(faults.is_empty(), "{page}:\n{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_on_a_phone_goes_from_the_login_to_the_counted_number() {
    let Some(browser) = browser(PHONE).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    assert_eq!(office.actual("F1", "R8").await, 0);
    let server = Server::start(office.app.opened.app.clone(), 0).await;
    office.log_in(&browser, &server).await;
    browser.open(&server.page("/today")).await;
    browser.says("㈱カクウ製菓").await;
    browser.click(&format!("a[href='{}']", office.card())).await;
    browser.find("input[name='data.method']").await;
    browser.ready().await;
    browser
        .click("input[name='data.method'][value='visit']")
        .await;
    browser
        .click("input[name='data.topics'][value='資金繰り']")
        .await;
    browser
        .fill("[name='data.note']", "新しい菓子の試作を見せていただいた。")
        .await;
    browser
        .fill("[name='data.owner_words']", "自分の代で終わらせたくない。")
        .await;
    browser.fill("[name='data.next_due']", "2026-07-01").await;
    browser.fill("[name='plan_id']", "P-1").await;
    browser
        .click("input[name='progress'][value='on_track']")
        .await;
    browser
        .fill("[name='data.period_from']", "2025-04-01")
        .await;
    browser.fill("[name='data.period_to']", "2026-03-31").await;
    browser
        .fill("[name='data.sales']", "５２，０００，０００円")
        .await;
    browser
        .fill("[name='data.comparison_sales']", "48,000,000")
        .await;
    browser
        .click("input[name='data.basis'][value='statements']")
        .await;
    browser.click("form[data-outbox] button.primary").await;
    browser.says("記録しました").await;
    browser.says("自分の代で終わらせたくない。").await;
    browser.says("52,000,000").await;
    assert_eq!(office.actual("F1", "R8").await, 1);
    assert_eq!(office.visits().await, 1);
    browser.open(&server.page("/?fy=R8")).await;
    browser.says("フォローアップ対象事業者数").await;
    let address = server.page("/businesses?q=ｶｸｳせいか");
    browser.open(&address).await;
    browser.says("㈱カクウ製菓").await;
    browser.driver.clone().quit().await.unwrap();
}

/// Opens pages while there is a network, so that the device keeps them.
async fn visit_beforehand(browser: &Browser, server: &Server, office: &Office) {
    // Twice: the service worker answers from the second page on.
    browser.open(&server.page("/today")).await;
    browser
        .driver
        .execute_async(
            "navigator.serviceWorker.ready.then(arguments[0])",
            Vec::new(),
        )
        .await
        .unwrap();
    browser.open(&server.page(&office.card())).await;
    browser.open(&server.page("/outbox")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_without_a_network_waits_is_sent_once_and_overwrites_nothing() {
    let Some(browser) = browser(PHONE).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    let server = Server::start(office.app.opened.app.clone(), 0).await;
    let port = server.address.port();
    office.log_in(&browser, &server).await;
    visit_beforehand(&browser, &server, &office).await;

    let address = server.page(&office.card());
    server.stop().await;
    browser.open(&address).await;
    browser.says("電波がありません").await;
    browser
        .click("input[name='data.method'][value='visit']")
        .await;
    browser
        .fill("[name='data.note']", "停電のなかで伺った。")
        .await;
    browser.click("form[data-outbox] button.primary").await;
    browser.says("未送信 1 件").await;
    browser.says("停電のなかで伺った。").await;
    accessible(&browser, "/outbox").await;
    assert_eq!(office.visits().await, 0);

    // Meanwhile a colleague records another visit, and the server is started again; the session is over.
    office
        .app
        .recorded(&event_on(
            "2026-05-30",
            "visit.done",
            &office.case,
            json!({"method": "phone"}),
        ))
        .await;
    let Office {
        app,
        advisor,
        business,
        case,
    } = office;
    let TestAppParts { app, token } = restarted(app, dir.path(), advisor);
    let office = Office {
        app,
        advisor,
        business,
        case,
    };
    let browser = browser.reopened(PHONE).await;
    let server = Server::start(office.app.opened.app.clone(), port).await;
    browser.driver.goto(server.page("/healthz")).await.unwrap();
    browser.driver.delete_all_cookies().await.unwrap();
    browser.open(&server.page("/outbox")).await;
    browser.says("ログインの期限が切れています").await;
    browser.open(&server.page("/login")).await;
    browser.fill("#token", &token).await;
    browser.click("button.primary").await;
    browser.find("form.who").await;
    browser.open(&server.page("/outbox")).await;
    browser.says("入力中に、ほかの記録が登録されました").await;
    browser.says("台帳に登録ずみの記録").await;
    browser.says("電話").await;
    accessible(&browser, "/outbox with a conflict").await;
    assert_eq!(
        office.visits().await,
        1,
        "nothing is overwritten, nothing recorded unasked"
    );
    browser.click("[data-unsent] button.primary").await;
    browser.says("未送信の記録はありません").await;
    assert_eq!(office.visits().await, 2, "both accounts stand");
    browser.open(&server.page("/outbox")).await;
    browser.says("未送信の記録はありません").await;
    assert_eq!(office.visits().await, 2);
    browser.driver.clone().quit().await.unwrap();
}

struct TestAppParts {
    app: TestApp,
    token: String,
}

/// The same ledger in a new server; the advisor gets a token of the same account.
fn restarted(app: TestApp, dir: &std::path::Path, advisor: Uuid) -> TestAppParts {
    let old = app
        .opened
        .app
        .accounts
        .find(app.token(Role::Advisor), app.opened.app.clock.now())
        .unwrap()
        .account;
    assert_eq!(old.staff, advisor);
    app.close();
    let app = TestApp::open(dir);
    let token = app.opened.app.accounts.create(&old).unwrap();
    TestAppParts { app, token }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_shows_what_it_changes_before_it_is_recorded() {
    let Some(browser) = browser(PHONE).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    let server = Server::start(office.app.opened.app.clone(), 0).await;
    office.log_in(&browser, &server).await;
    browser.open(&server.page(&office.card())).await;
    browser
        .click("input[name='data.method'][value='visit']")
        .await;
    browser.fill("[name='plan_id']", "P-1").await;
    browser
        .click("input[name='progress'][value='behind']")
        .await;
    browser.click("form[data-outbox] button.primary").await;
    browser.says("記録しました").await;
    assert_eq!(office.actual("F1", "R8").await, 1);
    let followups = office.app.get("/v1/events?type=followup.done").await.json();
    let position = &followups["events"][0]["position"];
    browser
        .click(&format!("#e{position} a[href$='/void']"))
        .await;
    browser.says("R8 の F1 が 1 ").await;
    browser.says("減り").await;
    accessible(&browser, "void").await;
    assert_eq!(
        office.actual("F1", "R8").await,
        1,
        "a preview records nothing"
    );
    browser.ready().await;
    browser
        .fill("[name='reason']", "別の事業者の記録でした")
        .await;
    browser.click("form[data-outbox] button.primary").await;
    browser.says("取消ずみ").await;
    assert_eq!(office.actual("F1", "R8").await, 0);

    // A correction that moves the plan to another year, previewed without scripts in between.
    let plans = office
        .app
        .get("/v1/events?type=plan.completed")
        .await
        .json();
    let position = &plans["events"][0]["position"];
    browser
        .open(&server.page(&format!("/entries/{position}/correct")))
        .await;
    browser.fill("[name='day']", "2025-03-10").await;
    browser.click("button[value='preview']").await;
    browser.says("R7 の P1 が 1 ").await;
    browser.says("R6 の P1 が 1 ").await;
    assert_eq!(office.actual("P1", "R7").await, 1);
    browser.driver.clone().quit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_on_a_phone_and_at_a_desk() {
    let Some(browser) = browser(PHONE).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    rich(&office).await;
    let server = Server::start(office.app.opened.app.clone(), 0).await;
    office.log_in(&browser, &server).await;
    let case = &office.case;
    let last = office
        .app
        .get(&format!("/v1/events?subject={case}"))
        .await
        .json();
    let events = last["events"].as_array().unwrap();
    let visit = events
        .iter()
        .find(|entry| entry["type"] == "visit.done")
        .unwrap();
    let handed = events
        .iter()
        .find(|entry| entry["type"] == "case.handed_over")
        .unwrap();
    let visit = &visit["position"];
    let pages = [
        ("today", "/today".to_owned()),
        ("businesses", "/businesses".to_owned()),
        ("karte", format!("/businesses/{}", office.business)),
        ("card", office.card()),
        ("menu", format!("/record?subject={case}")),
        (
            "record-analysis",
            format!("/record/analysis.completed?subject={case}"),
        ),
        ("record-seminar", "/record/seminar.held".to_owned()),
        (
            "record-deal",
            format!("/record/deal.concluded?subject={case}"),
        ),
        ("drafts", "/drafts".to_owned()),
        ("void", format!("/entries/{visit}/void")),
        ("correct", format!("/entries/{visit}/correct")),
        (
            "handover",
            format!("/handover?case={}", case.trim_start_matches("case/")),
        ),
        ("receipt", format!("/handover/{}", handed["position"])),
        ("outbox", "/outbox".to_owned()),
    ];
    let folder = std::env::var_os("BANSO_TEST_SCREENSHOTS").map(PathBuf::from);
    for (name, path) in pages {
        for (size, wide) in [(PHONE, "390"), (DESK, "1280")] {
            browser.resize(size).await;
            browser.open(&server.page(&path)).await;
            accessible(&browser, &path).await;
            let overflow = "return document.documentElement.scrollWidth > innerWidth";
            let wider = browser.driver.execute(overflow, Vec::new()).await.unwrap();
            assert_eq!(wider.json(), &json!(false), "{path} is wider than {wide}");
            if let Some(folder) = &folder {
                browser
                    .picture(&folder.join(format!("advisor-{name}-{wide}.png")), size)
                    .await;
            }
        }
        let answer = office.app.get(&path).await;
        assert!(
            answer.bytes.len() < 150_000,
            "{path} has {} bytes",
            answer.bytes.len()
        );
    }
    browser.driver.clone().quit().await.unwrap();
}
