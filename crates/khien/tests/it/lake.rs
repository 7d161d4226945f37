//! Asking a lake, as its user does.

use khien_lake::row::{Origin, RowBuffer};
use khien_lake::{Lake, Progress};
use khien_model::{Event, EventClass, Scalar, Timestamp};

use super::program::{json, khien_on, stdout};

const DAY: i64 = 86_400_000_000_000;
const START: i64 = 1_772_323_200_000_000_000;

fn event(class: EventClass, host: &str, day: i64, fields: &[(&str, &str)]) -> Event {
    let mut event = Event::new();
    event.class = class;
    event.set_host(host);
    event.time = Some(Timestamp::from_nanos(START + day * DAY));
    for (name, value) in fields {
        event.push(name, Scalar::Str(value));
    }
    event
}

/// Three hosts: one that asked for the name, one that did not, and one without records of names.
fn office() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lake");
    let mut lake = Lake::open_to_write(&path).unwrap();
    let mut buffer = RowBuffer::new();
    let start = [("Image", "C:\\App\\app.exe"), ("Product", "App"), ("FileVersion", "1.2.4")];
    let asks = |name| [("Image", "C:\\App\\app.exe"), ("QueryName", name)];
    let events = [
        event(EventClass::Process, "H1", 0, &start),
        event(EventClass::Dns, "H1", 9, &asks("a.bad.example.net")),
        event(EventClass::Dns, "H2", 3, &asks("www.example.org")),
        event(EventClass::Process, "H3", 4, &start),
    ];
    let origin = Origin { org: "acme".to_owned(), source: "s".to_owned(), ..Origin::default() };
    for (event, record) in events.iter().zip(1..) {
        buffer.event(event, &origin, record);
    }
    lake.store(&mut buffer, &Progress::new()).unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "bad[.]example.net\n").unwrap();
    let (path, list) = (path.display().to_string(), list.display().to_string());
    (folder, path, list)
}

