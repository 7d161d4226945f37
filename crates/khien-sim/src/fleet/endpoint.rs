//! A machine on the network, as the sensor sees it: looks names up, opens connections.

use std::collections::BTreeMap;

use super::services::Service;
use crate::calendar::SimTime;
use crate::format::traffic::{Fingerprint, Flow, Handshake, NameLookup, Transport};
use crate::format::{suricata, zeek};
use crate::random::{BASE62, Random};
use crate::record::{FileKind, SimFile};
use crate::tape::{Body, Tape};

/// One machine's side of the network.
#[derive(Debug)]
pub(crate) struct Endpoint {
    address: &'static str,
    random: Random,
    /// Names that need no lookup until then.
    cached: BTreeMap<&'static str, SimTime>,
}

/// A wish to talk to a service over TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    pub(crate) at: SimTime,
    pub(crate) service: &'static Service,
    pub(crate) client: &'static Fingerprint,
    pub(crate) up_bytes: i64,
    pub(crate) down_bytes: i64,
    pub(crate) lasting_ms: i64,
}

/// What the machine itself knows about a contact afterwards.
#[derive(Debug)]
pub(crate) struct Contacted {
    pub(crate) resolved: SimTime,
    pub(crate) connected: SimTime,
    pub(crate) port: u16,
    pub(crate) address: &'static str,
}

/// A connection that the sensor logs as a connection only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    pub(crate) at: SimTime,
    pub(crate) address: &'static str,
    pub(crate) port: u16,
    pub(crate) transport: Transport,
    pub(crate) service: &'static str,
    pub(crate) up_bytes: i64,
    pub(crate) down_bytes: i64,
    pub(crate) lasting_ms: i64,
}

impl Endpoint {
    pub(crate) fn new(address: &'static str, random: Random) -> Self {
        Self { address, random, cached: BTreeMap::new() }
    }

    /// Looks the name up if it is not cached, connects, shakes hands; the sensor logs all of it.
    pub(crate) fn contact(&mut self, tape: &mut Tape, contact: &Contact) -> Contacted {
        let resolved = self.look_up(tape, contact.at, contact.service);
        let service = contact.service;
        let address = *self.random.pick(service.addresses);
        let connected = resolved.plus_us(self.random.range(900, 4_000));
        let port = self.port();
        let flow = Flow {
            start: connected,
            lasting_us: contact.lasting_ms * 1000 + self.random.range(0, 1000),
            uid: self.uid(),
            flow_id: self.flow_id(),
            source: (self.address, port),
            destination: (address, service.port),
            transport: Transport::Tcp,
            service: "ssl",
            up_bytes: contact.up_bytes,
            down_bytes: contact.down_bytes,
        };
        let handshake = Handshake {
            flow: &flow,
            at: connected.plus_us(self.random.range(1_500, 38_000)),
            server_name: service.name,
            client: contact.client,
            certificate: service.certificate.as_ref(),
        };
        tape.add(flow.start, CONN, Body::Line(zeek::conn(&flow)));
        tape.add(handshake.at, SSL, Body::Line(zeek::ssl(&handshake)));
        tape.add(handshake.at, EVE, Body::Line(suricata::tls(&handshake)));
        self.flow_record(tape, &flow, "tls");
        Contacted { resolved, connected, port, address }
    }

    /// Opens a connection that needs no name; returns the local port.
    pub(crate) fn connect(&mut self, tape: &mut Tape, plain: &Plain) -> u16 {
        let port = self.port();
        let flow = Flow {
            start: plain.at,
            lasting_us: plain.lasting_ms * 1000 + self.random.range(0, 1000),
            uid: self.uid(),
            flow_id: self.flow_id(),
            source: (self.address, port),
            destination: (plain.address, plain.port),
            transport: plain.transport,
            service: plain.service,
            up_bytes: plain.up_bytes,
            down_bytes: plain.down_bytes,
        };
        tape.add(flow.start, CONN, Body::Line(zeek::conn(&flow)));
        port
    }

    /// Returns when the address is known.
    fn look_up(&mut self, tape: &mut Tape, at: SimTime, service: &'static Service) -> SimTime {
        if self.cached.get(service.name).is_some_and(|until| at < *until) {
            return at.plus_us(self.random.range(100, 600));
        }
        self.cached.insert(service.name, at.plus_s(i64::from(service.ttl_s)));
        let question = i64::try_from(service.name.len()).unwrap_or(0) + 18;
        let answers = i64::try_from(service.addresses.len()).unwrap_or(1);
        let flow = Flow {
            start: at,
            lasting_us: self.random.range(700, 42_000),
            uid: self.uid(),
            flow_id: self.flow_id(),
            source: (self.address, self.port()),
            destination: (RESOLVER, 53),
            transport: Transport::Udp,
            service: "dns",
            up_bytes: question,
            down_bytes: question + answers * 16 + if service.alias.is_some() { 42 } else { 0 },
        };
        let lookup = NameLookup {
            flow: &flow,
            transaction_id: self.random.range(1, 65_535),
            name: service.name,
            alias: service.alias,
            addresses: service.addresses,
            ttl_s: service.ttl_s,
        };
        tape.add(flow.start, CONN, Body::Line(zeek::conn(&flow)));
        tape.add(flow.start, DNS, Body::Line(zeek::dns(&lookup)));
        tape.add(flow.end(), EVE, Body::Line(suricata::dns(flow.end(), &lookup)));
        flow.end()
    }

    fn flow_record(&mut self, tape: &mut Tape, flow: &Flow<'_>, app_proto: &str) {
        let forgotten = flow.end().plus_us(self.random.range(60_000_000, 64_000_000));
        let line = suricata::flow(forgotten, flow, app_proto);
        tape.add(forgotten, EVE, Body::Line(line));
    }

    fn port(&mut self) -> u16 {
        u16::try_from(self.random.range(49_152, 65_536)).unwrap_or(u16::MAX)
    }

    fn uid(&mut self) -> String {
        format!("C{}", self.random.text(BASE62, 17))
    }

    fn flow_id(&mut self) -> i64 {
        self.random.range(100_000_000_000_000, 2_200_000_000_000_000)
    }
}

/// The organisation's name server, on its domain controller.
pub(crate) const RESOLVER: &str = "10.20.10.10";

/// `conn.log` of the sensor.
pub(crate) const CONN: SimFile = SimFile::new(FileKind::ZeekConn, "zeek/conn.log");
/// `dns.log` of the sensor.
pub(crate) const DNS: SimFile = SimFile::new(FileKind::ZeekDns, "zeek/dns.log");
/// `ssl.log` of the sensor.
pub(crate) const SSL: SimFile = SimFile::new(FileKind::ZeekSsl, "zeek/ssl.log");
/// EVE output of the sensor.
pub(crate) const EVE: SimFile = SimFile::new(FileKind::SuricataEve, "suricata/eve.json");
