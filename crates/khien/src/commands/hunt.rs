//! `khien hunt`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use khien_lake::{Answer, Lake, QueryLimits};

use super::result::{check_output, write_file};
use super::{Failure, lake, say, setup, stdout};
use crate::args::Global;
use crate::args::lake::{HuntArgs, RowFormat};
use crate::output::{number, rows};
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_ops::hunt::pack::{self, Hunt, Pack};
use khien_ops::hunt::rules::{self, RuleAnswer, RuleHunt};
use khien_ops::scan::knowledge::{InputError, RuleInputs, load_rules};
use khien_text::Lang;

/// What `--tables` asks.
const TABLES: &str = "SELECT table_name, column_name, data_type FROM information_schema.columns \
                      WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
/// Time for a query, in seconds.
const QUERY_SECONDS: u64 = 60;
/// Time for rules, which look at events one by one.
const RULE_SECONDS: u64 = 3600;
/// Bound: rules that nothing could have met, named one by one.
const INERT_NAMED_MAX: usize = 10;

pub(super) fn run(args: &HuntArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    if args.packs {
        return list_packs(global, lang);
    }
    let format = if args.json { RowFormat::Json } else { args.format };
    if let Some(name) = &args.pack {
        return run_pack(&pack::load(name)?, args, format, global, lang);
    }
    check_output(args.output.as_deref(), lang)?;
    let lake = lake::open(&args.lake)?;
    if !args.rules.is_empty() {
        let found = by_rules(&lake, &args.rules, args, global, lang)?;
        put(&found.answer, format, args, global, lang)?;
        let unknown = say_inert(&found, global, lang);
        return Ok(exit(has_rows(&found.answer), unknown));
    }
    let text = args.sql.as_deref().filter(|_| !args.tables).unwrap_or(TABLES);
    let answer = lake.query(text, &limits(args))?;
    put(&answer, format, args, global, lang)?;
    Ok(exit(has_rows(&answer) && !args.tables, false))
}

/// Whether there are rows, also those that were not asked for (`--rows 0`).
fn has_rows(answer: &Answer) -> bool {
    !answer.is_empty() || answer.cut
}

fn exit(found: bool, unknown: bool) -> Exit {
    match (found, unknown) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Unknown,
        (false, false) => Exit::Clear,
    }
}

fn limits(args: &HuntArgs) -> QueryLimits {
    QueryLimits {
        time: Duration::from_secs(args.timeout.unwrap_or(QUERY_SECONDS)),
        memory_bytes: args.memory.bytes(),
        rows: args.rows,
    }
}

/// Writes one answer where it was asked for.
fn put(
    answer: &Answer,
    format: RowFormat,
    args: &HuntArgs,
    global: &Global,
    lang: Lang,
) -> Result<(), Failure> {
    if let Some(path) = &args.output {
        write_file(path, |out| write(answer, format, out))?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
    } else {
        let mut out = BufWriter::new(stdout(global.color));
        write(answer, format, &mut out)?;
        out.flush()?;
    }
    if answer.cut {
        say(global, &lang.text("cli.hunt.cut", &[("rows", &args.rows)]));
    }
    Ok(())
}

fn write(answer: &Answer, format: RowFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        RowFormat::Table => rows::table(answer, out),
        RowFormat::Csv => rows::csv(answer, out),
        RowFormat::Json => rows::json(answer, out),
        RowFormat::Parquet => {
            // The writer of the format wants to go on another thread; rows are bounded.
            let mut bytes = Vec::new();
            answer.parquet(&mut bytes).map_err(io::Error::other)?;
            out.write_all(&bytes)
        }
    }
}

