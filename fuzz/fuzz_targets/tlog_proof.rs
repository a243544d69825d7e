//! Proofs as an auditor is handed them: read, written, read again, and checked against an entry.

#![no_main]

use banso_store::merkle;
use banso_store::note::{Checkpoint, VerifierKey};
use banso_store::tlog_proof::TlogProof;
use libfuzzer_sys::fuzz_target;

const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

fuzz_target!(|text: &str| {
    let Ok(proof) = TlogProof::parse(text) else {
        return;
    };
    let again = TlogProof::parse(&proof.to_string()).expect("a proof that was read can be read again");
    assert_eq!(again, proof);
    let key = VerifierKey::parse(KEY).expect("the key of the specification's example");
    assert!(proof.verify(b"entry", &key).is_err(), "nobody here holds that key");
    // The path alone, as if the checkpoint had been signed.
    let unsigned = proof.checkpoint.split("\n\n").next().unwrap_or_default();
    if let Ok(checkpoint) = Checkpoint::parse(&format!("{unsigned}\n")) {
        let leaf = merkle::leaf_hash(b"entry");
        let path = &proof.path;
        let _ = merkle::verify_inclusion(&leaf, proof.index, checkpoint.size, path, &checkpoint.root);
        let old = checkpoint.size / 2;
        let _ = merkle::verify_consistency(old, &leaf, checkpoint.size, &checkpoint.root, path);
    }
});
