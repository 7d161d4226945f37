//! What rows say about observables, releases and coverage: the roll-ups of a batch.
//!
//! The same code fills them when events come in and when they are made again from stored events.

use std::collections::BTreeSet;

use khien_detect::indicator::{ObservableKind, Observables};
use khien_model::Event;
use khien_model::observable::canonical_path;

use crate::columns::position;
use crate::error::LakeError;
use crate::rollup::{BEHAVIOUR, COVERAGE, REACH, Rollup, RollupRows, SIGHTINGS};
use crate::row::Row;
use crate::template::template;

/// The roll-ups that grow with each row.
#[derive(Debug)]
pub(crate) struct Derived {
    sightings: Rollup,
    behaviour: Rollup,
    coverage: Rollup,
    reach: Rollup,
    shown: Shown,
    /// Observables left out of records with too many.
    pub(crate) left_out: u64,
}

/// The observables of one row at a time.
#[derive(Debug)]
pub(crate) struct Shown {
    observables: Observables,
    places: Places,
}

#[derive(Debug)]
struct Places {
    org: usize,
    host: usize,
    class: usize,
    format: usize,
    log_product: usize,
    log_service: usize,
    app: usize,
    app_version: usize,
    signer: usize,
    image: usize,
    process: usize,
    module: usize,
    file: usize,
    registry: usize,
    domain: usize,
    dst_ip: usize,
    sha256: usize,
    sha1: usize,
    md5: usize,
    user_agent: usize,
    url: usize,
}

impl Derived {
    pub(crate) fn new() -> Self {
        Self {
            sightings: Rollup::new(&SIGHTINGS),
            behaviour: Rollup::new(&BEHAVIOUR),
            coverage: Rollup::new(&COVERAGE),
            reach: Rollup::new(&REACH),
            shown: Shown::new(),
            left_out: 0,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let rollups = [&self.sightings, &self.behaviour, &self.coverage, &self.reach];
        rollups.into_iter().map(Rollup::memory_bytes).sum()
    }

    /// Counts a row, and the event behind it where there is one.
    pub(crate) fn row(&mut self, row: &Row<'_>, event: Option<&Event>) {
        self.shown.read(row, event);
        let places = &self.shown.places;
        let (org_name, host_name) = (row.text(places.org), row.text(places.host));
        let (org, host) = (self.sightings.word(org_name), self.sightings.word(host_name));
        // Several paths of a row may have one template, which is seen once.
        let mut templates = BTreeSet::new();
        for (kind, value) in self.shown.observables.iter() {
            if let Some(template) = template_of(kind, value) {
                templates.insert(template);
                continue;
            }
            let key = [self.sightings.word(kind.word()), self.sightings.word(value), org, host];
            self.sightings.add(&key, row.time, row.time, 1);
        }
        for value in &templates {
            let kind = self.sightings.word(ObservableKind::Path.word());
            let key = [kind, self.sightings.word(value), org, host];
            self.sightings.add(&key, row.time, row.time, 1);
        }
        for kind in self.shown.reach(row) {
            let key = [org_name, host_name, kind].map(|word| self.reach.word(word));
            self.reach.add(&key, row.time, row.time, 1);
        }
        self.left_out = self.left_out.saturating_add(self.shown.observables.left_out());
        self.release(row);
    }

    /// What a row says of its release, and that there was a row.
    fn release(&mut self, row: &Row<'_>) {
        let places = &self.shown.places;
        let key = [
            places.org,
            places.host,
            places.class,
            places.log_product,
            places.log_service,
            places.format,
        ]
        .map(|place| self.coverage.word(row.text(place)));
        self.coverage.add(&key, row.time, row.time, 1);
        let app = row.text(places.app);
        if app.is_empty() {
            return;
        }
        let acts = [
            ("domain", row.text(places.domain)),
            ("ip", row.text(places.dst_ip)),
            // That this release was started there; who started it is in the events.
            ("run", row.text(places.process)),
            ("module", row.text(places.module)),
            ("file", row.text(places.file)),
            ("registry", row.text(places.registry)),
        ];
        for (kind, value) in acts.into_iter().filter(|(_, value)| !value.is_empty()) {
            let value = if matches!(kind, "domain" | "ip") {
                value.to_lowercase()
            } else {
                canonical_path(value)
            };
            let release = [app, row.text(places.app_version), row.text(places.signer)];
            let place = [row.text(places.org), row.text(places.host)];
            let [a, b, c] = release.map(|word| self.behaviour.word(word));
            let [d, e] = [kind, value.as_str()].map(|word| self.behaviour.word(word));
            let [f, g] = place.map(|word| self.behaviour.word(word));
            self.behaviour.add(&[a, b, c, d, e, f, g], row.time, row.time, 1);
        }
    }

    /// The rows of each table so far.
    pub(crate) fn take(&mut self) -> Result<RollupRows, LakeError> {
        let mut taken = Vec::with_capacity(4);
        let rollups =
            [&mut self.sightings, &mut self.behaviour, &mut self.coverage, &mut self.reach];
        for rollup in rollups {
            if !rollup.is_empty() {
                taken.push((rollup.spec().table, rollup.take()?));
            }
        }
        Ok(taken)
    }
}

/// Stands in `reach` for hosts with a record of which not every observable is in the index.
pub const REACH_OVERFLOW: &str = "overflow";

/// Every word that stands in `reach`.
pub const REACH_KINDS: [&str; 13] = [
    "domain",
    "ip",
    "md5",
    "sha1",
    "sha256",
    "path",
    "registry",
    "signer",
    "signer_serial",
    "url",
    "user_agent",
    "release",
    REACH_OVERFLOW,
];

fn template_of(kind: ObservableKind, value: &str) -> Option<String> {
    if kind == ObservableKind::Path { template(value) } else { None }
}

impl Shown {
    pub(crate) fn new() -> Self {
        let at = |name| position(name).unwrap_or(usize::MAX);
        Self {
            observables: Observables::default(),
            places: Places {
                org: at("org"),
                host: at("host"),
                class: at("class"),
                format: at("format"),
                log_product: at("log_product"),
                log_service: at("log_service"),
                app: at("app"),
                app_version: at("app_version"),
                signer: at("signer"),
                image: at("image"),
                process: at("process"),
                module: at("module"),
                file: at("file"),
                registry: at("registry"),
                domain: at("domain"),
                dst_ip: at("dst_ip"),
                sha256: at("sha256"),
                sha1: at("sha1"),
                md5: at("md5"),
                user_agent: at("user_agent"),
                url: at("url"),
            },
        }
    }