#[test]
fn an_advisory_is_answered_host_by_host() {
    let (_folder, lake, list) = office();
    let output = khien_on(&lake, &["check", &list, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    assert_eq!((&report["schema"], &report["verdict"]), (&"khien.check/1".into(), &"hit".into()));
    let hosts = report["hosts"].as_array().unwrap();
    let told: Vec<String> =
        hosts.iter().map(|host| format!("{} {}", host["host"], host["verdict"])).collect();
    assert_eq!(told, ["\"H1\" \"hit\"", "\"H3\" \"unknown\"", "\"H2\" \"clear\""]);
    assert_eq!(hosts[1]["lacking"], serde_json::json!(["domain"]));
    assert_eq!(report["sightings"][0]["value"], "a.bad.example.net");
    assert_eq!(report["releases"][0]["version"], "1.2.4");
    assert_eq!(
        (&report["releases"][0]["hosts_with"], &report["releases"][0]["hosts"]),
        (&1.into(), &2.into())
    );
    assert_eq!(report["first_seen_by_month"], serde_json::json!({"2026-03": 1}));
    for (lang, words) in [
        ("en", ["HIT", "1 of 3 hosts hit", "a[.]bad[.]example[.]net"]),
        ("vi", ["1 trên 3 máy", "MÁY", "2026-03"]),
    ] {
        let text = stdout(&khien_on(&lake, &["--lang", lang, "check", &list]));
        for word in words {
            assert!(text.contains(word), "{lang}: {word}: {text}");
        }
    }
    std::fs::write(&list, "never.example.com\n").unwrap();
    assert_eq!(
        khien_on(&lake, &["check", &list]).status.code(),
        Some(3),
        "H3 could not have shown it"
    );
}

#[test]
fn questions_in_sql_are_answered_in_every_format() {
    let (folder, lake, _) = office();
    let sql = "select host, domain from dns order by host";
    let table = khien_on(&lake, &["hunt", sql]);
    assert_eq!(table.status.code(), Some(1));
    assert_eq!(stdout(&table), "host  domain\nH1    a.bad.example.net\nH2    www.example.org\n");
    assert_eq!(
        json(&khien_on(&lake, &["hunt", sql, "--json"])),
        serde_json::json!([{"host": "H1", "domain": "a.bad.example.net"}, {"host": "H2", "domain": "www.example.org"}])
    );
    assert_eq!(
        stdout(&khien_on(
            &lake,
            &["hunt", "select '=1+1' as x, time from process", "--format", "csv"]
        ))
        .lines()
        .nth(1),
        Some("'=1+1,2026-03-01T00:00:00.000000Z")
    );
    let file = folder.path().join("x.parquet").display().to_string();
    khien_on(&lake, &["hunt", sql, "--format", "parquet", "-o", &file]);
    let mut magic = [0; 4];
    std::io::Read::read_exact(&mut std::fs::File::open(&file).unwrap(), &mut magic).unwrap();
    assert_eq!(&magic, b"PAR1");
    assert_eq!(khien_on(&lake, &["hunt", "select 1 where false"]).status.code(), Some(0));
    let cut = khien_on(&lake, &["hunt", "select * from events", "--rows", "2"]);
    assert!(String::from_utf8_lossy(&cut.stderr).contains("more than 2 rows"));
    for wrong in ["drop table events", "selec", "select nothing from dns"] {
        let output = khien_on(&lake, &["hunt", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(!output.stderr.is_empty());
    }
    let tables = stdout(&khien_on(&lake, &["hunt", "--tables"]));
    for name in ["sightings", "behaviour", "coverage", "dns", "process", "dead_letters"] {
        assert!(tables.contains(name), "{name}");
    }
}

#[test]
fn a_lake_is_looked_after() {
    let (_folder, lake, list) = office();
    assert_eq!(khien_on(&lake, &["admin", "lake", "check"]).status.code(), Some(0));
    assert_eq!(khien_on(&lake, &["admin", "lake", "compact", "--full"]).status.code(), Some(0));
    let stats = json(&khien_on(&lake, &["admin", "lake", "stats", "--json"]));
    assert_eq!(
        (&stats["tables"][0]["table"], &stats["tables"][0]["rows"]),
        (&"events".into(), &4.into())
    );
    std::fs::remove_dir_all(format!("{lake}/_index")).unwrap();
    assert_eq!(khien_on(&lake, &["check", &list]).status.code(), Some(1));
    let sightings =
        std::fs::read_dir(format!("{lake}/sightings")).unwrap().map(|entry| entry.unwrap().path());
    for file in sightings.filter(|path| path.is_file()) {
        std::fs::write(file, b"damaged").unwrap();
    }
    let output = khien_on(&lake, &["admin", "lake", "check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("admin lake repair"), "{}", stdout(&output));
    assert_eq!(khien_on(&lake, &["admin", "lake", "repair"]).status.code(), Some(0));
    assert_eq!(khien_on(&lake, &["check", &list]).status.code(), Some(1));
}

#[test]
fn events_are_taken_out_when_it_was_confirmed() {
    let (_folder, lake, list) = office();
    let retain = |more: &[&str]| khien_on(&lake, &[&["admin", "lake", "retain"], more].concat());
    let left = || json(&khien_on(&lake, &["hunt", "select host from events order by 1", "--json"]));
    assert_eq!(retain(&[]).status.code(), Some(2), "nothing named");
    let refused = retain(&["--host", "H1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--yes"));
    let plan = json(&retain(&["--host", "H1", "--dry-run", "--json"]));
    assert_eq!((&plan["schema"], &plan["dry_run"]), (&"khien.retain/1".into(), &true.into()));
    assert_eq!((&plan["rows"], &plan["done"]), (&2.into(), &serde_json::Value::Null));
    assert_eq!(plan["going"][0]["month"], "2026-03");
    let table = retain(&["--host", "H1", "--older-than", "1d", "--dry-run", "--lang", "vi"]);
    assert!(stdout(&table).contains("acme/H1"), "{}", stdout(&table));
    assert_eq!(left().as_array().unwrap().len(), 4, "a plan takes nothing");
    let done = retain(&["--host", "H1", "--yes"]);
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&done.stderr).contains("60 minutes"));
    assert_eq!(left(), serde_json::json!([{"host": "H2"}, {"host": "H3"}]));
    assert_eq!(khien_on(&lake, &["admin", "lake", "check"]).status.code(), Some(0));
    let report = json(&khien_on(&lake, &["check", &list, "--json"]));
    assert_eq!(report["verdict"], "hit", "what was seen once was seen");
    assert_eq!(report["hosts"][0]["host"], "H1");
    assert_eq!(report["hosts"][0]["data_from"], serde_json::Value::Null);
    let done = json(&retain(&["--host", "H1", "--sightings-too", "--yes", "--json"]));
    assert_eq!(done["done"]["rows"], 0);
    assert_eq!(json(&khien_on(&lake, &["check", &list, "--json"]))["verdict"], "unknown");
    let small = retain(&["--max-size", "1B", "--yes"]);
    assert_eq!(small.status.code(), Some(2), "{}", stdout(&small));
}

#[test]
fn no_lake_and_no_advisory_are_said() {
    let (_folder, lake, list) = office();
    let missing = khien_on("/no/such/lake", &["check", &list]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("khien ingest"));
    assert_eq!(khien_on(&lake, &["check", "no-such-advisory"]).status.code(), Some(2));
}

fn rule(folder: &std::path::Path, name: &str, source: &str, field: &str) -> String {
    let path = folder.join(name);
    let text = format!(
        "title: {name}\nid: 0c1f1d0e-0000-4000-8000-00000000000{}\nstatus: test\nlogsource:\n  \
         {source}\ndetection:\n  one:\n    {field}\n  condition: one\nlevel: high\n",
        name.len() % 10
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A lake of real log formats: Sysmon JSON, and a line of sshd, whose parts only a normaliser tells.
fn ingested() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let start = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4688,"Channel":"Security","Computer":"WS-1","TimeCreated":{"#attributes":{"SystemTime":"2026-03-02T08:00:00Z"}}},"EventData":{"NewProcessName":"C:\\App\\inert.exe","ParentProcessName":"C:\\App\\app.exe","SubjectUserName":"mai"}}}"##;
    std::fs::write(logs.join("security.json"), format!("{start}\n")).unwrap();
    let line = "<86>1 2026-03-02T09:00:00Z web-1 sshd 77 - - Failed password for invalid user mai from 192.0.2.7 port 22 ssh2\n";
    std::fs::write(logs.join("auth.log"), line.repeat(3)).unwrap();
    let lake = folder.path().join("lake").to_str().unwrap().to_owned();
    let stored = khien_on(&lake, &["ingest", "--org", "acme", logs.to_str().unwrap()]);
    assert_eq!(stored.status.code(), Some(0), "{}", stdout(&stored));
    (folder, lake)
}

#[test]
fn a_rule_over_history_finds_what_it_would_have_found_on_the_way_in() {
    let (folder, lake) = ingested();
    let folder = folder.path();
    // `Image` and `User` are not in the records: a normaliser offers them.
    let hit = rule(
        folder,
        "start.yml",
        "category: process_creation\n  product: windows",
        "Image|endswith: 'inert.exe'",
    );
    let found = khien_on(&lake, &["hunt", "--rule", &hit, "--json"]);
    assert_eq!(found.status.code(), Some(1), "{}", String::from_utf8_lossy(&found.stderr));
    let rows = json(&found);
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["host"], "WS-1");
    assert_eq!(rows[0]["org"], "acme");
    assert_eq!(rows[0]["severity"], "high");
    assert!(rows[0]["source"].as_str().unwrap().ends_with("security.json"));
    let ssh = rule(folder, "ssh.yml", "product: linux\n  service: sshd", "SourceIp: '192.0.2.7'");
    let found = json(&khien_on(&lake, &["hunt", "--rule", &ssh, "--json"]));
    assert_eq!(found[0]["host"], "web-1");
    // The same rule, where nothing meets it, is an all-clear; past the time that was asked for too.
    let miss = rule(
        folder,
        "miss.yml",
        "category: process_creation\n  product: windows",
        "Image|endswith: 'other.exe'",
    );
    assert_eq!(khien_on(&lake, &["hunt", "--rule", &miss]).status.code(), Some(0));
    let host = khien_on(&lake, &["hunt", "--rule", &hit, "--host", "WS-2"]);
    assert_ne!(host.status.code(), Some(1));
    let since = khien_on(&lake, &["hunt", "--rule", &hit, "--since", "2026-03-03"]);
    assert_ne!(since.status.code(), Some(1));
}

#[test]
fn a_rule_that_nothing_stored_could_meet_is_unknown_and_never_clear() {
    let (folder, lake) = ingested();
    let source = rule(
        folder.path(),
        "macos.yml",
        "category: process_creation\n  product: macos",
        "Image: x",
    );
    let found = khien_on(&lake, &["hunt", "--rule", &source]);
    assert_eq!(found.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&found.stderr).contains("no event of its log source"));
    let field = rule(
        folder.path(),
        "field.yml",
        "category: process_creation\n  product: windows",
        "Imphash: x",
    );
    let found = khien_on(&lake, &["hunt", "--rule", &field]);
    assert_eq!(found.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&found.stderr).contains("Imphash"));
    let empty = folder.path().join("none.yml");
    std::fs::write(&empty, "title: x\ndetection: 1\n").unwrap();
    let found = khien_on(&lake, &["hunt", "--rule", empty.to_str().unwrap()]);
    assert_eq!(found.status.code(), Some(2));
}

