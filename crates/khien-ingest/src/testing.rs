//! What the readers' tests share: a sink that keeps everything.

use std::io::{self, Read};

use khien_model::event::Origin;
use khien_model::{Event, Limits, RecordFormat, Untrusted};

use crate::normalize::Normalizer;
use crate::read::{Context, StreamReport};
use crate::{DeadLetter, Place, Reason, Sink};

/// A reader under test.
pub(crate) type Reader = fn(&mut dyn Read, &mut Context<'_>) -> io::Result<()>;

/// Everything that a reader found in one stream.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) events: Vec<(Event, Place)>,
    pub(crate) dead: Vec<DeadLetter>,
    pub(crate) report: StreamReport,
}

impl Sink for Collected {
    fn record(&mut self, event: &Event, format: RecordFormat, place: Place) {
        offered_again(event, format);
        self.event(event, place);
    }

    fn event(&mut self, event: &Event, place: Place) {
        self.events.push((event.clone(), place));
    }

    fn dead(&mut self, letter: DeadLetter) {
        self.dead.push(letter);
    }
}

impl Collected {
    /// The event of this number, from 0.
    pub(crate) fn event(&self, number: usize) -> &Event {
        &self.events[number].0
    }

    /// Where and why, for each dead letter.
    pub(crate) fn reasons(&self) -> Vec<(u64, Reason)> {
        self.dead.iter().map(|letter| (letter.offset, letter.reason)).collect()
    }
}

/// What is stored of an event is enough to make it again: every reader's every test holds that.
fn offered_again(event: &Event, format: RecordFormat) {
    let mut stored = Event::new();
    for (name, value, _) in event.fields().filter(|(.., origin)| *origin == Origin::Read) {
        stored.push(name, value);
    }
    (stored.time, stored.class) = (event.time, event.class);
    stored.source = event.source.clone();
    stored.set_host(event.host());
    Normalizer::default().again(&mut stored, format);
    let told = |event: &Event| {
        let mut fields: Vec<String> = event
            .fields()
            .map(|(name, value, origin)| format!("{name}={value} {origin:?}"))
            .collect();
        fields.sort_unstable();
        fields
    };
    assert_eq!(told(&stored), told(event), "{format:?}");
    assert_eq!((stored.time, stored.class, stored.host()), (event.time, event.class, event.host()));
}

/// Reads `input` as a stream of this name.
pub(crate) fn collect(reader: Reader, name: &str, input: &[u8]) -> Collected {
    collect_within(reader, name, input, &Limits::default())
}

/// Reads `input` within these limits.
pub(crate) fn collect_within(
    reader: Reader,
    name: &str,
    input: &[u8],
    limits: &Limits,
) -> Collected {
    let mut collected = Collected::default();
    let mut report = StreamReport::default();
    let mut context = Context {
        name: &Untrusted::from(name),
        limits,
        normalizer: &mut Normalizer::default(),
        event: &mut Event::new(),
        sink: &mut collected,
        report: &mut report,
    };
    let mut stream = input;
    reader(&mut stream, &mut context).expect("a slice reads without errors");
    assert_eq!(report.dead, collected.dead.len() as u64);
    assert_eq!(report.records.values().sum::<u64>(), collected.events.len() as u64);
    collected.report = report;
    collected
}

/// An event of these fields, as a JSON reader would fill it.
pub(crate) fn event_of(fields: &[(&str, khien_model::Scalar<'_>)]) -> Event {
    let mut event = Event::new();
    for (name, value) in fields {
        event.push(name, *value);
    }
    event
}

/// Every value of a field, as text.
pub(crate) fn texts(event: &Event, name: &str) -> Vec<String> {
    event.values(name).map(|value| value.to_string()).collect()
}

mod tests {
    use khien_model::Scalar;
    use proptest::prelude::*;

    use super::event_of;
    use crate::normalize::{Sources, cloud, eslogger, journald, osquery, saas, suricata, zeek};

    /// Names that the normalisers look at, so that random records get past the first look.
    const NAMES: [&str; 56] = [
        "ts",
        "uid",
        "_path",
        "id.orig_h",
        "uri",
        "host",
        "answers",
        "query",
        "event_type",
        "timestamp",
        "flow_id",
        "src_ip",
        "dns.rrname",
        "http.url",
        "eventName",
        "eventSource",
        "eventTime",
        "requestParameters.a",
        "responseElements.b",
        "protoPayload.methodName",
        "data.protoPayload.serviceName",
        "logName",
        "protoPayload.metadata.event.parameter.name",
        "protoPayload.metadata.event.parameter.value",
        "operationName",
        "resourceId",
        "category",
        "Type",
        "properties.category",
        "properties.activityDisplayName",
        "resultType",
        "properties.targetResources.modifiedProperties.displayName",
        "properties.targetResources.modifiedProperties.newValue",
        "properties.status.errorCode",
        "properties.networkLocationDetails",
        "riskEventType",
        "Workload",
        "Operation",
        "Parameters.Name",
        "Parameters.Value",
        "event.exec.args",
        "event.close.modified",
        "event.create.destination.new_path.dir.path",
        "event.create.destination.new_path.filename",
        "process.audit_token.euid",
        "hostIdentifier",
        "name",
        "columns.path",
        "columns.cmdline",
        "snapshot.remote_address",
        "unixTime",
        "__REALTIME_TIMESTAMP",
        "MESSAGE",
        "SYSLOG_IDENTIFIER",
        "eventType",
        "logtype",
    ];

    fn value() -> impl Strategy<Value = (u8, String, i64, f64)> {
        (
            0_u8..5,
            "(sshd|sudo|conn|http|exec|AlertTriggered|[a-zđ=/.?:;\" 0-9-]{0,20})",
            any::<i64>(),
            any::<f64>(),
        )
    }

    proptest! {
        #[test]
        fn no_record_makes_a_normaliser_panic(
            fields in prop::collection::vec((0_usize..NAMES.len(), value()), 0..24),
            stream in ".{0,12}",
        ) {
            let fields: Vec<(&str, Scalar<'_>)> = fields
                .iter()
                .map(|(name, (kind, text, whole, float))| (NAMES[*name], match kind {
                    0 => Scalar::Int(*whole),
                    1 => Scalar::Float(*float),
                    2 => Scalar::Null,
                    _ => Scalar::Str(text),
                }))
                .collect();
            let sources = &mut Sources::default();
            let read = event_of(&fields).to_json();
            for normalize in [
                cloud::cloudtrail, cloud::azure, cloud::gcp, eslogger::normalize,
                journald::normalize, osquery::normalize, saas::normalize, suricata::normalize,
            ] {
                let mut event = event_of(&fields);
                normalize(&mut event, sources);
                prop_assert_eq!(&event.to_json(), &read, "what was read stays as it was");
            }
            let mut event = event_of(&fields);
            zeek::normalize_json(&mut event, &stream, sources);
            prop_assert_eq!(&event.to_json(), &read);
        }
    }
}
