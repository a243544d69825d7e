//! The seeded source of all variation; the same seed gives the same history.
//!
//! Knows no event. No other module of the demo draws a random number in another way.

use chrono::{DateTime, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

use super::days;

/// A seeded random number generator with the few draws that the demo needs.
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// One item of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }

    /// Several different items in the list's order.
    pub(super) fn some<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = count.min(items.len());
        let mut chosen = Vec::with_capacity(left);
        for (at, item) in items.iter().enumerate() {
            if left > 0 && self.0.random_range(0..items.len() - at) < left {
                chosen.push(*item);
                left -= 1;
            }
        }
        chosen
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }

    /// A UUIDv7 (RFC 9562) as a device would make it at that instant.
    pub(super) fn uuid(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut noise = [0; 10];
        self.0.fill(&mut noise);
        uuid_v7(at, noise)
    }

    /// A working day between two days, the months weighted from April on; any day of the span
    /// where the weights find none in it.
    pub(super) fn season(
        &mut self,
        weights: &[i64; 12],
        from: NaiveDate,
        to: NaiveDate,
    ) -> NaiveDate {
        let total = weights.iter().sum::<i64>();
        let fiscal = days::fiscal_year(from);
        for _ in 0..12 {
            let mut rest = self.between(0, total - 1);
            let mut month = 0;
            for weight in weights {
                if rest < *weight {
                    break;
                }
                rest -= weight;
                month += 1;
            }
            let first = days::month_of_year(fiscal, month);
            let day = days::working_from(days::plus(first, self.between(0, 27)));
            if (from..=to).contains(&day) {
                return day;
            }
        }
        self.day(from, to)
    }

    /// A working day between two days, each as likely; `from` itself where there is none.
    pub(super) fn day(&mut self, from: NaiveDate, to: NaiveDate) -> NaiveDate {
        let span = (to - from).num_days().max(0);
        let day = days::working_from(days::plus(from, self.between(0, span)));
        if day <= to { day } else { from }
    }
}

/// A UUIDv7 of an instant and ten bytes.
pub(super) fn uuid_v7(at: DateTime<Utc>, noise: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &noise).into_uuid()
}

/// A UUIDv7 of an instant and a name: the same whatever the seed.
pub(super) fn named_uuid(at: DateTime<Utc>, name: &str) -> Uuid {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
    let mut noise = [0; 10];
    noise.copy_from_slice(&hash.as_bytes()[..10]);
    uuid_v7(at, noise)
}
