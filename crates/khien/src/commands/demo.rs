//! `khien demo`: a simulated organisation, served on this machine, with a drill.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use khien_ingest::walk;
use khien_lake::Lake;
use khien_model::Limits;
use khien_server::{Config, DeskConfig, ExampleUpdate, SPOOL_BYTES, Tls};
use khien_sim::{FleetScenario, Incident, Manifest, Sources, Volume};
use serde::{Deserialize, Serialize};

use super::serve::{Console, LakeHealth};
use super::{Failure, ingest, say, serve, setup};
use crate::args::Global;
use crate::args::server::DemoArgs;
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_ops::ingest::batch::BatchLimits;
use khien_ops::ingest::run::{self, Feed, IngestError, Options};
use khien_ops::live::pipeline::Known;
use khien_ops::scan::knowledge::{InputError, RuleInputs, load_advisories, load_rules};
use khien_ops::scan::run::Inputs;
use khien_text::Lang;

/// The organisation of the demo's records.
const ORG: &str = "demo";
/// Marks a folder as a demo's own: nothing is ever removed where it is missing.
const MARK: &str = "khien-demo.json";
const SCHEMA: &str = "khien.demo/1";
/// Bound: bytes of that file.
const MARK_BYTES_MAX: u64 = 4096;
/// Steps of the drill.
const STEPS: usize = 5;

/// What a folder holds.
#[derive(Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Mark {
    schema: String,
    synthetic: bool,
    seed: u64,
    hosts: u32,
    days: u32,
    /// Whether it was made to its end.
    is_whole: bool,
}

impl Mark {
    fn of(args: &DemoArgs, is_whole: bool) -> Self {
        let (seed, hosts, days) = (args.seed, args.hosts, args.days);
        Self { schema: SCHEMA.to_owned(), synthetic: true, seed, hosts, days, is_whole }
    }

    fn write_to(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(MARK), serde_json::to_vec(self).map_err(io::Error::other)?)
    }
}

pub(super) fn run(args: &DemoArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let stop = ingest::interruptible()?;
    // Gone at the end of this function, unless it is kept.
    let gone =
        args.keep.is_none().then(|| tempfile::Builder::new().prefix("khien-demo-").tempdir());
    let gone = gone.transpose()?;
    let folder = match (&args.keep, &gone) {
        (Some(folder), _) => folder.clone(),
        (None, Some(gone)) => gone.path().to_owned(),
        (None, None) => return Err(io::Error::other("no folder").into()),
    };
    if !is_made(&folder, args, lang)? {
        make(&folder, args, global, lang, &stop)?;
    }
    if stop.load(Ordering::Relaxed) {
        return Ok(Exit::Clear);
    }
    serve(&folder, args, global, lang)?;
    match &args.keep {
        Some(folder) => {
            let folder = setup::shown(folder);
            say(global, &lang.text("cli.demo.kept", &[("folder", &folder)]));
        }
        None => say(global, &lang.text("cli.demo.gone", &[])),
    }
    Ok(Exit::Clear)
}

