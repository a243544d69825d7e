//! From event id to position, 5 bytes an event: the ids themselves lie in the facts.

use hashbrown::HashTable;
use uuid::Uuid;

use super::Position;
use super::symbols::uuid_hash;

/// Positions by event id.
#[derive(Clone, Default)]
pub(crate) struct IdIndex(HashTable<Position>);

impl IdIndex {
    /// The position of an id, given the id at a position.
    pub(crate) fn find(&self, id: Uuid, at: impl Fn(Position) -> Uuid) -> Option<Position> {
        self.0
            .find(uuid_hash(&id), |position| at(*position) == id)
            .copied()
    }

    /// Adds an id that is not there yet.
    pub(crate) fn insert(&mut self, id: Uuid, position: Position, at: impl Fn(Position) -> Uuid) {
        self.0
            .insert_unique(uuid_hash(&id), position, |known| uuid_hash(&at(*known)));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
