//! `khien ingest`.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use khien_detect::correlate::HitMaker;
use khien_detect::sigma::Matcher;
use khien_ingest::Walk;
use khien_lake::{Lake, QueryLimits};
use khien_model::Untrusted;

use super::{Failure, say, setup, stdout};
use crate::args::{Global, IngestArgs};
use crate::output::number;
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_ops::ingest::batch::BatchLimits;
use khien_ops::ingest::follow::Source;
use khien_ops::ingest::known::texts;
use khien_ops::ingest::run::{self, Feed, IngestError, Options, Outcome};
use khien_ops::scan::knowledge::{Advisories, InputError, RuleInputs, load_advisories, load_rules};
use khien_ops::scan::run::Inputs;
use khien_ops::scan::worker::Knowledge;
use khien_text::Lang;

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Lake(error) => Self::Lake(error),
            IngestError::Machine(error) => Self::Machine(error),
        }
    }
}

/// Standard input, among paths.
const INPUT: &str = "-";
/// How long a followed file may rest before it is looked at again.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn run(args: &IngestArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let folder = setup::lake_folder(&args.lake)?;
    if args.dead {
        return dead(args, &folder, global, lang);
    }
    let (_, started) = setup::now();
    let (inputs, streams) = feed(args, lang)?;
    let (knowledge, advisories) = knowledge(args)?;
    let mut lake = Lake::open_to_write(&folder)?;
    let stop = interruptible()?;
    let seconds = Duration::from_secs_f64(args.batch_seconds);
    let threads = if streams.is_empty() { inputs.threads } else { streams.len() };
    let rows = usize::try_from(args.batch_rows).unwrap_or(usize::MAX);
    let options = Options {
        org: args.org.clone(),
        host: args.host.clone(),
        limits: BatchLimits { time: seconds, rows, ..BatchLimits::of_threads(threads) },
        clock: setup::now,
        stop: Arc::clone(&stop),
    };
    let total = inputs.walk.files.iter().map(|file| file.bytes).sum();
    let live = !streams.is_empty();
    let wanted = !global.quiet && !global.no_progress && !live;
    if args.follow {
        say(global, &lang.text("cli.ingest.following", &[("count", &streams.len())]));
    }
    let bar = Progress::bytes(total, wanted, &lang.text("cli.ingest.reading", &[]));
    let bytes = AtomicU64::new(0);
    let progress = |read| {
        bytes.fetch_add(read, Ordering::Relaxed);
        bar.add(read);
    };
    let feed = if live { Feed::Streams(&inputs, streams) } else { Feed::Files(&inputs) };
    let outcome = run::run(&mut lake, feed, &knowledge, &advisories, &options, &progress)?;
    bar.finish();
    let summary = Summary {
        lake: &folder,
        org: &args.org,
        outcome: &outcome,
        walk: &inputs.walk,
        bytes_read: bytes.into_inner(),
        elapsed: started.elapsed(),
        interrupted: stop.load(Ordering::Relaxed),
    };
    if args.json {
        summary.json(&mut stdout(global.color))?;
    } else if !global.quiet {
        summary.words(lang, &mut stdout(global.color))?;
    }
    // A file that is followed has no other end than an interruption.
    let unread = outcome.counts.dead > 0 || !inputs.walk.skipped.is_empty();
    let cut = summary.interrupted && !args.follow;
    Ok(if unread || cut { Exit::Unknown } else { Exit::Clear })
}

