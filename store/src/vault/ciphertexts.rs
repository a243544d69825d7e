//! The side store of ciphertexts: append-only files of frames in position order, which can be
//! compacted so that nothing of an erased subject is left.
//!
//! Frame: length of the ciphertext (u32), position (u64), subject id (32 bytes), ciphertext,
//! CRC-32C of all that; numbers little-endian. An entry's commitment guards the ciphertext, so
//! the checksum only has to find a torn end.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::slots::SubjectId;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::files::{AtPath as _, open_rw, private_dir, read_at, sync_dir, write_atomically};

const HEAD: usize = 4 + 8 + 32;
const SUM: usize = 4;
/// A file takes no more frames above this many bytes, so that compaction rewrites little.
const FILE_BYTES: u64 = 16 << 20;

/// Where a ciphertext stands in its file.
#[derive(Debug, Clone, Copy)]
struct Place {
    position: u64,
    offset: u64,
    length: usize,
}

struct FrameFile {
    file: File,
    path: PathBuf,
    end: u64,
    /// In position order.
    places: Vec<Place>,
}

/// The frame files of a ledger.
pub(super) struct Ciphertexts {
    dir: PathBuf,
    files: Vec<FrameFile>,
}

impl Ciphertexts {
    /// Opens the files; frames of positions from `size` on belong to entries that were never
    /// acknowledged and are cut.
    pub(super) fn open(dir: &Path, size: u64) -> Result<Self, StoreError> {
        private_dir(dir)?;
        // The names too, also those that a killed process left in the page cache alone.
        sync_dir(dir)?;
        sync_dir(dir.parent().unwrap_or(dir))?;
        let mut paths = Vec::new();
        for file in fs::read_dir(dir).at(dir)? {
            let path = file.at(dir)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("frames") => paths.push(path),
                // A compaction that a crash ended before its rename.
                Some("tmp") => fs::remove_file(&path).at(&path)?,
                _ => {}
            }
        }
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            files.push(FrameFile::open(path, size)?);
        }
        Ok(Self {
            dir: dir.to_owned(),
            files,
        })
    }

    /// Appends frames, durable when this returns; positions grow.
    pub(super) fn append<'a>(
        &mut self,
        frames: impl Iterator<Item = (u64, SubjectId, &'a [u8])>,
    ) -> Result<(), StoreError> {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (position, id, ciphertext) in frames {
            let offset = (bytes.len() + HEAD) as u64;
            places.push(Place {
                position,
                offset,
                length: ciphertext.len(),
            });
            push_frame(&mut bytes, position, &id, ciphertext);
        }
        let Some(first) = places.first().map(|place| place.position) else {
            return Ok(());
        };
        let full = self.files.last().is_none_or(|file| file.end >= FILE_BYTES);
        if full {
            let path = self.dir.join(format!("{first:020}.frames"));
            self.files.push(FrameFile {
                file: open_rw(&path, 0o600)?,
                path,
                end: 0,
                places: Vec::new(),
            });
            sync_dir(&self.dir)?;
        }
        let Some(file) = self.files.last_mut() else {
            return Ok(());
        };
        file.file.write_all_at(&bytes, file.end).at(&file.path)?;
        file.file.sync_data().at(&file.path)?;
        for place in &mut places {
            place.offset += file.end;
        }
        file.places.append(&mut places);
        file.end += bytes.len() as u64;
        Ok(())
    }

    /// The ciphertext of a position.
    pub(super) fn get(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
        for file in self.files.iter().rev() {
            if let Ok(index) = file
                .places
                .binary_search_by_key(&position, |place| place.position)
            {
                let place = file.places[index];
                return read_at(&file.file, place.offset, place.length)
                    .at(&file.path)
                    .map(Some);
            }
        }
        Ok(None)
    }

    /// Rewrites every file that holds frames of a subject without them; gives their number.
    pub(super) fn remove(&mut self, id: &SubjectId) -> Result<u64, StoreError> {
        let mut removed = 0;
        for file in &mut self.files {
            removed += file.remove(id)?;
        }
        Ok(removed)
    }
}

