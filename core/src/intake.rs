//! From JSON to a validated [`NewEvent`], or to every fault at once.
//!
//! Knows shapes, not rules: whether the event may happen now is decided in [`crate::decide`].

use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

use crate::event::{Event, EventType, Mode, RecordCorrected, event_type};
use crate::json::{FieldError, Object};
use crate::shape::Field as _;
use crate::subject::{Subject, SubjectKind};

/// Where an event was entered.
pub const SOURCES: [&str; 4] = ["pc", "phone", "import", "api"];

/// An event as a client hands it in, every field read.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Chosen by the client; makes a retry count once.
    pub id: Uuid,
    /// The stream it belongs to.
    pub subject: Subject,
    /// What happened.
    pub event: Event,
    /// The business date.
    pub occurred_on: NaiveDate,
    /// The version the client saw last; 0 = the subject must not exist.
    pub expected_version: Option<u64>,
    /// One of [`SOURCES`].
    pub source: Option<String>,
}

const FIELDS: [&str; 7] = [
    "id",
    "type",
    "subject",
    "occurred_on",
    "data",
    "expected_version",
    "source",
];

/// Reads one event.
///
/// # Errors
/// Every fault with its JSON pointer.
pub fn read(value: &Value) -> Result<NewEvent, Vec<FieldError>> {
    let Some(object) = value.as_object() else {
        return Err(vec![FieldError::new("", "the event is not a JSON object")]);
    };
    let mut errors = Vec::new();
    let id = event_id(object, &mut errors);
    let known = required::<String>(object, "type", &mut errors)
        .and_then(|name| known_type(&name, &mut errors));
    let subject = required::<String>(object, "subject", &mut errors)
        .and_then(|text| subject_of(&text, known, &mut errors));
    let occurred_on = required::<NaiveDate>(object, "occurred_on", &mut errors);
    let expected_version = expected_version(object, &mut errors);
    let source = source(object, &mut errors);
    let event = data(object, known, &mut errors);
    for name in object
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        let pointer = crate::json::pointer("", name);
        errors.push(FieldError::new(
            pointer,
            format!("unknown field \"{name}\""),
        ));
    }
    match (id, subject, occurred_on, event) {
        (Some(id), Some(subject), Some(occurred_on), Some(event)) if errors.is_empty() => {
            Ok(NewEvent {
                id,
                subject,
                event,
                occurred_on,
                expected_version,
                source,
            })
        }
        _ => Err(errors),
    }
}

/// Reads the whole new data of a correction by the type that it corrects.
///
/// # Errors
/// Every fault, with pointers below `/data/data`.
pub fn read_corrected_data(
    correction: &RecordCorrected,
    corrected: &EventType,
) -> Result<Option<Event>, Vec<FieldError>> {
    let Some(data) = &correction.data else {
        return Ok(None);
    };
    let mut errors = Vec::new();
    period(&data.0, &mut errors);
    let event = Event::read(corrected.name, &data.0, Mode::Intake, &mut errors);
    for error in &mut errors {
        error.pointer = format!("/data{}", error.pointer);
    }
    if errors.is_empty() {
        Ok(event)
    } else {
        Err(errors)
    }
}

/// Splits data into what an entry holds and what is sealed away.
pub fn split_personal(event_type: &EventType, data: Object) -> (Object, Object) {
    let personal = |name: &String| event_type.field(name).is_some_and(|field| field.personal);
    data.into_iter().partition(|(name, _)| !personal(name))
}

fn required<T: crate::shape::Field>(
    object: &Object,
    name: &str,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let read = match object.get(name) {
        None | Some(Value::Null) => Err("is required".to_owned()),
        Some(value) => T::read(value),
    };
    read.map_err(|detail| errors.push(FieldError::new(format!("/{name}"), detail)))
        .ok()
}

/// An event's own id is a bare UUID; only references to subjects may be written `kind/uuid`.
fn event_id(object: &Object, errors: &mut Vec<FieldError>) -> Option<Uuid> {
    let id = required::<Uuid>(object, "id", errors)?;
    let subject_form = object.get("id").and_then(Value::as_str)?.contains('/');
    if subject_form {
        errors.push(FieldError::new("/id", "is not a bare UUID"));
    }
    (!subject_form).then_some(id)
}

fn known_type(name: &str, errors: &mut Vec<FieldError>) -> Option<&'static EventType> {
    let known = event_type(name);
    if known.is_none() {
        errors.push(FieldError::new(
            "/type",
            format!("unknown event type \"{name}\""),
        ));
    }
    known
}

fn subject_of(
    text: &str,
    known: Option<&EventType>,
    errors: &mut Vec<FieldError>,
) -> Option<Subject> {
    let subject = match text.parse::<Subject>() {
        Ok(subject) => subject,
        Err(detail) => {
            errors.push(FieldError::new("/subject", detail));
            return None;
        }
    };
    if let Some((known, wanted)) = known.and_then(|known| Some((known, known.subject?)))
        && wanted != subject.kind()
    {
        let form = match wanted {
            SubjectKind::Programme => Subject::PROGRAMME.to_owned(),
            kind => format!("{}/<uuid>", kind.name()),
        };
        let detail = format!("{} belongs to {form}, not to \"{text}\"", known.name);
        errors.push(FieldError::new("/subject", detail));
        return None;
    }
    Some(subject)
}