#[test]
fn the_pack_that_ships_runs_on_any_lake() {
    let (_folder, lake) = ingested();
    let found = khien_on(&lake, &["hunt", "--pack", "first-look", "--json"]);
    let document = json(&found);
    assert_eq!(document["schema"], "khien.hunts/1");
    for hunt in document["hunts"].as_array().unwrap() {
        assert!(hunt["error"].is_null(), "{hunt}");
    }
    assert!(stdout(&khien_on(&lake, &["hunt", "--packs", "--lang", "vi"])).contains("Xem lướt"));
}

#[test]
fn a_pack_of_the_user_goes_on_where_one_hunt_fails() {
    let (folder, lake) = ingested();
    let path = folder.path().join("mine.toml");
    rule(
        folder.path(),
        "start.yml",
        "category: process_creation\n  product: windows",
        "Image|endswith: 'inert.exe'",
    );
    let text = "title_en = 'Mine'\n[[hunt]]\nid = 'broken'\ntitle_en = 'B'\nsql = 'select nothing'\n\
                [[hunt]]\nid = 'rule'\ntitle_en = 'R'\nrule = 'start.yml'\n";
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let found = khien_on(&lake, &["hunt", "--pack", path, "--json"]);
    assert_eq!(found.status.code(), Some(1));
    let document = json(&found);
    assert!(document["hunts"][0]["error"].as_str().unwrap().contains("nothing"));
    assert_eq!(document["hunts"][1]["rows"][0]["host"], "WS-1");
    // One table a file: a folder is asked for, and filled.
    let refused = khien_on(&lake, &["hunt", "--pack", path, "--format", "csv"]);
    assert_eq!(refused.status.code(), Some(2));
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    khien_on(
        &lake,
        &["hunt", "--pack", path, "--format", "csv", "--output", out.to_str().unwrap()],
    );
    let table = khien_model::limits::read_small_file(&out.join("rule.csv"), 1 << 20).unwrap();
    assert!(
        table.starts_with("time,org,host,severity,title,rule,fields,source,record\n"),
        "{table}"
    );
}

