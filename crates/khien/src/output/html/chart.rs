//! The picture of the timeline: bars of detections, stacked by severity.

use khien_model::{Severity, Timestamp};

use super::Badge;
use crate::output::facts::position;
use crate::output::words::Words;
use khien_ops::scan::report::Timeline;

/// The picture, in units of its own: the template stretches it to the page.
pub(super) struct Chart {
    /// Width; the height is [`HEIGHT`].
    pub(super) width: u64,
    pub(super) height: u64,
    /// Where the line of the top count lies.
    pub(super) top_line: u64,
    pub(super) bars: Vec<Bar>,
    /// The same as a text, for those who cannot see it.
    pub(super) description: String,
    /// What the top of the picture stands for.
    pub(super) top: String,
    /// Under the left edge, the middle and the right edge.
    pub(super) ticks: [String; 3],
    pub(super) legend: Vec<Badge>,
    /// How long one bar is, and what is not drawn.
    pub(super) note: String,
    /// The numbers behind the picture: time, then counts in the order of the legend.
    pub(super) table: Vec<(String, Vec<String>)>,
}

/// One bin.
pub(super) struct Bar {
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

/// One severity of a bin.
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) height: u64,
}

/// Units of the picture's height. The full scale ends below, because small counts are drawn larger
/// than they are.
const HEIGHT: u64 = 200;
const SCALE: u64 = 170;
/// Units of a bin's width, and of its bar in the template.
const BIN_WIDTH: u64 = 10;
/// Fewer bins than this are drawn in the middle of so many, so that one bar is no wall.
const BINS_MIN: usize = 24;
/// A count above zero is drawn at least this high: three grave detections among thousands of mild
/// ones must not vanish.
const PART_MIN: u64 = 5;

impl Chart {
    /// Draws a timeline.
    pub(super) fn of(timeline: &Timeline, words: &Words) -> Self {
        let drawn = drawn(timeline);
        let count_of = |bin: &[u64; 5], severity| bin.get(position(severity)).copied().unwrap_or(0);
        let total_of =
            |bin: &[u64; 5]| drawn.iter().map(|severity| count_of(bin, *severity)).sum::<u64>();
        let bins = timeline.bins.len().max(BINS_MIN);
        let before = (bins - timeline.bins.len()) / 2;
        let at = |bin: usize| {
            let bins = i64::try_from(bin).unwrap_or(0) - i64::try_from(before).unwrap_or(0);
            timeline.start.saturating_add_seconds(bins.saturating_mul(timeline.bin_seconds))
        };
        let most = timeline.bins.iter().map(total_of).max().unwrap_or(0);
        let stamp = |time| stamp(words, time, timeline.bin_seconds);
        let mut bars = Vec::new();
        let mut table = Vec::new();
        for (place, bin) in timeline.bins.iter().enumerate().filter(|(_, bin)| total_of(bin) > 0) {
            let counts: Vec<(Severity, u64)> =
                drawn.iter().map(|severity| (*severity, count_of(bin, *severity))).collect();
            let x = (place + before) as u64 * BIN_WIDTH;
            let time = stamp(at(place + before));
            bars.push(Bar { title: title(words, &time, &counts), parts: stack(&counts, most, x) });
            table.push((time, counts.iter().map(|(_, count)| words.number(*count)).collect()));
        }
        Self {
            width: bins as u64 * BIN_WIDTH,
            height: HEIGHT,
            top_line: HEIGHT - SCALE,
            bars,
            description: description(words, timeline, total_of, &stamp),
            top: words.number(most),
            ticks: [stamp(at(0)), stamp(at(bins / 2)), stamp(at(bins))],
            legend: drawn.iter().map(|severity| Badge::of(*severity, words)).collect(),
            note: note(words, timeline, drawn),
            table,
        }
    }
}

/// Severities in the picture, gravest first. Informational detections are many and say little: they
/// are drawn only when there is nothing else.
fn drawn(timeline: &Timeline) -> &'static [Severity] {
    const GRAVE: [Severity; 4] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let grave = timeline.bins.iter().any(|[_informational, rest @ ..]| rest.iter().any(|n| *n > 0));
    if grave { &GRAVE } else { &[Severity::Informational] }
}

/// Parts of a bar, the gravest at the foot, where heights can be compared.
fn stack(counts: &[(Severity, u64)], most: u64, x: u64) -> Vec<Part> {
    let mut foot = HEIGHT;
    let mut parts = Vec::new();
    for (severity, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let scaled = u128::from(*count) * u128::from(SCALE) / u128::from(most.max(1));
        let height = u64::try_from(scaled).unwrap_or(SCALE).max(PART_MIN);
        foot = foot.saturating_sub(height);
        parts.push(Part { class: severity.as_str(), x, y: foot, height });
    }
    parts
}

fn title(words: &Words, time: &str, counts: &[(Severity, u64)]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} {}", words.number(*count), words.severity(*severity)))
        .collect();
    format!("{time}: {}", parts.join(", "))
}

fn description(
    words: &Words,
    timeline: &Timeline,
    total_of: impl Fn(&[u64; 5]) -> u64,
    stamp: &impl Fn(Timestamp) -> String,
) -> String {
    let peak = (0_i64..).zip(&timeline.bins).max_by_key(|(place, bin)| (total_of(bin), -place));
    let (place, bin) = peak.map_or((0, &[0; 5]), |peak| peak);
    let time = timeline.start.saturating_add_seconds(place.saturating_mul(timeline.bin_seconds));
    words.text(
        "chart.description",
        &[("time", &stamp(time)), ("count", &words.number(total_of(bin)))],
    )
}

fn note(words: &Words, timeline: &Timeline, drawn: &[Severity]) -> String {
    let seconds = u64::try_from(timeline.bin_seconds).unwrap_or(0);
    let length = match seconds {
        days if days >= 86_400 && days.is_multiple_of(86_400) => {
            words.counted("unit.days", days / 86_400)
        }
        hours if hours >= 3600 && hours.is_multiple_of(3600) => {
            words.counted("unit.hours", hours / 3600)
        }
        other => words.duration(other.saturating_mul(1000)),
    };
    let mut note = words.text("chart.bar", &[("length", &length)]);
    let mild: u64 = timeline.bins.iter().map(|[informational, ..]| informational).sum();
    if mild > 0 && !drawn.contains(&Severity::Informational) {
        note.push(' ');
        note.push_str(&words.counted("chart.informational", mild));
    }
    note
}

/// A time no finer than the bins.
fn stamp(words: &Words, time: Timestamp, bin_seconds: i64) -> String {
    match bin_seconds {
        86_400.. => words.minute(time).chars().take(10).collect(),
        60..86_400 => words.minute(time),
        _ => words.time(time),
    }
}
