//! Accounts follow what the ledger says of the staff, also where it takes something back.

use banso_server::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestApp, directory, event};

const PASSWORD: &str = "hoshi-to-tsuki-9";

/// Makes an account by way of the API; gives the member of the staff.
async fn hired(app: &TestApp, login: &str, role: &str) -> Uuid {
    let wanted = json!({"login": login, "name": "架空 花子", "role": role});
    let made = app.send_json(Role::Manager, "/v1/accounts", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["staff"].as_str().unwrap().parse().unwrap()
}

async fn recorded(app: &TestApp, staff: Uuid, name: &str, data: Value) -> Value {
    let event = event(name, &format!("staff/{staff}"), data);
    app.recorded(&event).await["id"].clone()
}

fn role(app: &TestApp, staff: Uuid) -> Option<Role> {
    app.opened
        .app
        .people
        .by_staff(staff)
        .map(|person| person.role)
}

async fn first_event(app: &TestApp, staff: Uuid) -> Value {
    let listed = app.get(&format!("/v1/events?subject=staff/{staff}")).await;
    listed.json()["events"][0]["id"].clone()
}

#[tokio::test]
async fn a_voided_leaving_brings_the_account_back_with_its_password_and_without_its_sessions() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "advisor").await;
    let people = &app.opened.app.people;
    people.set_password(staff, Some(PASSWORD)).unwrap();
    let now = banso_server::clock::Clock::now(&*app.clock);
    let holder = banso_server::accounts::Holder::Person(staff);
    let session = app
        .opened
        .app
        .sessions
        .begin(holder, staff, "x", now)
        .unwrap();
    let left = recorded(&app, staff, "staff.left", json!({})).await;
    assert!(people.verified("hanako", PASSWORD).is_none());
    let void = json!({"target": left, "reason": "別人でした"});
    recorded(&app, staff, "record.voided", void).await;
    assert!(people.verified("hanako", PASSWORD).is_some());
    assert!(
        app.opened.app.sessions.find(&session, now).is_none(),
        "sessions stay ended"
    );
    app.close();
    let app = TestApp::open(dir.path());
    assert_eq!(
        role(&app, staff),
        Some(Role::Advisor),
        "also after a restart"
    );
}

#[tokio::test]
async fn a_login_name_that_somebody_else_has_meanwhile_is_not_taken_back() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "advisor").await;
    let left = recorded(&app, staff, "staff.left", json!({})).await;
    let other = hired(&app, "hanako", "clerk").await;
    recorded(
        &app,
        staff,
        "record.voided",
        json!({"target": left, "reason": "誤り"}),
    )
    .await;
    assert_eq!(role(&app, staff), None);
    assert_eq!(role(&app, other), Some(Role::Clerk));
}

#[tokio::test]
async fn a_role_follows_corrections_and_voids() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "advisor").await;
    let change = recorded(
        &app,
        staff,
        "staff.role_changed",
        json!({"role": "manager"}),
    )
    .await;
    assert_eq!(role(&app, staff), Some(Role::Manager));
    let corrected = json!({"target": change, "data": {"role": "committee"}, "reason": "誤り"});
    recorded(&app, staff, "record.corrected", corrected).await;
    assert_eq!(role(&app, staff), Some(Role::Committee));
    recorded(
        &app,
        staff,
        "record.voided",
        json!({"target": change, "reason": "誤り"}),
    )
    .await;
    assert_eq!(role(&app, staff), Some(Role::Advisor));
    let first = first_event(&app, staff).await;
    let corrected = json!({"target": first, "reason": "誤り",
        "data": {"name": "架空 花子", "role": "clerk"}});
    recorded(&app, staff, "record.corrected", corrected).await;
    assert_eq!(role(&app, staff), Some(Role::Clerk));
}

#[tokio::test]
async fn a_voided_registration_takes_the_account_with_it() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "manager").await;
    let first = first_event(&app, staff).await;
    recorded(
        &app,
        staff,
        "record.voided",
        json!({"target": first, "reason": "誤り"}),
    )
    .await;
    assert_eq!(role(&app, staff), None);
}

#[tokio::test]
async fn who_left_and_comes_again_works_again_in_the_ledger_too() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "advisor").await;
    recorded(&app, staff, "staff.left", json!({})).await;
    let wanted = json!({"login": "hanako", "name": "架空 花子", "role": "advisor", "staff": staff});
    let made = app.send_json(Role::Manager, "/v1/accounts", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let listed = app
        .get(&format!("/v1/events?subject=staff/{staff}"))
        .await
        .json();
    let last = listed["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "staff.role_changed");
    recorded(&app, staff, "staff.role_changed", json!({"role": "clerk"})).await;
    assert_eq!(
        role(&app, staff),
        Some(Role::Clerk),
        "the leaving before is over"
    );
}

#[tokio::test]
async fn a_leaving_that_a_crash_kept_from_the_accounts_is_made_good_at_the_next_start() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let staff = hired(&app, "hanako", "advisor").await;
    let accounts = dir.path().join("data/accounts.ndjson");
    let before = std::fs::read(&accounts).unwrap();
    recorded(&app, staff, "staff.left", json!({})).await;
    app.close();
    std::fs::write(&accounts, before).unwrap();
    let app = TestApp::open(dir.path());
    assert_eq!(role(&app, staff), None);
}
