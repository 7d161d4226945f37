//! Simulated time and the ways in which logs write it.
//!
//! Nothing here asks a clock or a time-zone database: the fleet is in Ho Chi Minh City, which has
//! been at UTC+7 without summer time since 1975.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
///
/// Invariant: lies within the scenario's weeks (give or take days), so that every conversion
/// below is in range.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SimTime(i64);

impl SimTime {
    /// 1970-01-01T00:00:00Z: a placeholder in templates.
    pub(crate) const EPOCH: Self = Self(0);

    /// Returns local midnight of day `day` (day 0 is Monday, 6 March 2023) plus `seconds`.
    pub(crate) fn on_day(day: i64, seconds: i64) -> Self {
        Self((FIRST_MIDNIGHT_UTC_S + day * DAY_S + seconds) * MICROS_PER_SECOND)
    }

    pub(crate) fn plus_us(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    pub(crate) fn plus_ms(self, millis: i64) -> Self {
        self.plus_us(millis.saturating_mul(1000))
    }

    pub(crate) fn plus_s(self, seconds: i64) -> Self {
        self.plus_us(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Returns the days since day 0, local time; negative before it.
    pub(crate) fn day(self) -> i64 {
        (self.unix_s() - FIRST_MIDNIGHT_UTC_S).div_euclid(DAY_S)
    }

    /// Returns the seconds since local midnight.
    pub(crate) fn second_of_day(self) -> i64 {
        (self.unix_s() - FIRST_MIDNIGHT_UTC_S).rem_euclid(DAY_S)
    }

    pub(crate) fn unix_s(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Returns whole seconds from `earlier` to `self`.
    pub(crate) fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(MICROS_PER_SECOND)
    }

    /// Converts to the project's timestamp; exact to the microsecond.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Writes `2023-03-06 01:12:11.123`: Sysmon's `UtcTime`.
    pub(crate) fn sysmon(self) -> String {
        format!("{} {}.{:03}", self.date(UTC), self.clock(UTC), self.micros() / 1000)
    }

    /// Writes `2023-03-06T01:12:11.1234560Z`: FILETIME precision, as `evtx_dump` does.
    pub(crate) fn filetime(self) -> String {
        format!("{}T{}.{:06}0Z", self.date(UTC), self.clock(UTC), self.micros())
    }

    /// Writes `2023-03-06T01:12:11.123Z`: the Beats' `@timestamp`.
    pub(crate) fn beats(self) -> String {
        format!("{}T{}.{:03}Z", self.date(UTC), self.clock(UTC), self.micros() / 1000)
    }

    /// Writes `2023-03-06T08:12:11.123456+07:00`: NXLog on a machine in local time.
    pub(crate) fn nxlog(self) -> String {
        format!("{}T{}.{:06}+07:00", self.date(LOCAL), self.clock(LOCAL), self.micros())
    }

    /// Writes `2023-03-06T08:12:11.123456+0700`: Suricata on a sensor in local time.
    pub(crate) fn suricata(self) -> String {
        format!("{}T{}.{:06}+0700", self.date(LOCAL), self.clock(LOCAL), self.micros())
    }

    /// Writes `2023-03-06T01:12:11`: certificate dates in Suricata's TLS record.
    pub(crate) fn certificate(self) -> String {
        format!("{}T{}", self.date(UTC), self.clock(UTC))
    }

    /// Writes `1678065131.123456`: Zeek's `time`.
    pub(crate) fn zeek(self) -> String {
        format!("{}.{:06}", self.unix_s(), self.micros())
    }

    /// Writes `2023-03-06-01-12-11`: the `#open` and `#close` lines of a Zeek log.
    pub(crate) fn zeek_header(self) -> String {
        format!("{}-{}", self.date(UTC), self.clock(UTC).replace(':', "-"))
    }

    /// Writes `1678065131.123`: auditd.
    pub(crate) fn auditd(self) -> String {
        format!("{}.{:03}", self.unix_s(), self.micros() / 1000)
    }

    /// Writes `Mar  6 01:12:11`: RFC 3164, from a machine in UTC; the year is lost, as it is there.
    pub(crate) fn syslog(self) -> String {
        let civil = self.civil(UTC);
        let month = usize::try_from(civil.month() - 1).unwrap_or(0);
        format!("{} {:>2} {}", MONTHS[month % MONTHS.len()], civil.day(), self.clock(UTC))
    }

    fn civil(self, offset: Offset) -> DateTime {
        offset.to_datetime(self.timestamp())
    }

    fn date(self, offset: Offset) -> String {
        let civil = self.civil(offset);
        format!("{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day())
    }

    fn clock(self, offset: Offset) -> String {
        let civil = self.civil(offset);
        format!("{:02}:{:02}:{:02}", civil.hour(), civil.minute(), civil.second())
    }

    /// Returns the microseconds of the second.
    pub(crate) fn micros(self) -> i64 {
        self.0.rem_euclid(MICROS_PER_SECOND)
    }
}

impl From<Timestamp> for SimTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

/// Seconds in a day.
pub(crate) const DAY_S: i64 = 86_400;
/// Seconds in an hour.
pub(crate) const HOUR_S: i64 = 3_600;

/// Says whether `day` is Monday to Friday; day 0 is a Monday.
pub(crate) fn is_workday(day: i64) -> bool {
    day.rem_euclid(7) < 5
}

/// 2023-03-06T00:00:00+07:00.
const FIRST_MIDNIGHT_UTC_S: i64 = 1_678_035_600;
const MICROS_PER_SECOND: i64 = 1_000_000;
const UTC: Offset = Offset::UTC;
const LOCAL: Offset = Offset::constant(7);
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests;
