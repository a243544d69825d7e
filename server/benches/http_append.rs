//! Load generator: 64 clients over HTTP, one event a request, each durable before its answer.
//!
//! Starts the release binary on a fresh directory and a free port, posts for a while, and prints
//! events per second and latencies. Run with `cargo bench -p banso-server --bench http_append`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::format_push_string,
    clippy::unwrap_used,
    reason = "a bench prints rounded figures and may fail loudly"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use uuid::Uuid;

const CLIENTS: usize = 64;
const BINARY: &str = env!("CARGO_BIN_EXE_banso");

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let seconds = std::env::var("BANSO_BENCH_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let span = Duration::from_secs(seconds.unwrap_or(8));
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let token = Command::new(BINARY)
        .args([
            "token", "create", "--role", "manager", "--name", "bench", "--data", data,
        ])
        .output()
        .unwrap();
    let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
    let mut child = Command::new(BINARY)
        .args(["serve", "--listen", "127.0.0.1:0", "--data", data])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let _server = Server(child);
    let address = line
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();

    let cases = prepare(&address, &token);
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let clients: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let (address, token, stop) = (address.clone(), token.clone(), Arc::clone(&stop));
            std::thread::spawn(move || client(&address, &token, &case, &stop))
        })
        .collect();
    std::thread::sleep(span);
    stop.store(true, Ordering::Relaxed);
    let mut times: Vec<Duration> = clients
        .into_iter()
        .flat_map(|client| client.join().unwrap())
        .collect();
    let took = started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "http append, {CLIENTS} clients, one event a request: {:.0} events/s, p50 {:.2} ms, p99 {:.2} ms, worst {:.1} ms",
        times.len() as f64 / took,
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn prepare(address: &str, token: &str) -> Vec<String> {
    let mut body = String::new();
    let mut cases = Vec::new();
    for _ in 0..CLIENTS {
        let (business, case) = (Uuid::now_v7(), Uuid::now_v7());
        body += &format!(
            "{{\"id\":\"{}\",\"type\":\"business.registered\",\"subject\":\"business/{business}\",\"occurred_on\":\"2025-05-01\",\"data\":{{\"kind\":\"corporation\",\"name\":\"架空商店\"}}}}\n",
            Uuid::now_v7()
        );
        body += &format!(
            "{{\"id\":\"{}\",\"type\":\"case.opened\",\"subject\":\"case/{case}\",\"occurred_on\":\"2025-05-01\",\"data\":{{\"business_id\":\"{business}\",\"advisor_id\":\"{}\"}}}}\n",
            Uuid::now_v7(),
            Uuid::now_v7()
        );
        cases.push(format!("case/{case}"));
    }
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(
        answer.matches("\"status\":201").count(),
        2 * CLIENTS,
        "{answer}"
    );
    cases
}

fn client(address: &str, token: &str, case: &str, stop: &AtomicBool) -> Vec<Duration> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut times = Vec::new();
    let mut header = String::new();
    let mut body = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let event = format!(
            "{{\"id\":\"{}\",\"type\":\"visit.done\",\"subject\":\"{case}\",\"occurred_on\":\"2025-06-03\",\"source\":\"api\",\"data\":{{\"method\":\"visit\",\"purpose\":\"followup\",\"topics\":[\"資金繰り\",\"販路開拓\"],\"next_due\":\"2025-09-03\"}}}}",
            Uuid::now_v7()
        );
        let request = format!(
            "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
            event.len()
        );
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        let mut created = false;
        loop {
            header.clear();
            reader.read_line(&mut header).unwrap();
            if header.starts_with("HTTP/1.1 201") {
                created = true;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if header == "\r\n" {
                break;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).unwrap();
        assert!(created, "{}", String::from_utf8_lossy(&body));
        times.push(sent.elapsed());
    }
    times
}
