//! The facts of a ledger in order: compact, append-only, shared cheaply with snapshots.
//!
//! Facts lie in chunks behind `Arc`s: a snapshot clones pointers, and an append copies at most the
//! last chunk. Knows no effective state: that a fact is voided is for the fold to find out.

use std::collections::BTreeMap;
use std::sync::Arc;

use banso_core::subject::{Subject, SubjectKind};

use super::atom::{Atom, Tag, Value};
use super::decision::{self, Decision};
use super::decode::{Batch, Draft};
use super::index::IdIndex;
use super::read_data::{Read, Sighted, sight};
use super::symbols::{Symbols, text_hash};
use super::{CORRECTS_DATA, CORRECTS_DATE, Fact, NONE, Position};
use crate::vocabulary::{FieldId, Kind, vocabulary};

const CHUNK_BITS: u32 = 14;
const CHUNK: usize = 1 << CHUNK_BITS;

/// An entry that does not fit the facts before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} cannot be folded: {reason}")]
pub struct FoldError {
    /// Position of the entry, or the position that was expected.
    pub position: u64,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Clone, Default)]
struct Chunk {
    facts: Vec<Fact>,
    values: Vec<Value>,
}

/// All facts up to some position.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    chunks: Vec<Arc<Chunk>>,
    len: Position,
    pub(crate) symbols: Arc<Symbols>,
    /// Steering programme entries, and their corrections, by position.
    pub(crate) decisions: Arc<BTreeMap<Position, Decision>>,
    ids: IdIndex,
    fields: Fields,
}

/// Fields that the fold itself reads.
#[derive(Clone, Copy)]
struct Fields {
    business: Option<FieldId>,
    into: Option<FieldId>,
    deal: Option<FieldId>,
}

impl Default for Fields {
    fn default() -> Self {
        let field = |name| vocabulary().field(name);
        Self {
            business: field("business_id"),
            into: field("into"),
            deal: field("deal"),
        }
    }
}

impl Facts {
    pub(crate) fn len(&self) -> Position {
        self.len
    }

    /// The fact at a position below [`Facts::len`].
    pub(crate) fn fact(&self, position: Position) -> &Fact {
        &self.chunks[(position >> CHUNK_BITS) as usize].facts[position as usize % CHUNK]
    }

    /// The values of the data recorded at a position.
    pub(crate) fn values(&self, position: Position) -> &[Value] {
        let chunk = &self.chunks[(position >> CHUNK_BITS) as usize];
        let fact = &chunk.facts[position as usize % CHUNK];
        let from = fact.values_at as usize;
        chunk
            .values
            .get(from..from + usize::from(fact.values))
            .unwrap_or_default()
    }

