//! Real logs: what is found there per host-day.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use khien_ingest::{DeadLetter, Normalizer, Place, Sink, Walk, read_file, walk};
use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::{Event, Limits, Timestamp};

use super::fleet::line;
use crate::say;

pub(super) fn run(folder: &Path) -> Result<()> {
    let within = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut parts: Vec<PathBuf> = Vec::new();
    for part in within {
        parts.push(part.with_context(|| folder.display().to_string())?.path());
    }
    parts.sort_unstable();
    for part in parts.iter().filter(|part| part.is_dir()) {
        let mut feed = Feed {
            engine: Engine::new(
                Config { lateness_s: 86_400, ..Config::default() },
                RuntimeRates::built_in()?,
            ),
            host_days: BTreeSet::new(),
            events: 0,
        };
        let files: Walk = walk(std::slice::from_ref(part), &|_| true);
        let mut normalizer = Normalizer::default();
        for file in &files.files {
            read_file(file, &mut normalizer, &Limits::default(), &mut feed, &|_| {});
        }
        feed.engine.advance(Timestamp::from_nanos(i64::MAX));
        let findings = feed.engine.findings();
        say(&format!(
            "{}: {} events, {} host-days, {} alerts",
            part.display(),
            feed.events,
            feed.host_days.len(),
            findings.len()
        ));
        for finding in &findings {
            say(&format!("    {}", line(finding)));
        }
    }
    Ok(())
}

struct Feed {
    engine: Engine,
    host_days: BTreeSet<(String, i64)>,
    events: u64,
}

impl Sink for Feed {
    fn event(&mut self, event: &Event, _: Place) {
        self.events += 1;
        let Some(time) = event.time else { return };
        self.host_days.insert((event.host().to_lowercase(), time.as_nanos() / 86_400_000_000_000));
        self.engine.observe(event, "", "", time);
    }

    fn dead(&mut self, _: DeadLetter) {}
}
