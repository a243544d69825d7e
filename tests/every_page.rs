//! Every page of the demo in a real browser, for every role, on a phone and at a desk: no barrier
//! that axe finds, nothing to scroll sideways, no page too heavy, nothing from elsewhere.
//!
//! With `BANSO_TEST_SCREENSHOTS` naming a folder, pictures and printed PDF files are left there.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::accounts::Account;
use banso_server::cli::{OpenLedger, demo_ledger};
use banso_server::clock::SetClock;
use banso_server::demo;
use serde_json::Value;
use tower::ServiceExt;

use crate::browser::{Browser, DESK, SIZES, Server, browser};
use crate::support::directory;

/// Bytes of a page with its styles and scripts.
const HEAVY: usize = 150_000;

/// A name for the picture, and where it is.
type Page = (&'static str, String);

/// The demo as it stands on a day in the middle of its second year.
struct Demo {
    opened: OpenLedger,
    router: axum::Router,
}

impl Demo {
    fn new(dir: &std::path::Path) -> Self {
        let clock = SetClock::at("2026-11-23T03:00:00Z".parse().unwrap());
        let opened = demo_ledger(&dir.join("demo"), Arc::new(clock)).unwrap();
        let router = banso_server::router(opened.app.clone());
        Self { opened, router }
    }

    /// An access token of the demo's first person of a role.
    fn token(&self, role: Role) -> String {
        let everyone = demo::everyone();
        let member = everyone.iter().find(|member| member.role == role.name());
        let member = member.unwrap();
        let account = Account {
            staff: member.id,
            role,
            name: member.name.to_owned(),
        };
        self.opened.app.accounts.create(&account).unwrap()
    }

    /// Two people with passwords, so that the list of accounts is not empty.
    async fn with_accounts(&self) {
        let token = self.token(Role::Manager);
        for (login, name) in [("shido", "架空 指導"), ("jimu", "架空 事務")] {
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("login", login), ("name", name), ("role", "advisor")])
                .finish();
            let request = Request::post("/accounts")
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(form))
                .unwrap();
            let answer = self.router.clone().oneshot(request).await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
        }
    }

    async fn bytes(&self, path: &str, token: &str) -> Vec<u8> {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        body.unwrap().to_vec()
    }

    async fn json(&self, path: &str, token: &str) -> Value {
        serde_json::from_slice(&self.bytes(path, token).await).unwrap()
    }
}

