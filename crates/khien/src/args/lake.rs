//! What can be typed to ask a lake, and to look after it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use khien_model::Timestamp;

use super::exceptions::ExceptionArgs;
use super::server::{AccountCommand, AdminArgs, AuditCommand, NodeCommand, TokenCommand};
use super::{LakeArgs, parse_time, parse_zone};

/// `khien check`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien check 3cx                        # an advisory that ships with the program
  khien check advisory.json --json
  khien check pasted.txt list.csv

Looks for everything that an advisory names in the whole history of the lake, and says for each host
whether it was hit, is clear, or cannot be told because the records that would show it are missing.

Exit codes: 0 clear on every host · 1 hit · 2 usage · 3 unknown for some host · 4 internal")]
pub struct CheckArgs {
    /// Advisories: built-in names, or files (STIX 2.1, MISP, OpenIOC, CSV, text, HTML)
    #[arg(required = true, value_name = "ADVISORY")]
    pub advisories: Vec<String>,
    /// Lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// One JSON document (khien.check/1) instead of the table
    #[arg(long)]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Time zone of the times shown, such as UTC or Asia/Ho_Chi_Minh
    #[arg(long, default_value = "UTC", value_name = "ZONE", value_parser = parse_zone)]
    pub tz: jiff::tz::TimeZone,
    /// Show domains, addresses and URLs as they are in the table
    #[arg(long)]
    pub no_defang: bool,
}

/// Memory of a query.
#[derive(Args, Clone, Debug)]
pub struct MemoryArgs {
    /// Memory for sorts, joins and groups, in MiB; what can be sorted on disk is
    #[arg(long, default_value_t = 512, value_name = "MIB", value_parser = clap::value_parser!(u64).range(16..=1 << 20))]
    memory_mib: u64,
}

impl MemoryArgs {
    /// In bytes.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.memory_mib << 20).unwrap_or(usize::MAX)
    }
}

/// How the rows of a hunt are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum RowFormat {
    /// For the terminal.
    Table,
    /// Comma-separated values.
    Csv,
    /// One JSON object a row, in a list.
    Json,
    /// A Parquet file.
    Parquet,
}

/// `khien hunt`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien hunt \"select host, min(time) from dns where domain like '%.example.net' group by host\"
  khien hunt \"select * from sightings where kind = 'hash' limit 20\" --format csv -o hashes.csv
  khien hunt --rule suspicious.yml --since 2025-10-01
  khien hunt --pack first-look
  khien hunt --tables

A pack is a TOML file of saved hunts; docs/hunting.md shows one. --packs lists those that ship with
the program.

Exit codes: 0 no row · 1 rows · 2 usage, or a query that is wrong or took too much · 3 a rule that
nothing stored could have met, or a hunt of a pack that failed · 4 internal")]
pub struct HuntArgs {
    /// One SELECT over the tables and views that --tables lists
    #[arg(required_unless_present_any = ["tables", "rules", "pack", "packs"],
          conflicts_with_all = ["rules", "pack"], value_name = "SQL")]
    pub sql: Option<String>,
    /// A Sigma rule, or a folder of them, over all that is stored (repeatable)
    #[arg(long = "rule", value_name = "PATH", conflicts_with = "pack")]
    pub rules: Vec<PathBuf>,
    /// A pack of saved hunts: a name that ships with the program, or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub pack: Option<String>,
    /// List the packs that ship with the program
    #[arg(long)]
    pub packs: bool,
    /// List tables, views and their columns
    #[arg(long)]
    pub tables: bool,
    /// Rules: only events at or after this time (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub since: Option<Timestamp>,
    /// Rules: only events before this time (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub until: Option<Timestamp>,
    /// Rules: only events of this host (repeatable)
    #[arg(long = "host", value_name = "HOST")]
    pub hosts: Vec<String>,
    /// Rules: only events of this organisation (repeatable)
    #[arg(long = "org", value_name = "ORG")]
    pub orgs: Vec<String>,
    /// Rules: how events of no known producer were mapped when they were stored (repeatable)
    #[arg(long = "mapping", value_name = "FILE")]
    pub mappings: Vec<PathBuf>,
    /// Lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Output format; csv and parquet of a pack need --output FOLDER
    #[arg(short, long, value_enum, default_value_t = RowFormat::Table, value_name = "FORMAT")]
    pub format: RowFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write the rows to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows at most; that there are more is said
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub rows: usize,
    /// Time for a query, in seconds [default: 60; for rules 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
    /// Memory.
    #[command(flatten)]
    pub memory: MemoryArgs,
}

