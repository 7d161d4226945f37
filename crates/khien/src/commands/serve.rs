//! `khien serve`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use khien_lake::{Lake, LakeError};
use khien_model::limits;
use khien_server::{
    Config, DeskConfig, Found, HealthSource, HealthState, Started, StaticFile, StaticFiles, Tls,
    UpdatesConfig,
};
use serde::Deserialize;

use super::{Failure, say, setup};
use crate::args::server::ServeArgs;
use crate::args::{Global, LakeArgs};
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::InputError;
use khien_text::Lang;

/// Where it listens unless told otherwise: this machine only.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7443);

/// Bound: bytes of a configuration file.
const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// What a configuration file can say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    state: Option<PathBuf>,
    lake: Option<PathBuf>,
    syslog_tcp: Option<SocketAddr>,
    syslog_tls: Option<SocketAddr>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(default)]
    plain_http: bool,
    organisation: Option<String>,
    watch_updates: Option<PathBuf>,
}

pub(super) fn run(args: &ServeArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
    let state = setup::state_folder(args.state.state.as_ref().or(file.state.as_ref()))?;
    let lake = LakeArgs { lake: args.lake.lake.clone().or(file.lake.clone()) };
    let mut config = Config::new(args.listen.or(file.listen).unwrap_or(LISTEN), state);
    config.tls = tls(args, &file)?;
    config.organisation = args.organisation.clone().or(file.organisation).unwrap_or_default();
    let lake = setup::lake_folder(&lake)?;
    if !args.no_intake {
        config.desk = Some(desk(args, &lake, &config.state, &config.organisation));
        config.syslog_tcp = args.syslog_tcp.or(file.syslog_tcp);
        config.syslog_tls = args.syslog_tls.or(file.syslog_tls);
    }
    // Whoever takes no records can still be asked.
    config.lake = Some(lake.clone());
    config.program = std::env::current_exe().ok();
    config.updates = UpdatesConfig {
        file_bytes_max: args.update_max_mib.saturating_mul(1 << 20),
        bytes_max: args.updates_max_gib.saturating_mul(1 << 30),
        watch: args.watch_updates.clone().or(file.watch_updates),
        ..UpdatesConfig::default()
    };
    config.health = vec![Arc::new(LakeHealth(lake))];
    config.files = Arc::new(Console);
    log(global);
    let plain = config.tls == Tls::Plain && !config.listen.ip().is_loopback();
    let mut told = Ok(());
    khien_server::serve(config, |started| {
        if plain {
            say(global, &lang.text("cli.serve.plain", &[]));
        }
        told = tell(started, args.json, lang);
    })?;
    told?;
    say(global, &lang.text("cli.serve.stopped", &[]));
    Ok(Exit::Clear)
}

/// What records go through. Without a word on advisories all that ship with the program are looked for.
fn desk(args: &ServeArgs, lake: &Path, state: &Path, organisation: &str) -> DeskConfig {
    let all = || khien_ops::content::advisories().into_iter().map(|entry| entry.name).collect();
    DeskConfig {
        // As the command line stores records of nobody in particular.
        org: if organisation.is_empty() { "default" } else { organisation }.to_owned(),
        lake: lake.to_owned(),
        spool: state.join("spool"),
        spool_bytes: args.spool_max_mib.saturating_mul(1 << 20),
        rules: setup::rule_inputs(&args.rules),
        advisories: if args.advisories.is_empty() { all() } else { args.advisories.clone() },
    }
}

/// The console that is built in.
pub(super) struct Console;

impl StaticFiles for Console {
    fn file(&self, path: &str, accept_encoding: &str) -> Option<StaticFile> {
        khien_console::file(path, accept_encoding).map(sent)
    }

    fn index(&self, accept_encoding: &str) -> Option<StaticFile> {
        Some(sent(khien_console::index(accept_encoding)))
    }
}

fn sent(file: khien_console::File) -> StaticFile {
    StaticFile {
        bytes: file.bytes,
        content_type: file.content_type.into(),
        hash: file.hash.into(),
        encoding: file.encoding.map(khien_console::Encoding::word),
        immutable: file.immutable,
    }
}

