//! `khien rules list|check|test`.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use khien_detect::correlate::HitMaker;
use khien_detect::indicator::IndicatorSet;
use khien_detect::sigma::explain::Part;
use khien_detect::sigma::{
    Inert, InertReason, Matcher, ProblemKind, Rule, RuleSet, Trace, explain,
};
use khien_ingest::{DeadLetter, Normalizer, Place, Sink};
use khien_model::{Event, Untrusted, untrusted};
use serde_json::json;

use super::{Failure, say, setup};
use crate::args::{Global, LogArgs, RuleArgs, RulesCommand};
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::load_rules;
use khien_ops::scan::run;
use khien_ops::scan::worker::Knowledge;
use khien_text::Lang;

pub(super) fn run(command: &RulesCommand, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    match command {
        RulesCommand::List { rules, json } => list(rules, *json),
        RulesCommand::Check { logs, rules, log_options, json } => {
            check(logs, rules, log_options, *json, global, lang)
        }
        RulesCommand::Test { rule, logs, limit, misses, placeholders, log_options } => {
            let options = TestOptions { limit: *limit, misses: *misses, lang };
            let rule_args = RuleArgs {
                rules: vec![rule.clone()],
                no_builtin: true,
                placeholders: placeholders.clone(),
            };
            test(&rule_args, logs, log_options, &options, global)
        }
    }
}

fn list(args: &RuleArgs, json: bool) -> Result<Exit, Failure> {
    let set = load_rules(&setup::rule_inputs(args))?;
    let mut out = BufWriter::new(io::stdout().lock());
    if json {
        for rule in set.rules() {
            writeln!(out, "{}", rule_json(rule))?;
        }
        for rule in set.correlations() {
            let line = json!({"kind": "correlation", "id": rule.id, "title": rule.title,
                "severity": rule.severity, "type": rule.kind, "origin": rule.origin});
            writeln!(out, "{line}")?;
        }
    } else {
        for rule in set.rules() {
            let (source, title) = (rule.log_source(), &rule.title);
            writeln!(out, "{:<13} {source:<42} {title}", rule.severity.as_str())?;
        }
        for rule in set.correlations() {
            writeln!(out, "{:<13} {:<42} {}", rule.severity.as_str(), rule.kind, rule.title)?;
        }
    }
    out.flush()?;
    Ok(Exit::Clear)
}

fn rule_json(rule: &Rule) -> serde_json::Value {
    json!({
        "kind": "rule", "id": rule.id, "title": rule.title, "severity": rule.severity,
        "status": rule.status, "product": rule.product, "category": rule.category,
        "service": rule.service, "fields": rule.needs.fields().collect::<Vec<_>>(),
        "techniques": rule.techniques().collect::<Vec<_>>(), "origin": rule.origin,
    })
}

fn check(
    logs: &[PathBuf],
    args: &RuleArgs,
    log_args: &LogArgs,
    json: bool,
    global: &Global,
    lang: Lang,
) -> Result<Exit, Failure> {
    let set = Arc::new(load_rules(&setup::rule_inputs(args))?);
    let inert = if logs.is_empty() { None } else { Some(inert(logs, log_args, &set)?) };
    let refused = set.problems().iter().filter(|p| p.kind != ProblemKind::Unused).count();
    let mut out = BufWriter::new(io::stdout().lock());
    for problem in set.problems() {
        if json {
            writeln!(out, "{}", json!({"kind": "problem", "problem": problem}))?;
        } else {
            let kind = lang.text(&format!("problem.{}", key_of(problem.kind)), &[]);
            writeln!(out, "✗ {}: {kind}: {}", problem.origin, problem.detail)?;
        }
    }
    for inert in inert.iter().flatten() {
        let Some(rule) = set.rule(inert.rule) else { continue };
        if json {
            let line = json!({"kind": "inert", "id": rule.id, "title": rule.title,
                "origin": rule.origin, "log_source": rule.log_source(),
                "reason": inert.reason, "missing": inert.missing});
            writeln!(out, "{line}")?;
        } else {
            let why = match inert.reason {
                InertReason::NoLogSource => {
                    lang.text("cli.rules.no-log-source", &[("source", &rule.log_source())])
                }
                InertReason::FieldsNeverSeen => lang
                    .text("cli.rules.fields-never-seen", &[("fields", &inert.missing.join(", "))]),
            };
            writeln!(out, "? {}: {why}", rule.title)?;
        }
    }
    out.flush()?;
    let total = set.rules().len() + set.correlations().len();
    let idle = inert.as_ref().map_or(0, Vec::len);
    let summary = lang
        .text("cli.rules.summary", &[("loaded", &total), ("refused", &refused), ("inert", &idle)]);
    say(global, &summary);
    Ok(if refused > 0 || idle > 0 { Exit::Unknown } else { Exit::Clear })
}

