//! JSON of no known producer: the usual names for time, host and log source, and nothing else.

use khien_model::{Event, RecordFormat, Scalar, Timestamp};

use super::Sources;

/// When OpenTelemetry wrapped a record that says a time of its own; counts where that one cannot be read.
pub(crate) const OTEL_TIME: &str = "otel.time";

/// 1 January 2000.
const MILLENNIUM_NANOS: i64 = 946_684_800_000_000_000;

/// Names that usually hold the time, best first.
const TIME: [&str; 10] = [
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "eventTime",
    "datetime",
    "date",
    "TimeCreated",
    "UtcTime",
    OTEL_TIME,
];

/// Names that usually hold the host, best first.
const HOST: [&str; 8] = [
    "host.name",
    "hostname",
    "Hostname",
    "host",
    "Computer",
    "computer_name",
    "agent.name",
    "HOSTNAME",
];

/// Takes the time, host and (where the record names them) Sigma log source words.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    event.time = first_time(event, &TIME);
    set_host(event, &HOST);
    let (product, category, service) =
        (event.text_of("product"), event.text_of("category"), event.text_of("service"));
    let categories: Vec<&str> = category.into_iter().collect();
    let source = sources.get(product, service, &categories);
    let class = class_of(category);
    event.source = source;
    event.class = class;
    RecordFormat::Json
}

/// The OCSF class that a Sigma category speaks of.
pub fn class_of(category: Option<&str>) -> khien_model::EventClass {
    use khien_model::EventClass as Class;
    match category {
        Some("process_creation") => Class::Process,
        Some("image_load") => Class::Module,
        Some("driver_load") => Class::Driver,
        Some("network_connection" | "firewall") => Class::Network,
        Some("dns" | "dns_query") => Class::Dns,
        Some("proxy" | "webserver") => Class::Http,
        Some("antivirus") => Class::Finding,
        Some(word) if word.starts_with("file_") => Class::File,
        Some(word) if word.starts_with("registry_") => Class::Registry,
        _ => Class::Other,
    }
}

/// The first of these fields that reads as a time: RFC 3339 text, or seconds, milliseconds,
/// microseconds or nanoseconds since the epoch, told apart by size. Where OpenTelemetry says when a record was
/// written, a number of the years before 2000 is something else: how long a request took, say.
pub fn first_time(event: &Event, names: &[&str]) -> Option<Timestamp> {
    let is_wrapped = event.has(OTEL_TIME);
    names.iter().find_map(|name| {
        let value = event.get(name)?;
        let is_number = match value {
            Scalar::Str(text) => text.parse::<f64>().is_ok(),
            _ => true,
        };
        time_of(value)
            .filter(|time| !(is_wrapped && is_number) || time.as_nanos() >= MILLENNIUM_NANOS)
    })
}

/// Reads a value as a time (see [`first_time`]).
pub fn time_of(value: Scalar<'_>) -> Option<Timestamp> {
    match value {
        Scalar::Str(text) => Timestamp::parse(text).or_else(|| {
            let seconds: f64 = text.parse().ok()?;
            time_of(Scalar::Float(seconds))
        }),
        Scalar::Int(number) => {
            // 1e11 s is the year 5138; 1e11 ms is 1973: present-day stamps never meet.
            let scale = match number.unsigned_abs() {
                0..100_000_000_000 => 1_000_000_000,
                100_000_000_000..100_000_000_000_000 => 1_000_000,
                100_000_000_000_000..100_000_000_000_000_000 => 1_000,
                _ => 1,
            };
            number.checked_mul(scale).map(Timestamp::from_nanos)
        }
        Scalar::Float(number) if number.abs() < 1e11 => Timestamp::from_seconds_f64(number),
        Scalar::Float(number) if number.abs() < 1e14 => Timestamp::from_seconds_f64(number / 1e3),
        _ => None,
    }
}

/// Takes the host from the first of these fields that holds text.
pub fn set_host(event: &mut Event, names: &[&str]) {
    names.iter().any(|name| event.set_host_from(name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_units_are_told_apart_by_size() {
        let expected = Timestamp::parse("2023-03-24T07:05:00Z");
        for value in [
            Scalar::Int(1_679_641_500),
            Scalar::Int(1_679_641_500_000),
            Scalar::Int(1_679_641_500_000_000),
            Scalar::Int(1_679_641_500_000_000_000),
            Scalar::Float(1_679_641_500.0),
            Scalar::Float(1_679_641_500_000.0),
            Scalar::Str("1679641500"),
            Scalar::Str("2023-03-24 07:05:00"),
        ] {
            assert_eq!(time_of(value), expected, "{value:?}");
        }
        assert_eq!(time_of(Scalar::Str("soon")), None);
        assert_eq!(time_of(Scalar::Float(f64::NAN)), None);
    }

    /// A member called `time` may be how long something took.
    #[test]
    fn a_small_number_is_no_time_where_the_sender_says_one() {
        let time = |members: &[(&str, Scalar<'_>)]| {
            let mut event = Event::new();
            members.iter().for_each(|(name, value)| event.push(name, *value));
            first_time(&event, &TIME).map(|time| time.to_string())
        };
        let wrapped = (OTEL_TIME, Scalar::Str("2026-03-02T08:00:00Z"));
        for small in [Scalar::Int(12), Scalar::Float(0.25), Scalar::Str("12.5")] {
            assert_eq!(time(&[("time", small), wrapped]).as_deref(), Some("2026-03-02T08:00:00Z"));
            assert!(time(&[("time", small)]).is_some_and(|time| time.starts_with("1970")));
        }
        for own in [Scalar::Int(1_772_438_399), Scalar::Str("1999-12-31T23:59:59Z")] {
            let time = time(&[("time", own), wrapped]);
            assert_ne!(time.as_deref(), Some("2026-03-02T08:00:00Z"));
            assert!(time.is_some());
        }
    }
}
