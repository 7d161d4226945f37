//! Retro-hunt: which of many indicators were ever seen, on which hosts, since when.
//!
//! Fingerprint files say in one pass which rows of `sightings` may hold an indicator; only those
//! rows are read, and each is confirmed on its full value. Patterns without anything to look up
//! (networks, open wildcards) are tried on the distinct values of their kind.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt;
use khien_detect::indicator::{Every, LookUp, covers, look_up};
use khien_model::{Indicator, IndicatorKind, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::RowSelection;

use crate::ask::Did;
use crate::error::LakeError;
use crate::fingerprint::{self, Aspect, Collector, Run};
use crate::lake::Lake;
use crate::parquet_file::{damaged, open};
use crate::rollup::{HOUR, SIGHTINGS};
use crate::table::{DataFile, Table};
use crate::template;
use crate::temporary::Suspects;

/// An indicator that was seen on a host.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Seen {
    /// Position of the indicator among those asked for.
    pub indicator: usize,
    /// The word of the observable's kind.
    pub kind: String,
    /// The value that it covers.
    pub value: String,
    /// The organisation.
    pub org: String,
    /// The host.
    pub host: String,
    /// First time, in microseconds since 1970; `None` when no record had one.
    pub first: Option<i64>,
    /// Last time.
    pub last: Option<i64>,
    /// Whether the times are exact; if not, they are the beginnings of hours
    /// ([`Lake::exact_times`]).
    pub exact: bool,
    /// In how many events.
    pub count: i64,
}

/// What a retro-hunt found.
#[derive(Clone, Debug, Default)]
pub struct Retro {
    /// Sightings, by indicator, value, organisation and host; each once.
    pub seen: Vec<Seen>,
    /// Positions of indicators of kinds that the index does not keep: nothing was said about them.
    pub not_indexed: Vec<usize>,
    /// Which releases ran, loaded or wrote the temporary paths among them.
    pub did: BTreeSet<Did>,
}

/// The questions of a hunt, made once for all files.
struct Questions {
    /// Hash and indicator, sorted.
    hashes: Vec<(u64, u32)>,
    /// Indicators that must be tried on every value of a kind.
    every: Every,
    not_indexed: Vec<usize>,
}

impl Questions {
    fn new(indicators: &[Indicator]) -> Self {
        let (mut hashes, mut every, mut not_indexed) = (Vec::new(), Vec::new(), Vec::new());
        for (number, indicator) in indicators.iter().enumerate() {
            let position = u32::try_from(number).unwrap_or(u32::MAX);
            let text = indicator.kind.text();
            let mut ask = |kind, aspect, value: &str| {
                hashes.push((fingerprint::hash(kind, aspect, value), position))
            };
            match look_up(&indicator.kind, &text) {
                LookUp::Whole("signer", value) => {
                    ask("signer", Aspect::Whole, &value.to_lowercase())
                }
                LookUp::Whole(kind, value) => ask(kind, Aspect::Whole, value),
                LookUp::Domain(domain) => {
                    ask("domain", Aspect::Whole, domain);
                    ask("domain", Aspect::Below, domain);
                }
                LookUp::PathName(name) => {
                    ask("path", Aspect::Name, name);
                    // Below a temporary folder its path is kept under this name.
                    if let Some(star) = template::name(name) {
                        ask("path", Aspect::Name, &star);
                    }
                }
                LookUp::Every(_) => every.push((number, &indicator.kind)),
                LookUp::NotIndexed => not_indexed.push(number),
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes, every: Every::new(every.into_iter()), not_indexed }
    }
}

impl Lake {
    /// Finds indicators in the whole history.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the index cannot be read.
    pub fn retro_hunt(&self, indicators: &[Indicator]) -> Result<Retro, LakeError> {
        let Some(table) = self.rollup(SIGHTINGS.table) else { return Ok(Retro::default()) };
        let questions = Questions::new(indicators);
        let mut found: BTreeMap<(usize, String, String, String, String), Seen> = BTreeMap::new();
        let mut suspects = Suspects::default();
        let mut did = BTreeSet::new();
        for file in table.files()?.into_iter().map(Some).chain([None]) {
            // After the last file come the paths of which the index has only the template.
            let confirmed = match file {
                Some(file) => {
                    let candidates = self.candidates(table, &file, &questions)?;
                    let asked = Asked { indicators, questions: &questions };
                    self.wait(confirm(table, &file, &candidates, &asked, &mut suspects))?
                }
                None => self.confirm_temporary(&suspects, indicators, &mut did)?,
            };
            for seen in confirmed {
                let key = (
                    seen.indicator,
                    seen.kind.clone(),
                    seen.value.clone(),
                    seen.org.clone(),
                    seen.host.clone(),
                );
                found.entry(key).and_modify(|known| known.merge(&seen)).or_insert(seen);
            }
        }
        Ok(Retro { seen: found.into_values().collect(), not_indexed: questions.not_indexed, did })
    }

