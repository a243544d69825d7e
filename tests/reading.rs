//! Reading the ledger over HTTP: pages, streams, CloudEvents, cases and their past.

use banso_server::access::Role;
use banso_server::casebook::Casebook;
use banso_server::clock::Clock as _;
use banso_server::directory::Directory;
use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestApp, directory, event, event_on};

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    for _ in 0..7 {
        app.recorded(&event("visit.done", &case, json!({"method": "visit"})))
            .await;
    }
    let mut positions = Vec::new();
    let mut path = "/v1/events?limit=3".to_owned();
    loop {
        let page = app.get(&path).await.json();
        positions.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["position"].as_u64()),
        );
        let Some(next) = page["next"].as_u64() else {
            break;
        };
        path = format!("/v1/events?limit=3&after={next}");
    }
    assert_eq!(positions, (0..10).map(Some).collect::<Vec<_>>());
    let visits = app.get("/v1/events?type=visit.done&limit=2").await.json();
    assert_eq!(
        (
            visits["events"][0]["position"].clone(),
            visits["next"].clone()
        ),
        (json!(3), json!(4))
    );
    let mine = app
        .get(&format!("/v1/events?subject={case}&after=3"))
        .await
        .json();
    assert_eq!(mine["events"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn a_faulty_parameter_is_named() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    for (path, name) in [
        ("/v1/events?limit=0", "limit"),
        ("/v1/events?after=x", "after"),
        ("/v1/events?type=x", "type"),
        ("/v1/events?colour=red", "colour"),
        ("/v1/cases?stage=lost", "stage"),
        ("/v1/kpis?fy=abc", "fy"),
        ("/v1/kpis?as_of=99", "as_of"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.json()["detail"].as_str().unwrap().starts_with(name),
            "{path}"
        );
    }
}

#[tokio::test]
async fn lines_and_cloud_events_hold_the_same_entries() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    app.case().await;
    let ask = |accept: &str| {
        let request = axum::http::Request::get("/v1/events")
            .header(
                "authorization",
                format!("Bearer {}", app.token(Role::Committee)),
            )
            .header("accept", accept)
            .body(axum::body::Body::empty())
            .unwrap();
        app.send(request)
    };
    let lines = ask("application/x-ndjson").await.lines();
    let clouds = ask("application/cloudevents-batch+json").await.json();
    assert_eq!(lines.len(), 3);
    for (line, cloud) in lines.iter().zip(clouds.as_array().unwrap()) {
        assert_eq!((&line["id"], &line["data"]), (&cloud["id"], &cloud["data"]));
        assert_eq!(cloud["specversion"], "1.0");
    }
}

