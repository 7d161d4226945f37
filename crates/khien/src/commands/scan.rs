//! `khien scan`.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;

use khien_detect::correlate::HitMaker;
use khien_detect::sigma::Matcher;

use super::result::{check_output, width, write_file};
use super::{Failure, say, setup, stdout, words};
use crate::args::{Global, ScanArgs};
use crate::output::{self, Format, RenderOptions};
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_ops::scan::assemble::{Asked, assemble};
use khien_ops::scan::knowledge::{load_advisories, load_rules};
use khien_ops::scan::report::Report;
use khien_ops::scan::run;
use khien_ops::scan::worker::Knowledge;
use khien_text::Lang;

pub(super) fn run(
    args: &ScanArgs,
    global: &Global,
    lang: Lang,
    arguments: &[OsString],
) -> Result<Exit, Failure> {
    let (now, started) = setup::now();
    check_output(args.output.as_deref(), lang)?;
    let inputs = setup::inputs(&args.paths, &args.logs)?;
    let rules = load_rules(&setup::rule_inputs(&args.rules))?;
    let mut advisories = load_advisories(&args.advisories)?;
    let rules = Arc::new(rules);
    let knowledge = Knowledge {
        hits: HitMaker::new(rules.correlations()),
        matcher: Matcher::new(Arc::clone(&rules)),
        indicators: std::mem::take(&mut advisories.set),
        since: args.since,
        until: args.until,
    };
    let total = inputs.walk.files.iter().map(|file| file.bytes).sum();
    let wanted = !global.quiet && !global.no_progress;
    let bar = Progress::bytes(total, wanted, &lang.text("cli.scan.reading", &[]));
    let outcome = run::run(&inputs, &knowledge, &|bytes| bar.add(bytes))?;
    bar.finish();
    let asked = Asked {
        command_line: words(arguments),
        now,
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        fail_on: args.fail_on.severity(),
        inert_is_gap: !args.inert_ok,
        advisories: args.advisories.clone(),
    };
    let report = assemble(outcome, &knowledge, &advisories, &inputs.walk, asked)?;
    write(&report, args, global, lang)?;
    Ok(Exit::from(report.verdict))
}

fn write(report: &Report, args: &ScanArgs, global: &Global, lang: Lang) -> io::Result<()> {
    let format = if args.json { Format::Json } else { args.format };
    let mut options = RenderOptions {
        lang,
        tz: args.tz.clone(),
        colour: format == Format::Table && args.output.is_none(),
        width: width(),
        defang: !args.no_defang,
    };
    if let Some(path) = &args.output {
        write_file(path, |out| output::render(format, report, &options, out))?;
        let text = lang.text("cli.scan.written", &[("file", &path.display())]);
        say(global, &text);
        if format != Format::Table {
            // The result went to a file; the person at the terminal still wants to know.
            options.colour = io::stderr().is_terminal();
            say(global, &output::summary_line(report, &options));
        }
        return Ok(());
    }
    let mut out = BufWriter::new(stdout(global.color));
    output::render(format, report, &options, &mut out)?;
    out.flush()
}