    /// The rows of a file that may hold an indicator, with the indicators.
    fn candidates(
        &self,
        table: &Table,
        file: &DataFile,
        questions: &Questions,
    ) -> Result<BTreeMap<Run, Vec<u32>>, LakeError> {
        let path = fingerprint::path_of(&self.folder, &file.path);
        for attempt in 0..2 {
            let mut candidates: BTreeMap<Run, Vec<u32>> = BTreeMap::new();
            let read = fingerprint::look_up(&path, &questions.hashes, |question, run| {
                candidates.entry(run).or_default().push(question);
            });
            let in_range =
                |run: &Run| u64::from(run.first).saturating_add(u64::from(run.rows)) <= file.rows;
            if read.is_some() && candidates.keys().all(in_range) {
                return Ok(candidates);
            }
            if attempt == 0 {
                // Lost or damaged: it is a cache, and made again.
                self.wait(make_fingerprints(table, file, &path))?;
            }
        }
        Err(LakeError::Damaged {
            table: table.name.to_owned(),
            detail: format!("fingerprints of {}", file.path),
        })
    }
}

impl Seen {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }

    /// First time.
    pub fn first_time(&self) -> Option<Timestamp> {
        self.first.and_then(|micros| micros.checked_mul(1000)).map(Timestamp::from_nanos)
    }

    /// Last time.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.last.and_then(|micros| micros.checked_mul(1000)).map(Timestamp::from_nanos)
    }
}

async fn make_fingerprints(
    table: &Table,
    file: &DataFile,
    path: &std::path::Path,
) -> Result<(), LakeError> {
    let builder = open(table, file).await?;
    let columns = ProjectionMask::columns(builder.parquet_schema(), ["kind", "value"]);
    let mut rows = builder
        .with_projection(columns)
        .build()
        .map_err(|error| damaged(table, &file.path, &error))?;
    let mut collector = Collector::default();
    while let Some(batch) =
        rows.try_next().await.map_err(|error| damaged(table, &file.path, &error))?
    {
        collector.batch(&batch);
    }
    collector.write(path)
}

/// What is asked, as given and as made.
struct Asked<'a> {
    indicators: &'a [Indicator],
    questions: &'a Questions,
}

/// Reads the candidate rows, and whatever else must be tried, and keeps what is covered.
async fn confirm(
    table: &Table,
    file: &DataFile,
    candidates: &BTreeMap<Run, Vec<u32>>,
    asked: &Asked<'_>,
    suspects: &mut Suspects,
) -> Result<Vec<Seen>, LakeError> {
    let mut seen = Vec::new();
    if !candidates.is_empty() {
        let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
        let range =
            |run: &Run| run.first as usize..(run.first as usize).saturating_add(run.rows as usize);
        let ranges = candidates.keys().map(range);
        let selection = RowSelection::from_consecutive_ranges(ranges, rows);
        let stream = open(table, file).await?.with_row_selection(selection).build();
        let mut stream = stream.map_err(|error| damaged(table, &file.path, &error))?;
        let mut order =
            candidates.iter().flat_map(|(run, asked)| (0..run.rows).map(move |_| asked));
        while let Some(batch) =
            stream.try_next().await.map_err(|error| damaged(table, &file.path, &error))?
        {
            let view = View::new(&batch)
                .ok_or_else(|| damaged(table, &file.path, &"columns are not as they should be"))?;
            for row in 0..batch.num_rows() {
                let here = order.next().map_or(&[] as &[u32], Vec::as_slice);
                let positions = here.iter().map(|question| *question as usize);
                let hidden = view.is_temporary(row);
                for at in positions.filter(|at| asked.covers(*at, &view, row, hidden)) {
                    view.take(row, at, hidden, suspects, &mut seen);
                }
            }
        }
    }
    if !asked.questions.every.is_empty() {
        try_every(table, file, asked, suspects, &mut seen).await?;
    }
    Ok(seen)
}

