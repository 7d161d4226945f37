//! Writes a fleet to a folder, record by record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{FleetRecord, FleetScenario, play, truth};
use crate::error::Error;
use crate::estate::world::World;
use crate::format::zeek;
use crate::manifest::{Manifest, ManifestFile, PlantedRecord};
use crate::output;
use crate::record::FileKind;

/// Where the lines of a format are collected.
pub(super) fn path_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::InstallerEvtxJson => "windows/application.jsonl",
        FileKind::OsqueryResults => "osquery/osqueryd.results.log",
        FileKind::SuricataEve => "suricata/eve.json",
        FileKind::ZeekConn => "zeek/conn.log",
        FileKind::ZeekDns => "zeek/dns.log",
        FileKind::ZeekHttp => "zeek/http.log",
        FileKind::ZeekSsl => "zeek/ssl.log",
        _ => "windows/sysmon.jsonl",
    }
}

/// One file that is being written.
struct Open {
    path: PathBuf,
    writer: BufWriter<File>,
    kind: FileKind,
    records: u64,
    lines: u64,
}

/// All files that are being written, and what was planted so far.
struct Folder<'d> {
    dir: &'d Path,
    files: BTreeMap<String, Open>,
    planted: Open,
    firsts: Vec<PlantedRecord>,
    seen: BTreeSet<(u8, String, crate::manifest::Step)>,
    span: Option<(Timestamp, Timestamp)>,
}

pub(super) fn write(scenario: &FleetScenario, dir: &Path) -> Result<Manifest, Error> {
    let world = World::new(scenario);
    let mut manifest =
        output::fleet_manifest(scenario.seed, variant(scenario), truth::tell(&world));
    output::claim(dir, &manifest)?;
    // A larger fleet may have been here; its files would belong to nobody.
    let earlier = Manifest::read_from(dir).map(|manifest| manifest.files).unwrap_or_default();
    // First of all: even a folder that a full disk cut short says that it is synthetic.
    output::write_manifest(dir, &manifest)?;
    let planted = Open::create(dir, Manifest::PLANTED_FILE_NAME, FileKind::OsqueryResults)?;
    let mut folder = Folder {
        dir,
        files: BTreeMap::new(),
        planted,
        firsts: Vec::new(),
        seen: BTreeSet::new(),
        span: None,
    };
    play(&world, |record| folder.take(record))?;
    folder.close(&mut manifest)?;
    for file in earlier {
        if is_ours(&file) && manifest.files.iter().all(|kept| kept.path != file.path) {
            let path = dir.join(&file.path);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io(&path)(error));
                }
                _ => {}
            }
        }
    }
    output::write_manifest(dir, &manifest)?;
    Ok(manifest)
}

/// Whether a fleet writes a file of this name: a manifest may say anything.
fn is_ours(file: &ManifestFile) -> bool {
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match file.path.strip_prefix("macos/").and_then(|rest| rest.strip_suffix("/eslogger.jsonl")) {
        Some(host) => is_plain(host),
        None => file.kind != FileKind::Eslogger && file.path == path_of(file.kind),
    }
}

fn variant(scenario: &FleetScenario) -> &'static str {
    if scenario.incidents.is_empty() { "benign" } else { "incident" }
}

impl Open {
    fn create(dir: &Path, name: &str, kind: FileKind) -> Result<Self, Error> {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
        }
        let file = File::create(&path).map_err(Error::io(&path))?;
        Ok(Self { path, writer: BufWriter::new(file), kind, records: 0, lines: 0 })
    }

    fn push(&mut self, line: &str) -> Result<(), Error> {
        self.lines += 1;
        self.writer
            .write_all(line.as_bytes())
            .and_then(|()| self.writer.write_all(b"\n"))
            .map_err(Error::io(&self.path))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush().map_err(Error::io(&self.path))
    }
}

impl Folder<'_> {
    fn take(&mut self, record: &FleetRecord<'_>) -> Result<(), Error> {
        self.span = Some((self.span.map_or(record.time, |(start, _)| start), record.time));
        if !self.files.contains_key(record.path) {
            let mut file = Open::create(self.dir, record.path, record.kind)?;
            for line in zeek::header(record.kind, record.time) {
                file.push(&line)?;
            }
            self.files.insert(record.path.to_owned(), file);
        }
        let Some(file) = self.files.get_mut(record.path) else { return Ok(()) };
        file.push(record.line)?;
        file.records += 1;
        let Some(planted) = record.planted else { return Ok(()) };
        let line = file.lines;
        let entry = PlantedRecord {
            time: record.time,
            host: record.host.to_owned(),
            step: planted.step,
            what: format!("{}: {}", planted.incident.id(), planted.what),
            file: record.path.to_owned(),
            line,
        };
        let json = serde_json::to_string(&entry)
            .map_err(|source| Error::Malformed { path: self.planted.path.clone(), source })?;
        self.planted.push(&json)?;
        self.planted.records += 1;
        // Enough to find the way; the file has the rest.
        if self.seen.insert((planted.incident as u8, entry.host.clone(), entry.step)) {
            self.firsts.push(entry);
        }
        Ok(())
    }

    fn close(mut self, manifest: &mut Manifest) -> Result<(), Error> {
        let (start, end) = self.span.unwrap_or((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH));
        for (path, file) in &mut self.files {
            if let Some(line) = zeek::footer(file.kind, end) {
                file.push(&line)?;
            }
            file.flush()?;
            manifest.files.push(ManifestFile {
                path: path.clone(),
                kind: file.kind,
                records: file.records,
                lines: file.lines,
            });
        }
        self.planted.flush()?;
        (manifest.start, manifest.end) = (start, end);
        manifest.ground_truth = self.firsts;
        Ok(())
    }
}
