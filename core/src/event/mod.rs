//! Every event type, declared once.
//!
//! From the declarations in this folder come the typed structures, their reading and writing, the
//! JSON Schema, the Japanese labels and the list that `GET /v1/event-types` answers.
//! Adding a type means adding one entry to one of the files below, nothing else.

mod business;
mod case;
mod choice;
#[cfg(test)]
mod contract_tests;
mod declare;
#[cfg(test)]
pub(crate) mod examples;
mod programme;
mod public;
mod record;
mod staff;

use std::sync::LazyLock;

use serde_json::{Value, json};

pub use self::business::*;
pub use self::case::*;
pub use self::choice::*;
pub use self::declare::{Mode, Reader};
pub use self::programme::*;
pub use self::public::*;
pub use self::record::*;
pub use self::staff::*;
use crate::json::{FieldError, Object};
use crate::shape::Shape;
use crate::subject::SubjectKind;

/// One field of an event type.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key in `data`.
    pub name: &'static str,
    /// What the pages call it.
    pub label: &'static str,
    /// Must be present at intake.
    pub required: bool,
    /// Personal: sealed, never in an entry (contract section 7).
    pub personal: bool,
    /// Written by the server only; refused at intake.
    pub server: bool,
    /// What it holds.
    pub shape: Shape,
}

/// One event type.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// `visit.done` and so on.
    pub name: &'static str,
    /// What the pages call it.
    pub label: &'static str,
    /// The kind of subject it belongs to; none for `record.*`, which any subject takes.
    pub subject: Option<SubjectKind>,
    /// Its fields in the order of the contract.
    pub fields: &'static [Field],
}

impl EventType {
    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// JSON Schema (2020-12) of `data` as the intake takes it.
    pub fn schema(&self) -> Value {
        let taken = || self.fields.iter().filter(|field| !field.server);
        let properties: Object = taken()
            .map(|field| {
                let mut schema = field.shape.schema();
                if let Some(object) = schema.as_object_mut() {
                    object.insert("title".to_owned(), json!(field.label));
                    if field.personal {
                        object.insert("x-personal".to_owned(), json!(true));
                    }
                }
                (field.name.to_owned(), schema)
            })
            .collect();
        let required: Vec<_> = taken()
            .filter(|field| field.required)
            .map(|field| field.name)
            .collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:banso:event:{}", self.name),
            "title": self.label, "type": "object", "additionalProperties": false,
            "properties": properties, "required": required,
        })
    }
}

macro_rules! all_events {
    ($($module:ident: $($variant:ident),+;)+) => {
        /// A validated event of any type.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at its structure")]
        pub enum Event { $($($variant($module::$variant),)+)+ }

        /// Every event type in the order of the contract.
        static TYPES: LazyLock<Vec<EventType>> =
            LazyLock::new(|| vec![$($($module::$variant::TYPE,)+)+]);

        impl Event {
            /// Reads the data of a type; none if the type is unknown or a fault was pushed.
            pub fn read(
                name: &str, data: &Object, mode: Mode, errors: &mut Vec<FieldError>,
            ) -> Option<Self> {
                $($(if name == $module::$variant::TYPE.name {
                    let mut reader = Reader::new(data, "/data", mode, errors);
                    return $module::$variant::read(&mut reader).map(Self::$variant);
                })+)+
                None
            }

            /// Its type.
            pub fn event_type(&self) -> &'static EventType {
                match self { $($(Self::$variant(_) => &$module::$variant::TYPE,)+)+ }
            }

            /// Its data as it is stored, personal fields included.
            pub fn write(&self) -> Object {
                match self { $($(Self::$variant(data) => data.write(),)+)+ }
            }
        }
    };
}

