//! Nothing personal reaches the committee, a citizen, the metrics, or the server's log; and who
//! opens what leaves a trace.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::access::routes::ROUTES;
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, directory, event};

/// One for every kind of personal field; none occurs anywhere else.
const SECRETS: [&str; 12] = [
    "秘密の屋号一",
    "ヒミツノカナ二",
    "秘密の商店三",
    "秘密の代表四",
    "083-900-5555",
    "秘密の住所六",
    "秘密の引継ぎ七",
    "秘密の覚書八",
    "秘密の本音九",
    "秘密の予定十",
    "秘密の強み十一",
    "秘密の反応十二",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn holds_none(place: &str, bytes: &[u8]) {
    for secret in SECRETS {
        let units = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        let escaped = units.collect::<Vec<_>>().concat();
        for form in [secret.as_bytes(), escaped.as_bytes()] {
            let found = bytes.windows(form.len()).any(|part| part == form);
            assert!(!found, "{place} shows {secret}");
        }
    }
}

/// A business and a case with something in every personal field that advisors write.
async fn seeded(app: &TestApp) -> (Uuid, Uuid) {
    let (business, case) = (Uuid::now_v7(), Uuid::now_v7());
    let [name, kana, trade, representative, phone, address, ..] = SECRETS;
    let [.., briefing, note, words, action, strength, reaction] = SECRETS;
    let subject = format!("business/{business}");
    let profile = json!({"kind": "corporation", "name": name, "name_kana": kana,
        "trade_name": trade, "representative": representative, "phone": phone,
        "address": address});
    app.recorded(&event("business.registered", &subject, profile))
        .await;
    let subject = format!("case/{case}");
    let (advisor, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (analysis, plan) = (Uuid::now_v7(), Uuid::now_v7());
    let steps = [
        (
            "case.opened",
            json!({"business_id": business, "advisor_id": advisor}),
        ),
        (
            "case.handed_over",
            json!({"to": other, "briefing": briefing}),
        ),
        (
            "visit.done",
            json!({"method": "visit", "note": note, "owner_words": words,
            "next_action": action}),
        ),
        (
            "analysis.completed",
            json!({"analysis_id": analysis, "swot": {"strengths": [strength]}}),
        ),
        (
            "analysis.feedback_given",
            json!({"analysis_id": analysis, "reaction": reaction}),
        ),
        ("plan.completed", json!({"plan_id": plan, "kind": "dx"})),
        (
            "followup.done",
            json!({"plan_id": plan, "method": "visit", "progress": "on_track",
            "note": note}),
        ),
    ];
    for (name, data) in steps {
        app.recorded(&event(name, &subject, data)).await;
    }
    (business, case)
}

/// Every route with what is there, and the parameters that may lead to it.
fn paths(business: Uuid, case: Uuid) -> Vec<(&'static str, String)> {
    let mut paths = Vec::new();
    let subject = format!("?subject=case/{case}&case={case}");
    let firm = format!("?subject=business/{business}&business={business}&q=083-900");
    // Setting passwords and revoking are refused at the door; here it is about what is shown.
    for route in ROUTES {
        let ids = match route.path {
            path if path.contains("cases") => vec![case],
            path if path.contains("{id}") => vec![business, case],
            _ => vec![business],
        };
        for (id, position) in ids
            .into_iter()
            .flat_map(|id| (0..10).map(move |at| (id, at)))
        {
            let path = route
                .path
                .replace("{id}", &id.to_string())
                .replace("{position}", &position.to_string())
                .replace("{indicator}", ["A2", "P1", "F1", "F2"][position % 4])
                .replace("{fy}", "R7")
                .replace(
                    "{type}",
                    ["visit.done", "business.profile_changed"][position % 2],
                )
                .replace("{item}", "A2")
                .replace("{size}", "1")
                .replace("{level}", "0")
                .replace("{*index}", &format!("000.p/{}", position + 1));
            for query in [
                "",
                "?fy=R7",
                "?limit=1000",
                "?for=committee",
                "?q=%E7%A7%98%E5%AF%86",
                &subject,
                &firm,
            ] {
                paths.push((route.method, format!("{path}{query}")));
            }
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

#[tokio::test]
async fn no_personal_field_reaches_committee_citizen_metrics_or_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // Another test of this program may have set one before; then the log is not looked at here.
    let logs = tracing::subscriber::set_global_default(subscriber).is_ok();
    assert!(logs, "only this test sets a log");

    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = seeded(&app).await;
    let seen = app.get(&format!("/v1/businesses/{business}")).await;
    assert!(
        String::from_utf8_lossy(&seen.bytes).contains(SECRETS[0]),
        "the seed is there"
    );
    let seen = app.get(&format!("/v1/cases/{case}")).await;
    assert!(
        String::from_utf8_lossy(&seen.bytes).contains(SECRETS[7]),
        "the seed is there"
    );

    for (method, path) in paths(business, case) {
        let streams = ["application/json", "text/html", "application/x-ndjson"];
        for accept in streams {
            for role in [Some(Role::Committee), None] {
                let mut request = Request::builder().method(method).uri(&path);
                request = request.header("accept", accept);
                if let Some(role) = role {
                    let token = app.token(role);
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                request = request.header("content-type", "application/x-www-form-urlencoded");
                let form = Body::from("reason=x&target=x&note=x&to=x&comment=x&grade=x");
                let answer = app.send(request.body(form).unwrap()).await;
                let place = format!("{method} {path} as {role:?}");
                assert!(answer.status.as_u16() < 500, "{place}: {}", answer.status);
                holds_none(&place, &answer.bytes);
                let headers = format!("{:?}", answer.headers);
                holds_none(&place, headers.as_bytes());
            }
        }
    }
    // Refusals repeat what is wrong, not what was written.
    let faulty = [
        json!({"name": SECRETS[0], "kind": 7}),
        json!({"kind": "corporation", "name": [SECRETS[0]], "phone": {"x": SECRETS[4]}}),
    ];
    for data in faulty {
        let event = event(
            "business.registered",
            &format!("business/{}", Uuid::now_v7()),
            data,
        );
        let body = event.to_string();
        for role in [Role::Committee, Role::Advisor] {
            let answer = app.post_raw(role, "application/json", body.clone()).await;
            assert!(
                matches!(answer.status.as_u16(), 400 | 403),
                "{}",
                answer.status
            );
        }
    }
    holds_none("/metrics", &app.get("/metrics").await.bytes);
    tracing::warn!("the log is written");
    let written = log.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&written).contains("the log is written"));
    holds_none("the log", &written);
}

#[tokio::test]
async fn opening_a_business_or_case_leaves_a_trace_for_the_manager_alone() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = seeded(&app).await;
    app.get_as(Role::Advisor, &format!("/v1/businesses/{business}"))
        .await;
    app.get_as(Role::Advisor, &format!("/v1/cases/{case}"))
        .await;
    app.get_as(Role::Advisor, "/v1/cases?q=%E7%A7%98%E5%AF%86")
        .await;
    app.get_as(Role::Committee, &format!("/v1/cases/{case}"))
        .await;
    app.get_as(Role::Advisor, &format!("/v1/cases/{}", Uuid::now_v7()))
        .await;
    app.get_as(Role::Advisor, "/v1/kpis").await;
    let answer = app.get("/v1/access-log").await;
    holds_none("the access log", &answer.bytes);
    let log = answer.json();
    let opened: Vec<_> = log["accesses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|access| {
            (
                access["role"].as_str().unwrap(),
                access["opened"].as_str().unwrap(),
            )
        })
        .collect();
    let (case, business) = (format!("case/{case}"), format!("business/{business}"));
    let wanted = [
        ("advisor", "list"),
        ("advisor", &*case),
        ("advisor", &*business),
    ];
    assert_eq!(
        opened, wanted,
        "what was refused or is not there leaves none"
    );
    let uuid = business.strip_prefix("business/").unwrap();
    let one = app
        .get(&format!("/v1/access-log?business={uuid}"))
        .await
        .json();
    assert_eq!(one["accesses"].as_array().unwrap().len(), 1);
    assert_eq!(
        app.get_as(Role::Advisor, "/v1/access-log").await.status,
        403
    );
    assert_eq!(app.get("/access-log").await.status, 200);
}
