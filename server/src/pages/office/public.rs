//! The published results of a year, for anybody: page, data files, their hash, and what changed
//! since. Exists only after `report.published`; names nobody.
//!
//! The data file is made of the closed edition and of the grades as they were published, so its
//! bytes, and with them the hash, stay the same however the ledger grows.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use banso_core::calendar::FiscalYear;
use banso_core::json::canonical;
use banso_projections::Cut;
use banso_projections::table::KpiTable;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::docket::Docket;
use super::evaluation::{Line, edition, lines};
use super::gate::Answer;
use super::words;
use super::years::{Change, changes, parsed};
use crate::api::{Visitor, looked};
use crate::app::App;
use crate::pages::{Frame, page};
use crate::problem::Problem;

/// Published results change only when a year is published anew.
const CACHE: &str = "public, max-age=300";

#[derive(Template)]
#[template(path = "office/public.html")]
struct Page {
    frame: Frame,
    title: String,
    body: String,
    label: String,
    short: String,
    published_on: String,
    url: String,
    lines: Vec<(Line, String)>,
    comments: Vec<(String, Vec<(String, String)>)>,
    remedies: Vec<(String, String, &'static str)>,
    changes: Vec<Change>,
    entries: u64,
    checkpoint: String,
    vkey: String,
    hash: String,
    citation: String,
}

/// A published year.
struct Results {
    table: KpiTable,
    title: String,
    body: String,
    docket: Docket,
    changes: Value,
}

/// Page and data of every published year.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/public/{fy}", get(view))
        .route("/public/{fy}/results.json", get(json_file))
        .route("/public/{fy}/results.csv", get(csv_file))
        .route("/public/{fy}/checkpoint.txt", get(checkpoint_file))
}

async fn results(app: &Arc<App>, year: FiscalYear) -> Result<Results, Problem> {
    let missing = || Problem::not_found(format!("the results of {year} are not published"));
    let (_, docket) = Docket::read(app)
        .await?
        .at_publication(year)
        .ok_or_else(missing)?;
    let (table, plan, changes) = looked(app, Cut::default(), move |kpi, size| {
        let plan = kpi
            .adopted_plan()
            .map(|plan| (plan.title.clone(), plan.body.clone()));
        let since = kpi
            .closed_at(year)
            .map(|cutoff| kpi.diff(year, cutoff, size));
        (
            edition(kpi, year),
            plan,
            serde_json::to_value(since).unwrap_or_default(),
        )
    })
    .await?;
    let (title, body) = plan.unwrap_or_default();
    Ok(Results {
        table,
        title,
        body,
        docket,
        changes,
    })
}

impl Results {
    /// The data file: canonical JSON, so that anybody can make the same bytes.
    fn json(&self, app: &App, year: FiscalYear) -> Result<String, Problem> {
        let root = app.store.root_at(self.table.as_of.position)?;
        let rows = self.table.indicators.iter().map(|row| {
            json!({"id": row.id, "section": row.section, "label": row.label, "unit": row.unit,
                "baseline": row.baseline, "target": row.target, "actual": row.actual,
                "rate": row.rate, "reading": row.reading, "unplanned": row.unplanned,
                "note": row.note, "grades": self.spread(year, &row.id)})
        });
        let value = json!({"title": self.title, "body": self.body, "fiscal_year": year.0,
            "label": year.label(), "as_of": {"position": self.table.as_of.position,
            "root": base64_of(&root)}, "indicators": rows.collect::<Vec<_>>()});
        let object = value.as_object().cloned().unwrap_or_default();
        canonical(&object).map_err(|why| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why))
    }

    /// How many members gave which grade.
    fn spread(&self, year: FiscalYear, item: &str) -> BTreeMap<String, usize> {
        let mut spread = BTreeMap::new();
        let grades = self.docket.grades(year);
        for grade in grades.iter().filter(|grade| grade.item == item) {
            *spread.entry(grade.grade.clone()).or_default() += 1;
        }
        spread
    }

    fn csv(&self, year: FiscalYear) -> String {
        // The mark lets Excel on Windows see that this is UTF-8.
        let mut out = String::from("\u{feff}番号,指標,単位,現行,目標,実績,達成率,委員の評価\r\n");
        for row in &self.table.indicators {
            let number = |figure: Option<banso_projections::figure::Figure>| {
                figure.map_or_else(String::new, |figure| figure.to_string())
            };
            let cells = [
                row.id.clone(),
                row.label.clone(),
                row.unit.clone(),
                number(row.baseline),
                number(row.target),
                number(row.actual),
                number(row.rate),
                spread_words(&self.spread(year, &row.id)),
            ];
            let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
            let _ = write!(out, "{}\r\n", cells.join(","));
        }
        out
    }

    /// The members' comments by item, without a hint of who wrote which.
    fn comments(&self, year: FiscalYear) -> Vec<(String, Vec<(String, String)>)> {
        let label = |item: &str| {
            let row = self.table.indicators.iter().find(|row| row.id == item);
            row.map_or(format!("計画書の項目 {item}"), |row| {
                format!("{item}　{}", row.label)
            })
        };
        let mut by_item: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for grade in self
            .docket
            .grades(year)
            .iter()
            .filter(|grade| !grade.comment.is_empty())
        {
            let heading = label(&grade.item);
            let comment = (
                grade.comment.clone(),
                words::direction(&grade.direction).to_owned(),
            );
            match by_item.iter_mut().find(|(known, _)| *known == heading) {
                Some((_, comments)) => comments.push(comment),
                None => by_item.push((heading, vec![comment])),
            }
        }
        for (_, comments) in &mut by_item {
            comments.sort();
        }
        by_item
    }
}