all_events! {
    business: BusinessRegistered, BusinessProfileChanged, BusinessMerged, BusinessUnmerged,
        BusinessClosed, BusinessReopened, BusinessConsentRecorded, BusinessErased,
        BusinessErasureCompleted;
    case: CaseOpened, CaseHandedOver, CaseHandoverReceived, CaseClosed, CaseReopened, VisitDone, VisitMissed,
        ProductivitySupported, StartupSupported, StartupFounded, SuccessionConsulted,
        SuccessionCompleted, LoanConsulted, SubsidySupported, SubsidyDecided, AnalysisCompleted,
        AnalysisFeedbackGiven, PlanCompleted, PlanRevised, PlanRecognised, FollowupDone,
        ExpertDispatched, ReferralMade, SalesReported, FairExhibited, DealConcluded, DealCancelled,
        EcOpened, EcSupported, EcStopped;
    public: SeminarPlanned, SeminarCancelled, SeminarHeld, SeminarAttended, ResearchPublished,
        SurveyOpened, SurveyCounted, SurveyAnalysed, SurveyFeedbackDelivered;
    staff: StaffRegistered, StaffRoleChanged, StaffLeft, AreaAssigned, TrainingAttended, OjtHeld;
    programme: PlanAdopted, TargetRevised, ReadingDecided, FiscalYearClosed, FiscalYearReopened,
        CommitteeAppointed, CommitteeConvened, EvaluationGraded, ImprovementProposed,
        ImprovementProgressed, ImprovementDone, ReportPublished, BudgetSet, BudgetSpent,
        LiaisonHeld, CommunityHeld;
    record: RecordCorrected, RecordVoided;
}

/// Every event type in the order of the contract.
pub fn event_types() -> &'static [EventType] {
    &TYPES
}

/// The event type of a name.
pub fn event_type(name: &str) -> Option<&'static EventType> {
    TYPES.iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name_of_its_own_and_a_label() {
        let mut names: Vec<_> = event_types().iter().map(|known| known.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for known in event_types() {
            assert!(
                !known.label.is_ascii(),
                "{} has no Japanese label",
                known.name
            );
            for field in known.fields {
                assert!(
                    !field.label.is_ascii(),
                    "{}.{} has no Japanese label",
                    known.name,
                    field.name
                );
            }
        }
    }

    #[test]
    fn all_faults_of_the_data_are_named_at_once() {
        let data = json!({"kind": "company", "phone": 5, "colour": "red"});
        let mut errors = Vec::new();
        let data = data.as_object().unwrap();
        assert!(Event::read("business.registered", data, Mode::Intake, &mut errors).is_none());
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/data/kind", "/data/name", "/data/phone", "/data/colour"]
        );
        assert!(errors[0].detail.contains("corporation"));
    }

    #[test]
    fn what_was_read_is_written_back() {
        let data = json!({"method": "visit", "purpose": "followup", "topics": ["資金繰り"],
            "note": "在庫が増えた", "next_due": "2025-09-01"});
        let mut errors = Vec::new();
        let event = Event::read(
            "visit.done",
            data.as_object().unwrap(),
            Mode::Intake,
            &mut errors,
        )
        .unwrap();
        assert_eq!(Value::Object(event.write()), data);
        assert_eq!(event.event_type().name, "visit.done");
    }

    #[test]
    fn a_stored_event_may_lack_its_personal_fields() {
        let data = json!({"kind": "corporation"});
        let data = data.as_object().unwrap();
        let mut errors = Vec::new();
        assert!(Event::read("business.registered", data, Mode::Stored, &mut errors).is_some());
        assert!(errors.is_empty());
    }

    #[test]
    fn a_field_of_the_server_is_refused_at_intake() {
        let data = json!({"fiscal_year": "R7", "cutoff_position": 5});
        let mut errors = Vec::new();
        let data = data.as_object().unwrap();
        assert!(Event::read("fiscal_year.closed", data, Mode::Intake, &mut errors).is_none());
        assert_eq!(errors[0].pointer, "/data/cutoff_position");
    }
}
