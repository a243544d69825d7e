//! Months, quarters and halves of each indicator, by the day of each counted event; and the share of
//! an advisor or an area in it.
//!
//! A rate has no months: the mean of a year is not the sum of its parts.

use std::collections::BTreeMap;

use banso_core::calendar::FiscalYear;
use chrono::Datelike;
use serde::Serialize;

use crate::casebook::Casebook;
use crate::engine::compile::{Compiled, Measure, ReadingId};
use crate::engine::effects::Version;
use crate::engine::judge::date;
use crate::engine::view::View;
use crate::evidence::{ByKind, counted_among};
use crate::fact::Position;
use crate::figure::Figure;
use crate::kpi::Kpi;
use crate::workload::{Part, Whose};

/// Months of a year, from April.
pub const MONTHS: usize = 12;

/// A year by months.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breakdown {
    /// The year by its April.
    pub fiscal_year: i32,
    /// 令和7年度.
    pub label: String,
    /// The calendar months in order: 4 to 12, then 1 to 3.
    pub months: [u32; MONTHS],
    /// The indicators in plan order.
    pub indicators: Vec<Split>,
}

/// One indicator by months.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    /// Its id.
    pub id: String,
    /// As printed.
    pub label: String,
    /// 件, 社, …
    pub unit: String,
    /// The reading in force.
    pub reading: String,
    /// The target of the year.
    pub target: Option<Figure>,
    /// The value of the year.
    pub actual: Option<Figure>,
    /// The months, quarters and halves; null for a rate.
    pub periods: Option<Periods>,
}

/// What fell into each part of a year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Periods {
    /// April to March.
    pub months: Vec<Figure>,
    /// April to June, …
    pub quarters: Vec<Figure>,
    /// April to September (上期), October to March (下期).
    pub halves: Vec<Figure>,
    /// Counted in this year by its period, but dated in another year.
    pub outside: Figure,
}

impl Kpi {
    /// The months, quarters and halves of a year. Months and what lies outside add up to the value.
    pub fn breakdown(&self, year: FiscalYear) -> Breakdown {
        let view = self.view();
        let by_kind = ByKind::new(&view);
        let rows = self
            .state
            .compiled
            .as_ref()
            .map_or_else(Vec::new, |compiled| {
                let rows = compiled.plan.indicators.iter().enumerate();
                let split = |(at, indicator): (usize, &crate::plan::Indicator)| {
                    let id = view.in_force(compiled, at)?;
                    Some(Split {
                        id: indicator.id.clone(),
                        label: indicator.label.clone(),
                        unit: indicator.unit.clone(),
                        reading: self.state.programme.reading(indicator).to_owned(),
                        target: self.state.programme.target(&indicator.id, year),
                        actual: view.value_of(id, year),
                        periods: periods(&view, compiled, id, year, &by_kind),
                    })
                };
                rows.filter_map(split).collect()
            });
        let mut months = [0; MONTHS];
        for (at, month) in months.iter_mut().zip(4_u32..) {
            *at = (month - 1) % 12 + 1;
        }
        Breakdown {
            fiscal_year: year.0,
            label: year.label(),
            months,
            indicators: rows,
        }
    }
}

impl Kpi {
    /// What of each indicator's value belongs to an advisor or an area, by the indicator's id; a
    /// rate has no parts. The parts of all, and of nobody, add up to the value.
    pub fn shares(&self, year: FiscalYear, whose: &Whose) -> BTreeMap<String, Figure> {
        let view = self.view();
        let book = Casebook::gather(&view);
        let part = Part::new(&view, &book, whose);
        let by_kind = ByKind::new(&view);
        let Some(compiled) = self.state.compiled.as_ref() else {
            return BTreeMap::new();
        };
        let rows = compiled.plan.indicators.iter().enumerate();
        let share = |(at, indicator): (usize, &crate::plan::Indicator)| {
            let id = view.in_force(compiled, at)?;
            let (events, whole) = amounts(&view, compiled, id, year, &by_kind)?;
            let mine = events
                .iter()
                .filter(|(position, version, _)| part.holds(*position, version));
            let sum = mine.map(|(.., amount)| amount).sum();
            let figure = if whole {
                Figure::whole(sum)
            } else {
                Figure::from_sum(sum)
            };
            Some((indicator.id.clone(), figure))
        };
        rows.filter_map(share).collect()
    }
}

/// The parts of a year of one reading; none for a rate.
fn periods(
    view: &View<'_>,
    compiled: &Compiled,
    id: ReadingId,
    year: FiscalYear,
    by_kind: &ByKind,
) -> Option<Periods> {
    let (days, whole) = day_amounts(view, compiled, id, year, by_kind)?;
    let figure = |units: i128| {
        if whole {
            Figure::whole(units)
        } else {
            Figure::from_sum(units)
        }
    };
    let mut months = [0_i128; MONTHS];
    let mut outside = 0;
    for (day, amount) in days {
        let day = date(day);
        if FiscalYear::of(day) == year {
            // April is the first month of the year.
            months[(day.month0() as usize + 9) % MONTHS] += amount;
        } else {
            outside += amount;
        }
    }
    let parts = |length: usize| {
        months
            .chunks(length)
            .map(|part| figure(part.iter().sum()))
            .collect::<Vec<_>>()
    };
    Some(Periods {
        months: parts(1),
        quarters: parts(3),
        halves: parts(6),
        outside: figure(outside),
    })
}

/// The day and the amount of everything counted, and whether amounts are whole numbers rather than
/// units of 10^-9; none for a rate.
pub(crate) fn day_amounts(
    view: &View<'_>,
    compiled: &Compiled,
    id: ReadingId,
    year: FiscalYear,
    by_kind: &ByKind,
) -> Option<(Vec<(i32, i128)>, bool)> {
    let (events, whole) = amounts(view, compiled, id, year, by_kind)?;
    let days = events
        .into_iter()
        .map(|(_, version, amount)| (version.day, amount));
    Some((days.collect(), whole))
}

/// An event and what it adds.
type Amount = (Position, Version, i128);

/// Everything counted with its amount, and whether amounts are whole numbers; none for a rate.
fn amounts(
    view: &View<'_>,
    compiled: &Compiled,
    id: ReadingId,
    year: FiscalYear,
    by_kind: &ByKind,
) -> Option<(Vec<Amount>, bool)> {
    let reading = compiled.readings.get(usize::from(id))?;
    match &reading.measure {
        Measure::Growth { .. } | Measure::Ratio { .. } => None,
        Measure::SumOf(picks) => {
            let parts: Option<Vec<_>> = picks
                .iter()
                .map(|pick| {
                    amounts(
                        view,
                        compiled,
                        view.resolve(compiled, *pick)?,
                        year,
                        by_kind,
                    )
                })
                .collect();
            let parts = parts?;
            let whole = parts.iter().all(|(_, whole)| *whole);
            let scaled = |(events, of_whole): (Vec<Amount>, bool)| {
                let factor = if of_whole && !whole {
                    Figure::whole(1).to_sum()
                } else {
                    1
                };
                events
                    .into_iter()
                    .map(move |(position, version, amount)| (position, version, amount * factor))
            };
            Some((parts.into_iter().flat_map(scaled).collect(), whole))
        }
        measure => {
            let sum = matches!(measure, Measure::Sum(_));
            let events = counted_among(view, id, year, by_kind).counted.into_iter();
            let amount = |event: crate::evidence::CountedEvent| {
                let amount = if sum { event.amount } else { 1 };
                (event.position, event.version, amount)
            };
            Some((events.map(amount).collect(), !sum))
        }
    }
}
