//! Notes and checkpoints: strictness, and agreement with `signed_note`, the Rust port of Go's.

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::signer::Signer;

const ORIGIN: &str = "ledger.example/cases";

fn signed() -> (Signer, String) {
    let signer = Signer::generate(ORIGIN).unwrap();
    let note = signer.sign_checkpoint(600, &[7; 32]);
    (signer, note)
}

#[test]
fn a_signed_checkpoint_opens_and_is_written_back_byte_for_byte() {
    let (signer, note) = signed();
    let checkpoint = Checkpoint::open(&note, signer.verifier_key()).unwrap();
    assert_eq!(
        checkpoint,
        Checkpoint {
            origin: ORIGIN.into(),
            size: 600,
            root: [7; 32]
        }
    );
    assert_eq!(SignedNote::parse(&note).unwrap().to_string(), note);
}

#[test]
fn no_bit_of_a_checkpoint_can_change() {
    let (signer, note) = signed();
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = String::from_utf8(bytes) {
            assert!(
                Checkpoint::open(&text, signer.verifier_key()).is_err(),
                "bit {bit}"
            );
        }
    }
}

#[test]
fn the_reference_implementation_verifies_our_notes() {
    use signed_note::{Note, StandardVerifier, VerifierList};
    let (signer, note) = signed();
    let verifier = StandardVerifier::new(&signer.vkey()).unwrap();
    let theirs = Note::from_bytes(note.as_bytes()).unwrap();
    let (good, unknown) = theirs
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!((good.len(), unknown.len()), (1, 0));
}

#[test]
fn a_verifier_key_survives_its_text_form() {
    let key = VerifierKey::parse(&signed().0.vkey()).unwrap();
    assert_eq!(VerifierKey::parse(&key.to_string()).as_ref(), Ok(&key));
    let other = key.to_string().replacen(ORIGIN, "ledger.example/other", 1);
    assert_eq!(
        VerifierKey::parse(&other),
        Err(NoteError::Key("the key id does not match the key"))
    );
    for bad in ["", "a+b", "a+00000000+AAAA", "a+00000000+!"] {
        assert!(VerifierKey::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn unknown_signatures_are_kept_and_a_foreign_key_is_not_satisfied() {
    let (signer, note) = signed();
    let (other, foreign) = signed();
    let line = SignedNote::parse(&foreign).unwrap().signatures.remove(0);
    let mut both = SignedNote::parse(&note).unwrap();
    assert_eq!(
        both.verify(other.verifier_key()),
        Err(NoteError::Unsigned(ORIGIN.into()))
    );
    both.signatures.push(line);
    assert_eq!(both.verify(signer.verifier_key()), Ok(0));
}

#[test]
fn a_second_invalid_signature_of_the_same_key_is_refused() {
    let (signer, note) = signed();
    let mut note = SignedNote::parse(&note).unwrap();
    let mut line = note.signatures[0].clone();
    line.signature[0] ^= 1;
    note.signatures.push(line);
    assert_eq!(
        note.verify(signer.verifier_key()),
        Err(NoteError::BadSignature(ORIGIN.into()))
    );
}

#[test]
fn a_cosignature_gives_its_time() {
    let secret = SigningKey::from_bytes(&[3; 32]);
    let key = VerifierKey::new(
        "witness.example",
        KeyKind::Cosignature,
        secret.verifying_key(),
    )
    .unwrap();
    let mut note = SignedNote::parse(&signed().1).unwrap();
    let message = format!("cosignature/v1\ntime 1700000000\n{}", note.text);
    let mut signature = 1_700_000_000_u64.to_be_bytes().to_vec();
    signature.extend_from_slice(&secret.sign(message.as_bytes()).to_bytes());
    note.signatures.push(SignatureLine {
        name: "witness.example".into(),
        key_id: key.id(),
        signature,
    });
    assert_eq!(note.verify(&key), Ok(1_700_000_000));
    note.signatures[1].signature[7] ^= 1;
    assert_eq!(
        note.verify(&key),
        Err(NoteError::BadSignature("witness.example".into()))
    );
}

#[test]
fn malformed_checkpoints_are_refused() {
    let root = BASE64.encode([0; 32]);
    for bad in [
        String::new(),
        format!("o\n1\n{root}"),
        format!("o\n01\n{root}\n"),
        format!("o\n+1\n{root}\n"),
        format!("o\n-1\n{root}\n"),
        format!("\n1\n{root}\n"),
        "o\n1\n".to_owned(),
        "o\n1\nAAAA\n".to_owned(),
        format!("o\n1\n{root}\n\n"),
        format!("o\n18446744073709551616\n{root}\n"),
    ] {
        assert!(Checkpoint::parse(&bad).is_err(), "{bad:?}");
    }
    let extended = format!("o\n1\n{root}\nextension\n");
    assert_eq!(Checkpoint::parse(&extended).unwrap().size, 1);
}
