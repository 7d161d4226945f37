//! One raw record and the file it belongs to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The format of a simulated log file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileKind {
    /// Linux audit daemon, `log_format = RAW`: several lines share one serial number.
    Auditd,
    /// macOS Endpoint Security events as JSON lines, as `eslogger` writes them.
    Eslogger,
    /// Windows Installer events of the Application log, as `evtx_dump -o jsonl` writes them.
    InstallerEvtxJson,
    /// Sysmon events as flat JSON lines, as NXLog's `im_msvistalog` and `to_json()` write them.
    NxlogSysmon,
    /// osquery's result log: differential rows of inventories and sockets, and rows of event tables.
    OsqueryResults,
    /// Suricata 7 EVE: `dns` (answers), `tls` and `flow` records.
    SuricataEve,
    /// Sysmon events as nested JSON lines, as `evtx_dump -o jsonl` writes them.
    SysmonEvtxJson,
    /// RFC 3164 lines with their priority, as rsyslog's traditional forward format writes them.
    Syslog,
    /// Sysmon events as Winlogbeat 8 writes them before any ingest pipeline.
    WinlogbeatSysmon,
    /// Zeek `conn.log`, TSV.
    ZeekConn,
    /// Zeek `dns.log`, TSV.
    ZeekDns,
    /// Zeek `http.log`, TSV.
    ZeekHttp,
    /// Zeek `ssl.log` with the JA3 package, TSV.
    ZeekSsl,
}

/// One file of a scenario: its format and where it lies under the output folder.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct SimFile {
    /// The format of its lines.
    pub kind: FileKind,
    /// Relative path with forward slashes; a name that ends in `.gz` is written compressed.
    pub path: &'static str,
}

impl SimFile {
    pub(crate) const fn new(kind: FileKind, path: &'static str) -> Self {
        Self { kind, path }
    }

    /// Says whether the file is written through gzip.
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        self.path.ends_with(".gz")
    }
}

/// One line as its tool would have written it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SimRecord {
    /// The file the line belongs to.
    pub file: SimFile,
    /// When the tool says that it happened: the time in the line, to the microsecond.
    pub time: Timestamp,
    /// The line, without its line end.
    pub line: String,
}
