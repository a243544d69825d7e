//! Reads which events a reading looks at: types, filters, months, the year.
//!
//! Every name is looked up in core's declarations, so a slip of the pen is a fault with its place.

use std::collections::BTreeMap;

use banso_core::event::{EventType, Field, event_type};
use banso_core::shape::Shape;
use banso_core::subject::SubjectKind;
use serde_json::Value;

use super::read_condition::conditions;
use super::reader::{Faults, Node, Table};
use super::{Filter, Scalar, Select};
use crate::vocabulary::kept;

pub(super) type Types = Vec<&'static EventType>;

/// Which events, with their types; without a measure whatever stands there is looked at.
pub(super) fn select(
    measure: Option<&str>,
    table: &mut Table<'_>,
    faults: &mut Faults,
) -> (Select, Types) {
    let sales = measure.is_some_and(|measure| measure.starts_with("sales_"));
    let node = if sales || measure.is_none() {
        table.get("of")
    } else {
        table.required("of", faults)
    };
    let (of, types) = match node {
        Some(node) => event_types(&node, faults),
        None if sales => (vec!["sales.reported".to_owned()], known("sales.reported")),
        None => (Vec::new(), Vec::new()),
    };
    let mut filter = filter(table, &types, faults);
    if sales && of == ["sales.reported"] && !names_channel(&filter) {
        filter
            .only
            .insert("channel".to_owned(), vec![Scalar::Text("total".to_owned())]);
    }
    let having = conditions(table, "having", &types, 0, faults);
    let without = conditions(table, "without", &types, 0, faults);
    let months = table
        .get("months")
        .map_or_else(Vec::new, |node| months(&node, faults));
    let year_by = table.get("year_by").and_then(|node| {
        let name = node.text(faults)?;
        let dated = |shape| matches!(shape, Shape::Date | Shape::Text);
        let fits = name == "occurred_on" || field(&name, &types, dated, &node.place, faults);
        (fits && name != "occurred_on").then_some(name)
    });
    (
        Select {
            of,
            filter,
            having,
            without,
            months,
            year_by,
        },
        types,
    )
}

fn names_channel(filter: &Filter) -> bool {
    filter.only.contains_key("channel") || filter.unless.contains_key("channel")
}

fn known(name: &str) -> Types {
    event_type(name).into_iter().collect()
}

pub(super) fn event_types(node: &Node<'_>, faults: &mut Faults) -> (Vec<String>, Types) {
    let (mut names, mut types) = (Vec::new(), Vec::new());
    for (name, place) in node.texts(faults) {
        match event_type(&name) {
            Some(found) if found.subject.is_none() => {
                faults.add(
                    &place,
                    format!("\"{name}\" changes other events and counts nowhere"),
                );
            }
            Some(found) => {
                types.push(found);
                names.push(name);
            }
            None => faults.add(&place, format!("unknown event type \"{name}\"")),
        }
    }
    (names, types)
}

/// True if at least one of the types has the field with a fitting shape; else a fault.
pub(super) fn field(
    name: &str,
    types: &[&'static EventType],
    fits: impl Fn(Shape) -> bool,
    place: &str,
    faults: &mut Faults,
) -> bool {
    let declared: Vec<&Field> = types.iter().filter_map(|known| known.field(name)).collect();
    let names = || {
        types
            .iter()
            .map(|known| known.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if types.is_empty() {
        return false;
    }
    if declared.is_empty() {
        faults.add(place, format!("no field \"{name}\" in {}", names()));
    } else if !declared.iter().any(|field| kept(field)) {
        faults.add(
            place,
            format!("\"{name}\" is personal, prose or nested: not to count by"),
        );
    } else if !declared.iter().any(|field| fits(field.shape)) {
        faults.add(
            place,
            format!("\"{name}\" of {} has another shape", names()),
        );
    } else {
        return true;
    }
    false
}

pub(super) fn single(shape: Shape) -> bool {
    !matches!(shape, Shape::List(_))
}

pub(super) fn whole(shape: Shape) -> bool {
    matches!(shape, Shape::Integer { .. })
}

pub(super) fn summable(shape: Shape) -> bool {
    whole(shape) || matches!(shape, Shape::Number)
}

pub(super) fn has_business(known: &EventType) -> bool {
    matches!(
        known.subject,
        Some(SubjectKind::Business | SubjectKind::Case)
    ) || known.field("business_id").is_some()
}

fn months(node: &Node<'_>, faults: &mut Faults) -> Vec<u32> {
    let mut months = Vec::new();
    for item in node.items() {
        match item.count(faults) {
            Some(month @ 1..=12) => months.push(month),
            Some(other) => faults.add(&item.place, format!("{other} is not a month, 1 to 12")),
            None => {}
        }
    }
    months
}

pub(super) fn filter(
    table: &mut Table<'_>,
    types: &[&'static EventType],
    faults: &mut Faults,
) -> Filter {
    let only = tests(table, "where", types, faults);
    let unless = tests(table, "unless", types, faults);
    Filter { only, unless }
}

fn tests(
    table: &mut Table<'_>,
    key: &'static str,
    types: &[&'static EventType],
    faults: &mut Faults,
) -> BTreeMap<String, Vec<Scalar>> {
    let Some(fields) = table.get(key).and_then(|node| node.table(faults)) else {
        return BTreeMap::new();
    };
    let mut tests = BTreeMap::new();
    for (name, node) in fields.entries() {
        let items = node.items();
        if items.is_empty() {
            faults.add(&node.place, "is an empty list");
        }
        if !field(&name, types, |_| true, &node.place, faults) {
            continue;
        }
        let shapes: Vec<Shape> = types
            .iter()
            .filter_map(|known| known.field(&name))
            .map(|field| field.shape)
            .collect();
        let values = items
            .iter()
            .filter_map(|item| scalar(item, &shapes, faults))
            .collect();
        tests.insert(name, values);
    }
    tests
}

fn scalar(node: &Node<'_>, shapes: &[Shape], faults: &mut Faults) -> Option<Scalar> {
    let (value, fits): (_, fn(Shape) -> bool) = match node.value {
        Value::String(text) => (Scalar::Text(text.clone()), |shape| {
            !matches!(shape, Shape::Flag | Shape::Integer { .. } | Shape::Number)
        }),
        Value::Bool(flag) => (Scalar::Flag(*flag), |shape| shape == Shape::Flag),
        Value::Number(number) if number.is_i64() => (Scalar::Whole(number.as_i64()?), summable),
        other => {
            faults.add(&node.place, format!("{other} is not a value of a field"));
            return None;
        }
    };
    let item = |shape: &Shape| {
        if let Shape::List(item) = shape {
            **item
        } else {
            *shape
        }
    };
    let allowed = |shape: Shape| match (shape, &value) {
        (Shape::Choice(choices), Scalar::Text(text)) => {
            choices.iter().any(|choice| choice.name == text)
        }
        (shape, _) => fits(shape),
    };
    if shapes.iter().map(item).any(allowed) {
        return Some(value);
    }
    let choices = shapes.iter().map(item).filter_map(|shape| match shape {
        Shape::Choice(choices) => Some(choices),
        _ => None,
    });
    let names: Vec<_> = choices.flatten().map(|choice| choice.name).collect();
    let hint = if names.is_empty() {
        String::new()
    } else {
        format!("; it is one of {}", names.join(", "))
    };
    faults.add(
        &node.place,
        format!("{} is no value of this field{hint}", node.value),
    );
    None
}