fn spread_words(spread: &BTreeMap<String, usize>) -> String {
    let words: Vec<_> = spread
        .iter()
        .map(|(grade, count)| format!("{grade} {count}人"))
        .collect();
    if words.is_empty() {
        words::NONE.to_owned()
    } else {
        words.join("、")
    }
}

/// A cell that no spreadsheet takes for a formula.
fn quoted(cell: &str) -> String {
    let guarded = match cell.chars().next() {
        Some('=' | '+' | '@') => format!("'{cell}"),
        Some('-') if cell.parse::<f64>().is_err() => format!("'{cell}"),
        _ => cell.to_owned(),
    };
    format!("\"{}\"", guarded.replace('"', "\"\""))
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

async fn view(State(app): State<Arc<App>>, visitor: Visitor, Path(year): Path<String>) -> Answer {
    let year = parsed(&year)?;
    let results = results(&app, year).await?;
    let data = results.json(&app, year)?;
    let hash = hex::encode(Sha256::digest(data.as_bytes()));
    let entries = results.table.as_of.position;
    let (on, url) = results.docket.published(year).unwrap_or_default();
    let lines = lines(&results.table, &results.docket, year)
        .into_iter()
        .map(|line| {
            let spread = spread_words(&results.spread(year, &line.id));
            (line, spread)
        });
    let names: Vec<_> = results
        .table
        .indicators
        .iter()
        .map(|row| (&row.id, &row.label))
        .collect();
    let remedies = results
        .docket
        .remedies()
        .into_iter()
        .filter(|remedy| remedy.evaluated_year() == year);
    let remedies = remedies.map(|remedy| {
        let name = names.iter().find(|(id, _)| **id == remedy.item);
        let label = name.map_or_else(String::new, |(_, label)| (*label).clone());
        let state = if remedy.done_on.is_some() {
            "完了"
        } else {
            "取組中"
        };
        (format!("{}　{label}", remedy.item), remedy.what, state)
    });
    let page_of = Page {
        frame: Frame::new(&app, visitor.0),
        label: year.label(),
        short: year.short(),
        published_on: words::day(on),
        url: url.unwrap_or_default(),
        lines: lines.collect(),
        comments: results.comments(year),
        remedies: remedies.collect(),
        changes: changes(&results.changes),
        entries,
        checkpoint: app.store.checkpoint_at(entries).map_err(Problem::from)?,
        vkey: app.vkey.clone(),
        citation: format!(
            "{}「{}　{}　評価結果」（{}公表、データのSHA-256 {}）",
            results.body,
            results.title,
            year.label(),
            words::day(on),
            hash.get(..16).unwrap_or_default()
        ),
        hash,
        title: results.title,
        body: results.body,
    };
    let mut response = page(StatusCode::OK, &page_of);
    let cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    Ok(response)
}

async fn json_file(State(app): State<Arc<App>>, Path(year): Path<String>) -> Answer {
    let year = parsed(&year)?;
    let text = results(&app, year).await?.json(&app, year)?;
    Ok(file("application/json", "json", year, text))
}

async fn csv_file(State(app): State<Arc<App>>, Path(year): Path<String>) -> Answer {
    let year = parsed(&year)?;
    let text = results(&app, year).await?.csv(year);
    Ok(file("text/csv; charset=utf-8", "csv", year, text))
}

async fn checkpoint_file(State(app): State<Arc<App>>, Path(year): Path<String>) -> Answer {
    let year = parsed(&year)?;
    let entries = results(&app, year).await?.table.as_of.position;
    let note = app.store.checkpoint_at(entries).map_err(Problem::from)?;
    Ok(file("text/plain; charset=utf-8", "txt", year, note))
}

fn file(kind: &'static str, ending: &str, year: FiscalYear, text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    let name = format!("attachment; filename=\"banso-{}.{ending}\"", year.short());
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_is_no_formula() {
        assert_eq!(quoted("計画,\"甲\""), "\"計画,\"\"甲\"\"\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("-0.6"), "\"-0.6\"");
        assert_eq!(quoted("-cmd"), "\"'-cmd\"");
    }
}
