//! The reference's own test data: three days of hourly Zeek logs with one known beacon.

use khien_lineage::network::rita::{
    ConnRow, Dataset, Destination, History, Hour, NamedRow, Pair, Rhythm, Weights,
};

use super::zeek;

const INTERNAL: &str = "64.225.56.201";
const BEACON: &str = "73.54.23.243";

#[test]
fn missing_host_scores_as_the_reference_expects() {
    let Some(root) = khien_testkit::corpus("rita/missing_host") else { return };
    let hours = zeek::hours(&root);
    assert_eq!(hours.len(), 72);
    let mut data = Dataset::new();
    for hour in &hours {
        import(&mut data, hour);
    }
    let window = data.window();
    assert_eq!((window.start_s, window.end_s), (1_713_657_591, 1_713_743_991));
    let reports = data.report(&Weights::CODE, History::Single);
    let wanted = Pair {
        source: BEACON.parse().unwrap(),
        destination: Destination::Address(INTERNAL.parse().unwrap()),
    };
    let report = reports.iter().find(|report| report.pair == wanted).expect("the known beacon");
    let within = |value: f64, expected: f64| {
        assert!((value - expected).abs() <= 0.001, "{value} is not {expected}");
    };
    within(report.rhythm.score().unwrap(), 0.963);
    assert_eq!(report.count, 331);
    assert_eq!(report.missing_host, 330);
    within(report.duration_s, 270_036.631_115);
    assert_eq!(report.bytes, 1_679_442);
    within(report.threat.long, 0.8);
    within(report.threat.total, 0.900);
    within(report.prevalence, 1.0);
    assert_eq!(report.first_seen_s, 1_713_470_872);
    assert_eq!(report.rare_signatures, ["Modzilla/0.0001 (Atari 7800)".into()]);

    let scores: Vec<f64> = reports.iter().filter_map(|report| report.rhythm.score()).collect();
    let at_least = |least: f64| scores.iter().filter(|score| **score >= least).count();
    assert_eq!([scores.len(), at_least(0.9)], [880, 40]);
    assert_eq!(reports.iter().filter(|report| report.rhythm == Rhythm::Strobe).count(), 0);
}

fn import(data: &mut Dataset, hour: &zeek::HourLogs) {
    let conns = |log: &'static str| -> Vec<ConnRow<'_>> {
        hour.rows(log)
            .iter()
            .map(|row| {
                let address = |name| row.get(name).and_then(|text| text.parse().ok()).unwrap();
                let (source, destination) = (address("id.orig_h"), address("id.resp_h"));
                ConnRow {
                    uid: row.get("uid").unwrap_or_default(),
                    source,
                    destination,
                    source_internal: internal(source),
                    destination_internal: internal(destination),
                    start_s: row.seconds("ts"),
                    duration_s: row.float("duration"),
                    bytes_sent: row.count("orig_ip_bytes"),
                    bytes_received: row.count("resp_ip_bytes"),
                }
            })
            .collect()
    };
    let (closed, open) = (conns("conn"), conns("open_conn"));
    let named = |log: &'static str, name: &str, signature: &str| -> Vec<NamedRow<'_>> {
        hour.rows(log)
            .iter()
            .map(|row| NamedRow {
                uid: row.get("uid").unwrap_or_default(),
                time_ns: row.nanos("ts"),
                name: row.get(name),
                signature: row.get(signature),
            })
            .collect()
    };
    let http = named("http", "host", "user_agent");
    let tls = named("ssl", "server_name", "ja3");
    data.import(&Hour { closed: &closed, open: &open, http: &http, tls: &tls });
}

fn internal(address: std::net::IpAddr) -> bool {
    matches!(address, std::net::IpAddr::V4(v4) if v4.is_private() || v4.to_string() == INTERNAL)
}
