//! The event types and fields of banso-core as small numbers, so that a fact stays small.
//!
//! Everything here follows from core's declarations; only three things are added, each about
//! events and none about an indicator: which text is prose, which absent field has a default
//! (contract section 3), and which types change how others count.

use std::collections::HashMap;
use std::sync::LazyLock;

use banso_core::event::{EventType, Field, event_types};
use banso_core::shape::Shape;
use banso_core::subject::SubjectKind;
use foldhash::fast::FixedState;

/// Index of an event type in core's list.
pub(crate) type Kind = u8;
/// Index of a field name among all names.
pub(crate) type FieldId = u16;

/// An entry of a type that this version does not know; such an entry counts nowhere.
pub(crate) const UNKNOWN: Kind = Kind::MAX;

/// Free prose: never counted by, so never kept.
const PROSE: [&str; 4] = ["reason", "url", "comment", "what"];
/// Defaults of absent fields: (type, field, value).
const DEFAULTS: [(&str, &str, &str); 1] = [("sales.reported", "channel", "total")];

type Names<T> = HashMap<&'static str, T, FixedState>;

/// Core's declarations, numbered.
pub(crate) struct Vocabulary {
    pub(crate) types: &'static [EventType],
    kinds: Names<Kind>,
    fields: Names<FieldId>,
    choices: Names<u32>,
    choice_names: Vec<&'static str>,
    defaults: Vec<(Kind, FieldId, u32)>,
    pub(crate) known: Known,
}

/// The types whose meaning the fold itself has to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) merged: Kind,
    pub(crate) unmerged: Kind,
    pub(crate) business_registered: Kind,
    pub(crate) profile_changed: Kind,
    pub(crate) business_closed: Kind,
    pub(crate) business_reopened: Kind,
    pub(crate) case_opened: Kind,
    pub(crate) handed_over: Kind,
    pub(crate) case_closed: Kind,
    pub(crate) case_reopened: Kind,
    pub(crate) visit_done: Kind,
    pub(crate) visit_missed: Kind,
    pub(crate) analysis_completed: Kind,
    pub(crate) plan_completed: Kind,
    pub(crate) followup_done: Kind,
    pub(crate) sales_reported: Kind,
    pub(crate) deal_concluded: Kind,
    pub(crate) deal_cancelled: Kind,
    pub(crate) seminar_held: Kind,
    pub(crate) staff_registered: Kind,
    pub(crate) role_changed: Kind,
    pub(crate) staff_left: Kind,
    pub(crate) plan_adopted: Kind,
    pub(crate) target_revised: Kind,
    pub(crate) reading_decided: Kind,
    pub(crate) year_closed: Kind,
    pub(crate) year_reopened: Kind,
    pub(crate) corrected: Kind,
    pub(crate) voided: Kind,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::build);

/// The one vocabulary of this build.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

impl Vocabulary {
    fn build() -> Self {
        let types = event_types();
        let kinds: Names<Kind> = (0..UNKNOWN)
            .zip(types)
            .map(|(kind, t)| (t.name, kind))
            .collect();
        let (mut fields, mut field_names) = (Names::<FieldId>::default(), Vec::new());
        let (mut choices, mut choice_names) = (Names::default(), Vec::new());
        for field in types
            .iter()
            .flat_map(|known| known.fields)
            .filter(|field| kept(field))
        {
            number(&mut fields, &mut field_names, field.name);
            let shape = if let Shape::List(item) = field.shape {
                *item
            } else {
                field.shape
            };
            if let Shape::Choice(values) = shape {
                for value in values {
                    number(&mut choices, &mut choice_names, value.name);
                }
            }
        }
        let default = |(kind, field, value): &(&str, &str, &str)| {
            Some((*kinds.get(kind)?, *fields.get(field)?, *choices.get(value)?))
        };
        let defaults = DEFAULTS.iter().filter_map(default).collect();
        let known = Known::find(&kinds);
        Self {
            types,
            kinds,
            fields,
            choices,
            choice_names,
            defaults,
            known,
        }
    }

    pub(crate) fn kind(&self, name: &str) -> Kind {
        self.kinds.get(name).copied().unwrap_or(UNKNOWN)
    }

