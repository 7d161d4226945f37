//! Zeek logs: what each kind of log is about, whether it came as tab-separated values or as JSON.
//!
//! The one table here serves [`crate::read::zeek`] too. Fields keep Zeek's own names, which Sigma's
//! `product: zeek` rules use; the generic categories get their taxonomy names beside them.

use std::sync::Arc;

use khien_model::{Event, EventClass, LogSource, RecordFormat};

use super::http::{self, Request};
use super::{Sources, generic};

/// Names that hold the endpoint an entry is about, best first; the sensor's own name comes last.
pub(crate) const HOST: [&str; 6] =
    ["id.orig_h", "client_addr", "host", "_system_name", "_node_name", "peer_descr"];

/// Names of which one stands beside `ts` in every Zeek log worth recognising.
const BESIDE_TS: [&str; 8] = [
    "uid",
    "uids",
    "fuid",
    "_path",
    "id.orig_h",
    "certificate.serial",
    "software_type",
    "peer_descr",
];

/// Second names of a connection, for Sigma's generic `firewall` category.
const CONN: [(&str, &str); 4] = [
    ("id.orig_h", "src_ip"),
    ("id.resp_h", "dst_ip"),
    ("id.orig_p", "src_port"),
    ("id.resp_p", "dst_port"),
];

/// Second names of a query, for Sigma's generic `dns` category.
const DNS: [(&str, &str); 2] = [("answers", "answer"), ("qtype_name", "record_type")];

/// Where Zeek keeps the parts of an HTTP request.
const HTTP: Request = Request {
    uri: "uri",
    host: "host",
    user_agent: "user_agent",
    method: "method",
    status: "status_code",
    referrer: "referrer",
    source_ip: "id.orig_h",
    destination_ip: "id.resp_h",
};

/// What one kind of Zeek log is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) class: EventClass,
    categories: &'static [&'static str],
    aliases: &'static [(&'static str, &'static str)],
    request: Option<&'static Request>,
}

impl Kind {
    /// The kind of a log by its path, as in `#path` or `_path`; unknown paths are class `Other`.
    pub(crate) fn of(path: &str) -> Self {
        use EventClass as Class;
        let plain = |class| Self { class, categories: &[], aliases: &[], request: None };
        match base_path(path) {
            "conn" | "open_conn" | "conn_long" => {
                Self { categories: &["firewall"], aliases: &CONN, ..plain(Class::Network) }
            }
            "dns" => Self { categories: &["dns"], aliases: &DNS, ..plain(Class::Dns) },
            "http" => Self { categories: &["proxy"], request: Some(&HTTP), ..plain(Class::Http) },
            "http2" | "ssl" | "quic" | "x509" | "websocket" => plain(Class::Http),
            "files" | "pe" | "smb_files" | "ftp" | "tftp" => plain(Class::File),
            "kerberos" | "ldap" | "ntlm" | "radius" | "rdp" | "ssh" => plain(Class::Authentication),
            "notice" | "intel" | "signatures" | "weird" => plain(Class::Finding),
            "software" | "known_hosts" | "known_services" | "known_certs" => plain(Class::Software),
            "dce_rpc" | "dhcp" | "dnp3" | "ftp_data" | "irc" | "modbus" | "mqtt_connect"
            | "mqtt_publish" | "mqtt_subscribe" | "mysql" | "ntp" | "postgresql" | "redis"
            | "rfb" | "sip" | "smb_mapping" | "smtp" | "snmp" | "socks" | "syslog"
            | "traceroute" | "tunnel" => plain(Class::Network),
            _ => plain(Class::Other),
        }
    }

    /// The log source of a log of this kind and path.
    pub(crate) fn source(self, path: &str, sources: &mut Sources) -> Arc<LogSource> {
        let service = Some(base_path(path)).filter(|path| !path.is_empty());
        sources.get(Some("zeek"), service, self.categories)
    }

    /// Offers the fields under their generic names too.
    pub(crate) fn offer_names(self, event: &mut Event) {
        for (from, to) in self.aliases {
            event.alias(from, to);
        }
        if let Some(request) = self.request {
            http::offer_proxy_names(event, request);
        }
    }
}

/// Whether a JSON record comes from Zeek; looks at names only.
pub fn recognises(event: &Event) -> bool {
    event.has("ts") && BESIDE_TS.iter().any(|name| event.has(name))
        || event.has("_path") && event.has("_system_name")
}

