//! The committee's table: every item with its number, its trend, last year's remedies, the
//! members' grades, and the form in which a member grades, in a meeting or in writing.
//!
//! Members stand under numbers, not names. A grade is an event; the latest of a member holds.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::event::Direction;
use banso_core::shape::Choice;
use banso_projections::table::{KpiTable, Row};
use banso_projections::{Cut, Kpi};
use serde::Deserialize;
use serde_json::json;

use super::chart::{Point, Trend};
use super::docket::{Docket, Grade};
use super::gate::{Answer, allowed, reader, record, recorder_of};
use super::improvements::Line as RemedyLine;
use super::picker::Picker;
use super::words;
use super::years::parsed;
use crate::api::{Query, Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// The event of one grade.
const GRADED: &str = "evaluation.graded";

#[derive(Template)]
#[template(path = "office/evaluation.html")]
struct List {
    frame: Frame,
    label: String,
    short: String,
    closed: bool,
    picker: Picker,
    meetings: Vec<(String, &'static str)>,
    organisations: Vec<String>,
    members: Vec<String>,
    lines: Vec<Line>,
    remedies: Vec<RemedyLine>,
    graded: usize,
    grades: bool,
}

/// One item on the committee's table.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) target: String,
    pub(super) actual: String,
    pub(super) rate: String,
    pub(super) hint: String,
    /// One a member, empty where not graded.
    pub(super) given: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/item.html")]
struct Item {
    frame: Frame,
    line: Line,
    note: String,
    label: String,
    short: String,
    counted: bool,
    trend: Option<Trend>,
    history: Vec<(String, String, String, String)>,
    remedies: Vec<RemedyLine>,
    opinions: Vec<Opinion>,
    scale: Vec<String>,
    directions: &'static [Choice],
    mine: Option<Opinion>,
    grades: bool,
    next: Option<String>,
}

/// One member's view.
pub(super) struct Opinion {
    pub(super) member: String,
    pub(super) grade: String,
    pub(super) comment: String,
    pub(super) direction: &'static str,
    direction_name: String,
}

#[derive(Deserialize)]
pub(super) struct Given {
    fiscal_year: String,
    grade: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    direction: String,
}

/// The numbers that are evaluated: the closed edition where there is one.
pub(super) fn edition(kpi: &Kpi, year: FiscalYear) -> KpiTable {
    kpi.closed_edition(year).unwrap_or_else(|| kpi.table(year))
}

pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor, query: Query) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy"])?;
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear(FiscalYear::of(today).0 - 1))?;
    let (table, years) = looked(&app, Cut::default(), move |kpi, _| {
        (edition(kpi, year), kpi.years())
    })
    .await?;
    let docket = Docket::read(&app).await?;
    let names: Vec<_> = table
        .indicators
        .iter()
        .map(|row| (row.id.clone(), row.label.clone()))
        .collect();
    let members = docket.members(year);
    let lines = lines(&table, &docket, year);
    let mine = |line: &&Line| {
        let me = members.iter().position(|member| *member == account.actor());
        me.and_then(|me| line.given.get(me))
            .is_some_and(|grade| !grade.is_empty())
    };
    let list = List {
        label: year.label(),
        short: year.short(),
        closed: table.closed,
        picker: Picker::new(&years, year, |short| format!("/evaluation?fy={short}")),
        meetings: docket
            .meetings(year)
            .into_iter()
            .map(|(on, mode)| (words::day(on), words::mode(&mode)))
            .collect(),
        organisations: docket.organisations(),
        members: members
            .iter()
            .enumerate()
            .map(|(at, member)| called(at, member, &account.actor()))
            .collect(),
        remedies: remedies_before(&docket, year, &names, today, None),
        graded: lines.iter().filter(mine).count(),
        lines,
        grades: allowed(&account, GRADED),
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &list).into_response())
}

/// What a member is called on a page.
fn called(at: usize, member: &str, me: &str) -> String {
    let number = at + 1;
    if member == me {
        format!("委員{number}（あなた）")
    } else {
        format!("委員{number}")
    }
}

/// Every item: the plan's indicators, then whatever else was graded.
pub(super) fn lines(table: &KpiTable, docket: &Docket, year: FiscalYear) -> Vec<Line> {
    let members = docket.members(year);
    let grades = docket.grades(year);
    let given = |item: &str| {
        let of = |member: &String| {
            grades
                .iter()
                .find(|grade| grade.item == item && grade.member == *member)
        };
        let grades = members
            .iter()
            .map(|member| of(member).map(|grade| grade.grade.clone()));
        grades.map(Option::unwrap_or_default).collect::<Vec<_>>()
    };
    let mut lines: Vec<_> = table
        .indicators
        .iter()
        .map(|row| line(row, given(&row.id)))
        .collect();
    let mut others: Vec<_> = grades.iter().map(|grade| grade.item.clone()).collect();
    others.sort();
    others.dedup();
    for item in others {
        if !lines.iter().any(|line| line.id == item) {
            lines.push(plain(&item, given(&item)));
        }
    }
    lines
}

fn line(row: &Row, given: Vec<String>) -> Line {
    Line {
        id: row.id.clone(),
        label: row.label.clone(),
        target: words::with_unit(row.target, &row.unit),
        actual: words::with_unit(row.actual, &row.unit),
        rate: row
            .rate
            .map_or(words::NONE.to_owned(), |rate| format!("{rate} ％")),
        hint: row.grade.clone().unwrap_or_else(|| words::NONE.to_owned()),
        given,
    }
}

