//! Reads the tables of a plan: the head, the grades, the promises and the rows.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use serde_json::Value;

use super::check::{self, GradeRow};
use super::context::{Context, Years};
use super::read_measure;
use super::reader::{Faults, Node, Table};
use super::{Grade, Indicator, Plan, Promises, Reading};
use crate::figure::Figure;

/// What can be read of a plan, none if it is no table.
///
/// It is the plan only if no fault was found: what a fault left out is empty, so that everything
/// that can still be checked is checked.
pub(super) fn plan(value: &Value, faults: &mut Faults) -> Option<Plan> {
    let mut table = Node {
        value,
        place: String::new(),
    }
    .table(faults)?;
    let title = table.text("title", faults);
    let body = table.text("body", faults);
    let corporate_number = code(&mut table, "corporate_number", faults);
    let municipality_code = code(&mut table, "municipality_code", faults);
    let first = year(&mut table, "first_fiscal_year", faults);
    let last = year(&mut table, "last_fiscal_year", faults);
    let grades = rows(&mut table, "grades", faults, &mut grade);
    let promises = promises(&mut table, faults);
    let context = Context::gather(value, Years { first, last });
    let mut row = |at, table: &mut Table<'_>, faults: &mut Faults| {
        (at, indicator(at, table, &context, faults))
    };
    let indicators = rows(&mut table, "indicators", faults, &mut row);
    if table
        .required("indicators", faults)
        .is_some_and(|node| node.items().is_empty())
    {
        faults.add("indicators", "has no rows");
    }
    table.finish(faults);
    if let Some((first, last)) = first.zip(last) {
        check::period(first, last, faults);
    }
    if let Some(number) = &corporate_number {
        check::corporate_number(number, faults);
    }
    if let Some(code) = &municipality_code {
        check::municipality_code(code, faults);
    }
    check::grades(&grades, faults);
    check::cycles(&indicators, faults);
    let plan = Plan {
        title: title.unwrap_or_default(),
        body: body.unwrap_or_default(),
        corporate_number,
        municipality_code,
        first_fiscal_year: first.unwrap_or(UNREAD),
        last_fiscal_year: last.unwrap_or(UNREAD),
        grades: grades.into_iter().map(graded).collect(),
        promises,
        indicators: indicators.into_iter().map(|(_, row)| row).collect(),
    };
    check::size(&plan, faults);
    Some(plan)
}

/// Stands for a year that a fault left out.
const UNREAD: FiscalYear = FiscalYear(0);

fn code(table: &mut Table<'_>, key: &'static str, faults: &mut Faults) -> Option<String> {
    let text = table.get(key).and_then(|node| node.text(faults));
    text.map(|text| digits(&text))
}

/// Digits of either width, as the seed prints both.
fn digits(text: &str) -> String {
    banso_core::text::fold_width(text)
}

