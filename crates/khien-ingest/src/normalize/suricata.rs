//! Suricata EVE JSON.
//!
//! Sigma knows no Suricata log source, so this defines `product: suricata` with the event type as
//! the service, and serves the generic `dns`, `proxy` and `firewall` categories beside it.

use khien_model::{Event, EventClass, RecordFormat};

use super::http::{self, Request};
use super::{Sources, generic};

/// Second names of every record that has endpoints.
const FLOW: [(&str, &str); 2] = [("dest_ip", "dst_ip"), ("dest_port", "dst_port")];

/// Second names of a DNS record. EVE version 2 has one query, version 3 a list of them.
const DNS: [(&str, &str); 10] = [
    ("dns.rrname", "query"),
    ("dns.queries.rrname", "query"),
    ("dns.query.rrname", "query"),
    ("dns.rrtype", "record_type"),
    ("dns.queries.rrtype", "record_type"),
    ("dns.query.rrtype", "record_type"),
    ("dns.answers.rdata", "answer"),
    ("dns.answer.rdata", "answer"),
    ("dns.grouped.A", "answer"),
    ("dns.grouped.TXT", "answer"),
];

/// Where EVE keeps the parts of an HTTP request.
const HTTP: Request = Request {
    uri: "http.url",
    host: "http.hostname",
    user_agent: "http.http_user_agent",
    method: "http.http_method",
    status: "http.status",
    referrer: "http.http_refer",
    source_ip: "src_ip",
    destination_ip: "dest_ip",
};

/// Whether a record is of EVE; looks at names only.
pub fn recognises(event: &Event) -> bool {
    let has = |name| event.has(name);
    has("event_type")
        && has("timestamp")
        && (has("flow_id") || has("src_ip") || has("stats.uptime") || has("engine.message"))
}

/// Sets the envelope of an EVE record and offers its generic names.
///
/// The host is the address that started the flow, because reports are about endpoints; the sensor
/// stays in `host`.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    use EventClass as Class;
    let (class, categories): (_, &[&str]) = match event.text_of("event_type") {
        Some("alert") => (Class::Finding, &[]),
        Some("anomaly") => (Class::Finding, &[]),
        Some("dns" | "mdns") => (Class::Dns, &["dns"]),
        Some("http") => (Class::Http, &["proxy"]),
        Some("tls" | "quic" | "http2") => (Class::Http, &[]),
        Some("flow" | "netflow") => (Class::Network, &["firewall"]),
        Some("fileinfo" | "ftp_data") => (Class::File, &[]),
        Some("ssh" | "krb5" | "rdp" | "ldap") => (Class::Authentication, &[]),
        Some("stats" | "engine") | None => (Class::Other, &[]),
        Some(_) => (Class::Network, &[]),
    };
    let source = sources.get(Some("suricata"), event.text_of("event_type"), categories);
    event.time = generic::first_time(event, &["timestamp"]);
    event.class = class;
    event.source = source;
    generic::set_host(event, &["src_ip", "host"]);
    FLOW.iter().for_each(|(from, to)| event.alias(from, to));
    if class == Class::Dns {
        DNS.iter().for_each(|(from, to)| event.alias(from, to));
    }
    // An alert on an HTTP flow carries the request too.
    if event.has("http.url") || event.has("http.hostname") {
        http::offer_proxy_names(event, &HTTP);
    }
    RecordFormat::SuricataEve
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event_of, texts};
    use khien_model::Scalar::{self, Int, Str};
    use khien_model::Timestamp;

    fn normalized(fields: &[(&str, Scalar<'_>)]) -> Event {
        let common = [
            ("timestamp", Str("2023-03-24T14:05:00.123456+0700")),
            ("flow_id", Int(1)),
            ("src_ip", Str("10.0.0.5")),
            ("dest_ip", Str("192.0.2.7")),
            ("dest_port", Int(443)),
            ("host", Str("sensor-1")),
        ];
        let mut event = event_of(&[&common[..], fields].concat());
        assert!(recognises(&event));
        assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::SuricataEve);
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.123456Z"));
        assert_eq!(event.host(), "10.0.0.5");
        assert_eq!(event.text_of("dst_ip"), Some("192.0.2.7"));
        event
    }

    #[test]
    fn kinds_of_records() {
        for (kind, source, class) in [
            ("alert", "suricata/alert", EventClass::Finding),
            ("flow", "suricata/flow/firewall", EventClass::Network),
            ("tls", "suricata/tls", EventClass::Http),
            ("smb", "suricata/smb", EventClass::Network),
            ("fileinfo", "suricata/fileinfo", EventClass::File),
        ] {
            let event = normalized(&[("event_type", Str(kind))]);
            assert_eq!((event.source.to_string().as_str(), event.class), (source, class));
        }
    }

    #[test]
    fn both_forms_of_dns() {
        for (name, kind) in
            [("dns.rrname", "dns.rrtype"), ("dns.queries.rrname", "dns.queries.rrtype")]
        {
            let event = normalized(&[
                ("event_type", Str("dns")),
                (name, Str("example.com")),
                (kind, Str("TXT")),
                ("dns.answers.rdata", Str("a")),
                ("dns.answers.rdata", Str("b")),
            ]);
            assert_eq!(event.source.to_string(), "suricata/dns/dns");
            assert_eq!(event.text_of("query"), Some("example.com"));
            assert_eq!(event.text_of("record_type"), Some("TXT"));
            assert_eq!(texts(&event, "answer"), ["a", "b"]);
        }
    }

    #[test]
    fn a_request_serves_the_proxy_rules() {
        let event = normalized(&[
            ("event_type", Str("http")),
            ("http.hostname", Str("h.example")),
            ("http.url", Str("/x.exe?a")),
            ("http.http_user_agent", Str("curl/8")),
            ("http.http_method", Str("GET")),
            ("http.status", Int(200)),
        ]);
        assert_eq!(event.source.to_string(), "suricata/http/proxy");
        assert_eq!(event.text_of("cs-host"), Some("h.example"));
        assert_eq!(event.text_of("c-uri-extension"), Some("exe"));
        assert_eq!(event.get("sc-status"), Some(Int(200)));
    }

    #[test]
    fn strangers_are_not_recognised() {
        assert!(!recognises(&event_of(&[("event_type", Int(9)), ("timestamp", Str("x"))])));
        assert!(!recognises(&event_of(&[("src_ip", Str("x"))])));
    }
}