/// `khien lineage`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien lineage
  khien lineage \"3cx desktop app\"
  khien lineage --since 2026-01-01 --org acme --json -o releases.json
  khien lineage --baseline lineages
  khien lineage --except 3fa94c --owner \"An Nguyen\" --reason \"ticket 4711\" --days 30
  khien lineage --exceptions
  khien lineage --unexcept 3fa94c

Replays the stored events in their order: which host ran which release since when, and what each
release did that no earlier one ever did on any host. No indicator is used. All of the history and all
hosts are learnt from whatever is shown.

A departure that somebody answers for (--except, for a year at most) is shown as excepted and does
not count. With --except, --until is the end of the exception and does not narrow the events.

Exit codes: 0 nothing stands out · 1 departures · 2 usage · 3 nothing could be compared (no two
releases of anything ran long enough), or something was lost for want of room · 4 internal")]
pub struct LineageArgs {
    /// Only lineages whose product or publisher has this text, with all releases and reasons
    #[arg(value_name = "PRODUCT")]
    pub product: Option<String>,
    /// Show only departures that were raised at or after this time (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub since: Option<Timestamp>,
    /// As it stood at this time: nothing later is looked at (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub until: Option<Timestamp>,
    /// Show only products that this host has, and departures seen on it (repeatable)
    #[arg(long = "host", value_name = "HOST")]
    pub hosts: Vec<String>,
    /// Only this organisation (repeatable)
    #[arg(long = "org", value_name = "ORG")]
    pub orgs: Vec<String>,
    /// How events of no known producer were mapped when they were stored (repeatable)
    #[arg(long = "mapping", value_name = "FILE")]
    pub mappings: Vec<PathBuf>,
    /// Lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Folder of a lineage that `khien vet` keeps, or of several: what vetting found in a release's files
    /// supports what the release does (repeatable)
    #[arg(short, long = "baseline", value_name = "DIR")]
    pub baselines: Vec<PathBuf>,
    /// Exceptions.
    #[command(flatten)]
    pub exceptions: ExceptionArgs,
    /// One JSON document (schema khien.lineage/1)
    #[arg(long)]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Time zone of the times shown, such as UTC or Asia/Ho_Chi_Minh
    #[arg(long, default_value = "UTC", value_name = "ZONE", value_parser = parse_zone)]
    pub tz: jiff::tz::TimeZone,
    /// Time, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Memory.
    #[command(flatten)]
    pub memory: MemoryArgs,
}

/// `khien admin`.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Accounts of people
    Account {
        /// State.
        #[command(flatten)]
        args: AdminArgs,
        /// What to do.
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// The audit log
    Audit {
        /// State.
        #[command(flatten)]
        args: AdminArgs,
        /// What to do.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Copy the server's state, of one moment, to a new file; the server may go on meanwhile
    Backup {
        /// The file, which must not be there yet
        file: PathBuf,
        /// State.
        #[command(flatten)]
        args: AdminArgs,
    },
    /// Look after the lake
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Hosts that run osquery and have enrolled
    Node {
        /// State.
        #[command(flatten)]
        args: AdminArgs,
        /// What to do.
        #[command(subcommand)]
        command: NodeCommand,
    },
    /// Replace the server's state by a backup, after checking it; says what would be done
    Restore {
        /// The backup
        file: PathBuf,
        /// Do it; the server must not run
        #[arg(long)]
        apply: bool,
        /// State.
        #[command(flatten)]
        args: AdminArgs,
    },
    /// Tokens of machines
    Token {
        /// State.
        #[command(flatten)]
        args: AdminArgs,
        /// What to do.
        #[command(subcommand)]
        command: TokenCommand,
    },
}

/// `khien admin lake`.
#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// Whether every file is there and readable, and the roll-ups say what the events say
    Check(LakeArgs),
    /// Make roll-ups and index again from the events, and remove files that nothing names
    Repair(LakeArgs),
    /// Tables, their files, rows and bytes
    Stats {
        /// Lake.
        #[command(flatten)]
        lake: LakeArgs,
        /// One JSON document (khien.lake/1)
        #[arg(long)]
        json: bool,
    },
    /// Take events out that are too old, too many, or of someone who left
    Retain(super::retain::RetainArgs),
    /// Merge small files into sorted ones
    Compact {
        /// Lake.
        #[command(flatten)]
        lake: LakeArgs,
        /// Everything of a month into one run, also what is large already
        #[arg(long)]
        full: bool,
    },
}
