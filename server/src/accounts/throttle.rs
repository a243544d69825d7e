//! Token buckets: so many at once, then one every so often. For logins and for requests.
//!
//! A bucket that has filled up again is forgotten, so memory is bounded. Knows no HTTP.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets kept before full ones are looked for.
const KEPT: usize = 10_000;

/// How much a bucket holds and how fast it fills.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// So many at once.
    pub(crate) burst: f64,
    /// So many a second after that.
    pub(crate) per_second: f64,
}

struct Bucket {
    left: f64,
    at: Instant,
}

/// One bucket a key, all of the same rate.
pub(crate) struct Throttle<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Hash + Eq> Throttle<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes one; how long to wait if the bucket is empty.
    pub(crate) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Rate { burst, per_second } = self.rate;
        let filled = |bucket: &Bucket| {
            let since = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left + since * per_second).min(burst)
        };
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| filled(bucket) < burst);
            // An attack from very many addresses: forgetting them all is better than growing.
            if buckets.len() >= KEPT {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            left: burst,
            at: now,
        });
        bucket.left = filled(bucket);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// Gives one back: the attempt was a right one.
    pub(crate) fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.left = (bucket.left + 1.0).min(self.rate.burst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_at_a_time_and_other_keys_are_not_concerned() {
        let throttle = Throttle::new(Rate {
            burst: 3.0,
            per_second: 0.1,
        });
        let start = Instant::now();
        for _ in 0..3 {
            assert!(throttle.take("a", start).is_ok());
        }
        let wait = throttle.take("a", start).unwrap_err();
        assert_eq!(wait.as_secs(), 10);
        assert!(throttle.take("b", start).is_ok());
        assert!(throttle.take("a", start + Duration::from_secs(11)).is_ok());
        throttle.give_back(&"a");
        assert!(throttle.take("a", start + Duration::from_secs(11)).is_ok());
    }
}
