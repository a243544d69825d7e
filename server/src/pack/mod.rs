//! The evidence pack of a year: every entry with its proof, the plan, the numbers, what they rest
//! on, and a page that recomputes them without any program of ours.
//!
//! A pack is a function of the entries, the signed checkpoint and the year alone, so whoever checks
//! one builds it again and compares. It is an export directory (C2SP tlog-tiles) at the same time.

mod archive;
mod check;
mod entries;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;

use banso_core::calendar::FiscalYear;
use banso_core::event::event_types;
use banso_projections::table::AsOf;
use banso_projections::{Cut, Kpi, replay};
use banso_store::StoreError;
use banso_store::export::{ExportError, Signed, Tiles};
use banso_store::merkle::{LeafTree, inclusion_proof, leaf_hash, root};
use banso_store::tlog_proof::TlogProof;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

pub use self::archive::{read, write};
pub use self::check::{Checked, check};

/// What a pack says it is; a reader of another one refuses.
const FORMAT: &str = "banso-evidence/1";
const README: &str = include_str!("readme.md");

/// The files of a pack by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A pack that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The entries cannot be counted.
    #[error("the entries cannot be counted: {0}")]
    Count(String),
    /// A personal field stands in an entry.
    #[error("position {position}: the personal field {field} stands in the entry; nothing is made")]
    Personal {
        /// The entry.
        position: u64,
        /// The field.
        field: String,
    },
    /// The ledger has no plan to count by.
    #[error("the ledger has no plan; adopt one first")]
    NoPlan,
    /// The file is no pack.
    #[error("{0}")]
    Archive(String),
}

impl From<StoreError> for PackError {
    fn from(error: StoreError) -> Self {
        Self::Export(error.into())
    }
}

/// Everything that a pack is made of.
#[derive(Debug, Clone)]
pub struct Source {
    /// The key, the signed head with its cosignatures, and what it says.
    pub signed: Signed,
    /// The entries of that head.
    pub entries: Vec<Bytes>,
}

impl Source {
    /// The signed head of a data directory and its entries; `note` adds the cosignatures.
    ///
    /// # Errors
    /// [`PackError`] when the ledger cannot be read or is not what was signed.
    pub fn of(dir: &Path, note: impl FnOnce(&str) -> String) -> Result<Self, PackError> {
        let mut signed = Signed::committed(dir).map_err(ExportError::from)?;
        let mut entries = Vec::new();
        signed.entries(dir, |entry| {
            entries.push(entry);
            Ok(())
        })?;
        signed.note = note(&signed.note);
        Ok(Self { signed, entries })
    }
}

/// Makes the files of a year's pack.
///
/// # Errors
/// [`PackError`]; then there is no pack.
pub fn build(source: &Source, year: FiscalYear) -> Result<Files, PackError> {
    entries::without_personal_fields(&source.entries)?;
    let kpi = replay(
        [Ok::<_, Infallible>(source.entries.clone())],
        &Cut::default(),
        |_| {},
    )
    .map_err(|error| PackError::Count(error.to_string()))?;
    let plan = kpi.plan().ok_or(PackError::NoPlan)?;
    let mut files = Files::new();
    let leaves: Vec<_> = source
        .entries
        .iter()
        .map(|entry| leaf_hash(entry))
        .collect();
    let tree = LeafTree::new(leaves);
    put_tiles(&mut files, source)?;
    let table = put_numbers(&mut files, &kpi, &tree, year)?;
    files.insert("plan.json".to_owned(), pretty(&json!(plan)));
    let counted = put_evidence(&mut files, &kpi, &tree, year)?;
    for position in counted {
        put_proof(&mut files, source, &tree, position)?;
    }
    put_schemas(&mut files);
    let head = &source.signed.head;
    let manifest = json!({"format": FORMAT, "version": env!("CARGO_PKG_VERSION"),
        "origin": head.origin, "fiscal_year": year.0, "size": head.size,
        "root": STANDARD.encode(head.root), "digest": hex::encode(kpi.digest())});
    files.insert("manifest.json".to_owned(), pretty(&manifest));
    files.insert("README.md".to_owned(), readme(source, year).into_bytes());
    files.insert(
        "index.html".to_owned(),
        page::page(source, year, &table).into_bytes(),
    );
    Ok(files)
}

