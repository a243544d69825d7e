//! Numbers, days and names as a Japanese office writes them. Pure; knows no page.

use banso_core::calendar::era_date;
use banso_core::event::{Direction, MeetingMode, event_type};
use banso_core::shape::Choice;
use banso_projections::figure::Figure;
use chrono::{Datelike, NaiveDate};
use serde_json::Value;

/// What stands where there is no number.
pub(super) const NONE: &str = "－";

/// A number with commas, or the dash.
pub(super) fn figure(figure: Option<Figure>) -> String {
    figure.map_or_else(|| NONE.to_owned(), |figure| grouped(&figure.to_string()))
}

/// A number with its unit, or the dash alone.
pub(super) fn with_unit(number: Option<Figure>, unit: &str) -> String {
    match number {
        Some(_) => format!("{} {unit}", figure(number)),
        None => NONE.to_owned(),
    }
}

/// A JSON number with commas, or the dash.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Number(number) => grouped(&number.to_string()),
        _ => NONE.to_owned(),
    }
}

/// For charts only: no number is computed from it.
pub(super) fn length(figure: Option<Figure>) -> Option<f64> {
    figure.and_then(|figure| figure.to_json().as_f64())
}

/// `1234567.5` as `1,234,567.5`.
pub(super) fn grouped(text: &str) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("−", rest));
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut out = String::with_capacity(text.len() + 4);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}{fraction}")
}

/// 令和7年6月3日（2025年）, as papers of this house write days.
pub(super) fn day(day: NaiveDate) -> String {
    format!("{}（{}年）", era_date(day), day.year())
}

/// 令和7年（2025年）
pub(super) fn year(day: NaiveDate) -> String {
    let era = era_date(day);
    let year = era.split_once('年').map_or(era.as_str(), |(year, _)| year);
    format!("{year}年（{}年）", day.year())
}

/// R7.6.3（火）
pub(super) fn day_of_week(day: NaiveDate) -> String {
    const DAYS: [&str; 7] = ["日", "月", "火", "水", "木", "金", "土"];
    let at = usize::try_from(day.weekday().num_days_from_sunday()).unwrap_or(0);
    format!("{}（{}）", short_day(day), DAYS[at])
}

/// The same day in a narrow column: R7.6.3.
pub(super) fn short_day(day: NaiveDate) -> String {
    let year = day.year();
    let (era, year) = match day {
        _ if day >= first(2019, 5, 1) => ("R", year - 2018),
        _ if day >= first(1989, 1, 8) => ("H", year - 1988),
        _ => ("S", year - 1925),
    };
    format!("{era}{year}.{}.{}", day.month(), day.day())
}

/// A day written in JSON, shortened; the text itself where it is none.
pub(super) fn short_day_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), short_day)
}

fn first(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN)
}

/// What an event type is called.
pub(super) fn event(name: &str) -> &'static str {
    event_type(name).map_or("記録", |known| known.label)
}

/// The label of a direction; the dash where none was given.
pub(super) fn direction(name: &str) -> &'static str {
    label(Direction::CHOICES, name)
}

/// How the committee met.
pub(super) fn mode(name: &str) -> &'static str {
    label(MeetingMode::CHOICES, name)
}

fn label(choices: &'static [Choice], name: &str) -> &'static str {
    choices
        .iter()
        .find(|choice| choice.name == name)
        .map_or(NONE, |choice| choice.label)
}

/// Why an event does not count.
pub(super) fn reason(name: &str) -> &'static str {
    match name {
        "voided" => "取り消された記録です",
        "same_key" => "同じ対象をすでに数えています",
        "corrected_out" => "訂正により対象から外れました",
        "other_year_after_correction" => "訂正により別の年度に移りました",
        _ => "この数え方では対象になりません",
    }
}

/// The first letters of an id: enough to tell two businesses of a page apart.
pub(super) fn pseudonym(id: &str) -> String {
    let plain: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    // The first half of a UUIDv7 is its time; the end is what differs.
    let end = plain.len().saturating_sub(6);
    plain.get(end..).unwrap_or_default().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped("1234567.5"), "1,234,567.5");
        assert_eq!(grouped("999"), "999");
        assert_eq!(grouped("-1000"), "−1,000");
        assert_eq!(figure(None), "－");
    }

    #[test]
    fn a_day_is_short_in_its_era() {
        assert_eq!(short_day(first(2025, 6, 3)), "R7.6.3");
        assert_eq!(short_day(first(2019, 4, 30)), "H31.4.30");
        assert_eq!(short_day_of("not a day"), "not a day");
        assert_eq!(day(first(2025, 6, 3)), "令和7年6月3日（2025年）");
        assert_eq!(year(first(2026, 1, 1)), "令和8年（2026年）");
        assert_eq!(day_of_week(first(2025, 6, 3)), "R7.6.3（火）");
    }

    #[test]
    fn a_pseudonym_comes_from_the_random_end_of_an_id() {
        assert_eq!(pseudonym("0195f405-edf6-72b1-9708-63cfba289d7d"), "289D7D");
    }
}
