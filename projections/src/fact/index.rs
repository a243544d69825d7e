//! From event id to position, 9 bytes an event: the ids themselves lie in the facts.
//!
//! Half of the hash stands beside the position, so that growing and most misses touch no fact.

use hashbrown::HashTable;
use uuid::Uuid;

use super::Position;
use super::symbols::uuid_hash;

/// Positions by event id.
#[derive(Clone, Default)]
pub(crate) struct IdIndex(HashTable<(u32, Position)>);

/// The half that is kept.
fn half(id: &Uuid) -> u32 {
    u32::try_from(uuid_hash(id) >> 32).unwrap_or(0)
}

/// A hash from the kept half; the table looks at the highest and the lowest bits.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl IdIndex {
    /// The position of an id, given the id at a position.
    pub(crate) fn find(&self, id: Uuid, at: impl Fn(Position) -> Uuid) -> Option<Position> {
        let wanted = half(&id);
        let same = |(half, position): &(u32, Position)| *half == wanted && at(*position) == id;
        self.0
            .find(spread(wanted), same)
            .map(|(_, position)| *position)
    }

    /// Adds an id that is not there yet.
    pub(crate) fn insert(&mut self, id: Uuid, position: Position) {
        let half = half(&id);
        self.0
            .insert_unique(spread(half), (half, position), |(half, _)| spread(*half));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
