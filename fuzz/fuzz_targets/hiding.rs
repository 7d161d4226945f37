//! A sound container with other bytes behind it: its record is found, or the result says that something
//! could not be read. Anything else would be a way to hide a record.
#![no_main]

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use zip::write::SimpleFileOptions;

const RECORD: &[u8] = b"{\"canary\":\"here\"}\n";

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    static CONTAINERS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let containers = CONTAINERS.get_or_init(|| vec![gzip(), tar(), zip(true), zip(false)]);
    let (kind, behind) = input;
    let Some(container) = containers.get(usize::from(kind) % containers.len()) else { return };
    let bytes = [container, behind].concat();
    let found = khien_fuzz::check_stream("logs.bin", &bytes);
    assert!(found.has_canary() || found.has_dead_letters(), "the record was hidden");
});

fn gzip() -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(RECORD).and_then(|()| gzip.finish()).unwrap_or_default()
}

fn tar() -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(RECORD.len()).unwrap_or(0));
    header.set_mode(0o644);
    let mut tar = tar::Builder::new(Vec::new());
    let appended = tar.append_data(&mut header, "a.json", RECORD);
    appended.and_then(|()| tar.into_inner()).unwrap_or_default()
}

fn zip(packed: bool) -> Vec<u8> {
    let method =
        if packed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let started = zip.start_file("a.json", SimpleFileOptions::default().compression_method(method));
    let written = started.is_ok() && zip.write_all(RECORD).is_ok();
    zip.finish().ok().filter(|_| written).map(Cursor::into_inner).unwrap_or_default()
}
