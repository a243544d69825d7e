//! Accounts, sessions and tokens over HTTP: from the first-run link to the day somebody leaves.

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::accounts::{Account, Grant, Scope};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, TestApp, directory, event};

const PASSWORD: &str = "hoshi-to-tsuki-9";

/// What a browser holds.
#[derive(Default, Clone)]
struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    async fn send(&mut self, app: &TestApp, method: &str, path: &str, form: &str) -> Answer {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html")
            .header("host", "banso.example")
            .header("origin", "http://banso.example")
            .header("cookie", pairs.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let answer = app.send(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(
                line.contains("; HttpOnly; SameSite=Strict; Path=/"),
                "{line}"
            );
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    async fn log_in(&mut self, app: &TestApp, login: &str, password: &str) -> Answer {
        let form = format!("login={login}&password={password}");
        self.send(app, "POST", "/login", &form).await
    }

    async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        self.send(app, "GET", path, "").await
    }

    fn without_device(&self) -> Self {
        let mut other = self.clone();
        other.cookies.retain(|(name, _)| name != "banso_device");
        other
    }
}

async fn api(app: &TestApp, role: Role, method: &str, path: &str, body: Option<Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", app.token(role)))
        .header("content-type", "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    app.send(request).await
}

/// Makes an account; gives the member of the staff and the initial password.
async fn hired(app: &TestApp, login: &str, role: &str) -> (Uuid, String) {
    let wanted = json!({"login": login, "name": "架空 花子", "role": role});
    let answer = api(app, Role::Manager, "POST", "/v1/accounts", Some(wanted)).await;
    let made = answer.json();
    assert_eq!(answer.status, 201, "{made}");
    let staff = made["staff"].as_str().unwrap().parse().unwrap();
    (staff, made["initial_password"].as_str().unwrap().to_owned())
}

/// Makes an account that has changed its password, and logs it in.
async fn at_work(app: &TestApp, login: &str, role: &str) -> (Uuid, Browser) {
    let (staff, initial) = hired(app, login, role).await;
    let mut browser = Browser::default();
    assert_eq!(browser.log_in(app, login, &initial).await.status, 303);
    let form = format!("current={initial}&password={PASSWORD}&again={PASSWORD}");
    let changed = browser.send(app, "POST", "/password", &form).await;
    assert_eq!(changed.status, 303);
    (staff, browser)
}

async fn staff_events(app: &TestApp, staff: Uuid) -> Vec<String> {
    let listed = app.get(&format!("/v1/events?subject=staff/{staff}")).await;
    let listed = listed.json();
    let events = listed["events"].as_array().unwrap();
    let names = events
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned());
    names.collect()
}

#[tokio::test]
async fn the_first_account_is_made_with_the_link_of_the_console_once() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let key = app.opened.app.setup.make().unwrap();
    let mut browser = Browser::default();
    assert_eq!(browser.get(&app, "/setup?key=wrong").await.status, 403);
    assert_eq!(
        browser.get(&app, &format!("/setup?key={key}")).await.status,
        200
    );
    let form =
        |again: &str| format!("key={key}&login=kanri&name=x&password={PASSWORD}&again={again}");
    let faulty = browser.send(&app, "POST", "/setup", &form("other")).await;
    assert_eq!(faulty.status, 422, "a faulty form does not use the link up");
    let made = browser.send(&app, "POST", "/setup", &form(PASSWORD)).await;
    assert_eq!(made.status, 303, "{}", String::from_utf8_lossy(&made.bytes));
    assert_eq!(
        browser.get(&app, "/accounts").await.status,
        200,
        "a manager, logged in"
    );
    let again = browser.send(&app, "POST", "/setup", &form(PASSWORD)).await;
    assert_eq!(again.status, 403);
}

