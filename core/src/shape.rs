//! What a field may hold: one trait from which reading, JSON Schema and forms follow.
//!
//! Reading folds width where the value is a code, a date or a number, and refuses the rest by name.
//! Knows no event type.

mod codes;
mod objects;

use chrono::NaiveDate;
use serde_json::{Number, Value, json};
use uuid::Uuid;

pub use self::codes::{CorporateNumber, Industry, Phone};
pub use self::objects::{Anything, Figures, Notes};
use crate::calendar::{FiscalYear, parse_date};
use crate::subject::Subject;

/// The longest text of one field, in characters; an entry is at most 65,535 bytes in all.
pub const MAX_TEXT: usize = 10_000;

/// One value of a closed enumeration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it stands in JSON.
    pub name: &'static str,
    /// As the pages show it.
    pub label: &'static str,
}

/// What a field holds, for schemas, forms and the plan's `where`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text but the empty one.
    Text,
    /// `YYYY-MM-DD`.
    Date,
    /// A whole number within bounds.
    Integer {
        /// The least value.
        least: i64,
        /// The greatest value.
        greatest: i64,
    },
    /// Any finite number.
    Number,
    /// A number, or null for "not scheduled".
    NumberOrNull,
    /// True or false.
    Flag,
    /// A UUID.
    Uuid,
    /// A fiscal year: `R7`, `2025` or 2025.
    FiscalYear,
    /// A corporate number of 13 digits with its check digit.
    CorporateNumber,
    /// A code of the Japan Standard Industrial Classification: `I`, `I56`, `5611`.
    Industry,
    /// One of a closed list.
    Choice(&'static [Choice]),
    /// A list of one shape.
    List(&'static Shape),
    /// Named numbers.
    Figures,
    /// Named texts or lists of texts.
    Notes,
    /// Any object; somebody else checks it.
    Object,
}

impl Shape {
    /// JSON Schema (2020-12) of the value.
    pub fn schema(&self) -> Value {
        match self {
            Self::Text => {
                json!({"type": "string", "pattern": "\\S", "minLength": 1, "maxLength": MAX_TEXT})
            }
            Self::Date => json!({"type": "string", "format": "date"}),
            Self::Integer { least, greatest } => {
                json!({"type": "integer", "minimum": least, "maximum": greatest})
            }
            Self::Number => json!({"type": "number"}),
            Self::NumberOrNull => json!({"type": ["number", "null"], "minimum": 0}),
            Self::Flag => json!({"type": "boolean"}),
            Self::Uuid => json!({"type": "string", "format": "uuid"}),
            Self::FiscalYear => json!({"anyOf": [
                {"type": "string", "pattern": "^(R[1-9][0-9]?|19[3-9][0-9]|20[0-9]{2})$"},
                {"type": "integer", "minimum": 1926, "maximum": 2200}]}),
            Self::CorporateNumber => json!({"type": "string", "pattern": "^[0-9]{13}$"}),
            Self::Industry => {
                json!({"type": "string", "pattern": "^([A-T][0-9]{0,4}|[0-9]{2,4})$"})
            }
            Self::Choice(choices) => {
                json!({"enum": choices.iter().map(|choice| choice.name).collect::<Vec<_>>()})
            }
            Self::List(item) => json!({"type": "array", "items": item.schema()}),
            Self::Figures => json!({"type": "object", "additionalProperties": {"type": "number"}}),
            Self::Notes => json!({"type": "object", "additionalProperties": {"anyOf": [
                {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}}),
            Self::Object => json!({"type": "object"}),
        }
    }
}

/// A Rust type that a field can have.
pub trait Field: Sized {
    /// Its shape.
    const SHAPE: Shape;
    /// Reads it, folding width where that is safe.
    fn read(value: &Value) -> Result<Self, String>;
    /// Writes it back as it is stored.
    fn write(&self) -> Value;
}

/// True if the number stays what it is in canonical JSON, where every number is a double
/// (RFC 8785 section 3.2.2.3): whole numbers beyond 2^53 would be stored as their neighbours.
fn is_exact(number: &Number) -> bool {
    const GREATEST: u64 = 1 << 53;
    match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => whole.unsigned_abs() <= GREATEST,
        (None, Some(_)) => false,
        (None, None) => true,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 {
        format!("{}…", text.chars().take(60).collect::<String>())
    } else {
        text
    }
}

fn text_of<'a>(value: &'a Value, wanted: &str) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("{} is not {wanted}", shown(value)))
}

