//! What the words around a value say of it. All phrases are folded.

use super::super::fold::words;
use super::holds_any;

/// Whether folded words say that a line is about something dangerous.
pub(super) fn is_cued(words: &str) -> bool {
    holds_any(words, &CUES)
}

/// Whether folded words say that files near by are bad.
pub(super) fn is_cued_file(words: &str) -> bool {
    holds_any(words, &FILE_CUES)
}

/// Whether the words right before an address call it a version.
pub(super) fn is_called_version(before: &str) -> bool {
    let words = words(before);
    let mut last: Vec<&str> = words.split(' ').collect();
    // "versions 1.2.3.4 and 1.2.3.5"
    while last.last().is_some_and(|word| {
        matches!(*word, "and" | "va" | "or" | "to" | "den" | "toi")
            || word.bytes().all(|b| b.is_ascii_digit())
    }) {
        last.pop();
    }
    let tail = last.get(last.len().saturating_sub(2)..).unwrap_or_default().join(" ");
    holds_any(
        &tail,
        &["version", "versions", "v", "ver", "build", "release", "phien ban", "firmware"],
    )
}

/// Whether the words right before a hash call it one of something else.
pub(super) fn is_called_other(before: &str) -> bool {
    let words = words(before);
    let last: Vec<&str> = words.rsplit(' ').take(2).collect();
    last.iter().any(|word| {
        matches!(
            *word,
            "commit" | "vhash" | "guid" | "uuid" | "telfhash" | "revision" | "changeset"
        )
    })
}

const CUES: [&str; 50] = [
    "c2",
    "c c",
    "command and control",
    "domain",
    "domains",
    "host",
    "hosts",
    "hostname",
    "server",
    "servers",
    "connects",
    "connected",
    "connect",
    "contacts",
    "contacted",
    "beacon",
    "beacons",
    "beaconing",
    "download",
    "downloads",
    "downloaded",
    "url",
    "urls",
    "indicator",
    "indicators",
    "ioc",
    "iocs",
    "malicious",
    "payload",
    "attacker",
    "attackers",
    "exfiltrates",
    "exfiltrated",
    "resolves",
    "resolved",
    "ip",
    "ten mien",
    "may chu",
    "dieu khien",
    "ket noi",
    "tai ve",
    "tai xuong",
    "doc hai",
    "chi bao",
    "dia chi",
    "ke tan cong",
    "tin tac",
    "ma doc",
    "gui ve",
    "callback",
];

const FILE_CUES: [&str; 39] = [
    "drops",
    "dropped",
    "drop",
    "dropper",
    "writes",
    "wrote",
    "written",
    "loader",
    "loads",
    "sideloads",
    "backdoor",
    "backdoored",
    "malicious",
    "trojan",
    "trojanized",
    "trojanised",
    "implant",
    "payload",
    "payloads",
    "malware",
    "installs",
    "executes",
    "runs",
    "launches",
    "persistence",
    "attacker",
    "attackers",
    "indicator",
    "indicators",
    "ioc",
    "doc hai",
    "ma doc",
    "cua hau",
    "ghi tep",
    "ghi vao",
    "tai them",
    "tai ve",
    "chay tep",
    "tha tep",
];
