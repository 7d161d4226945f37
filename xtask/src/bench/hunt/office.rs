//! Thirteen months of an office, from a seed: events with the columns that a hunt is about.
//!
//! 2,000 products in 18 versions each, rolled out host by host, in three styles of paths; a million
//! names of browsing; one event in twenty about a temporary file, one in two hundred with a hash that
//! nothing else has. Five needles stand on twenty days of hosts.

use anyhow::Result;
use khien_lake::columns::position;
use khien_lake::row::{Row, RowBuffer};
use khien_lake::{Lake, Progress};
use khien_model::{Indicator, IndicatorKind};

/// Days that the data spans.
const DAYS: u64 = 390;
/// Hosts.
const HOSTS: u64 = 5_000;
const PRODUCTS: u64 = 2_000;
const VERSIONS: u64 = 18;
/// Midnight of the first of October 2025, in microseconds.
const START: i64 = 1_759_276_800_000_000;
const DAY: i64 = 86_400_000_000;
/// Rows of one commit.
const BATCH: u64 = 500_000;
/// Days of hosts on which the needles stand.
const NEEDLE_DAYS: u64 = 20;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, bound: u64) -> u64 {
        // The fourth power of a part of 2^16, in whole numbers.
        let part = self.next() >> 48;
        let square = (part * part) >> 16;
        (bound * ((square * square) >> 16)) >> 16
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

fn hash(of: u64) -> String {
    (0..4).map(|part| format!("{:016x}", mix(of.wrapping_mul(4).wrapping_add(part)))).collect()
}

fn address(of: u64) -> String {
    let bits = mix(of);
    format!(
        "{}.{}.{}.{}",
        20 + bits % 60,
        (bits >> 8) % 256,
        (bits >> 16) % 256,
        1 + (bits >> 24) % 254
    )
}

/// The five needles: what is hunted for and is there.
pub(super) fn needles() -> [IndicatorKind; 5] {
    [
        IndicatorKind::Hash(hash(u64::MAX - 7)),
        IndicatorKind::Hash(hash(u64::MAX - 8)),
        IndicatorKind::Domain("needle-one.example.net".to_owned()),
        IndicatorKind::Domain("needle-two.example.org".to_owned()),
        IndicatorKind::Ip(
            "203.0.113.77".parse().unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)),
        ),
    ]
}

/// A list of indicators as feeds have them: hashes, names, addresses, and a few paths; the needles
/// stand among them.
pub(super) fn indicators(count: u64, seed: u64) -> Vec<Indicator> {
    let mut random = Random(seed);
    let mut list: Vec<Indicator> = (0..count.saturating_sub(5))
        .map(|number| {
            let fresh = random.next();
            Indicator::bare(match number % 20 {
                0..8 => IndicatorKind::Hash(hash(fresh | 1 << 63)),
                8..14 => IndicatorKind::Domain(format!("x{fresh:016x}.example")),
                14..19 => {
                    let [_, a, b, c, ..] = fresh.to_le_bytes();
                    IndicatorKind::Ip(std::net::Ipv4Addr::new(198, 18 + a % 2, b, c).into())
                }
                _ => IndicatorKind::Path(format!("/users/public/x{fresh:016x}.exe")),
            })
        })
        .collect();
    for (number, needle) in needles().into_iter().enumerate() {
        let at = usize::try_from(random.below(count))
            .unwrap_or(0)
            .min(list.len())
            .saturating_sub(number);
        list.insert(at, Indicator::bare(needle));
    }
    list
}

/// Columns by place.
struct Places {
    org: usize,
    host: usize,
    class: usize,
    image: usize,
    app: usize,
    version: usize,
    signer: usize,
    domain: usize,
    dst_ip: usize,
    file: usize,
    sha256: usize,
    bytes: usize,
}

impl Places {
    fn new() -> Self {
        let at = |name| position(name).unwrap_or(usize::MAX);
        Self {
            org: at("org"),
            host: at("host"),
            class: at("class"),
            image: at("image"),
            app: at("app"),
            version: at("app_version"),
            signer: at("signer"),
            domain: at("domain"),
            dst_ip: at("dst_ip"),
            file: at("file"),
            sha256: at("sha256"),
            bytes: at("bytes"),
        }
    }
}

/// The texts of one event.
#[derive(Default)]
struct Texts {
    host: String,
    image: String,
    app: String,
    version: String,
    signer: String,
    domain: String,
    address: String,
    file: String,
    sha256: String,
}

