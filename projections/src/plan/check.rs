//! What a plan must be as a whole: codes with true check digits, an order, no cycles, small enough.
//!
//! Each check takes the parts that it needs and no more, so that a fault elsewhere hides nothing.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::calendar::FiscalYear;
use banso_core::shape::CorporateNumber;

use super::reader::Faults;
use super::{Indicator, MAX_PLAN_BYTES, Plan};
use crate::figure::Figure;

/// First and last year must lie in order and not too far apart.
pub(super) fn period(first: FiscalYear, last: FiscalYear, faults: &mut Faults) {
    if first > last {
        faults.add(
            "last_fiscal_year",
            format!("{last} lies before the first year {first}"),
        );
    } else if last.0 - first.0 >= 20 {
        faults.add("last_fiscal_year", "a plan has at most 20 years");
    }
}

/// 法人番号.
pub(super) fn corporate_number(number: &str, faults: &mut Faults) {
    if let Err(detail) = CorporateNumber::parse(number) {
        faults.add("corporate_number", detail);
    }
}

/// 全国地方公共団体コード of a municipality.
pub(super) fn municipality_code(code: &str, faults: &mut Faults) {
    let detail = if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("\"{code}\" is not a code of 6 digits")
    } else if !municipality_checks(code.as_bytes()) {
        format!("the check digit of \"{code}\" is wrong")
    } else {
        return;
    };
    faults.add("municipality_code", detail);
}

/// 全国地方公共団体コード: weights 6 to 2, the last digit of 11 − sum mod 11 (MIC, 昭和43年).
fn municipality_checks(digits: &[u8]) -> bool {
    let weighted = digits.iter().zip([6, 5, 4, 3, 2]);
    let sum: u32 = weighted
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = (11 - sum % 11) % 10;
    digits
        .last()
        .is_some_and(|last| u32::from(last - b'0') == check)
}

/// Row of the file, name and bound of a grade, as far as they can be read.
pub(super) type GradeRow = (usize, Option<String>, Option<Figure>);

/// Names must differ, bounds fall.
pub(super) fn grades(rows: &[GradeRow], faults: &mut Faults) {
    let mut names = BTreeSet::new();
    let mut above: Option<Figure> = None;
    for (at, name, at_least) in rows {
        if let Some(name) = name.as_ref().filter(|name| !names.insert(*name)) {
            let detail = format!("\"{name}\" stands twice");
            faults.add(&format!("grades[{at}].name"), detail);
        }
        let Some(at_least) = *at_least else {
            continue;
        };
        if let Some(above) = above.filter(|above| at_least >= *above) {
            let detail = format!("{at_least} is not below {above} before it");
            faults.add(&format!("grades[{at}].at_least"), detail);
        }
        above = Some(at_least);
    }
}

/// A reading as (place among the indicators, reading).
type Vertex<'a> = (usize, &'a str);

/// No reading may count itself. `rows` are the indicators with their rows of the file.
///
/// A pick without a reading may be any of the indicator's, whichever comes into force.
pub(super) fn cycles(rows: &[(usize, Indicator)], faults: &mut Faults) {
    let mut parts: BTreeMap<Vertex<'_>, Vec<Vertex<'_>>> = BTreeMap::new();
    for (vertex, (_, indicator)) in rows.iter().enumerate() {
        for (id, reading) in &indicator.readings {
            let picked = reading.measure.picks().into_iter().flat_map(|pick| {
                let mut targets = rows.iter().enumerate();
                let target = targets.find(|(_, (_, target))| target.id == pick.indicator);
                let ids = target.into_iter().flat_map(|(at, (_, target))| {
                    target.readings.keys().map(move |id| (at, id.as_str()))
                });
                ids.filter(|(_, id)| pick.reading.as_ref().is_none_or(|wanted| wanted == id))
            });
            parts.insert((vertex, id), picked.collect());
        }
    }
    let name = |(at, reading): Vertex<'_>| {
        let id = rows.get(at).map_or("", |(_, indicator)| &indicator.id);
        format!("{id}/{reading}")
    };
    let mut settled = BTreeSet::new();
    for (vertex, (at, indicator)) in rows.iter().enumerate() {
        for id in indicator.readings.keys() {
            let mut path = Vec::new();
            if let Some(around) = cycle((vertex, id), &parts, &mut settled, &mut path) {
                let around: Vec<_> = around.into_iter().map(name).collect();
                let place = format!("indicators[{at}].readings.{id}");
                faults.add(&place, format!("counts itself: {}", around.join(" → ")));
            }
        }
    }
}

fn cycle<'a>(
    at: Vertex<'a>,
    parts: &BTreeMap<Vertex<'a>, Vec<Vertex<'a>>>,
    settled: &mut BTreeSet<Vertex<'a>>,
    path: &mut Vec<Vertex<'a>>,
) -> Option<Vec<Vertex<'a>>> {
    if let Some(start) = path.iter().position(|visited| *visited == at) {
        return Some(path.iter().skip(start).chain([&at]).copied().collect());
    }
    if settled.contains(&at) {
        return None;
    }
    path.push(at);
    let found = parts
        .get(&at)
        .into_iter()
        .flatten()
        .find_map(|next| cycle(*next, parts, settled, path));
    path.pop();
    settled.insert(at);
    found
}

/// The plan must fit into an entry; of a faulty plan, what could be read of it.
pub(super) fn size(plan: &Plan, faults: &mut Faults) {
    let json = plan.to_json();
    let bytes = json
        .as_object()
        .and_then(|object| banso_core::json::canonical(object).ok());
    let bytes = bytes.map_or(usize::MAX, |text| text.len());
    if bytes > MAX_PLAN_BYTES {
        faults.add(
            "",
            format!("has {bytes} bytes as JSON; at most {MAX_PLAN_BYTES} fit an entry"),
        );
    }
}
