//! Careful reading below an export directory. Knows no tile and no note.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{AuditFault, Class};

/// The longest note, key file or proof, in bytes.
const LONGEST_NOTE: u64 = 1_000_000;

/// An export directory; every path is below it, with `/`.
pub(super) struct Export<'a> {
    dir: &'a Path,
}

impl<'a> Export<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// Whether something is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.dir.join(path).symlink_metadata().is_ok()
    }

    /// The content of a regular file of at most `limit` bytes.
    pub(super) fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, AuditFault> {
        let full = self.dir.join(path);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                AuditFault::new(path, Class::Missing, "the file is not there")
            }
            _ => AuditFault::new(path, Class::File, format!("cannot be read: {error}")),
        };
        if !fs::metadata(&full).map_err(failed)?.is_file() {
            return Err(AuditFault::new(path, Class::File, "not a regular file"));
        }
        let mut content = Vec::new();
        let file = File::open(&full).map_err(failed)?;
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(failed)?;
        if content.len() as u64 > limit {
            let detail = format!("longer than {limit} bytes");
            return Err(AuditFault::new(path, Class::File, detail));
        }
        Ok(content)
    }

    /// The content of a note or proof.
    pub(super) fn note(&self, path: &str) -> Result<Vec<u8>, AuditFault> {
        self.read(path, LONGEST_NOTE)
    }

    /// The text of a file of keys.
    pub(super) fn key_text(&self, path: &str) -> Result<String, AuditFault> {
        String::from_utf8(self.note(path)?)
            .map_err(|_| AuditFault::new(path, Class::Key, "not UTF-8"))
    }

    /// Every file at any depth below a folder, in the order of the bytes of the paths. Links are
    /// files, whatever they lead to.
    pub(super) fn files(&self, folder: &str) -> Result<Vec<String>, AuditFault> {
        let (mut found, mut open) = (Vec::new(), vec![PathBuf::from(folder)]);
        while let Some(at) = open.pop() {
            let failed = |error: io::Error| {
                let detail = format!("cannot be read: {error}");
                AuditFault::new(at.to_string_lossy(), Class::File, detail)
            };
            let items = match fs::read_dir(self.dir.join(&at)) {
                Ok(items) => items,
                Err(error)
                    if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]
                        .contains(&error.kind()) =>
                {
                    continue;
                }
                Err(error) => return Err(failed(error)),
            };
            for item in items {
                let item = item.map_err(failed)?;
                let path = at.join(item.file_name());
                if item.file_type().map_err(failed)?.is_dir() {
                    open.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort_by(|one, other| one.as_os_str().as_bytes().cmp(other.as_os_str().as_bytes()));
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        Ok(found.into_iter().map(text).collect())
    }
}
