//! What a plan must be as a whole: unique ids, codes with true check digits, no cycles, small enough.

use std::collections::{BTreeMap, BTreeSet};

use banso_core::shape::CorporateNumber;

use super::reader::Faults;
use super::{MAX_PLAN_BYTES, Plan};

/// Adds every fault of the whole.
pub(super) fn plan(plan: &Plan, faults: &mut Faults) {
    if plan.first_fiscal_year > plan.last_fiscal_year {
        let (first, last) = (plan.first_fiscal_year, plan.last_fiscal_year);
        faults.add(
            "last_fiscal_year",
            format!("{last} lies before the first year {first}"),
        );
    } else if plan.last_fiscal_year.0 - plan.first_fiscal_year.0 >= 20 {
        faults.add("last_fiscal_year", "a plan has at most 20 years");
    }
    codes(plan, faults);
    grades(plan, faults);
    ids(plan, faults);
    cycles(plan, faults);
    if faults.is_empty() {
        size(plan, faults);
    }
}

fn codes(plan: &Plan, faults: &mut Faults) {
    if let Some(number) = &plan.corporate_number
        && let Err(detail) = CorporateNumber::parse(number)
    {
        faults.add("corporate_number", detail);
    }
    if let Some(code) = &plan.municipality_code {
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            faults.add(
                "municipality_code",
                format!("\"{code}\" is not a code of 6 digits"),
            );
        } else if !municipality_checks(code.as_bytes()) {
            faults.add(
                "municipality_code",
                format!("the check digit of \"{code}\" is wrong"),
            );
        }
    }
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

fn grades(plan: &Plan, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (at, grade) in plan.grades.iter().enumerate() {
        if !names.insert(&grade.name) {
            faults.add(
                &format!("grades[{at}].name"),
                format!("\"{}\" stands twice", grade.name),
            );
        }
        let above = at.checked_sub(1).and_then(|before| plan.grades.get(before));
        if let Some(above) = above.filter(|above| grade.at_least >= above.at_least) {
            let detail = format!(
                "{} is not below {} before it",
                grade.at_least, above.at_least
            );
            faults.add(&format!("grades[{at}].at_least"), detail);
        }
    }
}

fn ids(plan: &Plan, faults: &mut Faults) {
    let mut seen = BTreeMap::new();
    for (at, indicator) in plan.indicators.iter().enumerate() {
        if let Some(first) = seen.insert(&indicator.id, at) {
            let detail = format!("\"{}\" is the id of indicators[{first}] too", indicator.id);
            faults.add(&format!("indicators[{at}].id"), detail);
        }
    }
}

/// A reading as (indicator, reading).
type Vertex<'a> = (&'a str, &'a str);

/// A pick without a reading may be any of the indicator's, whichever comes into force.
fn cycles(plan: &Plan, faults: &mut Faults) {
    let mut parts: BTreeMap<Vertex<'_>, Vec<Vertex<'_>>> = BTreeMap::new();
    for indicator in &plan.indicators {
        for (id, reading) in &indicator.readings {
            let picked = reading.measure.picks().into_iter().flat_map(|pick| {
                let target = plan
                    .indicator(&pick.indicator)
                    .map(|(_, indicator)| indicator);
                let ids = target.into_iter().flat_map(|target| target.readings.keys());
                ids.filter(|id| pick.reading.as_ref().is_none_or(|wanted| wanted == *id))
                    .map(|id| (pick.indicator.as_str(), id.as_str()))
            });
            parts.insert((&indicator.id, id), picked.collect());
        }
    }
    let mut settled = BTreeSet::new();
    for (at, indicator) in plan.indicators.iter().enumerate() {
        for id in indicator.readings.keys() {
            let mut path = Vec::new();
            if let Some(around) = cycle((&indicator.id, id), &parts, &mut settled, &mut path) {
                let place = format!("indicators[{at}].readings.{id}");
                faults.add(&place, format!("counts itself: {around}"));
            }
        }
    }
}

fn cycle<'a>(
    at: Vertex<'a>,
    parts: &BTreeMap<Vertex<'a>, Vec<Vertex<'a>>>,
    settled: &mut BTreeSet<Vertex<'a>>,
    path: &mut Vec<Vertex<'a>>,
) -> Option<String> {
    if let Some(start) = path.iter().position(|visited| *visited == at) {
        let around = path.iter().skip(start).chain([&at]);
        return Some(
            around
                .map(|(id, reading)| format!("{id}/{reading}"))
                .collect::<Vec<_>>()
                .join(" → "),
        );
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

fn size(plan: &Plan, faults: &mut Faults) {
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
