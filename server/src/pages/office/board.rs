//! The board of a year: every indicator with target, actual, rate, pace, months or quarters, and
//! the list of those whose landing forecast falls short of the target.
//!
//! Shows what the projections say; adds nothing up itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_projections::breakdown::{Breakdown, Periods};
use banso_projections::figure::Figure;
use banso_projections::forecast::Forecast;
use banso_projections::table::{KpiTable, Row};
use banso_projections::workload::Whose;
use banso_projections::{Cut, Kpi};
use chrono::NaiveDate;

use super::chart::{MONTHS, Pace};
use super::evidence::Names;
use super::gate::{Answer, reader};
use super::months;
use super::picker::Picker;
use super::{words, workload};
use crate::access::{Right, may};
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// How the columns of the board are cut.
const VIEWS: [(&str, &str); 3] = [("year", "年"), ("quarter", "四半期"), ("month", "月")];
const QUARTERS: [&str; 4] = ["4〜6月", "7〜9月", "10〜12月", "1〜3月"];

#[derive(Template)]
#[template(path = "office/board.html")]
struct Board {
    frame: Frame,
    title: String,
    label: String,
    short: String,
    closed: bool,
    picker: Picker,
    views: Vec<(&'static str, &'static str, bool)>,
    columns: &'static [&'static str],
    lines: Vec<Line>,
    behind: Vec<Behind>,
    running: bool,
    today: String,
    passed: i64,
    decides: bool,
    /// Whose part stands in a column of its own.
    part: Option<PartOf>,
}

/// An advisor or an area in the head of a column.
struct PartOf {
    name: String,
    query: String,
}

/// One indicator.
struct Line {
    id: String,
    label: String,
    section: String,
    note: String,
    target: String,
    before: Option<String>,
    actual: String,
    /// The part of an advisor or an area.
    share: String,
    rate: String,
    bar: Option<f64>,
    grade: String,
    reading: String,
    others: Vec<(String, String, String)>,
    unplanned: bool,
    late: i64,
    pace: Option<Pace>,
    cells: Vec<String>,
}

/// An indicator that will fall short at its present pace.
struct Behind {
    id: String,
    label: String,
    target: String,
    actual: String,
    landing: String,
    missing: String,
    each: String,
}

/// What is looked up in one go.
struct Seen {
    title: String,
    years: Vec<FiscalYear>,
    table: KpiTable,
    breakdown: Breakdown,
    /// Of the year that runs; else empty.
    forecasts: Vec<Forecast>,
    shares: BTreeMap<String, Figure>,
}

pub(super) async fn board(State(app): State<Arc<App>>, visitor: Visitor, query: Query) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy", "by", "advisor", "area"])?;
    let cases = may(account.role, Right::ReadCases);
    let whose = workload::whose(&query)?.filter(|_| cases);
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear::of(today))?;
    let by = VIEWS
        .iter()
        .position(|(name, _)| *name == query.text("by").unwrap_or("year"));
    let by = by.ok_or_else(|| Problem::parameter("by", "is not year, quarter or month"))?;
    let seen = looked(&app, Cut::default(), {
        let whose = whose.clone();
        move |kpi, _| see(kpi, year, today, whose.as_ref())
    })
    .await?;
    let begun = months::begun(year, today);
    let periods = |row: &Row| {
        let split = seen
            .breakdown
            .indicators
            .iter()
            .find(|split| split.id == row.id);
        split.and_then(|split| split.periods.as_ref())
    };
    let lines = seen
        .table
        .indicators
        .iter()
        .map(|row| line(row, periods(row), by, begun, seen.shares.get(&row.id)));
    let decides = super::gate::allowed(&account, "policy.reading_decided");
    let part = whose.map(|whose| PartOf {
        name: workload::called(&whose, &mut Names::new(&app, true)),
        query: workload::query_of(&whose),
    });
    let kept = part
        .as_ref()
        .map(|part| part.query.clone())
        .unwrap_or_default();
    let board = Board {
        frame: Frame::new(&app, Some(account)),
        title: seen.title,
        label: year.label(),
        short: year.short(),
        closed: seen.table.closed,
        picker: Picker::new(&seen.years, year, |short| {
            format!("/board?fy={short}&by={}&{kept}", VIEWS[by].0)
        }),
        views: VIEWS
            .iter()
            .enumerate()
            .map(|(at, (name, text))| (*name, *text, at == by))
            .collect(),
        columns: columns(by),
        lines: lines.collect(),
        running: !seen.forecasts.is_empty(),
        behind: seen.forecasts.iter().filter_map(behind).collect(),
        today: words::day(today),
        passed: months::passed(year, today),
        decides,
        part,
    };
    Ok(page(StatusCode::OK, &board).into_response())
}