/// Runs Sigma rules over what is stored.
fn by_rules(
    lake: &Lake,
    paths: &[PathBuf],
    args: &HuntArgs,
    global: &Global,
    lang: Lang,
) -> Result<RuleAnswer, Failure> {
    let loaded = load_rules(&RuleInputs { paths: paths.to_vec(), ..RuleInputs::default() })?;
    for problem in loaded.problems() {
        let (origin, detail) = (&problem.origin, &problem.detail);
        say(global, &lang.text("cli.hunt.rule-problem", &[("rule", origin), ("detail", detail)]));
    }
    if loaded.rules().is_empty() {
        let path = paths.first().map(|path| setup::shown(path)).unwrap_or_default();
        let detail = lang.text("cli.hunt.no-rule", &[]);
        return Err(InputError::Invalid { path, detail }.into());
    }
    let hunt = RuleHunt {
        rules: Arc::new(loaded),
        since: args.since,
        until: args.until,
        hosts: args.hosts.clone(),
        orgs: args.orgs.clone(),
        mappings: setup::mappings(&args.mappings)?,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        time: Duration::from_secs(args.timeout.unwrap_or(RULE_SECONDS)),
        rows: args.rows,
    };
    let bar = Progress::steps(!global.quiet && !global.no_progress);
    let progress = |events: u64| {
        bar.step(lang.text("cli.hunt.looking", &[("events", &number(lang, events))]));
    };
    let found = rules::run(lake, &hunt, &progress);
    bar.finish();
    let found = found?;
    let counts: [(&str, &dyn std::fmt::Display); 2] = [
        ("events", &number(lang, found.events)),
        ("rules", &hunt.rules.rules().len().saturating_add(hunt.rules.correlations().len())),
    ];
    say(global, &lang.text("cli.hunt.looked", &counts));
    Ok(found)
}

/// Names rules that nothing stored could have met; says whether there are any.
fn say_inert(found: &RuleAnswer, global: &Global, lang: Lang) -> bool {
    for (title, inert) in found.inert.iter().take(INERT_NAMED_MAX) {
        let missing = inert.missing.join(", ");
        let text = if missing.is_empty() {
            lang.text("cli.hunt.inert-source", &[("rule", title)])
        } else {
            lang.text("cli.hunt.inert-fields", &[("rule", title), ("fields", &missing)])
        };
        say(global, &text);
    }
    let more = found.inert.len().saturating_sub(INERT_NAMED_MAX);
    if more > 0 {
        say(global, &lang.text("cli.hunt.inert-more", &[("count", &more)]));
    }
    !found.inert.is_empty()
}

fn list_packs(global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let mut out = stdout(global.color);
    for (name, pack) in pack::built_in() {
        writeln!(out, "{name}: {}", pack.title(lang))?;
        for hunt in &pack.hunt {
            writeln!(out, "  {}: {}", hunt.id, hunt.title(lang))?;
        }
    }
    Ok(Exit::Clear)
}

/// What a hunt of a pack came to.
struct Ran<'p> {
    hunt: &'p Hunt,
    answer: Result<Answer, String>,
    unknown: bool,
}

fn run_pack(
    pack: &Pack,
    args: &HuntArgs,
    format: RowFormat,
    global: &Global,
    lang: Lang,
) -> Result<Exit, Failure> {
    let folder = pack_output(args, format, lang)?;
    let lake = lake::open(&args.lake)?;
    let ran: Vec<Ran<'_>> =
        pack.hunt.iter().map(|hunt| run_one(&lake, pack, hunt, args, global, lang)).collect();
    if let Some(folder) = &folder {
        write_folder(&ran, folder, format, global, lang)?;
    } else if let Some(path) = &args.output {
        write_file(path, |out| write_pack(&ran, format, lang, out))?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
    } else {
        let mut out = BufWriter::new(stdout(global.color));
        write_pack(&ran, format, lang, &mut out)?;
        out.flush()?;
    }
    for Ran { hunt, answer, .. } in &ran {
        match answer {
            Err(detail) => {
                let words: [(&str, &dyn std::fmt::Display); 2] =
                    [("hunt", &hunt.id), ("detail", detail)];
                say(global, &lang.text("cli.hunt.failed", &words));
            }
            Ok(answer) if answer.cut => {
                say(global, &lang.text("cli.hunt.cut", &[("rows", &args.rows)]));
            }
            Ok(_) => {}
        }
    }
    let found = ran.iter().any(|ran| ran.answer.as_ref().is_ok_and(has_rows));
    let unknown = ran.iter().any(|ran| ran.unknown || ran.answer.is_err());
    // A hunt that failed is no all-clear, and rows of another do not hide it: it is named above.
    Ok(exit(found, unknown))
}

