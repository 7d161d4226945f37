//! Zeek rows and Suricata EVE records.

use super::super::draft::{Body, Draft, Link};
use super::super::host::Host;
use super::super::text::{push_number, push_padded};
use super::super::world::World;
use super::stamp::{LOCAL_S, push_fraction, push_moment};
use crate::calendar::SimTime;
use crate::random::{BASE62, Random};

/// Where the connection goes: to the proxy, or to the name's own address.
pub(super) fn destination<'w>(world: &'w World, link: &Link) -> (&'w str, u16) {
    let id = if link.proxied { world.residents.proxy } else { link.name };
    let entry = world.shelf.name_of(id);
    (&entry.address, entry.port)
}

/// Appends the name, with its algorithmic label if it has one.
pub(super) fn push_name(world: &World, link: &Link, out: &mut String) {
    if link.label != 0 {
        let mut random = Random::keyed(link.label.into(), [12, 0, 0, 0]);
        for _ in 0..24 {
            out.push(char::from(*random.pick(LABEL)));
        }
        out.push('.');
    }
    out.push_str(&world.shelf.name_of(link.name).name);
}

/// Appends a row of one of Zeek's logs.
pub(super) fn zeek(world: &World, host: &Host, draft: &Draft, out: &mut String) {
    match draft.body {
        Body::ZeekConn { link } => conn(world, host, draft.time, &link, out),
        Body::ZeekDns { link } => dns(world, host, draft.time, &link, out),
        Body::ZeekHttp { link } => http(world, host, draft.time, &link, out),
        Body::ZeekSsl { link } => ssl(world, host, draft.time, &link, out),
        _ => {}
    }
}

fn identity(
    host: &Host,
    at: SimTime,
    (uid, source_port): (u64, u16),
    (address, port): (&str, u16),
    out: &mut String,
) {
    push_number(out, at.unix_s().unsigned_abs());
    push_fraction(out, at, 6);
    out.push_str("\tC");
    push_uid(uid, out);
    out.push('\t');
    out.push_str(&host.address);
    out.push('\t');
    push_number(out, source_port.into());
    out.push('\t');
    out.push_str(address);
    out.push('\t');
    push_number(out, port.into());
}

/// Appends seventeen characters, as Zeek's identifiers have.
fn push_uid(uid: u64, out: &mut String) {
    for half in [uid, uid.rotate_left(29) ^ 0x9e37_79b9_7f4a_7c15] {
        let mut rest = half;
        for _ in 0..(if half == uid { 9 } else { 8 }) {
            let digit = usize::try_from(rest % 62).unwrap_or(0);
            out.push(char::from(BASE62[digit]));
            rest /= 62;
        }
    }
}

fn conn(world: &World, host: &Host, at: SimTime, link: &Link, out: &mut String) {
    let (address, port) = destination(world, link);
    identity(host, at, (link.uid, link.source_port), (address, port), out);
    let named = !world.shelf.name_of(link.name).name.is_empty();
    let service = match (link.proxied, named, port) {
        (true, ..) => "http,ssl",
        (_, _, 80) => "http",
        (_, true, _) | (_, _, 443) => "ssl",
        _ => "-",
    };
    out.push_str("\ttcp\t");
    out.push_str(service);
    out.push('\t');
    push_number(out, (link.lasting_ms / 1_000).into());
    out.push('.');
    push_padded(out, i64::from(link.lasting_ms % 1_000), 3);
    out.push_str("000\t");
    let (up, down) = (u64::from(link.up), u64::from(link.down));
    let (up_packets, down_packets) = (up / 1_380 + 6, down / 1_380 + 6);
    push_number(out, up);
    out.push('\t');
    push_number(out, down);
    // An answer that never came is a connection that was not made.
    out.push_str(if down == 0 { "\tS0\tT\t" } else { "\tSF\tT\t" });
    out.push_str(if address.starts_with("10.") { "T" } else { "F" });
    out.push_str(if down == 0 { "\t0\tS" } else { "\t0\tShADadFf" });
    for number in [up_packets, up + up_packets * 40, down_packets, down + down_packets * 40] {
        out.push('\t');
        push_number(out, number);
    }
    out.push_str("\t-");
}

fn dns(world: &World, host: &Host, at: SimTime, link: &Link, out: &mut String) {
    let resolver = world.shelf.name_of(world.residents.resolver);
    let port = 49_152 + u16::try_from(link.uid % 16_000).unwrap_or(0);
    let to = (resolver.address.as_str(), resolver.port);
    identity(host, at, (link.uid.rotate_left(7), port), to, out);
    out.push_str("\tudp\t");
    push_number(out, link.uid % 65_535);
    out.push_str("\t0.0");
    push_padded(out, i64::try_from(link.uid % 40_000).unwrap_or(0), 5);
    out.push('\t');
    push_name(world, link, out);
    out.push_str("\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t");
    out.push_str(&world.shelf.name_of(link.name).address);
    out.push_str("\t300.000000\tF");
}

