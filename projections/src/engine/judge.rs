//! Does this event count for this reading, in which year, under which key? The only place that says.
//!
//! Looks at one event and what stands beside it. Readings that compare figures choose among
//! several events of a business and live in [`super::sales`].

use std::ops::ControlFlow;

use banso_core::calendar::FiscalYear;
use chrono::{Datelike, Months, NaiveDate};

use super::compile::{Condition, Measure, Part, Reading};
use super::effects::Version;
use super::view::View;
use crate::fact::atom::{Atom, Tag};
use crate::fact::{NONE, Position};
use crate::figure::Figure;
use crate::plan::{MAX_KEY_PARTS, When};

/// What an event adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) year: FiscalYear,
    /// What makes it distinct; empty where every event counts.
    pub(crate) key: Key,
    /// In units of 10^-9; 0 where nothing is summed.
    pub(crate) amount: i128,
}

/// Up to [`MAX_KEY_PARTS`] parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    parts: [u64; MAX_KEY_PARTS],
    len: u8,
}

impl Key {
    fn push(&mut self, atom: Atom) {
        if let Some(part) = self.parts.get_mut(usize::from(self.len)) {
            *part = atom.0;
            self.len += 1;
        }
    }

    pub(crate) fn parts(&self) -> &[u64] {
        self.parts.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Sorts of key parts that are no data.
const SUBJECT: u8 = 0;
const KIND: u8 = 16;

/// Days from the common era as a date.
pub(crate) fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MIN)
}

/// What a reading makes of one version of an event.
pub(crate) fn judge(
    view: &View<'_>,
    reading: &Reading,
    position: Position,
    version: &Version,
) -> Option<Count> {
    if !selects(view, reading, version) {
        return None;
    }
    let unmet = |condition: &Condition| !holds(view, condition, position, version);
    if reading.conditions.iter().any(unmet) {
        return None;
    }
    let key = match &reading.measure {
        Measure::Distinct(parts) => key(view, parts, position, version)?,
        _ => Key::default(),
    };
    let amount = match &reading.measure {
        Measure::Sum(field) => number(view, version, *field),
        _ => 0,
    };
    Some(Count {
        year: year(view, reading, version),
        key,
        amount,
    })
}

/// True if the event's own fields and month fit.
pub(crate) fn selects(view: &View<'_>, reading: &Reading, version: &Version) -> bool {
    let month = || date(version.day).month();
    view.passes(version, &reading.tests)
        && (reading.months == u16::MAX || reading.months & (1 << month()) != 0)
}

/// The fiscal year in which a version counts.
pub(crate) fn year(view: &View<'_>, reading: &Reading, version: &Version) -> FiscalYear {
    let by = reading.year_by.and_then(|by| {
        let atom = view.value(version, by.field)?;
        if by.period {
            period_end(&text_of(view, atom))
        } else {
            atom.as_day().map(|day| FiscalYear::of(date(day)))
        }
    });
    by.unwrap_or_else(|| FiscalYear::of(date(version.day)))
}

fn text_of(view: &View<'_>, atom: Atom) -> String {
    match atom.tag() {
        Tag::Text => view.facts.symbols.text_of(atom.number()).to_owned(),
        Tag::Date => String::new(),
        _ => atom.signed().to_string(),
    }
}

/// The fiscal year in which a period ends: `2025Q4`, `2025-Q4` (calendar quarter), `2025-11`,
/// `2025`, `R7`, `R7Q4` (fiscal quarter). None for any other text.
fn period_end(text: &str) -> Option<FiscalYear> {
    let quarter = |text: &str| match text {
        "1" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        "4" => Some(4),
        _ => None,
    };
    if let Some(era) = text.strip_prefix('R') {
        let (year, part) = era.split_once('Q').unwrap_or((era, "1"));
        quarter(part)?;
        return digits(year).map(|year| FiscalYear(2018 + year));
    }
    let (year, rest) = (text.get(..4).and_then(digits)?, text.get(4..)?);
    let month = match rest.strip_prefix('-').unwrap_or(rest) {
        "" if rest.is_empty() => 12,
        part if part.starts_with('Q') => quarter(part.get(1..)?)? * 3,
        part if rest.starts_with('-') && part.len() == 2 => digits(part)?,
        _ => return None,
    };
    let month = u32::try_from(month).ok()?;
    NaiveDate::from_ymd_opt(year, month, 1).map(FiscalYear::of)
}

