//! `zeek`: a million connection records as tab-separated values and as JSON lines, against splitting
//! the same bytes into columns and doing nothing with them.

use std::fmt::Write;

use anyhow::{Result, bail};
use khien_ingest::file::read_stream;
use khien_ingest::{DeadLetter, Normalizer, Place, Sink};
use khien_model::{Event, Limits, Untrusted};

use super::{Measured, cpu_seconds, peak_mib};

pub(super) const PARTS: [(&str, &str); 3] = [
    ("floor", "split into columns"),
    ("tsv", "khien: tab-separated values"),
    ("json", "khien: JSON lines"),
];

const ROWS: u64 = 1_000_000;

const COLUMNS: [(&str, &str); 20] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
];

pub(super) fn part(name: &str) -> Result<Measured> {
    match name {
        "floor" => floor(),
        "tsv" => ours("conn.log", &tsv()),
        "json" => ours("conn.json", &json()),
        _ => bail!("no part `{name}`"),
    }
}

/// The values of row `n`, made from its number.
fn row(n: u64) -> [String; 20] {
    let mix = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    [
        format!("{}.{:06}", 1_700_000_000 + n / 40, mix % 1_000_000),
        format!("C{mix:017x}"),
        format!("192.0.2.{}", mix % 250),
        (1024 + mix % 60_000).to_string(),
        format!("198.51.100.{}", mix / 251 % 250),
        "443".to_owned(),
        "tcp".to_owned(),
        "ssl".to_owned(),
        format!("{}.{:06}", mix % 60, mix % 999_983),
        (mix % 9000).to_string(),
        (mix % 90_000).to_string(),
        "SF".to_owned(),
        "T".to_owned(),
        "F".to_owned(),
        "0".to_owned(),
        "ShADadFf".to_owned(),
        (mix % 90).to_string(),
        (mix % 10_000).to_string(),
        (mix % 120).to_string(),
        (mix % 100_000).to_string(),
    ]
}

fn tsv() -> String {
    let mut text = String::from("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n");
    text.push_str("#unset_field\t-\n#path\tconn\n#fields");
    COLUMNS.iter().for_each(|(name, _)| text.extend(["\t", name]));
    text.push_str("\n#types");
    COLUMNS.iter().for_each(|(_, kind)| text.extend(["\t", kind]));
    text.push('\n');
    for n in 0..ROWS {
        text.push_str(&row(n).join("\t"));
        text.push('\n');
    }
    text
}

fn json() -> String {
    let mut text = String::new();
    for n in 0..ROWS {
        text.push('{');
        for (place, ((name, kind), value)) in COLUMNS.iter().zip(row(n)).enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let _ = match *kind {
                "time" | "count" | "port" | "interval" => {
                    write!(text, "{comma}\"{name}\":{value}")
                }
                "bool" => write!(text, "{comma}\"{name}\":{}", value == "T"),
                _ => write!(text, "{comma}\"{name}\":\"{value}\""),
            };
        }
        text.push_str("}\n");
    }
    text
}

fn floor() -> Result<Measured> {
    let text = tsv();
    let start = cpu_seconds()?;
    let mut columns = 0_u64;
    let mut rows = 0_u64;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        rows += 1;
        columns += line.split('\t').map(|value| value.len() as u64 & 1).sum::<u64>();
    }
    finish(start, rows, columns % 2, text.len())
}

struct Count(u64);
impl Sink for Count {
    fn event(&mut self, _: &Event, _: Place) {
        self.0 += 1;
    }
    fn dead(&mut self, _: DeadLetter) {}
}

fn ours(name: &str, text: &str) -> Result<Measured> {
    let (mut sink, mut normalizer) = (Count(0), Normalizer::default());
    let start = cpu_seconds()?;
    let name = Untrusted::from(name);
    read_stream(&name, &mut text.as_bytes(), &mut normalizer, &Limits::default(), &mut sink);
    finish(start, sink.0, 0, text.len())
}

fn finish(start: f64, items: u64, matches: u64, bytes: usize) -> Result<Measured> {
    Ok(Measured {
        cpu_s: cpu_seconds()? - start,
        load_cpu_s: 0.0,
        peak_mib: peak_mib()?,
        items,
        matches,
        bytes: bytes as u64,
    })
}
