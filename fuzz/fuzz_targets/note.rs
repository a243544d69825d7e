//! Signed notes, checkpoints and public keys, as somebody hands them in.
//!
//! What is read is written as the same bytes, or two readers could see two notes in one text.

#![no_main]

use banso_store::note::{Checkpoint, SignedNote, VerifierKey};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

fuzz_target!(|text: &str| {
    let key = VerifierKey::parse(KEY).expect("the key of the specification's example");
    if let Ok(note) = SignedNote::parse(text) {
        let _ = note.verify(&key);
        if let Ok(again) = SignedNote::parse(&note.to_string()) {
            assert_eq!(again, note);
        } else {
            panic!("a note that was read cannot be read again");
        }
        if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
            let again = Checkpoint::parse(&checkpoint.text()).expect("it reads back");
            assert_eq!(again, checkpoint);
        }
    }
    let _ = Checkpoint::open(text, &key);
    if let Ok(other) = VerifierKey::parse(text.trim()) {
        let _ = SignedNote::parse(text).map(|note| note.verify(&other));
    }
});