/// What to read: files, or streams one beside the other.
fn feed(args: &IngestArgs, lang: Lang) -> Result<(Inputs, Vec<Source>), InputError> {
    let is_input = |path: &Path| path.as_os_str() == INPUT;
    if args.follow {
        let none = setup::inputs(&[], &args.logs)?;
        let mut sources = Vec::new();
        for path in &args.paths {
            let metadata = std::fs::metadata(path).map_err(|error| InputError::Unreadable {
                path: setup::shown(path),
                detail: error.to_string(),
            })?;
            if !metadata.is_file() {
                let detail = lang.text("cli.ingest.follow-file", &[]);
                return Err(InputError::Invalid { path: setup::shown(path), detail });
            }
            sources.push(Source::Follow { path: path.clone(), pause: PAUSE, last: None });
        }
        return Ok((none, sources));
    }
    if args.paths.iter().any(|path| is_input(path)) {
        // Files named beside it are read as well.
        let files: Vec<_> = args.paths.iter().filter(|path| !is_input(path)).cloned().collect();
        let inputs = setup::inputs(&files, &args.logs)?;
        let name = Untrusted::from(INPUT);
        return Ok((inputs, vec![Source::Input(Some(Box::new(io::stdin())), name)]));
    }
    Ok((setup::inputs(&args.paths, &args.logs)?, Vec::new()))
}

fn knowledge(args: &IngestArgs) -> Result<(Knowledge, Advisories), InputError> {
    let asked = if args.no_rules { RuleInputs::default() } else { setup::rule_inputs(&args.rules) };
    let rules = Arc::new(load_rules(&asked)?);
    let mut advisories = load_advisories(&args.advisories)?;
    let knowledge = Knowledge {
        hits: HitMaker::new(rules.correlations()),
        matcher: Matcher::new(rules),
        indicators: std::mem::take(&mut advisories.set),
        since: None,
        until: None,
    };
    Ok((knowledge, advisories))
}

/// Set by the first interruption, which ends the run in order; the second ends it at once.
pub(super) fn interruptible() -> io::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        let code = 128_i32.saturating_add(signal);
        signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

struct Summary<'s> {
    lake: &'s Path,
    org: &'s str,
    outcome: &'s Outcome,
    walk: &'s Walk,
    bytes_read: u64,
    elapsed: Duration,
    interrupted: bool,
}

impl Summary<'_> {
    fn rate(&self) -> u64 {
        let millis = self.elapsed.as_millis().max(1);
        let rate = u128::from(self.outcome.counts.events).saturating_mul(1000) / millis;
        u64::try_from(rate).unwrap_or(u64::MAX)
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let counts = &self.outcome.counts;
        let reasons: BTreeMap<&str, u64> =
            counts.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        let skipped: Vec<_> = self
            .walk
            .skipped
            .iter()
            .map(|skipped| serde_json::json!({"path": skipped.path.as_raw(), "detail": skipped.detail}))
            .collect();
        let summary = serde_json::json!({
            "schema": "khien.ingest/1",
            "version": env!("CARGO_PKG_VERSION"),
            "lake": self.lake.display().to_string(),
            "org": self.org,
            "sources": {
                "read": counts.streams,
                "new": counts.streams_new,
                "continued": counts.streams_continued,
                "known": counts.streams_known,
            },
            "records": {
                "read": counts.events.saturating_add(counts.dead).saturating_add(counts.known),
                "events": counts.events,
                "dead_letters": counts.dead,
                "known": counts.known,
            },
            "dead_letters_by_reason": reasons,
            "findings": counts.findings,
            "fields_dropped": self.outcome.fields_dropped,
            "observables_left_out": self.outcome.observables_left_out,
            "correlation_groups_evicted": self.outcome.correlator.groups_evicted,
            "skipped": skipped,
            "batches": counts.batches,
            "bytes_read": self.bytes_read,
            "bytes_written": counts.bytes_written,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
            "events_per_second": self.rate(),
            "interrupted": self.interrupted,
        });
        writeln!(out, "{summary:#}")
    }

    fn words(&self, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
        let counts = &self.outcome.counts;
        let n = |value: u64| number(lang, value);
        let mib = |bytes: u64| n(bytes >> 20);
        writeln!(
            out,
            "{}",
            lang.text(
                "cli.ingest.sources",
                &[
                    ("read", &n(counts.streams)),
                    ("new", &n(counts.streams_new)),
                    ("continued", &n(counts.streams_continued)),
                    ("old", &n(counts.streams_known)),
                ]
            )
        )?;
        writeln!(
            out,
            "{}",
            lang.text(
                "cli.ingest.stored",
                &[
                    ("events", &n(counts.events)),
                    ("findings", &n(counts.findings)),
                    ("known", &n(counts.known)),
                ]
            )
        )?;
        let seconds = format!("{:.1}", self.elapsed.as_secs_f64());
        writeln!(
            out,
            "{}",
            lang.text(
                "cli.ingest.rate",
                &[
                    ("rate", &n(self.rate())),
                    ("seconds", &seconds),
                    ("bytes", &mib(self.bytes_read)),
                    ("written", &mib(counts.bytes_written)),
                    ("lake", &Untrusted::new(self.lake.to_string_lossy())),
                ]
            )
        )?;
        for (key, count) in [
            ("cli.ingest.found", counts.findings),
            ("cli.ingest.dead", counts.dead),
            ("cli.ingest.fields-dropped", self.outcome.fields_dropped),
        ] {
            if count > 0 {
                writeln!(out, "{}", lang.text(key, &[("count", &n(count))]))?;
            }
        }
        if let Some(first) = self.walk.skipped.first() {
            let count = n(self.walk.skipped.len() as u64);
            let detail = Untrusted::from(first.detail.as_str());
            let arguments: &[(&str, &dyn std::fmt::Display)] =
                &[("count", &count), ("path", &first.path), ("detail", &detail)];
            writeln!(out, "{}", lang.text("cli.ingest.skipped", arguments))?;
        }
        if self.interrupted {
            writeln!(out, "{}", lang.text("cli.ingest.interrupted", &[]))?;
        }
        Ok(())
    }
}

