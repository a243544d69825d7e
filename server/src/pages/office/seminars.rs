//! The calendar of seminars: a month as a grid, the year as a list, attendance against the plan.
//!
//! Sessions and averages are the projections'; this lays days out and counts nothing but weeks.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::event::SeminarTag;
use banso_core::shape::Field as _;
use banso_core::shape::Shape;
use banso_projections::Cut;
use banso_projections::gauges::Average;
use banso_projections::sessions::{Session, SessionState, Tally};
use chrono::{Datelike, Days, NaiveDate};

use super::gate::{Answer, reader};
use super::picker::Picker;
use super::words;
use crate::access::{Right, may};
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// A Japanese wall calendar begins on Sunday.
const WEEK: [&str; 7] = ["日", "月", "火", "水", "木", "金", "土"];

#[derive(Template)]
#[template(path = "office/seminars.html")]
struct Page {
    frame: Frame,
    label: String,
    short: String,
    picker: Picker,
    held: usize,
    planned: usize,
    cancelled: usize,
    average: String,
    promised: String,
    months: Vec<(u32, String, bool)>,
    month: String,
    weeks: Vec<Vec<Day>>,
    lines: Vec<Line>,
    records: bool,
}

/// One day of the grid; number 0 outside of the month.
#[derive(Default)]
struct Day {
    number: u32,
    today: bool,
    sessions: Vec<Mark>,
}

/// One session in the grid.
struct Mark {
    title: String,
    state: &'static str,
    class: &'static str,
    position: u64,
}

/// One session in the list.
struct Line {
    day: String,
    title: String,
    tags: String,
    state: &'static str,
    class: &'static str,
    capacity: String,
    attendees: String,
    attended: usize,
    position: u64,
}

pub(super) async fn seminars(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Query,
) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy", "month"])?;
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear::of(today))?;
    let first = first_of(year, query.get("month", "a month from 1 to 12")?, today)?;
    let (sessions, average, years) = looked(&app, Cut::default(), move |kpi, _| {
        (kpi.sessions(year), kpi.attendance(year), kpi.years())
    })
    .await?;
    let shown = shape(
        &app, year, first, today, &sessions, &average, &years, account,
    );
    Ok(page(StatusCode::OK, &shown).into_response())
}

#[allow(clippy::too_many_arguments, reason = "the parts of one page")]
fn shape(
    app: &App,
    year: FiscalYear,
    first: NaiveDate,
    today: NaiveDate,
    sessions: &[Session],
    average: &Average,
    years: &[FiscalYear],
    account: crate::accounts::Account,
) -> Page {
    let tally = Tally::of(sessions);
    Page {
        label: year.label(),
        short: year.short(),
        picker: Picker::new(years, year, |short| format!("/seminars?fy={short}")),
        held: tally.held,
        planned: tally.planned,
        cancelled: tally.cancelled,
        average: words::figure(average.average),
        promised: average
            .promised
            .map(|_| words::figure(average.promised))
            .unwrap_or_default(),
        months: (4..=12)
            .chain(1..=3)
            .map(|month| (month, format!("{month}月"), month == first.month()))
            .collect(),
        month: format!("{}{}月", words::year(first), first.month()),
        weeks: weeks(first, today, sessions),
        lines: sessions.iter().map(line).collect(),
        records: may(account.role, Right::ReadCases),
        frame: Frame::new(app, Some(account)),
    }
}

/// The first day of the month that is shown: the one asked for, else this one, else April.
fn first_of(year: FiscalYear, month: Option<u32>, today: NaiveDate) -> Result<NaiveDate, Problem> {
    let month = month.unwrap_or(if FiscalYear::of(today) == year {
        today.month()
    } else {
        4
    });
    let calendar_year = if month < 4 { year.0 + 1 } else { year.0 };
    NaiveDate::from_ymd_opt(calendar_year, month, 1)
        .ok_or_else(|| Problem::parameter("month", "is not a month from 1 to 12"))
}

/// Whole weeks, Sunday to Saturday, that hold the month.
fn weeks(first: NaiveDate, today: NaiveDate, sessions: &[Session]) -> Vec<Vec<Day>> {
    let before = Days::new(u64::from(first.weekday().num_days_from_sunday()));
    let Some(mut day) = first.checked_sub_days(before) else {
        return Vec::new();
    };
    let mut weeks = Vec::new();
    while day < first || day.month() == first.month() {
        let week = day.iter_days().take(WEEK.len());
        weeks.push(
            week.map(|day| match day.month() == first.month() {
                true => marked(day, today, sessions),
                false => Day::default(),
            })
            .collect(),
        );
        day = day + Days::new(7);
    }
    weeks
}

fn marked(day: NaiveDate, today: NaiveDate, sessions: &[Session]) -> Day {
    let on = sessions.iter().filter(|session| session.on == day);
    let mark = |session: &Session| Mark {
        title: session.title.clone(),
        state: state(session.state).0,
        class: state(session.state).1,
        position: session.position,
    };
    Day {
        number: day.day(),
        today: day == today,
        sessions: on.map(mark).collect(),
    }
}

fn line(session: &Session) -> Line {
    let people = |count: Option<i64>| {
        count.map_or_else(
            || words::NONE.to_owned(),
            |count| format!("{} 人", words::grouped(&count.to_string())),
        )
    };
    let (state, class) = state(session.state);
    Line {
        day: words::day_of_week(session.on),
        title: session.title.clone(),
        tags: session
            .tags
            .iter()
            .map(|tag| tag_label(tag))
            .collect::<Vec<_>>()
            .join("・"),
        state,
        class,
        capacity: people(session.capacity),
        attendees: people(session.attendees),
        attended: session.attended,
        position: session.position,
    }
}

fn state(state: SessionState) -> (&'static str, &'static str) {
    match state {
        SessionState::Planned => ("予定", "planned"),
        SessionState::Held => ("開催", "held"),
        SessionState::Cancelled => ("中止", "cancelled"),
    }
}

fn tag_label(name: &str) -> &str {
    let Shape::Choice(choices) = SeminarTag::SHAPE else {
        return name;
    };
    let known = choices.iter().find(|choice| choice.name == name);
    known.map_or(name, |choice| choice.label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_laid_out_in_whole_weeks_from_sunday() {
        let weeks = weeks(day("2025-06-01"), day("2025-06-10"), &[]);
        let numbers = |week: &Vec<Day>| week.iter().map(|day| day.number).collect::<Vec<_>>();
        assert_eq!(weeks.len(), 5);
        assert_eq!(numbers(&weeks[0]), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(numbers(&weeks[4]), [29, 30, 0, 0, 0, 0, 0]);
        assert!(weeks[1][2].today);
    }

    #[test]
    fn january_to_march_belong_to_the_next_calendar_year() {
        let year = FiscalYear(2025);
        let first = |month, today: &str| first_of(year, month, day(today)).ok();
        assert_eq!(first(Some(2), "2025-06-10"), Some(day("2026-02-01")));
        assert_eq!(first(None, "2025-06-10"), Some(day("2025-06-01")));
        assert_eq!(first(None, "2030-06-10"), Some(day("2025-04-01")));
        assert_eq!(first(Some(13), "2025-06-10"), None);
    }
}
