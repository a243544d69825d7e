//! Cosignatures of committee members, receipts, and proofs between checkpoints, over HTTP.

use axum::body::Body;
use axum::http::Request;
use banso_server::access::Role;
use banso_server::cosignatures::register;
use banso_store::merkle::verify_consistency;
use banso_store::note::{Checkpoint, KeyKind, SignatureLine, SignedNote, VerifierKey};
use banso_store::tlog_proof::TlogProof;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

use crate::support::{Answer, TestApp, directory, event};

/// 2026-06-01T00:00:00Z.
const TIME: u64 = 1_780_272_000;

/// A member of the committee with a key.
struct Member {
    secret: SigningKey,
    key: VerifierKey,
}

impl Member {
    fn new(name: &str, seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let key = VerifierKey::new(name, KeyKind::Cosignature, secret.verifying_key()).unwrap();
        Self { secret, key }
    }

    /// The cosignature line over the text of a checkpoint (C2SP tlog-cosignature v1).
    fn line(&self, checkpoint: &str) -> String {
        let text = SignedNote::parse(checkpoint).unwrap().text;
        let message = format!("cosignature/v1\ntime {TIME}\n{text}");
        let signature = self.secret.sign(message.as_bytes()).to_bytes();
        let line = SignatureLine {
            name: self.key.name().to_owned(),
            key_id: self.key.id(),
            signature: [&TIME.to_be_bytes()[..], &signature].concat(),
        };
        line.to_string()
    }
}

async fn send(app: &TestApp, path: &str, body: String) -> Answer {
    let request = Request::post(path)
        .header(
            "authorization",
            format!("Bearer {}", app.token(Role::Committee)),
        )
        .header("content-type", "text/plain")
        .body(Body::from(body))
        .unwrap();
    app.send(request).await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.clone()).unwrap()
}

fn own_key(app: &TestApp) -> VerifierKey {
    VerifierKey::parse(&app.opened.ledger.signer().vkey()).unwrap()
}

#[tokio::test]
async fn a_cosignature_is_shown_with_its_checkpoint_from_then_on() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let member = Member::new("committee.example/member", 7);
    let data = dir.path().join("data");
    assert!(register(&data, &member.key.to_string()).unwrap());
    let checkpoint = text(&app.get("/checkpoint").await);
    let cosigned = format!("{checkpoint}{}", member.line(&checkpoint));
    let first = send(&app, "/v1/cosignatures", cosigned.clone()).await;
    assert_eq!(
        (first.status.as_u16(), text(&first)),
        (201, cosigned.clone())
    );
    let again = send(&app, "/v1/cosignatures", member.line(&checkpoint)).await;
    assert_eq!(
        (again.status.as_u16(), text(&again)),
        (200, cosigned.clone())
    );
    assert_eq!(text(&app.get("/checkpoint").await), cosigned);
    let note = SignedNote::parse(&cosigned).unwrap();
    assert_eq!(note.verify(&member.key), Ok(TIME));
    app.recorded(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    assert!(!text(&app.get("/checkpoint").await).contains("committee"));
    app.close();
    let app = TestApp::open(dir.path());
    assert_eq!(text(&app.get("/v1/checkpoints/3").await), cosigned);
    assert!(text(&app.get("/v1/events/1/proof?size=3").await).ends_with(&cosigned));
    let all = app.get("/v1/cosignatures").await.json();
    assert_eq!(all["cosignatures"][0]["size"], 3);
    assert_eq!(all["cosignatures"][0]["time"], TIME);
    assert_eq!(all["witnesses"], json!([member.key.to_string()]));
}