fn see(kpi: &Kpi, year: FiscalYear, today: NaiveDate, whose: Option<&Whose>) -> Seen {
    let runs = FiscalYear::of(today) == year && !kpi.is_closed(year);
    Seen {
        title: kpi
            .adopted_plan()
            .map(|plan| plan.title.clone())
            .unwrap_or_default(),
        years: kpi.years(),
        table: kpi.table(year),
        breakdown: kpi.breakdown(year),
        forecasts: if runs {
            kpi.forecast(year, today)
        } else {
            Vec::new()
        },
        shares: whose
            .map(|whose| kpi.shares(year, whose))
            .unwrap_or_default(),
    }
}

fn columns(by: usize) -> &'static [&'static str] {
    match by {
        1 => &QUARTERS,
        2 => &MONTHS,
        _ => &[],
    }
}

fn line(
    row: &Row,
    periods: Option<&Periods>,
    by: usize,
    begun: usize,
    share: Option<&Figure>,
) -> Line {
    let name = |reading: &String| row.readings_labels.get(reading).unwrap_or(reading).clone();
    let others = row
        .readings
        .iter()
        .filter(|(reading, _)| **reading != row.reading);
    let rate = row.rate;
    let totals: Option<Vec<_>> = periods.map(|periods| {
        let totals = months::running(&periods.months, begun);
        totals
            .into_iter()
            .filter_map(|total| words::length(Some(total)))
            .collect()
    });
    Line {
        id: row.id.clone(),
        label: row.label.clone(),
        section: row.section.clone(),
        note: row.note.clone(),
        target: words::with_unit(row.target, &row.unit),
        before: row
            .target_before
            .map(|before| words::with_unit(before, &row.unit)),
        actual: words::with_unit(row.actual, &row.unit),
        share: words::with_unit(share.copied(), &row.unit),
        rate: rate.map_or(words::NONE.to_owned(), |rate| format!("{rate} ％")),
        bar: words::length(rate).map(|rate| rate.clamp(0.0, 100.0)),
        grade: row.grade.clone().unwrap_or_else(|| words::NONE.to_owned()),
        reading: name(&row.reading),
        others: others
            .map(|(id, value)| (id.clone(), name(id), words::with_unit(*value, &row.unit)))
            .collect(),
        unplanned: row.unplanned,
        late: row.late,
        pace: totals
            .and_then(|totals| Pace::new(&row.label, &totals, words::length(row.target), true)),
        cells: cells(periods, by, begun),
    }
}

/// The numbers of the columns; months that have not begun stay empty.
fn cells(periods: Option<&Periods>, by: usize, begun: usize) -> Vec<String> {
    let shown = |values: &[Figure], begun: usize| {
        let cell = |(at, value): (usize, &Figure)| match at < begun {
            true => words::figure(Some(*value)),
            false => String::new(),
        };
        values.iter().enumerate().map(cell).collect()
    };
    match (by, periods) {
        (1, Some(periods)) => shown(&periods.quarters, begun.div_ceil(3)),
        (2, Some(periods)) => shown(&periods.months, begun),
        (by, _) => vec![words::NONE.to_owned(); columns(by).len()],
    }
}

/// The indicator, if it will not reach its target at the pace of earlier years.
fn behind(forecast: &Forecast) -> Option<Behind> {
    // Without a landing, earlier years had done nothing by this day either: not late, only later.
    let (target, landing) = (forecast.target?, forecast.landing?);
    if target.is_zero() || landing >= target {
        return None;
    }
    let unit = &forecast.unit;
    Some(Behind {
        id: forecast.id.clone(),
        label: forecast.label.clone(),
        target: words::with_unit(Some(target), unit),
        actual: words::with_unit(Some(forecast.actual), unit),
        landing: words::with_unit(Some(landing), unit),
        missing: words::with_unit(forecast.needed, unit),
        each: words::with_unit(forecast.needed_per_advisor, unit),
    })
}
