//! Reads the tables of a plan: the head, the grades, the promises and the rows.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use serde_json::Value;

use super::read_measure;
use super::reader::{Faults, Node, Table};
use super::{Grade, Indicator, Plan, Promises, Reading};
use crate::figure::Figure;

/// What a row may refer to, gathered before any row is read, so that a faulty row causes no
/// follow-up faults elsewhere.
pub(super) struct Context {
    /// First and last year, if both can be read.
    years: Option<(FiscalYear, FiscalYear)>,
    /// The ids of all indicators with those of their readings.
    pub(super) ids: BTreeMap<String, BTreeSet<String>>,
}

impl Context {
    fn gather(value: &Value, years: Option<(FiscalYear, FiscalYear)>) -> Self {
        let rows = value
            .get("indicators")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let ids = rows.filter_map(|row| {
            let id = row.get("id")?.as_str()?.trim().to_owned();
            let readings = row.get("readings").and_then(Value::as_object);
            Some((
                id,
                readings
                    .into_iter()
                    .flat_map(|map| map.keys().cloned())
                    .collect(),
            ))
        });
        Self {
            years,
            ids: ids.collect(),
        }
    }
}

/// The plan, if its structure could be read at all; cycles are looked for afterwards.
pub(super) fn plan(value: &Value, faults: &mut Faults) -> Option<Plan> {
    let mut table = Node {
        value,
        place: String::new(),
    }
    .table(faults)?;
    let title = table.text("title", faults);
    let body = table.text("body", faults);
    let corporate_number = table
        .get("corporate_number")
        .and_then(|node| node.text(faults));
    let municipality_code = table
        .get("municipality_code")
        .and_then(|node| node.text(faults));
    let first = year(&mut table, "first_fiscal_year", faults);
    let last = year(&mut table, "last_fiscal_year", faults);
    let grades = rows(&mut table, "grades", faults, &mut grade);
    let promises = promises(&mut table, faults);
    let context = Context::gather(value, first.zip(last).filter(|(first, last)| first <= last));
    let mut row = |table: &mut Table<'_>, faults: &mut Faults| indicator(table, &context, faults);
    let indicators = rows(&mut table, "indicators", faults, &mut row);
    if table
        .required("indicators", faults)
        .is_some_and(|node| node.items().is_empty())
    {
        faults.add("indicators", "has no rows");
    }
    table.finish(faults);
    Some(Plan {
        title: title?,
        body: body?,
        corporate_number: corporate_number.map(|text| digits(&text)),
        municipality_code: municipality_code.map(|text| digits(&text)),
        first_fiscal_year: first?,
        last_fiscal_year: last?,
        grades,
        promises,
        indicators,
    })
}

/// Digits of either width, as the seed prints both.
fn digits(text: &str) -> String {
    banso_core::text::fold_width(text)
}

fn rows<T>(
    table: &mut Table<'_>,
    key: &'static str,
    faults: &mut Faults,
    read: &mut dyn FnMut(&mut Table<'_>, &mut Faults) -> Option<T>,
) -> Vec<T> {
    let Some(node) = table.get(key) else {
        return Vec::new();
    };
    let row = |node: Node<'_>| {
        let mut table = node.table(faults)?;
        let row = read(&mut table, faults);
        table.finish(faults);
        row
    };
    node.items().into_iter().filter_map(row).collect()
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

fn grade(table: &mut Table<'_>, faults: &mut Faults) -> Option<Grade> {
    let name = table.text("name", faults);
    let at_least = table
        .required("at_least", faults)
        .and_then(|node| node.figure(faults));
    Some(Grade {
        name: name?,
        at_least: at_least?,
    })
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

fn indicator(table: &mut Table<'_>, context: &Context, faults: &mut Faults) -> Option<Indicator> {
    let id = table
        .text("id", faults)
        .filter(|id| usable_id(id, &table.place_of("id"), faults));
    let section = table.free_text("section", faults);
    let label = table.text("label", faults);
    let unit = table.text("unit", faults);
    let baseline = figure(table, "baseline", faults);
    let targets = targets(table, context, faults);
    let note = table.free_text("note", faults);
    let (readings, ids) = readings(table, context, faults);
    let reading = match table.get("reading") {
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
    };
    Some(Indicator {
        id: id?,
        section,
        label: label?,
        unit: unit?,
        baseline,
        targets,
        reading: reading?,
        note,
        readings,
    })
}

/// An id stands in addresses and file names.
fn usable_id(id: &str, place: &str, faults: &mut Faults) -> bool {
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
    usable
}

fn targets(
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> BTreeMap<FiscalYear, Figure> {
    let mut targets = BTreeMap::new();
    let Some(entries) = table.get("targets").and_then(|node| node.table(faults)) else {
        return targets;
    };
    for (key, node) in entries
        .entries()
        .into_iter()
        .filter(|(_, node)| !node.value.is_null())
    {
        let parsed = key
            .parse::<FiscalYear>()
            .map_err(|detail| faults.add(&node.place, detail));
        let (Ok(year), Some(target)) = (parsed, node.figure(faults)) else {
            continue;
        };
        if target < Figure::ZERO {
            faults.add(&node.place, format!("{target} is below zero"));
        }
        if let Some((first, last)) = context.years.filter(|(f, l)| year < *f || year > *l) {
            let detail = format!("{year} lies outside the plan's {first} to {last}");
            faults.add(&node.place, detail);
        }
        if targets.insert(year, target).is_some() {
            faults.add(&node.place, format!("{year} has two targets"));
        }
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
        let Some(mut table) = node.table(faults) else {
            continue;
        };
        let reading = read_measure::reading(&mut table, context, faults);
        table.finish(faults);
        if let Some(reading) = reading.filter(|_| usable_id(id, &node.place, faults)) {
            readings.insert(id.clone(), reading);
        }
    }
    (readings, entries.into_iter().map(|(id, _)| id).collect())
}
