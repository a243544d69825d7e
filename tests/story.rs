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
