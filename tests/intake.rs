//! The intake over HTTP: what is taken, what is refused, and with which answer.

use banso_server::access::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, directory, event, event_on};

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_event_is_answered_with_its_entry_its_place_and_its_version() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let answer = app
        .post(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert_eq!(answer.status, 201);
    let entry = answer.json();
    assert_eq!(
        answer.header("location"),
        format!("/v1/events/{}", entry["position"])
    );
    assert_eq!(answer.header("etag"), "\"2\"");
    assert_eq!(entry["version"], 2);
    assert!(entry["recorded_by"].as_str().unwrap().starts_with("staff/"));
    let read = app.get(answer.header("location")).await;
    assert_eq!(read.bytes, answer.bytes, "the stored bytes are served");
}

#[tokio::test]
async fn a_retry_answers_with_the_original_and_counts_once() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event(
        "visit.done",
        &case,
        json!({"method": "visit", "note": "在庫が増えた"}),
    );
    let first = app.post(&visit).await;
    let again = app.post(&visit).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.bytes, again.bytes);
    let mut other = visit.clone();
    other["data"]["note"] = json!("在庫が減った");
    assert_eq!(
        app.post(&other).await.status,
        409,
        "personal fields are compared too"
    );
}

#[tokio::test]
async fn a_retry_after_the_case_was_closed_is_still_a_retry() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event("visit.done", &case, json!({"method": "visit"}));
    app.recorded(&visit).await;
    app.recorded(&event("case.closed", &case, json!({}))).await;
    assert_eq!(app.post(&visit).await.status, 200);
    let late = app
        .post(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert_eq!(
        (late.status.as_u16(), late.json()["rule"].clone()),
        (422, json!("case_closed"))
    );
}

#[tokio::test]
async fn every_fault_of_a_request_is_named_at_once() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let answer = app
        .post(&json!({"type": "visit.done", "data": {"method": "walk", "x": 1}}))
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(
        pointers(&problem),
        ["/id", "/subject", "/occurred_on", "/data/method", "/data/x"]
    );
    assert_eq!(problem["status"], 400);
}

#[tokio::test]
async fn bad_dates_bodies_and_types_each_get_their_own_answer() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = |day: &str| event_on(day, "visit.done", &case, json!({"method": "visit"}));
    assert_eq!(app.post(&visit("2025-02-30")).await.status, 400);
    let future = app.post(&visit("2026-06-02")).await;
    assert_eq!(
        (future.status.as_u16(), future.json()["rule"].clone()),
        (422, json!("future_date"))
    );
    let old = app.post(&visit("2020-03-31")).await;
    assert_eq!(
        (old.status.as_u16(), old.json()["rule"].clone()),
        (422, json!("too_old"))
    );
    assert_eq!(
        app.post(&visit("２０２５－０６－０３")).await.json()["occurred_on"],
        "2025-06-03"
    );
    let garbage = app
        .post_raw(Role::Manager, "application/json", "{\"id\":")
        .await;
    assert_eq!(garbage.status, 400);
    let unknown = app.post(&event("visit.dreamt", &case, json!({}))).await;
    assert!(
        unknown.json()["detail"]
            .as_str()
            .unwrap()
            .contains("visit.dreamt")
    );
    let huge = vec![b' '; 10 * 1024 * 1024];
    assert_eq!(
        app.post_raw(Role::Manager, "application/json", huge)
            .await
            .status,
        413
    );
}

#[tokio::test]
async fn of_sixteen_clients_with_the_same_expectation_exactly_one_wins() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let attempts = (0..16).map(|_| {
        let mut visit = event("visit.done", &case, json!({"method": "visit"}));
        visit["expected_version"] = json!(1);
        let app = &app;
        async move { app.post(&visit).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != 201) {
        let problem = lost.json();
        assert_eq!(
            (lost.status.as_u16(), &problem["current_version"]),
            (412, &json!(2))
        );
        assert_eq!(problem["events"][0]["version"], 2);
    }
}

#[tokio::test]
async fn a_wrong_expectation_is_told_before_any_rule() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    app.recorded(&event("case.closed", &case, json!({}))).await;
    let again = json!({"kind": "corporation", "name": "架空商店"});
    let mut known = event(
        "business.registered",
        &format!("business/{business}"),
        again,
    );
    known["expected_version"] = json!(0);
    let mut closed = event("visit.done", &case, json!({"method": "visit"}));
    closed["expected_version"] = json!(1);
    for (stale, version) in [(&known, 1), (&closed, 2)] {
        let refused = app.post(stale).await;
        let problem = refused.json();
        assert_eq!(
            (refused.status.as_u16(), &problem["current_version"]),
            (412, &json!(version))
        );
    }
    closed["expected_version"] = json!(2);
    assert_eq!(app.post(&closed).await.json()["rule"], "case_closed");
}