/// An item without a number: a section of the plan.
fn plain(item: &str, given: Vec<String>) -> Line {
    let none = || words::NONE.to_owned();
    Line {
        id: item.to_owned(),
        label: format!("計画書の項目 {item}"),
        target: none(),
        actual: none(),
        rate: none(),
        hint: none(),
        given,
    }
}

/// What was decided after the evaluation of the year before.
pub(super) fn remedies_before(
    docket: &Docket,
    year: FiscalYear,
    names: &[(String, String)],
    today: chrono::NaiveDate,
    item: Option<&str>,
) -> Vec<RemedyLine> {
    let remedies = docket.remedies();
    let before = remedies
        .iter()
        .filter(|remedy| remedy.evaluated_year().0 == year.0 - 1);
    let mine = before.filter(|remedy| item.is_none_or(|item| item == remedy.item));
    mine.map(|remedy| RemedyLine::new(remedy, names, today))
        .collect()
}

pub(super) async fn item(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(item): Path<String>,
    query: Query,
) -> Answer {
    let account = reader(&app, visitor)?;
    query.only(&["fy"])?;
    let today = jst_date(app.clock.now());
    let year = query.fiscal_year(FiscalYear(FiscalYear::of(today).0 - 1))?;
    let (table, rows, scale) = looked(&app, Cut::default(), {
        let item = item.clone();
        move |kpi, _| (edition(kpi, year), rows(kpi, &item, year), scale(kpi))
    })
    .await?;
    let docket = Docket::read(&app).await?;
    let lines = lines(&table, &docket, year);
    let counted = table.indicators.iter().find(|row| row.id == item);
    let at = lines.iter().position(|line| line.id == item);
    let missing = || Problem::not_found(format!("there is no item \"{item}\""));
    let next = at
        .and_then(|at| lines.get(at + 1))
        .map(|line| line.id.clone());
    let names: Vec<_> = table
        .indicators
        .iter()
        .map(|row| (row.id.clone(), row.label.clone()))
        .collect();
    let members = docket.members(year);
    let grades = docket.grades(year);
    let me = account.actor();
    let of_item = |grade: &&Grade| grade.item == item;
    let page_of = Item {
        line: lines
            .into_iter()
            .find(|line| line.id == item)
            .ok_or_else(missing)?,
        note: counted.map(|row| row.note.clone()).unwrap_or_default(),
        label: year.label(),
        short: year.short(),
        counted: counted.is_some(),
        trend: counted.map(|row| Trend::new(&row.label, &points(&rows))),
        history: rows.iter().map(|(year, row)| history(*year, row)).collect(),
        remedies: remedies_before(&docket, year, &names, today, Some(&item)),
        opinions: grades
            .iter()
            .filter(of_item)
            .map(|grade| opinion(grade, &members, &me))
            .collect(),
        mine: grades
            .iter()
            .filter(of_item)
            .find(|grade| grade.member == me)
            .map(|grade| opinion(grade, &members, &me)),
        scale,
        directions: Direction::CHOICES,
        grades: allowed(&account, GRADED),
        next,
        frame: Frame::new(&app, Some(account)),
    };
    Ok(page(StatusCode::OK, &page_of).into_response())
}

/// The grades that the plan knows.
fn scale(kpi: &Kpi) -> Vec<String> {
    let plan = kpi.adopted_plan();
    plan.into_iter()
        .flat_map(|plan| &plan.grades)
        .map(|grade| grade.name.clone())
        .collect()
}

/// The item's row of every year up to the one that is evaluated.
fn rows(kpi: &Kpi, item: &str, until: FiscalYear) -> Vec<(FiscalYear, Row)> {
    let years = kpi.years().into_iter().filter(|year| *year <= until);
    let rows = years.filter_map(|year| {
        let table = edition(kpi, year);
        table
            .indicators
            .into_iter()
            .find(|row| row.id == item)
            .map(|row| (year, row))
    });
    rows.collect()
}

fn points(rows: &[(FiscalYear, Row)]) -> Vec<Point> {
    let points = rows.iter().map(|(year, row)| {
        let actual = words::figure(row.actual);
        let words = match row.target {
            Some(_) => format!(
                "{actual}（目標 {}）",
                words::with_unit(row.target, &row.unit)
            ),
            None => actual,
        };
        Point {
            label: year.short(),
            actual: words::length(row.actual),
            target: words::length(row.target),
            words,
        }
    });
    points.collect()
}

fn history(year: FiscalYear, row: &Row) -> (String, String, String, String) {
    let rate = row
        .rate
        .map_or(words::NONE.to_owned(), |rate| format!("{rate} ％"));
    let target = words::with_unit(row.target, &row.unit);
    (
        year.label(),
        target,
        words::with_unit(row.actual, &row.unit),
        rate,
    )
}

fn opinion(grade: &Grade, members: &[String], me: &str) -> Opinion {
    let at = members
        .iter()
        .position(|member| *member == grade.member)
        .unwrap_or_default();
    Opinion {
        member: called(at, &grade.member, me),
        grade: grade.grade.clone(),
        comment: grade.comment.clone(),
        direction: words::direction(&grade.direction),
        direction_name: grade.direction.clone(),
    }
}

pub(super) async fn grade(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(item): Path<String>,
    Form(given): Form<Given>,
) -> Answer {
    let account = recorder_of(&app, visitor, GRADED)?;
    let year = parsed(&given.fiscal_year)?;
    let mut data = json!({"fiscal_year": year.0, "item": item, "grade": given.grade.trim()});
    if !given.comment.trim().is_empty() {
        data["comment"] = json!(given.comment.trim());
    }
    if !given.direction.is_empty() {
        data["direction"] = json!(given.direction);
    }
    let then = format!("/evaluation/{item}?fy={}", year.short());
    record(&app, &account, GRADED, data, &then).await
}