fn digits(text: &str) -> Option<i32> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A number field in units of 10^-9; nothing where the field is absent.
fn number(view: &View<'_>, version: &Version, field: u16) -> i128 {
    match view.value(version, field) {
        Some(atom) if atom.tag() == Tag::Int => Figure::whole(i128::from(atom.signed())).to_sum(),
        Some(atom) if atom.tag() == Tag::Decimal => {
            Figure::parse(view.facts.symbols.text_of(atom.number())).map_or(0, Figure::to_sum)
        }
        _ => 0,
    }
}

/// The key; none if a part is missing, because what has no key is not distinct from anything.
pub(crate) fn key(
    view: &View<'_>,
    parts: &[Part],
    position: Position,
    version: &Version,
) -> Option<Key> {
    let mut key = Key::default();
    for part in parts {
        key.push(atom(view, part, position, version)?);
    }
    Some(key)
}

fn atom(view: &View<'_>, part: &Part, position: Position, version: &Version) -> Option<Atom> {
    let fact = view.fact(position);
    match part {
        Part::Business => match view.root(position, version) {
            NONE => None,
            business => Some(Atom::uuid(business)),
        },
        Part::Subject => Some(Atom::key(SUBJECT + fact.subject_kind() as u8, fact.subject)),
        Part::Kind => Some(Atom::key(KIND, u32::from(fact.kind))),
        Part::Day => Some(Atom::date(version.day)),
        Part::Field(field) => view.value(version, *field),
        Part::FirstOf(parts) => parts
            .iter()
            .find_map(|part| atom(view, part, position, version)),
    }
}

/// True if another effective event stands beside this one as the condition wants, or none does.
pub(crate) fn holds(
    view: &View<'_>,
    condition: &Condition,
    position: Position,
    version: &Version,
) -> bool {
    stands_beside(view, condition, position, version, version.day) == condition.wanted
}

fn stands_beside(
    view: &View<'_>,
    condition: &Condition,
    position: Position,
    version: &Version,
    counted_day: i32,
) -> bool {
    let mut see = |other: Position, _: Version| match view.counting(other) {
        Some(effective) if fits(view, condition, other, &effective, counted_day) => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    view.beside(
        position,
        version,
        &condition.same,
        &condition.kinds,
        &mut see,
    )
    .is_break()
}

/// True if one event is what a condition looks for. Dates are always the counted event's.
pub(crate) fn fits(
    view: &View<'_>,
    condition: &Condition,
    other: Position,
    version: &Version,
    counted_day: i32,
) -> bool {
    fits_itself(view, condition, version, counted_day)
        && condition
            .having
            .iter()
            .all(|nested| stands_beside(view, nested, other, version, counted_day))
}

/// The same without what has to stand beside the other event in turn.
pub(crate) fn fits_itself(
    view: &View<'_>,
    condition: &Condition,
    version: &Version,
    counted_day: i32,
) -> bool {
    lies_right(condition, version.day, counted_day) && view.passes(version, &condition.tests)
}

fn lies_right(condition: &Condition, other: i32, counted: i32) -> bool {
    let in_order = match condition.when {
        When::OnOrBefore => other <= counted,
        When::Before => other < counted,
        When::Any => true,
    };
    let in_months = condition.within_months.is_none_or(|months| {
        let last = date(other)
            .checked_add_months(Months::new(months))
            .unwrap_or(NaiveDate::MAX);
        other <= counted && date(counted) <= last
    });
    let in_years = condition.within_years.is_none_or(|years| {
        let distance = FiscalYear::of(date(counted)).0 - FiscalYear::of(date(other)).0;
        (0..=years).contains(&distance)
    });
    in_order && in_months && in_years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_counts_in_the_fiscal_year_in_which_it_ends() {
        let year = |text: &str| period_end(text).map(|year| year.0);
        for (text, wanted) in [
            ("2025Q4", 2025),
            ("2025-Q4", 2025),
            ("2026Q1", 2025),
            ("2026-Q2", 2026),
            ("2026-03", 2025),
            ("2026-04", 2026),
            ("2025", 2025),
            ("R7", 2025),
            ("R7Q4", 2025),
            ("R8Q1", 2026),
        ] {
            assert_eq!(year(text), Some(wanted), "{text}");
        }
        for text in [
            "", "春", "2025Q5", "2025-13", "2025-1", "R", "R7Q0", "2025/11", "20251", "R7-Q4",
        ] {
            assert_eq!(year(text), None, "{text}");
        }
    }
}
