//! Turns a playback into files and their manifest, and writes them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use jiff::Timestamp;

use crate::error::Error;
use crate::estate::FleetTruth;
use crate::format::zeek;
use crate::manifest::{Manifest, ManifestFile, PlantedRecord};
use crate::record::{SimFile, SimRecord};
use crate::scenario::Scenario;
use crate::tape::{Mark, Playback};

/// Names the scenario that a playback belongs to.
pub(crate) struct Label {
    pub(crate) scenario: Scenario,
    pub(crate) variant: &'static str,
    pub(crate) seed: u64,
}

/// A whole scenario in memory: every file's uncompressed text, and the manifest.
pub(crate) struct Output {
    manifest: Manifest,
    files: BTreeMap<SimFile, Text>,
}

/// One file's text so far.
#[derive(Default)]
struct Text {
    text: String,
    records: u64,
    lines: u64,
}

impl Output {
    /// Plays everything into memory; a few megabytes for the scenarios we have.
    pub(crate) fn collect(label: &Label, playback: Playback) -> Self {
        let mut files: BTreeMap<SimFile, Text> = BTreeMap::new();
        let mut ground_truth = Vec::new();
        let mut span: Option<(Timestamp, Timestamp)> = None;
        for (record, mark) in playback {
            span = Some((span.map_or(record.time, |(start, _)| start), record.time));
            let file = files.entry(record.file).or_insert_with(|| Text::open(&record));
            file.push(&record.line);
            file.records += 1;
            if let Some(mark) = mark {
                ground_truth.push(planted(&record, mark, file.lines));
            }
        }
        let (start, end) = span.unwrap_or((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH));
        for (file, text) in &mut files {
            text.close(*file, end);
        }
        let manifest = manifest(label, (start, end), &files, ground_truth);
        Self { manifest, files }
    }

    pub(crate) fn into_manifest(self) -> Manifest {
        self.manifest
    }

    /// Writes the files under `dir`, the manifest first: even a folder that a full disk cut
    /// short says that it is synthetic, and can be written again.
    ///
    /// # Errors
    ///
    /// The caller's choice of folder, or the machine's disk.
    pub(crate) fn write_to(self, dir: &Path) -> Result<Manifest, Error> {
        claim(dir, &self.manifest)?;
        write_manifest(dir, &self.manifest)?;
        for (file, text) in &self.files {
            let path = dir.join(file.path);
            if file.is_gzip() {
                let packed = gzip(text.text.as_bytes()).map_err(Error::io(&path))?;
                write_file(&path, &packed)?;
            } else {
                write_file(&path, text.text.as_bytes())?;
            }
        }
        Ok(self.manifest)
    }
}

impl Text {
    fn open(first: &SimRecord) -> Self {
        let mut text = Self::default();
        for line in zeek::header(first.file.kind, first.time) {
            text.push(&line);
        }
        text
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines += 1;
    }

    fn close(&mut self, file: SimFile, end: Timestamp) {
        if let Some(line) = zeek::footer(file.kind, end) {
            self.push(&line);
        }
    }
}

fn planted(record: &SimRecord, mark: Mark, line: u64) -> PlantedRecord {
    PlantedRecord {
        time: record.time,
        host: mark.host.to_owned(),
        step: mark.step,
        what: mark.what,
        file: record.file.path.to_owned(),
        line,
    }
}

fn manifest(
    label: &Label,
    (start, end): (Timestamp, Timestamp),
    files: &BTreeMap<SimFile, Text>,
    ground_truth: Vec<PlantedRecord>,
) -> Manifest {
    let mut files: Vec<ManifestFile> = files
        .iter()
        .map(|(file, text)| ManifestFile {
            path: file.path.to_owned(),
            kind: file.kind,
            records: text.records,
            lines: text.lines,
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Manifest {
        notice: Manifest::NOTICE.to_owned(),
        generator: Manifest::GENERATOR.to_owned(),
        format_version: Manifest::FORMAT_VERSION,
        scenario: label.scenario.id.to_owned(),
        title: label.scenario.title.to_owned(),
        description: label.scenario.description.to_owned(),
        variant: label.variant.to_owned(),
        seed: label.seed,
        start,
        end,
        files,
        ground_truth,
        planted_file: None,
        fleet: None,
    }
}

/// The manifest of a fleet, before its files are written.
pub(crate) fn fleet_manifest(seed: u64, variant: &'static str, truth: FleetTruth) -> Manifest {
    let label = Label { scenario: Scenario::FLEET, variant, seed };
    let never = Timestamp::UNIX_EPOCH;
    Manifest {
        planted_file: Some(Manifest::PLANTED_FILE_NAME.to_owned()),
        fleet: Some(truth),
        ..manifest(&label, (never, never), &BTreeMap::new(), Vec::new())
    }
}

/// Writes the manifest.
///
/// # Errors
///
/// [`Error::Io`]: the machine could not write.
pub(crate) fn write_manifest(dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    let path = dir.join(Manifest::FILE_NAME);
    let mut json = serde_json::to_vec_pretty(manifest)
        .map_err(|source| Error::Malformed { path: path.clone(), source })?;
    json.push(b'\n');
    write_file(&path, &json)
}

/// Makes `dir` ours: it must be new, empty, or hold an earlier run of the same scenario.
///
/// # Errors
///
/// [`Error::FolderNotOurs`] by the caller's choice, [`Error::Io`] by the machine.
pub(crate) fn claim(dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let mut entries = fs::read_dir(dir).map_err(Error::io(dir))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let ours = Manifest::read_from(dir).is_ok_and(|earlier| {
        earlier.generator == Manifest::GENERATOR && earlier.scenario == manifest.scenario
    });
    if ours { Ok(()) } else { Err(Error::FolderNotOurs { path: dir.to_owned() }) }
}

/// Writes one file and the folders above it.
///
/// # Errors
///
/// [`Error::Io`]: the machine could not write.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    let mut file = File::create(path).map_err(Error::io(path))?;
    file.write_all(bytes).map_err(Error::io(path))
}

/// Compresses without file name, time or operating system in the header, so that the same text
/// gives the same bytes.
///
/// # Errors
///
/// None in practice: it writes to memory.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    writer.write_all(bytes)?;
    writer.finish()
}
