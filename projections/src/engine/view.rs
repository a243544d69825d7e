//! Who an event is for, and which events stand beside it: by subject, by resolved business.
//!
//! Everything is read through effective versions; links that no longer hold are passed over.

use std::ops::ControlFlow;

use banso_core::subject::SubjectKind;

use uuid::Uuid;

use super::State;
use super::compile::{Same, Test};
use super::effects::Version;
use super::links::{Chain, Role};
use crate::fact::atom::{Atom, Symbol, Tag, Value};
use crate::fact::store::Facts;
use crate::fact::{Fact, NONE, Position};
use crate::vocabulary::{FieldId, Kind, vocabulary};

/// The fold's state together with the facts it was folded from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) state: &'a State,
}

impl<'a> View<'a> {
    pub(crate) fn fact(&self, position: Position) -> &'a Fact {
        self.facts.fact(position)
    }

    /// The effective version of an event that counts: not voided, not a cancelled deal.
    pub(crate) fn counting(&self, position: Position) -> Option<Version> {
        let version = self.state.effects.version(self.facts, position)?;
        let cancelled = self.fact(position).kind == vocabulary().known.deal_concluded
            && self.state.effects.cancelled_by(position).is_some();
        (!cancelled).then_some(version)
    }

    /// The registered business of an event; [`NONE`] if it has none.
    pub(crate) fn business(&self, position: Position, version: &Version) -> Symbol {
        let fact = self.fact(position);
        match fact.subject_kind() {
            SubjectKind::Business => fact.subject,
            SubjectKind::Case if fact.kind == vocabulary().known.case_opened => version.business,
            SubjectKind::Case => self.state.business_of_case(fact.subject),
            _ => version.business,
        }
    }

    /// The business that it counts for, through merges; [`NONE`] if it has none.
    pub(crate) fn root(&self, position: Position, version: &Version) -> Symbol {
        match self.business(position, version) {
            NONE => NONE,
            business => self.state.merges.root(business),
        }
    }

    /// The advisor in charge of the case on the day; of other subjects, who recorded the event.
    pub(crate) fn advisor(&self, position: Position, version: &Version) -> Option<Uuid> {
        let fact = self.fact(position);
        let in_charge = (fact.subject_kind() == SubjectKind::Case)
            .then(|| self.advisor_of(fact.subject, version.day))
            .flatten();
        let symbol = in_charge.or_else(|| Some(fact.recorder).filter(|by| *by != NONE))?;
        self.facts.symbols.uuid_of(symbol)
    }

    /// The advisor in charge of a case on a day; the first one on days before the opening.
    pub(crate) fn advisor_of(&self, case: Symbol, day: i32) -> Option<Symbol> {
        let known = &vocabulary().known;
        let (_, opening) = self.state.opening_of(case);
        let hand_overs = self
            .state
            .links
            .chain(Role::Subject, case, known.handed_over);
        let latest = hand_overs
            .filter_map(|at| Some((at, self.counting(at)?)))
            .filter(|(_, version)| version.day <= day)
            .max_by_key(|(at, version)| (version.day, *at));
        let (data, field) = match latest {
            Some((_, version)) => (version.data, "to"),
            None if opening == NONE => return None,
            None => (
                self.state.effects.last(self.facts, opening).data,
                "advisor_id",
            ),
        };
        let atom = self.facts.field(data, vocabulary().field(field)?).next()?;
        (atom.tag() == Tag::Uuid).then(|| atom.number())
    }

    /// The first value of a field.
    pub(crate) fn value(&self, version: &Version, field: FieldId) -> Option<Atom> {
        self.facts.field(version.data, field).next()
    }

    /// A whole number in a field.
    pub(crate) fn amount(&self, version: &Version, field: FieldId) -> Option<i64> {
        let atom = self.value(version, field)?;
        (atom.tag() == Tag::Int).then(|| atom.signed())
    }

    /// True if the values pass every test.
    pub(crate) fn passes(&self, version: &Version, tests: &[Test]) -> bool {
        tests.iter().all(|test| {
            let mut values = self.facts.field(version.data, test.field);
            values.any(|value| test.values.contains(&value)) == test.wanted
        })
    }

    /// Every linked event of a kind for one registered business, not resolved through merges,
    /// until the visitor breaks off. Voided events are among them, in their last version.
    pub(crate) fn of_business(
        &self,
        business: Symbol,
        kind: Kind,
        visit: &mut impl FnMut(Position, Version) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let links = &self.state.links;
        let last = |position| self.state.effects.last(self.facts, position);
        match vocabulary().subject_kind(kind) {
            Some(SubjectKind::Business) => {
                let mut chain = links.chain(Role::Subject, business, kind);
                chain.try_for_each(|position| visit(position, last(position)))
            }
            Some(SubjectKind::Case) if kind != vocabulary().known.case_opened => {
                self.cases_of(business).try_for_each(|case| {
                    let mut chain = links.chain(Role::Subject, case, kind);
                    chain.try_for_each(|position| visit(position, last(position)))
                })
            }
            _ => links
                .chain(Role::Business, business, kind)
                .try_for_each(|position| {
                    let version = last(position);
                    // A correction may have named another business since.
                    if version.business == business {
                        visit(position, version)
                    } else {
                        ControlFlow::Continue(())
                    }
                }),
        }
    }

    /// The cases that belong to a registered business now, each once.
    pub(crate) fn cases_of(&self, business: Symbol) -> impl Iterator<Item = Symbol> + '_ {
        let opened = vocabulary().known.case_opened;
        let links = self.state.links.chain(Role::Business, business, opened);
        links.filter_map(move |position| {
            let case = self.fact(position).subject;
            (self.state.opening_of(case) == (business, position)).then_some(case)
        })
    }

    /// Every linked event of the kinds that shares with an event what it has to share, until the
    /// visitor breaks off.
    pub(crate) fn beside(
        &self,
        position: Position,
        version: &Version,
        same: &Same,
        kinds: &[Kind],
        visit: &mut impl FnMut(Position, Version) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let fact = self.fact(position);
        let root = if same.business {
            self.root(position, version)
        } else {
            NONE
        };
        if same.business && root == NONE {
            return ControlFlow::Continue(());
        }
        let mut see = |other: Position, found: Version| {
            let fits = |field: &FieldId| {
                let value = self.value(version, *field);
                value.is_some() && value == self.value(&found, *field)
            };
            let same_business =
                || !same.business || !same.subject || self.root(other, &found) == root;
            // Nothing stands beside itself.
            if other != position && same.fields.iter().all(fits) && same_business() {
                visit(other, found)
            } else {
                ControlFlow::Continue(())
            }
        };
        for kind in kinds {
            if !same.subject {
                for business in self.state.merges.group(&root) {
                    self.of_business(*business, *kind, &mut see)?;
                }
            } else if vocabulary().subject_kind(*kind) == Some(fact.subject_kind()) {
                for other in self.of_subject(fact.subject, *kind, version, same) {
                    see(other, self.state.effects.last(self.facts, other))?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn of_subject(&self, subject: Symbol, kind: Kind, version: &Version, same: &Same) -> Chain<'a> {
        let links = &self.state.links;
        let value = same.name().and_then(|field| {
            self.value(version, field)
                .map(|atom| Value::new(field, atom))
        });
        match value {
            Some(value) => links.named(subject, kind, value),
            None => links.chain(Role::Subject, subject, kind),
        }
    }
}
