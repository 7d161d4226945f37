//! Limits by token bucket, for a bounded number of keys.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// So many at once, and as many again over a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) per_ms: i64,
}

impl Rate {
    /// Milliseconds until one more.
    fn gap_ms(self) -> i64 {
        self.per_ms.checked_div(i64::from(self.burst)).unwrap_or(self.per_ms).max(1)
    }
}

/// A bucket for each key.
///
/// What is kept of a key is the time at which its bucket will be full again; a full one is forgotten.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    keys_max: usize,
    full_at: Mutex<HashMap<K, i64>>,
}

impl<K: Clone + Debug + Eq + Hash> Buckets<K> {
    pub(crate) fn new(rate: Rate, keys_max: usize) -> Self {
        Self { rate, keys_max, full_at: Mutex::new(HashMap::new()) }
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// None is left; gives the seconds until one is.
    pub(crate) fn take(&self, now: i64, key: K) -> Result<(), u32> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full = all.get(&key).copied().unwrap_or(now).max(now);
        let after = full.saturating_add(self.rate.gap_ms());
        // With a clock that was set back a bucket could seem empty for long; so it counts as just emptied.
        let debt =
            after.saturating_sub(now).min(self.rate.per_ms.saturating_add(self.rate.gap_ms()));
        if debt > self.rate.per_ms {
            let wait = debt.saturating_sub(self.rate.per_ms);
            return Err(u32::try_from(wait.saturating_add(999) / 1000).unwrap_or(u32::MAX).max(1));
        }
        if !all.contains_key(&key) && all.len() >= self.keys_max {
            make_room(&mut all, now, self.keys_max);
        }
        all.insert(key, now.saturating_add(debt));
        Ok(())
    }

    /// Gives one back.
    pub(crate) fn give_back(&self, key: &K) {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = all.get_mut(key) {
            *full = full.saturating_sub(self.rate.gap_ms());
        }
    }
}

/// Bound: forgets buckets that are full again; where all are in use, the half that is fullest. So
/// somebody who comes from very many places wins back a little for those that hardly tried.
fn make_room<K: Clone + Eq + Hash>(all: &mut HashMap<K, i64>, now: i64, most: usize) {
    all.retain(|_, full| *full > now);
    if all.len() < most {
        return;
    }
    let mut times: Vec<i64> = all.values().copied().collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    all.retain(|_, full| *full > median);
    if all.len() >= most {
        all.clear();
    }
}

/// Whom an address counts as: itself, or for IPv6 the network that one customer gets.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, per_ms: 1000 };

    #[test]
    fn a_burst_and_then_one_at_a_time() {
        let buckets = Buckets::new(RATE, 10);
        for _ in 0..10 {
            buckets.take(0, "a").unwrap();
        }
        assert_eq!(buckets.take(0, "a"), Err(1));
        buckets.take(0, "b").unwrap();
        buckets.take(100, "a").unwrap();
        assert_eq!(buckets.take(100, "a"), Err(1));
        buckets.give_back(&"a");
        buckets.take(100, "a").unwrap();
    }

    #[test]
    fn keys_are_bounded_and_who_tried_most_is_remembered() {
        let buckets = Buckets::new(RATE, 100);
        for _ in 0..10 {
            buckets.take(0, 0).unwrap();
        }
        for key in 1..100_000 {
            let _ = buckets.take(0, key);
        }
        assert!(buckets.full_at.lock().unwrap().len() <= 100);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_long() {
        let buckets = Buckets::new(RATE, 10);
        buckets.take(1_000_000, "a").unwrap();
        let wait = buckets.take(0, "a").unwrap_err();
        assert!(wait <= 1, "{wait}");
    }

    #[test]
    fn a_customer_of_ipv6_is_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