#[test]
fn words_that_look_like_names_make_nobody_clear() {
    let (folder, lake) = ingested();
    // The line of sshd and the start of a program hold no name that was asked for.
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "never.example.org\n").unwrap();
    let found = khien_on(&lake, &["check", list.to_str().unwrap(), "--json"]);
    assert_eq!(found.status.code(), Some(3), "{}", stdout(&found));
    let document = json(&found);
    let hosts = document["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), 2);
    assert!(hosts.iter().all(|host| host["verdict"] == "unknown"), "{document}");
}

#[test]
fn a_record_of_too_many_values_leaves_its_host_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake").to_str().unwrap().to_owned();
    let log = folder.path().join("dns.json");
    let many: Vec<String> = (0..600).map(|number| format!("n{number}.example.org")).collect();
    let line = |names: &str| {
        serde_json::json!({"timestamp": "2026-03-02T08:00:00.000000+0000", "event_type": "dns", "host": "S",
            "flow_id": 1, "src_ip": "192.0.2.1", "dest_ip": "192.0.2.2",
            "dns": {"type": "query", "rrname": "www.example.com", "more": names}})
    };
    std::fs::write(&log, format!("{}\n{}\n", line(""), line(&many.join(" ")))).unwrap();
    khien_on(&lake, &["ingest", log.to_str().unwrap()]);
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "never.example.net\n").unwrap();
    let check = || khien_on(&lake, &["check", list.to_str().unwrap(), "--json"]).status.code();
    assert_eq!(check(), Some(3));
    // Which values stay does not hang on the order of fields: repair changes no answer.
    let shown = || {
        stdout(&khien_on(
            &lake,
            &["hunt", "select count(*) n, min(value) a, max(value) b from sightings", "--json"],
        ))
    };
    let before = shown();
    khien_on(&lake, &["admin", "lake", "repair"]);
    assert_eq!((check(), shown()), (Some(3), before));
}