fn key_of(kind: ProblemKind) -> String {
    let word = serde_json::to_value(kind).ok();
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn inert(logs: &[PathBuf], log_args: &LogArgs, set: &Arc<RuleSet>) -> Result<Vec<Inert>, Failure> {
    let inputs = setup::inputs(logs, log_args)?;
    let knowledge = Knowledge {
        hits: HitMaker::default(),
        matcher: Matcher::new(Arc::clone(set)),
        indicators: IndicatorSet::default(),
        since: None,
        until: None,
    };
    let outcome = run::run(&inputs, &knowledge, &|_| {})?;
    Ok(outcome.found.coverage.inert(set))
}

struct TestOptions {
    limit: usize,
    misses: bool,
    lang: Lang,
}

fn test(
    args: &RuleArgs,
    logs: &[PathBuf],
    log_args: &LogArgs,
    options: &TestOptions,
    global: &Global,
) -> Result<Exit, Failure> {
    let inputs = setup::inputs(logs, log_args)?;
    let set = load_rules(&setup::rule_inputs(args))?;
    let mut out = BufWriter::new(io::stdout().lock());
    for problem in set.problems() {
        writeln!(out, "✗ {}: {}", problem.origin, problem.detail)?;
    }
    let mut tester = Tester {
        set: &set,
        options,
        file: Untrusted::default(),
        out: &mut out,
        failed: None,
        counts: BTreeMap::new(),
        shown: 0,
        seen: 0,
        dead: 0,
    };
    let mut normalizer = Normalizer::new(inputs.mappings.clone());
    for file in &inputs.walk.files {
        tester.file = file.name();
        khien_ingest::read_file(file, &mut normalizer, &inputs.limits, &mut tester, &|_| {});
    }
    if let Some(error) = tester.failed {
        return Err(error.into());
    }
    let (counts, seen, dead) = (tester.counts, tester.seen, tester.dead);
    for (title, (in_scope, matched)) in &counts {
        let lang = options.lang;
        let text = lang.text(
            "cli.rules.tested",
            &[("title", title), ("matched", matched), ("scope", in_scope), ("seen", &seen)],
        );
        writeln!(out, "{text}")?;
    }
    out.flush()?;
    if counts.is_empty() {
        say(global, &options.lang.text("cli.rules.out-of-scope", &[("seen", &seen)]));
    }
    let matched = counts.values().any(|(_, matched)| *matched > 0);
    let gaps = dead > 0 || !set.problems().is_empty() || counts.is_empty();
    Ok(Exit::from(khien_model::Verdict::of(matched, gaps)))
}

/// Explains the rules against each event in scope.
struct Tester<'t> {
    set: &'t RuleSet,
    options: &'t TestOptions,
    file: Untrusted,
    out: &'t mut dyn Write,
    failed: Option<io::Error>,
    /// Per rule title: events in scope, events matched.
    counts: BTreeMap<Untrusted, (u64, u64)>,
    shown: usize,
    seen: u64,
    dead: u64,
}

impl Sink for Tester<'_> {
    fn event(&mut self, event: &Event, place: Place) {
        self.seen += 1;
        for rule in self.set.rules().iter().filter(|rule| rule.applies_to(&event.source)) {
            let (matched, lines) = explain(rule, event);
            let count = self.counts.entry(rule.title.clone()).or_default();
            count.0 += 1;
            count.1 += u64::from(matched);
            if (matched || self.options.misses) && self.shown < self.options.limit {
                self.shown += 1;
                if let Err(error) = self.show(rule, event, place, matched, &lines) {
                    self.failed.get_or_insert(error);
                }
            }
        }
    }

    fn dead(&mut self, letter: DeadLetter) {
        self.dead += 1;
        let line = writeln!(
            self.out,
            "✗ {} @{}: {}: {}",
            letter.file, letter.offset, letter.reason, letter.detail
        );
        if let Err(error) = line {
            self.failed.get_or_insert(error);
        }
    }
}

impl Tester<'_> {
    fn show(
        &mut self,
        rule: &Rule,
        event: &Event,
        place: Place,
        matched: bool,
        lines: &[Trace],
    ) -> io::Result<()> {
        let sign = sign(matched);
        let time = event.time.map(|time| time.to_string()).unwrap_or_default();
        let host = untrusted::shown(event.host()).to_string();
        let (file, record) = (&self.file, place.record);
        writeln!(self.out, "{sign} {} · {time} {host} · {file} #{record}", rule.title)?;
        for line in lines {
            let indent = "  ".repeat(line.depth + 1);
            let text = describe(&line.part, self.options.lang);
            writeln!(self.out, "{indent}{} {}", sign_of(line.matched), untrusted::shown(&text))?;
        }
        Ok(())
    }
}

const fn sign(matched: bool) -> &'static str {
    if matched { "■" } else { "–" }
}

const fn sign_of(matched: bool) -> &'static str {
    if matched { "✓" } else { "✗" }
}

fn describe(part: &Part, lang: Lang) -> String {
    match part {
        Part::And => lang.text("cli.rules.all-of", &[]),
        Part::Or => lang.text("cli.rules.one-of", &[]),
        Part::Not => lang.text("cli.rules.not", &[]),
        Part::Selection(name) => name.clone(),
        Part::Other(text) => text.clone(),
        Part::Item { field, pattern, actual, reason } => {
            let field = field.as_deref().unwrap_or("*");
            let why = lang.text(&format!("cli.rules.reason.{reason}"), &[]);
            match actual {
                Some(actual) => format!("{field} [{pattern}] = {actual}: {why}"),
                None => format!("{field} [{pattern}]: {why}"),
            }
        }
    }
}
