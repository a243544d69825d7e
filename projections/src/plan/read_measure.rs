//! Reads one reading: its measure with the keys, fields and indicators that it needs.

use banso_core::event::EventType;
use banso_core::shape::Shape;

use super::context::Context;
use super::read_select::{event_types, field, has_business, select, single, summable, whole};
use super::reader::{Faults, Node, Table};
use super::{Base, Change, KeyPart, Measure, Pick, Reading, Sales, Select};

/// More parts than any key needs; a key is a small value in the fold.
pub(crate) const MAX_KEY_PARTS: usize = 4;
/// Dates by which the latest report may be found.
pub(crate) const MAX_LATEST_BY: usize = 3;

/// One reading; none after a fault that leaves no measure.
pub(super) fn reading(
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> Option<Reading> {
    let label = table.get("label").and_then(|node| node.text(faults));
    let name = table.text("measure", faults);
    match name.as_deref() {
        Some(name @ ("sum_of" | "ratio")) => {
            let measure = derived(name, table, context, faults);
            measure.map(|measure| Reading {
                label,
                measure,
                select: Select::default(),
            })
        }
        Some(name @ ("events" | "distinct" | "sum" | "sales_increased" | "sales_growth")) => {
            let (select, types) = select(Some(name), table, faults);
            let measure = counted(name, table, &types, faults);
            Some(Reading {
                label,
                measure: measure?,
                select,
            })
        }
        unknown => {
            if let Some(name) = unknown {
                let known = "events, distinct, sum, sum_of, ratio, sales_increased, sales_growth";
                let detail = format!("unknown measure \"{name}\"; there are {known}");
                faults.add(&table.place_of("measure"), detail);
            }
            unmeasured(table, context, faults);
            None
        }
    }
}

/// Checks what says the same under every measure that may have been meant.
fn unmeasured(table: &mut Table<'_>, context: &Context, faults: &mut Faults) {
    let (_, types) = select(None, table, faults);
    if let Some(node) = table.get("key") {
        key(&node, &types, faults);
    }
    for name in ["indicators", "a", "b"] {
        let node = table.get(name);
        for item in node.iter().flat_map(Node::items) {
            pick(&item, context, faults);
        }
    }
    for name in [
        "percent",
        "field",
        "base",
        "latest_by",
        "change",
        "aggregate",
    ] {
        table.get(name);
    }
}

fn derived(
    name: &str,
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> Option<Measure> {
    if name == "sum_of" {
        let node = table.required("indicators", faults)?;
        let picks = node
            .items()
            .iter()
            .filter_map(|item| pick(item, context, faults))
            .collect();
        return Some(Measure::SumOf { indicators: picks });
    }
    let (a, b) = terms(table, context, faults);
    let percent = table.flag("percent", faults);
    Some(match (a, b) {
        (Some(a), Some(b)) => Measure::Ratio { a, b, percent },
        // Already a fault; what is left of it may still count itself.
        (a, b) => Measure::SumOf {
            indicators: a.into_iter().chain(b).collect(),
        },
    })
}

/// Dividend and divisor: `a` and `b`, or both in this order as `indicators`.
fn terms(
    table: &mut Table<'_>,
    context: &Context,
    faults: &mut Faults,
) -> (Option<Pick>, Option<Pick>) {
    let Some(listed) = table.get("indicators") else {
        let mut one = |key| {
            let node = table.required(key, faults);
            node.and_then(|node| pick(&node, context, faults))
        };
        return (one("a"), one("b"));
    };
    let items = listed.items();
    let mut picks: Vec<_> = items
        .iter()
        .map(|item| pick(item, context, faults))
        .collect();
    if items.len() != 2 {
        let detail = "a ratio has two, the dividend and the divisor";
        faults.add(&listed.place, detail);
    }
    let beside: Vec<_> = ["a", "b"]
        .into_iter()
        .filter_map(|key| table.get(key))
        .collect();
    if !beside.is_empty() {
        let detail = "stands beside a and b; write one or the other";
        faults.add(&listed.place, detail);
    }
    picks.extend(beside.iter().map(|node| pick(node, context, faults)));
    let mut picks = picks.into_iter();
    (picks.next().flatten(), picks.next().flatten())
}

fn pick(node: &Node<'_>, context: &Context, faults: &mut Faults) -> Option<Pick> {
    let pick = if node.value.is_object() {
        let mut table = node.table(faults)?;
        let indicator = table.text("indicator", faults);
        let reading = table.get("reading").and_then(|node| node.text(faults));
        table.finish(faults);
        Pick {
            indicator: indicator?,
            reading,
        }
    } else {
        Pick {
            indicator: node.text(faults)?,
            reading: None,
        }
    };
    let Some(readings) = context.ids.get(&pick.indicator) else {
        faults.add(
            &node.place,
            format!("unknown indicator \"{}\"", pick.indicator),
        );
        return None;
    };
    match &pick.reading {
        Some(reading) if !readings.contains(reading) => {
            let detail = format!("{} has no reading \"{reading}\"", pick.indicator);
            faults.add(&node.place, detail);
            None
        }
        _ => Some(pick),
    }
}

fn counted(
    name: &str,
    table: &mut Table<'_>,
    types: &[&'static EventType],
    faults: &mut Faults,
) -> Option<Measure> {
    match name {
        "events" => Some(Measure::Events),
        "distinct" => {
            let node = table.required("key", faults)?;
            let key = key(&node, types, faults);
            Some(Measure::Distinct { key })
        }
        "sum" => {
            let node = table.required("field", faults)?;
            let field_name = node.text(faults)?;
            field(&field_name, types, summable, &node.place, faults);
            Some(Measure::Sum { field: field_name })
        }
        _ => {
            let sales = sales(table, types, faults);
            Some(if name == "sales_increased" {
                let change = change(table, faults);
                Measure::SalesIncreased {
                    sales: sales?,
                    change,
                }
            } else {
                let aggregate = table.flag("aggregate", faults);
                Measure::SalesGrowth {
                    sales: sales?,
                    aggregate,
                }
            })
        }
    }
}

fn key(node: &Node<'_>, types: &[&'static EventType], faults: &mut Faults) -> Vec<KeyPart> {
    let items = node.items();
    if items.is_empty() || items.len() > MAX_KEY_PARTS {
        faults.add(&node.place, format!("a key has 1 to {MAX_KEY_PARTS} parts"));
    }
    let part = |item: &Node<'_>| key_part(item, types, faults);
    items.iter().filter_map(part).collect()
}

fn key_part(node: &Node<'_>, types: &[&'static EventType], faults: &mut Faults) -> Option<KeyPart> {
    if !node.value.is_object() {
        let name = node.text(faults)?;
        return key_name(&name, types, &node.place, faults).then_some(KeyPart::Name(name));
    }
    let mut table = node.table(faults)?;
    let names = table.required("first_of", faults);
    table.finish(faults);
    let names = names?.texts(faults);
    let usable = names
        .iter()
        .filter(|(name, place)| key_name(name, types, place, faults))
        .count();
    let all = usable == names.len();
    all.then(|| KeyPart::FirstOf(names.into_iter().map(|(name, _)| name).collect()))
}

fn key_name(name: &str, types: &[&'static EventType], place: &str, faults: &mut Faults) -> bool {
    match name {
        "subject" | "type" | "occurred_on" => true,
        "business" => {
            let mut without = types.iter().filter(|known| !has_business(known)).peekable();
            let all = without.peek().is_none();
            without.for_each(|known| faults.add(place, format!("{} has no business", known.name)));
            all
        }
        _ => field(name, types, single, place, faults),
    }
}

fn sales(
    table: &mut Table<'_>,
    types: &[&'static EventType],
    faults: &mut Faults,
) -> Option<Sales> {
    for known in types.iter().filter(|known| !has_business(known)) {
        faults.add(
            &table.place_of("of"),
            format!("{} has no business", known.name),
        );
    }
    let node = table.get("field");
    let place = node
        .as_ref()
        .map_or_else(|| table.place_of("field"), |node| node.place.clone());
    let figure = node.map_or_else(|| Some("sales".to_owned()), |node| node.text(faults));
    if let Some(figure) = &figure {
        field(figure, types, whole, &place, faults);
    }
    let base = match table.get("base") {
        Some(node) => base(&node, types, faults),
        None => {
            let place = table.place_of("base");
            let name = "comparison_sales";
            field(name, types, whole, &place, faults).then(|| Base::Field(name.to_owned()))
        }
    };
    let latest_by = table.get("latest_by").map_or_else(
        || vec!["occurred_on".to_owned()],
        |node| {
            let dated = |shape| shape == Shape::Date;
            let names = node.texts(faults);
            if names.len() > MAX_LATEST_BY {
                faults.add(&node.place, format!("names at most {MAX_LATEST_BY} dates"));
            }
            let fits = |(name, place): &(String, String)| {
                name == "occurred_on" || field(name, types, dated, place, faults)
            };
            names
                .into_iter()
                .filter(fits)
                .map(|(name, _)| name)
                .collect()
        },
    );
    Some(Sales {
        field: figure?,
        base: base?,
        latest_by,
    })
}

fn change(table: &mut Table<'_>, faults: &mut Faults) -> Change {
    let Some(node) = table.get("change") else {
        return Change::default();
    };
    let known = Change::NAMES
        .iter()
        .find(|(_, name)| node.value.as_str() == Some(name));
    known.map_or_else(
        || {
            let detail = format!("{} is none of increased, unchanged, decreased", node.value);
            faults.add(&node.place, detail);
            Change::default()
        },
        |(change, _)| *change,
    )
}

fn base(node: &Node<'_>, types: &[&'static EventType], faults: &mut Faults) -> Option<Base> {
    if !node.value.is_object() {
        let name = node.text(faults)?;
        return field(&name, types, whole, &node.place, faults).then_some(Base::Field(name));
    }
    let mut table = node.table(faults)?;
    let kind = table.required("type", faults);
    let name = table.text("field", faults);
    let place = table.place_of("field");
    table.finish(faults);
    let (kinds, of) = event_types(&kind?, faults);
    let name = name.filter(|name| field(name, &of, whole, &place, faults))?;
    Some(Base::Latest {
        kind: kinds.into_iter().next()?,
        field: name,
    })
}
