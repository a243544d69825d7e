//! The advisors' pages in a real browser: a visit on a phone, the same without a network, a void with
//! its preview, a hand-over with its receipt.

mod office;

use banso_server::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use self::office::Office;
use crate::browser::{Browser, DESK, PHONE, Server, browser};
use crate::support::{TestApp, directory, event, event_on};

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

/// Everything that lies in the queue's database, as text; sealed bytes as they are.
const RAW: &str = "const done = arguments[arguments.length - 1];
    const request = indexedDB.open('banso');
    request.onsuccess = () => {
        const change = request.result.transaction(['outbox', 'keys']);
        const [items, keys] = ['outbox', 'keys'].map((name) => change.objectStore(name).getAll());
        change.oncomplete = () => {
            request.result.close();
            const plain = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
                ? new TextDecoder().decode(value) : value;
            done({items: items.result.map((item) => JSON.stringify(Object.values(item).map(plain))),
                extractable: keys.result.map((key) => key.extractable)});
        };
    };";

async fn raw(browser: &Browser) -> Value {
    let found = browser.driver.execute_async(RAW, Vec::new()).await;
    found.unwrap().json().clone()
}

/// Puts a record into the queue as a form does, some days ago.
async fn queued(browser: &Browser, office: &Office, url: &str, body: &str, days: u32) {
    let keep = "const [staff, url, body, days, done] = arguments;
        import('/assets/queue.js').then((queue) => queue.keep({id: new URLSearchParams(body).get('id'),
            staff, url, body, at: Date.now() - days * 86400000, title: '訪問カード', about: '㈱カクウ製菓',
            lines: [['メモ', '秘密の覚書']]})).then(() => done('kept'), (error) => done(String(error)));";
    let arguments = vec![
        json!(office.advisor.to_string()),
        json!(url),
        json!(body),
        json!(days),
    ];
    let kept = browser.driver.execute_async(keep, arguments).await.unwrap();
    assert_eq!(kept.json(), "kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_stays_sealed_with_its_reason_until_the_login_ends() {
    let Some(browser) = browser(PHONE).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    let server = Server::start(office.app.opened.app.clone(), 0).await;
    office.log_in(&browser, &server).await;
    browser.open(&server.page("/account")).await;
    let sent = event_on(
        "2026-05-30",
        "visit.done",
        &office.case,
        json!({"method": "phone"}),
    );
    office.app.recorded(&sent).await;
    let id = sent["id"].as_str().unwrap();
    let case = office.case.trim_start_matches("case/");
    let other = format!("id={id}&case={case}&occurred_on=2026-05-30&data.method=visit");
    queued(&browser, &office, "/card", &other, 1).await;
    let unknown = format!(
        "id={}&subject={}&occurred_on=2026-05-30&data.plan_id=P-9&data.method=visit&data.progress=behind",
        Uuid::now_v7(),
        office.case
    );
    queued(&browser, &office, "/record/followup.done", &unknown, 25).await;
    let late = unknown.replacen("id=", "id=0", 1);
    queued(&browser, &office, "/record/followup.done", &late, 31).await;

    let lying = raw(&browser).await;
    assert_eq!(lying["items"].as_array().unwrap().len(), 3);
    assert!(!lying.to_string().contains("秘密の覚書"), "{lying}");
    assert!(!lying.to_string().contains("カクウ"), "{lying}");
    assert_eq!(lying["extractable"], json!([false]));

    browser.open(&server.page("/outbox")).await;
    browser.says("未送信 2 件").await;
    browser.says("同じ記録がすでに登録されています").await;
    browser.says("台帳に登録ずみの記録").await;
    browser.says("この案件に該当する事業計画がありません").await;
    browser.says("あと 5 日しか残りません").await;
    browser.says("秘密の覚書").await;
    accessible(&browser, "/outbox with refusals").await;
    assert_eq!(office.visits().await, 1, "nothing is overwritten");

    browser.click("form.who button").await;
    assert!(browser.asked_and_agreed().await.contains("2 件あります"));
    browser.find("a.who[href='/login']").await;
    browser.ready().await;
    let lying = raw(&browser).await;
    assert_eq!(lying, json!({"items": [], "extractable": []}));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_handed_over_and_its_receipt_is_recorded() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let office = Office::new(dir.path()).await;
    let app = &office.app;
    let manager = app.account(Role::Manager).staff;
    let told = json!({"name": "架空 管理", "role": "manager"});
    app.recorded(&event(
        "staff.registered",
        &format!("staff/{manager}"),
        told,
    ))
    .await;
    let server = Server::start(app.opened.app.clone(), 0).await;
    office.log_in(&browser, &server).await;
    let case = office.case.trim_start_matches("case/");
    browser
        .open(&server.page(&format!("/handover?case={case}")))
        .await;
    browser.fill("[name='data.to']", &manager.to_string()).await;
    browser
        .fill("[name='data.briefing']", "電話は午後がつながりやすい。")
        .await;
    browser.follow("form[data-outbox] button.primary").await;
    browser.says("架空 管理 の受領を待っています").await;
    accessible(&browser, "a receipt that is waited for").await;
    let address = browser.driver.current_url().await.unwrap();

    browser.forget().await;
    browser.log_in(&server, app.token(Role::Manager)).await;
    browser.open(address.as_str()).await;
    browser.says("電話は午後がつながりやすい。").await;
    browser.follow("form[data-outbox] button.primary").await;
    browser.says("架空 管理 が受領しました").await;
    let events = app
        .get("/v1/events?type=case.handover_received")
        .await
        .json();
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    let stands = app.get(&format!("/v1/cases/{case}")).await.json();
    assert_eq!(stands["advisor_id"], json!(manager));
    browser.quit().await;
}
