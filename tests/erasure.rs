//! Personal data are destroyed and nothing else moves.

use std::path::Path;

use banso_server::access::Role;
use serde_json::json;

use crate::support::{TestApp, directory, event};

const PERSONAL: [&str; 4] = [
    "架空商店",
    "083-900-0001",
    "社長が入院された",
    "在庫を減らしたい",
];

fn holds(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let path = file.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_business_keeps_its_numbers_and_proofs_and_loses_its_names() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let subject = format!("business/{business}");
    app.recorded(&event(
        "analysis.completed",
        &case,
        json!({"analysis_id": "A"}),
    ))
    .await;
    let visit =
        json!({"method": "visit", "note": "社長が入院された", "owner_words": "在庫を減らしたい"});
    let visit = app.recorded(&event("visit.done", &case, visit)).await;
    let before = app.get("/v1/kpis?fy=R7").await.json();
    app.recorded(&event(
        "business.erased",
        &subject,
        json!({"reason": "本人の請求"}),
    ))
    .await;

    let view = app.get(&format!("/v1/businesses/{business}")).await.json();
    assert_eq!(
        (&view["name"], &view["phone"], &view["erased"]),
        (&json!(null), &json!(null), &json!(true))
    );
    let certificate = &view["timeline"][2];
    assert_eq!(certificate["type"], "business.erasure_completed");
    assert_eq!(certificate["data"]["ciphertexts_deleted"], 2);
    let id = case.strip_prefix("case/").unwrap();
    let timeline = app.get(&format!("/v1/cases/{id}")).await.json()["timeline"].clone();
    let seen = timeline
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["id"] == visit["id"])
        .unwrap();
    assert_eq!(
        (&seen["data"]["note"], &seen["data"]["erased"]),
        (&json!(null), &json!(true))
    );

    let after = app.get("/v1/kpis?fy=R7").await.json();
    assert_eq!(before["indicators"], after["indicators"]);
    let refused = json!({"method": "visit", "note": "もう一度"});
    let refused = app.post(&event("visit.done", &case, refused)).await;
    assert_eq!(refused.json()["rule"], "erased");
    app.recorded(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert_eq!(
        app.get("/v1/cases?q=架空商店").await.json()["cases"],
        json!([])
    );
    app.close();
    for text in PERSONAL {
        assert!(!holds(dir.path(), text), "{text}");
    }
    let app = TestApp::open(dir.path());
    let proof = app
        .get_as(
            Role::Committee,
            &format!("/v1/events/{}/proof", visit["position"]),
        )
        .await;
    assert_eq!(proof.status, 200);
}
