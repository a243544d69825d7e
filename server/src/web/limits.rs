//! How often an address may ask without showing who it is. Callers who are recognised are not
//! counted: their limit is the intake itself.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::accounts::throttle::{Rate, Throttle};

/// Reads of what is open to anybody: checkpoint, tiles, published results.
const ANONYMOUS: Rate = Rate {
    burst: 5000.0,
    per_second: 500.0,
};
/// Requests with a token or cookie that is none.
const UNKNOWN: Rate = Rate {
    burst: 300.0,
    per_second: 10.0,
};

/// The buckets of all addresses.
pub(crate) struct Limits {
    anonymous: Throttle<IpAddr>,
    unknown: Throttle<IpAddr>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            anonymous: Throttle::new(ANONYMOUS),
            unknown: Throttle::new(UNKNOWN),
        }
    }

    /// Counts a request of somebody unknown; how long to wait if there were too many.
    pub(super) fn count(&self, address: IpAddr, showed_something: bool) -> Result<(), Duration> {
        let throttle = if showed_something {
            &self.unknown
        } else {
            &self.anonymous
        };
        throttle.take(network(address), Instant::now())
    }
}

/// An IPv6 customer has a whole /64 to ask from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [one, two, three, four, ..] = address.segments();
            IpAddr::from([one, two, three, four, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_customer_share_a_bucket() {
        let limits = Limits::new();
        let from = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let passed = (0..1000)
            .filter(|at| limits.count(from(*at), true).is_ok())
            .count();
        assert!((300..330).contains(&passed), "{passed}");
        assert!(limits.count(IpAddr::from([192, 0, 2, 1]), true).is_ok());
        assert!(
            limits.count(from(1), false).is_ok(),
            "open reads have a bucket of their own"
        );
    }
}