fn fixed<const N: usize>(pages: [(&'static str, &str); N]) -> Vec<Page> {
    pages.map(|(name, path)| (name, path.to_owned())).into()
}

/// What somebody who supports businesses opens, on a case with much in it.
async fn of_cases(demo: &Demo, token: &str, staff: &str) -> Vec<Page> {
    let cases = demo
        .json(&format!("/v1/cases?advisor={staff}"), token)
        .await;
    let cases = cases["cases"].as_array().unwrap();
    let open = cases.iter().filter(|case| case["stage"] == "executing");
    let case = open.max_by_key(|case| case["version"].as_u64()).unwrap();
    let (case, business) = (
        case["case_id"].as_str().unwrap(),
        case["business_id"].as_str().unwrap(),
    );
    let events = demo
        .json(&format!("/v1/events?subject=case/{case}&limit=500"), token)
        .await;
    let events = events["events"].as_array().unwrap();
    let mine = format!("staff/{staff}");
    let visit = events
        .iter()
        .rev()
        .find(|event| event["recorded_by"] == mine && event["type"] == "visit.done");
    let visit = &visit.unwrap()["position"];
    let handed = demo
        .json("/v1/events?type=case.handed_over&limit=1", token)
        .await;
    let handed = &handed["events"][0]["position"];
    let with = |name, path: String| (name, path);
    let mut pages = fixed([
        ("today", "/today"),
        ("businesses", "/businesses"),
        ("search", "/businesses?q=%EF%BD%B6"),
        ("menu", "/record"),
        ("record-seminar", "/record/seminar.held"),
        ("drafts", "/drafts"),
        ("outbox", "/outbox"),
        ("board-now", "/board"),
    ]);
    pages.extend([
        with("karte", format!("/businesses/{business}")),
        with("card", format!("/card?case={case}")),
        with("record-menu", format!("/record?subject=case/{case}")),
        with(
            "record-analysis",
            format!("/record/analysis.completed?subject=case/{case}"),
        ),
        with("void", format!("/entries/{visit}/void")),
        with("correct", format!("/entries/{visit}/correct")),
        with("handover", format!("/handover?case={case}")),
        with("receipt", format!("/handover/{handed}")),
    ]);
    pages
}

fn of_committee() -> Vec<Page> {
    fixed([
        ("home", "/?fy=R7"),
        ("board", "/board?fy=R7"),
        ("seminars", "/seminars?fy=R7&month=6"),
        ("evidence", "/evidence/A2?fy=R7"),
        ("entry", "/entries/2000"),
        ("evaluation", "/evaluation?fy=R7"),
        ("item", "/evaluation/A2?fy=R7"),
        ("sheet", "/sheets/evaluation?fy=R7"),
        ("improvements", "/improvements"),
        ("verify", "/verify?indicator=A2&fy=R7"),
        ("account", "/account"),
        ("missing", "/no-such-page"),
    ])
}

fn of_manager(staff: &str) -> Vec<Page> {
    let mut pages = fixed([
        ("board-now", "/board"),
        ("board-quarters", "/board?fy=R7&by=quarter"),
        ("board-months", "/board?fy=R7&by=month"),
        ("seminars", "/seminars?fy=R7&month=6"),
        ("advisors", "/advisors?fy=R7"),
        ("areas", "/areas?fy=R8"),
        ("evidence", "/evidence/A2?fy=R7"),
        ("evidence-growth", "/evidence/M3b?fy=R7"),
        ("entry", "/entries/2000"),
        ("evaluation", "/evaluation?fy=R7"),
        ("improvements", "/improvements"),
        ("verify", "/verify"),
        ("readings", "/readings"),
        ("reading", "/readings/A2"),
        ("target", "/targets/A2"),
        ("years", "/years"),
        ("year", "/years/R7"),
        ("accounts", "/accounts"),
        ("access-log", "/access-log"),
        ("password", "/password"),
    ]);
    pages.extend([
        ("advisor", format!("/advisors?fy=R7&advisor={staff}")),
        ("board-of-advisor", format!("/board?fy=R7&advisor={staff}")),
    ]);
    pages
}

fn of_anybody() -> Vec<Page> {
    fixed([
        ("login", "/login?next=%2Fboard"),
        ("public", "/public/R7"),
        ("home", "/?fy=R7"),
        ("offline", "/offline"),
    ])
}

/// What a role prints.
const PRINTED: [&str; 6] = ["karte", "sheet", "verify", "public", "board", "receipt"];

async fn looked_at(browser: &Browser, server: &Server, role: &str, pages: &[Page]) {
    let folder = std::env::var_os("BANSO_TEST_SCREENSHOTS").map(PathBuf::from);
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).unwrap();
    }
    for (name, path) in pages {
        for size in SIZES {
            let (width, _) = size;
            browser.resize(size).await;
            browser.open(&server.page(path)).await;
            if *name == "verify" {
                browser.click("#check button").await;
                browser.awaited("#result[data-outcome=fine]").await;
            }
            if let Some(folder) = &folder {
                let file = folder.join(format!("{role}-{name}-{width}.png"));
                browser.picture(&file).await;
            }
            let faults = browser.axe().await;
            assert!(
                faults.is_empty(),
                "{role} {path} at {width}:\n{}",
                faults.join("\n")
            );
            assert!(
                browser.overhang().await <= 0,
                "{role} {path} is wider than {width}"
            );
            let (bytes, elsewhere) = browser.loaded(&server.page("/")).await;
            assert!(bytes < HEAVY, "{role} {path} has {bytes} bytes");
            assert_eq!(elsewhere, Vec::<String>::new(), "{role} {path}");
        }
        if let Some(folder) = folder.as_ref().filter(|_| PRINTED.contains(name)) {
            browser
                .printed(&folder.join(format!("{role}-{name}.pdf")))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_open_to_everybody_who_may_see_it() {
    let Some(browser) = browser(DESK).await else {
        return;
    };
    let dir = directory();
    let demo = Demo::new(dir.path());
    let server = Server::of(demo.router.clone(), 0).await;
    looked_at(&browser, &server, "public", &of_anybody()).await;
    let advisor = demo::staff()
        .into_iter()
        .find(|member| member.role == "advisor");
    let staff = advisor.unwrap().id.to_string();
    demo.with_accounts().await;
    for role in [Role::Advisor, Role::Manager, Role::Committee] {
        let token = demo.token(role);
        browser.forget().await;
        browser.log_in(&server, &token).await;
        let pages = match role {
            Role::Advisor | Role::Clerk => of_cases(&demo, &token, &staff).await,
            Role::Manager => of_manager(&staff),
            Role::Committee => of_committee(),
        };
        looked_at(&browser, &server, role.name(), &pages).await;
    }
    browser.quit().await;
}