    /// The values of one field.
    pub(crate) fn field(
        &self,
        position: Position,
        field: FieldId,
    ) -> impl Iterator<Item = Atom> + '_ {
        self.values(position)
            .iter()
            .filter(move |value| value.field() == field)
            .map(|v| v.atom())
    }

    /// `kind/uuid`, or `programme/plan`.
    pub(crate) fn subject_name(&self, position: Position) -> String {
        let fact = self.fact(position);
        match self.symbols.uuid_of(fact.subject) {
            Some(id) => Subject::One(fact.subject_kind(), id).to_string(),
            None => Subject::PROGRAMME.to_owned(),
        }
    }

    /// All facts below a position, with their positions.
    pub(crate) fn iter(&self, until: Position) -> impl Iterator<Item = (Position, &Fact)> {
        let facts = self.chunks.iter().flat_map(|chunk| &chunk.facts);
        (0..until).zip(facts)
    }

    /// The position from which entries were recorded after an instant (record times never fall).
    pub(crate) fn recorded_after(&self, milliseconds: i64) -> Position {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.fact(middle).recorded_at <= milliseconds {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The same facts without the index that only appending needs.
    pub(crate) fn snapshot(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
            symbols: Arc::clone(&self.symbols),
            decisions: Arc::clone(&self.decisions),
            ids: IdIndex::default(),
            fields: self.fields,
        }
    }

    /// Forgets everything from a position on, and rebuilds the index that appending needs.
    pub(crate) fn cut(&mut self, len: Position) {
        let chunks = (len as usize).div_ceil(CHUNK);
        self.chunks.truncate(chunks);
        if let Some(last) = self.chunks.last_mut() {
            let rest = len as usize - (chunks - 1) * CHUNK;
            if last.facts.len() > rest {
                let last = Arc::make_mut(last);
                last.facts.truncate(rest);
                let end = last
                    .facts
                    .last()
                    .map_or(0, |f| f.values_at as usize + usize::from(f.values));
                last.values.truncate(end);
            }
        }
        self.len = len;
        Arc::make_mut(&mut self.decisions).split_off(&len);
        self.ids.clear();
        let mut ids = IdIndex::default();
        for (position, fact) in self.iter(len) {
            ids.insert(fact.id, position, |known| self.fact(known).id);
        }
        self.ids = ids;
    }

    /// True if the index that appending needs is there.
    pub(crate) fn can_append(&self) -> bool {
        self.ids.len() == self.len as usize
    }

    /// Adds every entry of a batch below `until`; true if there was an end to reach.
    pub(crate) fn take(&mut self, batch: &Batch, limit: &Limit) -> Result<bool, FoldError> {
        let mut programme = batch.programme.iter().peekable();
        for (at, draft) in batch.drafts.iter().enumerate() {
            let data = programme
                .next_if(|(index, _)| *index == at)
                .map(|(_, data)| data);
            if limit.is_beyond(draft) {
                return Ok(true);
            }
            self.push(batch, draft, data)?;
        }
        Ok(false)
    }

    fn push(
        &mut self,
        batch: &Batch,
        draft: &Draft,
        data: Option<&serde_json::Value>,
    ) -> Result<(), FoldError> {
        let position = self.len;
        let fail = |reason: String| FoldError {
            position: draft.position,
            reason,
        };
        if draft.position != u64::from(position) || position == NONE {
            return Err(fail(format!(
                "the next entry must have position {position}"
            )));
        }
        let symbols = Arc::make_mut(&mut self.symbols);
        let subject = draft.subject.map_or(NONE, |id| symbols.uuid(id));
        let recorder = draft.recorder.map_or(NONE, |id| symbols.uuid(id));
        let target = self.target(draft, subject);
        let kind = if target == NONE {
            draft.kind
        } else {
            self.fact(target).kind
        };
        let (business, values_at, values) = self.store_values(batch, draft, kind).map_err(fail)?;
        let mut flags = subject_bits(draft.subject_kind);
        if draft.has_new_data {
            flags |= CORRECTS_DATA;
        }
        if draft.new_day.is_some() {
            flags |= CORRECTS_DATE;
        }
        let fact = Fact {
            id: draft.id,
            recorded_at: draft.recorded_at,
            subject,
            recorder,
            business,
            target,
            values_at,
            day: draft.new_day.unwrap_or(draft.day),
            values,
            kind: draft.kind,
            flags,
        };
        if let Some(data) = data.filter(|_| decision::steers(kind)) {
            self.decide(position, draft, kind, data).map_err(fail)?;
        }
        if let Some(chunk) = self.chunks.last_mut() {
            Arc::make_mut(chunk).facts.push(fact);
        }
        self.len += 1;
        let mut ids = std::mem::take(&mut self.ids);
        ids.insert(draft.id, position, |known| self.fact(known).id);
        self.ids = ids;
        Ok(())
    }

    /// What a `record.*` reaches: an earlier event of the same subject that is no record itself.
    fn target(&self, draft: &Draft, subject: u32) -> Position {
        let found = draft
            .target
            .and_then(|id| self.ids.find(id, |at| self.fact(at).id));
        let known = &vocabulary().known;
        let fits = |position: &Position| {
            let fact = self.fact(*position);
            fact.subject == subject
                && fact.subject_kind() == draft.subject_kind
                && fact.kind != known.corrected
                && fact.kind != known.voided
        };
        found.filter(fits).unwrap_or(NONE)
    }

    /// Stores the values of an entry: its business, where they start and how many there are.
    fn store_values(
        &mut self,
        batch: &Batch,
        draft: &Draft,
        kind: Kind,
    ) -> Result<(u32, u32, u16), String> {
        if self.chunks.len() <= self.len as usize / CHUNK {
            self.chunks.push(Arc::default());
        }
        let (from, to) = draft.values;
        let read = batch.sink.values.get(from..to).unwrap_or_default();
        let mut business = NONE;
        let default = vocabulary().default_of(kind).filter(|(field, _)| {
            (draft.target.is_none() || draft.has_new_data) && !read.iter().any(|(f, _)| f == field)
        });
        let mut values = Vec::with_capacity(read.len() + 1);
        for (field, value) in read {
            let atom = self.atom(batch, *field, *value);
            if atom.tag() == Tag::Uuid
                && [self.fields.business, self.fields.into].contains(&Some(*field))
            {
                business = atom.number();
            }
            values.push(Value::new(*field, atom));
        }
        values.extend(default.map(|(field, symbol)| Value::new(field, Atom::text(symbol))));
        let count = u16::try_from(values.len()).map_err(|_| "it has too many values".to_owned())?;
        let Some(chunk) = self.chunks.last_mut().map(Arc::make_mut) else {
            return Err("there is no chunk to store it in".to_owned());
        };
        let start =
            u32::try_from(chunk.values.len()).map_err(|_| "its chunk is full".to_owned())?;
        chunk.values.extend(values);
        Ok((business, start, count))
    }

    fn atom(&mut self, batch: &Batch, field: FieldId, read: Read) -> Atom {
        let symbols = Arc::make_mut(&mut self.symbols);
        match read {
            Read::Ready(atom) => atom,
            Read::Text { from, to, hash } => {
                Atom::text(symbols.text(batch.sink.text(from, to), hash))
            }
            Read::Decimal { from, to, hash } => {
                Atom::decimal(symbols.text(batch.sink.text(from, to), hash))
            }
            Read::Uuid(id) if Some(field) == self.fields.deal => {
                let deal = self.ids.find(id, |at| self.fact(at).id);
                deal.map_or_else(|| Atom::text(NONE), Atom::event)
            }
            Read::Uuid(id) => Atom::uuid(symbols.uuid(id)),
        }
    }

    fn decide(
        &mut self,
        position: Position,
        draft: &Draft,
        kind: Kind,
        data: &serde_json::Value,
    ) -> Result<(), String> {
        let data = match (draft.target, data.get("data")) {
            (None, _) => data,
            (Some(_), Some(corrected)) => corrected,
            (Some(_), None) => return Ok(()),
        };
        let decision = decision::read(kind, data)?;
        if let Decision::Adopted(plan) = &decision {
            // So that a filter finds the symbols whenever it is compiled.
            let symbols = Arc::make_mut(&mut self.symbols);
            for text in plan.filter_texts() {
                match sight(text) {
                    Sighted::Uuid(id) => {
                        symbols.uuid(id);
                    }
                    Sighted::Other => {
                        symbols.text(text, text_hash(text));
                    }
                    Sighted::Day(_) | Sighted::Choice(_) => {}
                }
            }
        }
        Arc::make_mut(&mut self.decisions).insert(position, decision);
        Ok(())
    }
}

/// Where to stop taking entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) below: u64,
    pub(crate) recorded_until: i64,
}

impl Limit {
    pub(crate) const NONE: Self = Self {
        below: u64::MAX,
        recorded_until: i64::MAX,
    };

    fn is_beyond(&self, draft: &Draft) -> bool {
        draft.position >= self.below || draft.recorded_at > self.recorded_until
    }
}

fn subject_bits(kind: SubjectKind) -> u8 {
    let at = SubjectKind::ALL.iter().position(|known| *known == kind);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}
