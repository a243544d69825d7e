//! Checks a pack without the server and its data: signature, hashes, rules, numbers, every file.
//!
//! Everything that follows from the entries is made again and compared byte for byte.

use banso_core::calendar::FiscalYear;
use banso_store::export::{Signed, bundled};
use banso_store::merkle::{LeafTree, leaf_hash, root};
use banso_store::note::{Checkpoint, SignedNote, VerifierKey};
use bytes::Bytes;
use serde_json::Value;

use super::entries::first_fault;
use super::{FORMAT, Files, Source, build};

/// What was checked.
#[derive(Debug)]
pub struct Checked {
    /// The ledger's signed head.
    pub head: Checkpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    /// The year of the tables.
    pub year: FiscalYear,
    /// Files that were made again and are equal.
    pub files: usize,
    /// What was left out.
    pub notes: Vec<String>,
    /// The cosignatures that verify: name and time in seconds since 1970.
    pub cosigned: Vec<(String, u64)>,
}

/// Checks the files of a pack. `key` is the ledger's key as the reader keeps it; without one the
/// pack's own is believed. `since` are checkpoints that the reader kept, `witnesses` keys whose
/// cosignature must stand under this one.
///
/// # Errors
/// The first fault, with its position or file.
pub fn check(
    files: &Files,
    key: Option<&VerifierKey>,
    since: &[Checkpoint],
    witnesses: &[VerifierKey],
) -> Result<Checked, String> {
    let manifest: Value = serde_json::from_str(text(files, "manifest.json")?)
        .map_err(|error| format!("manifest.json: {error}"))?;
    if manifest["format"] != FORMAT {
        return Err(format!("manifest.json: this is no {FORMAT} pack"));
    }
    let year = manifest["fiscal_year"].to_string();
    let year: FiscalYear = year
        .parse()
        .map_err(|error| format!("manifest.json: {error}"))?;
    let (signed, cosigned) = signed(files, key, witnesses)?;
    let head = signed.head.clone();
    let read = |path: &str| files.get(path).cloned().map(Bytes::from);
    let entries =
        bundled(head.size, read).map_err(|path| format!("{path}: missing or not a bundle"))?;
    proved(files, &head, &entries, since)?;
    if let Some((position, reason)) = first_fault(&entries) {
        return Err(format!("position {position}: {reason}"));
    }
    let key = signed.key.clone();
    let wanted = build(&Source { signed, entries }, year).map_err(|error| error.to_string())?;
    let same_version = manifest["version"] == env!("CARGO_PKG_VERSION");
    let mut notes = Vec::new();
    if !same_version {
        notes.push(format!(
            "made by version {}: its page, README and schemas were not compared",
            manifest["version"]
        ));
    }
    Ok(Checked {
        head,
        key,
        year,
        files: compared(files, &wanted, same_version)?,
        notes,
        cosigned,
    })
}

fn text<'f>(files: &'f Files, path: &str) -> Result<&'f str, String> {
    let bytes = files
        .get(path)
        .ok_or_else(|| format!("{path}: is missing"))?;
    std::str::from_utf8(bytes).map_err(|_| format!("{path}: is not UTF-8"))
}

/// The signed head, and the cosignatures that the reader asked for.
fn signed(
    files: &Files,
    key: Option<&VerifierKey>,
    witnesses: &[VerifierKey],
) -> Result<(Signed, Vec<(String, u64)>), String> {
    let named = VerifierKey::parse(text(files, "vkey")?.trim_end())
        .map_err(|error| format!("vkey: {error}"))?;
    if key.is_some_and(|kept| *kept != named) {
        return Err(format!("vkey: this is another key, {named}"));
    }
    let note = text(files, "checkpoint")?.to_owned();
    let failed = |error| format!("checkpoint: {error}");
    let head = Checkpoint::open(&note, &named).map_err(failed)?;
    let parsed = SignedNote::parse(&note).map_err(failed)?;
    let mut cosigned = Vec::new();
    for witness in witnesses {
        let time = parsed.verify(witness).map_err(failed)?;
        cosigned.push((witness.name().to_owned(), time));
    }
    let signed = Signed {
        key: named,
        note,
        head,
    };
    Ok((signed, cosigned))
}

/// The entries lead to the signed root, and to every root that the reader kept.
fn proved(
    files: &Files,
    head: &Checkpoint,
    entries: &[Bytes],
    since: &[Checkpoint],
) -> Result<(), String> {
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let tree = LeafTree::new(leaves.clone());
    let lost = |(level, index)| format!("the tree lacks node {index} of level {level}");
    if root(&tree, head.size).map_err(lost)? != head.root {
        // The kept leaf hashes tell which entry it was, unless they were changed with it.
        let kept = files
            .iter()
            .filter(|(path, _)| path.starts_with("tile/0/"))
            .flat_map(|(_, bytes)| bytes.chunks(32));
        let first = leaves
            .iter()
            .zip(kept)
            .position(|(leaf, kept)| leaf[..] != *kept);
        let place = first.map_or("the entries".to_owned(), |at| format!("position {at}"));
        return Err(format!("{place}: not what was signed; the roots differ"));
    }
    for kept in since {
        if kept.size > head.size {
            return Err(format!(
                "checkpoint: the pack ends at {} entries, the kept checkpoint speaks of {}",
                head.size, kept.size
            ));
        }
        if root(&tree, kept.size).map_err(lost)? != kept.root {
            return Err(format!(
                "checkpoint: the first {} entries are not those of the kept checkpoint",
                kept.size
            ));
        }
    }
    Ok(())
}

/// Compares every file with the one made again; gives how many are equal.
fn compared(files: &Files, wanted: &Files, same_version: bool) -> Result<usize, String> {
    let ours = |path: &str| {
        path.starts_with("schemas/") || ["index.html", "README.md", "manifest.json"].contains(&path)
    };
    let judged = |path: &&String| same_version || !ours(path);
    let mut equal = 0;
    for path in wanted.keys().filter(judged) {
        match files.get(path) {
            None => return Err(format!("{path}: is missing")),
            Some(bytes) if *bytes != wanted[path] => {
                return Err(format!("{path}: does not follow from the signed entries"));
            }
            Some(_) => equal += 1,
        }
    }
    match files
        .keys()
        .filter(judged)
        .find(|path| !wanted.contains_key(*path))
    {
        Some(path) => Err(format!("{path}: does not belong to the pack")),
        None => Ok(equal),
    }
}
