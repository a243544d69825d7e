//! The few file operations the store is built on, with errors that name the file.
//!
//! A name is durable only after its directory was synced, so every create, rename and removal
//! that matters goes through here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::StoreError;

/// Names the file of an I/O error.
pub(crate) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::io(path, source))
    }
}

/// Takes a lock. A thread that panicked while holding it left plain data behind, and stops
/// intake by itself.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).at(dir)
}

/// Makes a directory that only the owner may enter.
pub(crate) fn private_dir(dir: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .at(dir)
}

/// Opens a file for reading and writing, creating it where it is missing.
pub(crate) fn open_rw(path: &Path, mode: u32) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(mode)
        .open(path)
        .at(path)
}

/// Replaces a file in one step: the old or the new content is there after a power cut.
pub fn write_atomically(path: &Path, content: &[u8], mode: u32) -> Result<(), StoreError> {
    let temporary = path.with_extension("tmp");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&temporary)
        .at(&temporary)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .at(&temporary)?;
    fs::rename(&temporary, path).at(path)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    sync_dir(folder.unwrap_or(Path::new(".")))
}

/// Appends the next `length` bytes of the file; fewer at its end. A file that is read from end to
/// end is read this way: the memory is not cleared first, as [`read_at`] has to.
pub(crate) fn read_on(file: &mut File, length: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    file.take(length as u64).read_to_end(bytes)
}

/// Up to `length` bytes from `offset`; fewer at the end of the file.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// A name in `damaged/` that is not taken, for evidence that is kept.
pub(crate) fn aside(dir: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let damaged = dir.join("damaged");
    private_dir(&damaged)?;
    let mut number = 1;
    loop {
        let path = damaged.join(format!("{name}.{number}"));
        if !path.exists() {
            return Ok(path);
        }
        number += 1;
    }
}
