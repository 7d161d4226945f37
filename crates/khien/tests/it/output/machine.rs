//! Formats for programs.

use khien::output::{Format, csv, json};
use khien_text::Lang;
use serde_json::Value;

use super::fixture::{clear, hit, hostile, options, rendered};

fn parsed(format: Format, report: &khien_ops::scan::report::Report) -> Value {
    serde_json::from_str(&rendered(format, report, &options(Lang::En, 80))).unwrap()
}

#[test]
fn names_of_formats_read_back() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let error = "x\x1b".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("`x\\x1b`"), "{error}");
    for format in Format::ALL {
        assert!(error.contains(format.name()), "{error}");
    }
}

#[test]
fn the_document_is_a_promise() {
    insta::assert_snapshot!(rendered(Format::Json, &small(), &options(Lang::Vi, 80)));
}

#[test]
fn a_line_is_a_promise() {
    let lines = rendered(Format::Jsonl, &small(), &options(Lang::Vi, 80));
    insta::assert_snapshot!(lines.lines().next().unwrap());
}

/// The hit, with two detections instead of many.
fn small() -> khien_ops::scan::report::Report {
    let mut report = hit();
    let kept: Vec<_> = report.detections.iter().unwrap().map(Result::unwrap).collect();
    let kept = kept.into_iter().filter(|d| d.host == "KT-0412" || d.window.is_some()).collect();
    report.findings.iter_mut().for_each(|finding| finding.count = 0);
    super::fixture::with_detections(report, kept)
}

#[test]
fn json_holds_everything() {
    for report in [hit(), hostile(), clear()] {
        let document = parsed(Format::Json, &report);
        assert_eq!(document["schema"], json::SCAN_SCHEMA);
        assert_eq!(document["verdict"], report.verdict.as_str());
        let len = |name: &str| document[name].as_array().unwrap().len() as u64;
        assert_eq!(len("detections"), report.totals.detections);
        assert_eq!(len("groups"), report.groups.len() as u64);
        assert_eq!(len("findings"), report.findings.len() as u64);
        assert_eq!(len("gaps"), report.gaps.len() as u64);
        for (group, entry) in report.groups.iter().zip(document["groups"].as_array().unwrap()) {
            assert_eq!(entry["host"], group.host.as_raw());
        }
    }
}

#[test]
fn lines_are_detections_and_then_a_summary() {
    let report = hostile();
    let text = rendered(Format::Jsonl, &report, &options(Lang::En, 80));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, detections) = lines.split_last().unwrap();
    assert_eq!(detections.len() as u64, report.totals.detections);
    for detection in detections {
        assert_eq!(detection["schema"], json::DETECTION_SCHEMA);
        assert!(detection["title"].is_string() && detection["severity"].is_string());
    }
    assert_eq!(summary["schema"], json::SUMMARY_SCHEMA);
    assert!(summary["gaps"].is_array() && summary.get("detections").is_none());
}

#[test]
fn csv_has_one_row_a_detection() {
    let report = hit();
    let text = rendered(Format::Csv, &report, &options(Lang::En, 80));
    let mut table = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>(), csv::HEADER);
    assert_eq!(table.records().map(Result::unwrap).count() as u64, report.totals.detections);
    let head: Vec<&str> = text.lines().take(3).collect();
    insta::assert_snapshot!(head.join("\n"));
}

#[test]
fn csv_runs_no_formula() {
    let text = rendered(Format::Csv, &hostile(), &options(Lang::En, 80));
    for record in ::csv::Reader::from_reader(text.as_bytes()).records() {
        for cell in record.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            assert!(!cell.contains(";=") && !cell.contains(";@"), "{cell}");
        }
    }
    assert!(text.contains("'=cmd|"));
}

#[test]
fn sarif_has_the_shape_of_the_standard() {
    for report in [hit(), hostile(), clear()] {
        let log = parsed(Format::Sarif, &report);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), report.findings.len());
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.groups.len());
        for (result, group) in results.iter().zip(&report.groups) {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(result["ruleId"], rule["id"]);
            assert_eq!(result["occurrenceCount"], group.count);
            assert_eq!(result["properties"]["host"], group.host.as_raw());
            let place = &result["locations"][0]["physicalLocation"];
            if let Some(uri) = place["artifactLocation"]["uri"].as_str() {
                assert!(uri.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&b)));
                assert_eq!(place["region"]["byteOffset"], 118_784);
            }
        }
        let invocation = &run["invocations"][0];
        assert_eq!(
            invocation["exitCode"],
            u64::from(khien_ops::exit::Exit::from(report.verdict).code())
        );
        let notes = invocation["toolExecutionNotifications"].as_array().unwrap().len();
        assert_eq!(notes, report.gaps.len() + report.dead.first.len());
    }
    let text = rendered(Format::Sarif, &hostile(), &options(Lang::En, 80));
    assert!(!text.contains("[x](http"), "a link made of outside text");
}

#[test]
fn sarif_is_a_promise() {
    insta::assert_snapshot!(rendered(Format::Sarif, &small(), &options(Lang::Vi, 80)));
}

#[test]
fn the_layer_colours_techniques_and_unfolds_their_parents() {
    insta::assert_snapshot!(rendered(Format::Navigator, &small(), &options(Lang::En, 80)));
    let layer = parsed(Format::Navigator, &hit());
    let techniques = layer["techniques"].as_array().unwrap();
    let of = |id: &str| techniques.iter().find(|t| t["techniqueID"] == id).unwrap();
    assert_eq!(of("T1574")["showSubtechniques"], true);
    assert!(of("T1574")["score"].is_null() && of("T1574.001")["score"].is_u64());
    parsed(Format::Navigator, &hostile());
}
