//! The real logs beside the checkout: what is found there per host-day.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use khien_ingest::{DeadLetter, Normalizer, Place, Sink, Walk, read_file, walk};
use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::{Event, Limits, Timestamp};

use super::fleet::line;
use crate::{root, say};

/// Folders of the corpora, with whether attacks were recorded in them.
const FOLDERS: [(&str, bool); 3] = [("rita", false), ("otrf", true), ("evtx", true)];

pub(super) fn run() -> Result<()> {
    let corpora = root().join("../shared/corpora");
    if !corpora.is_dir() {
        bail!("{} is not there: the real logs lie beside the checkout", corpora.display());
    }
    for (folder, has_attacks) in FOLDERS {
        let mut feed = Feed {
            engine: Engine::new(
                Config { lateness_s: 86_400, ..Config::default() },
                RuntimeRates::built_in()?,
            ),
            host_days: BTreeSet::new(),
            events: 0,
        };
        let files: Walk = walk(&[corpora.join(folder)], &|_| true);
        let mut normalizer = Normalizer::default();
        for file in &files.files {
            read_file(file, &mut normalizer, &Limits::default(), &mut feed, &|_| {});
        }
        feed.engine.advance(Timestamp::from_nanos(i64::MAX));
        let findings = feed.engine.findings();
        say(&format!(
            "{folder}{}: {} events, {} host-days, {} alerts",
            if has_attacks { " (attacks recorded)" } else { "" },
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
