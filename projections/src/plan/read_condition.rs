//! Reads `having` and `without`: which other events stand beside a counted one.
//!
//! Knows the two ways to write a condition, a bare name and a table; what the events hold is read in
//! `read_select`.

use banso_core::event::EventType;

use super::read_select::{event_types, field, filter, has_business, single};
use super::reader::{Faults, Node, Table};
use super::{Condition, Filter, When};

/// Nothing in a plan nests deeper than this.
const MAX_DEPTH: usize = 4;

/// The conditions of a list, all of which have to hold: one of its bare names, if there are any,
/// and one of each table.
pub(super) fn conditions(
    table: &mut Table<'_>,
    key: &'static str,
    beside: &[&'static EventType],
    depth: usize,
    faults: &mut Faults,
) -> Vec<Condition> {
    let Some(node) = table.get(key) else {
        return Vec::new();
    };
    if depth >= MAX_DEPTH {
        faults.add(
            &node.place,
            format!("conditions nest at most {MAX_DEPTH} deep"),
        );
        return Vec::new();
    }
    let (tables, names): (Vec<_>, Vec<_>) = node
        .items()
        .into_iter()
        .partition(|item| item.value.is_object());
    let mut conditions: Vec<Condition> = any_of(&names, beside, faults).into_iter().collect();
    let table = |item: &Node<'_>| condition(item, beside, depth, faults);
    conditions.extend(tables.iter().filter_map(table));
    conditions
}

/// The bare names of a list are one condition, met by an event of any of them.
fn any_of(
    names: &[Node<'_>],
    beside: &[&'static EventType],
    faults: &mut Faults,
) -> Option<Condition> {
    let mut kinds = Vec::new();
    let same = vec!["business".to_owned()];
    for node in names {
        let (names, types) = event_types(node, faults);
        shares(&same, &node.place, &types, beside, faults);
        kinds.extend(names);
    }
    (!kinds.is_empty()).then(|| Condition {
        kinds,
        filter: Filter::default(),
        same,
        when: When::default(),
        within_months: None,
        within_fiscal_years: None,
        having: Vec::new(),
    })
}

/// A table is a condition of its own.
fn condition(
    node: &Node<'_>,
    beside: &[&'static EventType],
    depth: usize,
    faults: &mut Faults,
) -> Option<Condition> {
    let mut table = node.table(faults)?;
    let kind = table.required("type", faults);
    let (kinds, types) = kind.map_or_else(Default::default, |kind| event_types(&kind, faults));
    let filter = filter(&mut table, &types, faults);
    let place = table.place_of("same");
    let same: Vec<String> = table.get("same").map_or_else(
        || vec!["business".to_owned()],
        |node| {
            node.texts(faults)
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        },
    );
    shares(&same, &place, &types, beside, faults);
    let when = when(&mut table, faults);
    let within_months = table
        .get("within_months")
        .and_then(|node| node.count(faults));
    let within_fiscal_years = table
        .get("within_fiscal_years")
        .and_then(|node| node.count(faults));
    let having = conditions(&mut table, "having", &types, depth + 1, faults);
    table.finish(faults);
    (!kinds.is_empty()).then_some(Condition {
        kinds,
        filter,
        same,
        when,
        within_months,
        within_fiscal_years,
        having,
    })
}

fn when(table: &mut Table<'_>, faults: &mut Faults) -> When {
    let Some(node) = table.get("when") else {
        return When::default();
    };
    match node.value.as_str() {
        Some("on_or_before") => When::OnOrBefore,
        Some("before") => When::Before,
        Some("any") => When::Any,
        _ => {
            faults.add(
                &node.place,
                format!("{} is none of on_or_before, before, any", node.value),
            );
            When::default()
        }
    }
}

/// Both sides of a condition must have what they share, and one index to find each other by.
fn shares(
    same: &[String],
    place: &str,
    types: &[&'static EventType],
    beside: &[&'static EventType],
    faults: &mut Faults,
) {
    if !same
        .iter()
        .any(|name| name == "business" || name == "subject")
    {
        faults.add(place, "must hold \"business\" or \"subject\"");
    }
    for name in same {
        match name.as_str() {
            "business" => {
                for known in types
                    .iter()
                    .chain(beside)
                    .filter(|known| !has_business(known))
                {
                    faults.add(place, format!("{} has no business", known.name));
                }
            }
            "subject" => {
                let kinds = |list: &[&'static EventType]| list.first().and_then(|t| t.subject);
                let known = !types.is_empty() && !beside.is_empty();
                if known && kinds(types) != kinds(beside) {
                    faults.add(place, "the two types belong to different kinds of subject");
                }
            }
            name => {
                field(name, types, single, place, faults);
                field(name, beside, single, place, faults);
            }
        }
    }
}
