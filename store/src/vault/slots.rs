//! The bytes of a key slot, and what a write that was cut short leaves of one.
//!
//! A slot: state (1 byte), 7 zeros, subject id (32), nonce ‖ wrapped key ‖ tag (72), 12 zeros,
//! CRC-32C of all that. It must not know who is sealed to a subject.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::cipher::NONCE;

/// Bytes of a slot: a divisor of a disk sector, so that no slot crosses one.
pub(super) const SLOT: usize = 128;
/// Nonce, key, tag.
pub(super) const WRAPPED: usize = NONCE + 32 + 16;
const LIVE: u8 = 1;
const ERASED: u8 = 2;
/// Where the wrapped key begins.
const KEY: usize = 40;

/// A subject in the key store: SHA-256 of its name.
pub(crate) type SubjectId = [u8; 32];

/// The id of a subject.
pub(crate) fn subject_id(key_subject: &str) -> SubjectId {
    Sha256::digest(key_subject).into()
}

/// The image of a slot; without a key that of an erased subject.
pub(super) fn encode(id: &SubjectId, wrapped: Option<&[u8; WRAPPED]>) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[0] = if wrapped.is_some() { LIVE } else { ERASED };
    slot[8..KEY].copy_from_slice(id);
    if let Some(wrapped) = wrapped {
        slot[KEY..KEY + WRAPPED].copy_from_slice(wrapped);
    }
    let sum = crc32c::crc32c(&slot[..SLOT - 4]);
    slot[SLOT - 4..].copy_from_slice(&sum.to_le_bytes());
    slot
}

/// Reads a slot: subject and key, `None` where it was erased. `None` in all when it is damaged.
pub(super) fn decode(slot: &[u8; SLOT]) -> Option<(SubjectId, Option<[u8; WRAPPED]>)> {
    let (body, sum) = slot.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let id = body[8..KEY].try_into().ok()?;
    match body[0] {
        LIVE => Some((id, Some(body[KEY..KEY + WRAPPED].try_into().ok()?))),
        ERASED => Some((id, None)),
        _ => None,
    }
}

/// What an erasure left whose write ended in the middle of the slot.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TornErasure {
    /// The key is whole: the slot is as before but for its first byte.
    Undone(SubjectId, [u8; WRAPPED]),
    /// A part of the key is gone already.
    Done(SubjectId),
}

/// Recognises an erased slot's image written over a live one, up to any byte.
pub(super) fn torn_erasure(slot: &[u8; SLOT]) -> Option<TornErasure> {
    if slot[0] != ERASED || slot[1..8] != [0; 7] {
        return None;
    }
    let mut before = *slot;
    before[0] = LIVE;
    if let Some((id, Some(wrapped))) = decode(&before) {
        return Some(TornErasure::Undone(id, wrapped));
    }
    let id = slot[8..KEY].try_into().ok()?;
    (slot[KEY] == 0).then_some(TornErasure::Done(id))
}

/// The slots of a key store's file, whatever the master key.
#[derive(Default)]
pub(crate) struct Slots {
    /// By subject: number of the slot, and the key unless it was erased.
    pub(super) known: HashMap<SubjectId, (u64, Option<[u8; WRAPPED]>)>,
    /// Slots with bytes that are no slot, by number; one that the end of the file cuts is filled
    /// with zeros.
    pub(super) damaged: Vec<(u64, [u8; SLOT])>,
    /// The number of the next slot.
    pub(super) next: u64,
}

impl Slots {
    /// Reads a file's bytes.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut slots = Self::default();
        for (number, part) in (0..).zip(bytes.chunks(SLOT)) {
            let mut slot = [0; SLOT];
            slot[..part.len()].copy_from_slice(part);
            // A power cut may lose a slot that no acknowledged entry used: it reads as zeros.
            if slot == [0; SLOT] {
                continue;
            }
            match decode(&slot) {
                Some((id, wrapped)) => drop(slots.known.insert(id, (number, wrapped))),
                None => slots.damaged.push((number, slot)),
            }
        }
        slots.next = (bytes.len() / SLOT) as u64;
        slots
    }

    /// Whether a subject was erased; `None` when it has no slot.
    pub(crate) fn is_erased(&self, key_subject: &str) -> Option<bool> {
        let (_, wrapped) = self.known.get(&subject_id(key_subject))?;
        Some(wrapped.is_none())
    }

    /// How many slots are damaged.
    pub(crate) fn damaged(&self) -> usize {
        self.damaged.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_that_was_cut_short_at_any_byte_is_recognised() {
        let (id, wrapped) = (subject_id("business/1"), [7; WRAPPED]);
        let (live, erased) = (encode(&id, Some(&wrapped)), encode(&id, None));
        for cut in 1..SLOT {
            let mut torn = live;
            torn[..cut].copy_from_slice(&erased[..cut]);
            let known = decode(&torn);
            let expected = if cut <= KEY {
                Some(TornErasure::Undone(id, wrapped))
            } else {
                Some(TornErasure::Done(id))
            };
            // The last bytes may be the same by chance, and the slot is whole.
            assert!(
                known == Some((id, None)) || torn_erasure(&torn) == expected,
                "byte {cut}"
            );
        }
        assert_eq!(torn_erasure(&live), None);
    }

    #[test]
    fn a_slot_of_every_state_is_read_back_and_no_bit_of_it_can_change_unseen() {
        let id = subject_id("business/1");
        for slot in [encode(&id, Some(&[9; WRAPPED])), encode(&id, None)] {
            assert_eq!(Slots::read(&slot).known.len(), 1);
            for bit in 0..SLOT * 8 {
                let mut bad = slot;
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(decode(&bad), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_slot_that_the_end_of_the_file_cuts_counts_as_damaged() {
        let whole = encode(&subject_id("business/1"), Some(&[9; WRAPPED]));
        let slots = Slots::read(&[&whole[..], &whole[..50]].concat());
        assert_eq!((slots.known.len(), slots.damaged(), slots.next), (1, 1, 1));
    }
}