fn ssl(world: &World, host: &Host, at: SimTime, link: &Link, out: &mut String) {
    identity(host, at, (link.uid, link.source_port), destination(world, link), out);
    out.push_str("\tTLSv13\tTLS_AES_128_GCM_SHA256\tx25519\t");
    if world.shelf.name_of(link.name).name.is_empty() {
        out.push('-');
    } else {
        push_name(world, link, out);
    }
    out.push_str(
        "\tF\t-\t-\tT\tCsiI\t-\t-\t-\t-\tcd08e31494f9531f560d64c695473da9\t\
         eb1d94daa7e0344597e756a1fb6e7054",
    );
}

fn http(world: &World, host: &Host, at: SimTime, link: &Link, out: &mut String) {
    identity(host, at, (link.uid, link.source_port), destination(world, link), out);
    out.push_str("\t1\t");
    let entry = world.shelf.name_of(link.name);
    let name_or_address = |out: &mut String| {
        if entry.name.is_empty() {
            out.push_str(&entry.address);
        } else {
            push_name(world, link, out);
        }
    };
    if link.proxied {
        out.push_str("CONNECT\t");
        name_or_address(out);
        out.push('\t');
        name_or_address(out);
        out.push(':');
        push_number(out, entry.port.into());
    } else {
        out.push_str("GET\t");
        name_or_address(out);
        out.push_str("\t/");
    }
    out.push_str("\t-\t1.1\t-\t0\t0\t200\tOK\t(empty)\t-\t-");
}

/// Appends an EVE record.
pub(super) fn eve(world: &World, host: &Host, draft: &Draft, out: &mut String) {
    let (link, kind) = match draft.body {
        Body::EveDns { link } => (link, "dns"),
        Body::EveTls { link } => (link, "tls"),
        Body::EveFlow { link } => (link, "flow"),
        _ => return,
    };
    let resolver = world.shelf.name_of(world.residents.resolver);
    let (address, port, proto) = match kind {
        "dns" => (resolver.address.as_str(), resolver.port, "UDP"),
        _ => (destination(world, &link).0, destination(world, &link).1, "TCP"),
    };
    out.push_str("{\"timestamp\":\"");
    push_moment(out, draft.time, LOCAL_S, 'T');
    push_fraction(out, draft.time, 6);
    out.push_str("+0700\",\"flow_id\":");
    push_number(out, link.uid >> 13);
    out.push_str(",\"in_iface\":\"eth1\",\"event_type\":\"");
    out.push_str(kind);
    out.push_str("\",\"src_ip\":\"");
    out.push_str(&host.address);
    out.push_str("\",\"src_port\":");
    push_number(out, link.source_port.into());
    out.push_str(",\"dest_ip\":\"");
    out.push_str(address);
    out.push_str("\",\"dest_port\":");
    push_number(out, port.into());
    out.push_str(",\"proto\":\"");
    out.push_str(proto);
    out.push('"');
    match kind {
        "dns" => eve_dns(world, &link, out),
        "tls" => {
            out.push_str(",\"pkt_src\":\"wire/pcap\",\"tls\":{");
            if !world.shelf.name_of(link.name).name.is_empty() {
                out.push_str("\"sni\":\"");
                push_name(world, &link, out);
                out.push_str("\",");
            }
            out.push_str(
                "\"version\":\"TLS 1.3\",\"ja3\":{\"hash\":\
                 \"cd08e31494f9531f560d64c695473da9\"}}",
            );
        }
        _ => eve_flow(draft.time, &link, out),
    }
    out.push('}');
}

fn eve_dns(world: &World, link: &Link, out: &mut String) {
    out.push_str(",\"pkt_src\":\"wire/pcap\",\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":");
    push_number(out, link.uid % 65_535);
    out.push_str(
        ",\"flags\":\"8180\",\"qr\":true,\"rd\":true,\"ra\":true,\"opcode\":0,\"rrname\":\"",
    );
    push_name(world, link, out);
    out.push_str("\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"");
    push_name(world, link, out);
    out.push_str("\",\"rrtype\":\"A\",\"ttl\":300,\"rdata\":\"");
    let address = &world.shelf.name_of(link.name).address;
    out.push_str(address);
    out.push_str("\"}],\"grouped\":{\"A\":[\"");
    out.push_str(address);
    out.push_str("\"]}}");
}

fn eve_flow(forgotten: SimTime, link: &Link, out: &mut String) {
    let ends = forgotten.plus_s(-61);
    let starts = ends.plus_ms(-i64::from(link.lasting_ms));
    let (up, down) = (u64::from(link.up), u64::from(link.down));
    let (up_packets, down_packets) = (up / 1_380 + 6, down / 1_380 + 6);
    out.push_str(",\"app_proto\":\"tls\",\"flow\":{");
    for (name, number) in [
        ("pkts_toserver", up_packets),
        ("pkts_toclient", down_packets),
        ("bytes_toserver", up + up_packets * 54),
        ("bytes_toclient", down + down_packets * 54),
    ] {
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        push_number(out, number);
        out.push(',');
    }
    for (name, at) in [("start", starts), ("end", ends)] {
        out.push('"');
        out.push_str(name);
        out.push_str("\":\"");
        push_moment(out, at, LOCAL_S, 'T');
        push_fraction(out, at, 6);
        out.push_str("+0700\",");
    }
    out.push_str("\"age\":");
    push_number(out, u64::from(link.lasting_ms / 1_000));
    out.push_str(",\"state\":\"closed\",\"reason\":\"timeout\",\"alerted\":false}");
}

const LABEL: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
