//! How many attempts to sign in are taken, so that guessing is slow and nobody is locked out.
//!
//! An attempt from a browser on which the account signed in before is charged to that browser alone.
//! Any other is charged to where it comes from and to the name that it tries. So whoever guesses uses
//! up the attempts of strangers, and the account's owner still signs in from where they always do.

use std::net::IpAddr;

use crate::limit::{Buckets, Rate, network};
use crate::secret::hash;

const TEN_MINUTES_MS: i64 = 10 * 60 * 1000;

/// From one address (or network, for IPv6): 20 attempts, and another 20 in ten minutes.
const OF_SOURCE: Rate = Rate { burst: 20, per_ms: TEN_MINUTES_MS };

/// At one name, from wherever but known browsers: 50, and another 50 in ten minutes.
const OF_NAME: Rate = Rate { burst: 50, per_ms: TEN_MINUTES_MS };

/// From one known browser at its own account: 10, and another 10 in ten minutes.
const OF_DEVICE: Rate = Rate { burst: 10, per_ms: TEN_MINUTES_MS };

/// Bound: keys that are remembered, of each kind.
const KEYS_MAX: usize = 50_000;

/// The attempts that are left.
#[derive(Debug)]
pub(crate) struct Logins {
    sources: Buckets<IpAddr>,
    names: Buckets<[u8; 32]>,
    devices: Buckets<String>,
}

impl Logins {
    pub(crate) fn new() -> Self {
        Self {
            sources: Buckets::new(OF_SOURCE, KEYS_MAX),
            names: Buckets::new(OF_NAME, KEYS_MAX),
            devices: Buckets::new(OF_DEVICE, KEYS_MAX),
        }
    }

    /// Takes one attempt, before it is known how it ends: so that many at once cannot slip through.
    ///
    /// # Errors
    ///
    /// None is left; gives the seconds to wait.
    pub(crate) fn charge(
        &self,
        now: i64,
        name: &str,
        source: Option<IpAddr>,
        device: Option<&str>,
    ) -> Result<(), u32> {
        if let Some(device) = device {
            return self.devices.take(now, device.to_owned());
        }
        let source = source.map(network);
        if let Some(source) = source {
            self.sources.take(now, source)?;
        }
        self.names.take(now, hash(name)).inspect_err(|_| {
            // It was not tried, so it is not charged to where it came from.
            if let Some(source) = source {
                self.sources.give_back(&source);
            }
        })
    }

    /// Gives an attempt back that was not a guess.
    pub(crate) fn refund(&self, name: &str, source: Option<IpAddr>, device: Option<&str>) {
        if let Some(device) = device {
            self.devices.give_back(&device.to_owned());
            return;
        }
        if let Some(source) = source {
            self.sources.give_back(&network(source));
        }
        self.names.give_back(&hash(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    /// How many attempts go through before the first that does not.
    fn until_limited(
        logins: &Logins,
        name: &str,
        source: Option<IpAddr>,
        device: Option<&str>,
    ) -> u32 {
        (0..1000).find(|_| logins.charge(0, name, source, device).is_err()).unwrap()
    }

    #[test]
    fn one_source_cannot_try_forever() {
        let logins = Logins::new();
        assert_eq!(until_limited(&logins, "chi", at(1), None), 20);
        assert!(logins.charge(0, "an", at(1), None).is_err(), "another name does not help");
        assert!(logins.charge(0, "an", at(2), None).is_ok(), "others are not in the way");
        let wait = logins.charge(0, "an", at(1), None).unwrap_err();
        assert_eq!(wait, 30);
        assert!(logins.charge(30_000, "an", at(1), None).is_ok());
    }

    #[test]
    fn many_sources_at_one_name_do_not_lock_its_owner_out() {
        let logins = Logins::new();
        let through: u32 = (0..200).map(|n| until_limited(&logins, "chi", at(n), None)).sum();
        assert_eq!(through, 50);
        // A stranger who is right waits; the owner's browser does not, wherever it is.
        assert!(logins.charge(0, "chi", at(250), None).is_err());
        assert_eq!(until_limited(&logins, "chi", at(1), Some("laptop")), 10);
        assert!(logins.charge(0, "an", at(250), None).is_ok(), "other names are not in the way");
    }

    #[test]
    fn what_was_no_guess_is_not_charged() {
        let logins = Logins::new();
        for _ in 0..1000 {
            logins.charge(0, "chi", at(1), None).unwrap();
            logins.refund("chi", at(1), None);
        }
    }
}
