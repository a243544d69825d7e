//! Drafts for the crate's own tests.

use std::path::Path;

use uuid::Uuid;

use crate::entry::Draft;
use crate::event_store::EventStore;
use crate::ledger::Options;
use crate::vault::{Vault, sealing_context};

/// The `number`-th draft: ten events a subject, in turn.
pub(crate) fn draft(number: u64) -> Draft {
    Draft {
        id: Uuid::from_u128(u128::from(number) + 1),
        event_type: "visit.done".into(),
        subject: format!("case/{}", Uuid::from_u128(u128::from(number / 10))),
        occurred_on: "2025-06-03".into(),
        data: format!("{{\"method\":\"visit\",\"number\":{number}}}"),
        recorded_at: "2025-06-03T01:02:03.456Z".into(),
        recorded_by: "system".into(),
        source: None,
        schema: None,
        expected_version: None,
        sealed: None,
    }
}

/// Small segments, so that tests cross their borders.
pub(crate) fn options() -> Options {
    Options {
        segment_bytes: 30_000,
        ..Options::default()
    }
}

/// Appends drafts `first..first + count` in groups, each durable when this returns.
pub(crate) fn fill(store: &dyn EventStore, first: u64, count: u64) {
    let tickets: Vec<_> = (first..first + count)
        .map(|number| store.append(draft(number)).unwrap())
        .collect();
    for ticket in tickets {
        ticket.wait().unwrap();
    }
}

/// A draft with a sealed part, and the context that opens it.
pub(crate) fn sealed_draft(
    vault: &Vault,
    number: u64,
    key: &str,
    plaintext: &[u8],
) -> (Draft, Vec<u8>) {
    let draft = draft(number);
    let context = sealing_context("ledger.example/t", draft.id, key);
    let parts = vault.seal(key, &context, plaintext).unwrap();
    (
        Draft {
            sealed: Some(parts.with_fields(vec!["name".into()])),
            ..draft
        },
        context,
    )
}

/// Copies a directory as it stands.
pub(crate) fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            // The temporary file of a head goes away while a running ledger is copied.
            let gone = std::io::ErrorKind::NotFound;
            let copied = std::fs::copy(&path, &target);
            assert!(copied.is_ok() || copied.is_err_and(|error| error.kind() == gone));
        }
    }
}
