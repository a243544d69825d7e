//! Tiles and bundles of an export (C2SP tlog-tiles): which must be there, which may, and whether
//! each holds the hashes of the tree.

use bytes::Bytes;

use super::entries::place;
use super::files::Export;
use super::{AuditFault, Class};
use crate::bundle::split_bundle;
use crate::entry::ENTRY_LIMIT;
use crate::export::tile_path;
use crate::merkle::{Hash, HashReader as _, LeafTree, leaf_hash};

/// Hashes in a full tile, entries in a full bundle.
const WIDTH: u64 = 256;

/// A tile of hashes, or without a level a bundle of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    level: Option<u8>,
    pub(super) index: u64,
    pub(super) width: usize,
}

impl Tile {
    pub(super) fn bundle(index: u64, width: usize) -> Self {
        Self {
            level: None,
            index,
            width,
        }
    }

    /// Its file below the directory.
    pub(super) fn path(&self) -> String {
        let level = self
            .level
            .map_or("entries".to_owned(), |level| level.to_string());
        tile_path(&level, self.index, self.width)
    }

    /// The tile of a path; `None` where the layout knows none.
    fn of(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().ok()?),
            None => (rest, 256),
        };
        let level = match level {
            "entries" => None,
            level => Some(level.parse().ok().filter(|level| *level < 64)?),
        };
        let digits: String = groups
            .split('/')
            .map(|part| part.trim_start_matches('x'))
            .collect();
        let (index, width) = (
            digits.parse().ok()?,
            Some(width).filter(|w| (1..=256).contains(w))?,
        );
        let tile = Self {
            level,
            index,
            width,
        };
        (tile.path() == path).then_some(tile)
    }

    fn lies_within(&self, size: u64) -> bool {
        let nodes = nodes(self.level.unwrap_or(0), size);
        let end = u128::from(self.index) * u128::from(WIDTH) + self.width as u128;
        end <= u128::from(nodes)
    }
}

/// How many hashes a level has in a tree of `size` leaves.
fn nodes(level: u8, size: u64) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// The tiles that a level must have: the full ones, then the partial one at the edge.
pub(super) fn required(level: u8, size: u64) -> impl Iterator<Item = Tile> {
    let nodes = nodes(level, size);
    (0..nodes.div_ceil(WIDTH)).map(move |index| Tile {
        level: Some(level),
        index,
        width: usize::try_from((nodes - index * WIDTH).min(WIDTH)).unwrap_or(usize::MAX),
    })
}

/// The hashes that a tile's file holds.
pub(super) fn tile(export: &Export<'_>, tile: &Tile) -> Result<Vec<Hash>, AuditFault> {
    let path = tile.path();
    let content = export.read(&path, WIDTH * 32)?;
    let (hashes, rest) = content.as_chunks::<32>();
    if hashes.len() == tile.width && rest.is_empty() {
        Ok(hashes.to_vec())
    } else {
        let detail = format!("not {} hashes", tile.width);
        Err(AuditFault::new(path, Class::Tile, detail))
    }
}

/// The entries that a bundle's file holds.
pub(super) fn bundle(export: &Export<'_>, tile: &Tile) -> Result<Vec<Bytes>, AuditFault> {
    let path = tile.path();
    let content = export.read(&path, WIDTH * (2 + ENTRY_LIMIT as u64))?;
    let Some(entries) = split_bundle(content.into()) else {
        let detail = "an entry of it is cut short";
        return Err(AuditFault::new(path, Class::Bundle, detail));
    };
    if entries.len() == tile.width {
        Ok(entries)
    } else {
        let detail = format!("holds {} entries, not {}", entries.len(), tile.width);
        Err(AuditFault::new(path, Class::Bundle, detail))
    }
}

/// Every tile above level 0; that level was compared with the entries.
pub(super) fn check_required(
    export: &Export<'_>,
    size: u64,
    tree: &LeafTree,
) -> Result<(), AuditFault> {
    let levels = (1..8).take_while(|level| nodes(*level, size) > 0);
    levels
        .flat_map(|level| required(level, size))
        .try_for_each(|tile| compare(export, &tile, tree))
}

/// Older partial tiles may be kept, if they agree; nothing may reach beyond the signed size.
pub(super) fn check_others(
    export: &Export<'_>,
    size: u64,
    tree: &LeafTree,
) -> Result<(), AuditFault> {
    for path in export.files("tile")? {
        let Some(tile) = Tile::of(&path) else {
            let detail = "not the path of a tile or bundle";
            return Err(AuditFault::new(path, Class::Layout, detail));
        };
        if !tile.lies_within(size) {
            let detail = format!("reaches beyond the {size} entries that are signed");
            return Err(AuditFault::new(path, Class::Layout, detail));
        }
        if tile.level.is_some() {
            compare(export, &tile, tree)?;
        } else if !is_required(&tile, size) {
            compare_bundle(export, &tile, tree)?;
        }
    }
    Ok(())
}

/// Whether a bundle is one whose entries were all checked.
fn is_required(tile: &Tile, size: u64) -> bool {
    tile.width as u64 == (size - tile.index * WIDTH).min(WIDTH)
}

fn compare(export: &Export<'_>, tile: &Tile, tree: &LeafTree) -> Result<(), AuditFault> {
    let level = tile.level.unwrap_or(0) * 8;
    let first = tile.index * WIDTH;
    let same = self::tile(export, tile)?
        .iter()
        .zip(first..)
        .all(|(hash, index)| tree.node(level, index).is_ok_and(|node| node == *hash));
    if same {
        return Ok(());
    }
    let detail = "its hashes are not those of the tiles below";
    Err(AuditFault::new(tile.path(), Class::Tile, detail))
}

fn compare_bundle(export: &Export<'_>, tile: &Tile, tree: &LeafTree) -> Result<(), AuditFault> {
    for (entry, position) in bundle(export, tile)?.iter().zip(tile.index * WIDTH..) {
        if tree.node(0, position).ok() != Some(leaf_hash(entry)) {
            let detail = format!("another entry in {}", tile.path());
            return Err(AuditFault::new(place(position), Class::Leaf, detail));
        }
    }
    Ok(())
}
