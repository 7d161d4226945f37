//! What traffic adds to the departures whose destination it goes to: each with a hit and a near miss.

use std::sync::Arc;

use khien_model::{EventClass, LogSource};

use super::fleet::*;
use crate::departure::Step;
use crate::finding::Finding;
use crate::traffic::Traffic;

const RAW: &str = "raw.githubusercontent.com";
const NEWS: &str = "status-edge.example";

/// The traffic with a destination, and the steps that it adds to the score.
fn traffic_of(story: Story, value: &str) -> (Option<Traffic>, Vec<Step>) {
    let mut engine = engine();
    story.tell(&mut engine);
    let found = engine.watched();
    let found = found.iter().find(|finding| finding.evidence.of.value.as_raw() == value);
    let Some(finding) = found else { return (None, Vec::new()) };
    assert_eq!(finding.recompute(), *finding);
    assert_eq!(finding.traffic().len(), steps(finding).len(), "each step has its sentence");
    (finding.evidence.traffic.clone(), steps(finding))
}

fn steps(finding: &Finding) -> Vec<Step> {
    let of_traffic = [Step::Chain, Step::Rhythm, Step::Tunnel, Step::Upload];
    let steps = finding.score.terms.iter().map(|term| term.of);
    steps.filter(|step| of_traffic.contains(step)).collect()
}

fn rollout() -> Story {
    Story::rollout(UPDATE + 10)
}

#[test]
fn a_rhythm_is_seen_and_a_person_has_none() {
    // Every half hour with jitter, on two days; and as often, when somebody feels like it.
    let sleeps = |tick: u32| f64::from(tick) * 0.5 + f64::from(tick * 977 % 600) / 3600.0;
    let moods = [0.0, 0.02, 0.03, 0.1, 2.4, 2.41, 2.5, 3.9, 3.95, 3.97, 7.2, 7.21, 7.3, 8.0, 8.01];
    let (mut machine, mut person) = (rollout(), rollout());
    for day in UPDATE + 7..UPDATE + 9 {
        for tick in 0..40 {
            machine.ask(day, 2.0 + sleeps(tick), 0, phone(NEW), NEWS);
        }
        for hour in moods {
            let hour = if day % 2 == 0 { hour } else { (hour * 1.7 + 0.3) % 9.0 };
            person.ask(day, 9.0 + hour, 0, phone(NEW), NEWS);
        }
    }
    let (traffic, steps) = traffic_of(machine, NEWS);
    assert_eq!(steps, [Step::Rhythm]);
    let rhythm = traffic.unwrap().rhythm.unwrap();
    assert_eq!((rhythm.host.as_raw(), rhythm.fleet.hosts), (host(0).as_str(), 1));
    let scale = rhythm.evidence.best_scale().unwrap();
    assert!((1500.0..2400.0).contains(&scale.median_gap_s), "{}", scale.median_gap_s);
    assert_eq!(traffic_of(person, NEWS).1, []);
}

#[test]
fn what_follows_a_new_fetch_from_shared_hosting_is_said_with_it() {
    let story = |minutes: f64, fetches: &str| {
        let mut story = rollout();
        story.ask(UPDATE + 7, 12.0, 0, phone(NEW), fetches);
        story.ask(UPDATE + 7, 12.0 + minutes / 60.0, 0, phone(NEW), NEWS);
        story
    };
    let (traffic, steps) = traffic_of(story(2.0, RAW), NEWS);
    assert_eq!(steps, [Step::Chain]);
    let chain = traffic.unwrap().chain.unwrap();
    assert_eq!((chain.fetched.as_raw(), chain.seconds), (RAW, 120));
    assert_eq!(traffic_of(story(20.0, RAW), NEWS).1, [], "too late to belong to it");
    assert_eq!(traffic_of(story(2.0, "sip.telco.example"), NEWS).1, [], "no shared hosting");
    // Fetching there is nothing new for this application.
    let mut usual = story(2.0, RAW);
    for day in 1..20 {
        usual.ask(day, 10.0, 40, phone(OLD), RAW);
    }
    assert_eq!(traffic_of(usual, NEWS).1, []);
}

