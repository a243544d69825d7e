//! From the declaration of an event type to the controls of a form, and back to its data.
//!
//! Knows shapes, not rules. A control is named `data.<field>`; several texts of one name are a list.

use banso_core::event::{EventType, Field};
use banso_core::json::Object;
use banso_core::shape::Shape;
use serde_json::{Number, Value};

use super::given::{Given, day, number};
use super::keys::{self, label};
use super::words::Trouble;

/// One control.
pub(super) struct Control {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) required: bool,
    /// Which part of the template draws it.
    pub(super) kind: Kind,
    pub(super) value: String,
    pub(super) options: Vec<Pick>,
    pub(super) hint: &'static str,
    pub(super) fault: Option<String>,
}

/// How a control is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Line,
    Area,
    Day,
    Digits,
    /// One of few, as chips.
    Chips,
    /// One of many.
    Menu,
    /// Some of few.
    Boxes,
}

/// One value to pick.
#[derive(Clone, Debug)]
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// Texts that want more than one line.
const LONG: [&str; 10] = [
    "note",
    "owner_words",
    "next_action",
    "briefing",
    "reaction",
    "reason",
    "what",
    "comment",
    "evidence",
    "content",
];
/// Whatever the caller knows to pick from, by field.
pub(super) type Known = Vec<(&'static str, Vec<(String, String)>)>;

/// The controls of a type, filled with what was given.
pub(super) fn controls(
    event_type: &EventType,
    given: &Given,
    known: &Known,
    trouble: Option<&Trouble>,
) -> Vec<Control> {
    let taken = event_type.fields.iter().filter(|field| !field.server);
    taken
        .flat_map(|field| match parts(field) {
            Some(parts) => part_controls(field, parts, given),
            None => vec![control(field, given, known, trouble)],
        })
        .collect()
}

fn control(field: &Field, given: &Given, known: &Known, trouble: Option<&Trouble>) -> Control {
    let name = format!("data.{}", field.name);
    let picks = known
        .iter()
        .find(|(of, _)| *of == field.name)
        .map(|(_, picks)| picks);
    let chosen: Vec<&str> = given.all(&name).collect();
    let kind = kind_of(field, picks.is_some());
    let options = options(field, picks, &chosen);
    let value = chosen.join("\n");
    let fault = trouble.and_then(|trouble| trouble.fault(&name));
    Control {
        name,
        label: field.label.to_owned(),
        required: field.required,
        kind,
        value,
        options,
        hint: hint(field),
        fault,
    }
}

/// The usual parts, and whatever else is there already.
fn part_controls(field: &Field, parts: &[&str], given: &Given) -> Vec<Control> {
    let prefix = format!("data.{}.", field.name);
    let mut names: Vec<&str> = parts.to_vec();
    for (name, _) in given.below(&prefix) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
        .iter()
        .map(|part| part_control(field, part, given))
        .collect()
}

fn part_control(field: &Field, part: &str, given: &Given) -> Control {
    let name = format!("data.{}.{part}", field.name);
    let value = given.all(&name).collect::<Vec<_>>().join("\n");
    Control {
        label: format!("{}：{}", field.label, label(part)),
        required: false,
        kind: Kind::Area,
        value,
        options: Vec::new(),
        hint: "",
        fault: None,
        name,
    }
}

fn kind_of(field: &Field, picked: bool) -> Kind {
    match field.shape {
        _ if picked => Kind::Menu,
        Shape::Date => Kind::Day,
        Shape::Integer { .. } | Shape::Number | Shape::NumberOrNull => Kind::Digits,
        Shape::Flag => Kind::Chips,
        Shape::Choice(choices) if choices.len() <= 6 => Kind::Chips,
        Shape::Choice(_) => Kind::Menu,
        Shape::List(Shape::Choice(_)) => Kind::Boxes,
        Shape::List(_) | Shape::Figures | Shape::Notes | Shape::Object => Kind::Area,
        Shape::Text if LONG.contains(&field.name) => Kind::Area,
        _ => Kind::Line,
    }
}

fn options(field: &Field, picks: Option<&Vec<(String, String)>>, chosen: &[&str]) -> Vec<Pick> {
    let pick = |value: &str, label: &str| Pick {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: chosen.contains(&value),
    };
    if let Some(picks) = picks {
        return picks
            .iter()
            .map(|(value, label)| pick(value, label))
            .collect();
    }
    match field.shape {
        Shape::Choice(choices) | Shape::List(&Shape::Choice(choices)) => choices
            .iter()
            .map(|choice| pick(choice.name, choice.label))
            .collect(),
        Shape::Flag => vec![pick("true", "はい"), pick("false", "いいえ")],
        _ => Vec::new(),
    }
}

fn hint(field: &Field) -> &'static str {
    match field.shape {
        Shape::List(Shape::Choice(_)) => "いくつでも選べます。",
        Shape::List(_) => "1行に1つずつ入力します。",
        Shape::Figures => "1行に「名前：数値」の形で入力します（例：売上高増加率：4.2）。",
        Shape::Industry => "例：I56（記号だけでもかまいません）",
        Shape::CorporateNumber => "13桁。個人事業主は空欄にします。",
        Shape::FiscalYear => "例：R7",
        Shape::NumberOrNull => "予定しない年度は「－」と入力します。",
        Shape::Object => "計画ファイルの内容（JSON）を貼り付けます。",
        Shape::Uuid if matches!(field.name, "business_id" | "into") => {
            "名称・フリガナ・電話番号のどれかで探します。"
        }
        _ => "",
    }
}

/// The parts of a strategy analysis, each with a box of its own.
fn parts(field: &Field) -> Option<&'static [&'static str]> {
    match field.name {
        "swot" => Some(&keys::SWOT),
        "three_c" => Some(&keys::THREE_C),
        _ => None,
    }
}