fn expected_version(object: &Object, errors: &mut Vec<FieldError>) -> Option<u64> {
    let value = object
        .get("expected_version")
        .filter(|value| !value.is_null())?;
    let version = value.as_u64();
    if version.is_none() {
        let detail = format!("{value} is not a version: a whole number from 0");
        errors.push(FieldError::new("/expected_version", detail));
    }
    version
}

fn source(object: &Object, errors: &mut Vec<FieldError>) -> Option<String> {
    let value = object.get("source").filter(|value| !value.is_null())?;
    let known = value.as_str().filter(|source| SOURCES.contains(source));
    if known.is_none() {
        let detail = format!("{value} is not one of {}", SOURCES.join(", "));
        errors.push(FieldError::new("/source", detail));
    }
    known.map(str::to_owned)
}

fn data(object: &Object, known: Option<&EventType>, errors: &mut Vec<FieldError>) -> Option<Event> {
    let data = match object.get("data") {
        Some(Value::Object(data)) => data,
        Some(_) => {
            errors.push(FieldError::new("/data", "is not an object"));
            return None;
        }
        None => {
            errors.push(FieldError::new("/data", "is required"));
            return None;
        }
    };
    period(data, errors);
    let event = Event::read(known?.name, data, Mode::Intake, errors)?;
    if let Event::RecordCorrected(correction) = &event
        && correction.data.is_none()
        && correction.occurred_on.is_none()
    {
        let detail = "a correction needs data, occurred_on or both";
        errors.push(FieldError::new("/data", detail));
    }
    Some(event)
}

/// A period that ends before it begins is a slip of the keyboard.
fn period(data: &Object, errors: &mut Vec<FieldError>) {
    let day = |name| NaiveDate::read(data.get(name)?).ok();
    if let (Some(from), Some(to)) = (day("period_from"), day("period_to"))
        && to < from
    {
        let detail = format!("{to} lies before period_from, {from}");
        errors.push(FieldError::new("/data/period_to", detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointers(value: &Value) -> Vec<String> {
        read(value)
            .unwrap_err()
            .into_iter()
            .map(|error| error.pointer)
            .collect()
    }

    fn visit() -> Value {
        json!({"id": "0195f405-edf6-72b1-9708-63cfba289d7d", "type": "visit.done",
            "subject": "case/0195ee98-e830-7039-ab73-cf985800f986", "occurred_on": "2025-06-03",
            "data": {"method": "visit"}})
    }

    #[test]
    fn a_whole_event_is_read() {
        let event = read(&visit()).unwrap();
        assert_eq!(event.event.event_type().name, "visit.done");
        assert_eq!(event.expected_version, None);
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        assert_eq!(
            pointers(&json!({})),
            ["/id", "/type", "/subject", "/occurred_on", "/data"]
        );
    }

    #[test]
    fn faults_of_envelope_and_data_come_together() {
        let mut value = visit();
        value["occurred_on"] = json!("2025-02-30");
        value["data"] = json!({"method": "walk", "mood": 1});
        value["colour"] = json!("red");
        value["source"] = json!("fax");
        value["expected_version"] = json!(-1);
        assert_eq!(
            pointers(&value),
            [
                "/occurred_on",
                "/expected_version",
                "/source",
                "/data/method",
                "/data/mood",
                "/colour"
            ]
        );
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_refused_with_every_other_fault() {
        let mut value = visit();
        value["type"] = json!("sales.reported");
        value["data"] = json!({"period_from": "2025-04-01", "period_to": "2025-03-31",
            "sales": -1, "basis": "hearing"});
        assert_eq!(pointers(&value), ["/data/period_to", "/data/sales"]);
        value["data"]["period_to"] = json!("2025-04-01");
        value["data"]["sales"] = json!(1);
        assert!(read(&value).is_ok(), "a period of one day");
    }

    #[test]
    fn an_unknown_type_is_refused_by_name() {
        let mut value = visit();
        value["type"] = json!("visit.dreamt");
        let errors = read(&value).unwrap_err();
        assert_eq!(errors[0].pointer, "/type");
        assert!(errors[0].detail.contains("visit.dreamt"));
    }

    #[test]
    fn an_event_id_is_a_bare_uuid() {
        let mut value = visit();
        value["id"] = json!("case/0195ee98-e830-7039-ab73-cf985800f986");
        assert_eq!(pointers(&value), ["/id"]);
    }

    #[test]
    fn a_type_on_a_subject_of_another_kind_is_refused() {
        let mut value = visit();
        value["subject"] = json!("staff/0195ee98-e830-7039-ab73-cf985800f986");
        assert_eq!(pointers(&value), ["/subject"]);
    }

    #[test]
    fn a_correction_of_nothing_is_refused() {
        let mut value = visit();
        value["type"] = json!("record.corrected");
        value["data"] = json!({"target": "0195f405-edf6-72b1-9708-63cfba289d7d", "reason": "x"});
        assert_eq!(pointers(&value), ["/data"]);
    }

    #[test]
    fn personal_fields_are_split_off() {
        let known = event_type("visit.done").unwrap();
        let data = json!({"method": "visit", "note": "秘密"});
        let (open, personal) = split_personal(known, data.as_object().unwrap().clone());
        assert_eq!(Value::Object(open), json!({"method": "visit"}));
        assert_eq!(Value::Object(personal), json!({"note": "秘密"}));
    }
}
