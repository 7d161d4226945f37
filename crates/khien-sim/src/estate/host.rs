//! Hosts, the people at them, and when both are at work.

use super::product::{Audience, Platform};
use crate::calendar::{HOUR_S, SimTime, is_workday};
use crate::random::{HEX_LOWER, Random};

/// What a host is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Build,
    Developer,
    Finance,
    Laptop,
    Office,
    Server,
    Trader,
}

/// One host and who uses it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) user: String,
    /// First part of process identifiers.
    pub(crate) machine: String,
    pub(crate) platform: Platform,
    pub(crate) role: Role,
    /// Runs day and night.
    pub(crate) always_on: bool,
    pub(crate) sleeps: bool,
    pub(crate) proxied: bool,
    /// 0 gets managed releases first, 3 last.
    pub(crate) ring: i64,
    /// Takes releases late and leaves some out.
    pub(crate) laggard: bool,
    /// Takes pre-releases where there are any.
    pub(crate) beta: bool,
    /// How far its clock is ahead of the sensor's, in microseconds.
    pub(crate) clock_ahead_us: i64,
    /// How many of 10,000 endpoint records never arrive.
    pub(crate) lost_per_10k: i64,
    starts_s: i64,
    ends_s: i64,
    /// Releases it took per product: when, and which.
    pub(crate) takes: Vec<Option<Vec<(SimTime, usize)>>>,
}

/// When a host is awake on one day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    pub(crate) from: SimTime,
    pub(crate) until: SimTime,
    /// A laptop's lid is closed between these.
    nap: Option<(SimTime, SimTime)>,
}

impl Host {
    pub(crate) fn new(
        seed: u64,
        index: u32,
        (proxied_percent, lost_per_mille): (i64, i64),
    ) -> Self {
        let mut random = Random::keyed(seed, [1, index.into(), 0, 0]);
        let (role, code) = PATTERN[usize::try_from(index).unwrap_or(0) % PATTERN.len()];
        let platform = match role {
            Role::Build => Platform::Linux,
            Role::Laptop => Platform::Macos,
            _ => Platform::Windows,
        };
        let always_on = matches!(role, Role::Build | Role::Server) || random.chance(6);
        let given = random.pick(GIVEN);
        let family = random.pick(FAMILIES);
        let ring = match random.range(0, 100) {
            0..4 => 0,
            4..20 => 1,
            20..88 => 2,
            _ => 3,
        };
        let shift_s = random.range(-45, 46) * 60;
        Self {
            index,
            name: format!("HCM-{code}-{:04}", index + 1),
            address: format!(
                "10.{}.{}.{}",
                21 + index / 60_000,
                index / 240 % 250,
                index % 240 + 10
            ),
            user: format!("{given}.{family}{}", index + 1),
            machine: random.text(HEX_LOWER, 8),
            platform,
            role,
            always_on,
            sleeps: !always_on && random.chance(60),
            proxied: platform == Platform::Windows && random.chance(proxied_percent),
            ring,
            laggard: random.chance(4),
            beta: random.chance(3),
            clock_ahead_us: clock_error(&mut random),
            lost_per_10k: random.range(0, lost_per_mille * 20 + 1),
            starts_s: 8 * HOUR_S + shift_s,
            ends_s: 17 * HOUR_S + shift_s + random.range(0, 90) * 60,
            takes: Vec::new(),
        }
    }

    pub(crate) fn is_in(&self, audience: Audience) -> bool {
        match audience {
            Audience::All => true,
            Audience::Desks => !matches!(self.role, Role::Server | Role::Build),
            Audience::Developers => self.role == Role::Developer,
            Audience::Finance => self.role == Role::Finance,
            Audience::Servers => self.role == Role::Server,
            Audience::Traders => self.role == Role::Trader,
        }
    }

    /// When the host is awake on `day`; `None` when nobody comes.
    pub(crate) fn shift(&self, seed: u64, day: i64) -> Option<Shift> {
        if self.always_on {
            let (from, until) = (SimTime::on_day(day, 0), SimTime::on_day(day + 1, -1));
            return Some(Shift { from, until, nap: None });
        }
        let mut random = Random::keyed(seed, [2, self.index.into(), day.unsigned_abs(), 0]);
        let comes = match (is_workday(day), day.rem_euclid(7)) {
            (true, _) => random.chance(95),
            (false, 5) => random.chance(14),
            _ => random.chance(4),
        };
        if !comes {
            return None;
        }
        let from = SimTime::on_day(day, self.starts_s + random.range(-1_500, 1_500));
        let until = SimTime::on_day(day, self.ends_s + random.range(-2_400, 4_000));
        let nap = (self.sleeps && random.chance(70)).then(|| {
            let starts = from.plus_s(random.range(2, 6) * HOUR_S + random.range(0, 3_000));
            (starts, starts.plus_s(random.range(1_200, 5_400)))
        });
        Some(Shift { from, until, nap })
    }
}

impl Shift {
    /// Returns `at`, or when the lid is opened again.
    pub(crate) fn awake(&self, at: SimTime) -> SimTime {
        match self.nap {
            Some((from, until)) if from <= at && at < until => {
                let into = at.seconds_since(from);
                until.plus_s(3 + into % 41).plus_ms(into % 997)
            }
            _ => at,
        }
    }

    /// Draws a moment in `from..until` at which the host is awake.
    pub(crate) fn moment(&self, random: &mut Random, from: SimTime, until: SimTime) -> SimTime {
        let at = from.plus_s(random.range(0, until.seconds_since(from)));
        self.awake(at.plus_us(random.range(0, 1_000_000)))
    }
}

/// Most clocks are within two seconds, some a minute away.
fn clock_error(random: &mut Random) -> i64 {
    let reach_us = if random.chance(4) { 90_000_000 } else { 1_800_000 };
    random.range(-reach_us, reach_us)
}

/// No clock is further from the sensor's, in seconds.
pub(crate) const CLOCK_ERROR_MAX_S: i64 = 120;

const O: (Role, &str) = (Role::Office, "SAL");
const F: (Role, &str) = (Role::Finance, "ACC");
const D: (Role, &str) = (Role::Developer, "DEV");
const T: (Role, &str) = (Role::Trader, "TRD");
const S: (Role, &str) = (Role::Server, "SRV");
const M: (Role, &str) = (Role::Laptop, "MAC");
const B: (Role, &str) = (Role::Build, "BLD");

/// Fifty hosts as they come.
const PATTERN: [(Role, &str); 50] = [
    O, F, O, D, M, O, F, S, B, O, T, O, O, F, O, D, M, O, O, B, O, F, O, O, T, D, O, F, M, O, O, S,
    O, F, O, D, B, O, T, O, O, F, M, O, O, D, O, F, O, O,
];

const GIVEN: &[&str] = &[
    "an", "binh", "chi", "dung", "giang", "ha", "hieu", "hoa", "huy", "khanh", "lan", "linh",
    "long", "mai", "minh", "nam", "nga", "ngoc", "phuong", "quan", "son", "tam", "thao", "trang",
    "tuan",
];
const FAMILIES: &[&str] =
    &["nguyen", "tran", "le", "pham", "hoang", "vu", "dang", "bui", "do", "ho", "ngo", "duong"];