#[test]
fn names_that_carry_data_are_a_tunnel() {
    let story = |names: u32| {
        let mut story = rollout();
        for number in 0..names {
            let label =
                format!("{:032x}.{:032x}", u128::from(number) * 0x9e37_79b9_7f4a_7c15, number);
            let hour = 12.0 + f64::from(number) / 3600.0;
            story.ask(UPDATE + 7, hour, 0, phone(NEW), &format!("{label}.{NEWS}"));
        }
        story
    };
    let (traffic, steps) = traffic_of(story(400), NEWS);
    assert!(steps.contains(&Step::Tunnel), "{steps:?}");
    assert!(traffic.unwrap().tunnel.unwrap().bytes >= 2000.0);
    assert!(!traffic_of(story(20), NEWS).1.contains(&Step::Tunnel));
}

/// A record of a connection: the endpoint's, or Zeek's.
fn connect(story: &mut Story, hour: f64, source_port: &str, sent: Option<&str>) {
    let (source, destination, port) = ("192.0.2.77", "198.51.100.7", "443");
    let Some(sent) = sent else {
        let fields = [
            ("SourceIp", source),
            ("SourcePort", source_port),
            ("DestinationIp", destination),
            ("DestinationPort", port),
            ("Protocol", "tcp"),
            ("Initiated", "true"),
        ];
        let (class, category) = (EventClass::Network, "network_connection");
        return story.act(UPDATE + 7, hour, 0, phone(NEW), class, category, &fields);
    };
    let fields = [
        ("id.orig_h", source),
        ("id.orig_p", source_port),
        ("id.resp_h", destination),
        ("id.resp_p", port),
        ("proto", "tcp"),
        ("orig_bytes", sent),
        ("resp_bytes", "900"),
    ];
    let mut record = event(at(UPDATE + 7, hour), "", EventClass::Network, "", &fields);
    record.set_host(source);
    record.source = Arc::new(LogSource::new(Some("zeek"), Some("conn"), &[]));
    story.events.push(record);
}

/// An endpoint says who, a sensor how much: whichever comes first.
#[test]
fn a_sensor_tells_how_much_an_endpoints_connection_carried() {
    let story = |sensor: f64, port: &str, sent: &str| {
        let mut story = rollout();
        let answer = [("QueryName", NEWS), ("QueryResults", "198.51.100.7;")];
        let (class, category) = (EventClass::Dns, "dns_query");
        story.act(UPDATE + 7, 12.0, 0, phone(NEW), class, category, &answer);
        connect(&mut story, 12.01, "50123", None);
        connect(&mut story, 12.01 + sensor, port, Some(sent));
        story
    };
    for sensor in [0.02, -0.005] {
        let (traffic, steps) = traffic_of(story(sensor, "50123", "30000000"), NEWS);
        assert_eq!(steps, [Step::Upload], "{sensor}");
        assert_eq!(traffic.unwrap().first_day_bytes, 30_000_000);
    }
    for near in [
        story(0.02, "50124", "30000000"),
        story(0.3, "50123", "30000000"),
        story(0.02, "50123", "300000"),
    ] {
        assert_eq!(traffic_of(near, NEWS).1, []);
    }
}

/// Two sensors that see one connection count its bytes once.
#[test]
fn bytes_that_two_sensors_tell_count_once() {
    let mut story = rollout();
    let answer = [("QueryName", NEWS), ("QueryResults", "198.51.100.7;")];
    story.act(UPDATE + 7, 12.0, 0, phone(NEW), EventClass::Dns, "dns_query", &answer);
    connect(&mut story, 12.01, "50123", None);
    connect(&mut story, 12.02, "50123", Some("15000000"));
    connect(&mut story, 12.03, "50123", Some("15000000"));
    let (traffic, steps) = traffic_of(story, NEWS);
    assert_eq!((traffic.unwrap().first_day_bytes, steps), (15_000_000, Vec::new()));
}

