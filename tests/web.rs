//! What a browser is told and what another site may do through it.

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;

use crate::source;
use crate::support::{TestApp, directory};

#[tokio::test]
async fn every_answer_carries_the_headers_that_confine_it() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    for path in [
        "/login",
        "/v1/kpis",
        "/nowhere",
        "/checkpoint",
        "/assets/style.css",
    ] {
        let answer = app.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
    assert_eq!(
        app.get("/v1/kpis").await.header("cache-control"),
        "no-store"
    );
}

#[test]
fn no_template_needs_an_inline_script_or_style() {
    let pages = source::files_of(&["html"]);
    let pages = pages.filter(|file| file.path.starts_with("server/templates/"));
    let mut seen = 0;
    for file in pages {
        seen += 1;
        for (at, line) in file.lines() {
            let inline = line.contains(" style=\"")
                || line.contains("<style")
                || line.contains("javascript:")
                || (line.contains("<script") && !line.contains("src="))
                || line.match_indices(" on").any(|(at, _)| {
                    let rest = &line[at + 3..];
                    let name = rest.split(['=', ' ', '>']).next().unwrap_or_default();
                    let alphabetic = name.chars().all(|letter| letter.is_ascii_lowercase());
                    !name.is_empty() && alphabetic && rest[name.len()..].starts_with("=\"")
                });
            assert!(!inline, "{}:{at}: {line}", file.path);
        }
    }
    assert!(seen > 5);
}

#[tokio::test]
async fn another_site_can_not_write_through_a_logged_in_browser() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let token = app.token(Role::Manager).to_owned();
    let log_in = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("token={token}")))
        .unwrap();
    let answer = app.send(log_in).await;
    assert_eq!(answer.status, 303);
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let write = |name: &str, value: &str| {
        Request::post("/v1/events")
            .header("host", "banso.example")
            .header("cookie", &cookie)
            .header(name, value)
            .body(Body::from("{}"))
            .unwrap()
    };
    let refused = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in refused {
        assert_eq!(
            app.send(write(name, value)).await.status,
            403,
            "{name}: {value}"
        );
    }
    for (name, value) in [
        ("origin", "https://banso.example"),
        ("sec-fetch-site", "same-origin"),
    ] {
        assert_eq!(
            app.send(write(name, value)).await.status,
            400,
            "{name}: {value}"
        );
    }
    let planted = Request::post("/login")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("token={token}")))
        .unwrap();
    assert_eq!(
        app.send(planted).await.status,
        403,
        "nor log the browser in as somebody else"
    );
}

#[tokio::test]
async fn whoever_tries_tokens_is_slowed_and_those_with_one_are_not() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let mut last = 0;
    for at in 0..400 {
        let request = Request::get("/v1/kpis")
            .header("authorization", format!("Bearer banso_guess{at}"))
            .body(Body::empty())
            .unwrap();
        let answer = app.send(request).await;
        last = answer.status.as_u16();
        if last == 429 {
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
        assert_eq!(last, 401);
    }
    assert_eq!(last, 429);
    assert_eq!(app.get("/v1/kpis").await.status, 200);
}

#[tokio::test]
async fn a_fault_in_the_body_of_a_form_is_the_senders() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let long = format!("token={}", "x".repeat(3 * 1024 * 1024));
    for (body, wanted) in [
        (String::new(), 401),
        ("%ff=%zz".to_owned(), 401),
        (long, 413),
    ] {
        let request = Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        assert_eq!(app.send(request).await.status, wanted);
    }
}