/// Whether a folder has a whole demo already. One that holds something else is left alone.
fn is_made(folder: &Path, args: &DemoArgs, lang: Lang) -> Result<bool, Failure> {
    let invalid = |path: &Path, key: &str| {
        let detail = lang.text(key, &[]);
        Failure::Input(InputError::Invalid { path: setup::shown(path), detail })
    };
    let mark = folder.join(MARK);
    match khien_model::limits::read_small_file(&mark, MARK_BYTES_MAX) {
        Ok(text) => {
            let made: Mark = serde_json::from_str(&text)
                .map_err(|_| invalid(&mark, "cli.demo.something-else"))?;
            let wanted = Mark::of(args, made.is_whole);
            if made != wanted {
                return Err(invalid(folder, "cli.demo.another"));
            }
            if made.is_whole {
                return Ok(true);
            }
            // Its making was cut short: it is made anew.
            for part in ["lake", "logs", "state"] {
                match fs::remove_dir_all(folder.join(part)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
            Ok(false)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            if fs::read_dir(folder)?.next().is_some() {
                return Err(invalid(folder, "cli.demo.something-else"));
            }
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the logs and stores them.
fn make(
    folder: &Path,
    args: &DemoArgs,
    global: &Global,
    lang: Lang,
    stop: &Arc<AtomicBool>,
) -> Result<(), Failure> {
    let (_, started) = setup::now();
    let logs = folder.join("logs");
    Mark::of(args, false).write_to(folder)?;
    let counts: [(&str, &dyn std::fmt::Display); 2] =
        [("hosts", &args.hosts), ("days", &args.days)];
    say(global, &lang.text("cli.demo.simulating", &counts));
    let fleet = FleetScenario::new(args.seed, args.hosts, args.days)
        .with_incidents(&[Incident::ThreeCxWindows]);
    let fleet = FleetScenario { sources: Sources::ENDPOINT, volume: Volume::Light, ..fleet };
    fleet.write_to(&logs).map_err(io::Error::other)?;
    if stop.load(Ordering::Relaxed) {
        return Ok(());
    }
    let events = store(&logs, &folder.join("lake"), global, lang, stop)?;
    if stop.load(Ordering::Relaxed) {
        return Ok(());
    }
    if args.keep.is_none() {
        // Gigabytes that nobody will look at.
        fs::remove_dir_all(&logs)?;
    }
    Mark::of(args, true).write_to(folder)?;
    let seconds = started.elapsed().as_secs();
    let told: [(&str, &dyn std::fmt::Display); 2] = [("events", &events), ("seconds", &seconds)];
    say(global, &lang.text("cli.demo.made", &told));
    Ok(())
}

fn store(
    logs: &Path,
    lake: &Path,
    global: &Global,
    lang: Lang,
    stop: &Arc<AtomicBool>,
) -> Result<u64, Failure> {
    let lists = [Manifest::FILE_NAME, Manifest::PLANTED_FILE_NAME];
    let walk = walk(&[logs.to_owned()], &|path| !lists.iter().any(|list| path.ends_with(list)));
    let total = walk.files.iter().map(|file| file.bytes).sum();
    let threads = available_parallelism().map_or(1, usize::from);
    let inputs = Inputs { walk, mappings: Vec::new(), limits: Limits::default(), threads };
    // No advisory: the one on 3CX arrives in the drill.
    let rules = load_rules(&RuleInputs { builtin: true, ..RuleInputs::default() })?;
    let Known { knowledge, advisories } = Known::new(rules, load_advisories(&[])?);
    let options = Options {
        org: ORG.to_owned(),
        host: String::new(),
        limits: BatchLimits::of_threads(threads),
        clock: setup::now,
        stop: Arc::clone(stop),
    };
    let wanted = !global.quiet && !global.no_progress;
    let bar = Progress::bytes(total, wanted, &lang.text("cli.ingest.reading", &[]));
    let mut lake = Lake::open_to_write(lake)?;
    let feed = Feed::Files(&inputs);
    let outcome =
        run::run(&mut lake, feed, &knowledge, &advisories, &options, &|read| bar.add(read));
    bar.finish();
    match outcome {
        Ok(outcome) => Ok(outcome.counts.events),
        Err(IngestError::Lake(error)) => Err(error.into()),
        Err(IngestError::Machine(error)) => Err(error.into()),
    }
}

fn serve(folder: &Path, args: &DemoArgs, global: &Global, lang: Lang) -> Result<(), Failure> {
    let lake: PathBuf = folder.join("lake");
    let mut config = Config::new(args.listen, folder.join("state"));
    config.tls = Tls::Auto;
    config.synthetic = true;
    config.organisation = lang.text("cli.demo.organisation", &[]);
    config.program = std::env::current_exe().ok();
    config.desk = Some(DeskConfig {
        org: ORG.to_owned(),
        lake: lake.clone(),
        spool: config.state.join("spool"),
        spool_bytes: SPOOL_BYTES,
        rules: RuleInputs { builtin: true, ..RuleInputs::default() },
        advisories: Vec::new(),
    });
    config.health = vec![Arc::new(LakeHealth(lake))];
    config.files = Arc::new(Console);
    let releases = khien_sim::package_releases()?.into_iter().map(|release| ExampleUpdate {
        name: release.name,
        bytes: release.bytes,
        trusted: release.is_usual.then(|| lang.text("cli.demo.trusted", &[])),
    });
    config.updates.examples = releases.collect();
    serve::log(&Global { quiet: true, ..global.clone() });
    let mut told = Ok(());
    khien_server::serve(config, |started| {
        told = serve::tell(started, args.json, lang).and_then(|()| match args.json {
            true => Ok(()),
            false => guide(global, lang),
        });
    })?;
    Ok(told?)
}

/// The five steps of the drill.
fn guide(global: &Global, lang: Lang) -> io::Result<()> {
    if global.quiet {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    writeln!(out, "\n{}", lang.text("cli.demo.guide", &[]))?;
    for step in 1..=STEPS {
        writeln!(out, "  {step}. {}", lang.text(&format!("cli.demo.step.{step}"), &[]))?;
    }
    writeln!(out, "\n{}", lang.text("cli.demo.update", &[]))?;
    writeln!(out, "\n{}", lang.text("cli.demo.end", &[]))?;
    out.flush()
}

#[cfg(test)]
mod tests;
