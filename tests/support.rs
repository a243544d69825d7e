//! A whole server in this process: real ledger in a temporary directory, a clock set by hand, and
//! requests without a port.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use banso_server::access::Role;
use banso_server::accounts::Account;
use banso_server::cli::{OpenLedger, open_or_create};
use banso_server::clock::SetClock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// One server; dropping it leaves the directory for the next.
pub(crate) struct TestApp {
    pub(crate) opened: OpenLedger,
    pub(crate) clock: Arc<SetClock>,
    router: Router,
    tokens: [(Role, String); 4],
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.bytes.clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A temporary directory for a ledger.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl TestApp {
    /// Opens or makes the ledger of a directory; the clock stands at noon of 1 June 2026 in Japan.
    pub(crate) fn open(dir: &Path) -> Self {
        let clock = Arc::new(SetClock::at("2026-06-01T03:00:00Z".parse().unwrap()));
        let opened = open_or_create(&dir.join("data"), None, clock.clone(), false).unwrap();
        let tokens = Role::ALL.map(|role| {
            let staff = Uuid::now_v7();
            let account = Account {
                staff,
                role,
                name: "架空 職員".to_owned(),
            };
            (role, opened.app.accounts.create(&account).unwrap())
        });
        let router = banso_server::router(opened.app.clone());
        Self {
            opened,
            clock,
            router,
            tokens,
        }
    }

    /// Ends the server and lets the directory go.
    pub(crate) fn close(self) {
        drop(self.router);
        self.opened.close().unwrap();
    }

    pub(crate) fn token(&self, role: Role) -> &str {
        &self
            .tokens
            .iter()
            .find(|(known, _)| *known == role)
            .unwrap()
            .1
    }

    /// The account of a role.
    pub(crate) fn account(&self, role: Role) -> Account {
        let app = &self.opened.app;
        let found = app.accounts.find(self.token(role), app.clock.now());
        found.unwrap().account
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    pub(crate) async fn post_raw(&self, role: Role, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/v1/events")
            .header("authorization", format!("Bearer {}", self.token(role)))
            .header("content-type", kind)
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn post(&self, event: &Value) -> Answer {
        self.post_raw(Role::Manager, "application/json", event.to_string())
            .await
    }

    pub(crate) async fn send_json(&self, role: Role, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token(role)))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(Role::Manager, path).await
    }

    pub(crate) async fn get_as(&self, role: Role, path: &str) -> Answer {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", self.token(role)))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    /// Posts an event that must be taken.
    pub(crate) async fn recorded(&self, event: &Value) -> Value {
        let answer = self.post(event).await;
        assert_eq!(
            answer.status,
            201,
            "{}",
            String::from_utf8_lossy(&answer.bytes)
        );
        answer.json()
    }

    /// Registers a business and opens a case for it.
    pub(crate) async fn case(&self) -> (Uuid, String) {
        let business = Uuid::now_v7();
        let name = json!({"kind": "corporation", "name": "架空商店", "phone": "083-900-0001"});
        self.recorded(&event(
            "business.registered",
            &format!("business/{business}"),
            name,
        ))
        .await;
        let case = format!("case/{}", Uuid::now_v7());
        let opening = json!({"business_id": business, "advisor_id": Uuid::now_v7()});
        self.recorded(&event("case.opened", &case, opening)).await;
        (business, case)
    }
}

/// An event of 3 June 2025 with a new id.
pub(crate) fn event(name: &str, subject: &str, data: Value) -> Value {
    json!({"id": Uuid::now_v7(), "type": name, "subject": subject, "occurred_on": "2025-06-03",
        "data": data})
}

/// The same on another day.
pub(crate) fn event_on(day: &str, name: &str, subject: &str, data: Value) -> Value {
    let mut event = event(name, subject, data);
    event["occurred_on"] = json!(day);
    event
}