fn put_tiles(files: &mut Files, source: &Source) -> Result<(), PackError> {
    let mut tiles = Tiles::new(|path: &str, bytes: &[u8]| {
        files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    });
    for entry in &source.entries {
        tiles.push(entry.clone())?;
    }
    tiles.finish()?;
    let signed = &source.signed;
    files.insert("checkpoint".to_owned(), signed.note.clone().into_bytes());
    files.insert("vkey".to_owned(), format!("{}\n", signed.key).into_bytes());
    Ok(())
}

/// The table of today, and the one of the closing where the year is closed.
fn put_numbers(
    files: &mut Files,
    kpi: &Kpi,
    tree: &LeafTree,
    year: FiscalYear,
) -> Result<Value, PackError> {
    let mut table = kpi.table(year);
    put_root(tree, &mut table.as_of)?;
    let table = json!(table);
    files.insert("kpis.json".to_owned(), pretty(&table));
    if let Some(mut closed) = kpi.closed_edition(year) {
        put_root(tree, &mut closed.as_of)?;
        files.insert("kpis-closed.json".to_owned(), pretty(&json!(closed)));
    }
    Ok(table)
}

fn put_root(tree: &LeafTree, as_of: &mut AsOf) -> Result<(), PackError> {
    let root = root(tree, as_of.position)
        .map_err(|_| PackError::Count("the cut-off lies beyond the entries".to_owned()))?;
    as_of.root = Some(STANDARD.encode(root));
    Ok(())
}

/// What each number rests on; gives the positions that count.
fn put_evidence(
    files: &mut Files,
    kpi: &Kpi,
    tree: &LeafTree,
    year: FiscalYear,
) -> Result<BTreeSet<u64>, PackError> {
    let mut positions = BTreeSet::new();
    let plan = kpi.adopted_plan();
    for indicator in plan.iter().flat_map(|plan| &plan.indicators) {
        let Some(mut evidence) = kpi.evidence(&indicator.id, year, None) else {
            continue;
        };
        put_root(tree, &mut evidence.as_of)?;
        positions.extend(evidence.counted.iter().map(|item| item.position));
        let name: String = indicator
            .id
            .chars()
            .map(|sign| if sign.is_alphanumeric() { sign } else { '_' })
            .collect();
        files.insert(format!("evidence/{name}.json"), pretty(&json!(evidence)));
    }
    Ok(positions)
}

fn put_proof(
    files: &mut Files,
    source: &Source,
    tree: &LeafTree,
    position: u64,
) -> Result<(), PackError> {
    let beyond = || PackError::Count(format!("position {position} is no entry"));
    let entry = usize::try_from(position)
        .ok()
        .and_then(|at| source.entries.get(at))
        .ok_or_else(beyond)?;
    let proof = TlogProof {
        index: position,
        path: inclusion_proof(tree, position, tree.size()).map_err(|_| beyond())?,
        checkpoint: source.signed.note.clone(),
    };
    let name = format!("proofs/{position}");
    files.insert(format!("{name}.tlog-proof"), proof.to_string().into_bytes());
    files.insert(format!("{name}.entry"), entry.to_vec());
    Ok(())
}

fn put_schemas(files: &mut Files) {
    for known in event_types() {
        files.insert(
            format!("schemas/{}.json", known.name),
            pretty(&known.schema()),
        );
    }
}

fn readme(source: &Source, year: FiscalYear) -> String {
    let head = &source.signed.head;
    README
        .replace("{{YEAR}}", &year.label())
        .replace("{{ORIGIN}}", &head.origin)
        .replace("{{SIZE}}", &head.size.to_string())
        .replace("{{ROOT}}", &STANDARD.encode(head.root))
        .replace("{{VKEY}}", &source.signed.key.to_string())
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}
