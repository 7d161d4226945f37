use std::path::PathBuf;

use khien_model::{Event, IndicatorKind, Scalar};

use super::*;

/// The advisories that ship with Khiên.
fn shipped() -> Vec<Advisory> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../content/intel");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("content/intel")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = khien_model::limits::read_small_file(path, 1 << 24).expect("a text");
        parse_advisory(text.as_bytes(), &path.to_string_lossy()).expect("a bundle")
    };
    files.iter().map(read).collect()
}

#[test]
fn shipped_advisories_have_only_known_problems() {
    let problems: Vec<String> = shipped()
        .into_iter()
        .flat_map(|advisory| {
            let name = advisory.name;
            advisory.problems.into_iter().map(move |problem| format!("{name}: {}", problem.detail))
        })
        .collect();
    // No log source shows request headers other than the user agent.
    let cookie = "network-traffic:extensions.http-request-ext.request_header.Cookie";
    let expected = format!("3cx: cannot be matched here: {cookie} is not compared with events");
    assert_eq!(problems, [expected.clone(), expected]);
}

#[test]
fn shipped_advisories_are_whole_and_no_noise() {
    for advisory in shipped() {
        let name = &advisory.name;
        assert!(!advisory.title.is_empty() && advisory.title != *name, "{name}");
        assert!(advisory.published.is_some(), "{name}");
        assert_eq!(advisory.tlp.as_deref(), Some("clear"), "{name}");
        assert!(!advisory.indicators.is_empty(), "{name}");
        let (_, left_out) = IndicatorSet::build(advisory.indicators, &NoisePolicy::default());
        assert!(left_out.is_empty(), "{name}: {left_out:?}");
    }
}

#[test]
fn the_3cx_advisory_finds_its_traces() {
    let advisory = shipped().into_iter().find(|advisory| advisory.name == "3cx").expect("3cx");
    assert!(advisory.affected.iter().any(|software| {
        software.contains("18.12.416") == Some(true)
            && software.contains("18.12.402") == Some(false)
            && software.platform.as_deref() == Some("windows")
    }));
    let (set, _) = IndicatorSet::build(advisory.indicators, &NoisePolicy::default());
    let check = |field: &str, value: &str, expected: bool| {
        let mut event = Event::new();
        event.push(field, Scalar::Str(value));
        let mut found = Vec::new();
        set.matches(&event, &mut found);
        assert_eq!(!found.is_empty(), expected, "{field}={value}: {found:?}");
    };
    check("QueryName", "www.msstorageazure.com", true);
    check("QueryName", "notmsstorageazure.com", false);
    check("QueryName", "raw.githubusercontent.com", false);
    check("c-uri", "https://raw.githubusercontent.com/IconStorages/images/main/icon7.ico", true);
    check("c-uri", "https://raw.githubusercontent.com/IconStorage/images/main/icon7.ico", false);
    check("DestinationIp", "172.93.201.88", true);
    check(
        "Hashes",
        "SHA256=7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
        true,
    );
    let app = r"C:\Users\a\AppData\Local\Programs\3CXDesktopApp\app";
    check("TargetFilename", &format!(r"{app}\manifest"), true);
    check("TargetFilename", &format!(r"{app}\3CXDesktopApp.exe"), false);
    check("TargetFilename", r"C:\Windows\System32\wlbsctrl.dll", true);
    check("SerialNumber", "1B6611DF9C9A4D6ECC8ED50C9B917873", true);
}

#[test]
fn the_form_is_told_by_content() {
    let kind = |text: &str| {
        let advisory = parse_advisory(text.as_bytes(), "x").expect("an advisory");
        advisory.indicators.into_iter().map(|indicator| indicator.kind).collect::<Vec<_>>()
    };
    let mutex = vec![IndicatorKind::Mutex("M".into())];
    let object = r#"{"type": "indicator", "pattern": "[mutex:name = 'M']"}"#;
    assert_eq!(kind(object), mutex);
    assert_eq!(kind(&format!("\u{feff} [ {object}]")), mutex);
    assert_eq!(kind("mutex,M"), mutex);
    assert_eq!(kind("[2001:db8::1]").len(), 1);
    assert!(parse_advisory(b"{", "x").is_err());
    assert_eq!(parse_advisory(b"# none", "a/b.txt").map(|a| a.name).ok().as_deref(), Some("b"));
}

#[test]
fn names_of_origins() {
    for (origin, name) in [
        ("content/intel/3cx.json", "3cx"),
        (r"C:\intel\evil.list.csv", "evil.list"),
        ("plain", "plain"),
        (".hidden", ".hidden"),
        ("", ""),
    ] {
        assert_eq!(origin_name(origin), name);
    }
}

#[test]
fn excerpts_are_short_and_safe() {
    assert_eq!(excerpt("a\x1b[2J"), "a\\x1b[2J");
    assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 81);
}

/// Hostile: the kind of a row is said again where nothing can be matched with it.
#[test]
fn what_cannot_be_matched_is_said_safely() {
    let odd = format!("\u{1b}[2J{}", "x".repeat(500));
    let sheet = format!(
        "type,value,comment\nfilename|{odd},a|b,\n{odd}|{odd},a|b,\ndomain,c2.example.net,\n"
    );
    let advisory = parse_advisory(sheet.as_bytes(), "a.txt").unwrap();
    assert_eq!(advisory.indicators.len(), 1);
    assert_eq!(advisory.problems.len(), 2);
    for problem in &advisory.problems {
        let said = format!("{} {}", problem.id, problem.detail);
        assert!(!said.chars().any(char::is_control) && said.chars().count() < 250, "{said:?}");
    }
}
