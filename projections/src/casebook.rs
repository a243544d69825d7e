//! What happened in every case and to every business, gathered in one pass over the facts.
//!
//! Serves lists, duties and gauges; holds effective events only. Counts nothing for the plan.

use std::collections::BTreeMap;

use banso_core::subject::SubjectKind;

use crate::engine::effects::Version;
use crate::engine::view::View;
use crate::fact::atom::{Atom, Symbol, Tag};
use crate::fact::{NONE, Position};
use crate::vocabulary::{FieldId, Kind, vocabulary};

/// Contacts in person; the plan's follow-ups and revisits are visits, not calls.
const IN_PERSON: [&str; 3] = ["visit", "window", "online"];

/// Everything gathered.
#[derive(Default)]
pub(crate) struct Casebook {
    pub(crate) cases: BTreeMap<Symbol, Case>,
    pub(crate) businesses: BTreeMap<Symbol, Business>,
    /// Members of the staff with their role now, as its symbol; none once they left.
    pub(crate) staff: BTreeMap<Symbol, Option<Symbol>>,
}

/// One case.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) version: u64,
    pub(crate) opening: Option<Version>,
    /// The advisor in charge and the position that says so.
    pub(crate) advisor: Option<(Position, Symbol)>,
    pub(crate) closed: bool,
    pub(crate) plans: Vec<PlanMade>,
    pub(crate) followups: Vec<FollowUp>,
    pub(crate) analyses: Vec<(i32, Position)>,
    /// Days on which an advisor met the business.
    pub(crate) met: Vec<i32>,
    /// (day, position, what it says about the next contact).
    pub(crate) contacts: Vec<(i32, Position, Next)>,
    pub(crate) last_day: Option<i32>,
}

/// A completed plan.
#[derive(Clone, Copy)]
pub(crate) struct PlanMade {
    pub(crate) plan: Atom,
    pub(crate) day: i32,
}

/// A follow-up.
#[derive(Clone, Copy)]
pub(crate) struct FollowUp {
    pub(crate) plan: Atom,
    pub(crate) day: i32,
}

/// What a contact says about the next one.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    /// It answers the date before it and maybe sets another.
    Set(Option<i32>),
    /// It was missed; the date moves if a new one is given.
    Moved(Option<i32>),
    /// There is no next one.
    Over,
}

/// One registered business.
#[derive(Default)]
pub(crate) struct Business {
    pub(crate) version: u64,
    pub(crate) registered: Option<i32>,
    /// `closed` or `suspended`, with the day.
    pub(crate) closed: Option<(&'static str, i32)>,
    /// The last value of each field of the profile.
    pub(crate) profile: BTreeMap<FieldId, Atom>,
}

/// Numbers of the fields that are read here, looked up once and not for every event.
struct Fields {
    advisor_id: Option<FieldId>,
    to: Option<FieldId>,
    next_due: Option<FieldId>,
    new_due: Option<FieldId>,
    plan_id: Option<FieldId>,
    method: Option<FieldId>,
    role: Option<FieldId>,
    kind: Option<FieldId>,
    in_person: Vec<Atom>,
    suspended: Option<Atom>,
}

impl Fields {
    fn new() -> Self {
        let field = |name| vocabulary().field(name);
        let choice = |name: &str| vocabulary().choice(name).map(Atom::text);
        Self {
            advisor_id: field("advisor_id"),
            to: field("to"),
            next_due: field("next_due"),
            new_due: field("new_due"),
            plan_id: field("plan_id"),
            method: field("method"),
            role: field("role"),
            kind: field("kind"),
            in_person: IN_PERSON.iter().filter_map(|name| choice(name)).collect(),
            suspended: choice("suspended"),
        }
    }
}

impl Casebook {
    pub(crate) fn gather(view: &View<'_>) -> Self {
        let mut book = Self::default();
        let fields = Fields::new();
        for (position, fact) in view.facts.iter(view.state.len()) {
            let kind = fact.subject_kind();
            match kind {
                SubjectKind::Case => book.cases.entry(fact.subject).or_default().version += 1,
                SubjectKind::Business => {
                    book.businesses.entry(fact.subject).or_default().version += 1;
                }
                SubjectKind::Staff => {}
                _ => continue,
            }
            let Some(version) = view.counting(position) else {
                continue;
            };
            match kind {
                SubjectKind::Case => {
                    let case = book.cases.entry(fact.subject).or_default();
                    case.take(view, &fields, position, fact.kind, &version);
                }
                SubjectKind::Business => {
                    let business = book.businesses.entry(fact.subject).or_default();
                    business.take(view, &fields, fact.kind, &version);
                }
                _ => book.take_staff(view, &fields, fact.subject, fact.kind, &version),
            }
        }
        for case in book.cases.values_mut() {
            case.contacts
                .sort_unstable_by_key(|(day, position, _)| (*day, *position));
            case.met.sort_unstable();
        }
        book
    }

