//! The one fold: facts in order become effective events, effective events become totals.
//!
//! A live append takes back what the touched events added, changes the state and adds what they
//! add now ([`State::step`]); a replay changes the state for every fact ([`State::advance`]) and
//! then adds everything ([`State::add_everything`]). Both change the state and add with the same
//! functions, so there is one way to compute a number.

pub(crate) mod compile;
mod contribute;
pub(crate) mod effects;
pub(crate) mod growth;
mod impact;
pub(crate) mod judge;
mod link;
pub(crate) mod links;
pub(crate) mod merges;
mod names;
pub(crate) mod programme;
pub(crate) mod sales;
pub(crate) mod tally;
pub(crate) mod values;
pub(crate) mod view;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use self::compile::Compiled;
use self::contribute::Contributor;
use self::effects::Effects;
use self::links::Links;
use self::merges::Merges;
use self::programme::Programme;
use self::tally::Tallies;
use self::view::View;
use crate::fact::atom::{Symbol, Tag};
use crate::fact::decision;
use crate::fact::store::Facts;
use crate::fact::{NONE, Position};
use crate::vocabulary::{Kind, vocabulary};

/// The state after the first [`State::len`] facts.
#[derive(Clone, Default)]
pub(crate) struct State {
    len: Position,
    pub(crate) effects: Effects,
    pub(crate) links: Links,
    pub(crate) merges: Merges,
    pub(crate) programme: Programme,
    pub(crate) compiled: Option<Compiled>,
    pub(crate) tallies: Tallies,
    /// The business of each case and the entry that opened it, by symbol.
    cases: Vec<(Symbol, Position)>,
    /// Deals that each effective cancellation cancels now.
    cancels: HashMap<Position, Position, FixedState>,
}

impl State {
    pub(crate) fn len(&self) -> Position {
        self.len
    }

    /// The registered business of a case; [`NONE`] while it is not opened.
    pub(crate) fn business_of_case(&self, case: Symbol) -> Symbol {
        self.opening_of(case).0
    }

    /// The registered business of a case and the entry that opened it in effect.
    pub(crate) fn opening_of(&self, case: Symbol) -> (Symbol, Position) {
        self.cases
            .get(case as usize)
            .copied()
            .unwrap_or((NONE, NONE))
    }

    /// The state after the first `until` facts, from nothing.
    pub(crate) fn fold(facts: &Facts, until: Position) -> Self {
        let mut state = Self::default();
        state.advance(facts, until);
        state.add_everything(facts);
        state
    }

    /// Takes the facts below `until` without keeping the totals right.
    pub(crate) fn advance(&mut self, facts: &Facts, until: Position) {
        for position in self.len..until {
            if let Some(event) = self.event_of(facts, position) {
                self.absorb(facts, position, event);
                if decision::steers(facts.fact(event).kind) {
                    self.steer(facts, position + 1);
                }
            }
            self.len = position + 1;
        }
    }

    /// Takes the next fact and keeps every total right.
    pub(crate) fn step(&mut self, facts: &Facts) {
        let position = self.len;
        let Some(event) = self.event_of(facts, position) else {
            self.len += 1;
            return;
        };
        let kind = facts.fact(event).kind;
        if self.matters(kind) {
            let impact = impact::of(&View { facts, state: self }, position, event);
            self.apply(facts, &impact, -1);
            self.absorb(facts, position, event);
            self.len += 1;
            self.apply(facts, &impact, 1);
        } else {
            self.absorb(facts, position, event);
            self.len += 1;
        }
        if decision::steers(kind) {
            self.steer_live(facts);
        }
    }

    /// The event that an entry is or reaches; none if it reaches nothing that is in effect.
    fn event_of(&self, facts: &Facts, position: Position) -> Option<Position> {
        let fact = facts.fact(position);
        let known = &vocabulary().known;
        if fact.kind != known.corrected && fact.kind != known.voided {
            return Some(position);
        }
        let target = Some(fact.target).filter(|target| *target != NONE)?;
        self.effects.version(facts, target).map(|_| target)
    }

    fn absorb(&mut self, facts: &Facts, position: Position, event: Position) {
        if position != event {
            self.effects.take(facts, position);
        }
        if self.matters(facts.fact(event).kind) {
            self.link(facts, event);
        }
    }