/// SHA-256 of the ciphertext of every position in a side store, read without changing it; empty
/// where there is none.
pub(crate) fn digests(dir: &Path) -> Result<HashMap<u64, [u8; 32]>, StoreError> {
    let mut found = HashMap::new();
    let files = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        files => files.at(dir)?,
    };
    for file in files {
        let path = file.at(dir)?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "frames")
        {
            continue;
        }
        let bytes = fs::read(&path).at(&path)?;
        for (_, Frame { place, .. }) in frames(&bytes) {
            let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
            let digest = Sha256::digest(&bytes[start..start + place.length]);
            found.insert(place.position, digest.into());
        }
    }
    Ok(found)
}

impl FrameFile {
    fn open(path: PathBuf, size: u64) -> Result<Self, StoreError> {
        let file = open_rw(&path, 0o600)?;
        let bytes = fs::read(&path).at(&path)?;
        let mut end = bytes.len();
        let mut places = Vec::new();
        for (start, frame) in frames(&bytes) {
            if frame.place.position >= size {
                end = start;
                break;
            }
            places.push(frame.place);
        }
        if end < bytes.len() {
            file.set_len(end as u64)
                .and_then(|()| file.sync_all())
                .at(&path)?;
        }
        Ok(Self {
            file,
            path,
            end: end as u64,
            places,
        })
    }

    fn remove(&mut self, id: &SubjectId) -> Result<u64, StoreError> {
        let bytes = fs::read(&self.path).at(&self.path)?;
        let (mut kept, mut places, mut removed) = (Vec::new(), Vec::new(), 0);
        for (start, frame) in frames(&bytes) {
            if frame.subject == id {
                removed += 1;
            } else {
                let offset = (kept.len() + HEAD) as u64;
                places.push(Place {
                    offset,
                    ..frame.place
                });
                kept.extend_from_slice(&bytes[start..frame.end]);
            }
        }
        if removed == 0 {
            return Ok(0);
        }
        write_atomically(&self.path, &kept, 0o600)?;
        let old = std::mem::replace(&mut self.file, open_rw(&self.path, 0o600)?);
        (self.end, self.places) = (kept.len() as u64, places);
        // The old file has no name any more; overwrite what its blocks hold.
        old.write_all_at(&vec![0; bytes.len()], 0)
            .and_then(|()| old.sync_data())
            .at(&self.path)?;
        Ok(removed)
    }
}

/// A whole frame with a right checksum.
struct Frame<'a> {
    place: Place,
    subject: &'a SubjectId,
    end: usize,
}

/// All whole frames with where they start. Bytes between them (a write that a crash cut, or
/// damage) are stepped over: what they held is then missing, not wrong.
fn frames(bytes: &[u8]) -> impl Iterator<Item = (usize, Frame<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            match frame(bytes, start) {
                Some(frame) => {
                    at = frame.end;
                    return Some((start, frame));
                }
                None => at += 1,
            }
        }
        None
    })
}

fn push_frame(out: &mut Vec<u8>, position: u64, id: &SubjectId, ciphertext: &[u8]) {
    let start = out.len();
    let length = u32::try_from(ciphertext.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&position.to_le_bytes());
    out.extend_from_slice(id);
    out.extend_from_slice(ciphertext);
    let sum = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&sum.to_le_bytes());
}

fn frame(bytes: &[u8], at: usize) -> Option<Frame<'_>> {
    let head = bytes.get(at..at + HEAD)?;
    let length = usize::try_from(u32::from_le_bytes(*head.first_chunk()?)).ok()?;
    let position = u64::from_le_bytes(head[4..12].try_into().ok()?);
    let subject = head[12..].first_chunk()?;
    let end = at.checked_add(HEAD + SUM)?.checked_add(length)?;
    let (body, sum) = bytes.get(at..end)?.split_last_chunk::<SUM>()?;
    if crc32c::crc32c(body).to_le_bytes() != *sum {
        return None;
    }
    Some(Frame {
        place: Place {
            position,
            offset: (at + HEAD) as u64,
            length,
        },
        subject,
        end,
    })
}
