//! The OpenAPI description against the running server: `schemathesis` invents requests out of it,
//! as each role, and every answer must be one that the description names. No 5xx, whatever is sent.
//! That a faulty request is refused is not asked: an empty parameter counts as absent on purpose.
//!
//! `BANSO_TEST_OPENAPI_EXAMPLES` makes it longer than the few examples of an ordinary run.

use banso_server::access::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support::{TestApp, directory, event};

/// Requests that are invented for each operation and role, unless the environment says otherwise.
const EXAMPLES: &str = "8";
/// What is asked of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance";
/// Names and numbers that lead somewhere, offered every other time.
const WORDS: [(&str, &[&str]); 8] = [
    ("path.indicator", &["A2", "F1", "F3", "M3b", "Z9"]),
    ("path.fy", &["R7", "2025", "R99", "0"]),
    ("path.position", &["0", "3", "99"]),
    ("path.size", &["0", "1", "3", "99"]),
    ("path.level", &["0", "1", "63"]),
    (
        "body.type",
        &[
            "business.closed",
            "case.closed",
            "case.reopened",
            "staff.left",
            "visit.done",
        ],
    ),
    ("body.occurred_on", &["2025-06-03", "2099-01-01"]),
    ("path.index", &["000", "000.p/1", "x001/234", "000.p/3"]),
];

/// A ledger with something to find: a business, a case with a plan, a member of the staff.
///
/// The words to try are put beside it, where schemathesis looks for them.
async fn with_a_history() -> (tempfile::TempDir, TestApp) {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (business, case) = app.case().await;
    let plan = json!({"plan_id": Uuid::now_v7(), "kind": "dx"});
    for (name, data) in [
        ("visit.done", json!({"method": "visit", "note": "メモ"})),
        ("plan.completed", plan),
    ] {
        app.recorded(&event(name, &case, data)).await;
    }
    let staff = json!({"login": "hanako", "name": "架空 花子", "role": "advisor"});
    let made = app.send_json(Role::Manager, "/v1/accounts", &staff).await;
    assert_eq!(made.status, 201);
    let staff = made.json()["staff"].as_str().unwrap().to_owned();
    let ids = [business.to_string(), case.replace("case/", ""), staff];
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let subjects = [
        format!("business/{business}"),
        case,
        format!("staff/{}", ids[2]),
    ];
    let subjects: Vec<_> = subjects.iter().map(String::as_str).collect();
    let mut words = WORDS.to_vec();
    words.push(("path.id", &ids));
    words.push(("body.subject", &subjects));
    std::fs::write(dir.path().join("schemathesis.toml"), configuration(&words)).unwrap();
    (dir, app)
}

/// Numbers stand without quotation marks, or they would not fit where a number is wanted.
fn configuration(words: &[(&str, &[&str])]) -> String {
    let value = |word: &&str| match word.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("{word:?}"),
    };
    let lists = words.iter().enumerate().map(|(at, (_, values))| {
        let values: Vec<_> = values.iter().map(value).collect();
        format!(
            "[dictionaries.words{at}]\nvalues = [{}]\n",
            values.join(", ")
        )
    });
    let uses = words.iter().enumerate().map(|(at, (name, _))| {
        format!("\"{name}\" = {{ dictionary = \"words{at}\", probability = 0.5 }}\n")
    });
    let lists: String = lists.collect();
    format!("{lists}[parameters]\n{}", uses.collect::<String>())
}

async fn every_answer_is_described(role: Option<Role>) {
    let Ok(program) = std::env::var("BANSO_TEST_SCHEMATHESIS") else {
        eprintln!("left out: no schemathesis; `cargo xtask test` installs it");
        return;
    };
    let (dir, app) = with_a_history().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/openapi.json", listener.local_addr().unwrap());
    let router = banso_server::router(app.opened.app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let examples = std::env::var("BANSO_TEST_OPENAPI_EXAMPLES");
    let examples = examples.unwrap_or_else(|_| EXAMPLES.to_owned());
    let mut run = tokio::process::Command::new(program);
    run.current_dir(dir.path())
        .args(["run", &url, "--no-color", "--seed", "1"])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            &examples,
        ])
        .args(["--checks", CHECKS, "--generation-database", "none"])
        .args(["--request-timeout", "30", "--suppress-health-check", "all"]);
    if let Some(role) = role {
        let header = format!("Authorization: Bearer {}", app.token(role));
        run.args(["--header", &header]);
    }
    let ended = run.output().await.unwrap();
    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let tried = told
        .lines()
        .find_map(|line| line.trim().split_once(" generated, "));
    let tried = tried.and_then(|(count, _)| count.parse::<u32>().ok());
    assert!(
        tried.is_some_and(|tried| tried > 300),
        "it tried too little: {told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_an_advisor_is_described() {
    every_answer_is_described(Some(Role::Advisor)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_a_manager_is_described() {
    every_answer_is_described(Some(Role::Manager)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_the_committee_is_described() {
    every_answer_is_described(Some(Role::Committee)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_somebody_without_an_account_is_described() {
    every_answer_is_described(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_a_clerk_is_described() {
    every_answer_is_described(Some(Role::Clerk)).await;
}

#[tokio::test]
async fn the_description_names_every_route_of_the_api() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let description = app.get("/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.keys().filter(|path| path.starts_with("/v1/")).count() > 25);
    let version = description["openapi"].as_str();
    assert!(
        version.is_some_and(|version| version.starts_with("3.1")),
        "{version:?}"
    );
    assert!(paths.values().all(Value::is_object));
}
