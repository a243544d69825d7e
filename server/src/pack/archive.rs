//! A pack as one ZIP file. The same files always give the same bytes.

use std::collections::btree_map::Entry;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{Files, PackError};

/// No file of a pack is longer than this when unpacked; a longer one is a bomb.
const LONGEST: u64 = 1 << 30;

fn failed(error: impl ToString) -> PackError {
    PackError::Archive(format!("not a readable pack: {}", error.to_string()))
}

/// The bytes of a ZIP file.
///
/// # Errors
/// [`PackError::Archive`] when a file is too large for the format.
pub fn write(files: &Files) -> Result<Vec<u8>, PackError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (path, bytes) in files {
        zip.start_file(path.as_str(), options).map_err(failed)?;
        zip.write_all(bytes).map_err(failed)?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

/// The files of a ZIP file; a path that stands twice is refused, because readers differ in which
/// one they take.
///
/// # Errors
/// [`PackError::Archive`] naming what cannot be read.
pub fn read(bytes: &[u8]) -> Result<Files, PackError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(failed)?;
    let mut files = Files::new();
    for at in 0..zip.len() {
        let file = zip.by_index(at).map_err(failed)?;
        if file.is_dir() {
            continue;
        }
        let path = file.name().to_owned();
        let mut content = Vec::new();
        file.take(LONGEST + 1)
            .read_to_end(&mut content)
            .map_err(|error| PackError::Archive(format!("{path}: {error}")))?;
        if content.len() as u64 > LONGEST {
            return Err(PackError::Archive(format!("{path}: too long")));
        }
        match files.entry(path) {
            Entry::Vacant(place) => {
                place.insert(content);
            }
            Entry::Occupied(place) => {
                let path = place.key();
                return Err(PackError::Archive(format!("{path}: stands twice")));
            }
        }
    }
    Ok(files)
}
