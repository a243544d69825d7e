//! Backups of a ledger that is being served, restored: same history, and erased persons stay erased.

use banso_server::cli::open_or_create;
use banso_store::backup::{backup, restore};
use banso_store::verify::verify;
use banso_store::{EventStore, note::Checkpoint};
use serde_json::json;

use crate::support::{TestApp, directory, event};

/// Waits until the signed head has followed the acknowledged entries.
fn head_of(app: &TestApp, data: &std::path::Path) {
    let wanted = format!("\n{}\n", app.opened.ledger.size());
    while !std::fs::read_to_string(data.join("head")).is_ok_and(|head| head.contains(&wanted)) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[tokio::test]
async fn an_older_backup_is_recognised_by_a_checkpoint_that_somebody_kept() {
    let dir = directory();
    let (data, copy) = (dir.path().join("data"), dir.path().join("copy"));
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    head_of(&app, &data);
    let old = backup(&data, &copy, Some(&dir.path().join("keys"))).unwrap();
    app.recorded(&event("visit.done", &case, json!({"method": "visit"})))
        .await;
    let kept = app.opened.ledger.checkpoint().unwrap();
    let kept = Checkpoint::open(&kept, app.opened.ledger.signer().verifier_key()).unwrap();
    let back = dir.path().join("back");
    let report = restore(&copy, &back, &dir.path().join("keys")).unwrap();
    assert_eq!((report.size, report.root), (old.size, old.root));
    let report = verify(&back, &[kept], &mut |_, _| {}).unwrap();
    let fault = &report.faults[0];
    assert_eq!(fault.position, Some(3));
    assert!(fault.reason.contains("speaks of 4"), "{}", fault.reason);
}

#[tokio::test]
async fn keys_that_were_copied_before_an_erasure_do_not_bring_the_person_back() {
    let dir = directory();
    let (data, copy, keys) = (
        dir.path().join("data"),
        dir.path().join("copy"),
        dir.path().join("keys"),
    );
    let app = TestApp::open(dir.path());
    let (business, _) = app.case().await;
    head_of(&app, &data);
    backup(&data, &copy, Some(&keys)).unwrap();
    let subject = format!("business/{business}");
    app.recorded(&event(
        "business.erased",
        &subject,
        json!({"reason": "本人の申出"}),
    ))
    .await;
    head_of(&app, &data);
    backup(&data, &copy, None).unwrap();
    let back = dir.path().join("back/data");
    restore(&copy, &back, &keys).unwrap();
    let restored = open_or_create(&back, None, app.clock.clone(), false).unwrap();
    assert!(!restored.app.vault.is_erased(&subject));
    restored.app.recorder.resume_erasures().await.unwrap();
    assert!(restored.app.vault.is_erased(&subject));
    restored.close().unwrap();
    let app = TestApp::open(&dir.path().join("back"));
    let view = app.get(&format!("/v1/businesses/{business}")).await.json();
    assert_eq!(
        (&view["name"], &view["erased"]),
        (&json!(null), &json!(true))
    );
}
