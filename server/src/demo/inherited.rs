//! Plans made before the ledger began and still under way, taken over from the card index.
//!
//! They stand in the ledger with their own dates in R5, recorded on the second day with source
//! `import`, so that R6 has somebody to follow up from its first month on.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::json;

use super::days::{self, day};
use super::staff::{self, MANAGER};
use super::world::{Case, Kind, Plan, World, what};

/// Takes over so many cases with a plan each.
pub(super) fn take_over(world: &mut World, count: usize) {
    let mut candidates: Vec<usize> = (0..world.businesses.len())
        .filter(|&at| {
            let business = &world.businesses[at];
            !business.founder && matches!(business.kind, Kind::Corporation | Kind::Sole)
        })
        .collect();
    world.dice.shuffle(&mut candidates);
    let mut at = days::office(day(2024, 4, 2), 700);
    for business in candidates.into_iter().take(count) {
        let on = world.dice.day(day(2023, 6, 1), day(2024, 2, 29));
        at += Duration::milliseconds(world.dice.between(2_000, 9_000));
        case(world, business, on, at);
        at = world.businesses[business].clock;
    }
}

fn case(world: &mut World, business: usize, on: NaiveDate, at: DateTime<Utc>) {
    let area = world.businesses[business].area;
    let advisor = staff::advisor(area, day(2024, 4, 2));
    let subject = format!("case/{}", world.dice.uuid(at));
    let opened = days::working_until(days::plus(on, -world.dice.between(20, 90)));
    let data = json!({
        "business_id": world.businesses[business].id,
        "advisor_id": world.members[advisor].id,
        "goal": "self_reliance",
        "themes": ["事業計画の実行"],
        "lead_source": *world.dice.pick(&["visit", "subsidy", "loan", "seminar"]),
    });
    let opening = what("case.opened", &subject, opened, data);
    world.record(at, MANAGER, "import", opening);

    let id = format!("P-{}", world.number(on));
    let sales = world.businesses[business].yearly_sales;
    let kind = *world.dice.pick(&[
        "sustainability",
        "sustainability",
        "innovation",
        "dx",
        "other",
    ]);
    let data = json!({"plan_id": id, "kind": kind, "baseline_sales": sales,
        "target_sales": sales / 100_000 * world.dice.between(103, 118) * 1_000});
    let typed = at + Duration::milliseconds(world.dice.between(300, 1_500));
    let plan = what("plan.completed", &subject, on, data);
    world.record(typed, MANAGER, "import", plan);

    let position = world.cases.len();
    world.cases.push(Case {
        subject,
        area,
        business,
        opened_at: at,
        closed_at: None,
    });
    let business = &mut world.businesses[business];
    business.case = Some(position);
    business.plans.push(Plan { id, on });
    business.clock = typed;
}
