//! Events, counts, and a store that breaks.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use futures::stream::BoxStream;
use khien_lake::row::{Origin, RowBuffer};
use khien_lake::{DurableFiles, Lake, Progress, QueryLimits};
use khien_model::{Event, EventClass, LogSource, Scalar, Timestamp};
use object_store::path::Path as Location;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Midnight of the first of March 2026, in nanoseconds.
pub(crate) const START: i64 = 1_772_323_200_000_000_000;
pub(crate) const DAY: i64 = 86_400_000_000_000;

pub(crate) fn origin(source: &str) -> Origin {
    Origin {
        org: "acme".to_owned(),
        host: "HOST-X".to_owned(),
        source: source.to_owned(),
        format: "json".to_owned(),
    }
}

fn event(class: EventClass, host: &str, day: i64, fields: &[(&str, &str)]) -> Event {
    let mut event = Event::new();
    event.class = class;
    event.set_host(host);
    event.time = Some(Timestamp::from_nanos(START + day * DAY));
    event.source = Arc::new(LogSource::new(Some("windows"), Some("sysmon"), &[]));
    for (name, value) in fields {
        event.push(name, Scalar::Str(value));
    }
    event
}

/// A program of a known release asks for a name.
pub(crate) fn asks(host: &str, day: i64, domain: &str) -> Event {
    let fields = [("QueryName", domain), ("Image", "C:\\Apps\\app.exe")];
    event(EventClass::Dns, host, day, &fields)
}

/// A program starts.
pub(crate) fn starts(host: &str, day: i64, version: &str) -> Event {
    let fields = [
        ("Image", "C:\\Apps\\app.exe"),
        ("CommandLine", "app.exe --quiet"),
        ("Product", "App"),
        ("FileVersion", version),
        ("Company", "Acme Ltd"),
        ("Hashes", "SHA256=00000000000000000000000000000000000000000000000000000000000000aa"),
    ];
    event(EventClass::Process, host, day, &fields)
}

/// A program writes a file.
pub(crate) fn writes(host: &str, day: i64, path: &str) -> Event {
    event(EventClass::File, host, day, &[("TargetFilename", path)])
}

/// A product on a host found something: an event, and none of our findings.
pub(crate) fn product_found(host: &str, day: i64, domain: &str) -> Event {
    event(
        EventClass::Finding,
        host,
        day,
        &[("signature", "a product's own"), ("dest_name", domain)],
    )
}

/// Some days of two hosts, as one batch of a source.
pub(crate) fn office(buffer: &mut RowBuffer, source: &str, days: Range<i64>) -> u64 {
    let origin = origin(source);
    let mut records = 0;
    for day in days {
        for host in ["H1", "H2"] {
            for event in [starts(host, day, "1.2.3"), asks(host, day, "www.example.com")] {
                records += 1;
                buffer.event(&event, &origin, records);
            }
        }
    }
    records
}

/// Stores a batch, with how far its source is read.
pub(crate) fn store(
    lake: &mut Lake,
    source: &str,
    days: Range<i64>,
) -> std::result::Result<u64, khien_lake::LakeError> {
    let mut buffer = RowBuffer::new();
    let records = office(&mut buffer, source, days);
    lake.store(&mut buffer, &Progress::from([(source.to_owned(), records)]))?;
    Ok(records)
}

/// The one number that a query gives.
pub(crate) fn number(lake: &Lake, sql: &str) -> i64 {
    let answer =
        lake.query(sql, &QueryLimits::default()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batch = answer.batches.first().unwrap_or_else(|| panic!("{sql}: no row"));
    batch.column(0).as_primitive::<Int64Type>().value(0)
}

/// The rows of a query as texts.
pub(crate) fn texts(lake: &Lake, sql: &str) -> Vec<Vec<String>> {
    let answer =
        lake.query(sql, &QueryLimits::default()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows = Vec::new();
    for batch in &answer.batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(
                columns
                    .iter()
                    .map(|column| column.as_string::<i32>().value(row).to_owned())
                    .collect(),
            );
        }
    }
    rows
}

/// What must be true of a lake at any time: the roll-ups say what the events say.
pub(crate) fn consistent(lake: &Lake) {
    let events = number(
        lake,
        "SELECT count(*) FROM events WHERE class NOT IN ('source', 'dead_letter') AND (class <> 'finding' OR rule IS NULL)",
    );
    let covered = number(lake, "SELECT coalesce(sum(count), 0) FROM coverage");
    assert_eq!(covered, events, "coverage counts every event once");
    let asked = number(lake, "SELECT count(*) FROM dns");
    let seen = number(
        lake,
        "SELECT coalesce(sum(count), 0) FROM sightings WHERE kind = 'domain' AND value = 'www.example.com'",
    );
    assert_eq!(seen, asked, "sightings count every name once");
}

pub(crate) fn open(
    folder: &Path,
    breaks: &Arc<Breakable>,
) -> std::result::Result<Lake, khien_lake::LakeError> {
    Lake::open_to_write_on(folder, Arc::clone(breaks) as Arc<dyn ObjectStore>)
}

/// How a write fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// Nothing was written.
    Before,
    /// It was written, and nobody learned of it.
    After,
    /// The disk is full, until [`Breakable::free`].
    Full,
}

/// A store that fails at one write, and at all later ones: as if the process had been killed there.
#[derive(Debug)]
pub(crate) struct Breakable {
    inner: DurableFiles,
    writes: AtomicUsize,
    at: usize,
    how: Failure,
    freed: AtomicBool,
}

impl Breakable {
    pub(crate) fn new(at: usize, how: Failure) -> Arc<Self> {
        Arc::new(Self {
            inner: DurableFiles::default(),
            writes: AtomicUsize::new(0),
            at,
            how,
            freed: AtomicBool::new(false),
        })
    }

    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// There is space on the disk again.
    pub(crate) fn free(&self) {
        self.freed.store(true, Ordering::SeqCst);
    }

    fn broken<T>(&self) -> Result<T> {
        let source = match self.how {
            Failure::Full => std::io::Error::from(std::io::ErrorKind::StorageFull).into(),
            Failure::Before | Failure::After => "it broke".into(),
        };
        Err(object_store::Error::Generic { store: "Breakable", source })
    }

    /// Whether this write may happen, and whether it may be told of.
    fn next(&self) -> (bool, bool) {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        if self.freed.load(Ordering::SeqCst) {
            return (true, true);
        }
        match number.cmp(&self.at) {
            std::cmp::Ordering::Less => (true, true),
            std::cmp::Ordering::Equal => (self.how == Failure::After, false),
            std::cmp::Ordering::Greater => (false, false),
        }
    }
}

impl fmt::Display for Breakable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("breakable")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Breakable {
    async fn put_opts(
        &self,
        location: &Location,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let (happens, told) = self.next();
        if !happens {
            return self.broken();
        }
        let put = self.inner.put_opts(location, payload, opts).await;
        if told { put } else { self.broken() }
    }

    async fn put_multipart_opts(
        &self,
        location: &Location,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if self.next().0 {
            self.inner.put_multipart_opts(location, opts).await
        } else {
            self.broken()
        }
    }

    async fn get_opts(&self, location: &Location, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Location, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Location>>,
    ) -> BoxStream<'static, Result<Location>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Location>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Location>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Location, to: &Location, options: CopyOptions) -> Result<()> {
        let (happens, told) = self.next();
        if !happens {
            return self.broken();
        }
        let copied = self.inner.copy_opts(from, to, options).await;
        if told { copied } else { self.broken() }
    }
}
