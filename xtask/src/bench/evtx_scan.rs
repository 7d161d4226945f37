//! `scan-evtx`: a whole scan of real EVTX files with all public rules, against the `evtx` crate
//! decoding the same files to a value tree.

use std::sync::Arc;

use anyhow::{Result, bail};
use evtx::{EvtxParser, ParserSettings};
use khien_detect::correlate::HitMaker;
use khien_detect::indicator::IndicatorSet;
use khien_detect::sigma::Matcher;
use khien_ingest::{DeadLetter, Normalizer, Place, Sink, Walk};
use khien_model::{Event, Limits, Timestamp};
use khien_ops::scan::assemble::{Asked, assemble};
use khien_ops::scan::knowledge::{Advisories, RuleInputs, load_rules};
use khien_ops::scan::run::{Inputs, run};
use khien_ops::scan::worker::Knowledge;

use super::{Measured, corpus, cpu_seconds, files, peak_mib};

pub(super) const PARTS: [(&str, &str); 4] = [
    ("tree", "evtx crate, to a value tree"),
    ("read", "khien: read and normalise"),
    ("scan", "khien: scan, rules for Windows"),
    ("scan-all", "khien: scan, all rules"),
];

/// Rounds over the files, so that CPU ticks tell small differences.
const ROUNDS: u64 = 5;

pub(super) fn part(name: &str) -> Result<Measured> {
    match name {
        "tree" => tree(),
        "read" => read(),
        "scan" => scan(&["rules/windows", "rules-emerging-threats", "rules-threat-hunting"]),
        "scan-all" => scan(&["rules", "rules-emerging-threats", "rules-threat-hunting"]),
        _ => bail!("no part `{name}`"),
    }
}

fn tree() -> Result<Measured> {
    let files = files(&corpus("evtx")?, "evtx");
    let start = cpu_seconds()?;
    let mut items = 0;
    for _ in 0..ROUNDS {
        for file in &files {
            let settings = ParserSettings::new().num_threads(1);
            let mut parser = EvtxParser::from_path(&file.path)?.with_configuration(settings);
            items += parser.records_json_value().filter(Result::is_ok).count() as u64;
        }
    }
    finish(start, items, 0, 0.0)
}

struct Count(u64);
impl Sink for Count {
    fn event(&mut self, _: &Event, _: Place) {
        self.0 += 1;
    }
    fn dead(&mut self, _: DeadLetter) {}
}

fn read() -> Result<Measured> {
    let files = files(&corpus("evtx")?, "evtx");
    let (mut sink, mut normalizer) = (Count(0), Normalizer::default());
    let start = cpu_seconds()?;
    for _ in 0..ROUNDS {
        for file in &files {
            khien_ingest::read_file(file, &mut normalizer, &Limits::default(), &mut sink, &|_| {});
        }
    }
    finish(start, sink.0, 0, 0.0)
}

fn scan(folders: &[&str]) -> Result<Measured> {
    let before = cpu_seconds()?;
    let sigma = corpus("sigma")?;
    let paths = folders.iter().map(|folder| sigma.join(folder)).collect();
    let rules = Arc::new(load_rules(&RuleInputs { paths, builtin: false, placeholders: None })?);
    let knowledge = Knowledge {
        hits: HitMaker::new(rules.correlations()),
        matcher: Matcher::new(Arc::clone(&rules)),
        indicators: IndicatorSet::default(),
        since: None,
        until: None,
    };
    let walk = Walk { files: files(&corpus("evtx")?, "evtx"), skipped: Vec::new() };
    let inputs = Inputs { walk, mappings: Vec::new(), limits: Limits::default(), threads: 1 };
    let start = cpu_seconds()?;
    let (mut items, mut matches) = (0, 0);
    for _ in 0..ROUNDS {
        let outcome = run(&inputs, &knowledge, &|_| {})?;
        let asked = Asked {
            command_line: Vec::new(),
            now: Timestamp::from_nanos(0),
            elapsed_ms: 0,
            fail_on: None,
            inert_is_gap: true,
            advisories: Vec::new(),
        };
        let report = assemble(outcome, &knowledge, &Advisories::default(), &inputs.walk, asked)?;
        items += report.totals.records;
        matches += report.totals.detections + report.totals.duplicates;
    }
    finish(start, items, matches, start - before)
}

fn finish(start: f64, items: u64, matches: u64, load_cpu_s: f64) -> Result<Measured> {
    let rounds = ROUNDS as f64;
    Ok(Measured {
        cpu_s: (cpu_seconds()? - start) / rounds,
        load_cpu_s,
        peak_mib: peak_mib()?,
        items: items / ROUNDS,
        matches: matches / ROUNDS,
        bytes: 0,
    })
}
