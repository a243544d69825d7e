//! Closing a year fixes what was reported; what comes later moves the live figure only, and every
//! difference is explained by its entry.

use banso_server::access::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, directory, event};

const PROGRAMME: &str = "programme/plan";

async fn row(app: &TestApp, query: &str, id: &str) -> Value {
    let table = app.get(&format!("/v1/kpis?fy=R7{query}")).await.json();
    let rows = table["indicators"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap().clone()
}

async fn analysis(app: &TestApp, case: &str, id: &str) -> Value {
    app.recorded(&event(
        "analysis.completed",
        case,
        json!({"analysis_id": id}),
    ))
    .await
}

#[tokio::test]
async fn a_late_entry_moves_the_live_figure_and_never_the_closed_edition() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, first) = app.case().await;
    let (_, second) = app.case().await;
    analysis(&app, &first, "A-1").await;
    let none = app.get("/v1/kpis?fy=R7&edition=closed").await;
    assert_eq!(none.status, 404);
    let close = app
        .recorded(&event(
            "fiscal_year.closed",
            PROGRAMME,
            json!({"fiscal_year": "R7"}),
        ))
        .await;
    assert_eq!(close["data"]["cutoff_position"], close["position"]);
    assert_eq!(close["data"]["readings"]["A2"], "business");
    let late = analysis(&app, &second, "A-2").await;
    let live = row(&app, "", "A2").await;
    assert_eq!((&live["actual"], &live["late"]), (&json!(2), &json!(1)));
    for (case, is_late) in [(&first, false), (&second, true)] {
        let view = app.get(&format!("/v1/cases/{}", &case[5..])).await.json();
        assert_eq!(view["analyses"][0]["late"], is_late);
        let timeline = view["timeline"].as_array().unwrap();
        let shown = timeline
            .iter()
            .find(|event| event["type"] == "analysis.completed");
        assert_eq!(shown.unwrap()["late"], is_late);
    }
    assert_eq!(row(&app, "&edition=closed", "A2").await["actual"], 1);
    let closed = app.get("/v1/kpis?fy=R7&edition=closed").await.json();
    assert_eq!(closed["as_of"]["root"], close["data"]["cutoff_root"]);
    let from = close["position"].as_u64().unwrap();
    let diff = app
        .get(&format!("/v1/kpis/diff?fy=R7&from={from}"))
        .await
        .json();
    let changes = diff["changes"].as_array().unwrap();
    let of_a2: Vec<_> = changes
        .iter()
        .filter(|change| change["indicator"] == "A2")
        .collect();
    assert_eq!(of_a2.len(), 1);
    assert_eq!(
        (&of_a2[0]["delta"], &of_a2[0]["position"]),
        (&json!(1), &late["position"])
    );
    let evidence = app.get("/v1/kpis/A2/evidence?fy=R7").await.json();
    assert_eq!(evidence["counted"][1]["late"], true);
}

#[tokio::test]
async fn a_year_is_closed_once_and_reopening_is_an_act_of_its_own() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let close = || {
        event(
            "fiscal_year.closed",
            PROGRAMME,
            json!({"fiscal_year": 2025}),
        )
    };
    app.recorded(&close()).await;
    assert_eq!(app.post(&close()).await.json()["rule"], "already_closed");
    let reopen = json!({"fiscal_year": "R7", "reason": "集計の誤り"});
    app.recorded(&event("fiscal_year.reopened", PROGRAMME, reopen))
        .await;
    assert_eq!(app.get("/v1/kpis?fy=R7").await.json()["closed"], false);
    app.recorded(&close()).await;
    assert_eq!(app.get("/v1/kpis?fy=R7").await.json()["closed"], true);
}

#[tokio::test]
async fn a_decided_reading_is_in_force_and_the_others_stand_beside_it() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    analysis(&app, &case, "A-1").await;
    analysis(&app, &case, "A-2").await;
    let before = row(&app, "", "A2").await;
    assert_eq!(
        (&before["actual"], &before["readings"]["each"]),
        (&json!(1), &json!(2))
    );
    let path = "/v1/kpis/A2/switch?reading=each";
    let switch = app.get_as(Role::Committee, path).await.json();
    let year = switch["years"]
        .as_array()
        .unwrap()
        .iter()
        .find(|year| year["fiscal_year"] == 2025);
    let year = year.unwrap();
    assert_eq!((&year["before"], &year["after"]), (&json!(1), &json!(2)));
    let decision = json!({"indicator": "A2", "reading": "each", "reason": "委員会の決定"});
    app.recorded(&event("policy.reading_decided", PROGRAMME, decision))
        .await;
    let after = row(&app, "", "A2").await;
    assert_eq!(
        (&after["actual"], &after["reading"]),
        (&json!(2), &json!("each"))
    );
    let unknown = json!({"indicator": "A2", "reading": "moon", "reason": "x"});
    let unknown = app
        .post(&event("policy.reading_decided", PROGRAMME, unknown))
        .await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["rule"]),
        (422, &json!("unknown_reading"))
    );
}

#[tokio::test]
async fn a_revised_target_keeps_the_old_one_and_rates_use_the_one_in_force() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    analysis(&app, &case, "A-1").await;
    let revision = json!({"indicator": "A2", "fiscal_year": "R7", "target": 4, "reason": "減員"});
    let revised = app
        .recorded(&event("programme.target_revised", PROGRAMME, revision))
        .await;
    let now = row(&app, "", "A2").await;
    assert_eq!((&now["target"], &now["rate"]), (&json!(4), &json!(25.0)));
    assert_eq!(now["revisions"][0]["before"], 140);
    let before = format!("&as_of={}", revised["position"]);
    assert_eq!(row(&app, &before, "A2").await["target"], 140);
}

#[tokio::test]
async fn results_are_public_only_after_they_are_published() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let ask = || async {
        let request = axum::http::Request::get("/v1/public/R7").body(axum::body::Body::empty());
        app.send(request.unwrap()).await
    };
    assert_eq!(ask().await.status, 404);
    let published = json!({"fiscal_year": "R7", "url": "https://example.jp/r7"});
    app.recorded(&event("report.published", PROGRAMME, published))
        .await;
    let answer = ask().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["published"]["url"], "https://example.jp/r7");
}
