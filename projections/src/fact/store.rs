//! The facts of a ledger in order: compact, append-only, shared cheaply with snapshots.
//!
//! Full chunks lie behind `Arc`s: a snapshot clones pointers and the last chunk. Knows no effective state: that a fact is voided is for the fold to find out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use banso_core::subject::{Subject, SubjectKind};

use super::atom::{Atom, Value};
use super::decision::{self, Decision};
use super::decode::{Batch, Draft};
use super::held::Held;
use super::index::IdIndex;
use super::read_data::{Read, Sighted, sight};
use super::symbols::{Symbols, text_hash};
use super::{CORRECTS_DATA, CORRECTS_DATE, Fact, NONE, Position};
use crate::vocabulary::{FieldId, Kind, vocabulary};

/// An entry that does not fit the facts before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} cannot be folded: {reason}")]
pub struct FoldError {
    /// Position of the entry, or the position that was expected.
    pub position: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// All facts up to some position.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    held: Held,
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
        self.held.len
    }

    /// The fact at a position below [`Facts::len`].
    pub(crate) fn fact(&self, position: Position) -> &Fact {
        self.held.fact(position)
    }

    /// The values of the data recorded at a position.
    pub(crate) fn values(&self, position: Position) -> &[Value] {
        self.held.values(position)
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
        self.among(0..until)
    }

    /// The facts at some positions, with these.
    pub(crate) fn among(
        &self,
        positions: Range<Position>,
    ) -> impl Iterator<Item = (Position, &Fact)> {
        let facts = self.held.facts().skip(positions.start as usize);
        positions.zip(facts)
    }

    /// The position from which entries were recorded after an instant (record times never fall).
    pub(crate) fn recorded_after(&self, milliseconds: i64) -> Position {
        let (mut low, mut high) = (0, self.held.len);
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
            held: self.held.clone(),
            symbols: Arc::clone(&self.symbols),
            decisions: Arc::clone(&self.decisions),
            ids: IdIndex::default(),
            fields: self.fields,
        }
    }

    /// Forgets everything from a position on, and rebuilds the index that appending needs.
    pub(crate) fn cut(&mut self, len: Position) {
        self.held.cut(len);
        Arc::make_mut(&mut self.decisions).split_off(&len);
        let mut ids = IdIndex::default();
        for (position, fact) in self.iter(len) {
            ids.insert(fact.id, position);
        }
        self.ids = ids;
    }

    /// True if the index that appending needs is there.
    pub(crate) fn can_append(&self) -> bool {
        self.ids.len() == self.held.len as usize
    }

    /// Adds every entry of a batch below the limit; true if the limit was met.
    pub(crate) fn take(&mut self, batch: &Batch, limit: &Limit) -> Result<bool, FoldError> {
        let mut programme = batch.programme.iter().peekable();
        let mut taker = Taker {
            batch,
            held: &mut self.held,
            symbols: Arc::make_mut(&mut self.symbols),
            decisions: &mut self.decisions,
            ids: &mut self.ids,
            fields: self.fields,
            values: Vec::new(),
        };
        for (at, draft) in batch.drafts.iter().enumerate() {
            let data = programme
                .next_if(|(index, _)| *index == at)
                .map(|(_, data)| data);
            if limit.is_beyond(draft) {
                return Ok(true);
            }
            let taken = taker.take(draft, data);
            taken.map_err(|reason| FoldError {
                position: draft.position,
                reason,
            })?;
        }
        Ok(false)
    }
}

/// The parts of [`Facts`] while a batch is taken: what is shared was made this owner's own once.
struct Taker<'a> {
    batch: &'a Batch,
    held: &'a mut Held,
    symbols: &'a mut Symbols,
    decisions: &'a mut Arc<BTreeMap<Position, Decision>>,
    ids: &'a mut IdIndex,
    fields: Fields,
    /// Those of the entry that is being taken.
    values: Vec<Value>,
}

