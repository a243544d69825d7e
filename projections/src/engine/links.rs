//! Who did what: the positions of all linked events by subject and type, and by business and type.
//!
//! Append-only. A link says "was once so"; whether it still holds is checked against the effective
//! version by whoever follows it (see [`super::view`]).

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::fact::atom::{Symbol, Value};
use crate::fact::{NONE, Position};
use crate::vocabulary::Kind;

/// What a symbol is to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The event's subject.
    Subject,
    /// The business named in its data.
    Business,
}

/// Chains of positions, newest first.
#[derive(Clone, Default)]
pub(crate) struct Links {
    heads: HashMap<u64, u32, FixedState>,
    /// By subject and type, and the value of a field by which such events are looked up.
    named: HashMap<(u64, Value), u32, FixedState>,
    nodes: Vec<(Position, u32)>,
}

fn key(role: Role, symbol: Symbol, kind: Kind) -> u64 {
    u64::from(symbol) | (u64::from(kind) << 32) | ((role as u64) << 40)
}

impl Links {
    pub(crate) fn add(&mut self, role: Role, symbol: Symbol, kind: Kind, position: Position) {
        let node = self.next();
        let head = self.heads.entry(key(role, symbol, kind)).or_insert(NONE);
        self.nodes.push((position, *head));
        *head = node;
    }

    /// Links an event by its subject unless it is linked already; true if it was not. Events are
    /// first linked in their order, so the newest link tells.
    pub(crate) fn add_once(&mut self, subject: Symbol, kind: Kind, position: Position) -> bool {
        let node = self.next();
        let head = self
            .heads
            .entry(key(Role::Subject, subject, kind))
            .or_insert(NONE);
        if self
            .nodes
            .get(*head as usize)
            .is_some_and(|(newest, _)| *newest >= position)
        {
            return false;
        }
        self.nodes.push((position, *head));
        *head = node;
        true
    }

    /// Links an event of a subject by the value of one of its fields too.
    pub(crate) fn add_named(
        &mut self,
        subject: Symbol,
        kind: Kind,
        value: Value,
        position: Position,
    ) {
        let node = self.next();
        let slot = (key(Role::Subject, subject, kind), value);
        let previous = self.named.insert(slot, node).unwrap_or(NONE);
        self.nodes.push((position, previous));
    }

    /// A ledger has fewer than 2^32 entries, and an entry a handful of links; beyond that the
    /// chain ends.
    fn next(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(NONE)
    }

    /// The positions of a chain, newest link first.
    pub(crate) fn chain(&self, role: Role, symbol: Symbol, kind: Kind) -> Chain<'_> {
        let head = self.heads.get(&key(role, symbol, kind)).copied();
        Chain {
            nodes: &self.nodes,
            next: head.unwrap_or(NONE),
        }
    }

    /// The positions of a subject's events with a value, newest link first.
    pub(crate) fn named(&self, subject: Symbol, kind: Kind, value: Value) -> Chain<'_> {
        let head = self
            .named
            .get(&(key(Role::Subject, subject, kind), value))
            .copied();
        Chain {
            nodes: &self.nodes,
            next: head.unwrap_or(NONE),
        }
    }
}

/// Positions, newest link first.
pub(crate) struct Chain<'a> {
    nodes: &'a [(Position, u32)],
    next: u32,
}

impl Iterator for Chain<'_> {
    type Item = Position;

    fn next(&mut self) -> Option<Position> {
        let (position, previous) = *self.nodes.get(self.next as usize)?;
        self.next = previous;
        Some(position)
    }
}
