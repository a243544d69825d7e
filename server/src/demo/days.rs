//! Days of an office in Japan: working days, fiscal years, instants of office hours.
//!
//! Knows no clock; every day is an argument.

use banso_core::calendar::FiscalYear;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeZone, Utc, Weekday};

/// Hours that Japan is ahead of UTC.
const JST_HOURS: u32 = 9;

/// A day of the calendar; the arguments are written out in this module's callers and exist.
pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// The fiscal year of a day as a number.
pub(super) fn fiscal_year(on: NaiveDate) -> i32 {
    FiscalYear::of(on).0
}

/// The first day of a month counted from April (0) to March (11).
pub(super) fn month_of_year(fiscal: i32, months: u32) -> NaiveDate {
    let april = day(fiscal, 4, 1);
    april
        .checked_add_months(Months::new(months))
        .unwrap_or(april)
}

/// A month and a day within a fiscal year.
pub(super) fn within(fiscal: i32, month: u32, day_of_month: u32) -> NaiveDate {
    let year = if month >= 4 { fiscal } else { fiscal + 1 };
    day(year, month, day_of_month)
}

/// The last day of the fiscal year.
pub(super) fn year_end(fiscal: i32) -> NaiveDate {
    day(fiscal + 1, 3, 31)
}

/// So many days later, or earlier if negative.
pub(super) fn plus(on: NaiveDate, days: i64) -> NaiveDate {
    let step = Days::new(days.unsigned_abs());
    let moved = if days < 0 {
        on.checked_sub_days(step)
    } else {
        on.checked_add_days(step)
    };
    moved.unwrap_or(on)
}

/// Monday to Friday, without the fixed public holidays and the turn of the year.
pub(super) fn is_working(on: NaiveDate) -> bool {
    const HOLIDAYS: [(u32, u32); 12] = [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 11),
        (2, 23),
        (4, 29),
        (5, 3),
        (5, 4),
        (5, 5),
        (8, 11),
        (11, 3),
        (11, 23),
    ];
    let weekend = matches!(on.weekday(), Weekday::Sat | Weekday::Sun);
    let turn_of_year = on.month() == 12 && on.day() >= 29;
    !weekend && !turn_of_year && !HOLIDAYS.contains(&(on.month(), on.day()))
}

/// The day itself if it is a working day, else the next one.
pub(super) fn working_from(on: NaiveDate) -> NaiveDate {
    let mut candidate = on;
    while !is_working(candidate) {
        candidate = plus(candidate, 1);
    }
    candidate
}

/// The day itself if it is a working day, else the one before.
pub(super) fn working_until(on: NaiveDate) -> NaiveDate {
    let mut candidate = on;
    while !is_working(candidate) {
        candidate = plus(candidate, -1);
    }
    candidate
}

/// An instant on a day in Japan, by seconds after 9:00.
pub(super) fn office(on: NaiveDate, seconds: i64) -> DateTime<Utc> {
    let nine = Utc
        .with_ymd_and_hms(on.year(), on.month(), on.day(), 9 - JST_HOURS, 0, 0)
        .single()
        .unwrap_or_default();
    nine + chrono::Duration::seconds(seconds)
}

/// The last day of a month.
pub(super) fn month_end(year: i32, month: u32) -> NaiveDate {
    let first = day(year, month, 1);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    plus(next, -1)
}