#[tokio::test]
async fn an_initial_password_opens_nothing_until_it_is_changed() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (staff, initial) = hired(&app, "hanako", "advisor").await;
    let mut browser = Browser::default();
    assert_eq!(browser.log_in(&app, "Hanako", &initial).await.status, 303);
    let page = browser.get(&app, "/account").await;
    assert_eq!(
        (page.status.as_u16(), page.header("location")),
        (303, "/password")
    );
    let weak = format!("current={initial}&password=hanako-2026&again=hanako-2026");
    assert_eq!(
        browser.send(&app, "POST", "/password", &weak).await.status,
        422
    );
    let before = browser.clone();
    let form = format!("current={initial}&password={PASSWORD}&again={PASSWORD}");
    assert_eq!(
        browser.send(&app, "POST", "/password", &form).await.status,
        303
    );
    assert_eq!(browser.get(&app, "/v1/cases").await.status, 200);
    let stale = before.clone().get(&app, "/v1/cases").await;
    assert_ne!(
        stale.status, 200,
        "sessions with the old password have ended"
    );
    assert_eq!(staff_events(&app, staff).await, ["staff.registered"]);
}

#[tokio::test]
async fn guessing_is_slowed_says_nothing_and_leaves_the_person_in() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, mut hers) = at_work(&app, "hanako", "advisor").await;
    let mut answers = Vec::new();
    for login in ["hanako", "nobody"] {
        let mut guesser = Browser::default();
        let wrong = guesser.log_in(&app, login, "wrong-password").await;
        assert_eq!(wrong.status, 401);
        answers.push(wrong.bytes);
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(
                guesser
                    .log_in(&app, login, "wrong-password")
                    .await
                    .status
                    .as_u16(),
            );
        }
        assert_eq!(statuses.last(), Some(&429), "{login}: {statuses:?}");
    }
    assert_eq!(answers[0], answers[1], "a name that nobody has looks alike");
    let mut elsewhere = hers.without_device();
    assert_eq!(elsewhere.log_in(&app, "hanako", PASSWORD).await.status, 429);
    assert_eq!(
        hers.log_in(&app, "hanako", PASSWORD).await.status,
        303,
        "her own device"
    );
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_and_by_the_manager_only() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, mut hers) = at_work(&app, "hanako", "advisor").await;
    let (_, mut his) = at_work(&app, "jiro", "advisor").await;
    let listed = hers.get(&app, "/v1/sessions").await.json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{listed}");
    let id = sessions[0]["id"].as_str().unwrap();
    assert_eq!(his.get(&app, "/v1/sessions?all=true").await.status, 403);
    let path = format!("/v1/sessions/{id}");
    let foreign = his.send(&app, "DELETE", &path, "").await;
    assert_eq!(
        foreign.status, 404,
        "another's session looks as if there were none"
    );
    assert_eq!(hers.get(&app, "/v1/cases").await.status, 200);
    assert_eq!(
        api(&app, Role::Manager, "DELETE", &path, None).await.status,
        204
    );
    assert_ne!(hers.get(&app, "/v1/cases").await.status, 200);
    let own = his.get(&app, "/v1/sessions").await.json()["sessions"][0]["id"].clone();
    let path = format!("/account/sessions/{}/end", own.as_str().unwrap());
    assert_eq!(his.send(&app, "POST", &path, "").await.status, 303);
    assert_ne!(his.get(&app, "/v1/cases").await.status, 200);
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_after_its_time() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, mut hers) = at_work(&app, "hanako", "advisor").await;
    app.close();
    let app = TestApp::open(dir.path());
    assert_eq!(hers.get(&app, "/v1/cases").await.status, 200);
    app.clock.set("2026-06-01T16:00:00Z".parse().unwrap());
    assert_ne!(hers.get(&app, "/v1/cases").await.status, 200);
}

