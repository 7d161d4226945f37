//! The words, numbers and times that people read, in one language and one time zone.

use std::fmt::Display;

use jiff::tz::TimeZone;
use khien_model::untrusted::shown;
use khien_model::{Severity, Timestamp, Untrusted, Verdict};
use serde::Serialize;

use super::RenderOptions;
use super::defang::Defang;
use khien_ops::scan::detection::Window;
use khien_ops::scan::report::{FindingKind, Gap};
use khien_text::Lang;

/// How things are said to one reader.
#[derive(Clone, Debug)]
pub(super) struct Words {
    lang: Lang,
    tz: TimeZone,
    defang: bool,
}

/// Bound: characters of one example that stands in a sentence.
const EXAMPLE_CHARS_MAX: usize = 80;
/// With fewer examples than this, a gap names all there is to name.
const EXAMPLES_WHOLE: usize = 5;
/// Bound: hosts named of a correlation's window.
const WINDOW_HOSTS_MAX: usize = 5;

impl Words {
    /// For the reader that the options describe.
    pub(super) fn of(options: &RenderOptions) -> Self {
        Self { lang: options.lang, tz: options.tz.clone(), defang: options.defang }
    }

    /// For a reader of a language, of what has no times and no addresses of an indicator.
    pub(super) const fn in_lang(lang: Lang) -> Self {
        Self { lang, tz: TimeZone::UTC, defang: false }
    }

    /// For machine formats: English, UTC, and addresses as they are.
    pub(super) const fn english() -> Self {
        Self { lang: Lang::En, tz: TimeZone::UTC, defang: false }
    }

    /// The language.
    pub(super) const fn lang(&self) -> Lang {
        self.lang
    }

    /// A text of the catalogue.
    pub(super) fn text(&self, key: &str, arguments: &[(&str, &dyn Display)]) -> String {
        self.lang.text(key, arguments)
    }

    /// A text about a number of things, which its `{count}` names.
    pub(super) fn counted(&self, key: &str, count: u64) -> String {
        self.text(key, &[("count", &self.number(count))])
    }

    /// A whole number, its digits in groups of three.
    pub(super) fn number(&self, number: u64) -> String {
        super::number(self.lang, number)
    }

    /// A number of tenths: `61` reads `6.1`, or `6,1` in Vietnamese.
    pub(super) fn tenths(&self, tenths: u64) -> String {
        let point = match self.lang {
            Lang::En => '.',
            Lang::Vi => ',',
        };
        format!("{}{point}{}", self.number(tenths / 10), tenths % 10)
    }