/// The address and the link are the result: they go to standard output, also with --quiet.
pub(super) fn tell(started: &Started, json: bool, lang: Lang) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let told = serde_json::json!({
            "schema": "khien.serve/1", "url": started.url, "setup": started.setup,
            "certificate_sha256": started.fingerprint, "syslog_tcp": started.syslog_tcp,
            "syslog_tls": started.syslog_tls,
        });
        writeln!(out, "{told}")?;
        return out.flush();
    }
    writeln!(out, "{}", lang.text("cli.serve.listens", &[("url", &started.url)]))?;
    for (key, address) in
        [("cli.serve.syslog-tcp", started.syslog_tcp), ("cli.serve.syslog-tls", started.syslog_tls)]
    {
        if let Some(address) = address {
            writeln!(out, "{}", lang.text(key, &[("address", &address)]))?;
        }
    }
    if let Some(fingerprint) = &started.fingerprint {
        writeln!(out, "{}", lang.text("cli.serve.fingerprint", &[("fingerprint", fingerprint)]))?;
    }
    if let Some(link) = &started.setup {
        writeln!(out, "{}", lang.text("cli.serve.setup", &[("link", link)]))?;
    }
    out.flush()
}

fn invalid(path: &Path, detail: impl ToString) -> InputError {
    InputError::Invalid { path: setup::shown(path), detail: detail.to_string() }
}

fn read(path: &Path) -> Result<File, InputError> {
    let text = limits::read_small_file(path, CONFIG_BYTES_MAX).map_err(|error| {
        InputError::Unreadable { path: setup::shown(path), detail: error.to_string() }
    })?;
    toml::from_str(&text).map_err(|error| invalid(path, error))
}

/// What is typed counts more than the file, as a whole: a certificate of one and a key of the other
/// would be a mistake.
fn tls(args: &ServeArgs, file: &File) -> Result<Tls, InputError> {
    let typed = args.plain_http || args.tls_certificate.is_some() || args.tls_key.is_some();
    let (plain, certificate, key) = if typed {
        (args.plain_http, &args.tls_certificate, &args.tls_key)
    } else {
        (file.plain_http, &file.tls_certificate, &file.tls_key)
    };
    match (plain, certificate, key) {
        (false, None, None) => Ok(Tls::Auto),
        (true, None, None) => Ok(Tls::Plain),
        (false, Some(certificate), Some(key)) => {
            Ok(Tls::Files { certificate: certificate.clone(), key: key.clone() })
        }
        (true, ..) => Err(invalid(
            args.config.as_deref().unwrap_or(Path::new("--plain-http")),
            "plain_http and a certificate exclude each other",
        )),
        (false, Some(one), None) | (false, None, Some(one)) => {
            Err(invalid(one, "a certificate and its key belong together; name both"))
        }
    }
}

/// The server's log, on standard error.
pub(super) fn log(global: &Global) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let level = if global.quiet { LevelFilter::WARN } else { LevelFilter::INFO };
    // Libraries tell what only their makers want to know; from warnings on it concerns us.
    let told = Targets::new().with_default(LevelFilter::WARN).with_target("khien", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(io::stderr);
    // Where something else has set one already, that one stays.
    let _ = tracing_subscriber::registry().with(told).with(lines).try_init();
}

/// Whether the lake can be read.
pub(super) struct LakeHealth(pub(super) PathBuf);

#[async_trait]
impl HealthSource for LakeHealth {
    fn id(&self) -> &'static str {
        "lake"
    }

    async fn look(&self) -> Found {
        let folder = self.0.clone();
        // The lake has a runtime of its own, which must not start inside another.
        let (sender, receiver) = futures::channel::oneshot::channel();
        std::thread::spawn(move || {
            let found = match Lake::open(&folder) {
                Ok(_) => Found::new(HealthState::Ok, "works", folder.display()),
                Err(LakeError::Missing(_)) => {
                    Found::new(HealthState::Unknown, "missing", folder.display())
                }
                Err(error) => Found::new(HealthState::Failed, "broken", error),
            };
            // Who asked may have gone.
            let _ = sender.send(found);
        });
        // Nothing comes where opening the lake ended in a panic.
        let found = receiver.await;
        found.unwrap_or_else(|_| Found::new(HealthState::Failed, "broken", "internal"))
    }
}

#[cfg(test)]
mod tests;
