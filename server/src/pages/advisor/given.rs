//! What a form brought: names and texts in the order in which they stood.
//!
//! Knows no event type. Folds what people type into what the intake reads.

use axum::extract::{FromRequest, RawForm, Request};
use axum::http::StatusCode;
use banso_core::text::fold_width;
use chrono::NaiveDate;

use crate::problem::Problem;

/// Names and texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let refuse = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
        let RawForm(bytes) = RawForm::from_request(request, state)
            .await
            .map_err(|why| refuse(why.to_string()))?;
        let pairs = form_urlencoded::parse(&bytes);
        Ok(Self(
            pairs
                .map(|(name, text)| (name.into_owned(), text.into_owned()))
                .collect(),
        ))
    }
}

impl Given {
    /// The first text of a name, trimmed; none if it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(found.1.trim()).filter(|text| !text.is_empty())
    }

    /// Every text of a name that is not empty.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty())
    }

    /// Names beginning with a text, with what follows it.
    pub(super) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let found = self
            .0
            .iter()
            .filter_map(move |(name, text)| Some((name.strip_prefix(prefix)?, text.trim())));
        found.filter(|(_, text)| !text.is_empty())
    }

    /// True if a box was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Puts a text in front of those of the same name.
    pub(super) fn set(&mut self, name: &str, text: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), text.into()));
    }

    /// Adds a text.
    pub(super) fn add(&mut self, name: &str, text: impl Into<String>) {
        self.0.push((name.to_owned(), text.into()));
    }
}

/// A day as people write it (`R7.10.2`, `７／１０／２` of a year 令和, `2025/10/2`) in the form of the
/// intake; what is no day stays as it is and is refused there.
pub(super) fn day(text: &str) -> String {
    let folded = fold_width(text).to_uppercase();
    let plain = folded
        .replace("令和", "R")
        .replace("平成", "H")
        .replace("昭和", "S")
        .replace("元年", "1年")
        .replace(['年', '月', '/', '.'], "-")
        .replace('日', "");
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let [year, month, day] = parts[..] else {
        return folded;
    };
    let era = |first: i32, rest: &str| rest.parse::<i32>().ok().map(|year| first + year - 1);
    let year = match year.split_at_checked(1) {
        Some(("R", rest)) => era(2019, rest),
        Some(("H", rest)) => era(1989, rest),
        Some(("S", rest)) => era(1926, rest),
        // Two digits are a year of Reiwa in an office that writes 7/10/2.
        _ if year.len() <= 2 => era(2019, year),
        _ => year.parse().ok(),
    };
    let (Some(year), Ok(month), Ok(day)) = (year, month.parse(), day.parse()) else {
        return folded;
    };
    NaiveDate::from_ymd_opt(year, month, day).map_or(folded, |day| day.to_string())
}

/// Digits as people write them (`１，２３４円`) without width, commas and unit.
pub(super) fn number(text: &str) -> String {
    let folded = fold_width(text);
    let plain = folded.trim_end_matches(['円', '人', '件', '社', '回']);
    plain
        .chars()
        .filter(|sign| *sign != ',' && !sign.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_every_way_an_office_writes_it() {
        for text in [
            "R7.10.2",
            "令和7年10月2日",
            "2025-10-02",
            "2025/10/2",
            "７／１０／２",
            "Ｒ７．１０．２",
        ] {
            assert_eq!(day(text), "2025-10-02", "{text}");
        }
        assert_eq!(day("令和元年5月1日"), "2019-05-01");
        for text in ["あした", "2025-02-30", "R7.13.1"] {
            assert!(day(text).parse::<NaiveDate>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_amount_loses_its_commas_and_its_unit() {
        assert_eq!(number("１，２３４，５００円"), "1234500");
        assert_eq!(number(" 12 人"), "12");
        assert_eq!(number("-300"), "-300");
    }
}
