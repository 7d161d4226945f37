//! `khien vet`.

mod lineage;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use khien_lineage::BaseRates;
use khien_model::Untrusted;

use super::result::{check_output, width, write_file};
use super::{Failure, complain, say, setup, stdout, words};
use crate::args::{Global, VetArgs};
use crate::output::vet::{VetFormat, VetOptions, render, summary_line};
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::InputError;
use khien_ops::vet::outcome::Outcome;
use khien_ops::vet::run::{Bounds, read_all};
use khien_text::Lang;

pub(super) fn run(
    args: &VetArgs,
    global: &Global,
    lang: Lang,
    arguments: &[OsString],
) -> Result<Exit, Failure> {
    if let (Some(folder), Some(sha256)) = (&args.baseline, &args.forget) {
        return lineage::forget(folder, sha256, global, lang);
    }
    check_output(args.output.as_deref(), lang)?;
    lineage::check(args, lang)?;
    let rates = BaseRates::built_in().map_err(io::Error::other)?;
    let kept = lineage::load(args, global, lang)?;
    check_paths(args, kept.is_empty(), lang)?;
    let bar = Progress::steps(!global.quiet && !global.no_progress);
    let reading = |release: &str, path: &Untrusted, _size: u64| {
        let release = Untrusted::new(release);
        bar.step(lang.text("cli.vet.reading", &[("release", &release), ("file", path)]));
    };
    let program = std::env::current_exe()?;
    let mut olds = read_all(&program, &args.paths, &bounds(args), &reading).map_err(refused)?;
    let Some(new) = olds.pop() else { return Err(io::Error::other("no release was read").into()) };
    bar.step(lang.text("cli.vet.comparing", &[]));
    let unread = new.cut_off;
    // To be kept once it is known what came of them.
    let read = olds.iter().filter(|old| args.baseline.is_some() && !old.cut_off);
    let given: Vec<_> = read.map(|old| old.profile.clone()).collect();
    let time_max = Duration::from_secs(args.timeout);
    let outcome = Outcome::of(kept, olds, new, &rates, time_max, words(arguments));
    bar.finish();
    for (release, why) in &outcome.unconfined {
        let release: &dyn std::fmt::Display = release;
        say(global, &lang.text("cli.vet.unconfined", &[("release", release), ("why", why)]));
    }
    if let Some(newer) = &outcome.newer_earlier {
        let new = &outcome.new.name;
        say(global, &lang.text("cli.vet.older", &[("release", new), ("earlier", newer)]));
    }
    if outcome.unrelated() && !unread {
        say(global, &lang.text("cli.vet.unrelated", &[]));
    }
    match write(&outcome, args, global, lang) {
        // The reader of our output went away; the decision stands.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        // There is no such output of this outcome; the decision stands.
        Err(error) if unread && error.kind() == io::ErrorKind::InvalidInput => {
            complain(lang, &error.to_string());
        }
        other => other?,
    }
    lineage::settle(&outcome, &given, args, global, lang, unread)?;
    Ok(outcome.exit())
}

/// What the user can put right before anything is read.
fn check_paths(args: &VetArgs, nothing_kept: bool, lang: Lang) -> Result<(), InputError> {
    for path in &args.paths {
        if let Err(error) = std::fs::metadata(path) {
            return Err(InputError::Unreadable {
                path: setup::shown(path),
                detail: error.to_string(),
            });
        }
    }
    let [only] = args.paths.as_slice() else { return Ok(()) };
    let detail = match &args.baseline {
        _ if !nothing_kept => return Ok(()),
        Some(folder) => {
            let folder = setup::shown(folder);
            lang.text("cli.vet.empty-baseline", &[("folder", &folder)])
        }
        None => lang.text("cli.vet.no-earlier", &[]),
    };
    Err(InputError::Invalid { path: setup::shown(only), detail })
}

/// A path that is no release, or that may not be read, is the user's to put right.
fn refused(error: io::Error) -> Failure {
    use io::ErrorKind::{InvalidInput, NotFound, PermissionDenied};
    let detail = error.to_string();
    match (error.kind(), detail.split_once(": ")) {
        (InvalidInput | NotFound | PermissionDenied, Some((path, detail))) => {
            let (path, detail) = (Untrusted::new(path), detail.to_owned());
            InputError::Unreadable { path, detail }.into()
        }
        _ => error.into(),
    }
}

fn bounds(args: &VetArgs) -> Bounds {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Bounds {
        memory_max: args.memory_mib << 20,
        time_max: Duration::from_secs(args.timeout),
        bytes_out_max: args.unpacked_max_gib << 30,
        children_max: args.threads.map_or(cores, usize::from),
    }
}

fn write(outcome: &Outcome, args: &VetArgs, global: &Global, lang: Lang) -> io::Result<()> {
    let format = if args.json { VetFormat::Json } else { args.format };
    let mut options = VetOptions {
        lang,
        colour: format == VetFormat::Table && args.output.is_none(),
        width: width(),
    };
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(stdout(global.color));
        render(format, outcome, &options, &mut out)?;
        return out.flush();
    };
    write_file(path, |out| render(format, outcome, &options, out))?;
    say(global, &lang.text("cli.scan.written", &[("file", &shown(path))]));
    if format != VetFormat::Table {
        options.colour = io::stderr().is_terminal();
        say(global, &summary_line(outcome, &options));
    }
    Ok(())
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(PathBuf::from(path).to_string_lossy())
}