impl Field for String {
    const SHAPE: Shape = Shape::Text;
    fn read(value: &Value) -> Result<Self, String> {
        let text = text_of(value, "text")?;
        if text.trim().is_empty() {
            return Err("must not be empty".to_owned());
        }
        match text.chars().count() {
            0..=MAX_TEXT => Ok(text.to_owned()),
            long => Err(format!(
                "has {long} characters; at most {MAX_TEXT} are taken"
            )),
        }
    }
    fn write(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Field for NaiveDate {
    const SHAPE: Shape = Shape::Date;
    fn read(value: &Value) -> Result<Self, String> {
        parse_date(text_of(value, "a date of the form YYYY-MM-DD")?)
    }
    fn write(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl Field for bool {
    const SHAPE: Shape = Shape::Flag;
    fn read(value: &Value) -> Result<Self, String> {
        value
            .as_bool()
            .ok_or_else(|| format!("{} is not true or false", shown(value)))
    }
    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Field for Uuid {
    const SHAPE: Shape = Shape::Uuid;
    /// Also takes the subject form (`staff/<uuid>`), which names the same thing.
    fn read(value: &Value) -> Result<Self, String> {
        let text = text_of(value, "a UUID")?;
        let refuse = || format!("\"{text}\" is not a UUID");
        let bare = match text.split_once('/') {
            Some(_) => text.parse::<Subject>().map_err(|_| refuse())?.id(),
            None if text.len() == 36 => Self::parse_str(text).ok(),
            None => None,
        };
        bare.ok_or_else(refuse)
    }
    fn write(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A whole number within bounds that the type carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole<const LEAST: i64, const GREATEST: i64>(pub i64);

/// The greatest amount: a quadrillion yen, exact in every JSON reader.
const GREATEST_AMOUNT: i64 = 1_000_000_000_000_000;
/// A number of things; never negative.
pub type Count = Whole<0, GREATEST_AMOUNT>;
/// Whole yen that cannot be negative, such as sales.
pub type Yen = Whole<0, GREATEST_AMOUNT>;
/// Whole yen that may be a loss.
pub type SignedYen = Whole<{ -GREATEST_AMOUNT }, GREATEST_AMOUNT>;
/// A month, 1 to 12.
pub type Month = Whole<1, 12>;
/// The plan's eight kinds of training (section 10).
pub type TrainingKind = Whole<1, 8>;

impl<const LEAST: i64, const GREATEST: i64> Field for Whole<LEAST, GREATEST> {
    const SHAPE: Shape = Shape::Integer {
        least: LEAST,
        greatest: GREATEST,
    };
    fn read(value: &Value) -> Result<Self, String> {
        let number = value
            .as_i64()
            .ok_or_else(|| format!("{} is not a whole number", shown(value)))?;
        if (LEAST..=GREATEST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is not between {LEAST} and {GREATEST}"))
        }
    }
    fn write(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}

impl Field for f64 {
    const SHAPE: Shape = Shape::Number;
    fn read(value: &Value) -> Result<Self, String> {
        value
            .as_f64()
            .ok_or_else(|| format!("{} is not a number", shown(value)))
    }
    fn write(&self) -> Value {
        Number::from_f64(*self).map_or(Value::Null, Value::Number)
    }
}

/// A target: a number, or null where nothing is scheduled.
#[derive(Clone, Debug, PartialEq)]
pub struct Target(pub Option<Number>);

impl Field for Target {
    const SHAPE: Shape = Shape::NumberOrNull;
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self(None)),
            Value::Number(number)
                if is_exact(number) && number.as_f64().is_some_and(|target| target >= 0.0) =>
            {
                Ok(Self(Some(number.clone())))
            }
            other => Err(format!(
                "{} is not a target: a number from 0 or null",
                shown(other)
            )),
        }
    }
    fn write(&self) -> Value {
        self.0.clone().map_or(Value::Null, Value::Number)
    }
}

/// A fiscal year kept in the form in which it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenYear {
    /// The year meant.
    pub year: FiscalYear,
    written: Value,
}

impl Field for WrittenYear {
    const SHAPE: Shape = Shape::FiscalYear;
    fn read(value: &Value) -> Result<Self, String> {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Ok(Self {
            year: text.parse()?,
            written: value.clone(),
        })
    }
    fn write(&self) -> Value {
        self.written.clone()
    }
}

impl<T: Field> Field for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
    fn read(value: &Value) -> Result<Self, String> {
        let items = value
            .as_array()
            .ok_or_else(|| format!("{} is not a list", shown(value)))?;
        items
            .iter()
            .enumerate()
            .map(|(at, item)| T::read(item).map_err(|error| format!("item {at}: {error}")))
            .collect()
    }
    fn write(&self) -> Value {
        Value::Array(self.iter().map(Field::write).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_not_a_text_nor_a_fraction() {
        for value in [json!("5"), json!(1.5), json!(-1), json!(null)] {
            assert!(Count::read(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_reference_may_be_written_as_a_subject_but_not_as_anything_else() {
        let bare = "0195ee98-e830-7039-ab73-cf985800f986";
        for text in [bare.to_owned(), format!("staff/{bare}")] {
            assert_eq!(Uuid::read(&json!(text)).unwrap().to_string(), bare);
        }
        for text in [
            format!("shop/{bare}"),
            bare.replace('-', ""),
            "programme/plan".to_owned(),
        ] {
            assert!(Uuid::read(&json!(text)).unwrap_err().contains(&text));
        }
    }

    #[test]
    fn a_fault_in_a_list_names_the_item() {
        let error = <Vec<String>>::read(&json!(["a", 5])).unwrap_err();
        assert_eq!(error, "item 1: 5 is not text");
    }
}
