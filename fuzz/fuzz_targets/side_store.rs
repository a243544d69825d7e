//! The files of sealed fields and of keys, as a broken disk may hand them over.
//!
//! A vault over them opens or refuses; it never panics and opens nothing that was not sealed. The
//! first byte says how many of the bytes are the key store's.

#![no_main]

use std::cell::OnceCell;
use std::path::Path;

use banso_store::Vault;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

const MASTER: &str = include_str!("../../tests/fixtures/ledger-v1/keys/master.key");
const KEYS: &[u8] = include_bytes!("../../tests/fixtures/ledger-v1/keys/subjects");

thread_local! {
    static DIR: OnceCell<TempDir> = const { OnceCell::new() };
}

fn in_directory(work: impl FnOnce(&Path)) {
    DIR.with(|dir| work(dir.get_or_init(|| tempfile::tempdir().expect("a directory")).path()));
}

fuzz_target!(|bytes: &[u8]| {
    let Some((keys, bytes)) = bytes.split_first() else {
        return;
    };
    let (keys, frames) = bytes.split_at(usize::from(*keys).min(bytes.len()));
    in_directory(|dir| {
        for folder in ["keys", "sealed"] {
            let _ = std::fs::remove_dir_all(dir.join(folder));
            std::fs::create_dir_all(dir.join(folder)).expect("a folder");
        }
        std::fs::write(dir.join("keys/master.key"), MASTER).expect("a file");
        // Bytes of the key store are changed where they stand: a random one never opens.
        let mut subjects = KEYS.to_vec();
        for (byte, change) in subjects.iter_mut().zip(keys) {
            *byte ^= change;
        }
        std::fs::write(dir.join("keys/subjects"), subjects).expect("a file");
        std::fs::write(dir.join("sealed/00000000000000000000.frames"), frames).expect("a file");
        let Ok(vault) = Vault::open_alone(dir, 1000) else {
            return;
        };
        let subject = "business/0195ecb7-716e-7a55-aadb-8d6e194511dc";
        for position in 0..8 {
            let opened = vault.open(position, &[0; 32], subject, b"context");
            assert!(!matches!(opened, Ok(Some(_))), "something was opened that nobody sealed");
        }
        let _ = vault.destroy(subject);
    });
});
