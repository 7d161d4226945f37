//! Releases and what they newly do, for people and for programs (`khien.lineage/1`).

pub mod exceptions;

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use khien_lineage::engine::{LineageView, ReleaseView};
use khien_lineage::finding::{Arg, Message};
use khien_lineage::{Files, Finding, Losses, Status, Trait};
use khien_model::untrusted::shown;
use khien_model::{Timestamp, Untrusted, Verdict};
use serde::Serialize;

use super::RenderOptions;
use super::escaped_json::write_pretty;
use super::screen::{Piece, Screen, cut, padded, width_of};
use super::table::{BOLD, DIM};
use super::words::{Words, clipped};
use khien_ops::lineage::{Of, Report, Unread};

/// Schema of the document.
pub const LINEAGE_SCHEMA: &str = "khien.lineage/1";

/// Bound: lineages and hosts named in the table; the document for programs has all.
const LINES_MAX: usize = 40;
/// Bound: hosts named in one line.
const NAMED_MAX: usize = 6;
/// Bound: departures of files named in one line.
const FOUND_MAX: usize = 4;
/// Columns of the longest bar.
const BAR_MAX: usize = 24;
/// Columns of an outside text within a sentence.
const TEXT_MAX: usize = 120;
/// Columns of a version.
const VERSION_MAX: usize = 17;
/// Columns of the longest name, and of the shortest that says something.
const NAME_MAX: usize = 44;
const NAME_MIN: usize = 16;

/// Writes the report for programs.
///
/// # Errors
///
/// The writer's own.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        verdict: Verdict,
        events: u64,
        events_without_time: u64,
        departures_hidden: usize,
        lineages_compared: usize,
        first: Option<Timestamp>,
        last: Option<Timestamp>,
        lineages: &'a [LineageView],
        departures: &'a [Finding],
        losses: Losses,
        unread: &'a [Unread],
    }
    let document = Document {
        schema: LINEAGE_SCHEMA,
        verdict: report.verdict(),
        events: report.events,
        events_without_time: report.untimed,
        departures_hidden: report.hidden,
        lineages_compared: report.compared(),
        first: report.span.map(|(first, _)| first),
        last: report.span.map(|(_, last)| last),
        lineages: &report.lineages,
        departures: &report.findings,
        losses: report.losses,
        unread: &report.said.unread,
    };
    write_pretty(out, &document)
}

/// Writes the report for a terminal; `whole` shows each lineage with all its releases.
///
/// # Errors
///
/// The writer's own.
pub fn table(
    report: &Report,
    whole: bool,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let screen = Screen::new(out, options.width, options.colour);
    let mut table = Table { report, words: Words::of(options), screen };
    table.head()?;
    if whole {
        for lineage in report.lineages.iter().take(LINES_MAX) {
            table.strip(lineage)?;
        }
    } else {
        table.list()?;
        table.vetted()?;
    }
    table.more(report.lineages.len())?;
    table.departures(whole)?;
    table.excepted(whole)?;
    table.losses()?;
    table.unread()
}

struct Table<'a> {
    report: &'a Report,
    words: Words,
    screen: Screen<'a>,
}

