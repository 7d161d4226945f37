//! When releases are published, how they are numbered, and what they change.

use super::change::{Change, LookAlike};
use super::plan::{Acquaintance, Sketch};
use super::product::{Platform, Product, Scheme};
use crate::random::Random;

/// Returns day and version of every release; the first is there from the start.
pub(super) fn departures(
    product: &Product,
    days: i64,
    one_is_needed: bool,
    random: &mut Random,
) -> Vec<(i64, String)> {
    let phase = random.range(1, product.train.every_days.max(2) + 1);
    if let Scheme::Fixed(list) = product.train.scheme {
        return list
            .iter()
            .map(|(at, version)| (days * at / 1000, (*version).to_owned()))
            .collect();
    }
    let mut published = vec![0];
    let mut day = phase;
    while day < days {
        // Nobody publishes on a weekend.
        let weekend = (day.rem_euclid(7) - 4).max(0);
        published.push(day - weekend.min(day - 1));
        day += product.train.every_days;
    }
    if one_is_needed {
        let due = days * 40 / 100;
        published.retain(|day| (day - due).abs() > 3);
        published.push(due);
        published.sort_unstable();
    }
    published.dedup();
    (0..).zip(published).map(|(index, day)| (day, number(product, index, day))).collect()
}

fn number(product: &Product, index: i64, day: i64) -> String {
    match product.train.scheme {
        Scheme::Browser(major) => {
            format!("{}.0.{}.{}", major + index / 4, 5_672 + index / 4 * 63, 64 + index % 4 * 31)
        }
        Scheme::Semver(major, minor) => format!("{major}.{}.{}", minor + index / 2, index % 2 * 3),
        Scheme::Year => {
            format!("{}.{}.{}", 23 + day / 365, day / 30 % 12 + 3, 20_000 + index * 41)
        }
        Scheme::Fixed(_) => String::new(),
    }
}

/// Draws what a release changes; often nothing.
pub(super) fn change(product: &Product, sketch: &mut Sketch, random: &mut Random) -> Vec<Change> {
    let mut changes = Vec::new();
    if random.chance(product.train.change_percent) {
        changes.extend(one(product, sketch, random));
        if random.chance(25) {
            changes.extend(one(product, sketch, random));
        }
    }
    changes
}

fn one(product: &Product, sketch: &mut Sketch, random: &mut Random) -> Option<Change> {
    let stem = product.key.split('-').next().unwrap_or(product.key);
    let change = match random.range(0, 100) {
        0..14 => own_network(stem, random),
        14..26 => new_cdn(stem, random),
        26..36 => {
            let to = (*random.pick(VENDORS)).to_owned();
            let from = sketch.contacts.iter().find(|c| is_vendor(&c.host)).map(|c| c.host.clone());
            Change::TelemetryVendor { from: from.filter(|from| *from != to), to }
        }
        36..54 => Change::NewHelper { file: helper(product.platform, stem, random) },
        54..72 => Change::NewLibrary { file: library(product.platform, random) },
        72..82 => Change::NewFiles { path: place(product.platform, stem, random) },
        82..88 => Change::NewFeature { host: feature(stem, random) },
        88..92 => Change::NewListener { port: port(random) },
        92..95 if product.platform == Platform::Windows => Change::StartsAtLogon,
        _ => {
            let host = sketch
                .contacts
                .iter()
                .rfind(|contact| contact.tenths > 0 && !contact.host.contains("lamson"));
            Change::ContactDropped { host: host?.host.clone() }
        }
    };
    apply(&change, sketch).then_some(change)
}

/// Makes a change; `false` when it would change nothing.
fn apply(change: &Change, sketch: &mut Sketch) -> bool {
    let knows = |host: &str, sketch: &Sketch| sketch.contacts.iter().any(|c| c.host == host);
    match change {
        Change::NewContact { host } if !knows(host, sketch) => {
            sketch.contacts.push(Acquaintance {
                tenths: 12,
                at_start: true,
                ..Acquaintance::new(host)
            });
        }
        Change::NewFeature { host } if !knows(host, sketch) => {
            let contact = Acquaintance { tenths: 8, ..Acquaintance::new(host) };
            sketch.contacts.push(Acquaintance { rare_per_mille: 60, ..contact });
        }
        Change::TelemetryVendor { from, to } if !knows(to, sketch) => {
            sketch.contacts.retain(|contact| Some(&contact.host) != from.as_ref());
            sketch.contacts.push(Acquaintance {
                tenths: 10,
                at_start: true,
                ..Acquaintance::new(to)
            });
        }
        Change::ContactDropped { host } if sketch.contacts.len() > 1 => {
            sketch.contacts.retain(|contact| contact.host != *host);
        }
        Change::NewHelper { file } if sketch.children.iter().all(|c| c.0 != *file) => {
            sketch.children.push((file.clone(), "--background".to_owned(), 75));
        }
        Change::NewLibrary { file } if sketch.libraries.iter().all(|l| l.0 != *file) => {
            sketch.libraries.push((file.clone(), None));
        }
        Change::NewFiles { path } if !sketch.writes.contains(path) => {
            sketch.writes.push(path.clone());
        }
        Change::NewListener { port } if !sketch.listens.contains(port) => {
            sketch.listens.push(*port);
        }
        Change::StartsAtLogon if !sketch.starts_at_logon => sketch.starts_at_logon = true,
        _ => return false,
    }
    true
}

