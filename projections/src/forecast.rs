//! Where an indicator will land (着地見込み), from the pace of earlier years, and what is missing.
//!
//! An estimate for people, never a result: it takes the share of the year's total that earlier
//! years had reached by the same day; without earlier years, the share of the days gone by.

use banso_core::calendar::FiscalYear;
use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::breakdown::day_amounts;
use crate::casebook::Casebook;
use crate::engine::compile::{Compiled, ReadingId};
use crate::engine::view::View;
use crate::evidence::ByKind;
use crate::figure::{Figure, divide_rounding};
use crate::gauges::analyses_per_advisor;
use crate::kpi::Kpi;
use crate::plan::Promises;

/// How many earlier years are looked at.
const EARLIER_YEARS: i32 = 3;
/// Shares are in millionths.
const WHOLE: i128 = 1_000_000;

/// The landing of one indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Its id.
    pub id: String,
    /// As printed.
    pub label: String,
    /// 件, 社, …
    pub unit: String,
    /// The target of the year.
    pub target: Option<Figure>,
    /// Reached by today.
    pub actual: Figure,
    /// Expected at the end of the year, to one decimal; null before there is any pace to go by.
    pub landing: Option<Figure>,
    /// The earlier years whose pace was taken.
    pub from_years: Vec<i32>,
    /// Missing to the target; 0 once it is reached.
    pub needed: Option<Figure>,
    /// That, for each advisor, to one decimal.
    pub needed_per_advisor: Option<Figure>,
}

impl Kpi {
    /// Where each indicator will land, the same as in [`Kpi::gauges`].
    pub fn forecast(&self, year: FiscalYear, today: NaiveDate) -> Vec<Forecast> {
        let view = self.view();
        let Some(compiled) = self.state.compiled.as_ref() else {
            return Vec::new();
        };
        let book = Casebook::gather(&view);
        let per_advisor = analyses_per_advisor(&view, &book, &Promises::default(), year);
        let advisors = per_advisor.advisors.len();
        forecasts(&view, compiled, year, today, advisors)
    }
}

/// The landing of every indicator in force that can be added up.
pub(crate) fn forecasts(
    view: &View<'_>,
    compiled: &Compiled,
    year: FiscalYear,
    today: NaiveDate,
    advisors: usize,
) -> Vec<Forecast> {
    let by_kind = ByKind::new(view);
    let counts = Counts {
        view,
        compiled,
        by_kind: &by_kind,
    };
    let rows = compiled.plan.indicators.iter().enumerate();
    let forecast = |(at, indicator): (usize, &crate::plan::Indicator)| {
        let id = view.in_force(compiled, at)?;
        let (actual, _) = totals(&counts, id, year, today)?;
        let (share, from_years) = share(&counts, id, year, today);
        let target = view.state.programme.target(&indicator.id, year);
        let landing = (share > 0).then(|| {
            let tenths = divide_rounding(actual.to_sum() * 10, Figure::whole(1).to_sum());
            Figure::tenths(divide_rounding(tenths * WHOLE, share))
        });
        let needed = target.map(|target| {
            let missing = target.minus(actual);
            if missing < Figure::ZERO {
                Figure::ZERO
            } else {
                missing
            }
        });
        let heads = Figure::whole(i128::try_from(advisors).unwrap_or(0));
        Some(Forecast {
            id: indicator.id.clone(),
            label: indicator.label.clone(),
            unit: indicator.unit.clone(),
            target,
            actual,
            landing,
            from_years,
            needed,
            needed_per_advisor: needed.and_then(|needed| needed.rate_of(heads, 1)),
        })
    };
    rows.filter_map(forecast).collect()
}

/// What is asked again and again.
struct Counts<'a> {
    view: &'a View<'a>,
    compiled: &'a Compiled,
    by_kind: &'a ByKind,
}

/// What is counted of a year: up to a day, and in all.
fn totals(
    counts: &Counts<'_>,
    id: ReadingId,
    year: FiscalYear,
    until: NaiveDate,
) -> Option<(Figure, Figure)> {
    let (days, whole) = day_amounts(counts.view, counts.compiled, id, year, counts.by_kind)?;
    let until = until.num_days_from_ce();
    let part = days
        .iter()
        .filter(|(day, _)| *day <= until)
        .map(|(_, amount)| *amount)
        .sum();
    let all = days.iter().map(|(_, amount)| *amount).sum();
    let figure = |units| {
        if whole {
            Figure::whole(units)
        } else {
            Figure::from_sum(units)
        }
    };
    Some((figure(part), figure(all)))
}

/// The share of a year that is usually reached by this day, in millionths, and who says so.
fn share(
    counts: &Counts<'_>,
    id: ReadingId,
    year: FiscalYear,
    today: NaiveDate,
) -> (i128, Vec<i32>) {
    if today >= year.last_day() {
        return (WHOLE, Vec::new());
    }
    let (mut reached, mut totals, mut years) = (0, 0, Vec::new());
    for back in 1..=EARLIER_YEARS {
        let earlier = FiscalYear(year.0 - back);
        let same_day = same_day(today, back);
        let earlier_totals = self::totals(counts, id, earlier, same_day);
        if let Some((part, whole)) = earlier_totals.filter(|(_, whole)| !whole.is_zero()) {
            totals += whole.to_sum();
            reached += part.to_sum();
            years.push(earlier.0);
        }
    }
    if totals > 0 {
        return (divide_rounding(reached * WHOLE, totals), years);
    }
    let day = |day: NaiveDate| i128::from(day.num_days_from_ce());
    let length = day(year.last_day()) - day(year.first_day()) + 1;
    let gone = (day(today) - day(year.first_day()) + 1).clamp(0, length);
    (divide_rounding(gone * WHOLE, length), years)
}

/// The same day some years before; 28 February for a leap day.
fn same_day(today: NaiveDate, back: i32) -> NaiveDate {
    let year = today.year() - back;
    let leap = || NaiveDate::from_ymd_opt(year, today.month(), 28);
    today.with_year(year).or_else(leap).unwrap_or(today)
}