impl Table<'_> {
    fn head(&mut self) -> io::Result<()> {
        let Some((first, last)) = self.report.span else { return self.say("lineage.none", &[]) };
        let (first, last) = (self.words.minute(first), self.words.minute(last));
        let events = self.words.number(self.report.events);
        self.say("lineage.looked", &[("events", &events), ("first", &first), ("last", &last)])?;
        if self.report.untimed > 0 {
            let count = self.words.number(self.report.untimed);
            self.say("lineage.untimed", &[("count", &count)])?;
        }
        match self.report.compared() {
            0 => self.say("lineage.none-compared", &[]),
            compared => {
                let all = self.report.lineages.len();
                self.say("lineage.compared", &[("count", &compared), ("all", &all)])
            }
        }
    }

    fn say(&mut self, key: &str, arguments: &[(&str, &dyn Display)]) -> io::Result<()> {
        let text = self.words.text(key, arguments);
        self.screen.wrapped(0, &text, Style::new())
    }

    /// One line for each lineage.
    fn list(&mut self) -> io::Result<()> {
        if self.report.lineages.is_empty() {
            return Ok(());
        }
        self.screen.blank()?;
        let titles = ["name", "departures", "releases", "newest", "hosts", "since"]
            .map(|column| self.words.text(&format!("lineage.column.{column}"), &[]));
        let mut rows = vec![titles.to_vec()];
        for lineage in self.report.lineages.iter().take(LINES_MAX) {
            rows.push(self.row(lineage));
        }
        let widths: Vec<usize> = (0..titles.len())
            .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width_of(cell)).max())
            .map(Option::unwrap_or_default)
            .collect();
        // What is too long is the name: everything else is there to be read whole.
        let rest: usize = widths.iter().skip(1).map(|width| width + 2).sum();
        let name = self.screen.width.saturating_sub(rest).clamp(NAME_MIN, NAME_MAX);
        let widths = widths
            .into_iter()
            .enumerate()
            .map(|(at, width)| if at == 0 { width.min(name) } else { width });
        let widths: Vec<usize> = widths.collect();
        for (number, row) in rows.iter().enumerate() {
            let cells =
                row.iter().zip(&widths).map(|(cell, width)| padded(&cut(cell, *width), *width));
            let style = if number == 0 { DIM } else { Style::new() };
            let line = cells.collect::<Vec<_>>().join("  ");
            self.screen.line(&[Piece::new(line, style)])?;
        }
        Ok(())
    }

    fn row(&self, lineage: &LineageView) -> Vec<String> {
        let all: usize = lineage.releases.iter().map(|release| release.hosts.len()).sum();
        let newest = lineage.releases.last();
        let on_newest = newest.map_or(0, |release| release.hosts.len());
        let departures = match (self.of(lineage).count(), lineage.is_compared) {
            (0, true) => "-".to_owned(),
            // Nothing was compared, and nothing found: that is no all-clear.
            (0, false) => "?".to_owned(),
            (count, _) => count.to_string(),
        };
        vec![
            self.name_of(lineage),
            departures,
            lineage.releases.len().to_string(),
            newest.map_or_else(String::new, |release| self.version(release)),
            format!("{on_newest}/{all}"),
            self.words.day(lineage.first),
        ]
    }

    fn of<'f>(&'f self, lineage: &'f LineageView) -> impl Iterator<Item = &'f Finding> + 'f {
        let same = |finding: &&Finding| finding.lineage == lineage.name;
        self.report.open().filter(same).filter(|finding| finding.org == lineage.org)
    }

    fn version(&self, release: &ReleaseView) -> String {
        if release.version.as_raw().is_empty() {
            return self.words.text("lineage.version-unknown", &[]);
        }
        cut(&release.version.to_string(), VERSION_MAX)
    }

    /// The releases of one lineage, one below the other, with departures marked.
    fn strip(&mut self, lineage: &LineageView) -> io::Result<()> {
        self.screen.blank()?;
        self.screen.line(&[Piece::new(self.name_of(lineage), BOLD)])?;
        let most = lineage.releases.iter().map(|release| release.hosts_ever).max().unwrap_or(0);
        for release in &lineage.releases {
            let marked = self.of(lineage).any(|finding| finding.version == release.version);
            let now = release.hosts.len();
            let ever = usize::try_from(release.hosts_ever).unwrap_or(0);
            let most = usize::try_from(most).unwrap_or(0).max(1);
            let bar = "█".repeat((ever * BAR_MAX).div_ceil(most).min(BAR_MAX));
            let counts: [(&str, &dyn Display); 3] =
                [("now", &now), ("ever", &ever), ("first", &self.words.minute(release.first))];
            let said = self.words.text("lineage.release", &counts);
            let mark = if marked { "▲" } else { " " };
            self.screen.line(&[
                Piece::new(format!("  {mark} "), BOLD),
                Piece::plain(padded(&self.version(release), VERSION_MAX + 2)),
                Piece::plain(padded(&bar, BAR_MAX + 2)),
                Piece::new(said, DIM),
            ])?;
            if let Some(files) = &release.vetted {
                let said = self.files(files);
                self.screen.wrapped(6, &said, DIM)?;
            }
        }
        Ok(())
    }

    /// What vetting found in a release's files, in a line.
    fn files(&self, files: &Files) -> String {
        let decision = self.words.text(&format!("vet.decision.{}", files.decision.as_str()), &[]);
        let mut found: Vec<String> =
            files.found.iter().take(FOUND_MAX).map(|found| self.in_files(&found.of)).collect();
        if files.found.len() > FOUND_MAX {
            found.push("…".to_owned());
        }
        let found = found.join("; ");
        match found.is_empty() {
            true => self.words.text("lineage.vetted-as-before", &[("decision", &decision)]),
            false => {
                self.words.text("lineage.vetted", &[("decision", &decision), ("found", &found)])
            }
        }
    }

    /// A departure of files, in the words of vetting.
    fn in_files(&self, of: &Trait) -> String {
        let title = self.words.text(&format!("vet.kind.{}.title", of.kind.id()), &[]);
        let value = clipped(of.value.as_raw(), NAME_MAX);
        if value.is_empty() { title } else { format!("{title} ({value})") }
    }

    /// Which releases were vetted, in a line.
    fn vetted(&mut self) -> io::Result<()> {
        let releases = self.report.lineages.iter().flat_map(|lineage| {
            let vetted = lineage
                .releases
                .iter()
                .filter_map(|release| Some((lineage, release, release.vetted.as_ref()?.decision)));
            vetted.collect::<Vec<_>>()
        });
        let releases: Vec<_> = releases.collect();
        if releases.is_empty() {
            return match self.report.said.vetted.is_empty() {
                true => Ok(()),
                false => self.say("lineage.vetted-none", &[]),
            };
        }
        let named = releases.iter().take(NAMED_MAX).map(|(lineage, release, decision)| {
            let decision = self.words.text(&format!("vet.decision.{}", decision.as_str()), &[]);
            format!("{} {} ({decision})", lineage.name.product, self.version(release))
        });
        let mut named: Vec<String> = named.collect();
        if releases.len() > named.len() {
            named.push("…".to_owned());
        }
        let count = self.words.number(releases.len() as u64);
        self.say("lineage.vetted-releases", &[("count", &count), ("releases", &named.join(", "))])
    }

    fn more(&mut self, lineages: usize) -> io::Result<()> {
        match lineages.saturating_sub(LINES_MAX) {
            0 => Ok(()),
            more => self.say("lineage.more", &[("count", &more)]),
        }
    }

    fn departures(&mut self, whole: bool) -> io::Result<()> {
        let open: Vec<&Finding> = self.report.open().collect();
        self.screen.blank()?;
        if self.report.hidden > 0 {
            let text = self.words.counted("lineage.hidden", self.report.hidden as u64);
            self.screen.wrapped(0, &text, Style::new())?;
        }
        if open.is_empty() {
            let is_excepted = self.report.excepted().next().is_some();
            return match self.report.verdict() {
                Verdict::Clear if is_excepted => self.say("lineage.no-other-departure", &[]),
                Verdict::Clear => self.say("lineage.no-departure", &[]),
                _ => self.say("lineage.unknown", &[]),
            };
        }
        let title = self.words.counted("lineage.departures", open.len() as u64);
        self.screen.line(&[Piece::new(title.to_uppercase(), BOLD)])?;
        for finding in open.iter().take(LINES_MAX) {
            self.departure(finding, whole)?;
        }
        self.more(open.len())
    }

    fn departure(&mut self, finding: &Finding, whole: bool) -> io::Result<()> {
        self.screen.blank()?;
        let does = does(&self.words, &finding.evidence.of);
        let sentence = message(&self.words, &finding.sentence(), &[("does", &does)]);
        self.screen.wrapped(0, &format!("▲ {sentence}"), Style::new())?;
        self.hosts(finding)?;
        if !whole {
            return Ok(());
        }
        self.reasons(finding)?;
        if let Some(record) = self.report.lapsed(finding) {
            let until = self.words.minute(record.over());
            let (owner, by) = match &record.taken_back {
                None => (record.exception.owner.as_str(), ""),
                Some(taken) => (record.exception.owner.as_str(), taken.by.as_str()),
            };
            let key = if by.is_empty() { "lineage.lapsed" } else { "lineage.lapsed-early" };
            let (owner, by) = (Untrusted::from(owner), Untrusted::from(by));
            self.dim(key, &[("until", &until), ("owner", &owner), ("by", &by)])?;
        }
        self.dim("lineage.id", &[("id", &finding.id)])?;
        // To copy: the words in capitals are the user's to fill in.
        let command = format!(
            "    khien lineage --except {} --owner NAME --reason TEXT --days 30",
            finding.id
        );
        self.screen.uncut(&command, DIM)
    }

    fn hosts(&mut self, finding: &Finding) -> io::Result<()> {
        let hosts = finding.evidence.sightings.iter().take(NAMED_MAX);
        let mut hosts: Vec<String> = hosts.map(|seen| seen.host.to_string()).collect();
        let showing = usize::try_from(finding.evidence.contrast.showing).unwrap_or(usize::MAX);
        match showing.saturating_sub(hosts.len()) {
            0 => {}
            more => hosts.push(self.words.text("lineage.more-hosts", &[("count", &more)])),
        }
        let raised = self.words.minute(finding.raised);
        let hosts =
            self.words.text("lineage.hosts", &[("hosts", &hosts.join(", ")), ("raised", &raised)]);
        self.screen.wrapped(2, &hosts, DIM)?;
        for shown in finding.traffic() {
            let text = message(&self.words, &shown, &[]);
            self.screen.wrapped(2, &text, Style::new())?;
        }
        let Some(found) = &finding.evidence.from_files else { return Ok(()) };
        let found = self.in_files(&found.of);
        self.dim("lineage.from-files", &[("found", &found)])
    }

    /// The sum, step by step, how often benign releases do the same, and what would make it benign.
    fn reasons(&mut self, finding: &Finding) -> io::Result<()> {
        for (step, term) in finding.table().iter().zip(&finding.score.terms) {
            let text = message(&self.words, step, &[]);
            self.screen.wrapped(4, &format!("{:+6.1}  {text}", term.bits), Style::new())?;
        }
        let bits = format!("{:.1}", finding.score.bits);
        let sum = self.words.text("lineage.sum", &[("bits", &bits)]);
        self.screen.wrapped(4, &sum, Style::new())?;
        let rate = message(&self.words, &finding.base_rate(), &[]);
        self.screen.wrapped(2, &rate, DIM)?;
        let benign = message(&self.words, &finding.would_be_benign(), &[]);
        let benign = self.words.text("lineage.benign-if", &[("reason", &benign)]);
        self.screen.wrapped(2, &benign, DIM)
    }

    fn dim(&mut self, key: &str, arguments: &[(&str, &dyn Display)]) -> io::Result<()> {
        let text = self.words.text(key, arguments);
        self.screen.wrapped(2, &text, DIM)
    }

    /// Departures that somebody answers for: shown with a lineage, counted everywhere.
    fn excepted(&mut self, whole: bool) -> io::Result<()> {
        let report = self.report;
        let Some(until) = report.excepted().map(|(_, until)| until).min() else { return Ok(()) };
        if whole {
            for (finding, _) in report.excepted().take(LINES_MAX) {
                self.one_excepted(finding)?;
            }
        }
        self.screen.blank()?;
        let count = self.words.number(report.excepted().count() as u64);
        let until = self.words.minute(until);
        self.say("lineage.excepted", &[("count", &count), ("until", &until)])
    }

    fn one_excepted(&mut self, finding: &Finding) -> io::Result<()> {
        let Status::Excepted { owner, reason, until } = &finding.status else { return Ok(()) };
        self.screen.blank()?;
        let does = does(&self.words, &finding.evidence.of);
        let sentence = message(&self.words, &finding.sentence(), &[("does", &does)]);
        self.screen.wrapped(0, &format!("○ {sentence}"), Style::new())?;
        self.hosts(finding)?;
        let until = self.words.minute(*until);
        self.dim(
            "lineage.excepted-by",
            &[("owner", owner), ("reason", reason), ("until", &until)],
        )?;
        self.dim("lineage.id-excepted", &[("id", &finding.id)])
    }

    /// What could not be read beside the events.
    fn unread(&mut self) -> io::Result<()> {
        for Unread { of, path, detail } in &self.report.said.unread {
            let key = match of {
                Of::Exceptions => "lineage.unread.exceptions",
                Of::Vetting => "lineage.unread.vetting",
            };
            self.say(key, &[("path", path), ("detail", detail)])?;
        }
        Ok(())
    }

    fn losses(&mut self) -> io::Result<()> {
        let lost = self.report.lost();
        if lost > 0 {
            let lost = self.words.number(lost);
            self.say("lineage.lost", &[("count", &lost)])?;
        }
        let unattributed = self.report.losses.unattributed;
        if unattributed > 0 {
            let count = self.words.number(unattributed);
            self.say("lineage.unattributed", &[("count", &count)])?;
        }
        Ok(())
    }

    /// Product and publisher, or its folder; the organisation where there are several.
    fn name_of(&self, lineage: &LineageView) -> String {
        let (product, publisher) = (&lineage.name.product, &lineage.name.publisher);
        let by = if publisher.as_raw().is_empty() { &lineage.name.folder } else { publisher };
        let mut name = product.to_string();
        if !by.as_raw().is_empty() {
            name.push_str(&format!(" ({by})"));
        }
        if self.report.lineages.iter().any(|other| other.org != lineage.org) {
            name.push_str(&format!(" [{}]", lineage.org));
        }
        name
    }
}

/// What it does, in words.
fn does(words: &Words, of: &Trait) -> String {
    let value = cut(&of.value.to_string(), TEXT_MAX);
    words.text(&format!("lineage.does.{}", of.kind.id()), &[("value", &value)])
}

/// A message of the engine, in words.
fn message(words: &Words, message: &Message, more: &[(&str, &dyn Display)]) -> String {
    let texts: Vec<(&str, String)> = message
        .args
        .iter()
        .map(|(name, arg)| {
            let text = match arg {
                Arg::Count(count) => count.to_string(),
                Arg::Number(number) => format!("{number:.1}"),
                Arg::Text(text) => cut(&shown(text.as_raw()).to_string(), TEXT_MAX),
            };
            (*name, text)
        })
        .collect();
    let mut arguments: Vec<(&str, &dyn Display)> = more.to_vec();
    arguments.extend(texts.iter().map(|(name, text)| (*name, text as &dyn Display)));
    words.text(&message.id, &arguments)
}
