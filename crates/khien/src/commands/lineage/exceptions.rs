//! `khien lineage --except`, `--exceptions` and `--unexcept`.

use std::fmt::Display;
use std::io::{self, Write};

use khien_lineage::exception::DAYS_MAX;
use khien_lineage::{Exception, Finding, Releases, Status};
use khien_model::{Timestamp, Untrusted};

use super::super::{Failure, complain, lake, setup};
use super::{look, put};
use crate::args::Global;
use crate::args::exceptions::ReleasesArg;
use crate::args::lake::LineageArgs;
use crate::output::lineage::exceptions as output;
use crate::output::minute;
use khien_ops::exceptions::{self, BookError, Record, Standing, TakenBack};
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::InputError;
use khien_ops::vet::lineage_folder::who;
use khien_text::Lang;

/// Bound: identifiers named in a complaint.
const NAMED_MAX: usize = 5;

/// Arguments of a message.
type Words<'a> = &'a [(&'a str, &'a dyn Display)];

/// `--except`: finds the departure, and writes down who answers for it.
pub(super) fn except(
    id: &str,
    args: &LineageArgs,
    global: &Global,
    lang: Lang,
) -> Result<Exit, Failure> {
    let refused = |key: &str, words: Words<'_>| {
        complain(lang, &lang.text(key, words));
        Ok(Exit::Usage)
    };
    let (now, _) = setup::now();
    let until = match (args.exceptions.days, args.until) {
        (Some(days), _) => now.saturating_add_seconds(days.saturating_mul(86_400)),
        (None, Some(until)) => until,
        (None, None) => return refused("cli.except.no-end", &[("days", &DAYS_MAX)]),
    };
    if until <= now {
        return refused("cli.except.past", &[("until", &minute(until, &args.tz))]);
    }
    if until > now.saturating_add_seconds(DAYS_MAX * 86_400) {
        let words: Words<'_> = &[("until", &minute(until, &args.tz)), ("days", &DAYS_MAX)];
        return refused("cli.except.too-long", words);
    }
    // Where nothing can be written, nobody waits for the replay to be told so.
    let folder = setup::lake_folder(&args.lake)?;
    drop(lake::open(&args.lake)?);
    exceptions::check(&folder).map_err(unusable)?;
    let report = look(args, None, global, lang)?;
    let found: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.id.starts_with(id)).collect();
    let finding = match found.as_slice() {
        [] => return refused("cli.except.unknown", &[("id", &id)]),
        [one] => *one,
        more => {
            let ids = named(more.iter().map(|finding| finding.id.as_str()));
            return refused("cli.except.many", &[("id", &id), ("ids", &ids)]);
        }
    };
    if let Status::Withdrawn { since } = finding.status {
        let words: Words<'_> = &[("id", &finding.id), ("since", &minute(since, &args.tz))];
        return refused("cli.except.withdrawn", words);
    }
    let exception = exception(finding, args, now, until);
    // A release without a version is every release, and none is later than a name.
    if exception.check().is_err() || !exception.covers(finding, now) {
        let words: Words<'_> =
            &[("product", &finding.lineage.product), ("version", &finding.version)];
        return refused("cli.except.too-wide", words);
    }
    let record =
        Record { id: finding.id.clone(), made: now, by: who(), exception, taken_back: None };
    exceptions::add(&folder, record.clone()).map_err(unusable)?;
    put(args, global, lang, |options, out| output::made(&record, options, out))?;
    Ok(Exit::Clear)
}

/// The exception for one departure of one release.
fn exception(
    finding: &Finding,
    args: &LineageArgs,
    from: Timestamp,
    until: Timestamp,
) -> Exception {
    let version = finding.version.as_raw().to_owned();
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    Exception {
        org: finding.org.as_raw().to_owned(),
        publisher: finding.lineage.publisher.as_raw().to_owned(),
        product: finding.lineage.product.as_raw().to_owned(),
        folder: finding.lineage.folder.as_raw().to_owned(),
        releases: match args.exceptions.releases {
            ReleasesArg::This => Releases::Only(version),
            ReleasesArg::Later => Releases::Since(version),
        },
        kind: finding.evidence.of.kind,
        value: finding.evidence.of.value.as_raw().to_owned(),
        reason: said(&args.exceptions.reason),
        owner: said(&args.exceptions.owner),
        from,
        until,
    }
}

/// Why an exception is not taken back.
enum Kept {
    Unknown,
    Many(String),
    Ended(Timestamp),
    TakenBack(TakenBack),
}