    /// What a row says that its host can show: from columns whose meaning is known, never from a text
    /// that happens to look like a name or a hash. Nobody is clear for what was never logged.
    fn reach(&self, row: &Row<'_>) -> impl Iterator<Item = &'static str> {
        let places = &self.places;
        let has = |place: usize| !row.text(place).is_empty();
        let class = row.text(places.class);
        let is = |classes: &[&str]| classes.contains(&class);
        let connects = is(&["network", "http"]);
        let about_files = is(&["process", "module", "driver", "file"]);
        let has_serial =
            self.observables.iter().any(|(kind, _)| kind == ObservableKind::SignerSerial);
        let shown = [
            has(places.domain) && (connects || class == "dns"),
            has(places.dst_ip) && connects,
            has(places.md5) && about_files,
            has(places.sha1) && about_files,
            has(places.sha256) && about_files,
            about_files && (has(places.process) || has(places.module) || has(places.file)),
            has(places.registry),
            has(places.signer),
            has_serial,
            has(places.url) && class == "http",
            has(places.user_agent),
            has(places.app) && has(places.app_version),
            self.observables.left_out() > 0,
        ];
        REACH_KINDS.into_iter().zip(shown).filter(|(_, shown)| *shown).map(|(kind, _)| kind)
    }

    /// Reads a row, and the event behind it where there is one.
    ///
    /// Of the event only what the record itself said is read, so that stored fields say the same.
    pub(crate) fn read(&mut self, row: &Row<'_>, event: Option<&Event>) {
        self.observables.clear();
        if let Some(event) = event {
            self.observables.event(event);
        }
        self.typed(row);
    }

    /// The paths of the row, in no order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let is_path = |(kind, _): &(ObservableKind, &str)| *kind == ObservableKind::Path;
        self.observables.iter().filter(is_path).map(|(_, value)| value)
    }

    /// Organisation and host of a row.
    pub(crate) fn place<'a>(&self, row: &Row<'a>) -> [&'a str; 2] {
        [row.text(self.places.org), row.text(self.places.host)]
    }

    /// What the typed columns are known to hold.
    fn typed(&mut self, row: &Row<'_>) {
        let (places, found) = (&self.places, &mut self.observables);
        for place in [places.sha256, places.sha1, places.md5] {
            found.hash(row.text(place));
        }
        for place in [places.domain, places.dst_ip] {
            found.host_name(row.text(place));
        }
        for place in [places.image, places.process, places.module, places.file, places.registry] {
            found.path(row.text(place));
        }
        found.signer(row.text(places.signer));
        found.user_agent(row.text(places.user_agent));
    }
}
