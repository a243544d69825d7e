//! Where facts and their values lie: chunks that snapshots share, and one that still grows.
//!
//! Positions are those that the owner gave; one that was never pushed is a mistake of this crate.

use std::sync::Arc;

use super::atom::Value;
use super::{Fact, Position};

const CHUNK_BITS: u32 = 14;
const CHUNK: usize = 1 << CHUNK_BITS;

#[derive(Clone, Default)]
struct Chunk {
    facts: Vec<Fact>,
    values: Vec<Value>,
}

/// Facts and their values: full chunks behind pointers, the last one at hand.
#[derive(Clone, Default)]
pub(super) struct Held {
    full: Vec<Arc<Chunk>>,
    last: Chunk,
    pub(super) len: Position,
}

impl Held {
    fn chunk(&self, position: Position) -> &Chunk {
        self.full
            .get((position >> CHUNK_BITS) as usize)
            .map_or(&self.last, Arc::as_ref)
    }

    pub(super) fn fact(&self, position: Position) -> &Fact {
        &self.chunk(position).facts[position as usize % CHUNK]
    }

    pub(super) fn values(&self, position: Position) -> &[Value] {
        let chunk = self.chunk(position);
        let fact = &chunk.facts[position as usize % CHUNK];
        let from = fact.values_at as usize;
        chunk
            .values
            .get(from..from + usize::from(fact.values))
            .unwrap_or_default()
    }

    pub(super) fn push(&mut self, fact: Fact, values: &[Value]) {
        self.last.values.extend_from_slice(values);
        self.last.facts.push(fact);
        self.len += 1;
        if self.last.facts.len() == CHUNK {
            self.full.push(Arc::new(std::mem::take(&mut self.last)));
        }
    }

    pub(super) fn cut(&mut self, len: Position) {
        let full = len as usize / CHUNK;
        if full < self.full.len() {
            self.last = self.full[full].as_ref().clone();
            self.full.truncate(full);
        }
        self.last.facts.truncate(len as usize % CHUNK);
        let end = self.last.facts.last();
        let end = end.map_or(0, |fact| fact.values_at as usize + usize::from(fact.values));
        self.last.values.truncate(end);
        self.len = len;
    }

    /// Every fact in order.
    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        let chunks = self.full.iter().map(Arc::as_ref).chain([&self.last]);
        chunks.flat_map(|chunk| &chunk.facts)
    }

    /// Where the values of the next fact start in its chunk.
    pub(super) fn values_end(&self) -> usize {
        self.last.values.len()
    }
}
