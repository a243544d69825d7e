//! What a person is told who may not, or cannot, do something on a page; programs get problems.

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use banso_server::access::Role;

use crate::support::{Answer, TestApp, directory};

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn asked(app: &TestApp, request: Builder, role: Option<Role>) -> Answer {
    let request = match role {
        Some(role) => request.header("authorization", format!("Bearer {}", app.token(role))),
        None => request,
    };
    app.send(request.body(Body::empty()).unwrap()).await
}

fn page(path: &str) -> Builder {
    Request::get(path).header("accept", BROWSER)
}

#[tokio::test]
async fn a_browser_without_a_login_is_led_there_and_back() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    for (path, to) in [
        ("/account", "/login?next=%2Faccount"),
        ("/board?fy=R7", "/login?next=%2Fboard%3Ffy%3DR7"),
        ("/today", "/login?next=%2Ftoday"),
    ] {
        let answer = asked(&app, page(path), None).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, to)
        );
    }
    let sent = Request::post("/improvements")
        .header("accept", BROWSER)
        .header("referer", "https://ledger.example/improvements?fy=R7");
    let answer = asked(&app, sent, None).await;
    assert_eq!(
        answer.header("location"),
        "/login?next=%2Fimprovements%3Ffy%3DR7"
    );
}

async fn logged_in(app: &TestApp, role: Role, next: &str) -> String {
    let form = format!("token={}&next={next}", app.token(role));
    let request = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    app.send(request).await.header("location").to_owned()
}

#[tokio::test]
async fn a_login_leads_back_but_never_to_another_site() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    assert_eq!(
        logged_in(&app, Role::Manager, "%2Fyears%2FR7").await,
        "/years/R7"
    );
    for elsewhere in [
        "%2F%2Fevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil",
        "",
    ] {
        assert_eq!(logged_in(&app, Role::Advisor, elsewhere).await, "/today");
    }
    assert_eq!(logged_in(&app, Role::Committee, "").await, "/evaluation");
}

#[tokio::test]
async fn refusals_are_japanese_pages_for_people_and_problems_for_programs() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let cases = [
        (
            "GET",
            "/accounts",
            Some(Role::Advisor),
            403,
            "経営指導員の権限では",
        ),
        (
            "GET",
            "/today",
            Some(Role::Committee),
            403,
            "評価委員の権限では",
        ),
        ("GET", "/no-such-page", None, 404, "見つかりません"),
        (
            "GET",
            "/businesses/nobody",
            Some(Role::Advisor),
            404,
            "見つかりません",
        ),
        (
            "GET",
            "/board?fy=never",
            Some(Role::Manager),
            400,
            "アドレスの指定",
        ),
        (
            "DELETE",
            "/board",
            Some(Role::Manager),
            405,
            "この操作はできません",
        ),
    ];
    for (method, path, role, status, words) in cases {
        let request = || Request::builder().method(method).uri(path);
        let told = asked(&app, request().header("accept", BROWSER), role).await;
        let text = String::from_utf8(told.bytes).unwrap();
        assert_eq!(told.status.as_u16(), status, "{method} {path}");
        assert!(
            text.contains(words) && text.contains("<html lang=\"ja\">"),
            "{text}"
        );
        assert!(!text.contains("urn:banso"), "{text}");
        let problem = asked(&app, request().header("accept", "*/*"), role).await;
        assert_eq!(problem.status.as_u16(), status, "{method} {path}");
        assert_eq!(problem.json()["status"], status, "{method} {path}");
    }
    let foreign = Request::post("/logout")
        .header("accept", BROWSER)
        .header("sec-fetch-site", "cross-site");
    let told = asked(&app, foreign, None).await;
    let text = String::from_utf8(told.bytes).unwrap();
    assert!(
        told.status == 403 && text.contains("ほかのサイト"),
        "{text}"
    );
    let api = asked(&app, page("/v1/no-such"), None).await;
    assert_eq!(api.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn too_many_requests_are_told_with_the_time_to_wait() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let guess = || page("/board").header("authorization", "Bearer nonsense");
    for _ in 0..400 {
        let answer = asked(&app, guess(), None).await;
        if answer.status == 429 {
            let wait = answer.header("retry-after").to_owned();
            let text = String::from_utf8(answer.bytes).unwrap();
            assert!(text.contains(&format!("{wait} 秒ほど待って")), "{text}");
            return;
        }
    }
    panic!("nobody was stopped");
}
