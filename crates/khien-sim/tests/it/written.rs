//! A scenario written to disk and read back as text.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use khien_sim::{FileKind, Manifest, SoftphoneScenario, Variant};
use serde_json::Value;

/// Every file of one run, by path.
pub(crate) struct Written {
    pub(crate) manifest: Manifest,
    pub(crate) files: BTreeMap<String, Vec<String>>,
}

impl Written {
    pub(crate) fn new(seed: u64, variant: Variant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = SoftphoneScenario { seed, variant }.write_to(folder.path()).unwrap();
        let files = manifest
            .files
            .iter()
            .map(|file| (file.path.clone(), lines(&folder.path().join(&file.path))))
            .collect();
        Self { manifest, files }
    }

    /// Returns kind and lines of every file.
    pub(crate) fn by_kind(&self) -> impl Iterator<Item = (FileKind, &[String])> {
        self.manifest.files.iter().map(|file| (file.kind, self.files[&file.path].as_slice()))
    }

    pub(crate) fn all_lines(&self) -> impl Iterator<Item = &str> {
        self.files.values().flatten().map(String::as_str)
    }
}

/// Reads a file's lines, decompressed if its name says so.
pub(crate) fn lines(path: &Path) -> Vec<String> {
    let file = File::open(path).unwrap();
    let text = if path.extension().is_some_and(|extension| extension == "gz") {
        std::io::read_to_string(GzDecoder::new(file)).unwrap()
    } else {
        std::io::read_to_string(file).unwrap()
    };
    assert!(text.ends_with('\n'), "{} ends in the middle of a line", path.display());
    text.lines().map(str::to_owned).collect()
}

/// Reads the time out of a line, as a consumer would; `None` for header lines.
pub(crate) fn time_of(kind: FileKind, line: &str) -> Option<Timestamp> {
    let json = |pointer: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        value.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    let text = match kind {
        FileKind::SysmonEvtxJson => json("/Event/System/TimeCreated/#attributes/SystemTime"),
        FileKind::WinlogbeatSysmon => json("/@timestamp"),
        FileKind::NxlogSysmon => json("/EventTime"),
        FileKind::SuricataEve => json("/timestamp"),
        FileKind::ZeekConn | FileKind::ZeekDns | FileKind::ZeekSsl => {
            return (!line.starts_with('#')).then(|| seconds(line.split('\t').next().unwrap()));
        }
        FileKind::Auditd => {
            let stamp = line.split("msg=audit(").nth(1).unwrap().split(':').next().unwrap();
            return Some(seconds(stamp));
        }
        FileKind::Syslog => {
            let stamp = &line[line.find('>').unwrap() + 1..];
            let (day, clock) = (stamp[4..6].trim(), &stamp[7..15]);
            assert!(stamp.starts_with("Mar "));
            format!("2023-03-{day:0>2}T{clock}Z")
        }
        _ => panic!("a format that this test does not know"),
    };
    Some(text.parse().unwrap())
}

fn seconds(text: &str) -> Timestamp {
    let (whole, part) = text.split_once('.').unwrap();
    let micros: i64 = format!("{part:0<6}").parse().unwrap();
    Timestamp::from_microsecond(whole.parse::<i64>().unwrap() * 1_000_000 + micros).unwrap()
}