/// The data that a form brought, as the intake reads it.
pub(super) fn data(event_type: &EventType, given: &Given) -> Object {
    let mut data = Object::new();
    for field in event_type.fields.iter().filter(|field| !field.server) {
        if let Some(value) = value(field, given) {
            data.insert(field.name.to_owned(), value);
        }
    }
    data
}

fn value(field: &Field, given: &Given) -> Option<Value> {
    let name = format!("data.{}", field.name);
    if let Shape::List(item) = field.shape {
        let lines = given.all(&name).flat_map(|text| text.split(['\n', '、']));
        let lines = lines.map(str::trim).filter(|line| !line.is_empty());
        let items: Vec<_> = lines.map(|line| single(*item, line)).collect();
        return (!items.is_empty()).then_some(Value::Array(items));
    }
    if field.shape == Shape::Notes {
        let prefix = format!("{name}.");
        let notes: Object = given
            .below(&prefix)
            .map(|(part, text)| (part.to_owned(), note(text)))
            .collect();
        return (!notes.is_empty()).then_some(Value::Object(notes));
    }
    given.text(&name).map(|text| single(field.shape, text))
}

fn note(text: &str) -> Value {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.len() > 1 {
        Value::from(lines)
    } else {
        Value::from(text)
    }
}

fn single(shape: Shape, text: &str) -> Value {
    let as_number = |text: &str| {
        let plain = number(text);
        let whole = plain.parse::<i64>().ok().map(Number::from);
        let whole = whole.or_else(|| plain.parse().ok().and_then(Number::from_f64));
        whole.map_or_else(|| Value::from(text), Value::Number)
    };
    match shape {
        Shape::Date => Value::from(day(text)),
        Shape::NumberOrNull if matches!(text, "－" | "-" | "ー") => Value::Null,
        Shape::Integer { .. } | Shape::Number | Shape::NumberOrNull => as_number(text),
        Shape::Flag => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => Value::from(other),
        },
        Shape::Figures => {
            let pairs = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    let (name, figure) = line.split_once(['：', ':', '=']).unwrap_or((line, ""));
                    (keys::name(name.trim()).to_owned(), as_number(figure.trim()))
                });
            Value::Object(pairs.collect())
        }
        Shape::Object => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        _ => Value::from(text),
    }
}

/// The texts with which a form shows data that is recorded.
pub(super) fn fill(event_type: &EventType, data: &Object, given: &mut Given) {
    for field in event_type.fields.iter().filter(|field| !field.server) {
        let Some(value) = data.get(field.name).filter(|value| !value.is_null()) else {
            continue;
        };
        let name = format!("data.{}", field.name);
        match value {
            Value::Array(items) => {
                for item in items {
                    given.add(&name, plain(item));
                }
            }
            Value::Object(map) if field.shape == Shape::Notes => {
                for (part, note) in map {
                    given.add(&format!("{name}.{part}"), plain(note));
                }
            }
            Value::Object(map) if field.shape == Shape::Figures => {
                let lines: Vec<_> = map
                    .iter()
                    .map(|(name, figure)| format!("{}：{}", label(name), plain(figure)))
                    .collect();
                given.add(&name, lines.join("\n"));
            }
            value => given.add(&name, plain(value)),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use banso_core::event::event_types;
    use serde_json::json;

    fn given(pairs: &[(&str, &str)]) -> Given {
        let mut given = Given::default();
        for (name, text) in pairs {
            given.add(name, *text);
        }
        given
    }

    #[test]
    fn a_form_becomes_the_data_that_the_intake_reads() {
        let known = banso_core::event::event_type("sales.reported").unwrap();
        let form = given(&[
            ("data.period_from", "R7.4.1"),
            ("data.sales", "１，２００，０００円"),
            ("data.ordinary_profit", "-300"),
            ("data.basis", "hearing"),
            ("data.channel", ""),
        ]);
        assert_eq!(
            Value::Object(data(known, &form)),
            json!({"period_from": "2025-04-01", "sales": 1_200_000, "ordinary_profit": -300,
                "basis": "hearing"})
        );
    }

    #[test]
    fn lists_notes_and_figures_come_from_lines() {
        let known = banso_core::event::event_type("analysis.completed").unwrap();
        let form = given(&[
            ("data.tools", "ローカルベンチマーク\n経営自己診断"),
            ("data.swot.strengths", "立地\n味"),
            (
                "data.figures",
                "売上高増加率：４．２\n自己資本比率（％）：30",
            ),
        ]);
        assert_eq!(
            Value::Object(data(known, &form)),
            json!({"tools": ["ローカルベンチマーク", "経営自己診断"], "swot": {"strengths": ["立地", "味"]},
                "figures": {"売上高増加率": 4.2, "equity_ratio_percent": 30}})
        );
    }

    #[test]
    fn every_type_has_a_control_for_each_field_and_reads_back_what_it_shows() {
        for known in event_types() {
            let controls = controls(known, &Given::default(), &Vec::new(), None);
            for field in known.fields.iter().filter(|field| !field.server) {
                let name = format!("data.{}", field.name);
                let found = controls
                    .iter()
                    .any(|control| control.name.starts_with(&name));
                assert!(found, "{} {}", known.name, field.name);
            }
        }
        let known = banso_core::event::event_type("visit.done").unwrap();
        let recorded = json!({"method": "visit", "topics": ["資金繰り", "採用"], "note": "在庫が増えた",
            "to_finish": true, "next_due": "2025-09-01"});
        let mut form = Given::default();
        fill(known, recorded.as_object().unwrap(), &mut form);
        assert_eq!(Value::Object(data(known, &form)), recorded);
    }
}
