//! Zeek logs as tab-separated values, with the header that the ASCII writer gives them.

use jiff::Timestamp;

use super::traffic::{Flow, Handshake, NameLookup, SERVER_12, SERVER_13, Transport};
use crate::calendar::SimTime;
use crate::fleet::file_spec::derived_digest;
use crate::random::HEX_LOWER;
use crate::record::FileKind;

/// Returns the `#` lines that open a log; none for other formats.
pub(crate) fn header(kind: FileKind, first: Timestamp) -> Vec<String> {
    let (path, columns) = match kind {
        FileKind::ZeekConn => ("conn", CONN_COLUMNS),
        FileKind::ZeekDns => ("dns", DNS_COLUMNS),
        FileKind::ZeekHttp => ("http", HTTP_COLUMNS),
        FileKind::ZeekSsl => ("ssl", SSL_COLUMNS),
        _ => return Vec::new(),
    };
    let join = |part: fn(&(&'static str, &'static str)) -> &'static str| {
        columns.iter().map(part).collect::<Vec<_>>().join("\t")
    };
    vec![
        "#separator \\x09".to_owned(),
        "#set_separator\t,".to_owned(),
        "#empty_field\t(empty)".to_owned(),
        "#unset_field\t-".to_owned(),
        format!("#path\t{path}"),
        format!("#open\t{}", SimTime::from(first).zeek_header()),
        format!("#fields\t{}", join(|column| column.0)),
        format!("#types\t{}", join(|column| column.1)),
    ]
}

/// Returns the `#close` line; none for other formats.
pub(crate) fn footer(kind: FileKind, end: Timestamp) -> Option<String> {
    let kinds = [FileKind::ZeekConn, FileKind::ZeekDns, FileKind::ZeekHttp, FileKind::ZeekSsl];
    kinds.contains(&kind).then(|| format!("#close\t{}", SimTime::from(end).zeek_header()))
}

/// Writes a row of `conn.log`.
pub(crate) fn conn(flow: &Flow<'_>) -> String {
    let history = match flow.transport {
        Transport::Tcp => "ShADadFf",
        Transport::Udp => "Dd",
    };
    let (up_packets, down_packets) = (flow.packets(flow.up_bytes), flow.packets(flow.down_bytes));
    let fields = [
        duration(flow.lasting_us),
        flow.up_bytes.to_string(),
        flow.down_bytes.to_string(),
        "SF".to_owned(),
        flag(is_local(flow.source.0)),
        flag(is_local(flow.destination.0)),
        "0".to_owned(),
        history.to_owned(),
        up_packets.to_string(),
        (flow.up_bytes + up_packets * flow.header_bytes()).to_string(),
        down_packets.to_string(),
        (flow.down_bytes + down_packets * flow.header_bytes()).to_string(),
        UNSET.to_owned(),
    ];
    let start = identity(flow, flow.start);
    format!("{start}\t{}\t{}\t{}", flow.transport.lower(), flow.service, fields.join("\t"))
}

/// Writes a row of `dns.log`.
pub(crate) fn dns(lookup: &NameLookup<'_>) -> String {
    let answers: Vec<&str> =
        lookup.alias.into_iter().chain(lookup.addresses.iter().copied()).collect();
    let ttls = vec![format!("{}.000000", lookup.ttl_s); answers.len()];
    let flow = lookup.flow;
    format!(
        "{}\t{}\t{}\t{}\t{}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t{}\t{}\tF",
        identity(flow, flow.start),
        flow.transport.lower(),
        lookup.transaction_id,
        duration(flow.lasting_us),
        lookup.name,
        answers.join(","),
        ttls.join(","),
    )
}

/// Writes a row of `ssl.log`.
pub(crate) fn ssl(handshake: &Handshake<'_>) -> String {
    let start = identity(handshake.flow, handshake.at);
    let name = handshake.server_name;
    let client = handshake.client.hash;
    if handshake.certificate.is_some() {
        let fingerprint = derived_digest(&format!("{name} certificate"), HEX_LOWER, 64);
        format!(
            "{start}\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\tsecp384r1\t{name}\tF\t-\t-\t\
             T\tCsxknGIi\t{fingerprint}\t-\tT\tok\t{client}\t{}",
            SERVER_12.hash
        )
    } else {
        format!(
            "{start}\tTLSv13\tTLS_AES_128_GCM_SHA256\tx25519\t{name}\tF\t-\t-\t\
             T\tCsiI\t-\t-\t-\t-\t{client}\t{}",
            SERVER_13.hash
        )
    }
}

/// The columns that all three logs begin with.
fn identity(flow: &Flow<'_>, at: SimTime) -> String {
    let ((source, source_port), (destination, destination_port)) = (flow.source, flow.destination);
    format!(
        "{}\t{}\t{source}\t{source_port}\t{destination}\t{destination_port}",
        at.zeek(),
        flow.uid
    )
}

fn duration(micros: i64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn flag(yes: bool) -> String {
    if yes { "T".to_owned() } else { "F".to_owned() }
}

fn is_local(address: &str) -> bool {
    address.starts_with("10.")
}

const UNSET: &str = "-";

/// Names and types of the columns of `conn.log`.
const CONN_COLUMNS: &[(&str, &str)] = &[
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
];

/// Names and types of the columns of `dns.log`.
const DNS_COLUMNS: &[(&str, &str)] = &[
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass", "count"),
    ("qclass_name", "string"),
    ("qtype", "count"),
    ("qtype_name", "string"),
    ("rcode", "count"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("TC", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("Z", "count"),
    ("answers", "vector[string]"),
    ("TTLs", "vector[interval]"),
    ("rejected", "bool"),
];

/// Names and types of the columns of `http.log` that sensors write by default, up to the status.
const HTTP_COLUMNS: &[(&str, &str)] = &[
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("trans_depth", "count"),
    ("method", "string"),
    ("host", "string"),
    ("uri", "string"),
    ("referrer", "string"),
    ("version", "string"),
    ("user_agent", "string"),
    ("request_body_len", "count"),
    ("response_body_len", "count"),
    ("status_code", "count"),
    ("status_msg", "string"),
    ("tags", "set[enum]"),
    ("username", "string"),
    ("password", "string"),
];

/// Names and types of the columns of `ssl.log` with certificate validation and JA3.
const SSL_COLUMNS: &[(&str, &str)] = &[
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("version", "string"),
    ("cipher", "string"),
    ("curve", "string"),
    ("server_name", "string"),
    ("resumed", "bool"),
    ("last_alert", "string"),
    ("next_protocol", "string"),
    ("established", "bool"),
    ("ssl_history", "string"),
    ("cert_chain_fps", "vector[string]"),
    ("client_cert_chain_fps", "vector[string]"),
    ("sni_matches_cert", "bool"),
    ("validation_status", "string"),
    ("ja3", "string"),
    ("ja3s", "string"),
];
