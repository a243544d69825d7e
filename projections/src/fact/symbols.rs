//! Symbol tables: every text and every uuid once, as a number.
//!
//! Append-only; a snapshot shares them. The values of core's enumerations are the first texts of
//! every table, so that decoding can name them without looking here.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use uuid::Uuid;

use super::NONE;
use super::atom::Symbol;
use crate::vocabulary::vocabulary;

/// Texts and uuids seen so far.
#[derive(Clone)]
pub(crate) struct Symbols {
    uuids: Vec<Uuid>,
    uuid_slots: HashTable<Symbol>,
    bytes: String,
    ends: Vec<u32>,
    text_slots: HashTable<Symbol>,
}

/// The hash by which a text is found; decoding computes it on another core.
pub(crate) fn text_hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// The hash by which a uuid is found.
pub(crate) fn uuid_hash(id: &Uuid) -> u64 {
    FixedState::default().hash_one(id.as_u128())
}

impl Default for Symbols {
    fn default() -> Self {
        let mut symbols = Self {
            uuids: Vec::new(),
            uuid_slots: HashTable::new(),
            bytes: String::new(),
            ends: Vec::new(),
            text_slots: HashTable::new(),
        };
        for name in vocabulary().choice_names() {
            symbols.text(name, text_hash(name));
        }
        symbols
    }
}

impl Symbols {
    /// The symbol of a uuid, new or known. [`NONE`] once 4 billion are taken.
    pub(crate) fn uuid(&mut self, id: Uuid) -> Symbol {
        let uuids = &self.uuids;
        let at = |symbol: Symbol| uuids.get(symbol as usize);
        let hash = uuid_hash(&id);
        if let Some(symbol) = self.uuid_slots.find(hash, |known| at(*known) == Some(&id)) {
            return *symbol;
        }
        let Ok(symbol) = Symbol::try_from(self.uuids.len()) else {
            return NONE;
        };
        self.uuid_slots
            .insert_unique(hash, symbol, |known| at(*known).map_or(0, uuid_hash));
        self.uuids.push(id);
        symbol
    }

    /// The symbol of a known uuid.
    pub(crate) fn find_uuid(&self, id: Uuid) -> Option<Symbol> {
        let same = |known: &Symbol| self.uuids.get(*known as usize) == Some(&id);
        self.uuid_slots.find(uuid_hash(&id), same).copied()
    }

    /// The symbol of a text, new or known.
    pub(crate) fn text(&mut self, text: &str, hash: u64) -> Symbol {
        if let Some(symbol) = self.find_text(text, hash) {
            return symbol;
        }
        let symbol = Symbol::try_from(self.ends.len()).unwrap_or(NONE);
        self.bytes.push_str(text);
        let Ok(end) = u32::try_from(self.bytes.len()) else {
            return NONE;
        };
        self.ends.push(end);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let rehash = |known: &Symbol| text_hash(slice(bytes, ends, *known));
        self.text_slots.insert_unique(hash, symbol, rehash);
        symbol
    }

    /// The symbol of a known text.
    pub(crate) fn find_text(&self, text: &str, hash: u64) -> Option<Symbol> {
        let same = |known: &Symbol| slice(&self.bytes, &self.ends, *known) == text;
        self.text_slots.find(hash, same).copied()
    }

    pub(crate) fn text_of(&self, symbol: Symbol) -> &str {
        slice(&self.bytes, &self.ends, symbol)
    }

    pub(crate) fn uuid_of(&self, symbol: Symbol) -> Option<Uuid> {
        self.uuids.get(symbol as usize).copied()
    }
}

fn slice<'a>(bytes: &'a str, ends: &[u32], symbol: Symbol) -> &'a str {
    let at = symbol as usize;
    let start = at
        .checked_sub(1)
        .and_then(|before| ends.get(before))
        .copied()
        .unwrap_or(0);
    let end = ends.get(at).copied().unwrap_or(start);
    bytes.get(start as usize..end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_has_the_same_symbol() {
        let mut symbols = Symbols::default();
        let first = symbols.text("フードスタイル九州", text_hash("フードスタイル九州"));
        let second = symbols.text("別の商談会", text_hash("別の商談会"));
        assert_ne!(first, second);
        assert_eq!(
            symbols.text("フードスタイル九州", text_hash("フードスタイル九州")),
            first
        );
        assert_eq!(symbols.text_of(second), "別の商談会");
        let id = Uuid::from_u128(7);
        let symbol = symbols.uuid(id);
        assert_eq!(
            (symbols.uuid(id), symbols.uuid_of(symbol)),
            (symbol, Some(id))
        );
        assert_eq!(symbols.find_uuid(Uuid::from_u128(8)), None);
    }

    #[test]
    fn the_values_of_enumerations_are_known_beforehand() {
        let symbols = Symbols::default();
        for name in vocabulary().choice_names() {
            assert_eq!(
                symbols.find_text(name, text_hash(name)),
                vocabulary().choice(name)
            );
        }
    }
}
