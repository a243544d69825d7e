//! Reading JSON strictly: every value knows its place, every unknown key is a fault.
//!
//! Knows no plan; only how to walk and how to complain.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::PlanFault;
use crate::figure::Figure;

/// Faults found so far.
#[derive(Default)]
pub(super) struct Faults(Vec<PlanFault>);

impl Faults {
    pub(super) fn add(&mut self, place: &str, detail: impl Into<String>) {
        let place = if place.is_empty() { "the file" } else { place };
        self.0.push(PlanFault {
            place: place.to_owned(),
            detail: detail.into(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order in which they were found, each once.
    pub(super) fn sorted(self) -> Vec<PlanFault> {
        let mut seen = BTreeSet::new();
        self.0
            .into_iter()
            .filter(|f| seen.insert((f.place.clone(), f.detail.clone())))
            .collect()
    }
}

/// TOML as JSON; dates become text and are refused where text is no answer.
pub(super) fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, item)| (key, json_of(item)))
                .collect(),
        ),
    }
}

/// One value and its place.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) place: String,
}

impl<'a> Node<'a> {
    pub(super) fn text(&self, faults: &mut Faults) -> Option<String> {
        match self.value.as_str().map(str::trim) {
            Some("") => faults.add(&self.place, "is empty"),
            Some(text) => return Some(text.to_owned()),
            None => faults.add(&self.place, format!("{} is not text", self.value)),
        }
        None
    }

    pub(super) fn figure(&self, faults: &mut Faults) -> Option<Figure> {
        let figure = self.value.as_number().and_then(Figure::from_json);
        if figure.is_none() {
            faults.add(&self.place, format!("{} is not a number", self.value));
        }
        figure
    }

    pub(super) fn count(&self, faults: &mut Faults) -> Option<u32> {
        let count = self
            .value
            .as_u64()
            .and_then(|count| u32::try_from(count).ok());
        if count.is_none() {
            faults.add(
                &self.place,
                format!("{} is not a whole number from 0", self.value),
            );
        }
        count
    }

    /// The items of a list, or the value itself as the only item.
    pub(super) fn items(&self) -> Vec<Node<'a>> {
        match self.value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, value)| Node {
                    value,
                    place: format!("{}[{at}]", self.place),
                })
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// The non-empty texts of a list, or of the one text.
    pub(super) fn texts(&self, faults: &mut Faults) -> Vec<(String, String)> {
        let items = self.items();
        if items.is_empty() {
            faults.add(&self.place, "is an empty list");
        }
        items
            .iter()
            .filter_map(|node| Some((node.text(faults)?, node.place.clone())))
            .collect()
    }

    pub(super) fn table(&self, faults: &mut Faults) -> Option<Table<'a>> {
        match self.value.as_object() {
            Some(map) => Some(Table {
                map,
                place: self.place.clone(),
                known: BTreeSet::new(),
            }),
            None => {
                faults.add(&self.place, format!("{} is not a table", self.value));
                None
            }
        }
    }
}

/// One table of which the keys that were asked for are remembered.
pub(super) struct Table<'a> {
    map: &'a Map<String, Value>,
    pub(super) place: String,
    known: BTreeSet<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.place)
        }
    }

    /// The value of a key; JSON null is the same as absent.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.known.insert(key);
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Node {
            value,
            place: self.place_of(key),
        })
    }

    pub(super) fn required(&mut self, key: &'static str, faults: &mut Faults) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            faults.add(&self.place_of(key), "is missing");
        }
        node
    }

    pub(super) fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<String> {
        self.required(key, faults)?.text(faults)
    }

    /// Text that may be absent or empty.
    pub(super) fn free_text(&mut self, key: &'static str, faults: &mut Faults) -> String {
        match self.get(key) {
            Some(node)
                if node
                    .value
                    .as_str()
                    .is_some_and(|text| text.trim().is_empty()) =>
            {
                String::new()
            }
            Some(node) => node.text(faults).unwrap_or_default(),
            None => String::new(),
        }
    }

    pub(super) fn flag(&mut self, key: &'static str, faults: &mut Faults) -> bool {
        let Some(node) = self.get(key) else {
            return false;
        };
        node.value.as_bool().unwrap_or_else(|| {
            faults.add(&node.place, format!("{} is not true or false", node.value));
            false
        })
    }

    /// Every key and value, for tables whose keys the plan chooses.
    pub(super) fn entries(&self) -> Vec<(String, Node<'a>)> {
        let node = |(key, value): (&String, &'a Value)| {
            (
                key.clone(),
                Node {
                    value,
                    place: self.place_of(key),
                },
            )
        };
        self.map.iter().map(node).collect()
    }

    /// Refuses every key that nothing asked for.
    pub(super) fn finish(self, faults: &mut Faults) {
        let unknown = |key: &&String| !self.known.contains(key.as_str());
        for key in self.map.keys().filter(unknown) {
            let known: Vec<_> = self.known.iter().copied().collect();
            let detail = format!("unknown key; here stand {}", known.join(", "));
            faults.add(&self.place_of(key), detail);
        }
    }
}
