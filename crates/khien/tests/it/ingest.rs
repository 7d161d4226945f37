//! `khien ingest` as its user runs it: each record once, whatever happens on the way.

mod follow;
mod kill;
mod once;
mod support;

use super::program::{json, khien};
use support::{EVENTS, Store, kinds_of, simulated, sum};

use khien_sim::Variant;
use khien_testkit::corpus;

#[test]
fn what_is_read_is_stored_or_a_dead_letter() {
    let office = simulated(Variant::Incident);
    let scanned = json(&khien(&["scan", &office.logs(), "--format", "json"]));
    let store = Store::new();
    let summary =
        store.ingest(&[&office.logs(), "--host", "HCM-ACC-07", "--org", "acme", "-j", "2"]);
    assert_eq!(summary["schema"], "khien.ingest/1");
    let records = &summary["records"];
    assert_eq!(records["known"], 0);
    assert_eq!(records["events"], scanned["totals"]["records"]);
    assert_eq!(records["dead_letters"], scanned["totals"]["dead_letters"]);
    assert_eq!(
        sum(records, &["events", "dead_letters", "known"]),
        records["read"].as_u64().unwrap()
    );
    let lake = store.open();
    let stored = lake.number(EVENTS);
    assert_eq!(Some(stored), records["events"].as_u64());
    assert_eq!(lake.number("SELECT coalesce(sum(count), 0) FROM coverage"), stored);
    assert_eq!(lake.number("SELECT count(*) FROM events WHERE org <> 'acme'"), 0);
    assert_eq!(lake.number("SELECT count(*) FROM events WHERE class NOT IN ('finding', 'source') AND coalesce(host, '') = ''"), 0);
}