#[tokio::test]
async fn a_case_shows_how_it_stands_and_how_it_stood() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let id = case.strip_prefix("case/").unwrap();
    let plan = json!({"plan_id": "P-1", "kind": "sustainability"});
    let planned = app.recorded(&event("plan.completed", &case, plan)).await;
    let followup = json!({"plan_id": "P-1", "method": "visit", "progress": "on_track",
        "note": "順調です", "next_due": "2026-09-01"});
    app.recorded(&event_on("2026-03-01", "followup.done", &case, followup))
        .await;
    let now = app.get(&format!("/v1/cases/{id}")).await;
    assert_eq!(now.header("etag"), "\"3\"");
    let now = now.json();
    assert_eq!(
        (&now["stage"], &now["next_due"]),
        (&json!("executing"), &json!("2026-09-01"))
    );
    assert_eq!(now["business_id"], json!(business));
    assert_eq!(now["followups"][0]["data"]["note"], "順調です");
    let before = format!("/v1/cases/{id}?as_of={}", planned["position"]);
    assert_eq!(app.get(&before).await.json()["stage"], "opened");
    let listed = app
        .get("/v1/cases?stage=executing&q=かくうしょうてん")
        .await
        .json();
    assert_eq!(listed["cases"], json!([]), "no kana was registered");
    let listed = app
        .get("/v1/cases?stage=executing&q=０８３９００")
        .await
        .json();
    assert_eq!(listed["cases"][0]["case_id"], json!(id));
    assert_eq!(
        app.get_as(Role::Committee, &format!("/v1/cases/{id}"))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_case_and_a_business_show_what_was_known_at_an_instant() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let id = case.strip_prefix("case/").unwrap();
    let before = app.clock.now();
    app.clock.set(before + TimeDelta::days(1));
    let plan = json!({"plan_id": "P-1", "kind": "sustainability"});
    app.recorded(&event("plan.completed", &case, plan)).await;
    let moved = json!({"area": "南部"});
    let subject = format!("business/{business}");
    app.recorded(&event("business.profile_changed", &subject, moved))
        .await;
    let known_at = format!("?known_at={}", before.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
    let stage = |known: &str| format!("/v1/cases/{id}{known}");
    assert_eq!(app.get(&stage("")).await.json()["stage"], "planned");
    assert_eq!(app.get(&stage(&known_at)).await.json()["stage"], "opened");
    let area = |known: &str| format!("/v1/businesses/{business}{known}");
    assert_eq!(app.get(&area("")).await.json()["area"], "南部");
    assert_ne!(app.get(&area(&known_at)).await.json()["area"], "南部");
    let wrong = app.get(&stage("?known_at=yesterday")).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn numbers_are_live_after_each_append() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let actual = |indicator: &'static str| {
        let app = &app;
        async move {
            let table = app.get("/v1/kpis?fy=R7").await.json();
            let rows = table["indicators"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["id"] == indicator).unwrap()["actual"].clone()
        }
    };
    assert_eq!(actual("A2").await, 0);
    let analysis = event("analysis.completed", &case, json!({"analysis_id": "A-1"}));
    let entry = app.recorded(&analysis).await;
    assert_eq!(actual("A2").await, 1);
    let void = event(
        "record.voided",
        &case,
        json!({"target": entry["id"], "reason": "誤り"}),
    );
    app.recorded(&void).await;
    assert_eq!(actual("A2").await, 0);
    let evidence = app
        .get_as(Role::Committee, "/v1/kpis/A2/evidence?fy=R7")
        .await
        .json();
    assert_eq!(
        (&evidence["value"], &evidence["counted"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(evidence["not_counted"][0]["reason"], "voided");
    let before = format!(
        "/v1/kpis?fy=R7&as_of={}",
        entry["position"].as_u64().unwrap() + 1
    );
    let table = app.get(&before).await.json();
    let rows = table["indicators"].as_array().unwrap();
    assert_eq!(
        rows.iter().find(|row| row["id"] == "A2").unwrap()["actual"],
        1
    );
}

#[tokio::test]
async fn the_description_names_every_route_that_the_contract_names() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let description = app.get("/openapi.json").await.json();
    for path in [
        "/v1/events",
        "/v1/events/{position}",
        "/v1/events/{position}/proof",
        "/v1/cases",
        "/v1/cases/{id}",
        "/v1/businesses/{id}",
        "/v1/duties",
        "/v1/kpis",
        "/v1/kpis/{indicator}/evidence",
        "/v1/kpis/diff",
        "/v1/plan",
        "/checkpoint",
        "/v1/public/{fy}",
        "/healthz",
        "/readyz",
        "/metrics",
        "/v1/event-types",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
}

#[tokio::test]
async fn a_long_history_read_at_once_gives_what_following_it_gives() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let parts = &app.opened.app;
    let cases = |book: &Casebook| {
        book.look(&parts.directory, |known| {
            let mut cases: Vec<_> = known.cases.values().collect();
            cases.sort_by_key(|sheet| sheet.view.case_id);
            format!("{cases:?}")
        })
    };
    let names = |directory: &Directory| {
        let found = directory.look(|known| known.get(&business).map(|it| format!("{it:?}")));
        found.unwrap().unwrap()
    };
    assert_eq!(
        cases(&parts.casebook).unwrap().matches("Sheet {").count(),
        1
    );
    assert!(names(&parts.directory).contains("架空商店"));
    app.case().await;
    let visit = |_| {
        event(
            "visit.done",
            &case,
            json!({"method": "phone", "to_finish": true}),
        )
        .to_string()
    };
    let lines: Vec<_> = (0..2_100).map(visit).collect();
    let told = app
        .post_raw(Role::Manager, "application/x-ndjson", lines.join("\n"))
        .await;
    assert_eq!(told.lines().len(), 2_100);
    let changed = json!({"phone": "083-900-0002"});
    let subject = format!("business/{business}");
    app.recorded(&event("business.profile_changed", &subject, changed))
        .await;
    let fresh = Casebook::new(parts.store.clone());
    assert_eq!(cases(&fresh).unwrap(), cases(&parts.casebook).unwrap());
    let fresh = Directory::new(
        parts.store.clone(),
        parts.vault.clone(),
        parts.origin.clone(),
    );
    assert_eq!(names(&fresh), names(&parts.directory));
    assert!(names(&fresh).contains("083-900-0002"));
}