/// Makes the changes of a look-alike.
pub(super) fn imitate(kind: LookAlike, product: &Product, sketch: &mut Sketch) -> Vec<Change> {
    match kind {
        LookAlike::Acquisition => {
            let from = std::mem::replace(&mut sketch.signer, "Tallow Group plc".to_owned());
            sketch.company = "Tallow Group".to_owned();
            let host = "account.tallowgroup.example".to_owned();
            let contact = Change::NewContact { host };
            apply(&contact, sketch);
            vec![Change::NewSigner { from, to: sketch.signer.clone() }, contact]
        }
        LookAlike::Merger => {
            let changes = vec![
                Change::Merged { product: "Papertrail Scan".to_owned() },
                Change::NewHelper { file: "ptscan.exe".to_owned() },
                Change::NewLibrary { file: "ptocr.dll".to_owned() },
                Change::NewContact { host: "ocr.papertrail.example".to_owned() },
            ];
            changes.iter().for_each(|change| {
                apply(change, sketch);
            });
            changes
        }
        LookAlike::TelemetryVendor => {
            let old =
                product.contacts.iter().find(|c| is_vendor(c.host)).map(|c| c.host.to_owned());
            let to = "eu.insightreef.example".to_owned();
            let change = Change::TelemetryVendor { from: old, to };
            apply(&change, sketch);
            vec![change]
        }
        LookAlike::BetaRing | LookAlike::CdnMove | LookAlike::Newcomer => Vec::new(),
    }
}

/// Another host under a name that the vendor has.
fn own_network(stem: &str, random: &mut Random) -> Change {
    let label = random.pick(&["edge", "assets", "config", "flags", "push", "cdn"]);
    Change::NewContact { host: format!("{label}{}.{stem}.example", random.range(1, 9)) }
}

/// A delivery network with a registered name of its own, or on shared hosting.
fn new_cdn(stem: &str, random: &mut Random) -> Change {
    let host = match random.range(0, 10) {
        0 => "objects.githubusercontent.com".to_owned(),
        1 => "storage.googleapis.com".to_owned(),
        2 => "s3.amazonaws.com".to_owned(),
        _ => {
            let word =
                random.pick(&["cdn", "static", "assets", "content", "delivery", "usercontent"]);
            format!("dl.{stem}{word}{}.example", random.range(1, 9))
        }
    };
    Change::NewContact { host }
}

fn feature(stem: &str, random: &mut Random) -> String {
    let word = random.pick(&["share", "assist", "translate", "templates", "transcribe", "boards"]);
    format!("api.{stem}{word}.example")
}

fn helper(platform: Platform, stem: &str, random: &mut Random) -> String {
    let word = random.pick(&["crash", "notify", "sync", "render", "index", "broker", "media"]);
    match platform {
        Platform::Windows => format!("{stem}-{word}.exe"),
        Platform::Macos => format!("Helpers/{stem}-{word}"),
        Platform::Linux => format!("{stem}-{word}"),
    }
}

fn library(platform: Platform, random: &mut Random) -> String {
    let words =
        ["webp", "icu", "onnx", "protobuf", "zstd", "opus", "harfbuzz", "skia", "vulkan", "brotli"];
    let word = random.pick(&words);
    match platform {
        Platform::Windows => format!("lib{word}.dll"),
        Platform::Macos => format!("Frameworks/lib{word}.dylib"),
        Platform::Linux => format!("lib{word}.so"),
    }
}

fn place(platform: Platform, stem: &str, random: &mut Random) -> String {
    let word = random.pick(&["models", "crashes", "sessions", "thumbnails", "offline", "staging"]);
    match platform {
        Platform::Windows => format!("C:\\Users\\%U%\\AppData\\Local\\{stem}\\{word}\\%N%.dat"),
        Platform::Macos => format!("/Users/%U%/Library/Application Support/{stem}/{word}/%N%.dat"),
        Platform::Linux => format!("/var/lib/{stem}/{word}/%N%.dat"),
    }
}

fn port(random: &mut Random) -> u16 {
    u16::try_from(random.range(20_000, 48_000)).unwrap_or(20_000)
}

fn is_vendor(host: &str) -> bool {
    VENDORS.iter().any(|vendor| {
        let domain = vendor.split_once('.').map_or(*vendor, |(_, domain)| domain);
        host.ends_with(domain)
    }) || host.ends_with("crashly.example")
}

/// Vendors of measurements, shared by many products.
const VENDORS: &[&str] = &[
    "collect.statwell.example",
    "in.heatlens.example",
    "eu.insightreef.example",
    "events.clickharbor.example",
    "ingest.bugnest.example",
    "t.funnelwise.example",
];
