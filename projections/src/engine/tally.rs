//! Running totals by reading and year: every contribution is added once and taken back once.
//!
//! A distinct count is the number of keys with a multiplicity above zero, so nothing that is taken
//! back needs a special case.

use std::collections::HashMap;

use banso_core::calendar::FiscalYear;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::compile::ReadingId;
use super::judge::{Count, Key};
use super::sales::Outcome;
use crate::fact::atom::Atom;

/// Decimal places of the sum of growth rates.
pub(crate) const GROWTH_PLACES: u32 = 15;
/// Marks a key of several parts; no single part is of this sort.
const LIST: u8 = 32;

/// The totals of one reading in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events, distinct keys, or businesses.
    pub(crate) count: i64,
    /// Those of them that were there before the year was first closed.
    pub(crate) on_time: i64,
    /// Units of 10^-9; of growth readings the sum of the figures.
    pub(crate) amount: i128,
    /// The sum of the bases.
    pub(crate) base: i128,
    /// The sum of (figure / base − 1) × 100, each rounded down to 15 places.
    pub(crate) growth: i128,
    /// How many of those were rounded.
    pub(crate) rounded: i64,
}

/// All totals.
#[derive(Clone, Default)]
pub(crate) struct Tallies {
    /// By reading; of each what no other reading shares, so that totals of different readings merge.
    totals: Vec<OfReading>,
    /// Totals that changed since this was last cleared, if somebody watches.
    pub(crate) changed: Option<Vec<(ReadingId, FiscalYear)>>,
}

#[derive(Clone, Default)]
struct OfReading {
    /// Few.
    years: Vec<YearTotals>,
    lists: Lists,
}

#[derive(Clone)]
struct YearTotals {
    year: FiscalYear,
    tally: Tally,
    keys: HashMap<u64, Multiplicity, FixedState>,
}

#[derive(Clone, Copy, Default)]
struct Multiplicity {
    all: u32,
    on_time: u32,
}

impl Tallies {
    pub(crate) fn get(&self, reading: ReadingId, year: FiscalYear) -> Tally {
        let years = self
            .totals
            .get(usize::from(reading))
            .map_or(&[][..], |of| &of.years);
        let known = years.iter().find(|known| known.year == year);
        known.map_or_else(Tally::default, |known| known.tally)
    }

    /// Back to nothing; whoever watches for changes goes on watching.
    pub(crate) fn clear(&mut self) {
        self.totals.clear();
    }

    /// Every year in which anything was ever counted.
    pub(crate) fn years(&self) -> impl Iterator<Item = FiscalYear> + '_ {
        let totals = self.totals.iter().flat_map(|of| &of.years);
        totals
            .filter(|known| known.tally.count != 0)
            .map(|known| known.year)
    }

    /// Takes over the totals of readings that have none here.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.totals.len() < other.totals.len() {
            self.totals
                .resize_with(other.totals.len(), OfReading::default);
        }
        for (mine, theirs) in self.totals.iter_mut().zip(other.totals) {
            if mine.years.is_empty() {
                *mine = theirs;
            }
        }
    }

    /// Adds (`sign` 1) or takes back (−1) what an event adds.
    pub(crate) fn event(&mut self, reading: ReadingId, count: &Count, on_time: bool, sign: i64) {
        let of = self.touch(reading, count.year);
        let key = of.lists.number(&count.key);
        let totals = of.year(count.year);
        let (all, timely) = match key {
            None => (sign, if on_time { sign } else { 0 }),
            Some(key) => totals.multiply(key, on_time, sign),
        };
        totals.tally.count += all;
        totals.tally.on_time += timely;
        totals.tally.amount += count.amount * i128::from(sign);
    }

    /// Adds or takes back what the latest report of a business adds.
    pub(crate) fn outcome(
        &mut self,
        reading: ReadingId,
        outcome: &Outcome,
        on_time: bool,
        sign: i64,
    ) {
        let Some(base) = outcome.base.filter(|_| outcome.counts) else {
            return;
        };
        let of = self.touch(reading, outcome.year);
        let tally = &mut of.year(outcome.year).tally;
        tally.count += sign;
        tally.on_time += if on_time { sign } else { 0 };
        tally.amount += i128::from(outcome.figure * sign);
        tally.base += i128::from(base * sign);
        let (growth, exact) = growth(outcome.figure, base);
        tally.growth += growth * i128::from(sign);
        tally.rounded += if exact { 0 } else { sign };
    }

    fn touch(&mut self, reading: ReadingId, year: FiscalYear) -> &mut OfReading {
        if let Some(changed) = &mut self.changed {
            changed.push((reading, year));
        }
        let at = usize::from(reading);
        if self.totals.len() <= at {
            self.totals.resize_with(at + 1, OfReading::default);
        }
        &mut self.totals[at]
    }
}