/// `--unexcept`: ends the exceptions for one departure, and leaves them in the file.
pub(super) fn take_back(id: &str, args: &LineageArgs, lang: Lang) -> Result<Exit, Failure> {
    let folder = setup::lake_folder(&args.lake)?;
    drop(lake::open(&args.lake)?);
    let (now, _) = setup::now();
    let done = exceptions::change(&folder, |records| end(records, id, now)).map_err(unusable)?;
    let complaint = match done {
        Ok(id) => {
            writeln!(io::stdout(), "{}", lang.text("cli.unexcept.done", &[("id", &id)]))?;
            return Ok(Exit::Clear);
        }
        Err(Kept::Unknown) => lang.text("cli.unexcept.unknown", &[("id", &id)]),
        Err(Kept::Many(ids)) => lang.text("cli.except.many", &[("id", &id), ("ids", &ids)]),
        Err(Kept::Ended(until)) => {
            lang.text("cli.unexcept.ended", &[("id", &id), ("until", &minute(until, &args.tz))])
        }
        Err(Kept::TakenBack(TakenBack { at, by })) => {
            let by = Untrusted::new(by);
            let words: Words<'_> = &[("id", &id), ("at", &minute(at, &args.tz)), ("by", &by)];
            lang.text("cli.unexcept.taken-back", words)
        }
    };
    complain(lang, &complaint);
    Ok(Exit::Usage)
}

/// Ends what holds for the departure whose identifier begins so, and gives that in full.
fn end(records: &mut [Record], id: &str, now: Timestamp) -> Result<String, Kept> {
    let mut ids: Vec<String> = records
        .iter()
        .map(|record| record.id.clone())
        .filter(|known| known.starts_with(id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let id = match ids.as_slice() {
        [] => return Err(Kept::Unknown),
        [one] => one.clone(),
        more => return Err(Kept::Many(named(more.iter().map(String::as_str)))),
    };
    let is_over =
        |record: &Record| matches!(record.standing(now), Standing::Ended | Standing::TakenBack);
    let mut last = None;
    let mut is_done = false;
    for record in records.iter_mut().filter(|record| record.id == id) {
        if is_over(record) {
            last = Some(record.clone());
            continue;
        }
        record.taken_back = Some(TakenBack { at: now, by: who() });
        is_done = true;
    }
    match last {
        Some(record) if !is_done => Err(match record.taken_back {
            Some(back) => Kept::TakenBack(back),
            None => Kept::Ended(record.exception.until),
        }),
        _ => Ok(id),
    }
}

/// `--exceptions`: all that were ever made, without a look at events.
pub(super) fn list(args: &LineageArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let folder = setup::lake_folder(&args.lake)?;
    drop(lake::open(&args.lake)?);
    let mut book = exceptions::load(&folder).map_err(unusable)?;
    if let Some(product) = &args.product {
        let wanted = product.to_lowercase();
        book.records.retain(|Record { exception, .. }| {
            exception.product.contains(&wanted) || exception.publisher.contains(&wanted)
        });
    }
    let (now, _) = setup::now();
    put(args, global, lang, |options, out| match args.json {
        true => output::json(&book, now, out),
        false => output::table(&book, now, options, out),
    })?;
    for damage in &book.damaged {
        let (path, detail) = (exceptions::path(&folder), Untrusted::new(damage.detail.as_str()));
        let path = setup::shown(&path);
        let words: Words<'_> = &[("path", &path), ("line", &damage.line), ("detail", &detail)];
        complain(lang, &lang.text("cli.except.damaged", words));
    }
    Ok(if book.damaged.is_empty() { Exit::Clear } else { Exit::Unknown })
}

fn named<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let ids: Vec<&str> = ids.take(NAMED_MAX).collect();
    ids.join(", ")
}

/// A file that is damaged, or another process that is at it, is the user's to put right.
fn unusable(error: BookError) -> Failure {
    let kind = match &error {
        BookError::Io { error, .. } => error.kind(),
        _ => io::ErrorKind::InvalidData,
    };
    use io::ErrorKind::{InvalidData, PermissionDenied, ReadOnlyFilesystem};
    let text = error.to_string();
    if !matches!(kind, InvalidData | PermissionDenied | ReadOnlyFilesystem) {
        return Failure::Machine(io::Error::new(kind, Untrusted::new(text).to_string()));
    }
    let (path, detail) = text.split_once(": ").unwrap_or(("", &text));
    InputError::Invalid { path: Untrusted::new(path), detail: detail.to_owned() }.into()
}
