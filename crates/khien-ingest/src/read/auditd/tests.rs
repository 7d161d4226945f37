use super::*;
use crate::testing::{collect, collect_within, texts};
use khien_model::{Event, EventClass, Limits, Scalar};
use proptest::prelude::*;

const EXEC: [&str; 6] = [
    r#"type=SYSCALL msg=audit(1679641500.123:456): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=100 pid=101 auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="curl" exe="/usr/bin/curl" subj=unconfined key="exec""#,
    r#"type=EXECVE msg=audit(1679641500.123:456): argc=4 a0="curl" a1="-o" a2=2F746D702F6120C491 a3_len=9 a3[0]=687474 a3[1]=703A2F2F78"#,
    r#"type=CWD msg=audit(1679641500.123:456): cwd="/root""#,
    r#"type=PATH msg=audit(1679641500.123:456): item=0 name="/usr/bin/curl" inode=1 dev=08:01 mode=0100755 ouid=0 ogid=0 nametype=NORMAL cap_fp=0"#,
    r#"type=PATH msg=audit(1679641500.123:456): item=1 name="/lib64/ld-linux-x86-64.so.2" inode=2 nametype=NORMAL"#,
    "type=PROCTITLE msg=audit(1679641500.123:456): proctitle=6375726C002D6F00",
];

fn one(text: &str) -> Event {
    let found = collect(read, "audit.log", text.as_bytes());
    assert_eq!(found.reasons(), []);
    assert_eq!(found.events.len(), 1, "{text}");
    found.event(0).clone()
}

fn check(event: &Event, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(event.text_of(name), Some(*value), "{name}");
    }
}

#[test]
fn an_execution_becomes_one_process_event() {
    let event = one(&EXEC.join("\n"));
    assert_eq!(event.source.to_string(), "linux/auditd/process_creation");
    assert_eq!(event.class, EventClass::Process);
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123Z"));
    assert_eq!(texts(&event, "type"), ["SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE"]);
    check(
        &event,
        &[
            ("a0", "curl"),
            ("a1", "-o"),
            ("a2", "/tmp/a đ"),
            ("a3", "http://x"),
            ("syscall.a0", "55d0"),
            ("CommandLine", "curl -o /tmp/a đ http://x"),
            ("Image", "/usr/bin/curl"),
            ("CurrentDirectory", "/root"),
            ("User", "root"),
            ("SYSCALL", "execve"),
            ("key", "exec"),
            ("proctitle", "curl -o"),
            ("ParentProcessId", "100"),
        ],
    );
    assert_eq!(texts(&event, "name"), ["/usr/bin/curl", "/lib64/ld-linux-x86-64.so.2"]);
    assert!(!event.has("ParentImage"));
}

#[test]
fn enriched_names_stand_beside_the_raw_ones() {
    let event = one(
        "node=web-1 type=SYSCALL msg=audit(1679641500.1:7): arch=c000003e syscall=59 uid=33 \
         comm=\"sh\" exe=\"/usr/bin/dash\" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID=\"unset\" UID=\"www-data\"\n\
         node=web-1 type=EXECVE msg=audit(1679641500.1:7): argc=1 a0=\"sh\"\n",
    );
    check(&event, &[("SYSCALL", "execve"), ("User", "www-data"), ("uid", "33"), ("key", "(null)")]);
    assert_eq!(event.host(), "web-1");
}

#[test]
fn a_connection_has_its_address() {
    let event = one(
        "type=SYSCALL msg=audit(1.5:8): arch=c00000b7 syscall=203 success=no exit=-115 a0=3 exe=\"/tmp/x\" uid=1000\n\
         type=SOCKADDR msg=audit(1.5:8): saddr=020001BBC00002070000000000000000\x1dSADDR={ saddr_fam=inet laddr=192.0.2.7 lport=443 }\n\
         type=EOE msg=audit(1.5:8): \n",
    );
    assert_eq!(event.source.to_string(), "linux/auditd/network_connection");
    assert_eq!(event.class, EventClass::Network);
    check(
        &event,
        &[
            ("DestinationIp", "192.0.2.7"),
            ("Initiated", "true"),
            ("Image", "/tmp/x"),
            ("a0", "3"),
            ("lport", "443"),
        ],
    );
    assert_eq!(event.get("DestinationPort"), Some(Scalar::Int(443)));
    assert_eq!(texts(&event, "type"), ["SYSCALL", "SOCKADDR"]);
}

#[test]
fn a_created_file_has_its_whole_path() {
    let event =
        one("type=SYSCALL msg=audit(1.5:8): arch=c000003e syscall=257 exe=\"/usr/bin/touch\"\n\
         type=CWD msg=audit(1.5:8): cwd=\"/etc\"\n\
         type=PATH msg=audit(1.5:8): item=0 name=\"cron.d/\" nametype=PARENT\n\
         type=PATH msg=audit(1.5:8): item=1 name=\"cron.d/x\" nametype=CREATE\n");
    assert_eq!(event.source.to_string(), "linux/auditd/file_event");
    check(
        &event,
        &[("TargetFilename", "/etc/cron.d/x"), ("Image", "/usr/bin/touch"), ("SYSCALL", "openat")],
    );
    assert_eq!(texts(&event, "nametype"), ["PARENT", "CREATE"]);
}

