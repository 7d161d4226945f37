//! How many injected beacons are found in real traffic, and what real traffic raises by itself.
//!
//! The generator sleeps evenly between (1 - J) and 1 of its period, as common implants do, and
//! loses contacts evenly; it sends 640 to 760 bytes each time. It is our own model of a beacon; seeds
//! are fixed, and the table is printed
//! (`--nocapture`). `alone` is a destination of its own; `mixed` shares a destination with the
//! contacts of a real pair that is drawn for each run, which is harder than most cases are.
//! For scales beyond three days the real traffic is laid end to end.

use std::collections::BTreeMap;

use khien_lineage::network::beacon::{Sizes, evidence};
use khien_lineage::network::rita::{Rhythm, Window, score};

use super::zeek;

const DAY: i64 = 86_400;

/// Evidence, in nats, from which on a pair counts as found.
const FOUND: f64 = 5.0; // one in 148 by chance

/// Runs of each cell; `KHIEN_BEACON_RUNS` asks for more.
fn runs() -> u32 {
    std::env::var("KHIEN_BEACON_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

/// The hours of the data set in days: it has one watched host.
const HOST_DAYS: f64 = 3.0;

struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below `len`")]
    fn below(&mut self, len: usize) -> usize {
        (self.unit() * len as f64) as usize
    }
}

/// One kind of beacon, how long it is watched, and the least recall that must be kept.
struct Cell {
    period_h: f64,
    jitter: f64,
    lost: f64,
    days: i64,
    at_least: f64,
}

const fn cell(period_h: f64, jitter: f64, lost: f64, days: i64, at_least: f64) -> Cell {
    Cell { period_h, jitter, lost, days, at_least }
}

/// The cells of the published comparison and of the goals.
const CELLS: [Cell; 18] = [
    cell(1.0 / 12.0, 0.5, 0.3, 1, 0.95),
    cell(1.0 / 12.0, 0.9, 0.0, 1, 0.95),
    cell(0.5, 0.5, 0.0, 1, 0.95),
    cell(0.5, 0.5, 0.3, 1, 0.95),
    cell(0.5, 0.9, 0.0, 1, 0.95),
    cell(1.0, 0.0, 0.3, 1, 0.9),
    cell(1.0, 0.2, 0.3, 1, 0.9),
    cell(1.0, 0.5, 0.0, 1, 0.95),
    cell(1.0, 0.5, 0.3, 1, 0.7),
    cell(1.0, 0.9, 0.0, 1, 0.9),
    cell(2.0, 0.5, 0.0, 1, 0.9),
    cell(4.0, 0.2, 0.0, 1, 0.8),
    cell(4.0, 0.5, 0.0, 14, 0.95),
    cell(12.0, 0.0, 0.1, 14, 0.95),
    cell(12.0, 0.5, 0.1, 14, 0.9),
    cell(12.0, 0.9, 0.1, 14, 0.8),
    cell(24.0, 0.5, 0.1, 30, 0.9),
    cell(24.0, 0.9, 0.1, 30, 0.7),
];

#[expect(clippy::cast_possible_truncation, reason = "times of a few weeks")]
#[expect(clippy::cast_sign_loss, reason = "sizes of hundreds")]
fn beacon(cell: &Cell, end: i64, random: &mut Random) -> Vec<(i64, u64)> {
    let period = cell.period_h * 3600.0;
    let sleep = |random: &mut Random| period * (1.0 - cell.jitter * random.unit());
    let mut at = (end - cell.days * DAY) as f64 + period * random.unit();
    let mut times = Vec::new();
    while at < end as f64 {
        if random.unit() >= cell.lost {
            times.push((at as i64, (640.0 + 120.0 * random.unit()) as u64));
        }
        at += sleep(random);
    }
    times
}

/// What our own test finds in contacts, in nats.
fn nats(contacts: &[(i64, u64)], now: i64) -> f64 {
    let times: Vec<i64> = contacts.iter().map(|(time, _)| *time).collect();
    let sizes: Vec<(u64, u64)> = contacts.iter().map(|(_, sent)| (*sent, 0)).collect();
    evidence(&times, now, Sizes::of(&sizes)).nats
}

type Pairs = BTreeMap<(String, String), Vec<(i64, u64)>>;

/// Contacts that were answered, of every pair of addresses.
fn pairs(root: &std::path::Path) -> Pairs {
    let mut pairs = Pairs::new();
    for hour in zeek::hours(root) {
        for row in hour.rows("conn") {
            if matches!(row.get("conn_state"), Some("S0" | "REJ" | "RSTOS0" | "SH" | "RSTRH")) {
                continue;
            }
            let address = |name| row.get(name).unwrap_or_default().to_owned();
            let pair = (address("id.orig_h"), address("id.resp_h"));
            pairs.entry(pair).or_default().push((row.seconds("ts"), row.count("orig_ip_bytes")));
        }
    }
    pairs
}

/// What the real pairs raise, as counts of pair and day: RITA's 0.7 and 0.9, then 5, 8, 12, 20 nats.
fn raised(pairs: &Pairs, start: i64, of: impl Fn(&(String, String)) -> bool) -> (usize, [u32; 6]) {
    let (mut eligible, mut counts) = (0, [0; 6]);
    for contacts in pairs.iter().filter(|(pair, _)| of(pair)).map(|(_, contacts)| contacts) {
        for day in 1..=3 {
            let window = Window::before(start + day * DAY);
            let inside = |time: i64| time > window.start_s && time <= window.end_s;
            let seen: Vec<(i64, u64)> =
                contacts.iter().filter(|(time, _)| inside(*time)).copied().collect();
            let (times, sizes): (Vec<i64>, Vec<u64>) = seen.iter().copied().unzip();
            let Rhythm::Beacon(rita) = score(&times, &sizes, window) else { continue };
            eligible += 1;
            let nats = nats(&seen, window.end_s);
            let reached = [
                rita.score >= 0.7,
                rita.score >= 0.9,
                nats >= 5.0,
                nats >= 8.0,
                nats >= 12.0,
                nats >= 20.0,
            ];
            for (count, reached) in counts.iter_mut().zip(reached) {
                *count += u32::from(reached);
            }
        }
    }
    (eligible, counts)
}

#[test]
fn injected_beacons_are_found_in_real_traffic() {
    let Some(root) = khien_testkit::corpus("rita/missing_host") else { return };
    let pairs = pairs(&root);
    let start = pairs.values().flatten().map(|(time, _)| *time).min().unwrap();
    let inside = |pair: &(String, String)| pair.0 == "64.225.56.201";
    for (which, (eligible, counts)) in [
        ("outbound", raised(&pairs, start, inside)),
        ("inbound", raised(&pairs, start, |pair| !inside(pair))),
    ] {
        let daily = counts.map(|count| f64::from(count) / HOST_DAYS);
        println!(
            "{which}: {eligible} pairs and days; a host-day: RITA >= 0.7 {:.1}, >= 0.9 {:.1}; \
             nats >= 5 {:.1}, >= 8 {:.1}, >= 12 {:.1}, >= 20 {:.1}",
            daily[0], daily[1], daily[2], daily[3], daily[4], daily[5]
        );
    }
    let end = start + 3 * DAY;
    let real: Vec<&Vec<(i64, u64)>> =
        pairs.values().filter(|contacts| (2..=60).contains(&contacts.len())).collect();
    let runs = runs();
    println!("period h  jitter  lost  days  events  alone  mixed  RITA>=0.7  RITA>=0.9");
    for (number, cell) in (1_u64..).zip(&CELLS) {
        let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (mut alone, mut mixed, mut rita, mut events) = (0_u32, 0_u32, [0_u32; 2], 0);
        for _ in 0..runs {
            let times = beacon(cell, end, &mut random);
            events += times.len();
            alone += u32::from(nats(&times, end) >= FOUND);
            let window = Window::before(end);
            let (day, sizes): (Vec<i64>, Vec<u64>) =
                times.iter().filter(|(time, _)| *time > window.start_s).copied().unzip();
            if let Some(score) = score(&day, &sizes, window).score() {
                rita[0] += u32::from(score >= 0.7);
                rita[1] += u32::from(score >= 0.9);
            }
            let background = real[random.below(real.len())];
            let mut both = times;
            for back in (0..).map(|lap| lap * 3 * DAY).take_while(|back| *back < cell.days * DAY) {
                both.extend(background.iter().map(|(time, sent)| (time - back, *sent)));
            }
            both.retain(|(time, _)| *time > end - cell.days * DAY);
            mixed += u32::from(nats(&both, end) >= FOUND);
        }
        let share = |count: u32| f64::from(count) / f64::from(runs);
        println!(
            "{:8.2}  {:6.1}  {:4.1}  {:4}  {:6}  {:5.2}  {:5.2}  {:9.2}  {:9.2}",
            cell.period_h,
            cell.jitter,
            cell.lost,
            cell.days,
            events / runs as usize,
            share(alone),
            share(mixed),
            share(rita[0]),
            share(rita[1]),
        );
        assert!(share(alone) >= cell.at_least, "recall {} below {}", share(alone), cell.at_least);
    }
}
