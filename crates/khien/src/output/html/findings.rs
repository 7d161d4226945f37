//! Findings with their hosts and sample records, within the page's budget.

use khien_model::untrusted::shown;
use khien_model::{Severity, Technique};

use super::budget::Budget;
use super::{Badge, cut_note};
use crate::output::defang::Defang;
use crate::output::facts::{by_finding, named};
use crate::output::words::{Words, clipped};
use khien_ops::scan::detection::Detection;
use khien_ops::scan::report::{Finding, Group, Report};

/// All findings.
pub(super) struct Findings {
    /// Above informational: with hosts and samples.
    pub(super) full: Vec<FindingView>,
    pub(super) full_note: String,
    /// Informational: one row each.
    pub(super) brief: Vec<BriefView>,
    pub(super) brief_note: String,
}

/// One finding.
pub(super) struct FindingView {
    pub(super) badge: Badge,
    pub(super) title: String,
    /// Kind, counts, confidence.
    pub(super) about: String,
    pub(super) description: String,
    pub(super) techniques: Vec<TechniqueView>,
    pub(super) false_positives: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) origin: String,
    pub(super) id: String,
    pub(super) hosts: Vec<GroupView>,
    pub(super) hosts_note: String,
    pub(super) samples: Vec<SampleView>,
    pub(super) samples_note: String,
    /// Whether its details are unfolded from the start.
    pub(super) open: bool,
}

/// One informational finding.
pub(super) struct BriefView {
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) detections: String,
    pub(super) hosts: String,
}

/// A technique, and where ATT&CK describes it.
pub(super) struct TechniqueView {
    pub(super) id: String,
    pub(super) address: String,
}

/// One finding on one host.
pub(super) struct GroupView {
    pub(super) host: String,
    pub(super) count: String,
    pub(super) first: String,
    pub(super) last: String,
}

/// One detection.
pub(super) struct SampleView {
    pub(super) host: String,
    pub(super) time: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) window: String,
    pub(super) place: String,
}

/// Bound: bytes for findings, with their hosts and samples; the rest of the page needs less than
/// what is missing to 3 MB.
const BYTES_MAX: usize = 2_300_000;
/// Bound: bytes of that for samples, so that hosts are not crowded out.
const SAMPLE_BYTES_MAX: usize = 900_000;
/// Bound: findings in full, and in brief.
const FULL_MAX: usize = 300;
const BRIEF_MAX: usize = 300;
/// Bound: hosts listed with a finding.
const HOSTS_MAX: usize = 200;
/// Bound: samples of a finding, each of another host as long as there are some; of a milder one.
const SAMPLES_MAX: usize = 5;
const MILD_SAMPLES_MAX: usize = 2;
/// Bound: fields of a sample, and characters of a value.
const FIELDS_MAX: usize = 12;
const VALUE_CHARS_MAX: usize = 300;
/// Bound: characters of a description or reference.
const TEXT_CHARS_MAX: usize = 3000;
/// Bytes of markup around a host's row, a sample, a sample's field.
const ROW_MARKUP: usize = 110;
const SAMPLE_MARKUP: usize = 330;
const FIELD_MARKUP: usize = 60;

impl Findings {
    /// Gravest first.
    pub(super) fn of(report: &Report, words: &Words, defang: bool) -> Self {
        let mut drawing = Drawing {
            words,
            defang,
            rows: Budget::new(BYTES_MAX - SAMPLE_BYTES_MAX),
            samples: Budget::new(SAMPLE_BYTES_MAX),
        };
        let (brief, full): (Vec<_>, Vec<_>) = by_finding(report)
            .into_iter()
            .partition(|(finding, _)| finding.severity == Severity::Informational);
        let views: Vec<FindingView> = full
            .iter()
            .take(FULL_MAX)
            .map_while(|(finding, groups)| drawing.finding(finding, groups))
            .collect();
        let brief_views = brief.iter().take(BRIEF_MAX).map(|(finding, groups)| BriefView {
            title: drawing.title(finding),
            kind: words.kind(finding.kind),
            detections: words.number(finding.count),
            hosts: words.number(named(groups)),
        });
        let brief_views: Vec<BriefView> = brief_views.collect();
        Self {
            full_note: cut_note(words, views.len(), full.len()),
            full: views,
            brief_note: cut_note(words, brief_views.len(), brief.len()),
            brief: brief_views,
        }
    }
}

struct Drawing<'a> {
    words: &'a Words,
    defang: bool,
    rows: Budget,
    samples: Budget,
}

