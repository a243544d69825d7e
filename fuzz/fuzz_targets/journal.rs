//! The bytes of a journal's segments, as a broken disk may hand them over.
//!
//! Reading them yields entries or names the place of the damage; it never panics and never counts
//! an entry that no commit line covers. A zero byte begins the second segment.

#![no_main]

use std::cell::OnceCell;
use std::path::Path;

use banso_store::JournalEntries;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

thread_local! {
    static DIR: OnceCell<TempDir> = const { OnceCell::new() };
}

fn in_directory(work: impl FnOnce(&Path)) {
    DIR.with(|dir| work(dir.get_or_init(|| tempfile::tempdir().expect("a directory")).path()));
}

fuzz_target!(|bytes: &[u8]| {
    in_directory(|dir| {
        let journal = dir.join("journal");
        let _ = std::fs::remove_dir_all(&journal);
        std::fs::create_dir_all(&journal).expect("a folder");
        let mut segments = bytes.splitn(2, |byte| *byte == 0);
        for first in [0, 2] {
            if let Some(segment) = segments.next() {
                let path = journal.join(format!("{first:020}.ndjson"));
                std::fs::write(path, segment).expect("a file");
            }
        }
        let lines = bytes.split(|byte| *byte == b'\n').count();
        let Ok(entries) = JournalEntries::open(dir) else {
            return;
        };
        let read: usize = entries.map_while(Result::ok).map(|chunk| chunk.len()).sum();
        assert!(read < lines.max(1), "{read} entries out of {lines} lines");
    });
});
