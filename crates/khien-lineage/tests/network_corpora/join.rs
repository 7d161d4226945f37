//! Four recorded campaigns with Windows events and Zeek logs of the same traffic, whose clocks
//! differ by minutes to days.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use khien_lineage::network::Key;
use khien_lineage::network::join::{
    Clock, Connect, Flow, Opening, Protocol, Source, Tuple, estimate, join,
};
use khien_model::Timestamp;
use serde_json::Value;

use super::zeek;

/// A campaign, its joined and all flows as published, and the offset of `UtcTime` in seconds.
const CAMPAIGNS: [(&str, usize, usize, i64); 4] = [
    ("metasploit_logonpasswords_lsass_memory_dump", 108, 111, -483_276),
    ("metasploit_procdump_lsass_memory_dump", 116, 118, 176),
    ("metasploit_comsvcs_lsass_memory_dump", 123, 124, -41_665),
    ("metasploit_out-minidump_lsass_memory_dump", 111, 115, -500_116),
];

/// Names to ids, in the order of appearance.
#[derive(Default)]
struct Names(BTreeMap<String, u64>);

impl Names {
    fn key(&mut self, name: &str) -> Key {
        let next = self.0.len() as u64;
        Key(*self.0.entry(name.to_owned()).or_insert(next))
    }
}

fn member(archive: &Path, ending: &str, mut line: impl FnMut(&str)) {
    let mut zip = zip::ZipArchive::new(File::open(archive).unwrap()).unwrap();
    let index = (0..zip.len()).find(|index| {
        let name = zip.by_index(*index).unwrap().name().map(|name| name.ends_with(ending));
        name.unwrap_or(false)
    });
    for text in BufReader::new(zip.by_index(index.unwrap()).unwrap()).lines() {
        line(&text.unwrap());
    }
}

fn flows(archive: &Path) -> Vec<Flow> {
    let mut text = String::new();
    member(archive, "conn.log", |line| {
        text.push_str(line);
        text.push('\n');
    });
    zeek::read(text.as_bytes())
        .iter()
        .filter_map(|row| {
            let end = |address, port| {
                Some((row.get(address)?.parse().ok()?, u16::try_from(row.count(port)).ok()?))
            };
            let protocol = match row.get("proto")? {
                "tcp" => Protocol::TCP,
                "udp" => Protocol::UDP,
                _ => return None,
            };
            let (one, other) = (end("id.orig_h", "id.orig_p")?, end("id.resp_h", "id.resp_p")?);
            let start = Timestamp::from_nanos(row.nanos("ts"));
            let began = protocol != Protocol::TCP || row.get("history")?.contains('S');
            let opening = if began { Opening::Seen } else { Opening::Unseen };
            Some(Flow { tuple: Tuple::new(one, other, protocol), start, opening })
        })
        .collect()
}

fn connects(archive: &Path, names: &mut Names, processes: &mut Names) -> Vec<Connect> {
    let mut connects = Vec::new();
    member(archive, ".json", |line| {
        if !line.contains("\"EventID\":3,") && !line.contains("\"EventID\":5156,") {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(line) else { return };
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let made = match event.get("EventID").and_then(Value::as_u64) {
            Some(3) => connect_of(
                [
                    text("SourceIp"),
                    text("SourcePort"),
                    text("DestinationIp"),
                    text("DestinationPort"),
                ],
                text("Protocol"),
                (text("UtcTime"), Clock::Seen),
            ),
            _ => connect_of(
                [text("SourceAddress"), text("SourcePort"), text("DestAddress"), text("DestPort")],
                text("Protocol"),
                (text("TimeCreated"), Clock::Logged),
            ),
        };
        let Some((tuple, time, clock)) = made else { return };
        let host = text("Hostname").unwrap_or_default();
        let process = text("ProcessId").or(text("ProcessID")).unwrap_or_default();
        let image = text("Image").or(text("Application")).unwrap_or_default();
        let file = image.rsplit('\\').next().unwrap_or_default().to_lowercase();
        connects.push(Connect {
            tuple,
            time,
            source: Source { endpoint: names.key(host), clock },
            process: processes.key(&format!("{host} {process} {file}")),
        });
    });
    connects
}

fn connect_of(
    ends: [Option<&str>; 4],
    protocol: Option<&str>,
    (time, clock): (Option<&str>, Clock),
) -> Option<(Tuple, Timestamp, Clock)> {
    let [from, from_port, to, to_port] = ends;
    let protocol = match protocol? {
        "tcp" | "6" => Protocol::TCP,
        "udp" | "17" => Protocol::UDP,
        _ => return None,
    };
    let one = (from?.parse().ok()?, from_port?.parse().ok()?);
    let other = (to?.parse().ok()?, to_port?.parse().ok()?);
    Some((Tuple::new(one, other, protocol), Timestamp::parse(time?)?, clock))
}

#[test]
fn flows_of_four_campaigns_are_given_to_their_processes() {
    let Some(root) = khien_testkit::corpus("otrf") else { return };
    let (mut joined_all, mut flows_all) = (0, 0);
    for (name, published, of, offset_s) in CAMPAIGNS {
        let (mut names, mut processes) = (Names::default(), Names::default());
        let flows = flows(&root.join(format!("{name}_zeek_logs.zip")));
        let connects = connects(&root.join(format!("{name}.zip")), &mut names, &mut processes);
        assert_eq!(flows.len(), of, "{name}");
        let estimates = estimate(&flows, &connects);
        let joined = join(&flows, &connects, &estimates);
        println!(
            "{name}: {} of {of} joined (published {published}); ambiguous {:?}, refused {:?}, other time {:?}, unseen {:?}",
            joined.attributions.len(),
            joined.ambiguous,
            joined.refused,
            joined.other_time,
            joined.unseen
        );
        for (source, found) in &estimates {
            println!("    {source:?}: {found:?}");
        }
        let given: BTreeSet<usize> = joined.attributions.iter().map(|of| of.flow).collect();
        joined_all += given.len();
        flows_all += flows.len();
        let seen = estimates.iter().filter(|(source, _)| source.clock == Clock::Seen);
        let close = seen.filter_map(|(_, found)| found.as_ref().ok()).any(|found| {
            found.steps.iter().any(|step| (step.offset_ns / 1_000_000_000 - offset_s).abs() <= 2)
        });
        assert!(close, "{name}: no offset near {offset_s} s");
        // The process that talks to the command server is among those that flows are given to.
        let payload = |key: Key| {
            processes.0.iter().any(|(name, id)| *id == key.0 && name.ends_with("payload.exe"))
        };
        let mut talking = joined.attributions.iter().map(|of| connects[of.connect].process);
        assert!(talking.any(payload), "{name}: the payload has no flow");
        // What was published counts equal tuples; we also ask for equal times and one process.
        assert!(given.len() + 1 >= published, "{name}");
    }
    let share = joined_all as f64 / flows_all as f64;
    println!("together: {joined_all} of {flows_all}: {:.1} %", share * 100.0);
    assert!(share >= 0.97, "{share}");
}
