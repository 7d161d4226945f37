//! What the fuzz targets share: reading bytes as a stream of one format, and what must hold of the
//! result whatever the bytes are.

#![forbid(unsafe_code)]

use std::io::{self, Read};

use khien_detect::indicator::{IndicatorSet, NoisePolicy};
use khien_ingest::file::read_stream;
use khien_ingest::normalize::Normalizer;
use khien_ingest::read::{Context, StreamReport};
use khien_ingest::{DeadLetter, FileReport, Place, Sink};
use khien_model::{Event, EventClass, EventId, IndicatorKind, Limits, Scalar, Untrusted};

/// A reader of one format, as in `khien_ingest::read`.
pub type Reader = fn(&mut dyn Read, &mut Context<'_>) -> io::Result<()>;

/// Small bounds, so that short inputs reach them.
pub const LIMITS: Limits = Limits {
    record_bytes_max: 4096,
    nesting_max: 16,
    expansion_ratio_max: 250,
    expanded_bytes_max: 4 << 20,
    members_max: 64,
    containers_max: 4,
};

/// What a reader found, reduced to what two readings can be compared by.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Found {
    events: Vec<(EventId, Option<i64>, String, u64, u64)>,
    dead: Vec<(u64, String)>,
    canary: bool,
}

impl Found {
    /// Whether the record with `"canary":"here"` was among the events.
    pub fn has_canary(&self) -> bool {
        self.canary
    }

    /// Whether anything is known not to have been read.
    pub fn has_dead_letters(&self) -> bool {
        !self.dead.is_empty()
    }
}

impl Sink for Found {
    fn event(&mut self, event: &Event, place: Place) {
        assert!(event.len() <= khien_model::event::FIELDS_MAX);
        for (name, _, _) in event.fields() {
            assert!(event.has(name), "a field can be asked for by its name");
        }
        self.canary |= event.text_of("canary") == Some("here");
        let time = event.time.map(|time| time.as_nanos());
        let source = event.source.to_string();
        self.events.push((event.id(), time, source, place.record, place.offset));
    }

    fn dead(&mut self, letter: DeadLetter) {
        let shown = format!("{} {}: {}", letter.file, letter.reason, letter.detail);
        assert!(!shown.chars().any(char::is_control), "nothing shown drives a terminal");
        self.dead.push((letter.offset, shown));
    }
}

/// Reads bytes in one piece and again in pieces of a few bytes; both must find the same.
pub fn check_reader(reader: Reader, name: &str, bytes: &[u8]) -> Found {
    let whole = read_with(reader, name, &mut &*bytes);
    let step = bytes.first().map_or(1, |first| usize::from(first % 11).saturating_add(1));
    let pieces = read_with(reader, name, &mut Trickle { bytes, step });
    assert_eq!(whole, pieces, "what is found does not depend on how bytes arrive");
    let end = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    assert!(whole.dead.iter().all(|(offset, _)| *offset <= end));
    assert!(whole.events.iter().all(|event| event.4 <= end));
    whole
}

fn read_with(reader: Reader, name: &str, stream: &mut dyn Read) -> Found {
    let mut found = Found::default();
    let mut report = StreamReport::default();
    let mut context = Context {
        name: &Untrusted::from(name),
        limits: &LIMITS,
        normalizer: &mut Normalizer::default(),
        event: &mut Event::new(),
        sink: &mut found,
        report: &mut report,
    };
    let result = reader(stream, &mut context);
    assert!(result.is_ok(), "a slice reads without errors");
    assert_eq!(report.dead, count(&found.dead), "every dead letter is counted");
    assert_eq!(report.records.values().sum::<u64>(), count(&found.events), "as is every event");
    found
}

/// Opens bytes as `khien scan` would open a file.
pub fn check_stream(name: &str, bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let normalizer = &mut Normalizer::default();
    let report: FileReport =
        read_stream(&Untrusted::from(name), &mut &*bytes, normalizer, &LIMITS, &mut found);
    assert_eq!(report.dead, count(&found.dead), "every dead letter is counted");
    assert_eq!(report.records_total(), count(&found.events), "as is every event");
    assert!(
        report.records_total() + report.dead > 0 || report.streams > 0,
        "no file is passed over"
    );
    found
}

/// Compiles indicators and looks for each in an event that holds its value.
pub fn check_indicators(indicators: Vec<khien_model::Indicator>) {
    let given = indicators.len();
    let (set, left_out) = IndicatorSet::build(indicators, &NoisePolicy::default());
    assert_eq!(set.len() + left_out.len(), given, "an indicator is in the set or has a reason");
    let mut sightings = Vec::new();
    for number in (0_u32..).take(set.len()) {
        let Some(indicator) = set.get(number) else { panic!("numbers are dense") };
        let (name, class) = match &indicator.kind {
            IndicatorKind::Domain(_) => ("QueryName", EventClass::Dns),
            IndicatorKind::Hash(_) => ("Hashes", EventClass::Process),
            IndicatorKind::Ip(_) => ("DestinationIp", EventClass::Network),
            _ => continue,
        };
        let mut event = Event::new();
        event.class = class;
        event.push(name, Scalar::Str(&indicator.kind.value()));
        sightings.clear();
        set.matches(&event, &mut sightings);
        assert!(sightings.iter().any(|sighting| sighting.indicator == number), "{indicator:?}");
    }
}

fn count<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// Hands out a few bytes at a time, as a pipe may.
struct Trickle<'b> {
    bytes: &'b [u8],
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.step.min(out.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(length);
        if let Some(space) = out.get_mut(..length) {
            space.copy_from_slice(now);
        }
        self.bytes = later;
        Ok(length)
    }
}

