//! `khien lineage`.

mod exceptions;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use khien_lake::{QueryLimits, Selection};
use khien_model::{Timestamp, Untrusted};

use super::result::{check_output, width, write_file};
use super::{Failure, lake, say, setup, stdout};
use crate::args::Global;
use crate::args::lake::LineageArgs;
use crate::output::{RenderOptions, lineage as output, number};
use crate::progress::Progress;
use khien_ops::exceptions::{self as book, Book, Damage};
use khien_ops::exit::Exit;
use khien_ops::lineage::{LineageError, Of, Report, Said, Unread, replay};
use khien_ops::scan::knowledge::InputError;
use khien_ops::vet::decided;
use khien_text::Lang;

pub(super) fn run(args: &LineageArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    check_output(args.output.as_deref(), lang)?;
    if args.exceptions.exceptions {
        return exceptions::list(args, global, lang);
    }
    if let Some(id) = &args.exceptions.unexcept {
        return exceptions::take_back(id, args, lang);
    }
    if let Some(id) = &args.exceptions.except {
        return exceptions::except(id, args, global, lang);
    }
    for folder in &args.baselines {
        if let Err(error) = std::fs::metadata(folder) {
            let (path, detail) = (setup::shown(folder), error.to_string());
            return Err(InputError::Unreadable { path, detail }.into());
        }
    }
    let mut report = look(args, args.until, global, lang)?;
    if let Some(product) = &args.product {
        report.narrow(product);
        if report.lineages.is_empty() {
            say(global, &lang.text("cli.lineage.no-product", &[("product", product)]));
        }
    }
    if !args.hosts.is_empty() {
        report.narrow_to_hosts(&args.hosts);
    }
    if let Some(since) = args.since {
        report.narrow_to_days(since);
    }
    put(args, global, lang, |options, out| match args.json {
        true => output::json(&report, out),
        false => output::table(&report, args.product.is_some(), options, out),
    })?;
    Ok(Exit::from(report.verdict()))
}

/// Replays the events that were asked for.
fn look(
    args: &LineageArgs,
    until: Option<Timestamp>,
    global: &Global,
    lang: Lang,
) -> Result<Report, Failure> {
    let lake = lake::open(&args.lake)?;
    let said = said(lake.folder(), &args.baselines);
    // Hosts and days that are not shown are learnt from all the same: they are what is compared with.
    let selection = Selection { until, orgs: args.orgs.clone(), ..Selection::default() };
    let limits = QueryLimits {
        time: Duration::from_secs(args.timeout),
        memory_bytes: args.memory.bytes(),
        ..QueryLimits::default()
    };
    let bar = Progress::steps(!global.quiet && !global.no_progress);
    let progress = |events: u64| {
        bar.step(lang.text("cli.hunt.looking", &[("events", &number(lang, events))]));
    };
    let mappings = setup::mappings(&args.mappings)?;
    let (now, _) = setup::now();
    let report = replay(&lake, &selection, mappings, &limits, (said, now), &progress);
    bar.finish();
    report.map_err(|error| match error {
        LineageError::Lake(error) => Failure::Lake(error),
        LineageError::Rates(error) => Failure::Machine(io::Error::other(error)),
    })
}

/// What people said of releases. What of it cannot be read costs no report: it is told, and what an
/// exception would have covered is told again.
fn said(lake: &Path, baselines: &[PathBuf]) -> Said {
    let mut said = exceptions_of(lake);
    for folder in baselines {
        let (vetted, complaints) = decided::read(folder);
        said.vetted.extend(vetted);
        said.unread.extend(complaints.into_iter().map(|(path, detail)| Unread {
            of: Of::Vetting,
            path: setup::shown(&path),
            detail: Untrusted::new(detail),
        }));
    }
    said
}

fn exceptions_of(lake: &Path) -> Said {
    let path = setup::shown(&book::path(lake));
    let unread = |detail: String| Unread {
        of: Of::Exceptions,
        path: path.clone(),
        detail: Untrusted::new(detail),
    };
    match book::load(lake) {
        Ok(Book { records, damaged }) => {
            let damaged = damaged.into_iter().map(|damage| {
                let Damage { line, detail } = damage;
                unread(format!("line {line}: {detail}"))
            });
            Said { exceptions: records, unread: damaged.collect(), ..Said::default() }
        }
        Err(error) => Said { unread: vec![unread(error.to_string())], ..Said::default() },
    }
}

fn put(
    args: &LineageArgs,
    global: &Global,
    lang: Lang,
    render: impl FnOnce(&RenderOptions, &mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let options = RenderOptions {
        lang,
        tz: args.tz.clone(),
        colour: !args.json && args.output.is_none(),
        width: width(),
        defang: false,
    };
    if let Some(path) = &args.output {
        write_file(path, |out| render(&options, out))?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
        return Ok(());
    }
    let mut out = BufWriter::new(stdout(global.color));
    render(&options, &mut out)?;
    out.flush()?;
    Ok(())
}