#[test]
fn programs_out_of_temporary_folders_are_in_the_pack() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake").to_str().unwrap().to_owned();
    let start = |image: &str, name: &str| {
        let line = serde_json::json!({"Event": {"System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "WS-1",
            "TimeCreated": {"#attributes": {"SystemTime": "2026-03-02T08:00:00Z"}}},
            "EventData": {"Image": image, "Hashes": name}}});
        format!("{line}\n")
    };
    let hashes = "IMPHASH=ffffffffffffffffffffffffffffffff,MD5=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";
    let log = folder.path().join("sysmon.json");
    let text =
        start("C:\\Users\\an\\Downloads\\inert.exe", hashes) + &start("C:\\App\\app.exe", "");
    std::fs::write(&log, text).unwrap();
    khien_on(&lake, &["ingest", log.to_str().unwrap()]);
    let document = json(&khien_on(&lake, &["hunt", "--pack", "first-look", "--json"]));
    let hunts = document["hunts"].as_array().unwrap();
    let hunt = hunts.iter().find(|hunt| hunt["id"] == "programs-out-of-user-folders").unwrap();
    assert_eq!(hunt["rows"].as_array().unwrap().len(), 1, "{hunt}");
    let md5 = json(&khien_on(
        &lake,
        &["hunt", "select md5 from process where md5 is not null", "--json"],
    ));
    assert_eq!(md5[0]["md5"], "0a".repeat(16));
}

#[test]
fn queries_that_show_nothing_are_not_called_empty() {
    let (_folder, lake) = ingested();
    let explained = khien_on(&lake, &["hunt", "explain select 1"]);
    assert_eq!(explained.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&explained.stderr).contains("EXPLAIN"));
    let cut = khien_on(&lake, &["hunt", "select 1", "--rows", "0"]);
    assert_eq!(cut.status.code(), Some(1));
}
