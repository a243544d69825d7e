//! The stream that an event belongs to: `kind/uuid`, or `programme/plan` for the programme itself.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The six kinds of subject (contract section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// A business, or a person about to found one.
    Business,
    /// One course of support for one business.
    Case,
    /// One session of a seminar.
    Seminar,
    /// One round of a survey or one published piece of research.
    Survey,
    /// A member of the staff or of the committee.
    Staff,
    /// The certified plan and everything decided about it.
    Programme,
}

impl SubjectKind {
    /// Every kind, in the contract's order.
    pub const ALL: [Self; 6] = [
        Self::Business,
        Self::Case,
        Self::Seminar,
        Self::Survey,
        Self::Staff,
        Self::Programme,
    ];

    /// The word in front of the slash.
    pub fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Case => "case",
            Self::Seminar => "seminar",
            Self::Survey => "survey",
            Self::Staff => "staff",
            Self::Programme => "programme",
        }
    }

    /// What the pages call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Business => "事業者",
            Self::Case => "案件",
            Self::Seminar => "セミナー",
            Self::Survey => "調査",
            Self::Staff => "職員",
            Self::Programme => "計画",
        }
    }
}

/// One stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `kind/uuid` of any kind but the programme.
    One(SubjectKind, Uuid),
    /// `programme/plan`.
    Programme,
}

impl Subject {
    /// The programme's only subject as text.
    pub const PROGRAMME: &'static str = "programme/plan";

    /// Its kind.
    pub fn kind(self) -> SubjectKind {
        match self {
            Self::One(kind, _) => kind,
            Self::Programme => SubjectKind::Programme,
        }
    }

    /// Its uuid; none for the programme.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::One(_, id) => Some(id),
            Self::Programme => None,
        }
    }

    /// The subject of a business.
    pub fn business(id: Uuid) -> Self {
        Self::One(SubjectKind::Business, id)
    }

    /// The subject of a case.
    pub fn case(id: Uuid) -> Self {
        Self::One(SubjectKind::Case, id)
    }

    /// The subject of a member of the staff.
    pub fn staff(id: Uuid) -> Self {
        Self::One(SubjectKind::Staff, id)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(kind, id) => write!(out, "{}/{id}", kind.name()),
            Self::Programme => out.write_str(Self::PROGRAMME),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::PROGRAMME {
            return Ok(Self::Programme);
        }
        let refuse = || format!("\"{text}\" is not a subject; write kind/uuid or programme/plan");
        let (kind, id) = text.split_once('/').ok_or_else(refuse)?;
        let kind = SubjectKind::ALL
            .into_iter()
            .find(|known| known.name() == kind && *known != SubjectKind::Programme)
            .ok_or_else(refuse)?;
        // Only the hyphenated form, so that one subject has one spelling.
        if id.len() != 36 {
            return Err(refuse());
        }
        Ok(Self::One(kind, Uuid::parse_str(id).map_err(|_| refuse())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_as_it_was_written() {
        for text in [
            "programme/plan",
            "case/0195ee98-e830-7039-ab73-cf985800f986",
        ] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for text in [
            "",
            "case",
            "case/",
            "cases/0195ee98-e830-7039-ab73-cf985800f986",
            "programme/x",
        ] {
            assert!(text.parse::<Subject>().unwrap_err().contains(text));
        }
    }
}
