//! A plan file: read, written as JSON, read again, adopted, and asked for its table.

#![no_main]

use banso_projections::Kpi;
use banso_projections::plan::Plan;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let plan = match Plan::from_toml(text) {
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a fault");
            return;
        }
        Ok(plan) => plan,
    };
    let written = plan.to_json();
    let again = Plan::from_json(&written).expect("a plan that was read can be read again");
    assert_eq!(again.to_json(), written);
    let entry = json!({"data": {"plan": written}, "id": "0195f405-edf6-72b1-9708-63cfba289d7d",
        "occurred_on": "2025-04-01", "position": 0, "recorded_at": "2025-04-01T00:00:00.000Z",
        "recorded_by": "system", "subject": "programme/plan", "type": "programme.plan_adopted",
        "version": 1});
    let mut kpi = Kpi::new();
    kpi.apply(entry.to_string().as_bytes()).expect("a plan that was read can be adopted");
    for year in kpi.years().into_iter().take(20) {
        let _ = kpi.table(year);
    }
});
