//! Which registered businesses are the same: effective merges, followed to the end.
//!
//! Knows only who points at whom now; the fold tells it after every merge, unmerge, void and
//! correction.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::FixedState;

use crate::fact::atom::Symbol;
use crate::fact::symbols::Symbols;

/// Groups of businesses that count as one.
#[derive(Clone, Default)]
pub(crate) struct Merges {
    into: HashMap<Symbol, Symbol, FixedState>,
    /// Only businesses in groups of more than one.
    roots: HashMap<Symbol, Symbol, FixedState>,
    members: HashMap<Symbol, Vec<Symbol>, FixedState>,
}

impl Merges {
    /// The business that stands for this one.
    pub(crate) fn root(&self, business: Symbol) -> Symbol {
        if self.roots.is_empty() {
            return business;
        }
        self.roots.get(&business).copied().unwrap_or(business)
    }

    /// Every business that the root stands for.
    pub(crate) fn group<'a>(&'a self, root: &'a Symbol) -> &'a [Symbol] {
        self.members
            .get(root)
            .map_or(std::slice::from_ref(root), Vec::as_slice)
    }

    /// Every business that counts as one with this one.
    pub(crate) fn group_of(&self, business: Symbol) -> Vec<Symbol> {
        self.group(&self.root(business)).to_vec()
    }

    /// What a business is merged into at present.
    pub(crate) fn target(&self, business: Symbol) -> Option<Symbol> {
        self.into.get(&business).copied()
    }

    /// Sets or ends the merge of one business and regroups whoever that moves.
    pub(crate) fn set(&mut self, business: Symbol, into: Option<Symbol>, symbols: &Symbols) {
        let into = into.filter(|into| *into != business);
        if self.into.get(&business).copied() == into {
            return;
        }
        let mut moved: BTreeSet<Symbol> = self.group_of(business).into_iter().collect();
        moved.extend(into.into_iter().flat_map(|into| self.group_of(into)));
        match into {
            Some(into) => self.into.insert(business, into),
            None => self.into.remove(&business),
        };
        for member in &moved {
            self.roots.remove(member);
            self.members.remove(member);
        }
        for member in moved.iter().copied() {
            let root = self.follow(member, symbols);
            self.members.entry(root).or_default().push(member);
            self.roots.insert(member, root);
        }
        for member in moved {
            if self
                .members
                .get(&member)
                .is_some_and(|group| group.len() == 1)
            {
                self.members.remove(&member);
                self.roots.remove(&member);
            }
        }
    }

    /// The end of the chain. Businesses merged in a circle are one: the least uuid stands for them.
    fn follow(&self, business: Symbol, symbols: &Symbols) -> Symbol {
        let mut path = vec![business];
        let mut at = business;
        while let Some(next) = self.into.get(&at).copied() {
            if let Some(start) = path.iter().position(|visited| *visited == next) {
                let circle = path.iter().skip(start).copied();
                return circle
                    .min_by_key(|symbol| symbols.uuid_of(*symbol))
                    .unwrap_or(next);
            }
            path.push(next);
            at = next;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn symbols(count: u128) -> Symbols {
        let mut symbols = Symbols::default();
        for id in 0..count {
            symbols.uuid(Uuid::from_u128(id));
        }
        symbols
    }

    #[test]
    fn merges_are_followed_to_the_end_and_end_again() {
        let symbols = symbols(4);
        let mut merges = Merges::default();
        merges.set(0, Some(1), &symbols);
        merges.set(1, Some(2), &symbols);
        assert_eq!((merges.root(0), merges.group_of(2)), (2, vec![0, 1, 2]));
        merges.set(1, None, &symbols);
        assert_eq!((merges.root(0), merges.root(1), merges.root(2)), (1, 1, 2));
        merges.set(0, Some(3), &symbols);
        assert_eq!(
            (merges.group_of(1), merges.group_of(0)),
            (vec![1], vec![0, 3])
        );
        merges.set(0, None, &symbols);
        assert!(merges.roots.is_empty() && merges.members.is_empty());
    }

    #[test]
    fn a_circle_is_one_business() {
        let symbols = symbols(4);
        let mut merges = Merges::default();
        for (business, into) in [(1, 2), (2, 3), (3, 1), (0, 2)] {
            merges.set(business, Some(into), &symbols);
        }
        for business in 0..4 {
            assert_eq!(merges.root(business), 1);
        }
    }
}
