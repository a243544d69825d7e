//! The receipts of an export: each against its own checkpoint, and that against the tree. An
//! older receipt is as good as a new one, as long as its checkpoint is a prefix of this ledger.

use std::collections::BTreeSet;

use super::files::Export;
use super::notes::Keys;
use super::{AuditFault, Class};
use crate::merkle::{LeafTree, leaf_hash, verify_inclusion};
use crate::tlog_proof::TlogProof;

/// The positions that have a proof or an entry, rising.
pub(super) fn positions(export: &Export<'_>) -> Result<BTreeSet<u64>, AuditFault> {
    let mut found = BTreeSet::new();
    for path in export.files("proofs")? {
        let Some(position) = position_of(&path) else {
            let detail = "neither a proof nor an entry of a position";
            return Err(AuditFault::new(path, Class::Layout, detail));
        };
        found.insert(position);
    }
    Ok(found)
}

fn position_of(path: &str) -> Option<u64> {
    let name = path.strip_prefix("proofs/")?;
    let number = name
        .strip_suffix(".tlog-proof")
        .or_else(|| name.strip_suffix(".entry"))?;
    let position: u64 = number.parse().ok()?;
    (position < 1 << 63 && position.to_string() == number).then_some(position)
}

/// Checks the proof of one position.
pub(super) fn check(
    export: &Export<'_>,
    position: u64,
    keys: &Keys,
    size: u64,
    tree: &LeafTree,
) -> Result<(), AuditFault> {
    let place = format!("proofs/{position}.tlog-proof");
    let fault = |class, detail: String| Err(AuditFault::new(&place, class, detail));
    let content = export.note(&place)?;
    let (proof, note) = match parse(&content) {
        Ok(parts) => parts,
        Err(detail) => return fault(Class::Proof, detail),
    };
    let entry = export.note(&format!("proofs/{position}.entry"))?;
    if proof.index != position {
        return fault(Class::Index, format!("is for position {}", proof.index));
    }
    let (checkpoint, _) = keys.checkpoint(note, &place)?;
    if checkpoint.size > size {
        let detail = format!(
            "its checkpoint has {} entries, the ledger only {size}",
            checkpoint.size
        );
        return fault(Class::RolledBack, detail);
    }
    if super::root(tree, checkpoint.size) != Some(checkpoint.root) {
        let detail = format!(
            "the first {} entries do not give the root of its checkpoint",
            checkpoint.size
        );
        return fault(Class::History, detail);
    }
    let (leaf, root) = (leaf_hash(&entry), &checkpoint.root);
    match verify_inclusion(&leaf, position, checkpoint.size, &proof.path, root) {
        Ok(()) => Ok(()),
        Err(error) => fault(Class::Inclusion, error.to_string()),
    }
}

/// The proof without its checkpoint, and the checkpoint unread.
fn parse(content: &[u8]) -> Result<(TlogProof, &[u8]), String> {
    let end = memchr::memmem::find(content, b"\n\n").ok_or("it has no empty line")?;
    let (head, note) = (&content[..end + 2], &content[end + 2..]);
    let head = std::str::from_utf8(head).map_err(|_| "not UTF-8")?;
    let proof = TlogProof::parse(head).map_err(|error| error.to_string())?;
    if proof.index >= 1 << 63 {
        return Err("the index is too large".to_owned());
    }
    Ok((proof, note))
}
