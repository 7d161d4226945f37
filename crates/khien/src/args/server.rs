//! What can be typed to serve, and to look after the server's state.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use khien_server::{Role, Scope};

use super::{LakeArgs, RuleArgs};

/// `khien demo`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien demo
  khien demo --keep ~/khien-demo
  khien demo --hosts 1000 --days 90 --seed 7

It writes the logs of a simulated organisation, one of whose products is poisoned by an update as 3CX was in
March 2023, stores them in a lake, and serves both on this machine's own address. It prints a link that
makes the first account, and five steps. Nothing in it is real, and nothing leaves the machine. Everything
is gone when it ends, unless --keep names a folder; the same folder goes on where it was left.

Exit codes: 0 ended in order · 2 usage, or the folder holds something else · 4 internal")]
pub struct DemoArgs {
    /// Keep it in this folder, and go on with it the next time
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Address and port of this machine to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443", value_parser = parse_local)]
    pub listen: SocketAddr,
    /// How many hosts
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(50..=2000))]
    pub hosts: u32,
    /// How many days of logs; the incident needs 40
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(40..=120))]
    pub days: u32,
    /// Decides everything that is drawn: the same seed gives the same records
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Tell address and link as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// An address of this machine: a demonstration has no business elsewhere.
fn parse_local(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("the demo listens on this machine only, as 127.0.0.1:7443 does".to_owned()),
    }
}

/// `khien serve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien serve
  khien serve --listen 0.0.0.0:7443 --organisation \"Ngân hàng ABC\"
  khien serve --listen 0.0.0.0:443 --tls-certificate soc.pem --tls-key soc.key
  khien serve --config /etc/khien/serve.toml

The first start prints a link that makes the first account; it works once, for a day. On this machine's
own addresses (127.0.0.1) it speaks plain HTTP; elsewhere TLS, with a certificate of its own unless one
is given. It stops in order on SIGTERM and Ctrl-C.

The file of --config is TOML with these keys: listen, state, lake, syslog_tcp, syslog_tls, tls_certificate,
tls_key, plain_http, organisation, watch_updates. What is typed counts more than the environment, and that more than the file.

Exit codes: 0 stopped in order · 2 usage, or another server has the state · 4 internal")]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:7443]
    #[arg(long, value_name = "ADDRESS", env = "KHIEN_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// State.
    #[command(flatten)]
    pub state: StateArgs,
    /// Lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Advisory whose indicators are looked for in what comes: a built-in name (3cx), or a file (repeatable)
    /// [default: all that ship with the program]
    #[arg(short, long = "advisory", value_name = "NAME|FILE")]
    pub advisories: Vec<String>,
    /// Take no records: the lake is only looked at, and others may write to it
    #[arg(long)]
    pub no_intake: bool,
    /// MiB of records that may wait for the lake; beyond it senders are told to wait (429)
    #[arg(long, value_name = "MIB", default_value_t = 8192, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub spool_max_mib: u64,
    /// Take syslog over TCP here: anybody who reaches it can send
    #[arg(long, value_name = "ADDRESS", env = "KHIEN_SYSLOG_TCP", conflicts_with = "no_intake")]
    pub syslog_tcp: Option<SocketAddr>,
    /// Take syslog over TLS here
    #[arg(long, value_name = "ADDRESS", env = "KHIEN_SYSLOG_TLS", conflicts_with = "no_intake")]
    pub syslog_tls: Option<SocketAddr>,
    /// Take files that come into this folder as updates to be vetted; they stay there
    #[arg(long, value_name = "DIR", env = "KHIEN_WATCH_UPDATES")]
    pub watch_updates: Option<PathBuf>,
    /// MiB of one update at most
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub update_max_mib: u64,
    /// GiB of all updates that are kept; then those decided longest ago give up their bytes
    #[arg(long, value_name = "GIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub updates_max_gib: u64,
    /// Certificate chain in PEM, the server's own first
    #[arg(long, value_name = "FILE", env = "KHIEN_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// Key of the certificate in PEM
    #[arg(long, value_name = "FILE", env = "KHIEN_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Speak plain HTTP wherever it listens: only behind something that speaks TLS
    #[arg(long, conflicts_with_all = ["tls_certificate", "tls_key"])]
    pub plain_http: bool,
    /// The name of the organisation, as it is shown
    #[arg(long, value_name = "NAME", env = "KHIEN_ORGANISATION")]
    pub organisation: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "KHIEN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Tell the address and the setup link as one line of JSON (khien.serve/1)
    #[arg(long)]
    pub json: bool,
}

/// Which state.
#[derive(Args, Clone, Debug, Default)]
pub struct StateArgs {
    /// Folder of the server's state [default: $XDG_DATA_HOME/khien/state, or ~/.local/share/khien/state]
    #[arg(long, global = true, value_name = "DIR", env = "KHIEN_STATE", value_parser = clap::builder::PathBufValueParser::new())]
    pub state: Option<PathBuf>,
}

/// `khien admin account`.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account, and a link with which its owner sets a password
    Add {
        /// Small letters, digits and . _ @ -
        name: String,
        /// What it may do: viewer, analyst, responder, approver, admin
        #[arg(long, value_name = "ROLE", value_parser = parse_role)]
        role: Role,
        /// The name that is shown [default: the account's name]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
    },
    /// Close an account and end its sessions
    Disable {
        /// The account
        name: String,
    },
    /// Open a closed account again
    Enable {
        /// The account
        name: String,
    },
    /// List accounts
    List,
    /// Take password and authenticator away, end the sessions, and make a new link
    Reset {
        /// The account
        name: String,
    },
}

/// `khien admin token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; its secret is shown once
    Add {
        /// What it is for
        name: String,
        /// What it may do, such as metrics:read (repeatable)
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = parse_scope)]
        scopes: Vec<Scope>,
        /// After how many days it stops working [default: never]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// List tokens
    List,
    /// Revoke a token
    Revoke {
        /// Its id, as `list` shows it
        id: String,
    },
}

/// `khien admin audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print number and hash of the last entry, to be kept elsewhere
    Head,
    /// Read the whole log and say where it is broken
    #[command(after_help = "Examples:
  khien admin audit verify
  khien admin audit verify --head \"$(cat /mnt/usb/khien-head)\"

Without --head a log that was written anew as a whole, or cut off at its end together with its own note
of the end, looks sound.

Exit codes: 0 whole · 2 usage · 4 internal · 6 broken")]
    Verify {
        /// A head that was noted earlier, as `head` printed it
        #[arg(long, value_name = "N:HASH")]
        head: Option<String>,
    },
}

/// What the commands on a state share.
#[derive(Args, Clone, Debug, Default)]
pub struct AdminArgs {
    /// State.
    #[command(flatten)]
    pub state: StateArgs,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
}

fn parse_role(text: &str) -> Result<Role, String> {
    let all: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    Role::from_word(text).ok_or_else(|| format!("one of {} is expected", all.join(", ")))
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
    Scope::from_word(text).ok_or_else(|| format!("one of {} is expected", all.join(", ")))
}
