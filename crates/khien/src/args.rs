//! What can be typed. What will be done is decided in [`crate::commands`].

pub mod exceptions;
pub mod lake;
pub mod retain;
pub mod server;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use khien_model::{Severity, Timestamp};

use crate::output::Format;
use crate::output::vet::VetFormat;
use khien_text::Lang;

/// Khiên: finds supply-chain attacks in the logs you have, and says what it could not check.
#[derive(Debug, Parser)]
#[command(name = "khien", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Flags that every command has.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command has.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Language of texts: en or vi [default: from LANG]
    #[arg(long, global = true, env = "KHIEN_LANG", value_name = "LANG", value_parser = parse_lang)]
    pub lang: Option<Lang>,
    /// Say nothing but the result
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Draw no progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look for rules and indicators in logs on disk; no server needed
    Scan(Box<ScanArgs>),
    /// Read logs into the lake: each record once, with detection on the way
    Ingest(Box<IngestArgs>),
    /// Compare a release with earlier ones and decide: pass, hold or block
    Vet(Box<VetArgs>),
    /// Read one release for `vet`; started by it, never by people
    #[command(name = khien_ops::vet::run::CHILD_COMMAND, hide = true)]
    VetReader,
    /// Answer one question for `serve`; started by it, never by people
    #[command(name = khien_ops::hunt::reader::COMMAND, hide = true)]
    HuntReader,
    /// Try rules for `serve`; started by it, never by people
    #[command(name = khien_ops::hunt::trial::COMMAND, hide = true)]
    RuleReader,
    /// Are we hit? Look for what advisories name in the whole history of the lake
    Check(lake::CheckArgs),
    /// Ask the lake with SQL
    Hunt(lake::HuntArgs),
    /// Releases of what runs in the fleet, and what they newly do
    Lineage(lake::LineageArgs),
    /// Look after the server and what is stored
    #[command(subcommand)]
    Admin(lake::AdminCommand),
    /// List, check and try out detection rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Show it all on a simulated organisation: builds it, serves it, and guides through a drill
    Demo(server::DemoArgs),
    /// Serve the SOC: a console in the browser, and an API
    Serve(Box<server::ServeArgs>),
    /// List the advisories that ship with the program
    Advisories,
    /// Print a shell completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print what the exit codes mean
    ExitCodes,
}

/// Which rules to use.
#[derive(Args, Clone, Debug, Default)]
pub struct RuleArgs {
    /// Sigma rules: a file or a folder (repeatable)
    #[arg(short, long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Leave out the rules that ship with the program
    #[arg(long)]
    pub no_builtin: bool,
    /// YAML file with values for |expand placeholders: `name: [value, …]`
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
}