/// Stores `events` events; returns how many there are with the needles.
pub(super) fn fill(lake: &mut Lake, events: u64, mut said: impl FnMut(u64)) -> Result<u64> {
    let (mut random, places) = (Random(20_230_322), Places::new());
    let mut buffer = RowBuffer::new();
    let (mut texts, mut stored) = (Texts::default(), 0_u64);
    for number in 0..events {
        let day = number * DAYS / events;
        let second = random.below(86_400_000_000);
        let host = random.below(HOSTS);
        let time = START + i64::try_from(day)? * DAY + i64::try_from(second)?;
        let class = one(&mut random, host, day, &mut texts);
        buffer.typed(&row(&places, time, class, &texts));
        stored += 1;
        // The needles come evenly through the last tenth of the time.
        let step = (events / 10 / NEEDLE_DAYS).max(1);
        if number >= events - events / 10 && (number - (events - events / 10)).is_multiple_of(step)
        {
            let which = (number - (events - events / 10)) / step;
            if which < NEEDLE_DAYS {
                needle(which, &mut texts);
                buffer.typed(&row(&places, time, "network", &texts));
                stored += 1;
            }
        }
        if number % BATCH == BATCH - 1 {
            lake.store(&mut buffer, &Progress::new())?;
            said(number + 1);
        }
    }
    lake.store(&mut buffer, &Progress::new())?;
    Ok(stored)
}

/// An event of a program on a host, by the habits of both.
fn one(random: &mut Random, host: u64, day: u64, texts: &mut Texts) -> &'static str {
    let rank = random.skewed(60);
    // Every host has sixty products, common ones more often.
    let product = mix(host.wrapping_mul(61).wrapping_add(rank)) % (PRODUCTS >> (rank % 6)).max(20);
    let lag = mix(host ^ product) % 20;
    let version = (day.saturating_sub(lag) * VERSIONS / DAYS).min(VERSIONS - 1);
    let style = product % 3;
    texts.host.clear();
    texts.host.push_str(&format!("H{host:05}"));
    texts.app = format!("Product {product}");
    texts.version = format!("{}.{}.{}", 1 + product % 20, version, product % 7);
    texts.signer = format!("Vendor {} Ltd", product / 7);
    texts.image = match style {
        0 => {
            format!("C:\\Program Files\\Vendor {0}\\Product {product}\\p{product}.exe", product / 7)
        }
        1 => format!("C:\\Program Files\\Product {product}\\{}\\p{product}.exe", texts.version),
        _ => format!(
            "C:\\Users\\u{host}\\AppData\\Local\\Programs\\p{product}\\app-{}\\p{product}.exe",
            texts.version
        ),
    };
    for text in [&mut texts.domain, &mut texts.address, &mut texts.file, &mut texts.sha256] {
        text.clear();
    }
    match random.below(20) {
        0..8 => {
            let part = random.skewed(8);
            let unique = random.below(200) == 0;
            let of =
                if unique { random.next() >> 1 } else { (product * 1_000 + version) * 16 + part };
            texts.sha256 = hash(of & !(1 << 63));
            "module"
        }
        8..14 => {
            name(random, product, texts);
            "dns"
        }
        14..18 => {
            name(random, product, texts);
            "network"
        }
        18 => {
            texts.file = format!(
                "C:\\Users\\u{host}\\AppData\\Local\\Temp\\{:012x}.tmp",
                random.next() >> 16
            );
            "file"
        }
        _ => {
            texts.file =
                format!("C:\\ProgramData\\Product {product}\\state{}.db", random.skewed(12));
            "file"
        }
    }
}

fn name(random: &mut Random, product: u64, texts: &mut Texts) {
    let own = random.below(10) < 7;
    let number =
        if own { product * 6 + random.skewed(6) } else { 1_000_000 + random.skewed(1_000_000) };
    texts.domain = if own {
        format!("s{}.product{product}.test", number % 6)
    } else {
        format!("w{number}.site{}.test", number % 50_000)
    };
    texts.address = address(number);
}

fn needle(which: u64, texts: &mut Texts) {
    texts.host = format!("H{:05}", 100 + which % 8);
    texts.domain.clear();
    texts.address.clear();
    texts.sha256.clear();
    match which % 5 {
        0 => texts.sha256 = hash(u64::MAX - 7),
        1 => texts.sha256 = hash(u64::MAX - 8),
        2 => "cdn.needle-one.example.net".clone_into(&mut texts.domain),
        3 => "needle-two.example.org".clone_into(&mut texts.domain),
        _ => "203.0.113.77".clone_into(&mut texts.address),
    }
}

fn row<'t>(places: &Places, time: i64, class: &'t str, texts: &'t Texts) -> Row<'t> {
    let mut row = Row::default();
    row.time = Some(time);
    for (place, text) in [
        (places.org, "acme"),
        (places.host, texts.host.as_str()),
        (places.class, class),
        (places.image, &texts.image),
        (places.app, &texts.app),
        (places.version, &texts.version),
        (places.signer, &texts.signer),
        (places.domain, &texts.domain),
        (places.dst_ip, &texts.address),
        (places.file, &texts.file),
        (places.sha256, &texts.sha256),
    ] {
        row.set(place, text);
    }
    if class == "network" {
        row.set_number(
            places.bytes,
            Some(i64::try_from(texts.image.len() * 977 % 60_000).unwrap_or(0)),
        );
    }
    row
}

/// What a hunt must find: needle, and hosts.
pub(super) fn expected() -> usize {
    let mut pairs: Vec<(u64, u64)> = (0..NEEDLE_DAYS).map(|which| (which % 5, which % 8)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.len()
}
