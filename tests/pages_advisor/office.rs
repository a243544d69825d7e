//! The ledger behind the browser tests: one advisor, one business, one case with a plan.

use banso_server::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{Browser, Server};
use crate::support::{TestApp, event, event_on};

/// A ledger with one advisor, one business and one case with a plan.
pub(super) struct Office {
    pub(super) app: TestApp,
    pub(super) advisor: Uuid,
    pub(super) business: Uuid,
    pub(super) case: String,
}

impl Office {
    pub(super) async fn new(dir: &std::path::Path) -> Self {
        let app = TestApp::open(dir);
        let advisor = app
            .opened
            .app
            .accounts
            .find(app.token(Role::Advisor), app.opened.app.clock.now())
            .unwrap()
            .account
            .staff;
        let staff = format!("staff/{advisor}");
        app.recorded(&event(
            "staff.registered",
            &staff,
            json!({"name": "架空 花子", "role": "advisor"}),
        ))
        .await;
        let other = format!("staff/{}", Uuid::now_v7());
        app.recorded(&event(
            "staff.registered",
            &other,
            json!({"name": "架空 次郎", "role": "advisor"}),
        ))
        .await;
        let business = Uuid::now_v7();
        let profile = json!({"kind": "corporation", "name": "㈱カクウ製菓", "name_kana": "カクウセイカ",
            "trade_name": "菓子の架空堂", "phone": "083-900-0001", "area": "第一地区", "industry": "E09",
            "employees": 4, "closing_month": 3, "member": true});
        app.recorded(&event(
            "business.registered",
            &format!("business/{business}"),
            profile,
        ))
        .await;
        let case = format!("case/{}", Uuid::now_v7());
        let opening =
            json!({"business_id": business, "advisor_id": advisor, "goal": "self_reliance"});
        app.recorded(&event("case.opened", &case, opening)).await;
        let plan = json!({"plan_id": "P-1", "kind": "sustainability", "target_sales": 60_000_000});
        app.recorded(&event_on("2025-12-10", "plan.completed", &case, plan))
            .await;
        Self {
            app,
            advisor,
            business,
            case,
        }
    }

    pub(super) async fn log_in(&self, browser: &Browser, server: &Server) {
        browser.open(&server.page("/login")).await;
        browser.fill("#token", self.app.token(Role::Advisor)).await;
        browser.click("button.primary").await;
        browser.find("form.who").await;
        browser.ready().await;
    }

    pub(super) fn card(&self) -> String {
        format!("/card?case={}", self.case.trim_start_matches("case/"))
    }

    pub(super) async fn actual(&self, indicator: &str, year: &str) -> Value {
        let table = self.app.get(&format!("/v1/kpis?fy={year}")).await.json();
        let rows = table["indicators"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["id"] == indicator).unwrap()["actual"].clone()
    }

    pub(super) async fn visits(&self) -> usize {
        let found = self
            .app
            .get(&format!("/v1/events?subject={}&type=visit.done", self.case))
            .await;
        found.json()["events"].as_array().unwrap().len()
    }
}

/// A few years of one business.
pub(super) async fn rich(office: &Office) {
    let case = &office.case;
    let visit = json!({"method": "window", "topics": ["資金繰り", "価格・原価"], "to_finish": true,
        "note": "原材料の値上がりで粗利が薄い。価格表を持参。", "owner_words": "値上げはこわい。",
        "next_action": "原価表を一緒に作る", "next_due": "2026-05-20"});
    let as_advisor = |event: Value| async move {
        let answer = office
            .app
            .post_raw(Role::Advisor, "application/json", event.to_string())
            .await;
        assert_eq!(answer.status, 201);
    };
    as_advisor(event_on("2026-05-08", "visit.done", case, visit)).await;
    let analysis = json!({"analysis_id": "A-1", "tools": ["ローカルベンチマーク"],
        "swot": {"強み": ["立地"], "弱み": ["後継者"]}});
    as_advisor(event_on("2026-04-10", "analysis.completed", case, analysis)).await;
    for (year, sales, before) in [
        (2023, 46_000_000, 47_500_000),
        (2024, 48_000_000, 46_000_000),
        (2025, 52_000_000, 48_000_000),
    ] {
        let report = json!({"period_from": format!("{year}-04-01"), "period_to": format!("{}-03-31", year + 1),
            "sales": sales, "comparison_sales": before, "basis": "statements"});
        as_advisor(event_on("2026-05-08", "sales.reported", case, report)).await;
    }
    let to = office
        .app
        .opened
        .app
        .accounts
        .find(
            office.app.token(Role::Manager),
            office.app.opened.app.clock.now(),
        )
        .unwrap()
        .account
        .staff;
    let manager = json!({"name": "架空 管理", "role": "manager"});
    office
        .app
        .recorded(&event("staff.registered", &format!("staff/{to}"), manager))
        .await;
    let handed = json!({"to": to, "briefing": "電話は午後がつながりやすい。"});
    as_advisor(event_on("2026-05-10", "case.handed_over", case, handed)).await;
    let back = json!({"to": office.advisor});
    as_advisor(event_on("2026-05-11", "case.handed_over", case, back)).await;
}
