//! The form of one entry: canonical JSON (RFC 8785) with the keys of docs/wire-format.md,
//! section 1, each of its shape. Knows nothing of `data`, and nothing of other entries.

use serde::Deserialize as _;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Class;

/// JSON nests no deeper than this.
const DEEPEST: u32 = 128;
/// Whole numbers stay below this, so that every JSON reader has them exactly.
const NUMBERS: u64 = 1_000_000_000_000_000;
const SOURCES: [&str; 5] = ["pc", "phone", "import", "api", "system"];

/// What other entries are compared with.
pub(super) struct Envelope {
    pub(super) id: Uuid,
    pub(super) position: u64,
    pub(super) version: u64,
    pub(super) expected_version: Option<u64>,
    pub(super) subject: String,
    pub(super) recorded_at: String,
}

/// Reads an entry, or says what its form lacks.
pub(super) fn read(content: &[u8]) -> Result<Envelope, (Class, String)> {
    let value = canonical(content).map_err(|detail| (Class::Canonical, detail.to_owned()))?;
    let faulty = |detail: String| (Class::Entry, detail);
    let Value::Object(fields) = value else {
        return Err(faulty("not an object".into()));
    };
    if let Some(name) = fields.keys().find(|name| shape(name).is_none()) {
        return Err(faulty(format!("unknown field {name}")));
    }
    for (name, needed, is_right) in SHAPES {
        match fields.get(name) {
            Some(value) if !is_right(value) => {
                let detail = format!("field {name} has not the form of the envelope");
                return Err(faulty(detail));
            }
            None if needed => return Err(faulty(format!("no field {name}"))),
            _ => {}
        }
    }
    if let Some(name) = open_field(&fields) {
        return Err(faulty(format!("sealed field {name} stands in data")));
    }
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let read = Envelope {
        id: text("id").parse().unwrap_or_default(),
        position: number("position").unwrap_or_default(),
        version: number("version").unwrap_or_default(),
        expected_version: number("expected_version"),
        subject: text("subject").to_owned(),
        recorded_at: text("recorded_at").to_owned(),
    };
    Ok(read)
}

/// The value of canonical bytes.
fn canonical(content: &[u8]) -> Result<Value, &'static str> {
    const NOT_JSON: &str = "the bytes are not JSON in UTF-8";
    if depth(content) > DEEPEST + 1 {
        return Err("nested too deep");
    }
    let mut reader = serde_json::Deserializer::from_slice(content);
    // The depth is bounded above; the parser's own bound lies a little lower.
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader).map_err(|_| NOT_JSON)?;
    reader.end().map_err(|_| NOT_JSON)?;
    let again = serde_json_canonicalizer::to_vec(&value).map_err(|_| NOT_JSON)?;
    if again == content {
        Ok(value)
    } else {
        Err("the bytes are not the canonical form (RFC 8785) of their value")
    }
}

/// How many objects and arrays are open at once, at most.
fn depth(content: &[u8]) -> u32 {
    let (mut open, mut deepest, mut quoted, mut escaped) = (0_u32, 0, false, false);
    for byte in content {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

type Shape = (&'static str, bool, fn(&Value) -> bool);

/// Each field: whether it is needed, and its form.
const SHAPES: [Shape; 13] = [
    ("data", true, Value::is_object),
    ("expected_version", false, |value| whole(value, 0)),
    ("id", true, |value| text(value, is_uuid)),
    ("occurred_on", true, |value| text(value, is_day)),
    ("position", true, |value| whole(value, 0)),
    ("recorded_at", true, |value| text(value, is_instant)),
    ("recorded_by", true, |value| text(value, is_author)),
    ("schema", false, |value| whole(value, 1)),
    ("sealed", false, is_sealed),
    ("source", false, |value| {
        text(value, |text| SOURCES.contains(&text))
    }),
    ("subject", true, |value| text(value, is_subject)),
    ("type", true, |value| text(value, is_type)),
    ("version", true, |value| whole(value, 1)),
];

fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|(known, ..)| *known == name)
}

fn whole(value: &Value, least: u64) -> bool {
    value
        .as_u64()
        .is_some_and(|number| (least..NUMBERS).contains(&number))
}

fn text(value: &Value, is_right: impl Fn(&str) -> bool) -> bool {
    value.as_str().is_some_and(is_right)
}

/// Whether a text has the form of a pattern: `0` a digit, `h` a lower-case hexadecimal digit,
/// anything else itself.
fn has_form(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'h' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                _ => byte == form,
            })
}

fn is_uuid(text: &str) -> bool {
    has_form(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh")
}

fn is_lower(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// `kind/<uuid>`.
fn is_key(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(kind, id)| is_lower(kind) && is_uuid(id))
}

fn is_subject(text: &str) -> bool {
    text == "programme/plan" || is_key(text)
}

fn is_author(text: &str) -> bool {
    text == "system" || text.strip_prefix("staff/").is_some_and(is_uuid)
}

/// `name.name`, each of lower-case letters, digits and underscores, a letter first.
fn is_type(text: &str) -> bool {
    let is_name = |part: &str| {
        let others = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        part.starts_with(|first: char| first.is_ascii_lowercase()) && part.bytes().all(others)
    };
    text.split_once('.')
        .is_some_and(|(one, other)| is_name(one) && is_name(other))
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(u32::MAX)
}

/// A day that the Gregorian calendar has, from year 1 on.
fn is_day(text: &str) -> bool {
    if !has_form(text, "0000-00-00") {
        return false;
    }
    let (year, month, day) = (
        number(&text[..4]),
        number(&text[5..7]),
        number(&text[8..10]),
    );
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

fn is_instant(text: &str) -> bool {
    has_form(text, "0000-00-00T00:00:00.000Z")
        && is_day(&text[..10])
        && number(&text[11..13]) < 24
        && number(&text[14..16]) < 60
        && number(&text[17..19]) < 60
}

fn is_sealed(value: &Value) -> bool {
    let Some(sealed) = value.as_object().filter(|sealed| sealed.len() == 3) else {
        return false;
    };
    let form = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";
    let has =
        |name: &str, is_right: &dyn Fn(&Value) -> bool| sealed.get(name).is_some_and(is_right);
    has("commitment", &|value| {
        text(value, |text| has_form(text, form))
    }) && has("key", &|value| text(value, is_key))
        && has("fields", &|value| {
            let Some(names) = value.as_array().filter(|names| !names.is_empty()) else {
                return false;
            };
            let named = names.iter().all(|name| text(name, |name| !name.is_empty()));
            named && names.is_sorted_by(|one, other| one.as_str() < other.as_str())
        })
}

/// A sealed field that stands in `data` all the same.
fn open_field(fields: &Map<String, Value>) -> Option<&str> {
    let names = fields.get("sealed")?.get("fields")?.as_array()?;
    let data = fields.get("data")?.as_object()?;
    names
        .iter()
        .filter_map(Value::as_str)
        .find(|name| data.contains_key(*name))
}
