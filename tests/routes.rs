//! The table of routes: complete, and kept by the running server for every role and for nobody.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::access::routes::{ROUTES, Route};
use uuid::Uuid;

use crate::source;
use crate::support::{Answer, TestApp, directory};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation of the OpenAPI description.
async fn described(app: &TestApp) -> BTreeSet<(String, String)> {
    let description = app.get("/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        let known = methods.filter(|method| METHODS.contains(&method.as_str()));
        // Only the router marks a parameter that takes the rest of the path.
        let path = path.replace("{index}", "{*index}");
        known.map(move |method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

/// Every `.route("…", get(…).post(…))` in the source of the server.
fn written() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let files = source::files_of(&["rs"]).filter(|file| file.path.starts_with("server/src/"));
    for file in files {
        let text = file.text.as_deref().unwrap_or_default();
        // What stands below the tests of a file serves nobody.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, call) in text.match_indices(".route(") {
            let call = arguments(&text[at + call.len()..]);
            let mut quoted = call.split('"');
            let path = quoted.nth(1).unwrap_or_default();
            assert!(
                call.trim_start().starts_with('"'),
                "{}: a route's path must be written out, so that it can be found: {call}",
                file.path
            );
            let handlers = quoted.collect::<Vec<_>>().join("\"");
            let methods = METHODS.into_iter().filter(|method| {
                let pattern = format!("{method}(");
                handlers.match_indices(&pattern).any(|(at, _)| {
                    let before = handlers[..at].chars().next_back();
                    !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
                })
            });
            found.extend(methods.map(|method| (method.to_uppercase(), path.to_owned())));
        }
    }
    found
}

/// The text up to the bracket that closes the call.
fn arguments(text: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn in_table() -> BTreeSet<(String, String)> {
    ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect()
}

#[tokio::test]
async fn every_route_says_in_the_table_what_it_needs() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let mut known = described(&app).await;
    known.extend(written());
    assert!(known.len() > 50, "only {} routes were found", known.len());
    let missing: Vec<_> = known.difference(&in_table()).cloned().collect();
    assert!(
        missing.is_empty(),
        "say in server/src/access/routes.rs what these need: {missing:?}"
    );
    let stale: Vec<_> = in_table().difference(&known).cloned().collect();
    assert!(stale.is_empty(), "no such routes any more: {stale:?}");
}

/// A path with something plausible in each place.
fn filled(path: &str) -> String {
    path.replace("{position}", "0")
        .replace("{id}", &Uuid::now_v7().to_string())
        .replace("{indicator}", "A2")
        .replace("{fy}", "R7")
        .replace("{level}", "0")
        .replace("{*index}", "000")
}

async fn sent(app: &TestApp, route: &Route, role: Option<Role>) -> Answer {
    let mut request = Request::builder()
        .method(route.method)
        .uri(filled(route.path));
    if let Some(role) = role {
        request = request.header("authorization", format!("Bearer {}", app.token(role)));
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_server_keeps_the_table_for_every_role_and_for_nobody() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let everybody = Role::ALL.into_iter().map(Some).chain([None]);
    for role in everybody {
        for route in ROUTES {
            let name = format!("{} {} as {role:?}", route.method, route.path);
            let answer = sent(&app, route, role).await;
            assert!(answer.status.as_u16() < 500, "{name}: {}", answer.status);
            let detail = String::from_utf8_lossy(&answer.bytes).into_owned();
            let refused = match answer.status.as_u16() {
                401 => detail.contains("urn:banso:problem:401"),
                403 => detail.contains("may not do this"),
                _ => false,
            };
            assert_eq!(refused, !route.needs.admits(role), "{name}: {detail}");
            if refused {
                let status = if role.is_none() { 401 } else { 403 };
                assert_eq!(answer.status, status, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn the_description_names_what_the_door_may_answer() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let description = app.get("/openapi.json").await.json();
    for route in ROUTES {
        let operation =
            &description["paths"][route.path.replace("{*", "{")][route.method.to_lowercase()];
        if operation.is_null() {
            continue;
        }
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.contains_key("429"), "{}", route.path);
        let closed = !route.needs.admits(None);
        assert!(!closed || answers.contains_key("401"), "{}", route.path);
    }
}
