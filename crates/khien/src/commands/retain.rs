//! `khien admin lake retain`: says what would go, asks, and takes it out.

use std::io::{self, IsTerminal, Write};

use khien_lake::{GRACE, Lake, Retained, Retention, RetentionPlan};
use khien_model::Timestamp;
use khien_model::untrusted::shown;

use super::{Failure, complain, lake, setup};
use crate::args::Global;
use crate::args::retain::{Age, RetainArgs};
use crate::output::escaped_json;
use khien_ops::exit::Exit;
use khien_text::Lang;

pub(super) fn run(args: &RetainArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let wanted = Retention {
        before: args.older_than.map(before),
        max_bytes: args.max_size,
        orgs: args.orgs.clone(),
        hosts: args.hosts.clone(),
        sightings_too: args.sightings_too,
    };
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if args.dry_run {
        let plan = lake::open(&args.lake)?.plan_retention(&wanted)?;
        show(args, lang, &plan, None)?;
        return Ok(Exit::Clear);
    }
    if !args.yes && !can_ask {
        complain(lang, &lang.text("cli.retain.refused", &[]));
        return Ok(Exit::Usage);
    }
    let mut lake: Lake = lake::open_to_write(&args.lake)?;
    let plan = lake.plan_retention(&wanted)?;
    // What was kept of earlier ones may have to be forgotten although no event goes.
    let nothing = plan.going.is_empty() && !args.sightings_too;
    if !nothing && !args.yes {
        if !args.json {
            show(args, lang, &plan, None)?;
        }
        if !confirmed(lang, &plan)? {
            complain(lang, &lang.text("cli.retain.kept", &[]));
            return Ok(Exit::Usage);
        }
    }
    let done = if nothing { Retained::default() } else { lake.retain(&wanted)? };
    if args.json || args.yes || nothing {
        show(args, lang, &plan, Some(&done))?;
    }
    if !nothing {
        let minutes = GRACE.as_secs() / 60;
        let counts: [(&str, &dyn std::fmt::Display); 4] = [
            ("rows", &done.rows),
            ("before", &done.bytes_before),
            ("after", &done.bytes_after),
            ("minutes", &minutes),
        ];
        super::say(global, &lang.text("cli.retain.done", &counts));
    }
    Ok(Exit::Clear)
}

/// The day before which something is of this age. What reaches beyond the calendar is older than all.
fn before(age: Age) -> Timestamp {
    let (now, _) = setup::now();
    let span = match age {
        Age::Days(days) => jiff::Span::new().try_days(days.get()),
        Age::Months(months) => jiff::Span::new().try_months(months.get()),
    };
    let now = now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    let then = span.and_then(|span| now.checked_sub(span));
    let then = then.ok().and_then(|then| Timestamp::from_jiff(then.timestamp()));
    then.unwrap_or(Timestamp::MIN)
}

fn confirmed(lang: Lang, plan: &RetentionPlan) -> io::Result<bool> {
    let rows = plan.rows();
    write!(io::stderr(), "{} ", lang.text("cli.retain.ask", &[("rows", &rows)]))?;
    let mut answer = String::new();
    io::BufRead::read_line(&mut io::BufReader::new(io::Read::take(io::stdin(), 64)), &mut answer)?;
    Ok(answer.trim() == lang.text("cli.retain.yes", &[]))
}

fn show(
    args: &RetainArgs,
    lang: Lang,
    plan: &RetentionPlan,
    done: Option<&Retained>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if args.json {
        let going: Vec<_> = plan
            .going
            .iter()
            .map(|going| {
                serde_json::json!({
                    "month": going.month, "org": going.org, "host": going.host,
                    "rows": going.rows, "bytes": going.bytes,
                })
            })
            .collect();
        let done = done.map(|done| {
            serde_json::json!({
                "rows": done.rows, "bytes_before": done.bytes_before, "bytes_after": done.bytes_after,
                "files_stay_seconds": GRACE.as_secs(),
            })
        });
        let document = serde_json::json!({
            "schema": "khien.retain/1", "dry_run": args.dry_run,
            "before": plan.before.map(|time| time.to_string()),
            "rows": plan.rows(), "bytes": plan.bytes(), "going": going, "done": done,
        });
        escaped_json::write_pretty(&mut out, &document)?;
        return Ok(());
    }
    if plan.going.is_empty() {
        writeln!(out, "{}", lang.text("cli.retain.nothing", &[]))?;
        return Ok(());
    }
    writeln!(out, "{}", lang.text("cli.retain.plan", &[]))?;
    for going in &plan.going {
        let month = if going.month.is_empty() { "-" } else { &going.month };
        let place = format!("{}/{}", shown(&going.org), shown(&going.host));
        writeln!(out, "{month:<8} {place:<32} {:>14} {:>16}", going.rows, going.bytes)?;
    }
    let (rows, bytes) = (plan.rows(), plan.bytes());
    let counts: [(&str, &dyn std::fmt::Display); 2] = [("rows", &rows), ("bytes", &bytes)];
    writeln!(out, "{}", lang.text("cli.retain.sum", &counts))?;
    Ok(())
}