    pub(crate) fn event_type(&self, kind: Kind) -> Option<&'static EventType> {
        self.types.get(usize::from(kind))
    }

    /// The name of a type, for people.
    pub(crate) fn name(&self, kind: Kind) -> &'static str {
        self.event_type(kind).map_or("unknown", |known| known.name)
    }

    pub(crate) fn subject_kind(&self, kind: Kind) -> Option<SubjectKind> {
        self.event_type(kind).and_then(|known| known.subject)
    }

    /// The number of a field that plans may count by.
    pub(crate) fn field(&self, name: &str) -> Option<FieldId> {
        self.fields.get(name).copied()
    }

    /// The values of all enumerations; they are the first texts of every symbol table.
    pub(crate) fn choice_names(&self) -> &[&'static str] {
        &self.choice_names
    }

    pub(crate) fn choice(&self, name: &str) -> Option<u32> {
        self.choices.get(name).copied()
    }

    /// The value of a field that an event of this type leaves out.
    pub(crate) fn default_of(&self, kind: Kind) -> Option<(FieldId, u32)> {
        let mut defaults = self.defaults.iter();
        defaults
            .find(|(known, ..)| *known == kind)
            .map(|(_, field, value)| (*field, *value))
    }
}

impl Known {
    fn find(kinds: &Names<Kind>) -> Self {
        let find = |name: &str| kinds.get(name).copied().unwrap_or(UNKNOWN);
        Self {
            merged: find("business.merged"),
            unmerged: find("business.unmerged"),
            business_registered: find("business.registered"),
            profile_changed: find("business.profile_changed"),
            business_closed: find("business.closed"),
            business_reopened: find("business.reopened"),
            case_opened: find("case.opened"),
            handed_over: find("case.handed_over"),
            case_closed: find("case.closed"),
            case_reopened: find("case.reopened"),
            visit_done: find("visit.done"),
            visit_missed: find("visit.missed"),
            analysis_completed: find("analysis.completed"),
            plan_completed: find("plan.completed"),
            followup_done: find("followup.done"),
            sales_reported: find("sales.reported"),
            deal_concluded: find("deal.concluded"),
            deal_cancelled: find("deal.cancelled"),
            seminar_held: find("seminar.held"),
            staff_registered: find("staff.registered"),
            role_changed: find("staff.role_changed"),
            staff_left: find("staff.left"),
            plan_adopted: find("programme.plan_adopted"),
            target_revised: find("programme.target_revised"),
            reading_decided: find("policy.reading_decided"),
            year_closed: find("fiscal_year.closed"),
            year_reopened: find("fiscal_year.reopened"),
            corrected: find("record.corrected"),
            voided: find("record.voided"),
        }
    }
}

fn number<T: TryFrom<usize>>(
    names: &mut Names<T>,
    list: &mut Vec<&'static str>,
    name: &'static str,
) {
    if names.contains_key(name) {
        return;
    }
    if let Ok(next) = T::try_from(list.len()) {
        names.insert(name, next);
        list.push(name);
    }
}

/// True for a field whose values are kept: single values and lists of them, not prose, not personal.
pub(crate) fn kept(field: &Field) -> bool {
    let shape = if let Shape::List(item) = field.shape {
        *item
    } else {
        field.shape
    };
    let single = matches!(
        shape,
        Shape::Text
            | Shape::Date
            | Shape::Integer { .. }
            | Shape::Number
            | Shape::Flag
            | Shape::Uuid
            | Shape::CorporateNumber
            | Shape::Industry
            | Shape::Choice(_)
    );
    single && !field.personal && !field.server && !PROSE.contains(&field.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_fold_names_exists() {
        let shown = format!("{:?}", vocabulary().known);
        assert!(!shown.contains(&UNKNOWN.to_string()), "{shown}");
    }

    /// A value has ten bits for its field.
    const MAX_FIELDS: FieldId = 1 << 10;

    #[test]
    fn all_names_have_a_number() {
        let vocabulary = vocabulary();
        assert!(vocabulary.types.len() < usize::from(UNKNOWN));
        assert!(vocabulary.fields.values().all(|field| *field < MAX_FIELDS));
        for (name, ..) in DEFAULTS {
            assert!(
                vocabulary.default_of(vocabulary.kind(name)).is_some(),
                "{name}"
            );
        }
    }

    #[test]
    fn prose_and_personal_fields_are_not_kept() {
        assert_eq!(vocabulary().field("reason"), None);
        assert_eq!(vocabulary().field("owner_words"), None);
        assert!(vocabulary().field("business_id").is_some());
    }
}