/// The folder for formats of which a file holds one answer; checked before any work is done.
fn pack_output(
    args: &HuntArgs,
    format: RowFormat,
    lang: Lang,
) -> Result<Option<PathBuf>, InputError> {
    if matches!(format, RowFormat::Table | RowFormat::Json) {
        check_output(args.output.as_deref(), lang)?;
        return Ok(None);
    }
    let shown = args.output.as_deref().map(setup::shown).unwrap_or_default();
    let folder = args.output.clone().filter(|path| path.is_dir());
    let detail = || lang.text("cli.hunt.folder", &[]);
    folder.map(Some).ok_or_else(|| InputError::Invalid { path: shown, detail: detail() })
}

fn run_one<'p>(
    lake: &Lake,
    pack: &Pack,
    hunt: &'p Hunt,
    args: &HuntArgs,
    global: &Global,
    lang: Lang,
) -> Ran<'p> {
    if let Some(sql) = &hunt.sql {
        let answer = lake.query(sql, &limits(args)).map_err(|error| error.to_string());
        return Ran { hunt, answer, unknown: false };
    }
    let rule = hunt.rule.as_deref().unwrap_or(Path::new(""));
    let rule = pack.folder.as_deref().map_or_else(|| rule.to_owned(), |folder| folder.join(rule));
    match by_rules(lake, &[rule], args, global, lang) {
        Ok(found) => {
            let unknown = say_inert(&found, global, lang);
            Ran { hunt, answer: Ok(found.answer), unknown }
        }
        Err(failure) => Ran { hunt, answer: Err(failure.to_string()), unknown: true },
    }
}

fn write_pack(
    ran: &[Ran<'_>],
    format: RowFormat,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    if format == RowFormat::Json {
        let mut hunts = Vec::new();
        for Ran { hunt, answer, .. } in ran {
            let mut entry = serde_json::json!({ "id": hunt.id, "title": hunt.title(lang) });
            match answer {
                Ok(answer) => {
                    entry["rows"] = answer.json().map_err(io::Error::other)?.into();
                    entry["cut"] = answer.cut.into();
                }
                Err(detail) => entry["error"] = detail.as_str().into(),
            }
            hunts.push(entry);
        }
        let document = serde_json::json!({ "schema": "khien.hunts/1", "hunts": hunts });
        return crate::output::escaped_json::write_pretty(out, &document);
    }
    for Ran { hunt, answer, .. } in ran {
        writeln!(out, "{}: {}", hunt.id, hunt.title(lang))?;
        match answer {
            Ok(answer) if answer.is_empty() => {
                writeln!(out, "{}", lang.text("cli.hunt.nothing", &[]))?;
            }
            Ok(answer) => rows::table(answer, out)?,
            Err(detail) => writeln!(out, "{detail}")?,
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_folder(
    ran: &[Ran<'_>],
    folder: &Path,
    format: RowFormat,
    global: &Global,
    lang: Lang,
) -> io::Result<()> {
    let ending = if format == RowFormat::Csv { "csv" } else { "parquet" };
    for Ran { hunt, answer, .. } in ran {
        let Ok(answer) = answer else { continue };
        let path = folder.join(format!("{}.{ending}", hunt.id));
        write_file(&path, |out| write(answer, format, out))?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
    }
    Ok(())
}