    /// A steering entry was absorbed: which plan is in force? True if another one is.
    fn steer(&mut self, facts: &Facts, until: Position) -> bool {
        let plan = self.programme.plan.take();
        self.programme = Programme::fold(facts, &self.effects, until);
        let same = match (&plan, &self.programme.plan) {
            (Some((_, old)), Some((_, new))) => Arc::ptr_eq(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !same {
            let plan = self.programme.plan.as_ref();
            self.compiled = plan.map(|(_, plan)| Compiled::new(plan, &facts.symbols));
            self.relink(facts);
        }
        !same
    }

    fn steer_live(&mut self, facts: &Facts) {
        let firsts = |programme: &Programme| -> Vec<_> {
            programme
                .closings
                .iter()
                .map(|(year, closing)| (*year, closing.first))
                .collect()
        };
        let before = firsts(&self.programme);
        let other_plan = self.steer(facts, self.len);
        // A year that is closed for the first time now makes nothing late that is here already.
        let after = firsts(&self.programme);
        let now = self.len.checked_sub(1);
        let late_the_same = before.iter().all(|first| after.contains(first))
            && after
                .iter()
                .all(|first| before.contains(first) || Some(first.1) == now);
        if other_plan || !late_the_same {
            self.tallies.clear();
            self.add_everything(facts);
        }
    }

    fn is_linked(&self, kind: Kind) -> bool {
        self.compiled
            .as_ref()
            .is_some_and(|compiled| compiled.linked[usize::from(kind)])
    }

    /// True for types that totals can depend on.
    fn matters(&self, kind: Kind) -> bool {
        self.is_linked(kind) || kind == vocabulary().known.deal_cancelled
    }

    /// Adds what every event adds, to totals of nothing.
    pub(crate) fn add_everything(&mut self, facts: &Facts) {
        self.contribute(facts, 1, |contributor, _| contributor.everything(|_| true));
    }

    /// The same on two threads, each with half of the readings.
    pub(crate) fn add_everything_twofold(&mut self, facts: &Facts) {
        let Some(compiled) = self.compiled.take() else {
            return;
        };
        let view = View { facts, state: self };
        let half = |odd: bool| {
            let mut tallies = Tallies::default();
            let mut contributor = Contributor::new(view, &compiled, &mut tallies, 1);
            contributor.everything(|id| (id % 2 == 1) == odd);
            tallies
        };
        let mut tallies = std::thread::scope(|scope| {
            let other = scope.spawn(|| half(true));
            let mut tallies = half(false);
            tallies.merge(other.join().unwrap_or_else(|_| half(true)));
            tallies
        });
        tallies.changed = self.tallies.changed.take();
        self.tallies = tallies;
        self.compiled = Some(compiled);
    }

    /// Adds or takes back what the touched events and businesses add now.
    fn apply(&mut self, facts: &Facts, impact: &impact::Impact, sign: i64) {
        self.contribute(facts, sign, |contributor, view| {
            for (id, position) in &impact.events {
                let version = (*position < view.state.len).then(|| view.counting(*position));
                if let Some(version) = version.flatten() {
                    contributor.event(*id, *position, &version);
                }
            }
            let root = |(id, business): &(_, Symbol)| (view.state.merges.root(*business), *id);
            contributor.businesses(impact.businesses.iter().map(root).collect());
        });
    }

    /// Lends the totals to somebody who looks at the rest of the state.
    fn contribute(
        &mut self,
        facts: &Facts,
        sign: i64,
        act: impl FnOnce(&mut Contributor<'_>, &View<'_>),
    ) {
        let Some(compiled) = self.compiled.take() else {
            return;
        };
        let mut tallies = std::mem::take(&mut self.tallies);
        let view = View { facts, state: self };
        act(
            &mut Contributor::new(view, &compiled, &mut tallies, sign),
            &view,
        );
        self.tallies = tallies;
        self.compiled = Some(compiled);
    }
}

/// The deal named in the values at a position.
pub(crate) fn deal_of(facts: &Facts, data: Position) -> Option<Position> {
    let atom = facts.field(data, vocabulary().field("deal")?).next()?;
    (atom.tag() == Tag::Event).then(|| atom.number())
}
