//! A layer for the ATT&CK Navigator: the techniques of the findings, coloured by how often they came
//! up.
//!
//! Source: attack-navigator, layer file format 4.5. Rules carry the techniques that their authors
//! gave them; a coloured cell is a lead, no proof that the technique was used.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::escaped_json::write_pretty;
use super::words::Words;
use super::{RenderOptions, shell};
use khien_ops::scan::report::{Finding, Report};

/// From so many detections on, a cell has the full colour.
pub const FULL_SCORE_DETECTIONS: u64 = 10_000;

/// Writes the layer.
///
/// # Errors
///
/// The writer's own.
pub fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::of(options);
    let time = words.minute(report.generated_at);
    let command = shell::command_line(&report.command_line);
    let zone = words.zone(&[report.generated_at]);
    let layer = Layer {
        name: words.text("navigator.name", &[("time", &time)]),
        description: words.text(
            "navigator.description",
            &[("time", &time), ("zone", &zone), ("command", &command)],
        ),
        versions: Versions { layer: "4.5" },
        domain: "enterprise-attack",
        sorting: 3,
        layout: Layout {
            layout: "side",
            aggregate_function: "max",
            show_id: true,
            show_name: true,
            show_aggregate_scores: true,
            count_unscored: false,
        },
        hide_disabled: false,
        techniques: techniques(report),
        gradient: Gradient {
            colors: ["#fff3c4ff", "#f0a93aff", "#b3270aff"],
            min_value: 0,
            max_value: 100,
        },
        metadata: vec![
            Entry::new("schema", "khien.navigator/1".to_owned()),
            Entry::new("verdict", report.verdict.as_str().to_owned()),
            Entry::new(
                "score",
                format!(
                    "100 * log(1 + detections) / log(1 + {FULL_SCORE_DETECTIONS}), at most 100"
                ),
            ),
        ],
        select_techniques_across_tactics: true,
        select_subtechniques_with_parent: false,
    };
    write_pretty(out, &layer)
}

fn techniques(report: &Report) -> Vec<Cell> {
    let mut found: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        for technique in &finding.techniques {
            found.entry(technique.as_str()).or_default().push(finding);
            // A sub-technique is drawn only below a technique that says so.
            if let Some((main, _)) = technique.as_str().split_once('.') {
                found.entry(main).or_default();
            }
        }
    }
    let subs: Vec<&str> =
        found.keys().filter_map(|id| id.split_once('.').map(|(main, _)| main)).collect();
    let cell = |(id, findings): (&&str, &Vec<&Finding>)| {
        let detections: u64 = findings.iter().map(|finding| finding.count).sum();
        Cell {
            technique_id: (*id).to_owned(),
            score: (detections > 0).then(|| score(detections)),
            comment: comment(findings),
            enabled: true,
            show_subtechniques: subs.contains(id),
            metadata: match detections {
                0 => Vec::new(),
                _ => vec![Entry::new("detections", detections.to_string())],
            },
        }
    };
    found.iter().map(cell).collect()
}

/// Bound: titles named in a comment.
const TITLES_MAX: usize = 20;

fn comment(findings: &[&Finding]) -> String {
    let mut titles: Vec<String> = findings
        .iter()
        .take(TITLES_MAX)
        .map(|finding| format!("{}: {} ({})", finding.severity, finding.title, finding.count))
        .collect();
    if findings.len() > titles.len() {
        titles.push(format!("… +{}", findings.len() - titles.len()));
    }
    titles.join("\n")
}

/// A logarithm, because one noisy rule would else wash out every other.
fn score(detections: u64) -> u8 {
    let capped = u32::try_from(detections.min(FULL_SCORE_DETECTIONS)).unwrap_or(u32::MAX);
    let full = u32::try_from(FULL_SCORE_DETECTIONS).unwrap_or(u32::MAX);
    let share = f64::from(capped).ln_1p() / f64::from(full).ln_1p();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100 by the cap above"
    )]
    let score = (share * 100.0).round() as u8;
    score
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    name: String,
    description: String,
    versions: Versions,
    domain: &'static str,
    sorting: u8,
    layout: Layout,
    hide_disabled: bool,
    techniques: Vec<Cell>,
    gradient: Gradient,
    metadata: Vec<Entry>,
    select_techniques_across_tactics: bool,
    select_subtechniques_with_parent: bool,
}

#[derive(Serialize)]
struct Versions {
    layer: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    layout: &'static str,
    aggregate_function: &'static str,
    #[serde(rename = "showID")]
    show_id: bool,
    show_name: bool,
    show_aggregate_scores: bool,
    count_unscored: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cell {
    #[serde(rename = "techniqueID")]
    technique_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    comment: String,
    enabled: bool,
    show_subtechniques: bool,
    metadata: Vec<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gradient {
    colors: [&'static str; 3],
    min_value: u8,
    max_value: u8,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    value: String,
}

impl Entry {
    const fn new(name: &'static str, value: String) -> Self {
        Self { name, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_grows_and_stops() {
        let scores: Vec<u8> = [1, 10, 100, 1_000, 10_000, u64::MAX].map(score).to_vec();
        assert_eq!(scores, [8, 26, 50, 75, 100, 100]);
    }
}