/// Bound: dead letters listed.
const DEAD_MAX: usize = 1_000_000;

/// Lists the dead letters that are kept.
fn dead(args: &IngestArgs, folder: &Path, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let lake = Lake::open(folder)?;
    let limits =
        QueryLimits { time: Duration::from_secs(600), rows: DEAD_MAX, ..QueryLimits::default() };
    let answer = lake.query(
        "SELECT org, host, source, fields FROM dead_letters ORDER BY org, source, record",
        &limits,
    )?;
    let mut out = BufWriter::new(stdout(global.color));
    let mut count = 0_u64;
    for batch in &answer.batches {
        let (orgs, hosts) = (texts(batch, 0)?, texts(batch, 1)?);
        let (sources, fields) = (texts(batch, 2)?, texts(batch, 3)?);
        for (((org, host), source), fields) in orgs.iter().zip(&hosts).zip(&sources).zip(&fields) {
            count = count.saturating_add(1);
            let mut letter: serde_json::Value = serde_json::from_str(fields).unwrap_or_default();
            if args.json {
                if let Some(letter) = letter.as_object_mut() {
                    letter.insert("schema".to_owned(), "khien.dead-letter/1".into());
                    letter.insert("org".to_owned(), org.as_str().into());
                    letter.insert("host".to_owned(), host.as_str().into());
                    letter.insert("source".to_owned(), source.as_str().into());
                }
                writeln!(out, "{letter}")?;
                continue;
            }
            let text = |key: &str| {
                Untrusted::from(letter.get(key).and_then(|v| v.as_str()).unwrap_or_default())
            };
            let reason = lang.text(&format!("reason.{}", text("reason").as_raw()), &[]);
            let offset = letter.get("offset").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let line = lang.text(
                "cli.ingest.dead-line",
                &[
                    ("file", &text("file")),
                    ("offset", &number(lang, offset)),
                    ("reason", &Untrusted::new(reason)),
                    ("detail", &text("detail")),
                ],
            );
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    if count == 0 && !args.json {
        say(global, &lang.text("cli.ingest.dead-none", &[]));
    }
    if answer.cut {
        say(global, &lang.text("cli.ingest.dead-cut", &[("count", &number(lang, count))]));
    }
    Ok(Exit::Clear)
}
