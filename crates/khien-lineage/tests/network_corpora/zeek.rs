//! Zeek's tab-separated logs as rows of text: enough for tests, columns by name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// One record.
pub(crate) struct Row {
    names: Rc<Vec<String>>,
    line: String,
}

impl Row {
    /// A field's text; `None` where it is unset, empty or missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| known == name)?;
        self.line.split('\t').nth(at).filter(|text| !matches!(*text, "-" | "(empty)" | ""))
    }

    /// A number, 0 where unset.
    pub(crate) fn float(&self, name: &str) -> f64 {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }

    /// A count, 0 where unset.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// A time in whole seconds.
    pub(crate) fn seconds(&self, name: &str) -> i64 {
        self.nanos(name).div_euclid(1_000_000_000)
    }

    /// A time in nanoseconds, from the decimal text.
    pub(crate) fn nanos(&self, name: &str) -> i64 {
        let text = self.get(name).unwrap_or("0");
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part = format!("{part:0<9}");
        whole.parse::<i64>().unwrap_or(0) * 1_000_000_000 + part[..9].parse::<i64>().unwrap_or(0)
    }
}

/// The logs of one hour, by kind.
#[derive(Default)]
pub(crate) struct HourLogs {
    by_kind: BTreeMap<String, Vec<Row>>,
}

impl HourLogs {
    /// The records of one kind of log.
    pub(crate) fn rows(&self, kind: &str) -> &[Row] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }
}

/// Reads one log.
pub(crate) fn read(stream: impl Read) -> Vec<Row> {
    let mut names = Rc::new(Vec::new());
    let mut rows = Vec::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if let Some(fields) = line.strip_prefix("#fields\t") {
            names = Rc::new(fields.split('\t').map(str::to_owned).collect());
        } else if !line.starts_with('#') {
            rows.push(Row { names: Rc::clone(&names), line });
        }
    }
    rows
}

/// Reads connections, requests, handshakes and queries of every hour below `day` folders, in order.
pub(crate) fn hours(root: &Path) -> Vec<HourLogs> {
    let mut hours: BTreeMap<String, HourLogs> = BTreeMap::new();
    for day in std::fs::read_dir(root).unwrap() {
        let day = day.unwrap();
        if !day.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(day.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let (kind, hour) = name.split_once('.').unwrap();
            if matches!(kind, "conn" | "open_conn" | "http" | "ssl" | "dns") {
                let file = File::open(day.path().join(&name)).unwrap();
                let rows = read(flate2::read::MultiGzDecoder::new(file));
                let key = format!("{}/{hour}", day.file_name().to_string_lossy());
                hours.entry(key).or_default().by_kind.insert(kind.to_owned(), rows);
            }
        }
    }
    hours.into_values().collect()
}
