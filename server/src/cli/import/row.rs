//! From a row of a sheet to the JSON of an event, as the intake takes it.
//!
//! Columns are named as in the JSON or as on the pages; cells are read by the shape that the field
//! declares. What is still wrong is left as it is, so that the intake names it like any other fault.

use banso_core::event::{EventType, event_types};
use banso_core::json::Object;
use banso_core::shape::Shape;
use banso_core::text::fold_width;
use serde_json::{Number, Value};
use uuid::Uuid;

use super::dates::written_date;

/// Names rows that bring no id of their own.
const ROWS: Uuid = Uuid::from_u128(0x6f0e_90a4_2f5b_4c57_9a5e_7f64_0d1c_52b1);

/// The columns of the envelope, with what a Japanese sheet calls them.
const ENVELOPE: [(&str, &[&str]); 6] = [
    ("id", &["ID", "記録ID"]),
    ("type", &["種類", "記録の種類"]),
    ("subject", &["対象", "対象ID"]),
    ("occurred_on", &["日付", "実施日", "発生日"]),
    ("expected_version", &["版"]),
    ("source", &["入力元"]),
];

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// A field of the envelope.
    Envelope(&'static str),
    /// All of `data`, as JSON.
    Data,
    /// A field of `data` by its name or label, and a name within it (`figures.sales`).
    Field(String, Option<String>),
    /// Without a name: passed over.
    Blank,
}

/// Reads the header.
///
/// # Errors
/// Every column that no event type knows.
pub(super) fn columns(header: &[String]) -> Result<Vec<Column>, Vec<String>> {
    let mut unknown = Vec::new();
    let columns = header
        .iter()
        .map(|name| {
            column(name).unwrap_or_else(|| {
                unknown.push(name.clone());
                Column::Blank
            })
        })
        .collect();
    if unknown.is_empty() {
        Ok(columns)
    } else {
        Err(unknown)
    }
}

fn column(header: &str) -> Option<Column> {
    let name = header.trim();
    if name.is_empty() {
        return Some(Column::Blank);
    }
    if name == "data" {
        return Some(Column::Data);
    }
    let envelope = ENVELOPE
        .iter()
        .find(|(field, labels)| *field == name || labels.contains(&name));
    if let Some((field, _)) = envelope {
        return Some(Column::Envelope(field));
    }
    let path = name.strip_prefix("data.").unwrap_or(name);
    let known = |field: &str| {
        let fields = event_types().iter().flat_map(|known| known.fields);
        fields
            .into_iter()
            .any(|known| known.name == field || known.label == field)
    };
    if known(path) {
        return Some(Column::Field(path.to_owned(), None));
    }
    let (field, within) = path.split_once('.')?;
    known(field).then(|| Column::Field(field.to_owned(), Some(within.to_owned())))
}

/// The event of a row. `again` tells rows apart that are the same to the last cell: how many such
/// rows stand above this one.
pub(super) fn event(columns: &[Column], cells: &[String], again: u64) -> Value {
    let mut event = Object::new();
    let mut data = Object::new();
    let kind = columns
        .iter()
        .zip(cells)
        .find(|(column, _)| **column == Column::Envelope("type"))
        .and_then(|(_, cell)| type_of(cell));
    for (column, cell) in columns
        .iter()
        .zip(cells)
        .filter(|(_, cell)| !cell.is_empty())
    {
        match column {
            Column::Blank => {}
            Column::Envelope(field) => {
                event.insert((*field).to_owned(), envelope(field, cell, kind));
            }
            Column::Data => match serde_json::from_str(cell) {
                Ok(Value::Object(object)) => data.extend(object),
                _ => {
                    event.insert("data".to_owned(), Value::String(cell.clone()));
                }
            },
            Column::Field(field, within) => put(&mut data, kind, field, within.as_deref(), cell),
        }
    }
    event.entry("data").or_insert(Value::Object(data));
    if !event.contains_key("id") {
        let id = row_id(&event, again);
        event.insert("id".to_owned(), Value::String(id.to_string()));
    }
    Value::Object(event)
}

/// The same row gives the same id, so that a file imported twice counts once.
fn row_id(event: &Object, again: u64) -> Uuid {
    let mut content = Value::Object(event.clone()).to_string().into_bytes();
    content.extend_from_slice(&again.to_be_bytes());
    Uuid::new_v5(&ROWS, &content)
}

fn type_of(cell: &str) -> Option<&'static EventType> {
    let name = fold_width(cell);
    event_types()
        .iter()
        .find(|known| known.name == name || known.label == cell)
}

fn envelope(field: &str, cell: &str, kind: Option<&EventType>) -> Value {
    match field {
        "type" => Value::String(kind.map_or_else(|| cell.to_owned(), |kind| kind.name.to_owned())),
        "occurred_on" => Value::String(written_date(cell).unwrap_or_else(|| cell.to_owned())),
        "expected_version" => number(cell),
        _ => Value::String(fold_width(cell)),
    }
}

