//! What one entry can change: events and businesses whose contributions are taken back before it
//! and added again after it.
//!
//! May name too many, never too few; naming one that does not change costs time, not truth.

use std::ops::ControlFlow;

use super::compile::{Compiled, ReadingId, Step};
use super::deal_of;
use super::effects::Version;
use super::links::Role;
use super::view::View;
use crate::fact::atom::Symbol;
use crate::fact::{NONE, Position};
use crate::vocabulary::{Kind, vocabulary};

/// Contributions that may change, each once.
#[derive(Default)]
pub(super) struct Impact {
    pub(super) events: Vec<(ReadingId, Position)>,
    /// Registered businesses, not resolved through merges.
    pub(super) businesses: Vec<(ReadingId, Symbol)>,
}

/// What the entry at `position` can change; `event` is itself or what it corrects or voids.
pub(super) fn of(view: &View<'_>, position: Position, event: Position) -> Impact {
    let mut impact = Impact::default();
    let Some(compiled) = &view.state.compiled else {
        return impact;
    };
    let (before, after) = versions(view, position, event);
    let versions: Vec<Version> = before.into_iter().chain(after).collect();
    let known = &vocabulary().known;
    let kind = view.fact(event).kind;
    let mut finder = Finder {
        view,
        compiled,
        impact: &mut impact,
    };
    finder.touch(event, &versions);
    if kind == known.deal_cancelled {
        for deal in versions
            .iter()
            .filter_map(|version| deal_of(view.facts, version.data))
        {
            finder.touch(deal, &[view.state.effects.last(view.facts, deal)]);
        }
    } else if kind == known.case_opened {
        let case = view.fact(event).subject;
        if finder.has_events(case) {
            let mut businesses: Vec<Symbol> = versions.iter().map(|v| v.business).collect();
            businesses.push(view.state.business_of_case(case));
            finder.touch_case(case);
            finder.touch_groups(&businesses);
        }
    } else if kind == known.merged || kind == known.unmerged {
        let business = view.fact(event).subject;
        let merges = view
            .state
            .links
            .chain(Role::Subject, business, known.merged);
        let mut businesses: Vec<Symbol> = merges
            .map(|at| view.state.effects.last(view.facts, at).business)
            .collect();
        businesses.push(business);
        businesses.extend(versions.iter().map(|version| version.business));
        finder.touch_groups(&businesses);
    }
    impact.events.sort_unstable();
    impact.events.dedup();
    impact.businesses.sort_unstable();
    impact.businesses.dedup();
    impact
}

fn versions(
    view: &View<'_>,
    position: Position,
    event: Position,
) -> (Option<Version>, Option<Version>) {
    let effects = &view.state.effects;
    if position == event {
        (None, Some(Version::recorded(view.facts, event)))
    } else {
        (
            effects.version(view.facts, event),
            effects.after(view.facts, event, position),
        )
    }
}

struct Finder<'a> {
    view: &'a View<'a>,
    compiled: &'a Compiled,
    impact: &'a mut Impact,
}

impl Finder<'_> {
    /// An event in one or two versions, and all that depends on it.
    fn touch(&mut self, event: Position, versions: &[Version]) {
        let kind = usize::from(self.view.fact(event).kind);
        for id in &self.compiled.counts[kind] {
            self.name(*id, event, versions);
        }
        for (id, path) in &self.compiled.depends[kind] {
            for version in versions {
                self.walk_back(*id, path, event, *version);
            }
        }
    }

    fn name(&mut self, id: ReadingId, event: Position, versions: &[Version]) {
        if self.compiled.readings[usize::from(id)].sales().is_none() {
            self.impact.events.push((id, event));
            return;
        }
        for version in versions {
            let business = self.view.business(event, version);
            if business != NONE {
                self.impact.businesses.push((id, business));
            }
        }
    }

    fn walk_back(&mut self, id: ReadingId, path: &[Step], event: Position, version: Version) {
        let mut reached = vec![(event, version)];
        for step in path {
            let mut next = Vec::new();
            for (at, version) in reached {
                let mut see = |other: Position, _: Version| {
                    next.extend(
                        self.view
                            .counting(other)
                            .map(|effective| (other, effective)),
                    );
                    ControlFlow::Continue(())
                };
                let _all = self
                    .view
                    .beside(at, &version, &step.same, &step.kinds, &mut see);
            }
            next.sort_unstable_by_key(|(at, _)| *at);
            next.dedup_by_key(|(at, _)| *at);
            reached = next;
        }
        for (root, version) in reached {
            self.name(id, root, &[version]);
        }
    }

    fn linked(&self) -> impl Iterator<Item = Kind> + use<> {
        let linked = self.compiled.linked.clone();
        (0..Kind::MAX).filter(move |kind| linked[usize::from(*kind)])
    }

    fn has_events(&self, case: Symbol) -> bool {
        let chain = |kind| {
            self.view
                .state
                .links
                .chain(Role::Subject, case, kind)
                .next()
        };
        self.linked().any(|kind| chain(kind).is_some())
    }

    fn touch_case(&mut self, case: Symbol) {
        for kind in self.linked() {
            let events: Vec<Position> = self
                .view
                .state
                .links
                .chain(Role::Subject, case, kind)
                .collect();
            for event in events {
                self.touch(
                    event,
                    &[self.view.state.effects.last(self.view.facts, event)],
                );
            }
        }
    }

    /// Everything of the businesses and of those that count as one with them.
    fn touch_groups(&mut self, businesses: &[Symbol]) {
        let known = businesses.iter().filter(|business| **business != NONE);
        let groups = known.flat_map(|business| self.view.state.merges.group_of(*business));
        let members: std::collections::BTreeSet<Symbol> = groups.collect();
        // A business without a report of its own may be about to get one.
        for (id, reading) in (0..).zip(&self.compiled.readings) {
            if reading.sales().is_some() {
                self.impact
                    .businesses
                    .extend(members.iter().map(|business| (id, *business)));
            }
        }
        for kind in self.linked() {
            let mut events = Vec::new();
            for business in &members {
                let mut see = |event: Position, version: Version| {
                    events.push((event, version));
                    ControlFlow::Continue(())
                };
                let _all = self.view.of_business(*business, kind, &mut see);
            }
            for (event, version) in events {
                self.touch(event, &[version]);
            }
        }
    }
}