#[test]
fn interleaved_events_stay_apart() {
    let other: Vec<String> = EXEC.iter().map(|line| line.replace(":456)", ":457)")).collect();
    let mut lines = Vec::new();
    for (a, b) in EXEC.iter().zip(&other) {
        lines.push((*a).to_owned());
        lines.push(b.clone());
    }
    lines.push("type=EOE msg=audit(1679641500.123:456): ".to_owned());
    let found = collect(read, "x", lines.join("\n").as_bytes());
    assert_eq!(found.events.len(), 2);
    assert_eq!(found.events.iter().map(|(_, place)| place.record).collect::<Vec<_>>(), [1, 2]);
    for (event, _) in &found.events {
        assert_eq!(event.text_of("CommandLine"), Some("curl -o /tmp/a đ http://x"));
    }
}

#[test]
fn user_space_records_are_events_of_their_own() {
    let event = one(
        "type=SERVICE_STOP msg=audit(1679641500.0:9): pid=1 uid=0 auid=4294967295 ses=4294967295 \
         msg='unit=firewalld comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'\x1dUID=\"root\" AUID=\"unset\"\n",
    );
    check(
        &event,
        &[("type", "SERVICE_STOP"), ("unit", "firewalld"), ("res", "success"), ("UID", "root")],
    );
    let event = one(
        "type=USER_AUTH msg=audit(1.0:9): user pid=2 uid=0 msg='PAM: authentication acct=\"o'brien\" : \
         exe=\"/bin/su\" (hostname=?, addr=192.0.2.9, terminal=pts/0 res=failed)'\n",
    );
    check(
        &event,
        &[("acct", "o'brien"), ("hostname", "?"), ("addr", "192.0.2.9"), ("res", "failed")],
    );
    assert_eq!(event.class, EventClass::Authentication);
    assert_eq!(texts(&event, "message"), ["PAM: authentication :", "user"]);
}

#[test]
fn denials_keep_their_words() {
    let event = one(
        "type=AVC msg=audit(1.0:9): avc:  denied  { name_connect } for  pid=3 comm=\"nginx\" dest=80 permissive=0\n",
    );
    check(&event, &[("message", "avc: denied { name_connect } for"), ("dest", "80")]);
}

#[test]
fn what_ausearch_made_readable_is_read() {
    let event = one("----\ntime->Fri Mar 24 07:05:00 2023\n\
         type=PROCTITLE msg=audit(03/24/2023 07:05:00.123:456) : proctitle=dd if=/dev/zero of=/x y \n\
         ----\n");
    check(&event, &[("proctitle", "dd if=/dev/zero of=/x y")]);
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123Z"));
    let event = one(
        "type=EXECVE msg=audit(24/03/23 07:05:00.123:456) : argc=3 a0=echo a1=beef a2=good day a3=if=/x \n\
         type=SYSCALL msg=audit(24/03/23 07:05:00.123:456) : arch=x86_64 syscall=execve uid=root exe=/opt/my app/x\n",
    );
    check(
        &event,
        &[
            ("CommandLine", "echo beef good day if=/x"),
            ("SYSCALL", "execve"),
            ("Image", "/opt/my app/x"),
            ("User", "root"),
        ],
    );
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123Z"));
}

#[test]
fn keys_of_several_rules_are_a_list() {
    let event = one("type=SYSCALL msg=audit(1.0:9): syscall=1 key=6B31016B32\n");
    assert_eq!(texts(&event, "key"), ["k1", "k2"]);
}

#[test]
fn values_that_only_look_encoded_stay() {
    let event = one("type=SYSCALL msg=audit(1.0:9): pid=1234 comm=\"cafe\" exe=caf dev=beef\n");
    check(&event, &[("pid", "1234"), ("comm", "cafe"), ("exe", "caf"), ("dev", "beef")]);
}

#[test]
fn an_old_event_is_complete() {
    let text = "type=SYSCALL msg=audit(100.0:1): syscall=2\ntype=SYSCALL msg=audit(106.0:2): syscall=2\n\
                type=CWD msg=audit(100.0:1): cwd=\"/late\"\ntype=EOE msg=audit(100.0:1): \n";
    let found = collect(read, "x", text.as_bytes());
    assert_eq!(found.events.len(), 3, "the late line is an event of its own");
    assert_eq!(found.event(1).text_of("cwd"), Some("/late"));
}

#[test]
fn broken_lines_cost_nothing_but_themselves() {
    let long = format!("type=SYSCALL msg=audit(1.0:1): a={}", "x".repeat(1 << 20));
    let text = format!(
        "garbage\n{}\ntype= msg=audit(1.0:1): \ntype=X msg=audit(1.0:x): \ntype=X msg=audit(1.0\n{long}\n\
         type=A msg=audit(5.0:5): x=caf\u{fffd} y=\"open z='open w={{open\ntype=SYSC",
        EXEC.join("\n"),
    );
    let limits = Limits { record_bytes_max: 1 << 16, ..Limits::default() };
    let found = collect_within(read, "x", text.as_bytes(), &limits);
    let reasons: Vec<Reason> = found.dead.iter().map(|letter| letter.reason).collect();
    use Reason::{Malformed, TooLarge, Truncated};
    assert_eq!(reasons, [Malformed, Malformed, Malformed, Malformed, TooLarge, Truncated]);
    assert_eq!(found.events.len(), 2);
    check(found.event(1), &[("y", "\"open"), ("z", "'open"), ("w", "{open")]);
}

