//! Keeping the state's indexes right: chains, cases, merges, cancellations.
//!
//! Every change goes through [`State::link`], which looks at the effective version of one event
//! and may be called again whenever that version changes.

use banso_core::subject::SubjectKind;

use super::links::{Links, Role};
use super::merges::Merges;
use super::{State, deal_of};
use crate::fact::atom::{Symbol, Value};
use crate::fact::store::Facts;
use crate::fact::{NONE, Position};
use crate::vocabulary::{Kind, vocabulary};

impl State {
    /// Brings up to date what depends on one event.
    pub(super) fn link(&mut self, facts: &Facts, event: Position) {
        let known = &vocabulary().known;
        let fact = facts.fact(event);
        let kind = fact.kind;
        if kind == known.deal_cancelled {
            self.cancel(facts, event);
        }
        if !self.is_linked(kind) {
            return;
        }
        let new = self.links.add_once(fact.subject, kind, event);
        let version = self.effects.last(facts, event);
        let named = version.business;
        if named != NONE && fact.subject_kind() != SubjectKind::Business {
            let known = || {
                self.links
                    .chain(Role::Business, named, kind)
                    .any(|at| at == event)
            };
            if new || !known() {
                self.links.add(Role::Business, named, kind, event);
            }
        }
        self.link_by_values(facts, event, version.data, new);
        if kind == known.case_opened {
            self.open(facts, fact.subject);
        } else if kind == known.merged || kind == known.unmerged {
            self.merge(facts, fact.subject);
        }
    }

    fn link_by_values(&mut self, facts: &Facts, event: Position, data: Position, new: bool) {
        let Some(compiled) = &self.compiled else {
            return;
        };
        let fact = facts.fact(event);
        for field in &compiled.named[usize::from(fact.kind)] {
            let Some(atom) = facts.field(data, *field).next() else {
                continue;
            };
            let value = Value::new(*field, atom);
            let known = || {
                self.links
                    .named(fact.subject, fact.kind, value)
                    .any(|known| known == event)
            };
            if new || !known() {
                self.links.add_named(fact.subject, fact.kind, value, event);
            }
        }
    }

    /// Links everything again: another plan looks at other types.
    pub(super) fn relink(&mut self, facts: &Facts) {
        self.links = Links::default();
        self.merges = Merges::default();
        self.cases.clear();
        for (position, fact) in facts.iter(self.len) {
            if self.is_linked(fact.kind) {
                self.link(facts, position);
            }
        }
    }

    fn open(&mut self, facts: &Facts, case: Symbol) {
        let opened = vocabulary().known.case_opened;
        let chain = self.links.chain(Role::Subject, case, opened);
        let effective = chain.filter_map(|at| Some((at, self.effects.version(facts, at)?)));
        let opening = effective.max_by_key(|(at, _)| *at);
        let at = case as usize;
        if self.cases.len() <= at {
            self.cases.resize(at + 1, (NONE, NONE));
        }
        self.cases[at] = opening.map_or((NONE, NONE), |(opened, v)| (v.business, opened));
    }

    fn merge(&mut self, facts: &Facts, business: Symbol) {
        let known = &vocabulary().known;
        let latest = |kind: Kind| {
            let chain = self.links.chain(Role::Subject, business, kind);
            chain
                .filter(|at| self.effects.version(facts, *at).is_some())
                .max()
        };
        let merged = latest(known.merged).filter(|at| Some(*at) > latest(known.unmerged));
        let into = merged.map(|at| self.effects.last(facts, at).business);
        self.merges
            .set(business, into.filter(|into| *into != NONE), &facts.symbols);
    }

    fn cancel(&mut self, facts: &Facts, cancellation: Position) {
        if let Some(deal) = self.cancels.remove(&cancellation) {
            self.effects.uncancel(deal, cancellation);
        }
        let version = self.effects.version(facts, cancellation);
        if let Some(deal) = version.and_then(|version| deal_of(facts, version.data)) {
            self.cancels.insert(cancellation, deal);
            self.effects.cancel(deal, cancellation);
        }
    }
}