fn put(data: &mut Object, kind: Option<&EventType>, name: &str, within: Option<&str>, cell: &str) {
    let field = kind.and_then(|kind| {
        let mut fields = kind.fields.iter();
        fields.find(|field| field.name == name || field.label == name)
    });
    // A cell of a column that this type lacks stays, under its name, for the intake to refuse.
    let Some(field) = field else {
        data.insert(name.to_owned(), Value::String(cell.to_owned()));
        return;
    };
    let Some(within) = within else {
        data.insert(field.name.to_owned(), value(&field.shape, cell));
        return;
    };
    let whole = data
        .entry(field.name)
        .or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(whole) = whole {
        let part = match field.shape {
            Shape::Figures => number(cell),
            _ => Value::String(cell.to_owned()),
        };
        whole.insert(within.to_owned(), part);
    }
}

/// A cell by the shape of its field; one that does not fit stays text.
fn value(shape: &Shape, cell: &str) -> Value {
    let text = || Value::String(cell.to_owned());
    match shape {
        Shape::Date => written_date(cell).map_or_else(text, Value::String),
        Shape::Integer { .. } | Shape::Number => number(cell),
        Shape::NumberOrNull => match fold_width(cell).as_str() {
            "-" => Value::Null,
            _ => number(cell),
        },
        Shape::Flag => match fold_width(cell).to_lowercase().as_str() {
            "true" | "1" | "yes" | "はい" | "○" | "〇" | "有" => Value::Bool(true),
            "false" | "0" | "no" | "いいえ" | "×" | "無" => Value::Bool(false),
            _ => text(),
        },
        Shape::Choice(choices) => {
            let choice = choices.iter().find(|choice| choice.label == cell);
            choice.map_or_else(text, |choice| Value::String(choice.name.to_owned()))
        }
        Shape::List(item) => {
            let parts = cell.split(['、', ',', ';', '；', '\n']).map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| value(item, part)).collect())
        }
        Shape::Figures | Shape::Notes | Shape::Object => {
            serde_json::from_str(cell).unwrap_or_else(|_| text())
        }
        Shape::Text
        | Shape::Uuid
        | Shape::FiscalYear
        | Shape::CorporateNumber
        | Shape::Industry => text(),
    }
}

/// `1,200`, `１２００`, `△5` and `1200円` as numbers.
fn number(cell: &str) -> Value {
    let folded = fold_width(cell).replace(',', "");
    let bare = folded
        .trim_start_matches(['\\', '¥'])
        .trim_end_matches('円')
        .trim();
    let negative = bare.strip_prefix(['△', '▲']);
    let written = negative.map_or_else(|| bare.to_owned(), |digits| format!("-{digits}"));
    let whole = written.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| written.parse().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::String(cell.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(header: &[&str], cells: &[&str]) -> Value {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        event(&columns(&owned(header)).unwrap(), &owned(cells), 0)
    }

    #[test]
    fn a_row_may_be_written_in_the_words_of_the_pages() {
        let visit = event_types()
            .iter()
            .find(|known| known.name == "visit.done")
            .unwrap();
        let method = visit.field("method").unwrap();
        let Shape::Choice(choices) = method.shape else {
            panic!("a choice")
        };
        let found = read(
            &["種類", "対象", "日付", method.label, "topics"],
            &[
                visit.label,
                "case/x",
                "令和7年4月1日",
                choices[0].label,
                "資金繰り、販路",
            ],
        );
        assert_eq!(found["type"], "visit.done");
        assert_eq!(found["occurred_on"], "2025-04-01");
        assert_eq!(
            found["data"],
            json!({"method": choices[0].name, "topics": ["資金繰り", "販路"]})
        );
    }

    #[test]
    fn figures_may_stand_in_columns_of_their_own_and_data_in_one() {
        let found = read(
            &["type", "data.analysis_id", "figures.sales", "data"],
            &[
                "analysis.completed",
                "a",
                "１,２００円",
                r#"{"tools":["swot"]}"#,
            ],
        );
        assert_eq!(
            found["data"],
            json!({"analysis_id": "a", "figures": {"sales": 1200}, "tools": ["swot"]})
        );
    }

    #[test]
    fn the_same_row_has_the_same_id_and_its_repetition_another() {
        let header = [Column::Envelope("type"), Column::Envelope("subject")];
        let cells = ["visit.missed".to_owned(), "case/x".to_owned()];
        let ids: Vec<_> = [0, 0, 1]
            .map(|again| event(&header, &cells, again)["id"].clone())
            .into();
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
    }

    #[test]
    fn what_cannot_be_read_stays_for_the_intake_to_name() {
        let found = read(
            &["type", "occurred_on", "sales", "attendees"],
            &["sales.reported", "someday", "much", "3"],
        );
        assert_eq!(found["occurred_on"], "someday");
        assert_eq!(found["data"], json!({"sales": "much", "attendees": "3"}));
    }

    #[test]
    fn a_column_that_no_type_knows_is_named() {
        let header = [
            "type".to_owned(),
            "salez".to_owned(),
            String::new(),
            "a.b".to_owned(),
        ];
        assert_eq!(columns(&header).unwrap_err(), ["salez", "a.b"]);
    }
}
