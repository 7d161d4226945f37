//! Uploads: more than usual at once, more than is fit for a first day, more than a month's budget,
//! or in the wrong direction.
//!
//! Levels are kept of the logarithm of bytes sent, for each hour and day in which anything was sent:
//! a mean and a deviation that fade (EWMA), and a one-sided cumulative sum (CUSUM) over what exceeds
//! them, so that a little more every hour is found as well as much at once. A slow upload that stays
//! below both is found by the 30-day budget. Whether an upload is *wrong* is not decided here: a
//! backup is one too.

use std::collections::BTreeMap;

use khien_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::Key;

mod level;

#[cfg(test)]
mod tests;

pub use level::{ALARM, Jump};

use level::Level;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 86_400;

/// Days of the budget.
const BUDGET_DAYS: i64 = 30;

/// Days of direction that are known before a flip can be.
const FLIP_DAYS: u32 = 5;

/// How far below and above balance the usual and the present direction must be. The ratio is
/// (sent - received) / (sent + received): 1 is an upload, -1 a download.
const FLIP_RATIO: f64 = 0.2;

/// How much a day's direction moves the usual one.
const FLIP_FADE: f64 = 0.2;

/// Who sends where: an application or a host, and a destination.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
pub struct Way {
    /// The application (on all hosts), or the host (with all applications).
    pub from: Key,
    /// The destination.
    pub to: Key,
}

/// Bytes that went over a way.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Which way.
    pub way: Way,
    /// When.
    pub time: Timestamp,
    /// Bytes out.
    pub sent: u64,
    /// Bytes in.
    pub received: u64,
}

/// What counts as much, and what is remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Bytes below which a jump or flip is not told.
    pub floor_bytes: u64,
    /// Bytes in the first 24 hours of a way that are told.
    pub first_day_bytes: u64,
    /// Bytes in 30 days that are told.
    pub budget_bytes: u64,
    /// Seconds after the watch began in which every way is new, and no first day is told.
    pub learning_s: i64,
    /// Ways that are remembered. When they are full, those quiet for 30 days give way; when there
    /// is none, further ones are counted and not watched.
    pub ways: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            floor_bytes: 5_000_000,
            first_day_bytes: 20_000_000,
            budget_bytes: 1_000_000_000,
            learning_s: 7 * DAY_S,
            ways: 1_000_000,
        }
    }
}

/// What an upload is too much for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Why {
    /// More than a month's budget.
    Budget {
        /// Bytes sent in the last 30 days.
        bytes: u64,
    },
    /// More than fits a first day.
    FirstDay {
        /// Bytes sent in the first 24 hours.
        bytes: u64,
    },
    /// A way that brought data sends data.
    Flip {
        /// Bytes sent today.
        bytes: u64,
        /// The usual ratio of directions, -1 to 1.
        usual: f64,
        /// Today's.
        now: f64,
        /// Days that the usual one was learnt from.
        days: u32,
    },
    /// More than usual in an hour or a day.
    Jump(Jump),
}

/// An upload that is too much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// Which way.
    pub way: Way,
    /// When it became too much.
    pub time: Timestamp,
    /// Seconds since the way was first used.
    pub age_s: i64,
    /// For what.
    pub why: Why,
}

/// The sums of one hour or day.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    number: i64,
    sent: u64,
    received: u64,
    told: bool,
}

impl Bin {
    fn add(&mut self, transfer: &Transfer) {
        self.sent = self.sent.saturating_add(transfer.sent);
        self.received = self.received.saturating_add(transfer.received);
    }

    fn ratio(&self) -> f64 {
        let (sent, received) = (self.sent as f64, self.received as f64);
        (sent - received) / (sent + received).max(1.0)
    }
}

#[derive(Clone, Debug, Default)]
struct Watched {
    first_s: i64,
    last_s: i64,
    first_day_sent: u64,
    first_day_told: bool,
    hour: Bin,
    day: Bin,
    hourly: Level,
    daily: Level,
    /// Bytes sent on each of the last 30 days, by the day's number modulo 30.
    days: [u64; 30],
    budget_told: Option<i64>,
    ratio: f64,
    ratio_days: u32,
    flip_told: bool,
}

/// Watches uploads. Transfers are expected in order of time; one from a bin that has ended counts
/// in the current one.
#[derive(Clone, Debug)]
pub struct Uploads {
    settings: Settings,
    ways: BTreeMap<Way, Watched>,
    began_s: Option<i64>,
    forgotten: u64,
}

impl Uploads {
    /// Begins to watch.
    pub const fn new(settings: Settings) -> Self {
        Self { settings, ways: BTreeMap::new(), began_s: None, forgotten: 0 }
    }

