//! Logging in with accounts of the organisation, at a provider that keeps to the standard. What
//! happens at one that lies is in `oidc_lies.rs`, a real one is started in `oidc_real.rs`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::oidc::{Oidc, Settings};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::oidc_provider::{Change, Key, Liar, Sign};
use crate::support::{Answer, TestApp, directory, event};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:8080/oidc/callback";
const SUBJECT: &str = "hanako-at-the-provider";

pub(crate) fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: "banso".to_owned(),
        client_secret: None,
        roles_claim: None,
        redirect: REDIRECT.to_owned(),
        request_time: Duration::from_secs(2),
    }
}

pub(crate) fn connected(app: &TestApp, settings: Settings) {
    let made = app.opened.app.oidc.set(Oidc::new(settings).unwrap());
    assert!(made.is_ok());
}

/// What a browser holds, whatever its site.
#[derive(Clone, Default)]
pub(crate) struct Browser(pub(crate) HashMap<String, String>);

impl Browser {
    pub(crate) async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        let request = Request::get(path)
            .header("accept", "text/html")
            .header("cookie", pairs.collect::<Vec<_>>().join("; "))
            .body(Body::empty())
            .unwrap();
        let answer = app.send(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let (value, how) = rest.split_once("; ").unwrap();
            let wanted = match name {
                "banso_oidc" => "HttpOnly; SameSite=Lax; Path=/oidc; Max-Age=",
                _ => "HttpOnly; SameSite=Strict; Path=/; Max-Age=",
            };
            assert!(how.starts_with(wanted), "{name}: {how}");
            self.0.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Goes to the provider; gives the path that the browser is sent back to.
    pub(crate) async fn go(&mut self, app: &TestApp, liar: &Liar) -> String {
        let sent = self.get(app, "/oidc/start").await;
        assert_eq!(sent.status, 303, "{}", text(&sent));
        let (code, state) = liar.authorise(sent.header("location"));
        format!("/oidc/callback?code={code}&state={state}")
    }

    pub(crate) async fn log_in(&mut self, app: &TestApp, liar: &Liar) -> Answer {
        let back = self.go(app, liar).await;
        self.get(app, &back).await
    }
}

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

pub(crate) fn sessions(app: &TestApp) -> usize {
    let now = banso_server::clock::Clock::now(&*app.clock);
    app.opened.app.sessions.list(now).len()
}

async fn api(app: &TestApp, path: &str, body: Value) -> Answer {
    app.send_json(Role::Manager, path, &body).await
}

/// Makes an account that is linked to somebody at the provider.
pub(crate) async fn linked(app: &TestApp, login: &str, role: &str, subject: &str) -> Uuid {
    let wanted = json!({"login": login, "name": "架空 花子", "role": role});
    let made = api(app, "/v1/accounts", wanted).await.json();
    let staff: Uuid = made["staff"].as_str().unwrap().parse().unwrap();
    let path = format!("/v1/accounts/{staff}/link");
    let answer = api(app, &path, json!({"subject": subject})).await;
    assert_eq!(answer.status, 204, "{}", text(&answer));
    staff
}

/// A server that knows an honest provider, and hanako with her account.
pub(crate) async fn honest(dir: &std::path::Path) -> (TestApp, Liar, Uuid) {
    let app = TestApp::open(dir);
    let liar = Liar::start().await;
    connected(&app, settings(&liar.issuer));
    let staff = linked(&app, "hanako", "advisor", SUBJECT).await;
    (app, liar, staff)
}

#[tokio::test]
async fn a_linked_person_logs_in_and_records_under_their_own_name() {
    let dir = directory();
    let (app, liar, staff) = honest(dir.path()).await;
    let mut hers = Browser::default();
    let entered = hers.log_in(&app, &liar).await;
    assert_eq!(entered.status, 200, "{}", text(&entered));
    assert!(text(&entered).contains(r#"content="0; url=/""#));
    assert_eq!(hers.0["banso_oidc"], "", "the way is over");
    let page = hers.get(&app, "/account").await;
    assert_eq!(page.status, 200, "an initial password is not in the way");

    let business = event(
        "business.registered",
        &format!("business/{}", Uuid::now_v7()),
        json!({"kind": "corporation", "name": "架空商店"}),
    );
    let request = Request::post("/v1/events")
        .header(
            "cookie",
            format!("banso_session={}", hers.0["banso_session"]),
        )
        .header("content-type", "application/json")
        .body(Body::from(business.to_string()))
        .unwrap();
    let recorded = app.send(request).await;
    assert_eq!(recorded.status, 201, "{}", text(&recorded));
    assert_eq!(recorded.json()["recorded_by"], format!("staff/{staff}"));
}

#[tokio::test]
async fn the_login_page_names_the_organisation_only_where_there_is_a_provider() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let words = "組織のアカウントでログイン";
    let mut browser = Browser::default();
    assert!(!text(&browser.get(&app, "/login").await).contains(words));
    assert_eq!(browser.get(&app, "/oidc/start").await.status, 404);
    assert_eq!(browser.get(&app, "/oidc/callback").await.status, 404);
    connected(&app, settings("https://id.example"));
    assert!(text(&browser.get(&app, "/login").await).contains(words));
}

#[tokio::test]
async fn somebody_unknown_gets_no_session_and_is_told_what_to_tell_the_manager() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let liar = Liar::start().await;
    connected(&app, settings(&liar.issuer));
    liar.lie(|lies| lies.subject = "<script>taro");
    let mut browser = Browser::default();
    let refused = browser.log_in(&app, &liar).await;
    assert_eq!(refused.status, 403);
    let page = text(&refused);
    assert!(page.contains("登録されていません") && page.contains("taro"));
    assert!(
        !page.contains("<script>taro"),
        "what a provider says is escaped"
    );
    assert_eq!(sessions(&app), 0);
    assert!(
        app.opened.app.people.list().is_empty(),
        "nobody is made an account"
    );
}

#[tokio::test]
async fn who_has_left_is_refused() {
    let dir = directory();
    let (app, liar, staff) = honest(dir.path()).await;
    app.recorded(&event("staff.left", &format!("staff/{staff}"), json!({})))
        .await;
    let refused = Browser::default().log_in(&app, &liar).await;
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("無効になっています"));
    assert_eq!(sessions(&app), 0);
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_once_and_an_old_one_no_longer_works() {
    let dir = directory();
    let (app, liar, _) = honest(dir.path()).await;
    assert_eq!(Browser::default().log_in(&app, &liar).await.status, 200);
    assert_eq!(liar.asked_for_keys(), 1);
    assert_eq!(Browser::default().log_in(&app, &liar).await.status, 200);
    assert_eq!(
        liar.asked_for_keys(),
        1,
        "known keys are not asked for again"
    );
    let (old, new) = (Arc::new(Key::new("old")), Arc::new(Key::new("second")));
    liar.lie(|lies| {
        lies.keys = vec![Arc::clone(&new)];
        lies.sign = Sign::With(new);
    });
    assert_eq!(Browser::default().log_in(&app, &liar).await.status, 200);
    assert_eq!(liar.asked_for_keys(), 2);
    let before = sessions(&app);
    liar.lie(|lies| lies.sign = Sign::With(old));
    assert_eq!(Browser::default().log_in(&app, &liar).await.status, 403);
    assert_eq!(
        (sessions(&app), liar.asked_for_keys()),
        (before, 3),
        "once, not again and again"
    );
}

#[tokio::test]
async fn a_role_is_taken_from_the_claim_through_the_ledger() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let liar = Liar::start().await;
    let roles_claim = Some("role".to_owned());
    connected(
        &app,
        Settings {
            roles_claim,
            ..settings(&liar.issuer)
        },
    );
    let staff = linked(&app, "hanako", "advisor", SUBJECT).await;
    linked(&app, "jiro", "manager", "jiro-at-the-provider").await;
    let roles: [(Change, u16, &str); 5] = [
        (|claims| claims["role"] = json!("advisor"), 200, "advisor"),
        (
            |claims| claims["role"] = json!(["staff", "clerk"]),
            200,
            "clerk",
        ),
        (|_| {}, 403, "clerk"),
        (
            |claims| claims["role"] = json!(["advisor", "manager"]),
            403,
            "clerk",
        ),
        (
            |claims| claims["role"] = json!("administrator"),
            403,
            "clerk",
        ),
    ];
    for (claims, status, role) in roles {
        liar.lie(|lies| lies.claims = claims);
        let answer = Browser::default().log_in(&app, &liar).await;
        assert_eq!(answer.status, status, "{}", text(&answer));
        let person = app.opened.app.people.by_staff(staff).unwrap();
        assert_eq!(person.role.name(), role);
    }
    let listed = app
        .get(&format!("/v1/events?subject=staff/{staff}"))
        .await
        .json();
    let last = listed["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "staff.role_changed");
    assert_eq!(
        (&last["data"]["role"], &last["recorded_by"]),
        (&json!("clerk"), &json!("system"))
    );
    let before = sessions(&app);
    liar.lie(|lies| {
        lies.subject = "jiro-at-the-provider";
        lies.claims = |claims| claims["role"] = json!("advisor");
    });
    let answer = Browser::default().log_in(&app, &liar).await;
    assert_eq!(
        (answer.status.as_u16(), sessions(&app)),
        (403, before),
        "the last manager stays"
    );
}

#[tokio::test]
async fn a_link_belongs_to_one_account_and_its_sessions_end_with_it() {
    let dir = directory();
    let (app, liar, staff) = honest(dir.path()).await;
    let mut hers = Browser::default();
    hers.log_in(&app, &liar).await;
    assert_eq!(hers.get(&app, "/account").await.status, 200);
    let wanted = json!({"login": "jiro", "name": "架空 次郎", "role": "advisor"});
    let jiro = api(&app, "/v1/accounts", wanted).await.json()["staff"].clone();
    let path = format!("/v1/accounts/{}/link", jiro.as_str().unwrap());
    assert_eq!(
        api(&app, &path, json!({"subject": SUBJECT})).await.status,
        422
    );
    let own = format!("/v1/accounts/{staff}/link");
    assert_eq!(api(&app, &own, json!({"subject": null})).await.status, 204);
    assert_eq!(
        hers.get(&app, "/account").await.status,
        303,
        "her session has ended"
    );
    assert_eq!(
        api(&app, &path, json!({"subject": SUBJECT})).await.status,
        204
    );
}
