//! Reports made by hand, with fixed times.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use khien::output::{Format, RenderOptions, render};
use khien_detect::sigma::{InertReason, Problem, ProblemKind};
use khien_ingest::{DeadLetter, Reason, Skipped};
use khien_model::{EventId, RecordFormat, Severity, Technique, Timestamp, Untrusted, Verdict};
use khien_ops::scan::detection::{Detection, Window};
use khien_ops::scan::report::{
    DeadLetters, Finding, FindingKind, Gap, Group, InertRules, Report, SourceSeen, Timeline, Totals,
};
use khien_ops::scan::spool::DetectionLog;
use khien_text::Lang;

/// A zone without surprises: Vietnam has had no summer time since 1979.
pub(crate) fn options(lang: Lang, width: usize) -> RenderOptions {
    let tz = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
    RenderOptions { lang, tz, colour: false, width, defang: true }
}

pub(crate) fn rendered(format: Format, report: &Report, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    render(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn event(number: u128) -> EventId {
    serde_json::from_str(&number.to_string()).unwrap()
}

pub(crate) fn finding(kind: FindingKind, title: &str, severity: Severity) -> Finding {
    Finding {
        kind,
        id: String::new(),
        title: title.into(),
        description: Untrusted::default(),
        severity,
        techniques: Vec::new(),
        tags: Vec::new(),
        false_positives: Vec::new(),
        references: Vec::new(),
        origin: Untrusted::default(),
        confidence: None,
        count: 0,
    }
}

pub(crate) fn detection(
    finding: u32,
    host: &str,
    time: &str,
    fields: &[(&str, &str)],
) -> Detection {
    let number = u128::from(finding) << 64 | at(time).as_nanos().unsigned_abs() as u128;
    Detection {
        time_nanos: at(time).as_nanos(),
        host: host.to_owned(),
        finding,
        event: event(number),
        file: format!("logs/{host}/Microsoft-Windows-Sysmon%4Operational.evtx"),
        record: 4711,
        offset: 118_784,
        fields: fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        window: None,
    }
}

/// Fills counts, groups and the log from detections, as the scan does.
pub(crate) fn with_detections(mut report: Report, mut detections: Vec<Detection>) -> Report {
    detections.sort();
    let mut groups: BTreeMap<(u32, String), Group> = BTreeMap::new();
    for detection in &detections {
        let place = usize::try_from(detection.finding).unwrap();
        report.findings[place].count += 1;
        let key = (detection.finding, detection.host.clone());
        let group = groups.entry(key).or_insert_with(|| Group {
            finding: detection.finding,
            host: detection.host.as_str().into(),
            count: 0,
            span: None,
            samples: Vec::new(),
        });
        group.count += 1;
        if let Some(time) = detection.time() {
            let (first, last) = group.span.unwrap_or((time, time));
            group.span = Some((first.min(time), last.max(time)));
        }
        if group.samples.len() < khien_ops::scan::report::SAMPLES_MAX {
            group.samples.push(detection.clone());
        }
    }
    report.groups = groups.into_values().collect();
    report.totals.detections = detections.len() as u64;
    report.detections = DetectionLog::keep(detections.into_iter().map(Ok)).unwrap();
    report
}

/// Nothing found, nothing missing.
pub(crate) fn clear() -> Report {
    Report {
        version: "0.0.0-test",
        command_line: ["khien", "scan", "logs", "--rules", "rules"].map(str::to_owned).to_vec(),
        generated_at: at("2023-04-03T02:00:00Z"),
        elapsed_ms: 6_140,
        verdict: Verdict::Clear,
        fail_on: Some(Severity::High),
        complete: true,
        totals: Totals {
            files: 12,
            streams: 14,
            bytes: 1_234_567_890,
            records: 2_345_678,
            rules: 3_026,
            ..Totals::default()
        },
        span: Some((at("2023-02-01T00:00:00Z"), at("2023-04-02T23:30:00Z"))),
        formats: BTreeMap::from([(RecordFormat::Evtx, 2_300_000), (RecordFormat::ZeekTsv, 45_678)]),
        findings: Vec::new(),
        groups: Vec::new(),
        sources: vec![
            source("windows/sysmon/dns_query", 2_300_000, 17),
            source("zeek/dns", 45_678, 3),
        ],
        gaps: Vec::new(),
        inert: Vec::new(),
        problems: Vec::new(),
        dead: DeadLetters::default(),
        timeline: None,
        detections: DetectionLog::default(),
    }
}

fn source(name: &str, events: u64, rules: u64) -> SourceSeen {
    let span = Some((at("2023-02-01T00:00:00Z"), at("2023-04-02T23:30:00Z")));
    SourceSeen { name: name.into(), events, without_time: events / 100_000, span, rules }
}

/// Findings of every severity, gaps, rules that could not fire, and pieces that could not be read.
pub(crate) fn hit() -> Report {
    let report = Report {
        verdict: Verdict::Hit,
        complete: false,
        findings: findings(),
        gaps: gaps(),
        inert: inert(),
        problems: problems(),
        dead: dead(),
        timeline: Some(timeline()),
        ..clear()
    };
    let mut report = with_detections(report, detections());
    report.totals.dead_letters = 4;
    report.totals.duplicates = 12;
    report.totals.indicators = 31;
    report
}

/// The same with nothing at or above the severity asked for.
pub(crate) fn unknown() -> Report {
    Report { verdict: Verdict::Unknown, complete: false, gaps: gaps(), ..clear() }
}

fn findings() -> Vec<Finding> {
    let technique = |id: &str| Technique::from_tag(&format!("attack.{id}")).unwrap();
    let indicator = Finding {
        id: "indicator--0f6e3c5e-8f5e-4b1c-9c39-5f4c0f7f0001".to_owned(),
        description: "Command server of the trojanised softphone.".into(),
        origin: "3CX desktop app, March 2023".into(),
        confidence: Some(90),
        references: vec!["CISA alert of 30 March 2023".into()],
        ..finding(
            FindingKind::Indicator,
            "domain akamaitechcloudservices.example",
            Severity::Critical,
        )
    };
    let rule = Finding {
        id: "93bbde78-dc86-4e73-9ffc-ff8a384ca89c".to_owned(),
        description: "A softphone loads a library that lies beside it and carries data behind its \
                      signature. Signed programs do this seldom."
            .into(),
        techniques: vec![technique("t1574.001"), technique("t1195.002")],
        tags: vec!["attack.t1574.001".to_owned(), "attack.persistence".to_owned()],
        false_positives: vec!["Developers who test unsigned builds".into()],
        references: vec!["https://rules.example/softphone".into()],
        origin: "rules/softphone.yml".into(),
        ..finding(FindingKind::Rule, "Softphone loads a library with a tail", Severity::High)
    };
    let correlation = Finding {
        techniques: vec![technique("t1071.001")],
        origin: "rules/beacon.yml".into(),
        ..finding(FindingKind::Correlation, "Regular calls to one destination", Severity::Medium)
    };
    let low = finding(FindingKind::Rule, "Program started from a user's folder", Severity::Low);
    let mild = finding(FindingKind::Rule, "Program installed", Severity::Informational);
    vec![indicator, rule, correlation, low, mild]
}

fn detections() -> Vec<Detection> {
    let mut detections = Vec::new();
    let image = r"C:\Users\thanh.n\AppData\Local\Programs\3CXDesktopApp\app\3CXDesktopApp.exe";
    for (host, day) in [("GD-0077", 22), ("KT-0412", 24), ("GD-0077", 25), ("GD-0077", 30)] {
        let time = format!("2023-03-{day}T14:47:03Z");
        let query = ("QueryName", "cdn.akamaitechcloudservices.example");
        detections.push(detection(0, host, &time, &[query, ("Image", image)]));
    }
    for host in ["GD-0077", "KT-0412", "Kế toán 7"] {
        let library = (
            "ImageLoaded",
            r"C:\Users\thanh.n\AppData\Local\Programs\3CXDesktopApp\app\ffmpeg.dll",
        );
        detections.push(detection(1, host, "2023-03-24T01:05:00Z", &[("Image", image), library]));
    }
    let mut window = detection(2, "", "2023-03-26T03:00:00Z", &[("DestinationIp", "198.51.100.7")]);
    window.file.clear();
    window.window = Some(Window {
        count: 24,
        first_nanos: at("2023-03-25T03:00:00Z").as_nanos(),
        last_nanos: at("2023-03-26T03:00:00Z").as_nanos(),
        hosts: vec!["GD-0077".to_owned(), "KT-0412".to_owned()],
    });
    detections.push(window);
    for number in 0..30 {
        let (host, time) =
            (format!("PC-{number:03}"), format!("2023-03-{:02}T08:00:00Z", number % 28 + 1));
        detections.push(detection(
            3,
            &host,
            &time,
            &[("CommandLine", "curl https://dl.example/x")],
        ));
        detections.push(detection(4, &host, &time, &[]));
    }
    detections
}

fn gaps() -> Vec<Gap> {
    vec![
        Gap { key: "dead-letters", count: 4, examples: vec!["logs/KT-0412/Security.evtx".into()] },
        Gap {
            key: "indicators-left-out",
            count: 1,
            examples: vec!["update.example: too many sites share it".into()],
        },
        Gap { key: "indicator-kind-without-data", count: 7, examples: vec!["hash (7)".into()] },
    ]
}

fn inert() -> Vec<InertRules> {
    let group = |reason, log_source: &str, missing: &[&str], rules: &[&str]| InertRules {
        reason,
        log_source: log_source.to_owned(),
        missing: missing.iter().map(|name| (*name).to_owned()).collect(),
        rules: rules.iter().map(|title| (*title).into()).collect(),
    };
    let macos = ["Keychain dumped", "Gatekeeper turned off", "Hidden user made"];
    vec![
        group(InertReason::NoLogSource, "macos/process_creation/*", &[], &macos),
        group(InertReason::NoLogSource, "aws/*/cloudtrail", &[], &["Trail stopped"]),
        group(InertReason::FieldsNeverSeen, "windows/*/sysmon", &["Hashes"], &["Known bad hash"]),
    ]
}

fn problems() -> Vec<Problem> {
    vec![Problem {
        origin: "rules/broken.yml".into(),
        title: Untrusted::default(),
        kind: ProblemKind::Malformed,
        detail: "line 7: found a tab where spaces are asked for".into(),
    }]
}

fn dead() -> DeadLetters {
    let letter = |file: &str, offset, reason, detail: &str| DeadLetter {
        file: file.into(),
        offset,
        reason,
        detail: detail.into(),
    };
    DeadLetters {
        by_reason: BTreeMap::from([(Reason::DamagedPart, 1), (Reason::Malformed, 3)]),
        first: vec![
            letter("logs/KT-0412/Security.evtx", 65_536, Reason::DamagedPart, "chunk checksum"),
            letter("logs/dns.json", 1_048, Reason::Malformed, "expected `,` at column 17"),
        ],
        skipped: vec![Skipped { path: "logs/private".into(), detail: "permission denied".into() }],
    }
}

/// Forty-three days: a quiet month, the two weeks of the incident, one very loud day.
fn timeline() -> Timeline {
    let mut bins = vec![[3, 1, 0, 0, 0]; 30];
    bins.extend([[4, 2, 1, 0, 0], [2, 1, 0, 3, 1], [5, 0, 2, 0, 0], [1, 1, 0, 3, 2]]);
    bins.extend([[900, 120, 4, 3, 1], [2, 0, 0, 0, 0], [1, 9, 3, 0, 1], [0, 0, 0, 0, 0]]);
    bins.extend([[1, 4, 2, 2, 0], [0, 12, 0, 0, 0], [3, 1, 1, 0, 1]]);
    Timeline { start: at("2023-02-20T00:00:00Z"), bin_seconds: 86_400, bins }
}

/// Texts that would do harm where they are not escaped.
pub(crate) const EVIL_HOST: &str = "\"><script>alert(1)</script>\x1b[2J\u{202e}gpj";
pub(crate) const EVIL_CELL: &str = "=cmd|'/C calc'!A0";

/// A report in which everything from outside is hostile.
pub(crate) fn hostile() -> Report {
    let evil = || Untrusted::from(EVIL_HOST);
    let mut report = hit();
    report.command_line.push(EVIL_HOST.to_owned());
    for finding in &mut report.findings {
        finding.title = Untrusted::new(format!("{EVIL_HOST} {{count}} [x](http://evil.example)"));
        finding.id = EVIL_HOST.to_owned();
        finding.description = evil();
        finding.origin = evil();
        finding.tags = vec![EVIL_HOST.to_owned()];
        finding.false_positives = vec![evil()];
        finding.references = vec!["javascript:alert(1)".into()];
        finding.count = 0;
    }
    for gap in &mut report.gaps {
        gap.examples = vec![evil()];
    }
    for source in &mut report.sources {
        source.name = evil();
    }
    for inert in &mut report.inert {
        inert.log_source = EVIL_HOST.to_owned();
        inert.rules = vec![evil()];
        inert.missing = vec![EVIL_HOST.to_owned()];
    }
    for problem in &mut report.problems {
        (problem.origin, problem.title, problem.detail) = (evil(), evil(), evil());
    }
    for letter in &mut report.dead.first {
        (letter.file, letter.detail) = (evil(), evil());
    }
    report.dead.skipped = vec![Skipped { path: evil(), detail: EVIL_HOST.to_owned() }];
    let evil_fields = [
        (EVIL_HOST, "two\nlines\r\u{9b}2J"),
        ("CommandLine", EVIL_CELL),
        ("{count}", "{examples}"),
    ];
    let mut detections: Vec<Detection> = (0..5)
        .map(|number| detection(number, EVIL_HOST, "2023-03-24T01:05:00Z", &evil_fields))
        .collect();
    detections.push(detection(0, EVIL_CELL, "2023-03-24T01:05:00Z", &[("=1+1", "x")]));
    detections.push(detection(0, "x;@SUM(1)", "2023-03-24T01:05:00Z", &[]));
    detections[0].window =
        Some(Window { count: 1, first_nanos: 0, last_nanos: 1, hosts: vec![EVIL_HOST.to_owned()] });
    with_detections(report, detections)
}
