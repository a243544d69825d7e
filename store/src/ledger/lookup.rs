//! Finds positions by id and by subject, in memory: about 25 bytes an entry.
//!
//! An id is known by 32 bits of its hash only, so it gives candidates that the caller compares
//! with the stored id. The entries of a subject are a chain from the last to the first. It is
//! filled in order at open, from the index and the journal; it knows no file.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use uuid::Uuid;

use crate::header::SubjectKey;

/// The most entries a ledger may have.
pub(super) const CAPACITY: u64 = u32::MAX as u64;
/// No earlier entry of the subject.
const NONE: u32 = u32::MAX;

struct Slot {
    fingerprint: u32,
    position: u32,
}

impl Slot {
    fn hash(&self) -> u64 {
        spread(self.fingerprint)
    }
}

/// The table takes its bucket and its tag from both ends of the hash.
fn spread(fingerprint: u32) -> u64 {
    u64::from(fingerprint).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[derive(Clone, Copy)]
struct Last {
    position: u32,
    version: u32,
}

/// Positions by id and by subject.
#[derive(Default)]
pub(super) struct Lookup {
    hasher: RandomState,
    ids: HashTable<Slot>,
    /// The previous entry of the same subject, by position.
    previous: Vec<u32>,
    subjects: HashMap<SubjectKey, Last>,
}

impl Lookup {
    /// The number of entries.
    pub(super) fn len(&self) -> u64 {
        self.previous.len() as u64
    }

    /// Positions that may have this id.
    pub(super) fn candidates(&self, id: &Uuid) -> Vec<u64> {
        let fingerprint = self.fingerprint(id);
        self.ids
            .iter_hash(spread(fingerprint))
            .filter(|slot| slot.fingerprint == fingerprint)
            .map(|slot| u64::from(slot.position))
            .collect()
    }

    /// The version of a subject.
    pub(super) fn version(&self, subject: &SubjectKey) -> u64 {
        self.subjects
            .get(subject)
            .map_or(0, |last| u64::from(last.version))
    }

    /// The positions of a subject in version order.
    pub(super) fn positions(&self, subject: &SubjectKey) -> Vec<u64> {
        let Some(last) = self.subjects.get(subject) else {
            return Vec::new();
        };
        let mut positions = Vec::with_capacity(last.version as usize);
        let mut position = last.position;
        while position != NONE {
            positions.push(u64::from(position));
            position = self.previous[position as usize];
        }
        positions.reverse();
        positions
    }

    /// Adds the next entry, of fewer than [`CAPACITY`]; gives its version.
    pub(super) fn push(&mut self, id: &Uuid, subject: SubjectKey) -> u64 {
        let position = u32::try_from(self.previous.len()).unwrap_or(NONE);
        let slot = Slot {
            fingerprint: self.fingerprint(id),
            position,
        };
        self.ids.insert_unique(slot.hash(), slot, Slot::hash);
        let last = self.subjects.entry(subject).or_insert(Last {
            position: NONE,
            version: 0,
        });
        self.previous.push(last.position);
        *last = Last {
            position,
            version: last.version + 1,
        };
        u64::from(last.version)
    }

    /// Forgets the last entry, which must have this id and subject.
    pub(super) fn pop(&mut self, id: &Uuid, subject: &SubjectKey) {
        let Some(previous) = self.previous.pop() else {
            return;
        };
        let position = u32::try_from(self.previous.len()).unwrap_or(NONE);
        let found = self.ids.find_entry(spread(self.fingerprint(id)), |slot| {
            slot.position == position
        });
        if let Ok(slot) = found {
            slot.remove();
        }
        match self.subjects.get_mut(subject) {
            Some(last) if previous != NONE => {
                *last = Last {
                    position: previous,
                    version: last.version - 1,
                };
            }
            _ => {
                self.subjects.remove(subject);
            }
        }
    }

    fn fingerprint(&self, id: &Uuid) -> u32 {
        u32::try_from(self.hasher.hash_one(id) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_lookup_answers_like_a_list(subjects in proptest::collection::vec(0..5_u8, 0..80), popped in 0..20_usize) {
            let mut lookup = Lookup::default();
            let mut list = Vec::new();
            for (number, subject) in (0_u128..).zip(subjects) {
                let id = Uuid::from_u128(number * 7919);
                let version = list.iter().filter(|(_, other)| *other == [subject; 16]).count() + 1;
                prop_assert_eq!(lookup.push(&id, [subject; 16]), version as u64);
                list.push((id, [subject; 16]));
            }
            for _ in 0..popped.min(list.len()) {
                let (id, subject) = list.pop().unwrap();
                lookup.pop(&id, &subject);
                prop_assert_eq!(lookup.candidates(&id), Vec::<u64>::new());
            }
            prop_assert_eq!(lookup.len(), list.len() as u64);
            for (position, (id, _)) in (0..).zip(&list) {
                prop_assert!(lookup.candidates(id).contains(&position));
            }
            for subject in 0..5_u8 {
                let expected: Vec<u64> = (0..).zip(&list)
                    .filter(|(_, (_, other))| *other == [subject; 16]).map(|(p, _)| p).collect();
                prop_assert_eq!(lookup.version(&[subject; 16]), expected.len() as u64);
                prop_assert_eq!(lookup.positions(&[subject; 16]), expected);
            }
        }
    }
}
