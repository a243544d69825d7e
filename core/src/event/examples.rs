//! Example data of an event type, made from its JSON Schema alone.
//!
//! For tests only. A pattern that has no sample here fails loudly, so that none is skipped.

use serde_json::{Map, Value, json};

use super::EventType;
use crate::json::Object;

/// Texts, one of which fits each pattern that a schema may hold.
const SAMPLES: [(&str, &str); 4] = [
    ("\\S", "例"),
    ("^[0-9]{13}$", "4250005000529"),
    ("^([A-T][0-9]{0,4}|[0-9]{2,4})$", "I56"),
    ("^(R[1-9][0-9]?|19[3-9][0-9]|20[0-9]{2})$", "R7"),
];

/// Data with every field that the intake takes.
pub(crate) fn full(event_type: &EventType) -> Object {
    example(event_type, |_| true)
}

/// Data with the required fields only. A correction needs one of two optional fields besides.
pub(crate) fn minimal(event_type: &EventType) -> Object {
    let schema = event_type.schema();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let needed = |name: &str| event_type.name == "record.corrected" && name == "occurred_on";
    example(event_type, |name| {
        required.contains(&json!(name)) || needed(name)
    })
}

fn example(event_type: &EventType, wanted: impl Fn(&str) -> bool) -> Object {
    let schema = event_type.schema();
    let properties = schema["properties"].as_object().unwrap();
    let wanted = properties.iter().filter(|(name, _)| wanted(name));
    wanted
        .map(|(name, schema)| (name.clone(), value(schema)))
        .collect()
}

fn value(schema: &Value) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices[0].clone();
    }
    if let Some(schemas) = schema["anyOf"].as_array() {
        return value(&schemas[0]);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => &kinds[0],
        kind => kind,
    };
    match kind.as_str().unwrap() {
        "string" => text(schema),
        "integer" => schema["minimum"].clone(),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "array" => json!([value(&schema["items"])]),
        "object" => match schema.get("additionalProperties") {
            Some(inner) => json!({"例": value(inner)}),
            None => Value::Object(Map::new()),
        },
        other => panic!("no example of the type {other}"),
    }
}

fn text(schema: &Value) -> Value {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("date"), _) => json!("2025-06-03"),
        (Some("uuid"), _) => json!("0195ee98-e830-7039-ab73-cf985800f986"),
        (_, Some(pattern)) => {
            let sample = SAMPLES.iter().find(|(known, _)| *known == pattern);
            json!(
                sample
                    .unwrap_or_else(|| panic!("no sample of the pattern {pattern}"))
                    .1
            )
        }
        _ => json!("例"),
    }
}
