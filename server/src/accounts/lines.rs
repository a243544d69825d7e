//! A private file of JSON lines that only grows: accounts, sessions and tokens are kept in such.
//!
//! Each line is synced before the call returns. A line that a crash cut short is dropped by the
//! next writer. Two processes may write; a lock orders them. Knows nothing of what the lines mean.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::AccountsError;

/// One file.
pub(super) struct LineFile {
    path: PathBuf,
}

impl LineFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// All whole lines; none if there is no file yet.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<(Vec<T>, u64), AccountsError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(self.failed(error)),
        };
        let mut reader = BufReader::new(file);
        let (mut lines, mut bytes, mut text) = (Vec::new(), 0, String::new());
        loop {
            text.clear();
            let read = reader
                .read_line(&mut text)
                .map_err(|error| self.failed(error))?;
            if read == 0 || !text.ends_with('\n') {
                return Ok((lines, bytes));
            }
            bytes += read as u64;
            let line = serde_json::from_str(&text)
                .map_err(|error| self.failed(format!("line {}: {error}", lines.len() + 1)))?;
            lines.push(line);
        }
    }

    /// Its length; 0 if there is none.
    pub(super) fn bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |meta| meta.len())
    }

    /// Adds a line, durable when this returns.
    pub(super) fn append(&self, line: &impl Serialize) -> Result<(), AccountsError> {
        let mut text = serde_json::to_vec(line).map_err(|error| self.failed(error))?;
        text.push(b'\n');
        let write = || {
            let mut file = private().read(true).append(true).open(&self.path)?;
            file.lock()?;
            cut_torn_line(&mut file)?;
            file.write_all(&text)?;
            file.sync_all()
        };
        write().map_err(|error| self.failed(error))
    }

    /// Replaces the whole file, as a whole or not at all.
    pub(super) fn replace(&self, lines: &[impl Serialize]) -> Result<(), AccountsError> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line).map_err(|error| self.failed(error))?;
            text.push(b'\n');
        }
        write_private(&self.path, &text).map_err(|error| self.failed(error))
    }

    pub(super) fn failed(&self, reason: impl ToString) -> AccountsError {
        AccountsError {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

/// Writes a file that only its owner reads, under its name only when it is whole.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = private().write(true).truncate(true).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

fn cut_torn_line(file: &mut File) -> std::io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    if end == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::Start(end - 1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    file.set_len(whole as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_crash_cut_is_dropped_and_the_next_stands_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines.ndjson");
        let file = LineFile::new(path.clone());
        file.append(&1).unwrap();
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"half").unwrap();
        assert_eq!(file.read::<u64>().unwrap().0, [1]);
        file.append(&2).unwrap();
        assert_eq!(file.read::<u64>().unwrap().0, [1, 2]);
    }
}
