//! From normalised events to what the engines take: ends, clocks, bytes and outcomes.
//!
//! Ids are the caller's, who knows hosts and applications; everything else is read here, from Zeek,
//! Suricata, Sysmon 3, Windows 5156 and what has the same fields.

use std::net::IpAddr;

use khien_model::{Event, Role, Scalar, Timestamp};

use super::join::{Clock, Opening, Protocol, Tuple};
use super::state::Outcome;

/// Who began a connection, with whom.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ends {
    /// Address and port of the end that began.
    pub source: (IpAddr, u16),
    /// Address and port of the other.
    pub destination: (IpAddr, u16),
    /// The transport.
    pub protocol: Protocol,
}

impl Ends {
    /// The ends that an event names; `None` where one is missing, or the transport is not told.
    pub fn of(event: &Event) -> Option<Self> {
        let address = |role| event.facet(role)?.parse::<IpAddr>().ok();
        let port = |role: Role| {
            role.names(event.class)
                .iter()
                .find_map(|name| u16::try_from(whole(event.get(name)?)?).ok())
        };
        let protocol = ["proto", "Protocol", "network.transport"]
            .iter()
            .find_map(|name| protocol(event.get(name)?))?;
        Some(Self {
            source: (address(Role::SourceIp)?, port(Role::SourcePort)?),
            destination: (address(Role::DestinationIp)?, port(Role::DestinationPort)?),
            protocol,
        })
    }

    /// The same in either direction.
    pub fn tuple(&self) -> Tuple {
        Tuple::new(self.source, self.destination, self.protocol)
    }
}

/// Every time that an endpoint's event carries, by the clock it was read from.
pub fn clocks(event: &Event) -> impl Iterator<Item = (Clock, Timestamp)> {
    let seen = event.text_of("UtcTime").and_then(Timestamp::parse);
    let logged = ["TimeCreated", "@timestamp", "SystemTime"]
        .iter()
        .find_map(|name| Timestamp::parse(event.text_of(name)?));
    [(Clock::Seen, seen), (Clock::Logged, logged)]
        .into_iter()
        .filter_map(|(clock, time)| Some((clock, time?)))
}

/// Bytes of IP packets that were sent and received, or of payload where only those are told; 0 for
/// what is unknown.
pub fn bytes(event: &Event) -> (u64, u64) {
    let first = |names: [&str; 4]| {
        names.iter().find_map(|name| u64::try_from(whole(event.get(name)?)?).ok()).unwrap_or(0)
    };
    (
        first(["orig_ip_bytes", "orig_bytes", "flow.bytes_toserver", "source.bytes"]),
        first(["resp_ip_bytes", "resp_bytes", "flow.bytes_toclient", "destination.bytes"]),
    )
}

/// Whether a connection was answered. What says nothing about it was.
pub fn outcome(event: &Event) -> Outcome {
    match event.text_of("conn_state") {
        Some("REJ" | "RSTOS0" | "RSTRH" | "S0" | "SH") => Outcome::Failed,
        _ => Outcome::Answered,
    }
}

/// Whether the sensor saw the connection begin: Zeek's history has the originator's SYN as `S`.
pub fn opening(event: &Event) -> Opening {
    let is_tcp = event.text_of("proto").is_some_and(|proto| proto.eq_ignore_ascii_case("tcp"));
    match event.text_of("history") {
        Some(history) if is_tcp && !history.contains('S') => Opening::Unseen,
        _ => Opening::Seen,
    }
}

fn protocol(value: Scalar<'_>) -> Option<Protocol> {
    if let Some(number) = whole(value) {
        return u8::try_from(number).ok().map(Protocol);
    }
    match value.as_str()?.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::TCP),
        "udp" => Some(Protocol::UDP),
        "icmp" => Some(Protocol(1)),
        "icmp6" | "ipv6-icmp" => Some(Protocol(58)),
        _ => None,
    }
}

fn whole(value: Scalar<'_>) -> Option<i64> {
    match value {
        Scalar::Int(number) => Some(number),
        Scalar::Str(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khien_model::EventClass;

    fn event(fields: &[(&str, Scalar<'_>)]) -> Event {
        let mut event = Event::new();
        for (name, value) in fields {
            event.push(name, *value);
        }
        event.class = EventClass::Network;
        event
    }

    #[test]
    fn sensor_and_endpoint_name_the_same_tuple() {
        let zeek = event(&[
            ("id.orig_h", Scalar::Str("10.0.0.5")),
            ("id.orig_p", Scalar::Int(50_000)),
            ("id.resp_h", Scalar::Str("192.0.2.7")),
            ("id.resp_p", Scalar::Int(443)),
            ("proto", Scalar::Str("tcp")),
            ("conn_state", Scalar::Str("S0")),
            ("history", Scalar::Str("ha")),
            ("orig_ip_bytes", Scalar::Int(60)),
        ]);
        let filter = event(&[
            ("SourceAddress", Scalar::Str("192.0.2.7")),
            ("SourcePort", Scalar::Str("443")),
            ("DestAddress", Scalar::Str("10.0.0.5")),
            ("DestPort", Scalar::Str("50000")),
            ("Protocol", Scalar::Str("6")),
            ("TimeCreated", Scalar::Str("2023-08-15T05:33:55.327Z")),
        ]);
        let (one, other) = (Ends::of(&zeek).unwrap(), Ends::of(&filter).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.tuple(), other.tuple());
        assert_eq!((bytes(&zeek), outcome(&zeek)), ((60, 0), Outcome::Failed));
        assert_eq!(outcome(&filter), Outcome::Answered);
        assert_eq!((opening(&zeek), opening(&filter)), (Opening::Unseen, Opening::Seen));
    }

    #[test]
    fn two_clocks_of_one_event_are_told_apart() {
        let sysmon = event(&[
            ("UtcTime", Scalar::Str("2023-08-16 00:36:50.630")),
            ("@timestamp", Scalar::Str("2023-08-15T05:33:56.632Z")),
        ]);
        let clocks: Vec<Clock> = clocks(&sysmon).map(|(clock, _)| clock).collect();
        assert_eq!(clocks, [Clock::Seen, Clock::Logged]);
    }

    #[test]
    fn what_lacks_an_end_or_a_transport_has_none() {
        let mut fields = vec![
            ("src_ip", Scalar::Str("10.0.0.5")),
            ("src_port", Scalar::Int(50_000)),
            ("dest_ip", Scalar::Str("192.0.2.7")),
            ("dest_port", Scalar::Int(443)),
            ("proto", Scalar::Str("TCP")),
        ];
        assert!(Ends::of(&event(&fields)).is_some());
        fields[3].1 = Scalar::Int(70_000);
        assert_eq!(Ends::of(&event(&fields)), None);
        assert_eq!(Ends::of(&event(&fields[..3])), None);
    }
}
