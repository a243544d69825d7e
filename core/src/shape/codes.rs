//! Codes that other offices give out: corporate numbers, telephone numbers and industries.
//!
//! All are folded to half width before they are checked, and stored folded.

use serde_json::Value;

use super::{Field, Shape, text_of};
use crate::text::fold_width;

/// A corporate number (法人番号): 13 digits, the first of which checks the others
/// (Ministry of Finance ordinance 2014 no. 70).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorporateNumber(pub String);

impl CorporateNumber {
    /// Reads 13 digits of either width and checks the check digit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits: String = fold_width(text)
            .chars()
            .filter(|sign| *sign != '-')
            .collect();
        if digits.len() != 13 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("\"{text}\" is not a corporate number of 13 digits"));
        }
        let sum: u32 = digits
            .bytes()
            .skip(1)
            .zip([2, 1].into_iter().cycle())
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .sum();
        let check = 9 - sum % 9;
        if digits.starts_with(&check.to_string()) {
            Ok(Self(digits))
        } else {
            Err(format!(
                "\"{text}\" is not a corporate number: its check digit should be {check}"
            ))
        }
    }
}

impl Field for CorporateNumber {
    const SHAPE: Shape = Shape::CorporateNumber;
    fn read(value: &Value) -> Result<Self, String> {
        Self::parse(text_of(value, "a corporate number of 13 digits")?)
    }
    fn write(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A telephone number as it is dialled, with whatever stands beside it (an extension).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone(pub String);

impl Field for Phone {
    const SHAPE: Shape = Shape::Text;
    fn read(value: &Value) -> Result<Self, String> {
        String::read(value).map(|text| Self(fold_width(&text)))
    }
    fn write(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A code of the Japan Standard Industrial Classification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Industry(pub String);

impl Field for Industry {
    const SHAPE: Shape = Shape::Industry;
    fn read(value: &Value) -> Result<Self, String> {
        let text = text_of(value, "a JSIC code")?;
        let code = fold_width(text).to_uppercase();
        let digits = code.trim_start_matches(|letter: char| ('A'..='T').contains(&letter));
        let letters = code.len() - digits.len();
        let good = digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.len() <= 4
            && (letters == 1 || (letters == 0 && digits.len() >= 2));
        if good {
            Ok(Self(code))
        } else {
            Err(format!("\"{text}\" is not a JSIC code such as I56"))
        }
    }
    fn write(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_corporate_number_is_checked_and_folded() {
        assert_eq!(
            CorporateNumber::parse("４２５０００５０００５２９")
                .unwrap()
                .0,
            "4250005000529"
        );
        for valid in ["7123456789012", "4011001098993"] {
            assert!(CorporateNumber::parse(valid).is_ok(), "{valid}");
        }
        assert!(
            CorporateNumber::parse("5250005000529")
                .unwrap_err()
                .contains("check digit")
        );
        assert!(CorporateNumber::parse("425000500052").is_err());
    }

    #[test]
    fn a_telephone_number_is_kept_in_half_width() {
        let phone = Phone::read(&json!("０８３－９００－０００１　内線３")).unwrap();
        assert_eq!(phone.write(), json!("083-900-0001 内線3"));
        assert!(Phone::read(&json!("　")).is_err());
    }

    #[test]
    fn an_industry_is_a_letter_a_number_or_both() {
        for code in ["I", "I56", "5611", "ｉ５６"] {
            assert!(Industry::read(&json!(code)).is_ok(), "{code}");
        }
        for code in ["Z", "5", "I56111", "小売", ""] {
            assert!(Industry::read(&json!(code)).is_err(), "{code}");
        }
    }
}