impl Drawing<'_> {
    fn title(&self, finding: &Finding) -> String {
        let title = clipped(finding.title.as_raw(), VALUE_CHARS_MAX);
        Defang::of(finding, self.defang).apply(&title).into_owned()
    }

    /// `None` when the page is full.
    fn finding(&mut self, finding: &Finding, groups: &[&Group]) -> Option<FindingView> {
        let text = |text: &khien_model::Untrusted| clipped(text.as_raw(), TEXT_CHARS_MAX);
        let list =
            |texts: &[khien_model::Untrusted]| texts.iter().take(20).map(text).collect::<Vec<_>>();
        let mut view = FindingView {
            badge: Badge::of(finding.severity, self.words),
            title: self.title(finding),
            about: self.about(finding, named(groups)),
            description: text(&finding.description),
            techniques: finding.techniques.iter().take(20).map(TechniqueView::of).collect(),
            false_positives: list(&finding.false_positives),
            references: list(&finding.references),
            origin: text(&finding.origin),
            id: clipped(&finding.id, VALUE_CHARS_MAX),
            hosts: Vec::new(),
            hosts_note: String::new(),
            samples: Vec::new(),
            samples_note: String::new(),
            open: finding.severity >= Severity::High,
        };
        let lists = view.false_positives.iter().chain(&view.references).map(String::as_str);
        let mut texts = vec![view.title.as_str(), &view.description, &view.origin, &view.about];
        texts.extend(lists);
        if !self.rows.take(2000, &texts) {
            return None;
        }
        view.hosts = self.hosts(groups);
        view.hosts_note = cut_note(self.words, view.hosts.len(), groups.len());
        view.samples = self.samples(finding, groups);
        view.samples_note = self.words.text(
            "page.samples",
            &[
                ("shown", &self.words.number(view.samples.len() as u64)),
                ("all", &self.words.number(finding.count)),
            ],
        );
        Some(view)
    }

    fn about(&self, finding: &Finding, hosts: u64) -> String {
        let spread = self.words.spread(finding.count, hosts);
        let mut about = format!("{} · {spread}", self.words.kind(finding.kind));
        if let Some(confidence) = finding.confidence {
            let confidence = self.words.text("table.confidence", &[("percent", &confidence)]);
            about = format!("{about} · {confidence}");
        }
        about
    }

    fn hosts(&mut self, groups: &[&Group]) -> Vec<GroupView> {
        let mut hosts = Vec::new();
        for group in groups.iter().take(HOSTS_MAX) {
            let time = |time| match time {
                Some(time) => self.words.time(time),
                None => self.words.text("time.none", &[]),
            };
            let view = GroupView {
                host: self.words.host(&group.host),
                count: self.words.number(group.count),
                first: time(group.span.map(|(first, _)| first)),
                last: time(group.span.map(|(_, last)| last)),
            };
            if !self.rows.take(ROW_MARKUP, &[&view.host, &view.first, &view.last]) {
                break;
            }
            hosts.push(view);
        }
        hosts
    }

    /// The first sample of each of the first hosts; then, if there are few hosts, more of them.
    fn samples(&mut self, finding: &Finding, groups: &[&Group]) -> Vec<SampleView> {
        let most = if finding.severity >= Severity::High { SAMPLES_MAX } else { MILD_SAMPLES_MAX };
        let rounds = 0..khien_ops::scan::report::SAMPLES_MAX;
        let picked = rounds.flat_map(|round| {
            groups.iter().take(most).filter_map(move |group| group.samples.get(round))
        });
        let defang = Defang::of(finding, self.defang);
        let mut samples = Vec::new();
        for sample in picked.take(most) {
            let view = self.sample(sample, defang);
            let mut texts = vec![view.host.as_str(), &view.window, &view.place];
            texts.extend(view.fields.iter().flat_map(|(name, value)| [name.as_str(), value]));
            let markup = SAMPLE_MARKUP + view.fields.len() * FIELD_MARKUP;
            if !self.samples.take(markup, &texts) {
                break;
            }
            samples.push(view);
        }
        samples
    }

    fn sample(&self, sample: &Detection, defang: Defang) -> SampleView {
        let field = |(name, value): &(String, String)| {
            let value = clipped(value, VALUE_CHARS_MAX);
            (clipped(name, VALUE_CHARS_MAX), defang.of_field(name).apply(&value).into_owned())
        };
        let window = sample.window.as_ref().map(|window| self.words.window(window));
        let place = match sample.file.as_str() {
            "" => String::new(),
            file => {
                let record = self.words.number(sample.record);
                let place = self.words.text("table.place", &[("record", &record)]);
                format!("{}, {place}", clipped(file, TEXT_CHARS_MAX))
            }
        };
        SampleView {
            host: self.words.host(&khien_model::Untrusted::from(sample.host.as_str())),
            time: match sample.time() {
                Some(time) => self.words.time(time),
                None => self.words.text("time.none", &[]),
            },
            fields: sample.fields.iter().take(FIELDS_MAX).map(field).collect(),
            window: window.unwrap_or_default(),
            place,
        }
    }
}

impl TechniqueView {
    fn of(technique: &Technique) -> Self {
        let id = shown(technique.as_str()).to_string();
        let path: String = id
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .map(|c| if c == '.' { '/' } else { c })
            .collect();
        Self { id, address: format!("https://attack.mitre.org/techniques/{path}/") }
    }
}
