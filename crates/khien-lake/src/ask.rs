//! Questions that have one shape: what the lake can see, and which releases did a thing.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use khien_model::Timestamp;

use crate::error::LakeError;
use crate::lake::Lake;
use crate::rollup::SIGHTINGS;
use crate::sql::{QueryLimits, quoted};
use crate::table::DataFile;

/// What a release did below a temporary folder.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Did {
    /// The product, as its version resource names it.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Where.
    pub host: Host,
}

/// From when to when, and how often.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Span {
    /// First time; `None` when no record had one.
    pub first: Option<Timestamp>,
    /// Last time.
    pub last: Option<Timestamp>,
    /// Events.
    pub count: i64,
}

impl Span {
    /// Takes another one in.
    pub fn merge(&mut self, other: &Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }
}

/// A host and its organisation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Host {
    /// The organisation.
    pub org: String,
    /// The host.
    pub name: String,
}

/// What the lake holds of one host.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HostData {
    /// Events of any kind.
    pub all: Span,
    /// Events that show observables of a kind, by its word.
    pub kinds: BTreeMap<String, Span>,
    /// Events by class and log source, as `dns (windows sysmon)`.
    pub sources: BTreeMap<String, Span>,
    /// Products of log sources, such as `windows` or `zeek`.
    pub products: BTreeSet<String>,
}

/// One release of a program, and on how many hosts it did one of the things asked for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ReleaseUse {
    /// The program.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Hosts on which it did.
    pub hosts: i64,
    /// Hosts on which it was ever seen to do anything.
    pub of: i64,
}

/// A program's version on a host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Installed {
    /// The program, as its version resource names it.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Where.
    pub host: Host,
    /// When it was seen to run.
    pub seen: Span,
}

impl Lake {
    /// What the lake holds, host by host.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the tables cannot be read.
    pub fn hosts(&self) -> Result<BTreeMap<Host, HostData>, LakeError> {
        let mut hosts: BTreeMap<Host, HostData> = BTreeMap::new();
        let text =
            "SELECT org, host, class, log_product, log_service, first, last, count FROM coverage";
        for batch in self.all(text)? {
            let (words, spans) = (Words::of(&batch, 5)?, Spans::of(&batch)?);
            for row in 0..batch.num_rows() {
                let [org, name, class, product, service] = words.row(row);
                let data =
                    hosts.entry(Host { org: org.to_owned(), name: name.to_owned() }).or_default();
                let span = spans.row(row);
                data.all.merge(&span);
                if !product.is_empty() {
                    data.products.insert(product.to_owned());
                }
                let source = match [product, service].join(" ").trim() {
                    "" => class.to_owned(),
                    source => format!("{class} ({source})"),
                };
                data.sources.entry(source).or_default().merge(&span);
            }
        }
        for batch in self.all("SELECT org, host, kind, first, last, count FROM reach")? {
            let (words, spans) = (Words::of(&batch, 3)?, Spans::of(&batch)?);
            for row in 0..batch.num_rows() {
                let [org, name, kind] = words.row(row);
                let host = Host { org: org.to_owned(), name: name.to_owned() };
                let kinds = &mut hosts.entry(host).or_default().kinds;
                kinds.entry(kind.to_owned()).or_default().merge(&spans.row(row));
            }
        }
        // Hosts of which retention left only what was seen: they have no records, and are there.
        if self.remembers_more()? {
            for batch in self.all("SELECT DISTINCT org, host FROM sightings")? {
                let words = Words::of(&batch, 2)?;
                for row in 0..batch.num_rows() {
                    let [org, name] = words.row(row).map(str::to_owned);
                    hosts.entry(Host { org, name }).or_default();
                }
            }
        }
        Ok(hosts)
    }

    /// Which releases did what these values stand for: a name they asked for, a file they wrote. Each
    /// is the word of a kind, and a value as [`crate::Seen`] has it. What releases did below
    /// temporary folders is not kept path by path; a hunt finds it in the events ([`Retro::did`]).
    ///
    /// [`Retro::did`]: crate::Retro::did
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the tables cannot be read.
    pub fn releases_of(
        &self,
        values: &[(&str, &str)],
        temporary: &BTreeSet<Did>,
    ) -> Result<Vec<ReleaseUse>, LakeError> {
        let mut did: BTreeMap<(String, String), BTreeSet<Host>> = BTreeMap::new();
        for one in temporary {
            did.entry((one.app.clone(), one.version.clone())).or_default().insert(one.host.clone());
        }
        let wanted = wanted(values);
        if !wanted.is_empty() {
            let text = format!(
                "SELECT DISTINCT app, app_version, org, host FROM behaviour WHERE {wanted}"
            );
            for batch in self.all(&text)? {
                let words = Words::of(&batch, 4)?;
                for row in 0..batch.num_rows() {
                    let [app, version, org, name] = words.row(row).map(str::to_owned);
                    did.entry((app, version)).or_default().insert(Host { org, name });
                }
            }
        }
        if did.is_empty() {
            return Ok(Vec::new());
        }
        let apps: BTreeSet<String> = did.keys().map(|(app, _)| quoted(app)).collect();
        let text = format!(
            "SELECT app, app_version, count(DISTINCT org || '/' || host) AS of FROM behaviour \
             WHERE app IN ({}) GROUP BY app, app_version ORDER BY 1, 2",
            apps.into_iter().collect::<Vec<_>>().join(", ")
        );
        let mut uses = Vec::new();
        for batch in self.all(&text)? {
            let (words, of) = (Words::of(&batch, 2)?, numbers(&batch, 2)?);
            for row in 0..batch.num_rows() {
                let [app, version] = words.row(row).map(str::to_owned);
                let key = (app, version);
                let hosts = did.get(&key).map_or(0, BTreeSet::len);
                let (app, version) = key;
                let hosts = i64::try_from(hosts).unwrap_or(i64::MAX);
                uses.push(ReleaseUse { app, version, hosts, of: of.value(row) });
            }
        }
        Ok(uses)
    }

