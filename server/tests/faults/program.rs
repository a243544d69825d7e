//! Starts the program, talks to it over HTTP, and stops it again.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_banso");

/// Runs a command of the program to its end.
pub(crate) fn banso(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(data);
    command.output().unwrap()
}

/// Runs a command that must succeed; gives its standard output.
#[track_caller]
pub(crate) fn fine(arguments: &[&str], data: &Path) -> String {
    let done = banso(arguments, data);
    let said = String::from_utf8(done.stdout).unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {said}{errors}");
    said
}

/// Makes a ledger with a manager's token; gives the token.
pub(crate) fn new_ledger(data: &Path) -> String {
    let arguments = ["token", "create", "--role", "manager", "--name", "test"];
    fine(&arguments, data).trim().to_owned()
}

/// A running server.
pub(crate) struct Server {
    process: Child,
    _printed: BufReader<ChildStdout>,
    pub(crate) address: String,
    client: Client,
    token: String,
}

impl Server {
    /// Starts it on a port of its own, with at most so many file handles.
    pub(crate) fn start(data: &Path, token: &str, handles: u32) -> Self {
        let mut process = Command::new("sh")
            .args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh"])
            .args([&handles.to_string(), PROGRAM, "serve"])
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        printed.read_line(&mut line).unwrap();
        let address = line.trim().trim_end_matches('/').replace("http://", "");
        assert!(address.contains(':'), "the server says {line:?}");
        Self {
            process,
            _printed: printed,
            address,
            client: client(),
            token: token.to_owned(),
        }
    }

    /// Asks for a path.
    pub(crate) async fn get(&self, path: &str) -> Response {
        let url = format!("http://{}{path}", self.address);
        let request = self.client.get(url).bearer_auth(&self.token);
        request.send().await.unwrap()
    }

    /// Posts one event.
    pub(crate) async fn post(&self, event: &Value) -> Response {
        self.send("application/json", event.to_string()).await
    }

    /// Posts events, one a line; gives their answers.
    pub(crate) async fn post_lines(&self, events: &[Value]) -> Vec<Value> {
        let lines: Vec<_> = events.iter().map(Value::to_string).collect();
        let lines = lines.join("\n") + "\n";
        let answer = self.send("application/x-ndjson", lines).await;
        let text = answer.text().await.unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn send(&self, kind: &str, body: String) -> Response {
        let url = format!("http://{}/v1/events", self.address);
        let request = self.client.post(url).bearer_auth(&self.token);
        let request = request.header("content-type", kind).body(body);
        request.send().await.unwrap()
    }

    /// Posts an event that must be taken, now or before; gives the status.
    pub(crate) async fn taken(&self, event: &Value) -> StatusCode {
        let answer = self.post(event).await;
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {said}");
        status
    }

    /// Registers a business and opens a case; gives the case.
    pub(crate) async fn case(&self) -> String {
        let business = Uuid::now_v7();
        let data = json!({"kind": "corporation", "name": "架空商店"});
        let subject = format!("business/{business}");
        self.taken(&event("business.registered", &subject, data))
            .await;
        let case = format!("case/{}", Uuid::now_v7());
        let data = json!({"business_id": business, "advisor_id": Uuid::now_v7()});
        self.taken(&event("case.opened", &case, data)).await;
        case
    }

    /// Every id of the ledger, in order.
    pub(crate) async fn ids(&self) -> Vec<String> {
        let (mut ids, mut next) = (Vec::new(), String::new());
        loop {
            let answer = self.get(&format!("/v1/events?limit=1000{next}")).await;
            assert_eq!(answer.status(), 200);
            let page: Value = answer.json().await.unwrap();
            let events = page["events"].as_array().unwrap();
            ids.extend(
                events
                    .iter()
                    .map(|event| event["id"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_u64() {
                Some(position) => next = format!("&after={position}"),
                None => return ids,
            }
        }
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An event of 3 June 2025 with a new id.
pub(crate) fn event(kind: &str, subject: &str, data: Value) -> Value {
    json!({"id": Uuid::now_v7(), "type": kind, "subject": subject, "occurred_on": "2025-06-03",
        "data": data})
}

/// A visit with a personal note of so many letters.
pub(crate) fn visit(case: &str, letters: usize) -> Value {
    let note = "x".repeat(letters);
    event("visit.done", case, json!({"method": "visit", "note": note}))
}

/// Fails where an event that was taken is not among the ids.
#[track_caller]
pub(crate) fn assert_all_there(ids: &[String], taken: &[Value]) {
    let ids: HashSet<_> = ids.iter().map(String::as_str).collect();
    for event in taken {
        let id = event["id"].as_str().unwrap();
        assert!(ids.contains(id), "the acknowledged event {id} is gone");
    }
}

/// Fails unless an answer is the 503 that the contract promises, in words that say why.
pub(crate) async fn assert_stopped(answer: Response, why: &str) {
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert!(answer.headers().contains_key("retry-after"));
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["title"], "ただいま記録を受け付けられません");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(why), "{detail}");
}

/// An HTTP client. Nothing is encrypted here, but building one wants to know how it would be.
fn client() -> Client {
    let _installed_before =
        tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    Client::new()
}
