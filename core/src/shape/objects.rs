//! Fields that hold an object: named figures, named notes, and what somebody else checks.

use serde_json::{Map, Value};

use super::{Field, Shape, is_exact, shown};

/// Named numbers, such as the figures of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures(pub Map<String, Value>);

impl Field for Figures {
    const SHAPE: Shape = Shape::Figures;
    fn read(value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("{} is not an object", shown(value)))?;
        for (name, figure) in map {
            match figure.as_number() {
                None => return Err(format!("\"{name}\": {} is not a number", shown(figure))),
                Some(number) if !is_exact(number) => {
                    return Err(format!(
                        "\"{name}\": {number} is too great to be kept exactly"
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(Self(map.clone()))
    }
    fn write(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Named texts or lists of texts, such as the four fields of a SWOT.
#[derive(Clone, Debug, PartialEq)]
pub struct Notes(pub Map<String, Value>);

impl Field for Notes {
    const SHAPE: Shape = Shape::Notes;
    fn read(value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("{} is not an object", shown(value)))?;
        let textual = |note: &Value| {
            note.is_string()
                || note
                    .as_array()
                    .is_some_and(|items| items.iter().all(Value::is_string))
        };
        match map.iter().find(|(_, note)| !textual(note)) {
            Some((name, _)) => Err(format!("\"{name}\" is neither text nor a list of texts")),
            None => Ok(Self(map.clone())),
        }
    }
    fn write(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Any object; whoever reads it checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Anything(pub Map<String, Value>);

impl Field for Anything {
    const SHAPE: Shape = Shape::Object;
    fn read(value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("{} is not an object", shown(value)))?;
        Ok(Self(map.clone()))
    }
    fn write(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Target;
    use serde_json::json;

    #[test]
    fn a_figure_that_canonical_json_would_change_is_refused() {
        for figure in [json!(9_007_199_254_740_992_u64), json!(-0.5), json!(1e300)] {
            assert!(Figures::read(&json!({"売上": figure})).is_ok(), "{figure}");
            assert!(
                Target::read(&figure).is_ok() || figure == json!(-0.5),
                "{figure}"
            );
        }
        for figure in [
            json!(9_007_199_254_740_993_u64),
            json!(i64::MIN),
            json!(u64::MAX),
        ] {
            let error = Figures::read(&json!({"売上": figure})).unwrap_err();
            assert!(error.contains("売上"), "{error}");
            assert!(Target::read(&figure).is_err(), "{figure}");
        }
    }

    #[test]
    fn figures_are_numbers_and_notes_are_texts() {
        assert!(
            Figures::read(&json!({"売上": "5"}))
                .unwrap_err()
                .contains("売上")
        );
        assert!(Notes::read(&json!({"強み": ["立地", "味"], "弱み": "人手"})).is_ok());
        assert!(
            Notes::read(&json!({"強み": 5}))
                .unwrap_err()
                .contains("強み")
        );
        assert!(Anything::read(&json!([])).is_err());
    }
}