impl OfReading {
    fn year(&mut self, year: FiscalYear) -> &mut YearTotals {
        let known = self.years.iter().position(|known| known.year == year);
        let at = known.unwrap_or(self.years.len());
        if at == self.years.len() {
            let (tally, keys) = (Tally::default(), HashMap::default());
            self.years.push(YearTotals { year, tally, keys });
        }
        &mut self.years[at]
    }
}

impl YearTotals {
    /// The change of the number of keys, and of those that are on time.
    fn multiply(&mut self, key: u64, on_time: bool, sign: i64) -> (i64, i64) {
        let known = self.keys.entry(key).or_default();
        let before = *known;
        let step = if sign > 0 { 1 } else { -1 };
        known.all = known.all.saturating_add_signed(step);
        if on_time {
            known.on_time = known.on_time.saturating_add_signed(step);
        }
        let after = *known;
        if after.all == 0 {
            self.keys.remove(&key);
        }
        let change = |before: u32, after: u32| i64::from(after > 0) - i64::from(before > 0);
        (
            change(before.all, after.all),
            change(before.on_time, after.on_time),
        )
    }
}

/// (figure / base − 1) × 100 rounded down to [`GROWTH_PLACES`], and whether that is exact.
/// A base of zero has no growth; the reading leaves it out.
fn growth(figure: i64, base: i64) -> (i128, bool) {
    let base = i128::from(base.max(1));
    let scaled = (i128::from(figure) - base) * 100 * 10_i128.pow(GROWTH_PLACES);
    (scaled.div_euclid(base), scaled.rem_euclid(base) == 0)
}

/// Keys of several parts, each with a number.
#[derive(Clone, Default)]
struct Lists {
    parts: Vec<u64>,
    ends: Vec<u32>,
    slots: HashTable<u32>,
}

impl Lists {
    /// A number for the key; none for the empty key, which keeps nothing apart.
    fn number(&mut self, key: &Key) -> Option<u64> {
        let parts = key.parts();
        if parts.len() < 2 {
            return parts.first().copied();
        }
        let hash = |parts: &[u64]| FixedState::default().hash_one(parts);
        let (known, ends) = (&self.parts, &self.ends);
        let list = |number: u32| {
            let at = number as usize;
            let from = at
                .checked_sub(1)
                .and_then(|before| ends.get(before))
                .copied()
                .unwrap_or(0);
            let to = ends.get(at).copied().unwrap_or(from);
            known.get(from as usize..to as usize).unwrap_or_default()
        };
        let found = self
            .slots
            .find(hash(parts), |number| list(*number) == parts)
            .copied();
        let number = match found {
            Some(number) => number,
            None => {
                let number = u32::try_from(self.ends.len()).ok()?;
                let end = u32::try_from(self.parts.len() + parts.len()).ok()?;
                self.slots
                    .insert_unique(hash(parts), number, |number| hash(list(*number)));
                self.parts.extend_from_slice(parts);
                self.ends.push(end);
                number
            }
        };
        Some(Atom::key(LIST, number).0)
    }
}