#[tokio::test]
async fn a_signature_of_a_stranger_or_over_another_history_is_not_taken() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    app.case().await;
    let (member, stranger) = (
        Member::new("member.example", 1),
        Member::new("other.example", 2),
    );
    register(&dir.path().join("data"), &member.key.to_string()).unwrap();
    let checkpoint = text(&app.get("/checkpoint").await);
    let status = async |body: String| send(&app, "/v1/cosignatures", body).await.status.as_u16();
    assert_eq!(status(stranger.line(&checkpoint)).await, 422);
    // The name and id of the member over the signature of somebody else.
    let mut forged =
        SignedNote::parse(&format!("{checkpoint}{}", stranger.line(&checkpoint))).unwrap();
    let line = forged.signatures.last_mut().unwrap();
    (line.name, line.key_id) = (member.key.name().to_owned(), member.key.id());
    assert_eq!(status(forged.to_string()).await, 422);
    let older = text(&app.get("/v1/checkpoints/2").await);
    assert_eq!(status(member.line(&older)).await, 422);
    assert_eq!(
        send(&app, "/v1/cosignatures?size=2", member.line(&older))
            .await
            .status,
        201
    );
    let mut other = Checkpoint::parse(&SignedNote::parse(&checkpoint).unwrap().text).unwrap();
    other.root[0] ^= 1;
    let other = format!(
        "{}\n{}",
        other.text(),
        checkpoint.split("\n\n").nth(1).unwrap()
    );
    assert_eq!(status(format!("{other}{}", member.line(&other))).await, 409);
    assert_eq!(status(checkpoint.clone()).await, 400);
    assert_eq!(status("hello".to_owned()).await, 400);
    let future = checkpoint.replacen("\n3\n", "\n4\n", 1);
    assert_eq!(
        status(format!("{future}{}", member.line(&future))).await,
        404
    );
    assert_eq!(text(&app.get("/checkpoint").await), checkpoint);
    let log_key = own_key(&app).to_string();
    assert!(register(&dir.path().join("data"), &log_key).is_err());
}

#[tokio::test]
async fn a_consistency_proof_leads_from_any_earlier_checkpoint_to_a_later_one() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    for _ in 0..4 {
        app.case().await;
    }
    let key = own_key(&app);
    for (from, to) in [(0, 9), (1, 9), (3, 8), (8, 9), (9, 9)] {
        let proof = text(
            &app.get(&format!("/v1/consistency?from={from}&to={to}"))
                .await,
        );
        let (head, note) = proof.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some(format!("old {from}").as_str()));
        let path: Vec<[u8; 32]> = lines
            .map(|line| BASE64.decode(line).unwrap().try_into().unwrap())
            .collect();
        let new = Checkpoint::open(note, &key).unwrap();
        let old = text(&app.get(&format!("/v1/checkpoints/{from}")).await);
        let old = Checkpoint::open(&old, &key).unwrap();
        verify_consistency(old.size, &old.root, new.size, &new.root, &path).unwrap();
    }
    assert_eq!(app.get("/v1/consistency?from=4&to=3").await.status, 400);
    assert_eq!(app.get("/v1/consistency?from=4&to=99").await.status, 404);
    assert_eq!(app.get("/v1/consistency").await.status, 400);
}

#[tokio::test]
async fn every_append_gives_a_receipt_on_request() {
    let dir = directory();
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let visit = event(
        "visit.done",
        &case,
        json!({"method": "visit", "note": "架空のメモ"}),
    );
    let key = own_key(&app);
    let proved = |receipt: &serde_json::Value| {
        let proof = TlogProof::parse(receipt["proof"].as_str().unwrap()).unwrap();
        let entry = receipt["entry"].as_str().unwrap();
        assert_eq!(proof.index, receipt["position"]);
        assert_eq!(receipt["checkpoint"], proof.checkpoint);
        assert!(!entry.contains("架空"));
        proof.verify(entry.as_bytes(), &key).unwrap().size
    };
    let ask = |path: &str, preference: &str| {
        Request::post(path)
            .header(
                "authorization",
                format!("Bearer {}", app.token(Role::Advisor)),
            )
            .header("content-type", "application/json")
            .header("prefer", preference.to_owned())
            .body(Body::from(visit.to_string()))
            .unwrap()
    };
    let first = app.send(ask("/v1/events", "return=receipt")).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.header("preference-applied"), "return=receipt");
    assert_eq!(first.header("location"), "/v1/events/3");
    assert_eq!(proved(&first.json()), 4);
    let again = app
        .send(ask("/v1/events?receipt=true", "respond-async"))
        .await;
    assert_eq!((again.status.as_u16(), proved(&again.json())), (200, 4));
    let bare = app
        .send(ask("/v1/events?receipt=false", "return=receipt"))
        .await;
    assert_eq!(bare.json()["position"], 3);
    assert_eq!(app.send(ask("/v1/events?receipt=1", "x")).await.status, 400);
    let lines = format!(
        "{}\n{}\n",
        event("visit.done", &case, json!({"method": "phone"})),
        "{}"
    );
    let request = Request::post("/v1/events?receipt=true")
        .header(
            "authorization",
            format!("Bearer {}", app.token(Role::Advisor)),
        )
        .header("content-type", "application/x-ndjson")
        .body(Body::from(lines))
        .unwrap();
    let answers = app.send(request).await.lines();
    assert_eq!(proved(&answers[0]["receipt"]), 5);
    assert!(answers[1].get("receipt").is_none());
}