#[test]
fn findings_are_stored_beside_events() {
    let office = simulated(Variant::Incident);
    let scanned = json(&khien(&["scan", &office.logs(), "--advisory", "3cx", "--format", "json"]));
    let store = Store::new();
    let summary = store.ingest(&[&office.logs(), "--advisory", "3cx"]);
    assert!(summary["findings"].as_u64().unwrap() > 10);
    let lake = store.open();
    let mut expected: Vec<String> = scanned["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["title"].as_str().unwrap().to_owned())
        .collect();
    expected.sort();
    expected.dedup();
    let titles: Vec<String> =
        lake.rows("SELECT DISTINCT title FROM finding ORDER BY title").concat();
    assert_eq!(titles, expected, "what a scan finds, correlations included");
    assert_eq!(lake.number("SELECT count(*) FROM finding"), summary["findings"].as_u64().unwrap());
    // Each finding of a rule or indicator names a record that is there.
    let orphans = lake.number(
        "SELECT count(*) FROM finding f LEFT JOIN events e ON f.source = e.source AND f.record = e.record \
         AND e.class <> 'finding' WHERE f.source NOT LIKE 'c-%' AND e.source IS NULL",
    );
    assert_eq!(orphans, 0);
    let none = Store::new();
    assert_eq!(none.ingest(&[&office.logs(), "--no-rules"])["findings"], 0);
}

#[test]
fn dead_letters_are_kept_and_listed_once() {
    let store = Store::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("a.json", b"{\"a\":1}\nnot json\n{\"a\":2}\n{\"a\":");
    write("b.bin", &[0xff; 400]);
    write("c.log", b"");
    let logs = folder.path().display().to_string();
    let output = khien(&["ingest", &logs, "--json", "--lake", &store.path()]);
    assert_eq!(output.status.code(), Some(3), "something could not be read");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["records"]["events"], 2);
    assert_eq!(summary["records"]["dead_letters"], 4);
    assert_eq!(summary["dead_letters_by_reason"]["empty"], 1);
    let again = store.ingest(&[&logs]);
    assert_eq!(
        (&again["records"]["events"], &again["records"]["dead_letters"]),
        (&0.into(), &0.into())
    );
    assert_eq!(again["records"]["known"], 6);
    let listed = khien(&["ingest", "--dead", "--lake", &store.path()]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("a.json, at byte 8: malformed record"), "{text}");
    assert!(text.contains("unknown format"), "{text}");
    let dead = khien(&["ingest", "--dead", "--json", "--lake", &store.path()]);
    for line in String::from_utf8(dead.stdout).unwrap().lines() {
        let letter: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(letter["schema"], "khien.dead-letter/1");
        assert!(letter["file"].as_str().unwrap().starts_with(&logs));
    }
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.json");
    std::fs::write(&log, "{\"a\":1}\n").unwrap();
    let log = log.display().to_string();
    let foreign = folder.path().display().to_string();
    let ingest = |arguments: &[&str]| {
        let output = khien(&[&["ingest"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = ingest(&[&log, "--lake", &foreign]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("holds no lake"), "{text}");
    let store = Store::new();
    let (code, text) = ingest(&["--dead", "--lake", &store.path()]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("khien ingest"), "{text}");
    store.ingest(&[&log]);
    let held = khien_lake::Lake::open_to_write(store.folder()).unwrap();
    let (code, text) = ingest(&[&log, "--lake", &store.path()]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    drop(held);
    assert_eq!(ingest(&["/nowhere/at/all", "--lake", &store.path()]).0, Some(2));
    assert_eq!(ingest(&["--lake", &store.path()]).0, Some(2), "no path");
    assert_eq!(ingest(&[&log, "--lake", &store.path(), "--org", "a\nb"]).0, Some(2));
    let (code, _) = ingest(&[&log, "--lake", &store.path(), "--lang", "vi"]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_summary_in_words_in_both_languages() {
    let office = simulated(Variant::Benign);
    let store = Store::new();
    for (lang, word) in [("en", "events stored"), ("vi", "đã lưu")] {
        let output = khien(&[
            "ingest",
            &office.logs(),
            "--lake",
            &store.path(),
            "--lang",
            lang,
            "--no-rules",
        ]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(word), "{text}");
        assert!(!text.contains("cli.ingest"), "{text}");
    }
}

/// What an inventory lists is compared with the versions that an advisory names.
#[test]
fn inventories_are_asked_for_affected_versions() {
    let folder = tempfile::tempdir().unwrap();
    let row = |host: &str, version: &str, action: &str| {
        format!(
            r#"{{"name":"deb_packages","hostIdentifier":"{host}","unixTime":1711353600,"decorations":{{"platform":"debian"}},"columns":{{"name":"xz-utils","version":"{version}"}},"action":"{action}"}}"#
        )
    };
    let rows = [
        row("web-1", "5.6.1-1", "added"),
        row("web-2", "5.4.1-0.2", "added"),
        row("web-3", "5.6.1-1", "removed"),
    ];
    let logs = folder.path().join("osqueryd.results.log");
    std::fs::write(&logs, rows.join("\n")).unwrap();
    let advisory = folder.path().join("advisory.txt");
    std::fs::write(&advisory, "XZ Utils 5.6.0 and 5.6.1 are affected.\n").unwrap();
    let (store, advisory) = (Store::new(), advisory.display().to_string());
    store.ingest(&[&logs.display().to_string()]);
    let path = store.path();
    let answer = json(&khien(&["check", &advisory, "--json", "--lake", &path]));
    let told: Vec<String> = answer["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| {
            format!("{} {}", host["host"].as_str().unwrap(), host["verdict"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, ["web-1 hit", "web-3 unknown", "web-2 clear"]);
    for (lang, words) in
        [("en", "xz-utils 5.6.1-1 (affected)"), ("vi", "xz-utils 5.6.1-1 (bị ảnh hưởng)")]
    {
        let output = khien(&["check", &advisory, "--lake", &path, "--lang", lang]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

/// Real logs beside the checkout: everything is counted, and nothing is stored twice. Then a host
/// that was hit is put among them, and an advisory names it alone.
#[test]
fn corpora_are_stored_whole_and_once_and_a_hit_among_them_is_found() {
    let (store, mut all) = (Store::new(), [0, 0]);
    for folder in ["evtx", "rita", "otrf"] {
        let Some(root) = corpus(folder) else { continue };
        let root = root.display().to_string();
        let summary = store.ingest(&[&root, "--no-rules", "-j", "2"]);
        let records = &summary["records"];
        let (events, dead) = kinds_of(&summary);
        all = [all[0] + events, all[1] + dead];
        let lake = store.open();
        assert_eq!(lake.number(EVENTS), all[0], "{folder}");
        assert_eq!(lake.number("SELECT count(*) FROM dead_letters"), all[1], "{folder}");
        let scanned = json(&khien(&["scan", &root, "--no-builtin", "--format", "json"]));
        let read = sum(&scanned["totals"], &["records", "dead_letters"]);
        assert_eq!(
            Some(read),
            records["read"].as_u64(),
            "{folder}: counts in are counts stored, dead or known"
        );
        drop(lake);
        let again = store.ingest(&[&root, "--no-rules", "-j", "2"]);
        assert_eq!(kinds_of(&again), (0, 0), "{folder}: {again}");
    }
    if all[0] == 0 {
        return;
    }
    let office = simulated(Variant::Incident);
    store.ingest(&[&format!("{}/HCM-ACC-07", office.logs()), "--no-rules"]);
    let answer = json(&khien(&["check", "3cx", "--json", "--lake", &store.path()]));
    let hosts = |verdict: &str| -> Vec<&serde_json::Value> {
        let hosts = answer["hosts"].as_array().unwrap();
        hosts.iter().filter(|host| host["verdict"] == verdict).collect()
    };
    // One of the recorded attacks leaves a library where the intruders at 3CX's build host left
    // theirs, which is an indicator: that host shows this path and nothing else.
    let (path_alone, hit): (Vec<_>, Vec<_>) = hosts("hit").into_iter().partition(|host| {
        host["indicators"] == serde_json::json!(["/windows/system32/wlbsctrl.dll"])
    });
    assert!(path_alone.iter().all(|host| host["host"] == "HR001.shire.com"), "{path_alone:?}");
    assert_eq!(hit.len(), 1, "{hit:?}");
    assert_eq!((&hit[0]["host"], &hit[0]["times"]), (&"HCM-ACC-07".into(), &"exact".into()));
    // Most of these logs have no hashes: nobody there is clear.
    let unknown = hosts("unknown");
    assert!(unknown.len() > 100, "{}", unknown.len());
    assert!(unknown.iter().all(|host| !host["lacking"].as_array().unwrap().is_empty()));
    let lacks_hashes =
        |host: &&&serde_json::Value| host["lacking"].as_array().unwrap().contains(&"sha256".into());
    assert!(unknown.iter().filter(lacks_hashes).count() > 100);
}
