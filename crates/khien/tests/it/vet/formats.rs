//! Every format, in both languages, of one 3CX-like case; and of one that fights back.

use khien::output::vet::VetFormat;
use khien_text::Lang;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::fixture::{hostile, options, outcome, rendered, settled};

const CASE: &str = "3cx-windows-nupkg";

fn json(format: VetFormat) -> Value {
    serde_json::from_str(&rendered(format, &outcome(CASE), &options(Lang::En, 80))).unwrap()
}

#[test]
fn the_table_reads_well_in_english() {
    insta::assert_snapshot!(settled(&rendered(
        VetFormat::Table,
        &outcome(CASE),
        &options(Lang::En, 90)
    )));
}

#[test]
fn the_table_reads_well_in_vietnamese() {
    insta::assert_snapshot!(settled(&rendered(
        VetFormat::Table,
        &outcome(CASE),
        &options(Lang::Vi, 90)
    )));
}

#[test]
fn the_page_in_english() {
    let page = rendered(VetFormat::Html, &outcome(CASE), &options(Lang::En, 80));
    insta::assert_snapshot!(settled(page.split_once("<body>").unwrap().1));
}

#[test]
fn the_page_in_vietnamese() {
    let page = rendered(VetFormat::Html, &outcome(CASE), &options(Lang::Vi, 80));
    insta::assert_snapshot!(settled(page.split_once("<body>").unwrap().1));
}

#[test]
fn the_document_is_a_promise() {
    insta::assert_snapshot!(settled(&rendered(
        VetFormat::Json,
        &outcome(CASE),
        &options(Lang::Vi, 80)
    )));
}

#[test]
fn sarif_is_a_promise() {
    insta::assert_snapshot!(settled(&rendered(
        VetFormat::Sarif,
        &outcome(CASE),
        &options(Lang::Vi, 80)
    )));
}

#[test]
fn the_bill_of_materials_is_a_promise() {
    let text = rendered(VetFormat::CycloneDx, &outcome(CASE), &options(Lang::Vi, 80));
    // The serial number is made of the hash.
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("urn:uuid:")).collect();
    insta::assert_snapshot!(settled(&lines.join("\n")));
}

#[test]
fn the_statement_is_a_promise() {
    insta::assert_snapshot!(settled(&rendered(
        VetFormat::InToto,
        &outcome(CASE),
        &options(Lang::Vi, 80)
    )));
}

#[test]
fn results_name_their_rules_and_places() {
    let log = json(VetFormat::Sarif);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
    }
}

#[test]
fn components_nest_as_files_do() {
    let document = json(VetFormat::CycloneDx);
    assert_eq!(document["specVersion"], "1.6");
    let serial = document["serialNumber"].as_str().unwrap();
    assert_eq!(serial.len(), "urn:uuid:00000000-0000-8000-8000-000000000000".len());
    let mut references = std::collections::BTreeSet::new();
    let mut queue: Vec<&Value> = document["components"].as_array().unwrap().iter().collect();
    while let Some(component) = queue.pop() {
        assert!(references.insert(component["bom-ref"].as_str().unwrap().to_owned()));
        if let Some(hashes) = component["hashes"].as_array() {
            assert_eq!(hashes[0]["content"].as_str().unwrap().len(), 64);
        }
        queue.extend(component["components"].as_array().into_iter().flatten());
    }
    let files = outcome(CASE).new.files.iter().filter(|f| !f.path.as_raw().is_empty()).count();
    assert_eq!(references.len(), files);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for outcome in [outcome(CASE), outcome("plain-update-msi"), hostile()] {
        for lang in [Lang::En, Lang::Vi] {
            for width in [60, 80, 120] {
                let table = rendered(VetFormat::Table, &outcome, &options(lang, width));
                // A command is never cut: it would not run.
                for line in table.lines().filter(|line| !line.contains("$'")) {
                    assert!(line.width() <= width, "{} > {width}: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn nothing_from_outside_is_obeyed() {
    let deceives = |c: char| {
        c != '\n'
            && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}'))
    };
    for format in VetFormat::ALL {
        for lang in [Lang::En, Lang::Vi] {
            let text = rendered(format, &hostile(), &options(lang, 100));
            assert!(!text.contains(deceives), "{}", format.name());
            if format == VetFormat::Html {
                assert!(!text.contains("<script"));
            }
        }
    }
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                  style-src 'unsafe-inline'; img-src data:\">";
    for outcome in [outcome(CASE), hostile()] {
        let page = rendered(VetFormat::Html, &outcome, &options(Lang::Vi, 80));
        assert!(page.contains(policy) && page.contains("<html lang=\"vi\">"));
        let lower = page.to_lowercase();
        for banned in
            ["<script", " src=", "url(", "@import", "<link", "<iframe", "<img", " onload", "href="]
        {
            assert!(!lower.contains(banned), "{banned}");
        }
        tags_are_balanced(&page);
    }
}

fn tags_are_balanced(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let page = page.split_once("<body>").unwrap().1.split_once("</body>").unwrap().0;
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.ends_with('/') || name == "br" {
            continue;
        }
        match tag.starts_with('/') {
            true => assert_eq!(open.pop(), Some(name)),
            false => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn two_runs_write_the_same_bytes() {
    for format in VetFormat::ALL {
        let write = || rendered(format, &outcome(CASE), &options(Lang::En, 100));
        assert_eq!(write(), write());
    }
}