    fn take_staff(
        &mut self,
        view: &View<'_>,
        fields: &Fields,
        member: Symbol,
        kind: Kind,
        version: &Version,
    ) {
        let known = &vocabulary().known;
        if kind == known.staff_left {
            self.staff.insert(member, None);
        } else if kind == known.staff_registered || kind == known.role_changed {
            let role = value(view, version, fields.role).map(Atom::number);
            self.staff.insert(member, role);
        }
    }
}

impl Case {
    fn take(
        &mut self,
        view: &View<'_>,
        fields: &Fields,
        position: Position,
        kind: Kind,
        version: &Version,
    ) {
        let known = &vocabulary().known;
        let value = |field: Option<FieldId>| value(view, version, field);
        let due = |field| value(field).and_then(Atom::as_day);
        let day = version.day;
        if kind == known.corrected || kind == known.voided {
            return;
        }
        self.last_day = self.last_day.max(Some(day));
        if kind == known.case_opened {
            self.opening = Some(*version);
            self.charge(position, value(fields.advisor_id));
        } else if kind == known.handed_over {
            self.charge(position, value(fields.to));
        } else if kind == known.case_closed {
            self.closed = true;
            self.contacts.push((day, position, Next::Over));
        } else if kind == known.case_reopened {
            self.closed = false;
        } else if kind == known.visit_missed {
            self.contacts
                .push((day, position, Next::Moved(due(fields.new_due))));
        } else if kind == known.analysis_completed {
            self.analyses.push((day, position));
            self.met.push(day);
        } else if kind == known.plan_completed {
            self.plans
                .extend(value(fields.plan_id).map(|plan| PlanMade { plan, day }));
        } else if kind == known.visit_done || kind == known.followup_done {
            self.contacts
                .push((day, position, Next::Set(due(fields.next_due))));
            if value(fields.method).is_some_and(|method| fields.in_person.contains(&method)) {
                self.met.push(day);
            }
            if kind == known.followup_done {
                self.followups
                    .extend(value(fields.plan_id).map(|plan| FollowUp { plan, day }));
            }
        }
    }

    /// By position: of two hand-overs on one day the later record holds.
    fn charge(&mut self, position: Position, advisor: Option<Atom>) {
        let advisor = advisor
            .filter(|atom| atom.tag() == Tag::Uuid)
            .map(Atom::number);
        if let Some(advisor) = advisor {
            self.advisor = self.advisor.max(Some((position, advisor)));
        }
    }

    /// Follow-ups of a plan of this case that were done in a span of days.
    pub(crate) fn followed_up(&self, plan: &PlanMade, from: i32, to: i32) -> usize {
        let fits = |done: &&FollowUp| done.plan == plan.plan && (from..=to).contains(&done.day);
        self.followups.iter().filter(fits).count()
    }

    /// When the advisor wants to be in touch again.
    pub(crate) fn next_due(&self) -> Option<i32> {
        self.contacts
            .iter()
            .fold(None, |due, (_, _, next)| match next {
                Next::Set(next) => *next,
                Next::Moved(next) => next.or(due),
                Next::Over => None,
            })
    }
}

impl Business {
    fn take(&mut self, view: &View<'_>, fields: &Fields, kind: Kind, version: &Version) {
        let known = &vocabulary().known;
        if kind == known.business_registered || kind == known.profile_changed {
            if kind == known.business_registered {
                self.registered = Some(version.day);
            }
            for value in view.facts.values(version.data) {
                self.profile.insert(value.field(), value.atom());
            }
        } else if kind == known.business_closed {
            let kind = value(view, version, fields.kind);
            let word = if kind.is_some() && kind == fields.suspended {
                "suspended"
            } else {
                "closed"
            };
            self.closed = Some((word, version.day));
        } else if kind == known.business_reopened {
            self.closed = None;
        }
    }
}

/// The first value of a field that the vocabulary has.
fn value(view: &View<'_>, version: &Version, field: Option<FieldId>) -> Option<Atom> {
    view.value(version, field?)
}

/// The first value of a field by name.
pub(crate) fn field(view: &View<'_>, version: &Version, name: &str) -> Option<Atom> {
    view.value(version, vocabulary().field(name)?)
}

/// The uuid of a symbol; none for no symbol.
pub(crate) fn uuid(view: &View<'_>, symbol: Symbol) -> Option<uuid::Uuid> {
    (symbol != NONE)
        .then(|| view.facts.symbols.uuid_of(symbol))
        .flatten()
}

/// A value as text, for people.
pub(crate) fn text(view: &View<'_>, atom: Atom) -> String {
    match atom.tag() {
        Tag::Text | Tag::Decimal => view.facts.symbols.text_of(atom.number()).to_owned(),
        Tag::Uuid => uuid(view, atom.number())
            .map(|id| id.to_string())
            .unwrap_or_default(),
        Tag::Date => crate::engine::judge::date(atom.as_day().unwrap_or_default()).to_string(),
        Tag::Flag => (atom.number() != 0).to_string(),
        Tag::Int | Tag::Event | Tag::Key => atom.signed().to_string(),
    }
}
