//! Tokens over the life of a server: made, used, expired, revoked, read again.

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::access::Role;

fn manager() -> Account {
    Account {
        staff: Uuid::nil(),
        role: Role::Manager,
        name: "事務局".to_owned(),
    }
}

#[test]
fn a_token_made_by_another_process_is_found_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = Accounts::open(dir.path()).unwrap();
    let tool = Accounts::open(dir.path()).unwrap();
    let token = tool.create(&manager()).unwrap();
    let now = Utc::now();
    assert_eq!(server.find(&token, now).unwrap().account, manager());
    assert!(server.find("banso_wrong", now).is_none());
    let stored = std::fs::read_to_string(dir.path().join("tokens.ndjson")).unwrap();
    assert!(!stored.contains(&token));
}

#[test]
fn a_revoked_and_an_expired_token_are_refused_also_by_a_server_that_knows_them() {
    let dir = tempfile::tempdir().unwrap();
    let server = Accounts::open(dir.path()).unwrap();
    let tool = Accounts::open(dir.path()).unwrap();
    let now = Utc::now();
    let end = Some(now + TimeDelta::hours(1));
    let grant = Grant {
        scope: Scope::Read,
        expires_at: end,
    };
    let token = tool.grant(&manager(), grant, now).unwrap();
    let found = server.find(&token, now).unwrap();
    assert_eq!(found.scope, Scope::Read);
    assert!(server.find(&token, now + TimeDelta::hours(1)).is_none());
    assert!(tool.revoke(&found.id, now).unwrap());
    assert!(!tool.revoke(&found.id, now).unwrap());
    assert!(server.find(&token, now + TimeDelta::seconds(2)).is_none());
    let again = Accounts::open(dir.path()).unwrap();
    assert!(again.find(&token, now).is_none());
    assert_eq!(
        again.list()[0].last_used_at.unwrap().timestamp(),
        now.timestamp()
    );
}

#[test]
fn a_token_file_of_the_first_version_is_still_read() {
    let dir = tempfile::tempdir().unwrap();
    let sha256 = hex::encode(Sha256::digest(b"banso_old"));
    let line = format!(
        "{{\"sha256\":\"{sha256}\",\"staff\":\"{}\",\"role\":\"advisor\",\"name\":\"x\"}}\n",
        Uuid::nil()
    );
    std::fs::write(dir.path().join("tokens.ndjson"), line).unwrap();
    let found = Accounts::open(dir.path())
        .unwrap()
        .find("banso_old", Utc::now())
        .unwrap();
    assert_eq!(
        (found.account.role, found.scope),
        (Role::Advisor, Scope::Full)
    );
}