#[tokio::test]
async fn who_changes_role_or_leaves_does_so_in_the_ledger_and_at_once() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (staff, mut hers) = at_work(&app, "hanako", "manager").await;
    let (_, _other) = at_work(&app, "jiro", "manager").await;
    let account = Account {
        staff,
        role: Role::Manager,
        name: "x".to_owned(),
    };
    let token = app.opened.app.accounts.create(&account).unwrap();
    assert_eq!(hers.get(&app, "/accounts").await.status, 200);

    let path = format!("/v1/accounts/{staff}/role");
    let advisor = Some(json!({"role": "advisor"}));
    assert_eq!(
        api(&app, Role::Manager, "POST", &path, advisor)
            .await
            .status,
        204
    );
    assert_eq!(
        hers.get(&app, "/accounts").await.status,
        403,
        "from the next request on"
    );
    let now = banso_server::clock::Clock::now(&*app.clock);
    assert!(
        app.opened.app.accounts.find(&token, now).is_none(),
        "a manager's token is gone"
    );

    // The ledger is the same whether the account or the event comes first.
    let left = event("staff.left", &format!("staff/{staff}"), json!({}));
    app.recorded(&left).await;
    assert_ne!(hers.get(&app, "/v1/cases").await.status, 200);
    assert_eq!(
        hers.without_device()
            .log_in(&app, "hanako", PASSWORD)
            .await
            .status,
        401
    );
    let events = staff_events(&app, staff).await;
    assert_eq!(
        events,
        ["staff.registered", "staff.role_changed", "staff.left"]
    );
}

#[tokio::test]
async fn the_last_manager_can_not_be_locked_out() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (staff, mut hers) = at_work(&app, "hanako", "manager").await;
    let path = format!("/v1/accounts/{staff}");
    assert_eq!(
        api(&app, Role::Manager, "DELETE", &path, None).await.status,
        422
    );
    assert_eq!(hers.get(&app, "/accounts").await.status, 200);
}

#[tokio::test]
async fn no_secret_is_in_any_file_or_entry() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (staff, hers) = at_work(&app, "hanako", "advisor").await;
    let initial = {
        let path = format!("/v1/accounts/{staff}/password");
        let reset = api(&app, Role::Manager, "POST", &path, None).await.json();
        reset["initial_password"].as_str().unwrap().to_owned()
    };
    let mut secrets = vec![
        PASSWORD.to_owned(),
        initial,
        app.token(Role::Manager).to_owned(),
    ];
    secrets.extend(hers.cookies.iter().map(|(_, value)| value.clone()));
    assert!(secrets.len() >= 5 && secrets.iter().all(|secret| secret.len() > 10));
    app.close();
    let mut files = 0;
    let mut folders = vec![dir.path().join("data")];
    while let Some(folder) = folders.pop() {
        for found in std::fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for secret in &secrets {
                let held = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!held, "{} holds a secret", path.display());
            }
        }
    }
    assert!(files > 5);
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scope_and_its_time() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let now = banso_server::clock::Clock::now(&*app.clock);
    let account = Account {
        staff: Uuid::now_v7(),
        role: Role::Manager,
        name: "機械".to_owned(),
    };
    let tokens = &app.opened.app.accounts;
    let make = |scope, expires_at| {
        tokens
            .grant(&account, Grant { scope, expires_at }, now)
            .unwrap()
    };
    let status = async |token: &str, method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        app.send(request).await.status.as_u16()
    };
    let reads = make(Scope::Read, None);
    assert_eq!(status(&reads, "GET", "/v1/kpis").await, 200);
    assert_eq!(status(&reads, "POST", "/v1/events").await, 403);
    let appends = make(Scope::Append, None);
    assert_eq!(status(&appends, "GET", "/v1/cases").await, 403);
    assert_eq!(
        status(&appends, "POST", "/v1/events").await,
        400,
        "past the door"
    );
    let short = make(Scope::Full, Some(now + TimeDelta::minutes(5)));
    assert_eq!(status(&short, "GET", "/v1/kpis").await, 200);
    app.clock.set(now + TimeDelta::minutes(5));
    assert_eq!(status(&short, "GET", "/v1/kpis").await, 401);

    let listed = app.get("/v1/tokens").await.json();
    let listed = listed["tokens"].as_array().unwrap();
    let find = |scope: &str| listed.iter().find(|token| token["scope"] == scope).unwrap();
    assert!(find("read")["last_used_at"].is_string());
    let path = format!("/v1/tokens/{}", find("read")["id"].as_str().unwrap());
    assert_eq!(
        api(&app, Role::Manager, "DELETE", &path, None).await.status,
        204
    );
    assert_eq!(status(&reads, "GET", "/v1/kpis").await, 401);
}