/// Normalises a Zeek record that came as JSON.
///
/// The kind of log is what `_path` says, else what the stream's name says (`conn.log`,
/// `conn.05:00:00-06:00:00.log.gz`, `logs.zip!dns.log`).
pub fn normalize_json(event: &mut Event, stream: &str, sources: &mut Sources) -> RecordFormat {
    let (kind, source) = {
        let path = event.text_of("_path").unwrap_or_else(|| path_of_stream(stream));
        let kind = Kind::of(path);
        (kind, kind.source(path, sources))
    };
    event.time = generic::first_time(event, &["ts", "_write_ts"]);
    event.class = kind.class;
    event.source = source;
    generic::set_host(event, &HOST);
    kind.offer_names(event);
    RecordFormat::ZeekJson
}

/// The log's path as its file name tells it: the last component up to its first full stop.
pub(crate) fn path_of_stream(stream: &str) -> &str {
    let file = stream.rsplit(['!', '/', '\\']).next().unwrap_or(stream);
    file.split('.').next().unwrap_or(file)
}

/// The path without the suffix of Corelight's data-reduced logs, which hold the same fields.
fn base_path(path: &str) -> &str {
    path.strip_suffix("_red").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event_of, texts};
    use khien_model::Scalar::{self, Float, Int, Str};
    use khien_model::Timestamp;

    fn normalized(stream: &str, fields: &[(&str, Scalar<'_>)]) -> Event {
        let mut event = event_of(fields);
        assert!(recognises(&event));
        assert_eq!(
            normalize_json(&mut event, stream, &mut Sources::default()),
            RecordFormat::ZeekJson
        );
        event
    }

    #[test]
    fn a_connection_is_network_whatever_names_its_path() {
        let fields = [
            ("ts", Float(1_679_641_500.25)),
            ("uid", Str("C1")),
            ("id.orig_h", Str("10.0.0.5")),
            ("id.resp_h", Str("192.0.2.7")),
            ("id.resp_p", Int(443)),
        ];
        for stream in ["conn.log", "a/conn.05:00:00-06:00:00.log.gz", "logs.zip!d\\conn.log"] {
            let event = normalized(stream, &fields);
            assert_eq!(event.source.to_string(), "zeek/conn/firewall", "{stream}");
            assert_eq!(event.class, EventClass::Network);
            assert_eq!(event.host(), "10.0.0.5");
            assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.25Z"));
            assert_eq!(event.get("dst_port"), Some(Int(443)));
            assert_eq!(event.text_of("dst_ip"), Some("192.0.2.7"));
        }
    }

    #[test]
    fn corelight_dns_answers_stay_a_list() {
        let event = normalized(
            "stdin",
            &[
                ("_path", Str("dns_red")),
                ("_system_name", Str("sensor-1")),
                ("ts", Str("2023-03-24T07:05:00.000000Z")),
                ("query", Str("example.com")),
                ("answers", Str("192.0.2.1")),
                ("answers", Str("192.0.2.2")),
                ("qtype_name", Str("A")),
            ],
        );
        assert_eq!(event.source.to_string(), "zeek/dns/dns");
        assert_eq!(event.host(), "sensor-1");
        assert_eq!(texts(&event, "answer"), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(event.text_of("record_type"), Some("A"));
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"));
    }

    #[test]
    fn a_web_request_serves_the_proxy_rules() {
        let event = normalized(
            "http.log",
            &[
                ("ts", Float(1.0)),
                ("uid", Str("C2")),
                ("host", Str("files.example")),
                ("uri", Str("/get/tool.EXE?v=1.2")),
                ("user_agent", Str("curl/8")),
                ("method", Str("GET")),
                ("status_code", Int(200)),
            ],
        );
        assert_eq!(event.source.to_string(), "zeek/http/proxy");
        for (name, expected) in [
            ("c-uri", "/get/tool.EXE?v=1.2"),
            ("c-uri-query", "v=1.2"),
            ("c-uri-extension", "EXE"),
            ("cs-uri-stem", "/get/tool.EXE"),
            ("cs-host", "files.example"),
            ("c-useragent", "curl/8"),
            ("cs-method", "GET"),
        ] {
            assert_eq!(event.text_of(name), Some(expected), "{name}");
        }
        assert_eq!(event.get("sc-status"), Some(Int(200)));
    }

    #[test]
    fn strangers_are_not_recognised() {
        for fields in [
            &[("ts", Float(1.0)), ("message", Str("x"))][..],
            &[("uid", Str("1000")), ("time", Float(1.0))],
        ] {
            assert!(!recognises(&event_of(fields)));
        }
    }
}