async fn try_every(
    table: &Table,
    file: &DataFile,
    asked: &Asked<'_>,
    suspects: &mut Suspects,
    seen: &mut Vec<Seen>,
) -> Result<(), LakeError> {
    let stream = open(table, file).await?.build();
    let mut stream = stream.map_err(|error| damaged(table, &file.path, &error))?;
    while let Some(batch) =
        stream.try_next().await.map_err(|error| damaged(table, &file.path, &error))?
    {
        let view = View::new(&batch)
            .ok_or_else(|| damaged(table, &file.path, &"columns are not as they should be"))?;
        let (mut last, mut matching) = ((String::new(), String::new()), Vec::new());
        let mut hidden = false;
        for row in 0..batch.num_rows() {
            // Rows of one value stand together: patterns are tried once a value.
            if (last.0.as_str(), last.1.as_str()) != (view.kinds.value(row), view.values.value(row))
            {
                last = (view.kinds.value(row).to_owned(), view.values.value(row).to_owned());
                matching.clear();
                hidden = view.is_temporary(row);
                let covering = |at: &usize| asked.covers(*at, &view, row, hidden);
                let every = &asked.questions.every;
                // A star of a template stands for texts that it does not contain.
                let tried = match hidden {
                    true => every.paths().to_vec(),
                    false => every.candidates(view.kinds.value(row), view.values.value(row)),
                };
                matching.extend(tried.into_iter().filter(covering));
            }
            for at in &matching {
                view.take(row, *at, hidden, suspects, seen);
            }
        }
    }
    Ok(())
}

/// The columns of a batch of `sightings`.
struct View<'b> {
    kinds: &'b arrow::array::StringArray,
    values: &'b arrow::array::StringArray,
    orgs: &'b arrow::array::StringArray,
    hosts: &'b arrow::array::StringArray,
    first: &'b arrow::array::TimestampMicrosecondArray,
    last: &'b arrow::array::TimestampMicrosecondArray,
    counts: &'b arrow::array::Int64Array,
}

impl<'b> View<'b> {
    fn new(batch: &'b RecordBatch) -> Option<Self> {
        let text = |name| batch.column_by_name(name)?.as_string_opt::<i32>();
        let time =
            |name| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
        Some(Self {
            kinds: text("kind")?,
            values: text("value")?,
            orgs: text("org")?,
            hosts: text("host")?,
            first: time("first")?,
            last: time("last")?,
            counts: batch.column_by_name("count")?.as_primitive_opt::<Int64Type>()?,
        })
    }

    fn seen(&self, row: usize, indicator: usize) -> Seen {
        let time = |times: &arrow::array::TimestampMicrosecondArray| {
            times.is_valid(row).then(|| times.value(row))
        };
        Seen {
            indicator,
            kind: self.kinds.value(row).to_owned(),
            value: self.values.value(row).to_owned(),
            org: self.orgs.value(row).to_owned(),
            host: self.hosts.value(row).to_owned(),
            first: time(self.first),
            last: time(self.last),
            exact: false,
            count: self.counts.value(row),
        }
    }

    /// Whether a row is about a path that the index has only the template of.
    fn is_temporary(&self, row: usize) -> bool {
        self.kinds.value(row) == "path" && template::template(self.values.value(row)).is_some()
    }

    /// Takes a row for an indicator: as it is, or to be looked up in the events.
    fn take(
        &self,
        row: usize,
        at: usize,
        hidden: bool,
        suspects: &mut Suspects,
        seen: &mut Vec<Seen>,
    ) {
        let one = self.seen(row, at);
        if hidden {
            let until = one.last.map(|hour| hour.saturating_add(HOUR - 1));
            suspects.add(at, &one.host, [one.first, until]);
        } else {
            seen.push(one);
        }
    }
}

impl Asked<'_> {
    /// Whether an indicator covers the value of a row, or may cover what has this template.
    fn covers(&self, at: usize, view: &View<'_>, row: usize, hidden: bool) -> bool {
        let (kind, value) = (view.kinds.value(row), view.values.value(row));
        match self.indicators.get(at).map(|indicator| &indicator.kind) {
            Some(IndicatorKind::Path(pattern)) if hidden => template::may_cover(pattern, value),
            Some(indicator) => covers(indicator, kind, value),
            None => false,
        }
    }
}
