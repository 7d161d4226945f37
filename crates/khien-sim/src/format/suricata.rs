//! Suricata 7 EVE records: `dns` answers, `tls` and `flow`; no alerts, as no rule is loaded.

use super::object::Object;
use super::traffic::{Fingerprint, Flow, Handshake, NameLookup, SERVER_12, SERVER_13, Transport};
use crate::calendar::{DAY_S, SimTime};
use crate::fleet::file_spec::derived_digest;
use crate::random::{HEX_LOWER, HEX_UPPER};

/// Writes a `dns` record in version 2, with detailed and grouped answers.
pub(crate) fn dns(at: SimTime, lookup: &NameLookup<'_>) -> String {
    let target = lookup.alias.unwrap_or(lookup.name);
    let mut answers = Vec::new();
    let mut grouped = Object::new();
    if let Some(alias) = lookup.alias {
        answers.push(answer(lookup.name, "CNAME", lookup.ttl_s, alias));
        grouped = grouped.texts("CNAME", &[alias]);
    }
    answers.extend(lookup.addresses.iter().map(|ip| answer(target, "A", lookup.ttl_s, ip)));
    let grouped = grouped.texts("A", lookup.addresses);
    let dns = Object::new()
        .number("version", 2)
        .text("type", "answer")
        .number("id", lookup.transaction_id)
        .text("flags", "8180")
        .flag("qr", true)
        .flag("rd", true)
        .flag("ra", true)
        .number("opcode", 0)
        .text("rrname", lookup.name)
        .text("rrtype", "A")
        .text("rcode", "NOERROR")
        .objects("answers", answers)
        .object("grouped", grouped);
    on_packet(at, lookup.flow, "dns").object("dns", dns).finish()
}

/// Writes a `tls` record with JA3 switched on.
pub(crate) fn tls(handshake: &Handshake<'_>) -> String {
    let name = handshake.server_name;
    let tls = Object::new();
    let (tls, server) = if let Some(certificate) = handshake.certificate {
        let fingerprint = derived_digest(&format!("{name} fingerprint"), HEX_LOWER, 40);
        let serial = derived_digest(&format!("{name} serial"), HEX_UPPER, 32);
        let issued = SimTime::on_day(-41, 0);
        let tls = tls
            .text("subject", certificate.subject)
            .text("issuerdn", certificate.issuer)
            .text("serial", &in_pairs(&serial))
            .text("fingerprint", &in_pairs(&fingerprint))
            .text("sni", name)
            .text("version", "TLS 1.2")
            .text("notbefore", &issued.certificate())
            .text("notafter", &issued.plus_s(365 * DAY_S).certificate());
        (tls, &SERVER_12)
    } else {
        (tls.text("sni", name).text("version", "TLS 1.3"), &SERVER_13)
    };
    let tls = tls.object("ja3", fingerprint(handshake.client)).object("ja3s", fingerprint(server));
    on_packet(handshake.at, handshake.flow, "tls").object("tls", tls).finish()
}

/// Writes a `flow` record; `at` is when the flow timed out of the table.
pub(crate) fn flow(at: SimTime, flow: &Flow<'_>, app_proto: &str) -> String {
    let (up, down) = (flow.packets(flow.up_bytes), flow.packets(flow.down_bytes));
    let frame = flow.header_bytes() + 14;
    let counts = Object::new()
        .number("pkts_toserver", up)
        .number("pkts_toclient", down)
        .number("bytes_toserver", flow.up_bytes + up * frame)
        .number("bytes_toclient", flow.down_bytes + down * frame)
        .text("start", &flow.start.suricata())
        .text("end", &flow.end().suricata())
        .number("age", flow.end().unix_s() - flow.start.unix_s())
        .text("state", "closed")
        .text("reason", "timeout")
        .flag("alerted", false);
    let record = common(at, flow, "flow").text("app_proto", app_proto).object("flow", counts);
    if flow.transport == Transport::Udp {
        return record.finish();
    }
    let tcp = Object::new()
        .text("tcp_flags", "1b")
        .text("tcp_flags_ts", "1b")
        .text("tcp_flags_tc", "1b")
        .flag("syn", true)
        .flag("fin", true)
        .flag("psh", true)
        .flag("ack", true)
        .text("state", "closed")
        .number("ts_max_regions", 1)
        .number("tc_max_regions", 1);
    record.object("tcp", tcp).finish()
}

/// The fields that every record begins with; addresses as the flow runs, also for answers.
fn common(at: SimTime, flow: &Flow<'_>, event_type: &str) -> Object {
    Object::new()
        .text("timestamp", &at.suricata())
        .number("flow_id", flow.flow_id)
        .text("in_iface", "eth1")
        .text("event_type", event_type)
        .text("src_ip", flow.source.0)
        .number("src_port", flow.source.1)
        .text("dest_ip", flow.destination.0)
        .number("dest_port", flow.destination.1)
        .text("proto", flow.transport.upper())
}

/// The common fields of a record that one packet caused.
fn on_packet(at: SimTime, flow: &Flow<'_>, event_type: &str) -> Object {
    common(at, flow, event_type).text("pkt_src", "wire/pcap")
}

fn fingerprint(fingerprint: &Fingerprint) -> Object {
    Object::new().text("hash", fingerprint.hash).text("string", fingerprint.text)
}

fn answer(name: &str, kind: &str, ttl_s: u32, data: &str) -> Object {
    Object::new().text("rrname", name).text("rrtype", kind).number("ttl", ttl_s).text("rdata", data)
}

/// Writes `a1:b2:c3` from `a1b2c3`.
fn in_pairs(digits: &str) -> String {
    let pairs: Vec<&str> =
        (0..digits.len() / 2).map(|pair| &digits[pair * 2..pair * 2 + 2]).collect();
    pairs.join(":")
}
