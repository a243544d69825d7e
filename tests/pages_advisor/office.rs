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
        let advisor = app.account(Role::Advisor).staff;
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
        browser.log_in(server, self.app.token(Role::Advisor)).await;
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
