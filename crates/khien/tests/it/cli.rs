//! The program as its user runs it: real arguments, real files, exit codes.

use std::path::{Path, PathBuf};

use khien_sim::{SoftphoneScenario, Variant};

use super::program::{json, khien, stdout};

fn simulated(variant: Variant) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    SoftphoneScenario { seed: 42, variant }.write_to(&dir.path().join("logs")).unwrap();
    dir
}

fn path(dir: &tempfile::TempDir) -> String {
    dir.path().join("logs").display().to_string()
}

fn titles(report: &serde_json::Value, kind: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| finding["kind"] == kind)
        .map(|finding| finding["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_3cx_like_host_is_reported_by_indicators() {
    let dir = simulated(Variant::Incident);
    let output = khien(&["scan", &path(&dir), "--advisory", "3cx", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    assert_eq!(report["verdict"], "hit");
    let found = titles(&report, "indicator");
    assert!(found.iter().any(|title| title.starts_with("domain ")), "{found:?}");
    assert!(found.iter().any(|title| title.starts_with("hash ")), "{found:?}");
    let hosts: std::collections::BTreeSet<&str> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|group| group["host"].as_str())
        .collect();
    assert!(hosts.contains("HCM-ACC-07"), "{hosts:?}");
}

#[test]
fn with_indicators_off_our_own_rules_report_it() {
    let dir = simulated(Variant::IncidentWithUnknownIndicators);
    let output = khien(&["scan", &path(&dir), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    let rules = titles(&report, "rule");
    assert!(titles(&report, "indicator").is_empty());
    assert!(rules.len() >= 3, "{rules:?}");
    // Not one rule may be about the benign twin of the same fleet.
    let dir = simulated(Variant::Benign);
    let benign = json(&khien(&["scan", &path(&dir), "--advisory", "3cx", "--format", "json"]));
    let severe: Vec<_> = benign["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| {
            ["medium", "high", "critical"].contains(&finding["severity"].as_str().unwrap())
        })
        .collect();
    assert!(severe.is_empty(), "{severe:?}");
}

#[test]
fn every_format_is_written_and_the_answer_is_the_same() {
    let dir = simulated(Variant::Incident);
    let logs = path(&dir);
    for format in ["table", "json", "jsonl", "csv", "sarif", "html", "navigator"] {
        for lang in ["en", "vi"] {
            let output =
                khien(&["scan", &logs, "-a", "3cx", "-f", format, "--lang", lang, "-j", "3"]);
            assert_eq!(output.status.code(), Some(1), "{format} {lang}");
            assert!(output.stdout.len() > 500, "{format} {lang}");
        }
    }
    let one = khien(&["scan", &logs, "-a", "3cx", "-f", "jsonl", "-j", "1"]);
    let four = khien(&["scan", &logs, "-a", "3cx", "-f", "jsonl", "-j", "4"]);
    let lines = |output: &std::process::Output| -> Vec<String> {
        stdout(output)
            .lines()
            .filter(|l| l.contains("khien.detection/1"))
            .map(str::to_owned)
            .collect()
    };
    assert!(lines(&one).len() > 10);
    assert_eq!(lines(&one), lines(&four));
}

#[test]
fn exit_codes_keep_their_promise() {
    let dir = tempfile::tempdir().unwrap();
    let clean = dir.path().join("clean.jsonl");
    std::fs::write(&clean, "{\"a\":1}\n").unwrap();
    let scan = |arguments: &[&str]| khien(&[&["scan"], arguments].concat()).status.code();
    let clean = clean.display().to_string();
    assert_eq!(scan(&[&clean]), Some(0), "all checked, nothing found");
    assert_eq!(scan(&["/nowhere/at/all"]), Some(2), "no such path");
    assert_eq!(scan(&[]), Some(2), "no path");
    assert_eq!(scan(&[&clean, "--advisory", "none-of-that-name"]), Some(2));
    assert_eq!(scan(&[&clean, "--rules", "/nowhere"]), Some(2));
    let damaged = dir.path().join("damaged.jsonl");
    std::fs::write(&damaged, "{\"a\":1}\n{\"a\":\n").unwrap();
    assert_eq!(scan(&[&damaged.display().to_string()]), Some(3), "a record could not be read");
    assert_eq!(
        scan(&[&clean, "--advisory", "3cx"]),
        Some(3),
        "the data carry no hash and no domain"
    );
    let rule = dir.path().join("rule.yml");
    let text =
        "title: t\nlogsource: { product: windows }\ndetection: { s: { A: 1 }, condition: s }\n";
    std::fs::write(&rule, text).unwrap();
    let rule = rule.display().to_string();
    assert_eq!(scan(&[&clean, "--rules", &rule]), Some(3), "a rule of ours had no data");
    assert_eq!(scan(&[&clean, "--rules", &rule, "--inert-ok"]), Some(0));
    assert_eq!(khien(&["--version"]).status.code(), Some(0));
    assert_eq!(khien(&["scan", "--help"]).status.code(), Some(0));
}

#[test]
fn rules_can_be_listed_checked_and_tried() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| -> String {
        let path: PathBuf = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rule = write(
        "rule.yml",
        "title: Two fields\nid: x\nlogsource: { product: windows, service: security }\n\
         detection:\n  one: { EventID: 4625, TargetUserName: 'root' }\n  two: { B|exists: true }\n  \
         condition: one and not two\n",
    );
    let logs = write(
        "logs.jsonl",
        "{\"EventID\":4625,\"Channel\":\"Security\",\"Hostname\":\"h\",\"TargetUserName\":\"ROOT\"}\n\
         {\"EventID\":4625,\"Channel\":\"Security\",\"Hostname\":\"h\",\"TargetUserName\":\"an\"}\n",
    );
    let listed = khien(&["rules", "list", "--no-builtin", "--rules", &rule]);
    assert!(stdout(&listed).contains("Two fields"));
    let tested = khien(&["rules", "test", &rule, &logs, "--misses"]);
    assert_eq!(tested.status.code(), Some(1));
    let text = stdout(&tested);
    assert!(text.contains("■ Two fields") && text.contains("– Two fields"), "{text}");
    assert!(text.contains("TargetUserName") && text.contains("another value"), "{text}");
    let bad = write(
        "bad.yml",
        "title: b\nlogsource: { product: x }\ndetection: { s: { A|nosuch: 1 }, condition: s }\n",
    );
    let checked = khien(&["rules", "check", "--no-builtin", "--rules", &bad]);
    assert_eq!(checked.status.code(), Some(3));
    assert!(stdout(&checked).contains("nosuch"), "{}", stdout(&checked));
    let checked = khien(&["rules", "check", &logs, "--no-builtin", "--rules", &rule]);
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
}

#[test]
fn hostile_input_is_named_and_nothing_hangs() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::write(root.join("empty.evtx"), b"").unwrap();
    std::fs::write(root.join("line.json"), format!("{{\"a\":\"{}\"}}\n", "x".repeat(20 << 20)))
        .unwrap();
    std::fs::write(root.join("deep.json"), "[".repeat(200_000)).unwrap();
    std::fs::write(root.join("utf8.jsonl"), b"{\"a\":\"\xff\xfe\"}\n").unwrap();
    std::fs::write(root.join("wrong.gz"), b"{\"a\":1}\n").unwrap();
    std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
    let rule = root.join("regex.yml");
    let text = "title: r\nlogsource: { category: x }\ndetection: { s: { a|re: '(x+x+)+y' }, condition: s }\n";
    std::fs::write(&rule, text).unwrap();
    let bomb = {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..300 {
            std::io::Write::write_all(&mut out, &vec![b'a'; 1 << 20]).unwrap();
        }
        out.finish().unwrap()
    };
    std::fs::write(root.join("bomb.log.gz"), bomb).unwrap();
    let root_text = root.display().to_string();
    let output = khien(&["scan", &root_text, "--rules", &rule.display().to_string(), "-f", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let report = json(&output);
    let dead = report["dead_letters"]["by_reason"].to_string();
    for reason in ["empty", "too-large", "limit-exceeded"] {
        assert!(dead.contains(reason), "{reason}: {dead}");
    }
    assert!(report["totals"]["records"].as_u64().unwrap() >= 2, "{}", report["totals"]);
}

#[test]
fn nothing_printed_can_drive_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let name = dir.path().join("a\u{1b}[2Jb.jsonl");
    let line = "{\"EventID\":1102,\"Channel\":\"Security\",\"Hostname\":\"h\\u001b]0;x\\u0007\",\
                \"A\":\"\\u202ex\"}\n";
    std::fs::write(&name, line).unwrap();
    let rule = dir.path().join("r.yml");
    let text = "title: \"t\\e[1m\"\nlogsource: { product: windows }\ndetection: { s: { EventID: 1102 }, condition: s }\n";
    std::fs::write(&rule, text).unwrap();
    let (name, rule): (&Path, &Path) = (&name, &rule);
    for format in ["table", "html", "csv", "json", "jsonl", "sarif", "navigator"] {
        let (name, rule) = (name.display().to_string(), rule.display().to_string());
        let output = khien(&["scan", &name, "--rules", &rule, "--no-builtin", "-f", format]);
        let text = stdout(&output);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{format}: {text}");
    }
}
