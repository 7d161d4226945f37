//! Many hosts, many findings: the formats for people stay short and say what they leave out.

use khien::output::Format;
use khien_model::{Severity, Verdict};
use khien_ops::scan::report::{FindingKind, Report};
use khien_text::Lang;

use super::fixture::{clear, detection, finding, options, rendered, with_detections};

/// So many findings on so many hosts, two detections each.
fn fleet(findings: u32, hosts: usize, value: &str) -> Report {
    let mut report = Report { verdict: Verdict::Hit, ..clear() };
    report.findings = (0..findings)
        .map(|number| {
            let severity =
                Severity::ALL[4 - usize::try_from(number).unwrap() * 5 / findings as usize];
            finding(
                FindingKind::Rule,
                &format!("Rule {number} with a title of usual length"),
                severity,
            )
        })
        .collect();
    let fields = [("Image", value), ("CommandLine", value), ("User", value)];
    let detections = (0..findings).flat_map(|number| {
        (0..hosts).flat_map(move |host| {
            let host = format!("HOST-{host:05}.branch.bank.example");
            ["2023-03-24T01:05:00Z", "2023-03-25T01:05:00Z"]
                .map(|time| detection(number, &host, time, &fields))
        })
    });
    let detections = detections.collect();
    with_detections(report, detections)
}

#[test]
fn a_page_for_a_thousand_hosts_stays_below_three_megabytes() {
    let value = "C:\\Program Files\\Vendor\\Application\\program.exe --with \"arguments\" & more "
        .repeat(20);
    let report = fleet(20, 1_000, &value);
    let page = rendered(Format::Html, &report, &options(Lang::Vi, 80));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("Hiển thị 200 trên 1.000"), "says what it leaves out");
    let hostile = fleet(10, 1_000, &"<\"&'>".repeat(400));
    let page = rendered(Format::Html, &hostile, &options(Lang::En, 80));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn many_findings_are_cut_and_counted() {
    let report = fleet(2_000, 2, "x");
    let page = rendered(Format::Html, &report, &options(Lang::En, 80));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("Shown: 300 of 1,600."), "says what it leaves out");
}

#[test]
fn the_table_lists_twenty_hosts_and_counts_the_rest() {
    let table = rendered(Format::Table, &fleet(1, 100, "x"), &options(Lang::En, 80));
    assert!(table.contains("… and 80 more hosts with 160 detections: use --format csv"), "{table}");
    assert!(table.lines().count() < 60, "{table}");
}

#[test]
fn sarif_stops_at_its_limit_and_says_so() {
    let report = fleet(13, 2_000, "x");
    let text = rendered(Format::Sarif, &report, &options(Lang::En, 80));
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 25_000);
    assert_eq!(log["runs"][0]["properties"]["resultsLeftOut"], 1_000);
    assert!(text.contains("results-left-out"));
}
