//! `match`: rules and 100,000 indicators over events that are in memory already, against the stock
//! engine over the same rules and events.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use anyhow::{Result, bail};
use khien_detect::indicator::{IndicatorSet, NoisePolicy};
use khien_detect::sigma::{Matcher, RuleSet};
use khien_ingest::{DeadLetter, Normalizer, Place, Sink};
use khien_model::{Event, Indicator, IndicatorKind, Limits};
use khien_ops::scan::knowledge::{RuleInputs, load_rules};
use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::LogSource;

use super::{Measured, corpus, cpu_seconds, files, peak_mib};

pub(super) const PARTS: [(&str, &str); 4] = [
    ("stock", "rsigma-eval as it comes"),
    ("rules", "khien: rules"),
    ("indicators", "khien: 100,000 indicators"),
    ("both", "khien: rules and indicators"),
];

const ROUNDS: u64 = 10;

pub(super) fn part(name: &str) -> Result<Measured> {
    match name {
        "stock" => stock(),
        "rules" => ours(true, false),
        "indicators" => ours(false, true),
        "both" => ours(true, true),
        _ => bail!("no part `{name}`"),
    }
}

#[derive(Default)]
struct Keep(Vec<Event>);
impl Sink for Keep {
    fn event(&mut self, event: &Event, _: Place) {
        self.0.push(event.clone());
    }
    fn dead(&mut self, _: DeadLetter) {}
}

fn events() -> Result<Vec<Event>> {
    let (mut keep, mut normalizer) = (Keep::default(), Normalizer::default());
    for file in files(&corpus("evtx")?, "evtx") {
        khien_ingest::read_file(&file, &mut normalizer, &Limits::default(), &mut keep, &|_| {});
    }
    Ok(keep.0)
}

fn rules() -> Result<RuleSet> {
    let sigma = corpus("sigma")?;
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting"];
    let paths = folders.iter().map(|folder| sigma.join(folder)).collect();
    Ok(load_rules(&RuleInputs { paths, builtin: false, placeholders: None })?)
}

/// Indicators of all common kinds, none of which the corpus holds.
fn indicators() -> IndicatorSet {
    let kinds = (0_u32..100_000).map(|n| match n % 5 {
        0 => IndicatorKind::Domain(format!("host{n}.indicator-{}.example", n % 977)),
        1 => IndicatorKind::Hash(format!("{n:064x}")),
        2 => IndicatorKind::Hash(format!("{n:032x}")),
        3 => {
            let [_, _, high, low] = n.to_be_bytes();
            let octets = [203, 0, high, low];
            IndicatorKind::Ip(std::net::IpAddr::from(octets))
        }
        _ => IndicatorKind::Url(format!("http://indicator{n}.example/path/{n}")),
    });
    let (set, _) =
        IndicatorSet::build(kinds.map(Indicator::bare).collect(), &NoisePolicy::default());
    set
}

fn ours(with_rules: bool, with_indicators: bool) -> Result<Measured> {
    let before = cpu_seconds()?;
    let set = if with_rules { rules()? } else { RuleSet::default() };
    let mut matcher = Matcher::new(Arc::new(set)).handle();
    let indicators = if with_indicators { indicators() } else { IndicatorSet::default() };
    let events = events()?;
    let (mut found, mut sightings) = (Vec::new(), Vec::new());
    // The first round builds what is built on demand.
    for event in &events {
        matcher.matches(event, &mut found);
        found.clear();
    }
    let start = cpu_seconds()?;
    let mut matches = 0;
    for _ in 0..ROUNDS {
        for event in &events {
            matcher.matches(event, &mut found);
            indicators.matches(event, &mut sightings);
            matches += (found.len() + sightings.len()) as u64;
            found.clear();
            sightings.clear();
        }
    }
    finish(start, events.len() as u64, matches / ROUNDS, start - before)
}

/// Every rule on every event, with the log source given: how the engine is used without our part.
fn stock() -> Result<Measured> {
    let before = cpu_seconds()?;
    let mut engine = Engine::new();
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting"];
    let mut collection = rsigma_parser::SigmaCollection::new();
    for folder in folders {
        for file in files(&corpus("sigma")?.join(folder), "yml") {
            let text = std::fs::File::open(&file.path).and_then(std::io::read_to_string)?;
            if let Ok(parsed) = rsigma_parser::parse_sigma_yaml(&text) {
                collection.rules.extend(parsed.rules);
            }
        }
    }
    engine.add_rules(&collection.rules);
    let events: Vec<(serde_json::Value, Vec<LogSource>)> =
        events()?.iter().map(|event| (json_of(event), log_sources(event))).collect();
    let start = cpu_seconds()?;
    let mut matches = 0;
    for _ in 0..ROUNDS {
        for (event, sources) in &events {
            let event = JsonEvent::borrow(event);
            let mut found = HashSet::new();
            for source in sources {
                for result in engine.evaluate_with_logsource(&event, source) {
                    found.insert((result.header.rule_id, result.header.rule_title));
                }
            }
            matches += found.len() as u64;
        }
    }
    finish(start, events.len() as u64, matches / ROUNDS, start - before)
}

/// Derived names included, or the stock engine would have nothing to match a 4688 with.
fn json_of(event: &Event) -> serde_json::Value {
    let mut map = serde_json::Map::new();
    for name in event.names().collect::<BTreeSet<_>>() {
        let mut values: Vec<serde_json::Value> = event.values(name).map(|v| v.to_json()).collect();
        let value =
            if values.len() == 1 { values.remove(0) } else { serde_json::Value::Array(values) };
        map.insert(name.to_owned(), value);
    }
    serde_json::Value::Object(map)
}

fn log_sources(event: &Event) -> Vec<LogSource> {
    let base = LogSource {
        product: event.source.product().map(str::to_owned),
        service: event.source.service().map(str::to_owned),
        ..LogSource::default()
    };
    let with = |category: &str| LogSource { category: Some(category.to_owned()), ..base.clone() };
    let mut sources: Vec<LogSource> = event.source.categories().map(with).collect();
    if sources.is_empty() {
        sources.push(base);
    }
    sources
}

fn finish(start: f64, events: u64, matches: u64, load_cpu_s: f64) -> Result<Measured> {
    Ok(Measured {
        cpu_s: cpu_seconds()? - start,
        load_cpu_s,
        peak_mib: peak_mib()?,
        items: events * ROUNDS,
        matches,
        bytes: 0,
    })
}
