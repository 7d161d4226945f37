//! Points in time, as nanoseconds since 1970-01-01T00:00:00Z.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, in nanoseconds since the Unix epoch (years 1678 to 2261).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

const NANOS: i64 = 1_000_000_000;

impl Timestamp {
    /// The earliest representable time.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest representable time.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From seconds since the epoch with a fraction, as Zeek writes; `None` when out of range.
    pub fn from_seconds_f64(seconds: f64) -> Option<Self> {
        // The whole and the fractional part apart: an f64 holds present-day seconds to about
        // 0.2 µs, and multiplying the sum by 1e9 would smear that over the printed digits.
        if !seconds.is_finite() || seconds.abs() >= 9.2e9 {
            return None;
        }
        let micros = (seconds * 1e6).round();
        #[expect(clippy::cast_possible_truncation, reason = "bounded by the check above")]
        Some(Self((micros as i64) * 1000))
    }

    /// From whole seconds since the epoch; `None` when out of range.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(NANOS).map(Self)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Adds seconds, stopping at the ends of the range.
    pub const fn saturating_add_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(NANOS)))
    }

    /// Nanoseconds from `earlier` to `self`, stopping at the ends of the range.
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 (`2026-03-24T08:05:00.000Z`, also with a space, or an offset) and, without
    /// an offset, takes the time as UTC, as Sysmon's `UtcTime` is.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(time) = parse_utc_fast(text.as_bytes()) {
            return Some(time);
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Self::from_jiff(time);
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Self::from_jiff(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    }

    /// From jiff's own type; `None` when out of range.
    pub fn from_jiff(time: jiff::Timestamp) -> Option<Self> {
        i64::try_from(time.as_nanosecond()).ok().map(Self)
    }

    /// As jiff's own type.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// Reads `YYYY-MM-DD[T ]hh:mm:ss[.f{1,9}]Z?` without the general parser; most logs write this.
fn parse_utc_fast(text: &[u8]) -> Option<Timestamp> {
    let number = |from: usize, len: usize| {
        let mut value = 0_i64;
        for byte in text.get(from..from + len)? {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        Some(value)
    };
    let mark = |at: usize, allowed: &[u8]| text.get(at).filter(|b| allowed.contains(b)).map(|_| ());
    mark(4, b"-")?;
    mark(7, b"-")?;
    mark(10, b"T ")?;
    mark(13, b":")?;
    mark(16, b":")?;
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let mut at = 19;
    let mut nanos = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let digits = text.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            return None;
        }
        nanos = number(at, digits)? * 10_i64.pow(u32::try_from(9 - digits).ok()?);
        at += digits;
    }
    if text.get(at).is_some_and(|b| *b != b'Z') || text.len() > at + 1 {
        return None;
    }
    let last = match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // A leap second is left to the general parser.
    if day < 1 || day > last || hour > 23 || minute > 59 || second > 59 || year < 1700 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    seconds.checked_mul(NANOS)?.checked_add(nanos).map(Timestamp)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_usual_forms() {
        let expected = Timestamp::from_nanos(1_679_641_500_123_000_000);
        for text in [
            "2023-03-24T07:05:00.123Z",
            "2023-03-24 07:05:00.123",
            "2023-03-24T07:05:00.123000000Z",
            "2023-03-24T14:05:00.123+07:00",
        ] {
            assert_eq!(Timestamp::parse(text), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2023-02-30T00:00:00Z", "2023-03-24", "2023-13-01T00:00:00Z"]
        {
            let parsed = Timestamp::parse(text);
            assert!(parsed.is_none() || text == "2023-03-24", "{text}: {parsed:?}");
        }
    }

    #[test]
    fn zeek_seconds_keep_microseconds() {
        let time = Timestamp::from_seconds_f64(1_713_740_391.343_651).unwrap();
        assert_eq!(time.to_string(), "2024-04-21T22:59:51.343651Z");
        assert_eq!(Timestamp::from_seconds_f64(f64::NAN), None);
        assert_eq!(Timestamp::from_seconds_f64(1e300), None);
    }

    proptest! {
        #[test]
        fn the_fast_reader_agrees_with_jiff(nanos in -6_000_000_000_000_000_000_i64..9_000_000_000_000_000_000) {
            let time = Timestamp::from_nanos(nanos);
            let text = time.to_string();
            let slow = text.parse::<jiff::Timestamp>().ok().and_then(Timestamp::from_jiff);
            prop_assert_eq!(Timestamp::parse(&text), Some(time));
            prop_assert_eq!(slow, Some(time));
        }
    }
}
