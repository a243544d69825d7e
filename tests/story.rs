//! A case story is told only to whom the business agreed, and names nobody.

use banso_server::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, TestApp, directory, event};

async fn told(app: &TestApp, role: Role, business: Uuid, audience: &str) -> Answer {
    let path = format!("/v1/businesses/{business}/story?for={audience}");
    app.get_as(role, &path).await
}

async fn consent(app: &TestApp, business: Uuid, data: Value) -> Value {
    let subject = format!("business/{business}");
    app.recorded(&event("business.consent_recorded", &subject, data))
        .await
}

#[tokio::test]
async fn without_consent_nothing_is_told_and_with_it_only_steps() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let plan = Uuid::now_v7();
    let made = json!({"plan_id": plan, "kind": "dx", "baseline_sales": 12_345_678});
    app.recorded(&event("plan.completed", &case, made)).await;
    let visit = json!({"method": "visit", "note": "秘密の覚書"});
    app.recorded(&event("visit.done", &case, visit)).await;
    let sales = json!({"period_from": "2025-01-01", "period_to": "2025-03-31",
        "sales": 7_654_321, "comparison_sales": 1, "basis": "hearing"});
    app.recorded(&event("sales.reported", &case, sales)).await;
    for audience in ["committee", "publication", "partners"] {
        let answer = told(&app, Role::Manager, business, audience).await;
        assert_eq!(answer.status, 403, "{audience}");
    }
    consent(&app, business, json!({"scope": "internal"})).await;
    assert_eq!(
        told(&app, Role::Manager, business, "committee")
            .await
            .status,
        403
    );
    consent(&app, business, json!({"scope": "committee"})).await;
    assert_eq!(
        told(&app, Role::Manager, business, "publication")
            .await
            .status,
        403
    );
    let answer = told(&app, Role::Committee, business, "committee").await;
    let story = answer.json();
    assert_eq!(answer.status, 200, "{story}");
    let steps = story["steps"].as_array().unwrap();
    let kinds: Vec<_> = steps
        .iter()
        .map(|step| step["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["case.opened", "plan.completed"], "{story}");
    assert_eq!(steps[1]["data"], json!({"kind": "dx"}));
    let text = String::from_utf8(answer.bytes).unwrap();
    for hidden in [
        "架空商店",
        "秘密",
        "12345678",
        "7654321",
        "advisor",
        &plan.to_string(),
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn partners_see_figures_and_the_committee_is_not_a_partner() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let sales = json!({"period_from": "2025-01-01", "period_to": "2025-03-31",
        "sales": 7_654_321, "comparison_sales": 1, "basis": "hearing"});
    app.recorded(&event("sales.reported", &case, sales)).await;
    consent(&app, business, json!({"scope": "partners"})).await;
    let story = told(&app, Role::Advisor, business, "partners").await;
    assert!(String::from_utf8_lossy(&story.bytes).contains("7654321"));
    assert_eq!(
        told(&app, Role::Committee, business, "partners")
            .await
            .status,
        403
    );
    assert_eq!(
        told(&app, Role::Advisor, business, "everybody")
            .await
            .status,
        400
    );
    let nobody = told(&app, Role::Advisor, Uuid::now_v7(), "partners").await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn a_consent_that_is_over_or_taken_back_tells_nothing_more() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, _) = app.case().await;
    let given = json!({"scope": "publication", "until": "2026-06-01"});
    let entry = consent(&app, business, given).await;
    assert_eq!(
        told(&app, Role::Manager, business, "publication")
            .await
            .status,
        200
    );
    app.clock.set("2026-06-02T03:00:00Z".parse().unwrap());
    assert_eq!(
        told(&app, Role::Manager, business, "publication")
            .await
            .status,
        403
    );
    app.clock.set("2026-06-02T03:00:01Z".parse().unwrap());
    let back = consent(&app, business, json!({"scope": "publication"})).await;
    assert_eq!(
        told(&app, Role::Manager, business, "publication")
            .await
            .status,
        200
    );
    for taken in [back, entry] {
        let void = json!({"target": taken["id"], "reason": "撤回"});
        app.recorded(&event(
            "record.voided",
            &format!("business/{business}"),
            void,
        ))
        .await;
    }
    assert_eq!(
        told(&app, Role::Manager, business, "publication")
            .await
            .status,
        403
    );
}

/// Merges a business into another; gives the entry.
async fn merged(app: &TestApp, business: Uuid, into: Uuid) -> Value {
    let data = json!({"into": into, "evidence": "同じ事業者"});
    let subject = format!("business/{business}");
    app.recorded(&event("business.merged", &subject, data))
        .await
}

fn kinds(story: &Value) -> Vec<&str> {
    let steps = story["steps"].as_array().unwrap().iter();
    steps.map(|step| step["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn of_merged_businesses_the_word_of_the_surviving_one_holds() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (double, case) = app.case().await;
    let (survivor, _) = app.case().await;
    let plan = json!({"plan_id": Uuid::now_v7(), "kind": "dx"});
    app.recorded(&event("plan.completed", &case, plan)).await;
    consent(&app, double, json!({"scope": "publication"})).await;
    let audience = "publication";
    assert_eq!(
        told(&app, Role::Manager, double, audience).await.status,
        200
    );
    let merge = merged(&app, double, survivor).await;
    for business in [double, survivor] {
        let answer = told(&app, Role::Manager, business, audience).await;
        assert_eq!(answer.status, 403, "the surviving one has said nothing");
    }
    let word = consent(&app, survivor, json!({"scope": "publication"})).await;
    for business in [double, survivor] {
        let story = told(&app, Role::Manager, business, audience).await.json();
        assert_eq!(story["business_id"], survivor.to_string());
        assert_eq!(
            kinds(&story),
            ["case.opened", "plan.completed", "case.opened"]
        );
    }
    // Taken back by the surviving one, it is taken back for all.
    let void = json!({"target": word["id"], "reason": "撤回"});
    let subject = format!("business/{survivor}");
    app.recorded(&event("record.voided", &subject, void)).await;
    assert_eq!(
        told(&app, Role::Manager, double, audience).await.status,
        403
    );
    // No merge any more: each speaks for itself again.
    let void = json!({"target": merge["id"], "reason": "別の事業者でした"});
    let subject = format!("business/{double}");
    app.recorded(&event("record.voided", &subject, void)).await;
    assert_eq!(
        told(&app, Role::Manager, double, audience).await.status,
        200
    );
    assert_eq!(
        told(&app, Role::Manager, survivor, audience).await.status,
        403
    );
}

#[tokio::test]
async fn the_cases_of_an_erased_business_are_told_to_nobody_after_a_merge_either() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (double, _) = app.case().await;
    let (survivor, _) = app.case().await;
    merged(&app, double, survivor).await;
    consent(&app, survivor, json!({"scope": "publication"})).await;
    let erased = event(
        "business.erased",
        &format!("business/{double}"),
        json!({"reason": "本人の請求"}),
    );
    app.recorded(&erased).await;
    let answer = told(&app, Role::Manager, double, "publication").await;
    assert_eq!(answer.status, 403);
    let story = told(&app, Role::Manager, survivor, "publication")
        .await
        .json();
    assert_eq!(kinds(&story), ["case.opened"], "its own case only");
}