/// An endpoint that says how much itself, and a sensor beside it: whoever comes first, bytes count once.
#[test]
fn bytes_that_an_endpoint_and_a_sensor_tell_count_once() {
    let own = |story: &mut Story, hour: f64| {
        let fields = [
            ("SourceIp", "192.0.2.77"),
            ("SourcePort", "50123"),
            ("DestinationIp", "198.51.100.7"),
            ("DestinationPort", "443"),
            ("Protocol", "tcp"),
            ("Initiated", "true"),
            ("source.bytes", "15000000"),
        ];
        let (class, category) = (EventClass::Network, "network_connection");
        story.act(UPDATE + 7, hour, 0, phone(NEW), class, category, &fields);
    };
    for (endpoint, sensor) in [(12.01, 12.02), (12.02, 12.01)] {
        let mut story = rollout();
        let answer = [("QueryName", NEWS), ("QueryResults", "198.51.100.7;")];
        story.act(UPDATE + 7, 12.0, 0, phone(NEW), EventClass::Dns, "dns_query", &answer);
        // Windows tells the beginning without bytes; others tell the end with them.
        connect(&mut story, 12.005, "50123", None);
        own(&mut story, endpoint);
        connect(&mut story, sensor, "50123", Some("15000000"));
        let (traffic, _) = traffic_of(story, NEWS);
        assert_eq!(traffic.unwrap().first_day_bytes, 15_000_000, "{endpoint} {sensor}");
    }
}

/// A handshake of the same connection, as Zeek tells it.
fn handshake(story: &mut Story, hour: f64, source_port: &str, name: &str) {
    let fields = [
        ("id.orig_h", "192.0.2.77"),
        ("id.orig_p", source_port),
        ("id.resp_h", "198.51.100.7"),
        ("id.resp_p", "443"),
        ("server_name", name),
    ];
    let mut record = event(at(UPDATE + 7, hour), "", EventClass::Network, "", &fields);
    record.set_host("192.0.2.77");
    record.source = Arc::new(LogSource::new(Some("zeek"), Some("ssl"), &[]));
    story.events.push(record);
}

/// Flow, handshake: what sensors say before the endpoint does is all kept, and an older connection of the
/// same ends takes no place.
#[test]
fn every_record_that_came_before_the_endpoints_is_laid_to_it() {
    let story = |old: bool| {
        let mut story = rollout();
        if old {
            connect(&mut story, 11.0, "50123", Some("90000000"));
        }
        connect(&mut story, 12.001, "50123", Some("30000000"));
        handshake(&mut story, 12.002, "50123", NEWS);
        connect(&mut story, 12.01, "50123", None);
        story
    };
    for old in [false, true] {
        let (traffic, steps) = traffic_of(story(old), NEWS);
        assert_eq!(steps, [], "the flow came before anything named its destination");
        assert_eq!(traffic, None);
        let mut engine = engine();
        story(old).tell(&mut engine);
        let found = engine.watched();
        let named = found.iter().any(|finding| finding.evidence.of.value.as_raw() == NEWS);
        assert!(named, "the name is the handshake's, which came second");
    }
}

/// Anybody can send from as many addresses as there are.
#[test]
fn a_scan_from_many_addresses_takes_no_room_among_hosts() {
    let mut story = rollout();
    for number in 0..2_000_u32 {
        let source = format!("203.0.{}.{}", 113 + number / 250, number % 250);
        let fields = [
            ("id.orig_h", source.as_str()),
            ("id.orig_p", "40000"),
            ("id.resp_h", "192.0.2.77"),
            ("id.resp_p", "443"),
            ("proto", "tcp"),
        ];
        let hour = 12.0 + f64::from(number) / 3600.0;
        let mut record = event(at(UPDATE + 7, hour), "", EventClass::Network, "", &fields);
        record.set_host(&source);
        record.source = Arc::new(LogSource::new(Some("zeek"), Some("conn"), &[]));
        story.events.push(record);
    }
    let mut engine = engine();
    let mut quiet = self::engine();
    story.tell(&mut engine);
    rollout().tell(&mut quiet);
    assert_eq!(engine.state.fleet.hosts.len(), quiet.state.fleet.hosts.len());
    assert!(engine.losses().unattributed >= quiet.losses().unattributed + 2_000);
}
