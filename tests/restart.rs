//! What survives a restart: entries, versions, ids that were used, personal fields, the clock.

use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, directory, event};

#[tokio::test]
async fn an_id_is_known_after_a_restart() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event(
        "visit.done",
        &case,
        json!({"method": "visit", "note": "メモ"}),
    );
    let first = app.post(&visit).await;
    app.close();
    let app = TestApp::open(dir.path());
    let again = app.post(&visit).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    let mut other = visit.clone();
    other["data"]["note"] = json!("別のメモ");
    assert_eq!(app.post(&other).await.status, 409);
    let next = app
        .recorded(&event("visit.done", &case, json!({"method": "phone"})))
        .await;
    assert_eq!(next["version"], 3);
}

#[tokio::test]
async fn rules_see_what_was_recorded_before_the_restart() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    app.recorded(&event("case.closed", &case, json!({}))).await;
    app.close();
    let app = TestApp::open(dir.path());
    let visit = app
        .post(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert_eq!(visit.json()["rule"], "case_closed");
    let view = app.get(&format!("/v1/businesses/{business}")).await.json();
    assert_eq!(
        (&view["name"], &view["phone"]),
        (&json!("架空商店"), &json!("083-900-0001"))
    );
}

#[tokio::test]
async fn a_plan_is_completed_once_in_whatever_case_also_after_a_restart() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, first) = app.case().await;
    let (_, second) = app.case().await;
    let plan =
        |case: &str, id: &str| event("plan.completed", case, json!({"plan_id": id, "kind": "dx"}));
    let completed = app.recorded(&plan(&first, "P-1")).await;
    let moved = json!({"target": completed["id"], "reason": "番号の誤り",
        "data": {"plan_id": "P-2", "kind": "dx"}});
    app.recorded(&event("record.corrected", &first, moved))
        .await;
    app.close();
    let app = TestApp::open(dir.path());
    let again = app.post(&plan(&second, "P-2")).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["rule"]),
        (422, &json!("already_completed"))
    );
    // The number that was corrected away is free, and taken from now on.
    app.recorded(&plan(&second, "P-1")).await;
    let late = app.post(&plan(&first, "P-1")).await;
    assert_eq!(late.json()["rule"], "already_completed");
}

#[tokio::test]
async fn a_second_process_is_refused_by_the_directory_it_wants() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let data = dir.path().join("data");
    let clock = app.clock.clone();
    let refused = banso_server::cli::open_or_create(&data, None, clock, false)
        .err()
        .unwrap();
    assert!(refused.to_string().contains("in use"), "{refused}");
}

#[tokio::test]
async fn a_clock_that_jumps_back_stops_intake_and_reads_go_on() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    app.clock.set("2026-05-01T00:00:00Z".parse().unwrap());
    let refused = app
        .post(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (503, "30")
    );
    assert!(refused.json()["detail"].as_str().unwrap().contains("clock"));
    assert_eq!(app.get("/v1/events").await.status, 200);
    app.clock.set("2026-06-01T03:00:01Z".parse().unwrap());
    app.recorded(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
}

#[tokio::test]
async fn a_plan_is_adopted_once_at_the_beginning() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let first = app.get("/v1/events/0").await.json();
    assert_eq!(first["type"], "programme.plan_adopted");
    assert_eq!(first["recorded_by"], "system");
    app.close();
    let app = TestApp::open(dir.path());
    assert_eq!(
        app.get("/v1/events?after=0").await.json(),
        json!({"events": [], "next": null})
    );
    let unknown = format!("/v1/cases/{}", Uuid::now_v7());
    assert_eq!(app.get(&unknown).await.status, 404);
}