/// Which logs to read.
#[derive(Args, Clone, Debug, Default)]
pub struct LogArgs {
    /// Mapping file (TOML) for JSON lines of an unknown producer (repeatable)
    #[arg(long = "mapping", value_name = "FILE")]
    pub mappings: Vec<PathBuf>,
    /// Leave out files whose path contains this text (repeatable)
    #[arg(long = "exclude", value_name = "TEXT")]
    pub exclude: Vec<String>,
    /// Worker threads [default: one per core]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `khien scan`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien scan ./logs
  khien scan ./logs --rules ~/sigma/rules --advisory 3cx --format html -o report.html
  khien scan host.evtx --since 2023-03-01 --fail-on medium

Reads EVTX, Windows event JSON (evtx_dump, Winlogbeat/ECS, NXLog), Zeek, Suricata EVE, auditd,
journald, osquery, eslogger, CloudTrail, Azure, Google Cloud, syslog and other JSON lines, also
inside gz, zst, zip and tar. The format is told by content, not by name.

Exit codes: 0 all checked, nothing found · 1 findings · 2 usage · 3 something could not be
checked · 4 internal")]
pub struct ScanArgs {
    /// Files and folders to read
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Logs.
    #[command(flatten)]
    pub logs: LogArgs,
    /// Advisory: a built-in name (3cx), or a file: STIX 2.1, MISP, OpenIOC, CSV, text, HTML (repeatable)
    #[arg(short, long = "advisory", value_name = "NAME|FILE")]
    pub advisories: Vec<String>,
    /// Output format: table, json, jsonl, csv, sarif, html, navigator
    #[arg(short, long, default_value = "table", value_name = "FORMAT", value_parser = parse_format)]
    pub format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// From which severity on findings make the exit code 1 (never: not at all)
    #[arg(long, default_value = "low", value_name = "LEVEL", value_parser = parse_fail_on)]
    pub fail_on: FailOn,
    /// Time zone of the times shown, such as UTC or Asia/Ho_Chi_Minh
    #[arg(long, default_value = "UTC", value_name = "ZONE", value_parser = parse_zone)]
    pub tz: jiff::tz::TimeZone,
    /// Only events at or after this time (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub since: Option<Timestamp>,
    /// Only events before this time (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub until: Option<Timestamp>,
    /// Rules of yours that do not fit the data are no gap: do not exit 3 for them
    #[arg(long)]
    pub inert_ok: bool,
    /// Show domains, addresses and URLs as they are in tables and reports
    #[arg(long)]
    pub no_defang: bool,
}

/// Which lake.
#[derive(Args, Clone, Debug, Default)]
pub struct LakeArgs {
    /// Folder of the lake [default: $XDG_DATA_HOME/khien/lake, or ~/.local/share/khien/lake]
    #[arg(long, value_name = "DIR", env = "KHIEN_LAKE", value_parser = clap::builder::PathBufValueParser::new())]
    pub lake: Option<PathBuf>,
}

/// `khien ingest`.
#[derive(Args, Clone, Debug)]
#[command(
    override_usage = "khien ingest [OPTIONS] PATH…\n       khien ingest [OPTIONS] -\n       khien ingest [OPTIONS] --follow FILE…\n       khien ingest [OPTIONS] --dead",
    after_help = "Examples:
  khien ingest ./logs --host HCM-ACC-07 --org acme
  tail -F x.json | khien ingest -
  khien ingest --follow /var/log/x.json
  khien ingest --dead

Reads what `khien scan` reads, told by content and not by name. A log is known by its content: the
same file twice, under any name, is stored once, and a file that has grown is read on from where it
was left. Rows are on disk when they are counted; a run that was killed is simply started again.

Exit codes: 0 everything is stored · 2 usage, or another process writes to the lake · 3 stored, but
something could not be read (--dead lists it) · 4 internal, or the disk is full. Findings are stored
and counted, and do not change the exit code"
)]
pub struct IngestArgs {
    /// Files and folders to read; - is standard input
    #[arg(required_unless_present = "dead", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// The organisation that the hosts belong to
    #[arg(long, default_value = "default", value_name = "NAME", value_parser = parse_name)]
    pub org: String,
    /// The host of records that name none
    #[arg(long, default_value = "", value_name = "NAME", hide_default_value = true, value_parser = parse_name)]
    pub host: String,
    /// Rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Look for no rules at all
    #[arg(long, conflicts_with_all = ["rules", "no_builtin"])]
    pub no_rules: bool,
    /// Logs.
    #[command(flatten)]
    pub logs: LogArgs,
    /// Advisory: a built-in name (3cx), or a file: STIX 2.1, MISP, OpenIOC, CSV, text, HTML (repeatable)
    #[arg(short, long = "advisory", value_name = "NAME|FILE")]
    pub advisories: Vec<String>,
    /// Go on as the files grow, until interrupted
    #[arg(long, conflicts_with = "dead")]
    pub follow: bool,
    /// List the dead letters that the lake keeps: what could not be read, and why
    #[arg(long, conflicts_with = "paths")]
    pub dead: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Store a batch after so many seconds at the latest
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS", value_parser = parse_batch_seconds)]
    pub batch_seconds: f64,
    /// Store a batch at so many rows at the latest
    #[arg(long, default_value_t = 200_000, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub batch_rows: u32,
}

/// MiB of memory for each reading process.
pub const MEMORY_MIB: u64 = 2048;
/// The most that may be asked for.
pub const MEMORY_MIB_MAX: u64 = 1 << 20;
/// Seconds for each release.
pub const TIMEOUT_SECONDS: u64 = 900;
/// The most that may be asked for.
pub const TIMEOUT_SECONDS_MAX: u64 = 86_400;
/// GiB unpacked from each release.
pub const UNPACKED_GIB: u64 = 8;
/// The most that may be asked for.
pub const UNPACKED_GIB_MAX: u64 = 1024;

/// `khien vet`.
#[derive(Args, Clone, Debug)]
#[command(
    override_usage = "khien vet [OPTIONS] OLD… NEW\n       khien vet [OPTIONS] --baseline DIR NEW\n       khien vet --baseline DIR --forget SHA256",
    after_help = "Examples:
  khien vet app-1.0.msi app-1.1.msi
  khien vet app-1.0.deb app-1.1.deb app-1.2.deb --format html -o dossier.html
  khien vet --baseline lineages/app app-1.3.deb

Opens installers, packages, archives and disk images in memory and compares every program in them
with the one it continues. Nothing is executed and nothing is unpacked to disk; hostile files are
read by a confined child process. The more earlier releases, the better the answer.