    /// Every version of every program that was seen to run, host by host.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the tables cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, LakeError> {
        let text = "SELECT app, app_version, org, host, min(first) AS first, max(last) AS last, sum(count) AS count \
                    FROM behaviour GROUP BY app, app_version, org, host ORDER BY 1, 2, 3, 4";
        let mut installed = Vec::new();
        for batch in self.all(text)? {
            let (words, spans) = (Words::of(&batch, 4)?, Spans::of(&batch)?);
            for row in 0..batch.num_rows() {
                let [app, version, org, name] = words.row(row).map(str::to_owned);
                installed.push(Installed {
                    app,
                    version,
                    host: Host { org, name },
                    seen: spans.row(row),
                });
            }
        }
        Ok(installed)
    }

    /// Whether sightings outlived their events.
    fn remembers_more(&self) -> Result<bool, LakeError> {
        for table in self.rollups.iter().filter(|table| table.name == SIGHTINGS.table) {
            if table.files()?.iter().any(DataFile::is_kept) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All rows of a query of ours.
    fn all(&self, text: &str) -> Result<Vec<RecordBatch>, LakeError> {
        let limits = QueryLimits { rows: usize::MAX, ..QueryLimits::default() };
        Ok(self.query(text, &limits)?.batches)
    }
}

/// The condition under which a row of `behaviour` is about one of these; empty for none.
fn wanted(values: &[(&str, &str)]) -> String {
    let kinds = |kind: &str| match kind {
        "path" => "kind IN ('run', 'module', 'file')".to_owned(),
        kind => format!("kind = {}", quoted(kind)),
    };
    let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (kind, value) in values.iter().take(VALUES_MAX) {
        by_kind.entry(kind).or_default().push(quoted(value));
    }
    let wanted: Vec<String> = by_kind
        .into_iter()
        .map(|(kind, values)| format!("({} AND value IN ({}))", kinds(kind), values.join(", ")))
        .collect();
    wanted.join(" OR ")
}

/// Bound: values of one question about releases; the first ones stand for all.
const VALUES_MAX: usize = 2000;

fn misfit() -> LakeError {
    LakeError::Internal("a column of a query has another type".to_owned())
}

/// The first columns of a batch, as text.
struct Words(Vec<StringArray>);

impl Words {
    fn of(batch: &RecordBatch, count: usize) -> Result<Self, LakeError> {
        let columns = batch.columns().iter().take(count).map(|column| {
            let text = cast(column, &DataType::Utf8).map_err(LakeError::internal)?;
            text.as_string_opt::<i32>().cloned().ok_or_else(misfit)
        });
        Ok(Self(columns.collect::<Result<_, _>>()?))
    }

    fn row<const N: usize>(&self, row: usize) -> [&str; N] {
        std::array::from_fn(|at| {
            self.0
                .get(at)
                .filter(|column| column.is_valid(row))
                .map_or("", |column| column.value(row))
        })
    }
}

/// The columns `first`, `last` and `count` of a batch.
struct Spans<'b> {
    first: &'b arrow::array::TimestampMicrosecondArray,
    last: &'b arrow::array::TimestampMicrosecondArray,
    count: &'b arrow::array::Int64Array,
}

impl<'b> Spans<'b> {
    fn of(batch: &'b RecordBatch) -> Result<Self, LakeError> {
        let time =
            |name| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
        let count =
            batch.column_by_name("count").and_then(|column| column.as_primitive_opt::<Int64Type>());
        match (time("first"), time("last"), count) {
            (Some(first), Some(last), Some(count)) => Ok(Self { first, last, count }),
            _ => Err(misfit()),
        }
    }

    fn row(&self, row: usize) -> Span {
        let time = |times: &arrow::array::TimestampMicrosecondArray| {
            let micros = times.is_valid(row).then(|| times.value(row))?;
            micros.checked_mul(1000).map(Timestamp::from_nanos)
        };
        Span { first: time(self.first), last: time(self.last), count: self.count.value(row) }
    }
}

fn numbers(batch: &RecordBatch, at: usize) -> Result<&arrow::array::Int64Array, LakeError> {
    batch
        .columns()
        .get(at)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(misfit)
}
