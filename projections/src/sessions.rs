//! The calendar of seminars: each session once, as planned, held or cancelled.
//!
//! Facts of one session as they stand now; averages are those of [`mod@crate::gauges`]. A session
//! stands on the day on which it was held, else on the day for which it is planned.

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use banso_core::subject::SubjectKind;
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::casebook;
use crate::engine::effects::Version;
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::fact::Position;
use crate::fact::atom::{Atom, Symbol, Tag};
use crate::kpi::Kpi;
use crate::vocabulary::{Kind, vocabulary};

/// One session of a seminar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The uuid of `seminar/<uuid>`.
    pub seminar_id: Uuid,
    /// When it was held, or is to be.
    pub on: NaiveDate,
    /// Planned, held or cancelled.
    pub state: SessionState,
    /// Its title; empty where only a cancellation is known.
    pub title: String,
    /// What it was about, as the plan counts it.
    pub tags: Vec<String>,
    /// Seats.
    pub capacity: Option<i64>,
    /// Heads.
    pub attendees: Option<i64>,
    /// Businesses whose attendance was recorded by name.
    pub attended: usize,
    /// The entry that says so last.
    pub position: u64,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Announced.
    Planned,
    /// It took place.
    Held,
    /// It did not and will not.
    Cancelled,
}

/// How many sessions stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Announced.
    pub planned: usize,
    /// Took place.
    pub held: usize,
    /// Did not.
    pub cancelled: usize,
}

impl Tally {
    /// Of these sessions.
    pub fn of(sessions: &[Session]) -> Self {
        let count = |state| sessions.iter().filter(|it| it.state == state).count();
        Self {
            planned: count(SessionState::Planned),
            held: count(SessionState::Held),
            cancelled: count(SessionState::Cancelled),
        }
    }
}

impl Kpi {
    /// Every session of a year by its day.
    pub fn sessions(&self, year: FiscalYear) -> Vec<Session> {
        let view = self.view();
        let mut found: BTreeMap<Symbol, Found> = BTreeMap::new();
        let kinds = Kinds::new();
        for (position, fact) in view.facts.iter(view.state.len()) {
            if fact.subject_kind() != SubjectKind::Seminar {
                continue;
            }
            if let Some(version) = view.counting(position) {
                let seminar = found.entry(fact.subject).or_default();
                seminar.take(&kinds, fact.kind, (position, version));
            }
        }
        let sessions = found
            .iter()
            .filter_map(|(symbol, found)| found.session(&view, *symbol));
        let mut sessions: Vec<_> = sessions
            .filter(|session| FiscalYear::of(session.on) == year)
            .collect();
        sessions.sort_by_key(|session| (session.on, session.position));
        sessions
    }
}

struct Kinds {
    planned: Kind,
    held: Kind,
    cancelled: Kind,
    attended: Kind,
}

impl Kinds {
    fn new() -> Self {
        let kind = |name| vocabulary().kind(name);
        Self {
            planned: kind("seminar.planned"),
            held: kind("seminar.held"),
            cancelled: kind("seminar.cancelled"),
            attended: kind("seminar.attended"),
        }
    }
}

type At = (Position, Version);

/// The latest event of each kind of one seminar.
#[derive(Default)]
struct Found {
    planned: Option<At>,
    held: Option<At>,
    cancelled: Option<At>,
    attended: usize,
}

impl Found {
    fn take(&mut self, kinds: &Kinds, kind: Kind, at: At) {
        if kind == kinds.planned {
            self.planned = Some(at);
        } else if kind == kinds.held {
            self.held = Some(at);
        } else if kind == kinds.cancelled {
            self.cancelled = Some(at);
        } else if kind == kinds.attended {
            self.attended += 1;
        }
    }

    fn session(&self, view: &View<'_>, seminar: Symbol) -> Option<Session> {
        let (state, (position, said)) = match (self.held, self.cancelled, self.planned) {
            (Some(held), ..) => (SessionState::Held, held),
            (None, Some(cancelled), _) => (SessionState::Cancelled, cancelled),
            (None, None, planned) => (SessionState::Planned, planned?),
        };
        // A cancellation has a reason only; what was cancelled stands in the plan.
        let told = [self.held, self.planned];
        let told = |name: &str| {
            let versions = told.iter().flatten();
            let mut values = versions.map(|(_, version)| casebook::field(view, version, name));
            values.find_map(|value| value)
        };
        let number = |name: &str| told(name).filter(|atom| atom.tag() == Tag::Int);
        let on = match state {
            SessionState::Held => said.day,
            _ => told("date")
                .and_then(Atom::as_day)
                .or(self.planned.map(|(_, version)| version.day))
                .unwrap_or(said.day),
        };
        let described = self.held.or(self.planned).map(|(_, version)| version);
        Some(Session {
            seminar_id: casebook::uuid(view, seminar)?,
            on: date(on),
            state,
            title: told("title").map_or_else(String::new, |atom| casebook::text(view, atom)),
            tags: described.map_or_else(Vec::new, |version| tags(view, &version)),
            capacity: number("capacity").map(Atom::signed),
            attendees: number("attendees").map(Atom::signed),
            attended: self.attended,
            position: u64::from(position),
        })
    }
}

fn tags(view: &View<'_>, version: &Version) -> Vec<String> {
    let field = vocabulary().field("tags").into_iter();
    let atoms = field.flat_map(|field| view.facts.field(version.data, field));
    atoms.map(|atom| casebook::text(view, atom)).collect()
}