    /// Transfers of ways that did not fit.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes a transfer, and says what it is too much for. Each is told once: a jump for each hour
    /// and day, a flip each day, the budget every 30 days.
    pub fn observe(&mut self, transfer: &Transfer) -> Vec<Upload> {
        let second = transfer.time.as_nanos().div_euclid(1_000_000_000);
        let began_s = *self.began_s.get_or_insert(second);
        if !self.ways.contains_key(&transfer.way) && !self.make_room(second) {
            self.forgotten = self.forgotten.saturating_add(1);
            return Vec::new();
        }
        let settings = self.settings;
        let watched = self.ways.entry(transfer.way).or_insert_with(|| Watched::new(second));
        watched.roll(second);
        watched.last_s = watched.last_s.max(second);
        watched.hour.add(transfer);
        watched.day.add(transfer);
        let slot = usize::try_from(watched.day.number.rem_euclid(BUDGET_DAYS)).unwrap_or(0);
        if let Some(day) = watched.days.get_mut(slot) {
            *day = day.saturating_add(transfer.sent);
        }
        let is_new = watched.first_s.saturating_sub(began_s) >= settings.learning_s;
        let found = watched.judge(transfer.sent, second, is_new, &settings);
        let age_s = second.saturating_sub(watched.first_s);
        let tell = |why| Upload { way: transfer.way, time: transfer.time, age_s, why };
        found.into_iter().map(tell).collect()
    }

    fn make_room(&mut self, second: i64) -> bool {
        if self.ways.len() >= self.settings.ways {
            let from = second.saturating_sub(BUDGET_DAYS * DAY_S);
            self.ways.retain(|_, watched| watched.last_s >= from);
        }
        self.ways.len() < self.settings.ways
    }
}

impl Watched {
    fn new(second: i64) -> Self {
        let bin = |length| Bin { number: second.div_euclid(length), ..Bin::default() };
        Self {
            first_s: second,
            last_s: second,
            hour: bin(HOUR_S),
            day: bin(DAY_S),
            ..Self::default()
        }
    }

    /// Ends the hour and the day before, where they have ended.
    fn roll(&mut self, second: i64) {
        let (hour, day) = (second.div_euclid(HOUR_S), second.div_euclid(DAY_S));
        if hour > self.hour.number {
            self.hourly.end(self.hour.sent, self.hour.told);
            self.hour = Bin { number: hour, ..Bin::default() };
        }
        if day > self.day.number {
            self.daily.end(self.day.sent, self.day.told);
            let fade = if self.ratio_days == 0 { 1.0 } else { FLIP_FADE };
            self.ratio += fade * (self.day.ratio() - self.ratio);
            self.ratio_days = self.ratio_days.saturating_add(1);
            let passed = day.saturating_sub(self.day.number).min(BUDGET_DAYS);
            for gone in 0..passed {
                let number = day.saturating_sub(gone).rem_euclid(BUDGET_DAYS);
                let slot = usize::try_from(number).unwrap_or(0);
                if let Some(sum) = self.days.get_mut(slot) {
                    *sum = 0;
                }
            }
            self.day = Bin { number: day, ..Bin::default() };
            self.flip_told = false;
        }
    }

    fn judge(&mut self, sent: u64, second: i64, is_new: bool, settings: &Settings) -> Vec<Why> {
        let mut found = Vec::new();
        if second.saturating_sub(self.first_s) < DAY_S {
            self.first_day_sent = self.first_day_sent.saturating_add(sent);
            if is_new && !self.first_day_told && self.first_day_sent >= settings.first_day_bytes {
                self.first_day_told = true;
                found.push(Why::FirstDay { bytes: self.first_day_sent });
            }
        }
        let bins = [(&mut self.hour, &self.hourly, HOUR_S), (&mut self.day, &self.daily, DAY_S)];
        for (bin, level, window_s) in bins {
            if bin.told || bin.sent < settings.floor_bytes {
                continue;
            }
            let jump = level.jump(bin.sent, window_s);
            bin.told = jump.is_some();
            found.extend(jump.map(Why::Jump));
        }
        let bytes = self.days.iter().fold(0_u64, |sum, day| sum.saturating_add(*day));
        let told =
            self.budget_told.is_some_and(|day| self.day.number.saturating_sub(day) < BUDGET_DAYS);
        if !told && bytes >= settings.budget_bytes {
            self.budget_told = Some(self.day.number);
            found.push(Why::Budget { bytes });
        }
        let now = self.day.ratio();
        let flips = self.ratio_days >= FLIP_DAYS && self.ratio <= -FLIP_RATIO && now >= FLIP_RATIO;
        if flips && !self.flip_told && self.day.sent >= settings.floor_bytes {
            self.flip_told = true;
            let (bytes, usual, days) = (self.day.sent, self.ratio, self.ratio_days);
            found.push(Why::Flip { bytes, usual, now, days });
        }
        found
    }
}
