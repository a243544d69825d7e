//! Who may do what (contract section 8), in one place.
//!
//! Every route stands in the table of [`routes`] with the [`Right`] it needs; appends ask by event
//! type. Knows no token and no handler.

pub mod routes;

use banso_core::event::EventType;
use banso_core::subject::SubjectKind;
use serde::{Deserialize, Serialize};

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 経営指導員.
    Advisor,
    /// 職員: rights of an advisor.
    Clerk,
    /// 管理者.
    Manager,
    /// 評価委員.
    Committee,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Advisor, Self::Clerk, Self::Manager, Self::Committee];

    /// As it stands on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Advisor => "advisor",
            Self::Clerk => "clerk",
            Self::Manager => "manager",
            Self::Committee => "committee",
        }
    }

    /// As the pages show it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Advisor => "経営指導員",
            Self::Clerk => "職員",
            Self::Manager => "管理者",
            Self::Committee => "評価委員",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| {
                format!("\"{text}\" is not a role; write advisor, clerk, manager or committee")
            })
    }
}

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Cases, duties and personal fields.
    ReadCases,
    /// KPIs, evidence, entries and proofs.
    ReadLedger,
    /// Appending at all; the event type decides the rest.
    Append,
    /// Case stories, cut to what the business consented to.
    ReadStories,
    /// Accounts, tokens, and the sessions of others.
    ManageAccounts,
    /// Who opened which business and case.
    ReadAccessLog,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 6] = [
        Self::ReadCases,
        Self::ReadLedger,
        Self::Append,
        Self::ReadStories,
        Self::ManageAccounts,
        Self::ReadAccessLog,
    ];
}

/// Whether a role has a right.
pub fn may(role: Role, right: Right) -> bool {
    match right {
        Right::ReadCases => role != Role::Committee,
        Right::ReadLedger | Right::Append | Right::ReadStories => true,
        Right::ManageAccounts | Right::ReadAccessLog => role == Role::Manager,
    }
}

/// Whether a role may append events of a type to a subject of a kind.
pub fn may_append(role: Role, event_type: &EventType, subject: SubjectKind) -> bool {
    if event_type.name == "evaluation.graded" {
        return role == Role::Committee;
    }
    match role {
        Role::Committee => false,
        Role::Manager => true,
        Role::Advisor | Role::Clerk => {
            !matches!(subject, SubjectKind::Programme | SubjectKind::Staff)
        }
    }
}

/// Whether a role may correct and void entries that others recorded.
pub fn may_correct_others(role: Role) -> bool {
    role == Role::Manager
}

#[cfg(test)]
mod tests {
    use super::*;
    use banso_core::event::event_type;

    fn may_all(role: Role) -> Vec<&'static str> {
        [
            ("visit.done", SubjectKind::Case),
            ("business.registered", SubjectKind::Business),
            ("seminar.held", SubjectKind::Seminar),
            ("survey.analysed", SubjectKind::Survey),
            ("staff.registered", SubjectKind::Staff),
            ("fiscal_year.closed", SubjectKind::Programme),
            ("evaluation.graded", SubjectKind::Programme),
            ("record.voided", SubjectKind::Case),
            ("record.voided", SubjectKind::Programme),
        ]
        .into_iter()
        .filter(|(name, kind)| may_append(role, event_type(name).unwrap(), *kind))
        .map(|(name, _)| name)
        .collect()
    }

    #[test]
    fn the_table_of_the_contract_holds() {
        let daily = [
            "visit.done",
            "business.registered",
            "seminar.held",
            "survey.analysed",
            "record.voided",
        ];
        assert_eq!(may_all(Role::Advisor), daily);
        assert_eq!(may_all(Role::Clerk), daily);
        assert_eq!(may_all(Role::Committee), ["evaluation.graded"]);
        assert_eq!(may_all(Role::Manager).len(), 8);
        assert!(!may_all(Role::Manager).contains(&"evaluation.graded"));
        assert!(!may(Role::Committee, Right::ReadCases));
        assert!(may(Role::Committee, Right::ReadLedger));
        assert!(!may_correct_others(Role::Advisor));
    }
}