#[test]
fn the_open_set_is_bounded() {
    let mut text = String::new();
    for serial in 0..3000 {
        text += &format!("type=SYSCALL msg=audit(1.0:{serial}): syscall=2\n");
    }
    let found = collect(read, "x", text.as_bytes());
    assert_eq!(found.events.len(), 3000);
    assert!(found.events.windows(2).all(|pair| pair[0].1.record < pair[1].1.record));
    let many = "type=PATH msg=audit(1.0:1): name=\"/x\"\n".repeat(5000);
    let found = collect(read, "x", many.as_bytes());
    assert_eq!(
        found.events.iter().map(|(event, _)| texts(event, "name").len()).sum::<usize>(),
        5000
    );
}

proptest! {
    #[test]
    fn every_line_is_in_an_event_or_a_dead_letter(
        lines in prop::collection::vec(
            ("(node=[ab] |)", "type=(SYSCALL|PATH|EXECVE|USER_X|EOE|PROCTITLE|CWD|)", 0_u8..3, 0_u8..4, "[a-c0-3=\"'{} \\[\\]]{0,12}"),
            0..40,
        )
    ) {
        // Each line says its number, so that it can be found again.
        let mut text = String::new();
        for (number, (node, kind, second, serial, body)) in lines.iter().enumerate() {
            text += &format!("{node}{kind} msg=audit({second}.0:{serial}): line={number} {body}\n");
        }
        let found = collect(read, "x", text.as_bytes());
        let mut seen: Vec<usize> = found
            .events
            .iter()
            .flat_map(|(event, _)| texts(event, "line"))
            .map(|line| line.split(' ').next().unwrap().parse().unwrap())
            .collect();
        seen.sort_unstable();
        seen.dedup();
        let eoe = lines.iter().filter(|line| line.1.ends_with("EOE")).count();
        let untyped = lines.iter().filter(|line| line.1.ends_with('=')).count();
        prop_assert_eq!(found.dead.len(), untyped);
        prop_assert!([seen.len(), found.dead.len(), eoe].iter().sum::<usize>() >= lines.len());
    }

    #[test]
    fn no_line_makes_it_panic(text in "(type=(SYSCALL|EXECVE|PATH|SOCKADDR) msg=audit\\([0-9.:/ ]{0,12}\\):)?.{0,60}") {
        collect(read, "x", text.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        collect(read, "x", &bytes);
    }

    #[test]
    fn arguments_come_back(arguments in prop::collection::vec("[^\"\u{0}\n\r]{1,12}", 1..6)) {
        let mut line = "type=EXECVE msg=audit(1.0:1):".to_owned();
        for (number, argument) in arguments.iter().enumerate() {
            let hex: String = argument.bytes().map(|byte| format!("{byte:02X}")).collect();
            line += &format!(" a{number}={hex}");
        }
        let event = one(&line);
        for (number, argument) in arguments.iter().enumerate() {
            prop_assert_eq!(texts(&event, &format!("a{number}")), [argument.as_str()]);
        }
        prop_assert_eq!(texts(&event, "CommandLine"), [arguments.join(" ")]);
    }
}

#[test]
fn syslog_lines_among_audit_lines_are_events_too() {
    let header = "Mar 24 08:05:00 web-1 sshd[123]: Accepted publickey for root";
    let wrapped = format!("<13>Mar 24 08:05:01 web-1 audispd: {}", EXEC[0]);
    let text = format!("{}\n{header}\ntype= [] \"\n{wrapped}\n{}", EXEC[0], EXEC[5]);
    assert_eq!(crate::sniff::sniff(text.as_bytes(), "messages"), crate::sniff::Kind::Auditd);
    let found = collect(read, "messages", text.as_bytes());
    let noise = (EXEC[0].len() + header.len() + 2) as u64;
    assert_eq!(found.reasons(), [(noise, Reason::Malformed)]);
    assert_eq!(found.report.records[&RecordFormat::Syslog], 2);
    assert_eq!(found.report.records[&RecordFormat::Auditd], 1);
    assert_eq!(found.event(0).source.to_string(), "linux/sshd");
    assert_eq!(found.event(1).host(), "web-1");
    assert!(found.event(1).text_of("message").unwrap().contains("type=SYSCALL"));
    // Nothing but wrapped lines is syslog, and each line is kept.
    let text = format!("{wrapped}\n{wrapped}\n");
    assert_eq!(crate::sniff::sniff(text.as_bytes(), "messages"), crate::sniff::Kind::Syslog);
    let found = collect(crate::read::syslog::read, "messages", text.as_bytes());
    assert_eq!((found.events.len(), found.dead.len()), (2, 0));
}
