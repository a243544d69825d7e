//! Months, quarters and running totals of a year as the board shows them, and how much of a year
//! has gone by. The projections add up; this only cuts off what has not begun.

use banso_core::calendar::FiscalYear;
use banso_projections::figure::Figure;
use chrono::{Datelike, NaiveDate};

/// How many months of a fiscal year have begun on a day; 0 before it, 12 after it.
pub(super) fn begun(year: FiscalYear, today: NaiveDate) -> usize {
    match FiscalYear::of(today) {
        now if now < year => 0,
        now if now > year => 12,
        _ => usize::try_from((today.month() + 8) % 12).unwrap_or(0) + 1,
    }
}

/// The share of a fiscal year that has passed on a day, in whole per cent.
pub(super) fn passed(year: FiscalYear, today: NaiveDate) -> i64 {
    let first = year.first_day();
    let days = (year.last_day() - first).num_days() + 1;
    ((today - first).num_days() + 1).clamp(0, days) * 100 / days
}

/// The running totals of the first months.
pub(super) fn running(months: &[Figure], count: usize) -> Vec<Figure> {
    let mut total = Figure::ZERO;
    let totals = months.iter().take(count).map(|month| {
        total = total.plus(*month);
        total
    });
    totals.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_fiscal_year_begins_with_april() {
        let year = FiscalYear(2025);
        assert_eq!(begun(year, day("2025-03-31")), 0);
        assert_eq!(begun(year, day("2025-04-01")), 1);
        assert_eq!(begun(year, day("2026-03-31")), 12);
        assert_eq!(begun(year, day("2026-04-01")), 12);
        assert_eq!(passed(year, day("2025-09-30")), 50);
        assert_eq!(passed(year, day("2027-04-01")), 100);
    }

    #[test]
    fn running_totals_end_with_the_last_month_that_began() {
        let months = [2, 0, 3, 9].map(Figure::whole);
        assert_eq!(running(&months, 3), [2, 2, 5].map(Figure::whole));
    }
}
