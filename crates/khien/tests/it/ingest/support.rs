//! The program, a lake of its own, and what is in it.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use khien_lake::{Lake, QueryLimits};
use khien_sim::{SoftphoneScenario, Variant};

use crate::program::{command, khien};

/// Starts the program with a pipe as its input.
pub(super) fn start(arguments: &[&str]) -> Child {
    command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A simulated office.
pub(super) struct Office(tempfile::TempDir);

pub(super) fn simulated(variant: Variant) -> Office {
    let dir = tempfile::tempdir().unwrap();
    SoftphoneScenario { seed: 42, variant }.write_to(&dir.path().join("logs")).unwrap();
    Office(dir)
}

impl Office {
    pub(super) fn logs(&self) -> String {
        self.0.path().join("logs").display().to_string()
    }
}

pub(super) fn sum(counts: &serde_json::Value, names: &[&str]) -> u64 {
    names.iter().map(|name| counts[name].as_u64().unwrap()).sum()
}

/// Events and dead letters that a run stored.
pub(super) fn kinds_of(summary: &serde_json::Value) -> (u64, u64) {
    (
        summary["records"]["events"].as_u64().unwrap(),
        summary["records"]["dead_letters"].as_u64().unwrap(),
    )
}

/// A place for a lake.
pub(super) struct Store(tempfile::TempDir);

impl Store {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn path(&self) -> String {
        self.0.path().display().to_string()
    }

    /// Runs `khien ingest` and returns its summary.
    pub(super) fn ingest(&self, arguments: &[&str]) -> serde_json::Value {
        let path = self.path();
        let all = [&["ingest", "--json", "--lake", &path], arguments].concat();
        let output = khien(&all);
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(super) fn open(&self) -> Opened {
        Opened(Lake::open(self.folder()).unwrap())
    }
}

/// Which rows are events: findings of rules and indicators have the name of one, those that a
/// product logged have not.
pub(super) const EVENTS: &str = "SELECT count(*) FROM events WHERE class NOT IN ('source', 'dead_letter') AND (class <> 'finding' OR rule IS NULL)";

/// A lake to be read.
pub(super) struct Opened(Lake);

impl Opened {
    pub(super) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let limits = QueryLimits {
            rows: 10_000_000,
            time: Duration::from_secs(300),
            ..QueryLimits::default()
        };
        let answer = self.0.query(sql, &limits).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut rows = Vec::new();
        for batch in &answer.batches {
            let columns: Vec<_> = batch
                .columns()
                .iter()
                .map(|column| arrow::compute::cast(column, &DataType::Utf8).unwrap())
                .collect();
            for row in 0..batch.num_rows() {
                let value = |column: &arrow::array::ArrayRef| match column.is_null(row) {
                    true => String::new(),
                    false => column.as_string::<i32>().value(row).to_owned(),
                };
                rows.push(columns.iter().map(value).collect());
            }
        }
        rows
    }

    pub(super) fn number(&self, sql: &str) -> u64 {
        self.rows(sql)[0][0].parse().unwrap()
    }

    /// Everything but the rows of sources, in an order of its own, as it would be whatever the
    /// number of batches.
    pub(super) fn everything(&self) -> Vec<Vec<String>> {
        let mut rows = self.rows(
            "SELECT class, org, host, format, cast(time AS varchar), title, rule, cast(record AS varchar), fields \
             FROM events WHERE class <> 'source'",
        );
        rows.sort();
        rows
    }

    /// The roll-ups say what the events say.
    pub(super) fn check(&self) {
        let events = self.number(EVENTS);
        assert_eq!(self.number("SELECT coalesce(sum(count), 0) FROM coverage"), events);
    }
}

/// Two lakes hold the same; shows the first differences.
pub(super) fn assert_same(found: &[Vec<String>], expected: &[Vec<String>]) {
    let lost: Vec<_> =
        expected.iter().filter(|row| found.binary_search(row).is_err()).take(3).collect();
    let odd: Vec<_> =
        found.iter().filter(|row| expected.binary_search(row).is_err()).take(3).collect();
    assert!(lost.is_empty() && odd.is_empty(), "lost: {lost:#?}\nnot expected: {odd:#?}");
    assert_eq!(found.len(), expected.len(), "rows that are there twice, or once too rarely");
}

/// Waits until something is so, for a minute at most.
pub(super) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "a bound for the test")]
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
