//! `khien check`.

use std::io::{BufWriter, Write};
use std::time::Duration;

use super::result::{check_output, width, write_file};
use super::{Failure, lake, say, stdout};
use crate::args::Global;
use crate::args::lake::CheckArgs;
use crate::output::{RenderOptions, check as output};
use khien_ops::check::{Question, check};
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::load_advisories;
use khien_text::Lang;

/// How long a writer may take between events and their index.
const INDEX_PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(args: &CheckArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    check_output(args.output.as_deref(), lang)?;
    let question = Question::of(load_advisories(&args.advisories)?);
    let mut lake = lake::open(&args.lake)?;
    lake.wait_for_index(INDEX_PATIENCE)?;
    let report = check(&lake, question)?;
    let options = RenderOptions {
        lang,
        tz: args.tz.clone(),
        colour: !args.json && args.output.is_none(),
        width: width(),
        defang: !args.no_defang,
    };
    let render = |out: &mut dyn Write| {
        if args.json { output::json(&report, out) } else { output::table(&report, &options, out) }
    };
    if let Some(path) = &args.output {
        write_file(path, render)?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
    } else {
        let mut out = BufWriter::new(stdout(global.color));
        render(&mut out)?;
        out.flush()?;
    }
    Ok(Exit::from(report.verdict))
}
