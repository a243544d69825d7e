//! Reads the `data` of an entry value by value, without building JSON in between.
//!
//! Values are told apart by their JSON form, because the type comes after the data in canonical
//! order: a text that looks like a uuid or a day is one. Filters are read the same way.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use uuid::Uuid;

use super::atom::Atom;
use super::decode::day;
use super::symbols::text_hash;
use crate::vocabulary::{FieldId, vocabulary};

/// A text as it is kept.
pub(crate) enum Sighted {
    Uuid(Uuid),
    Day(i32),
    /// A value of an enumeration.
    Choice(u32),
    Other,
}

/// What a text is.
pub(crate) fn sight(text: &str) -> Sighted {
    match text.len() {
        36 if is_plain_uuid(text) => Uuid::try_parse(text).map_or(Sighted::Other, Sighted::Uuid),
        10 if text.as_bytes()[4] == b'-' => day(text).map_or(Sighted::Other, Sighted::Day),
        _ => vocabulary()
            .choice(text)
            .map_or(Sighted::Other, Sighted::Choice),
    }
}

/// Lower case with hyphens: the one spelling that uuids have in entries.
fn is_plain_uuid(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// Values read, texts copied.
#[derive(Default)]
pub(crate) struct DataSink {
    pub(crate) values: Vec<(FieldId, Read)>,
    texts: String,
}

/// One value whose text is not yet a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Read {
    Ready(Atom),
    Uuid(Uuid),
    Text { from: usize, to: usize, hash: u64 },
    Decimal { from: usize, to: usize, hash: u64 },
}

impl DataSink {
    pub(crate) fn text(&self, from: usize, to: usize) -> &str {
        self.texts.get(from..to).unwrap_or_default()
    }

    fn copy(&mut self, text: &str) -> (usize, usize, u64) {
        let from = self.texts.len();
        self.texts.push_str(text);
        (from, self.texts.len(), text_hash(text))
    }

    pub(super) fn push_text(&mut self, field: FieldId, text: &str) {
        let read = match sight(text) {
            Sighted::Uuid(id) => Read::Uuid(id),
            Sighted::Day(day) => Read::Ready(Atom::date(day)),
            Sighted::Choice(symbol) => Read::Ready(Atom::text(symbol)),
            Sighted::Other => {
                let (from, to, hash) = self.copy(text);
                Read::Text { from, to, hash }
            }
        };
        self.values.push((field, read));
    }

    pub(super) fn push_flag(&mut self, field: FieldId, flag: bool) {
        self.values.push((field, Read::Ready(Atom::flag(flag))));
    }

    pub(super) fn push_whole(&mut self, field: FieldId, number: i64) {
        match Atom::int(number) {
            Some(atom) => self.values.push((field, Read::Ready(atom))),
            None => self.push_decimal(field, &number.to_string()),
        }
    }

    /// Where the sink ends; see [`DataSink::back_to`].
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.values.len(), self.texts.len())
    }

    /// Forgets what was read since a mark.
    pub(super) fn back_to(&mut self, (values, texts): (usize, usize)) {
        self.values.truncate(values);
        self.texts.truncate(texts);
    }

    fn push_decimal(&mut self, field: FieldId, text: &str) {
        let (from, to, hash) = self.copy(text);
        self.values.push((field, Read::Decimal { from, to, hash }));
    }
}

/// What `data` held beside values.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Data {
    pub(super) target: Option<Uuid>,
    pub(super) occurred_on: Option<i32>,
    /// Range of the values of `data.data`.
    pub(super) nested: Option<(usize, usize)>,
}

/// Reads one `data` object.
pub(super) struct DataSeed<'s> {
    pub(super) sink: &'s mut DataSink,
}

impl<'de> DeserializeSeed<'de> for DataSeed<'_> {
    type Value = Data;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Data, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DataSeed<'_> {
    type Value = Data;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the data of an entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut data = Data::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "data" => {
                    let from = self.sink.values.len();
                    map.next_value_seed(DataSeed {
                        sink: &mut *self.sink,
                    })?;
                    data.nested = Some((from, self.sink.values.len()));
                }
                "target" => data.target = map.next_value::<Target>()?.0,
                "occurred_on" => data.occurred_on = day(map.next_value::<&str>()?),
                key => match vocabulary().field(key) {
                    Some(field) => {
                        map.next_value_seed(ValueSeed {
                            field,
                            sink: &mut *self.sink,
                        })?;
                    }
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        Ok(data)
    }
}

/// A uuid, or anything else that has the same name (the target of a revision is a number).
struct Target(Option<Uuid>);

impl<'de> serde::Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(reader)?;
        Ok(Self(
            value.as_str().and_then(|text| Uuid::try_parse(text).ok()),
        ))
    }
}

struct ValueSeed<'s> {
    field: FieldId,
    sink: &'s mut DataSink,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the value of a field")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.sink.push_text(self.field, text);
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.sink.push_flag(self.field, flag);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.sink.push_whole(self.field, number);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => {
                self.sink.push_decimal(self.field, &number.to_string());
                Ok(())
            }
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.sink.push_decimal(self.field, &number.to_string());
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let field = self.field;
        while items
            .next_element_seed(ValueSeed {
                field,
                sink: &mut *self.sink,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