    /// An amount of data, in decimal units.
    pub(super) fn bytes(&self, bytes: u64) -> String {
        const UNITS: [(u64, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
            Some((size, unit)) => format!("{} {unit}", self.tenths(bytes / (size / 10))),
            None => format!("{bytes} B"),
        }
    }

    /// How long something took or lasts, in its largest useful unit.
    pub(super) fn duration(&self, millis: u64) -> String {
        let seconds = millis / 1000;
        match seconds {
            0 => self.counted("unit.millis", millis),
            1..60 => self.text("unit.seconds", &[("count", &self.tenths(millis / 100))]),
            60..7_200 => self.counted("unit.minutes", seconds / 60),
            7_200..172_800 => self.counted("unit.hours", seconds / 3600),
            _ => self.counted("unit.days", seconds / 86_400),
        }
    }

    /// The time between two points, zero when they stand the other way round.
    pub(super) fn between(&self, first: Timestamp, last: Timestamp) -> String {
        self.duration(u64::try_from(last.nanos_since(first) / 1_000_000).unwrap_or(0))
    }

    /// A point in time, to the second.
    pub(super) fn time(&self, time: Timestamp) -> String {
        self.zoned(time, "%Y-%m-%d %H:%M:%S")
    }

    /// A point in time, to the minute.
    pub(super) fn minute(&self, time: Timestamp) -> String {
        super::minute(time, &self.tz)
    }

    /// The day alone.
    pub(super) fn day(&self, time: Timestamp) -> String {
        self.zoned(time, "%Y-%m-%d")
    }

    fn zoned(&self, time: Timestamp, form: &str) -> String {
        time.to_jiff().to_zoned(self.tz.clone()).strftime(form).to_string()
    }

    /// The time zone by name, with its offset when that is the same at all of these times.
    pub(super) fn zone(&self, at: &[Timestamp]) -> String {
        let mut offsets: Vec<String> = at.iter().map(|time| self.zoned(*time, "UTC%:z")).collect();
        offsets.dedup();
        let offset = match offsets.as_slice() {
            [one] => Some(if one == "UTC+00:00" { "UTC" } else { one.as_str() }),
            _ => None,
        };
        match (self.tz.iana_name(), offset) {
            (Some(name), Some(offset)) if name != offset => format!("{name} ({offset})"),
            (Some(name), _) => name.to_owned(),
            (None, Some(offset)) => offset.to_owned(),
            (None, None) => self.text("zone.local", &[]),
        }
    }

    /// The word for a severity.
    pub(super) fn severity(&self, severity: Severity) -> String {
        self.text(&format!("severity.{severity}"), &[])
    }

    /// The word for a verdict.
    pub(super) fn verdict(&self, verdict: Verdict) -> String {
        self.text(&format!("verdict.{verdict}"), &[])
    }

    /// What the verdict means, given the severity that decides it.
    pub(super) fn verdict_meaning(&self, verdict: Verdict, fail_on: Option<Severity>) -> String {
        match fail_on {
            Some(severity) => self.text(
                &format!("verdict.{verdict}.about"),
                &[("severity", &self.severity(severity))],
            ),
            None => self.text("verdict.undecided.about", &[]),
        }
    }

    /// The word for a kind of knowledge.
    pub(super) fn kind(&self, kind: FindingKind) -> String {
        self.text(&format!("kind.{}", kind.as_str()), &[])
    }

    /// The text for a word of an enum: `reason.malformed`, `inert.no-log-source`.
    pub(super) fn of_word(&self, family: &str, word: &impl Serialize) -> String {
        self.text(&format!("{family}.{}", stable_word(word)), &[])
    }

    /// A host, or the words for none.
    pub(super) fn host(&self, host: &Untrusted) -> String {
        if host.as_raw().is_empty() { self.text("host.none", &[]) } else { host.to_string() }
    }

    /// What a correlation's window held.
    pub(super) fn window(&self, window: &Window) -> String {
        let time = |nanos| self.time(Timestamp::from_nanos(nanos));
        let line = self.text(
            "table.window",
            &[
                ("count", &self.number(window.count)),
                ("first", &time(window.first_nanos)),
                ("last", &time(window.last_nanos)),
            ],
        );
        if window.hosts.is_empty() {
            return line;
        }
        let named = window.hosts.iter().take(WINDOW_HOSTS_MAX);
        let hosts: Vec<String> = named.map(|host| shown(host).to_string()).collect();
        let more = if window.hosts.len() > hosts.len() { ", …" } else { "" };
        format!("{line}: {}{more}", hosts.join(", "))
    }

    /// Detections of a finding, and on how many hosts if they are known.
    pub(super) fn spread(&self, detections: u64, hosts: u64) -> String {
        match hosts {
            0 => self.counted("found.detections", detections),
            _ => self.text(
                "table.spread",
                &[("detections", &self.number(detections)), ("hosts", &self.number(hosts))],
            ),
        }
    }

    /// What a gap is, and the step that would close it.
    pub(super) fn gap(&self, gap: &Gap) -> (String, String) {
        let count = self.number(gap.count);
        let examples = self.examples(gap);
        let arguments: [(&str, &dyn Display); 2] = [("count", &count), ("examples", &examples)];
        (
            self.text(&format!("gap.{}.what", gap.key), &arguments),
            self.text(&format!("gap.{}.step", gap.key), &arguments),
        )
    }

    /// ` (a, b, …)`, or nothing.
    fn examples(&self, gap: &Gap) -> String {
        if gap.examples.is_empty() {
            return String::new();
        }
        let defang = match gap.key.starts_with("indicator") {
            true if self.defang => Defang::Addresses,
            _ => Defang::Nothing,
        };
        let short = |example: &Untrusted| {
            let short = clipped(example.as_raw(), EXAMPLE_CHARS_MAX);
            defang.apply(&short).into_owned()
        };
        let mut named: Vec<String> = gap.examples.iter().map(short).collect();
        if gap.examples.len() >= EXAMPLES_WHOLE && gap.count > gap.examples.len() as u64 {
            named.push("…".to_owned());
        }
        format!(" ({})", named.join(", "))
    }
}

/// Outside text, escaped for reading and cut to so many characters.
pub(super) fn clipped(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", shown(text.get(..end).unwrap_or_default())),
        None => shown(text).to_string(),
    }
}

/// The word that machine formats use for a variant, as its `Serialize` says.
pub(super) fn stable_word(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}

/// The sign that stands beside the word of a verdict.
pub(super) const fn verdict_sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Hit => "■",
        Verdict::Clear => "✓",
        Verdict::Unknown => "?",
        Verdict::NotApplicable => "–",
    }
}

/// The sign that stands beside the word of a severity: the graver, the more ink.
pub(super) const fn severity_sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "◆",
        Severity::High => "▲",
        Severity::Medium => "●",
        Severity::Low => "○",
        Severity::Informational => "·",
    }
}
