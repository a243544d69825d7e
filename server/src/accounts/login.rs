//! The door of the login: slows guessing per account and per address, and lets colleagues through.
//!
//! A device on which the person has logged in before has a bucket of its own, so neither somebody
//! who guesses at their account nor a guesser behind the same office address can lock them out
//! (OWASP, "device cookies"). Names that nobody has are treated alike, so nothing is learnt.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::throttle::{Rate, Throttle};

/// Guesses at one account from devices it does not know: five, then one in 30 seconds.
const PER_ACCOUNT: Rate = Rate {
    burst: 5.0,
    per_second: 1.0 / 30.0,
};
/// Guesses from one address at any account: an office may share one.
const PER_ADDRESS: Rate = Rate {
    burst: 20.0,
    per_second: 1.0 / 5.0,
};
/// Wrong passwords on a device that the account knows.
const PER_DEVICE: Rate = Rate {
    burst: 10.0,
    per_second: 1.0 / 20.0,
};
/// Hashings at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Who tries.
pub(crate) struct Who {
    /// The login name as it is compared.
    pub(crate) login: String,
    /// From where.
    pub(crate) address: IpAddr,
    /// The cookie of a device that this account knows.
    pub(crate) device: Option<String>,
}

/// The buckets of all logins.
pub(crate) struct LoginGate {
    accounts: Throttle<String>,
    addresses: Throttle<IpAddr>,
    devices: Throttle<(String, String)>,
    pub(crate) hashing: tokio::sync::Semaphore,
}

impl LoginGate {
    pub(crate) fn new() -> Self {
        Self {
            accounts: Throttle::new(PER_ACCOUNT),
            addresses: Throttle::new(PER_ADDRESS),
            devices: Throttle::new(PER_DEVICE),
            hashing: tokio::sync::Semaphore::new(AT_ONCE),
        }
    }

    /// Counts an attempt before it is looked at; how long to wait if there were too many.
    pub(crate) fn enter(&self, who: &Who, now: Instant) -> Result<(), Duration> {
        match &who.device {
            Some(device) => self.devices.take((who.login.clone(), device.clone()), now),
            None => {
                self.addresses.take(who.address, now)?;
                self.accounts.take(who.login.clone(), now)
            }
        }
    }

    /// The attempt was right and does not count.
    pub(crate) fn was_right(&self, who: &Who) {
        match &who.device {
            Some(device) => self.devices.give_back(&(who.login.clone(), device.clone())),
            None => {
                self.addresses.give_back(&who.address);
                self.accounts.give_back(&who.login);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(login: &str, device: Option<&str>) -> Who {
        let address = IpAddr::from([192, 0, 2, 1]);
        Who {
            login: login.to_owned(),
            address,
            device: device.map(str::to_owned),
        }
    }

    #[test]
    fn guessing_is_slowed_and_the_person_still_gets_in_from_their_own_device() {
        let gate = LoginGate::new();
        let now = Instant::now();
        let passed = (0..100)
            .filter(|_| gate.enter(&who("hanako", None), now).is_ok())
            .count();
        assert_eq!(passed, 5);
        assert!(gate.enter(&who("hanako", Some("phone")), now).is_ok());
    }

    #[test]
    fn a_guesser_behind_the_office_address_does_not_lock_colleagues_out() {
        let gate = LoginGate::new();
        let now = Instant::now();
        let guesses = (0..100).filter(|at| gate.enter(&who(&format!("u{at}"), None), now).is_ok());
        assert_eq!(guesses.count(), 20);
        assert!(gate.enter(&who("hanako", Some("phone")), now).is_ok());
        let later = now + Duration::from_secs(6);
        assert!(
            gate.enter(&who("jiro", None), later).is_ok(),
            "a new device waits for seconds"
        );
    }

    #[test]
    fn right_passwords_do_not_count() {
        let gate = LoginGate::new();
        let now = Instant::now();
        for _ in 0..100 {
            let who = who("hanako", None);
            assert!(gate.enter(&who, now).is_ok());
            gate.was_right(&who);
        }
    }
}