/// Every row that is a table, with its number in the file.
fn rows<T>(
    table: &mut Table<'_>,
    key: &'static str,
    faults: &mut Faults,
    read: &mut dyn FnMut(usize, &mut Table<'_>, &mut Faults) -> T,
) -> Vec<T> {
    let Some(node) = table.get(key) else {
        return Vec::new();
    };
    let row = |(at, node): (usize, Node<'_>)| {
        let mut table = node.table(faults)?;
        let row = read(at, &mut table, faults);
        table.finish(faults);
        Some(row)
    };
    node.items()
        .into_iter()
        .enumerate()
        .filter_map(row)
        .collect()
}

fn year(table: &mut Table<'_>, key: &'static str, faults: &mut Faults) -> Option<FiscalYear> {
    let node = table.required(key, faults)?;
    let text = match node.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse()
        .map_err(|detail: String| faults.add(&node.place, detail))
        .ok()
}

fn grade(at: usize, table: &mut Table<'_>, faults: &mut Faults) -> GradeRow {
    let name = table.text("name", faults);
    let at_least = table
        .required("at_least", faults)
        .and_then(|node| node.figure(faults));
    (at, name, at_least)
}

fn graded((_, name, at_least): GradeRow) -> Grade {
    Grade {
        name: name.unwrap_or_default(),
        at_least: at_least.unwrap_or(Figure::ZERO),
    }
}

fn promises(table: &mut Table<'_>, faults: &mut Faults) -> Promises {
    let Some(mut table) = table.get("promises").and_then(|node| node.table(faults)) else {
        return Promises::default();
    };
    let promises = Promises {
        analyses_per_advisor: figure(&mut table, "analyses_per_advisor", faults),
        average_attendance: figure(&mut table, "average_attendance", faults),
        followups_per_plan: months(&mut table, "followups_per_plan", faults),
        followup_months: months(&mut table, "followup_months", faults),
        revisit_months: months(&mut table, "revisit_months", faults),
    };
    table.finish(faults);
    promises
}

fn figure(table: &mut Table<'_>, key: &'static str, faults: &mut Faults) -> Option<Figure> {
    table.get(key).and_then(|node| node.figure(faults))
}

fn months(table: &mut Table<'_>, key: &'static str, faults: &mut Faults) -> Option<u32> {
    let node = table.get(key)?;
    let count = node.count(faults)?;
    if !(1..=120).contains(&count) {
        faults.add(&node.place, format!("{count} is not between 1 and 120"));
    }
    Some(count)
}

fn indicator(
    at: usize,
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> Indicator {
    let id = id(at, table, context, faults);
    let section = table.free_text("section", faults);
    let label = table.text("label", faults);
    let unit = table.text("unit", faults);
    let baseline = figure(table, "baseline", faults);
    let targets = targets(table, context, faults);
    let note = table.free_text("note", faults);
    let (readings, ids) = readings(table, context, faults);
    let reading = in_force(table, &ids, faults);
    Indicator {
        id: id.unwrap_or_default(),
        section,
        label: label.unwrap_or_default(),
        unit: unit.unwrap_or_default(),
        baseline,
        targets,
        reading: reading.unwrap_or_default(),
        note,
        readings,
    }
}

/// The id of a row, unlike that of any row before it.
fn id(at: usize, table: &mut Table<'_>, context: &Context, faults: &mut Faults) -> Option<String> {
    let id = table.text("id", faults)?;
    let place = table.place_of("id");
    usable_id(&id, &place, faults);
    if let Some(first) = context.rows.get(&id).filter(|first| **first < at) {
        let detail = format!("\"{id}\" is the id of indicators[{first}] too");
        faults.add(&place, detail);
    }
    Some(id)
}

/// The reading in force, one of the row's.
fn in_force(table: &mut Table<'_>, ids: &BTreeSet<String>, faults: &mut Faults) -> Option<String> {
    match table.get("reading") {
        Some(node) => node.text(faults).filter(|reading| {
            let known = ids.contains(reading);
            if !known {
                let ids: Vec<_> = ids.iter().map(String::as_str).collect();
                let detail = format!("\"{reading}\" is not among the readings {}", ids.join(", "));
                faults.add(&node.place, detail);
            }
            known
        }),
        None if ids.len() == 1 => ids.first().cloned(),
        None => {
            faults.add(
                &table.place_of("reading"),
                "is missing: name the reading in force",
            );
            None
        }
    }
}

/// An id stands in addresses and file names.
fn usable_id(id: &str, place: &str, faults: &mut Faults) {
    let usable = id.len() <= 32
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !usable {
        faults.add(
            place,
            format!("\"{id}\" is not an id: 1 to 32 of A-Z a-z 0-9 _ -"),
        );
    }
}

fn targets(
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> BTreeMap<FiscalYear, Figure> {
    let (mut targets, mut years) = (BTreeMap::new(), BTreeSet::new());
    let Some(entries) = table.get("targets").and_then(|node| node.table(faults)) else {
        return targets;
    };
    for (key, node) in entries
        .entries()
        .into_iter()
        .filter(|(_, node)| !node.value.is_null())
    {
        let year = key
            .parse::<FiscalYear>()
            .map_err(|detail| faults.add(&node.place, detail))
            .ok();
        let target = node.figure(faults);
        if let Some(target) = target.filter(|target| *target < Figure::ZERO) {
            faults.add(&node.place, format!("{target} is below zero"));
        }
        let Some(year) = year else {
            continue;
        };
        if let Some(detail) = context.years.refusal(year) {
            faults.add(&node.place, detail);
        }
        if !years.insert(year) {
            faults.add(&node.place, format!("{year} has two targets"));
        }
        targets.extend(target.map(|target| (year, target)));
    }
    targets
}

/// The readings that can be read, and the ids of all.
fn readings(
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> (BTreeMap<String, Reading>, BTreeSet<String>) {
    let tables = table
        .required("readings", faults)
        .and_then(|node| node.table(faults));
    let entries = tables.map_or_else(Vec::new, |tables| {
        if tables.entries().is_empty() {
            faults.add(&tables.place, "has no reading");
        }
        tables.entries()
    });
    let mut readings = BTreeMap::new();
    for (id, node) in &entries {
        usable_id(id, &node.place, faults);
        let Some(mut table) = node.table(faults) else {
            continue;
        };
        let reading = read_measure::reading(&mut table, context, faults);
        table.finish(faults);
        readings.extend(reading.map(|reading| (id.clone(), reading)));
    }
    (readings, entries.into_iter().map(|(id, _)| id).collect())
}
