//! An export of a real ledger, under the eyes of a verifier that shares no code with the store.

use std::path::Path;
use std::process::{Command, Output};

use banso_store::audit::{Held, audit};
use banso_store::export::{ExportError, Signed, export};
use serde_json::json;

use crate::support::{TestApp, directory, event};

fn verified(dir: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("verifiers/python/verify.py");
    let python = std::env::var_os("BANSO_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    Command::new(python)
        .arg("-B")
        .arg(script)
        .arg(dir)
        .output()
        .unwrap()
}

#[tokio::test]
async fn an_export_satisfies_a_verifier_of_other_origin() {
    let dir = directory();
    let (data, out) = (dir.path().join("data"), dir.path().join("export"));
    let app = TestApp::open(dir.path());
    let (_, case) = app.case().await;
    let mut lines = String::new();
    for _ in 0..600 {
        let visit = event("visit.done", &case, json!({"method": "visit"}));
        lines += &visit.to_string();
        lines.push('\n');
    }
    let role = banso_server::access::Role::Manager;
    let answer = app.post_raw(role, "application/x-ndjson", lines).await;
    assert_eq!(answer.lines().len(), 600);
    app.close();
    let signed = Signed::read(&data).unwrap();
    assert_eq!(signed.head.size, 603);
    export(&data, &out, &signed, &signed.note).unwrap();
    let output = verified(&out);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let held = Held {
        key: Some(signed.key.clone()),
        ..Held::default()
    };
    assert_eq!(audit(&out, &held).unwrap().head, signed.head);
    let again = export(&data, &out, &signed, &signed.note);
    assert!(matches!(again, Err(ExportError::NotEmpty { .. })));
    let bundle = out.join("tile/entries/001");
    let mut bytes = std::fs::read(&bundle).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let refused = verified(&out);
    assert!(!refused.status.success());
    // The same fault in the same words: place and class.
    let named = audit(&out, &held).unwrap_err();
    let wanted = format!("{}: {}: ", named.place, named.class.word());
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.starts_with(&wanted), "{error} {named}");
}

#[tokio::test]
async fn a_journal_that_is_not_what_was_signed_is_not_exported() {
    let dir = directory();
    let data = dir.path().join("data");
    let app = TestApp::open(dir.path());
    app.case().await;
    app.close();
    let path = data.join("journal/00000000000000000000.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replacen("\"source\":\"system\"", "\"source\":\"sysTem\"", 1)
            .replacen("経営発達支援計画", "経営発達支援計劃", 1),
    )
    .unwrap();
    let signed = Signed::read(&data).unwrap();
    let refused = export(&data, &dir.path().join("export"), &signed, &signed.note);
    assert!(
        matches!(refused, Err(ExportError::OtherRoot { .. })),
        "{refused:?}"
    );
}