impl Taker<'_> {
    fn take(&mut self, draft: &Draft, data: Option<&serde_json::Value>) -> Result<(), String> {
        let position = self.held.len;
        if draft.position != u64::from(position) || position == NONE {
            return Err(format!("the next entry must have position {position}"));
        }
        let subject = draft.subject.map_or(NONE, |id| self.symbols.uuid(id));
        let recorder = draft.recorder.map_or(NONE, |id| self.symbols.uuid(id));
        let target = self.target(draft, subject);
        let kind = if target == NONE {
            draft.kind
        } else {
            self.held.fact(target).kind
        };
        let business = self.translate(draft, kind);
        let start = self.held.values_end();
        let fact = Fact {
            id: draft.id,
            recorded_at: draft.recorded_at,
            subject,
            recorder,
            business,
            target,
            values_at: u32::try_from(start).map_err(|_| "its chunk is full".to_owned())?,
            day: draft.new_day.unwrap_or(draft.day),
            values: u16::try_from(self.values.len())
                .map_err(|_| "it has too many values".to_owned())?,
            kind: draft.kind,
            flags: flags(draft),
        };
        if let Some(data) = data.filter(|_| decision::steers(kind)) {
            self.decide(position, draft, kind, data)?;
        }
        self.held.push(fact, &self.values);
        self.ids.insert(draft.id, position);
        Ok(())
    }

    /// What a `record.*` reaches: an earlier event of the same subject that is no record itself.
    fn target(&self, draft: &Draft, subject: u32) -> Position {
        let found = draft
            .target
            .and_then(|id| self.ids.find(id, |at| self.held.fact(at).id));
        let known = &vocabulary().known;
        let fits = |position: &Position| {
            let fact = self.held.fact(*position);
            fact.subject == subject
                && fact.subject_kind() == draft.subject_kind
                && fact.kind != known.corrected
                && fact.kind != known.voided
        };
        found.filter(fits).unwrap_or(NONE)
    }

    /// Gives the values of an entry their symbols; the answer is the business that they name.
    fn translate(&mut self, draft: &Draft, kind: Kind) -> u32 {
        let (from, to) = draft.values;
        let sink = &self.batch.sink;
        let read = sink.values.get(from..to).unwrap_or_default();
        let mut business = NONE;
        self.values.clear();
        for (field, value) in read {
            let atom = match *value {
                Read::Ready(atom) => atom,
                Read::Text { from, to, hash } => {
                    Atom::text(self.symbols.text(sink.text(from, to), hash))
                }
                Read::Decimal { from, to, hash } => {
                    Atom::decimal(self.symbols.text(sink.text(from, to), hash))
                }
                Read::Uuid(id) if Some(*field) == self.fields.deal => {
                    let deal = self.ids.find(id, |at| self.held.fact(at).id);
                    deal.map_or_else(|| Atom::text(NONE), Atom::event)
                }
                Read::Uuid(id) => {
                    let symbol = self.symbols.uuid(id);
                    if [self.fields.business, self.fields.into].contains(&Some(*field)) {
                        business = symbol;
                    }
                    Atom::uuid(symbol)
                }
            };
            self.values.push(Value::new(*field, atom));
        }
        let whole = draft.target.is_none() || draft.has_new_data;
        let default = vocabulary().default_of(kind).filter(|_| whole);
        if let Some((field, symbol)) = default.filter(|(f, _)| !read.iter().any(|(g, _)| f == g)) {
            self.values.push(Value::new(field, Atom::text(symbol)));
        }
        business
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
            for text in plan.filter_texts() {
                match sight(text) {
                    Sighted::Uuid(id) => {
                        self.symbols.uuid(id);
                    }
                    Sighted::Other => {
                        self.symbols.text(text, text_hash(text));
                    }
                    Sighted::Day(_) | Sighted::Choice(_) => {}
                }
            }
        }
        Arc::make_mut(self.decisions).insert(position, decision);
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

fn flags(draft: &Draft) -> u8 {
    let at = SubjectKind::ALL
        .iter()
        .position(|known| *known == draft.subject_kind);
    let mut flags = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
    if draft.has_new_data {
        flags |= CORRECTS_DATA;
    }
    if draft.new_day.is_some() {
        flags |= CORRECTS_DATE;
    }
    flags
}