Exit codes: 0 pass · 1 hold or block · 2 usage · 3 only held because something could not be looked
at · 4 internal"
)]
pub struct VetArgs {
    /// Earlier releases, oldest first, then the new one: files or folders
    #[arg(required_unless_present = "forget", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder of this product's lineage: earlier releases are taken from it and kept in it
    #[arg(short, long, value_name = "DIR")]
    pub baseline: Option<PathBuf>,
    /// Keep the new release in the lineage whatever was decided, and write down why
    #[arg(long, value_name = "REASON", requires = "baseline", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub accept: Option<String>,
    /// Last day on which the accepted release counts as an earlier one, as in 2026-12-31
    #[arg(long, value_name = "DATE", requires = "accept", value_parser = parse_date)]
    pub until: Option<jiff::civil::Date>,
    /// Take the release of this SHA-256 out of the lineage, and write that down
    #[arg(long, value_name = "SHA256", requires = "baseline", conflicts_with_all = ["paths", "accept"])]
    pub forget: Option<String>,
    /// Output format: table, json, sarif, html, cyclonedx, in-toto
    #[arg(short, long, default_value = "table", value_name = "FORMAT", value_parser = parse_vet_format)]
    pub format: VetFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Memory for each reading process, in MiB
    #[arg(long, default_value_t = MEMORY_MIB, value_name = "MIB", value_parser = clap::value_parser!(u64).range(16..=MEMORY_MIB_MAX))]
    pub memory_mib: u64,
    /// Time for each release, in seconds
    #[arg(long, default_value_t = TIMEOUT_SECONDS, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=TIMEOUT_SECONDS_MAX))]
    pub timeout: u64,
    /// Bytes unpacked from each release, in GiB
    #[arg(long, default_value_t = UNPACKED_GIB, value_name = "GIB", value_parser = clap::value_parser!(u64).range(1..=UNPACKED_GIB_MAX))]
    pub unpacked_max_gib: u64,
    /// Reading processes at a time [default: one per core]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

/// `khien rules …`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List loaded rules: id, severity, log source, title
    List {
        /// Rules.
        #[command(flatten)]
        rules: RuleArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say which rules are not loaded and why; with logs: which can never fire on them
    Check {
        /// Logs that the rules are to fire on
        #[arg(value_name = "LOGS")]
        logs: Vec<PathBuf>,
        /// Rules.
        #[command(flatten)]
        rules: RuleArgs,
        /// Logs.
        #[command(flatten)]
        log_options: LogArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Run one rule against a log file and show why each selection did or did not match
    Test {
        /// The rule file
        rule: PathBuf,
        /// The log file or folder
        #[arg(required = true, value_name = "LOGS")]
        logs: Vec<PathBuf>,
        /// Explain at most so many events
        #[arg(short = 'n', long, default_value_t = 5, value_name = "N")]
        limit: usize,
        /// Explain events that do not match, too
        #[arg(long)]
        misses: bool,
        /// YAML file with values for |expand placeholders
        #[arg(long, value_name = "FILE")]
        placeholders: Option<PathBuf>,
        /// Logs.
        #[command(flatten)]
        log_options: LogArgs,
    },
}

/// From which severity on findings decide the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailOn {
    /// From this one on.
    From(Severity),
    /// Never.
    Never,
}

impl FailOn {
    /// The severity, if any.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::From(severity) => Some(severity),
            Self::Never => None,
        }
    }
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    match text.to_ascii_lowercase().as_str() {
        "en" => Ok(Lang::En),
        "vi" => Ok(Lang::Vi),
        _ => Err("use en or vi".to_owned()),
    }
}

/// Bound: bytes of a name of an organisation or a host.
const NAME_BYTES_MAX: usize = 255;

fn parse_name(text: &str) -> Result<String, String> {
    if text.len() > NAME_BYTES_MAX || text.chars().any(char::is_control) {
        return Err("give a name of at most 255 bytes on one line".to_owned());
    }
    Ok(text.to_owned())
}

fn parse_batch_seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=3600.0).contains(seconds));
    seconds.ok_or_else(|| "give seconds between 0.01 and 3600".to_owned())
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|_| "use table, json, jsonl, csv, sarif, html or navigator".to_owned())
}

fn parse_date(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "give a day, as in 2026-12-31".to_owned())
}

fn parse_vet_format(text: &str) -> Result<VetFormat, String> {
    VetFormat::ALL
        .into_iter()
        .find(|format| format.name() == text)
        .ok_or_else(|| "use table, json, sarif, html, cyclonedx or in-toto".to_owned())
}

fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(FailOn::Never);
    }
    Severity::parse(text)
        .map(FailOn::From)
        .ok_or_else(|| "use informational, low, medium, high, critical or never".to_owned())
}

fn parse_zone(text: &str) -> Result<jiff::tz::TimeZone, String> {
    if text.eq_ignore_ascii_case("utc") {
        return Ok(jiff::tz::TimeZone::UTC);
    }
    if text.eq_ignore_ascii_case("local") {
        return Ok(jiff::tz::TimeZone::system());
    }
    jiff::tz::TimeZone::get(text)
        .map_err(|_| "no such time zone; use UTC, local or a name like Asia/Ho_Chi_Minh".to_owned())
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    let day = format!("{text}T00:00:00Z");
    Timestamp::parse(text)
        .or_else(|| Timestamp::parse(&day))
        .ok_or_else(|| "use a day (2023-03-22) or a time (2023-03-22T08:00:00Z)".to_owned())
}
