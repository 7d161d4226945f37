//! `khien lineage`.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use khien_lake::{QueryLimits, Selection};

use super::result::{check_output, width, write_file};
use super::{Failure, lake, say, setup, stdout};
use crate::args::Global;
use crate::args::lake::LineageArgs;
use crate::exit::Exit;
use crate::i18n::Lang;
use crate::lineage::{LineageError, Report, replay};
use crate::output::{RenderOptions, lineage as output, number};
use crate::progress::Progress;

pub(super) fn run(args: &LineageArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    check_output(args.output.as_deref(), lang)?;
    let lake = lake::open(&args.lake)?;
    // Hosts and days that are not shown are learnt from all the same: they are what is compared with.
    let selection =
        Selection { until: args.until, orgs: args.orgs.clone(), ..Selection::default() };
    let limits = QueryLimits {
        time: Duration::from_secs(args.timeout),
        memory_bytes: args.memory.bytes(),
        ..QueryLimits::default()
    };
    let bar = Progress::steps(!global.quiet && !global.no_progress);
    let progress = |events: u64| {
        bar.step(lang.text("cli.hunt.looking", &[("events", &number(lang, events))]));
    };
    let report = replay(&lake, &selection, setup::mappings(&args.mappings)?, &limits, &progress);
    bar.finish();
    let mut report = report.map_err(|error| match error {
        LineageError::Lake(error) => Failure::Lake(error),
        LineageError::Rates(error) => Failure::Machine(io::Error::other(error)),
    })?;
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
    put(&report, args, global, lang)?;
    Ok(Exit::from(report.verdict()))
}

fn put(report: &Report, args: &LineageArgs, global: &Global, lang: Lang) -> Result<(), Failure> {
    let options = RenderOptions {
        lang,
        tz: args.tz.clone(),
        colour: !args.json && args.output.is_none(),
        width: width(),
        defang: false,
    };
    let render = |out: &mut dyn Write| {
        if args.json {
            output::json(report, out)
        } else {
            output::table(report, args.product.is_some(), &options, out)
        }
    };
    if let Some(path) = &args.output {
        write_file(path, render)?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
        return Ok(());
    }
    let mut out = BufWriter::new(stdout(global.color));
    render(&mut out)?;
    out.flush()?;
    Ok(())
}