/// An executable that begins as asked for is read to the same image twice, and names no byte that
/// the file does not have.
pub fn check_image(magic: &[u8], bytes: &[u8]) {
    let mut file = magic.to_vec();
    file.extend_from_slice(bytes.get(magic.len()..).unwrap_or_default());
    let first = khien_binary::read(&file);
    assert_eq!(first, khien_binary::read(&file), "reading twice finds the same");
    for image in first.unwrap_or_default() {
        assert!(image.file.end <= file.len() as u64, "an image ends outside its file");
    }
}

/// Puts bytes behind a minimal PE as its certificate table.
pub fn check_certificate_table(bytes: &[u8]) {
    let mut file = vec![0_u8; 0x200];
    let mut put = |at: usize, value: &[u8]| {
        if let Some(place) = file.get_mut(at..at + value.len()) {
            place.copy_from_slice(value);
        }
    };
    put(0, b"MZ");
    put(0x3c, &0x40_u32.to_le_bytes());
    put(0x40, b"PE\0\0");
    put(0x44, &0x8664_u16.to_le_bytes());
    put(0x54, &240_u16.to_le_bytes());
    put(0x56, &0x22_u16.to_le_bytes());
    put(0x58, &0x20b_u16.to_le_bytes());
    put(0x58 + 32, &0x1000_u32.to_le_bytes());
    put(0x58 + 36, &0x200_u32.to_le_bytes());
    put(0x58 + 56, &0x1000_u32.to_le_bytes());
    put(0x58 + 60, &0x200_u32.to_le_bytes());
    put(0x58 + 108, &16_u32.to_le_bytes());
    let len = u32::try_from(bytes.len()).unwrap_or(0);
    put(0x58 + 112 + 4 * 8, &0x200_u32.to_le_bytes());
    put(0x58 + 112 + 4 * 8 + 4, &len.to_le_bytes());
    file.extend_from_slice(bytes);
    check_image(b"MZ", &file);
}

/// Small limits, as a fuzzer wants answers soon.
fn small() -> khien_unpack::Limits {
    khien_unpack::Limits { bytes_out_max: 32 << 20, entries_max: 2000, depth_max: 5, ..Default::default() }
}

struct Count(u64);

impl khien_unpack::Visitor for Count {
    fn visit(&mut self, node: khien_unpack::Node) {
        self.0 = self.0.saturating_add(node.bytes.len() as u64);
    }
}

/// Opens an artefact: bounded, the same twice, and every ledger tiles its container.
pub fn check_unpack(bytes: &[u8]) {
    let open = || {
        let mut count = Count(0);
        let opened = khien_unpack::open("artefact.bin", bytes::Bytes::copy_from_slice(bytes), &small(), &mut count);
        (opened, count.0)
    };
    let (opened, _) = open();
    assert_eq!(opened, open().0, "opening twice finds the same");
    for ledger in &opened.ledgers {
        let mut at = 0;
        for span in &ledger.spans {
            assert_eq!(span.range.start, at, "the ledger of `{}` has a hole or an overlap", ledger.path);
            at = span.range.end;
        }
        assert_eq!(at, ledger.len, "the ledger of `{}` ends early", ledger.path);
    }
    let _ = khien_unpack::decode_utf16(bytes);
    let dense = khien_unpack::Dense::for_file(bytes.len()).len(bytes);
    assert!(dense.is_none_or(|len| len <= bytes.len()), "no format explains more than there is");
}

fn matchers() -> &'static khien_vet::traits::Matchers {
    static MATCHERS: std::sync::OnceLock<khien_vet::traits::Matchers> = std::sync::OnceLock::new();
    MATCHERS.get_or_init(|| khien_vet::traits::Matchers::built_in().expect("built-in tables"))
}

/// The traits of one file under names that make readers look at it in different ways.
pub fn check_traits(bytes: &[u8]) {
    for (path, format) in [
        ("package/package.json", khien_unpack::Format::Json),
        ("control.tar!/postinst", khien_unpack::Format::Script),
        ("package/index.js", khien_unpack::Format::Script),
        ("pkg/setup.py", khien_unpack::Format::Script),
        ("data.bin", khien_unpack::Format::Data),
    ] {
        let input = khien_vet::traits::FileInput { path, format, bytes, images: &[] };
        let _ = khien_vet::traits::of_file(&input, matchers());
    }
}

/// Vets the second half of the input as the successor of the first.
pub fn check_vet(bytes: &[u8]) {
    let Some((cut, rest)) = bytes.split_first_chunk::<2>() else { return };
    let middle = usize::from(u16::from_le_bytes(*cut)).min(rest.len());
    let (old, new) = rest.split_at(middle);
    let read = |name: &str, bytes: &[u8]| {
        khien_vet::profile::profile(name, bytes::Bytes::copy_from_slice(bytes), &small(), matchers(), &mut |_, _| {})
    };
    let rates = khien_lineage::BaseRates::built_in().expect("built-in rates");
    let (old, new) = (read("app-1.0.0.bin", old), read("app-1.0.1.bin", new));
    let report = khien_vet::judge(std::slice::from_ref(&old), &new, &rates);
    assert_eq!(report, khien_vet::judge(&[old], &new, &rates), "judging twice says the same");
    let incomplete_pass = !report.complete && report.decision == khien_lineage::Decision::Pass;
    assert!(!incomplete_pass, "what could not be looked at must not pass");
}