#[tokio::test]
async fn a_name_that_stands_twice_is_refused_and_named() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event("visit.done", &case, json!({"method": "visit"})).to_string();
    let twice = visit.replacen("\"method\":", "\"method\":\"phone\",\"method\":", 1);
    let refused = app.post_raw(Role::Manager, "application/json", twice).await;
    assert_eq!(refused.status, 400);
    let detail = refused.json()["detail"].to_string();
    assert!(detail.contains("method"), "{detail}");
}

#[tokio::test]
async fn a_bad_line_never_undoes_an_earlier_good_one() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let good = event("visit.done", &case, json!({"method": "visit"}));
    let body = format!(
        "{good}\n%%%\n\n{good}\n{}\n",
        event("visit.done", &case, json!({}))
    );
    let answer = app
        .post_raw(Role::Manager, "application/x-ndjson", body)
        .await;
    let lines = answer.lines();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line["line"].as_u64(), line["status"].as_u64()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(1), Some(201)),
            (Some(2), Some(400)),
            (Some(4), Some(200)),
            (Some(5), Some(400))
        ]
    );
    assert_eq!(lines[3]["problem"]["errors"][0]["pointer"], "/data/method");
}

#[tokio::test]
async fn nothing_is_written_without_a_token_or_by_the_wrong_role() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event("visit.done", &case, json!({"method": "visit"})).to_string();
    let request = axum::http::Request::post("/v1/events")
        .body(visit.clone().into())
        .unwrap();
    let refused = app.send(request).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("www-authenticate")),
        (401, "Bearer")
    );
    for (role, status) in [
        (Role::Committee, 403),
        (Role::Advisor, 201),
        (Role::Clerk, 200),
    ] {
        let answer = app.post_raw(role, "application/json", visit.clone()).await;
        assert_eq!(answer.status, status, "{}", role.name());
    }
    let close = event(
        "fiscal_year.closed",
        "programme/plan",
        json!({"fiscal_year": "R7"}),
    );
    let refused = app
        .post_raw(Role::Advisor, "application/json", close.to_string())
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn an_advisor_voids_only_entries_of_their_own() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = app
        .recorded(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    let void = event(
        "record.voided",
        &case,
        json!({"target": visit["id"], "reason": "重複"}),
    );
    let refused = app
        .post_raw(Role::Advisor, "application/json", void.to_string())
        .await;
    assert_eq!(refused.status, 403);
    app.recorded(&void).await;
    let twice = event(
        "record.voided",
        &case,
        json!({"target": visit["id"], "reason": "重複"}),
    );
    assert_eq!(app.post(&twice).await.json()["rule"], "bad_target");
}

#[tokio::test]
async fn personal_fields_stand_in_no_entry() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let note = "社長が入院された";
    let visit = json!({"method": "visit", "note": note});
    let entry = app.recorded(&event("visit.done", &case, visit)).await;
    assert_eq!(entry["data"], json!({"method": "visit"}));
    assert_eq!(entry["sealed"]["fields"], json!(["note"]));
    assert_eq!(entry["sealed"]["key"], format!("business/{business}"));
    let correction = json!({"target": entry["id"], "reason": "誤記",
        "data": {"method": "phone", "note": "別の話"}});
    let entry = app
        .recorded(&event("record.corrected", &case, correction))
        .await;
    assert_eq!(entry["data"]["data"], json!({"method": "phone"}));
    for line in app.get("/v1/events?limit=1000").await.json()["events"]
        .as_array()
        .unwrap()
    {
        let text = line.to_string();
        assert!(!text.contains(note) && !text.contains("架空商店"), "{text}");
    }
}
