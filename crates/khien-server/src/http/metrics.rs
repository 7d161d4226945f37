//! What the server counts, in the text format of Prometheus. No label takes a value that a caller chooses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{JobState, OperationId};

use super::Fault;
use crate::app::App;

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum LoginEnd {
    Begun,
    Limited,
    Overloaded,
    Refused,
}

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0];

#[derive(Debug, Default)]
struct Duration8 {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<(OperationId, u16), u64>,
    durations: BTreeMap<OperationId, Duration8>,
    logins: BTreeMap<LoginEnd, u64>,
}

/// What the server counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counted: Mutex<Counted>,
    rate_limited: AtomicU64,
    connections: Arc<AtomicU64>,
    connections_total: AtomicU64,
}

/// A connection, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection(Arc<AtomicU64>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(crate) fn request(&self, id: OperationId, status: StatusCode, took: Duration) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = counted.requests.entry((id, status.as_u16())).or_default();
        *requests = requests.saturating_add(1);
        let durations = counted.durations.entry(id).or_default();
        durations.count = durations.count.saturating_add(1);
        durations.sum = durations.sum.saturating_add(took);
        for (bucket, most) in durations.buckets.iter_mut().zip(BUCKETS) {
            if took.as_secs_f64() <= most {
                *bucket = bucket.saturating_add(1);
            }
        }
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn login(&self, end: LoginEnd) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let logins = counted.logins.entry(end).or_default();
        *logins = logins.saturating_add(1);
    }

    pub(crate) fn connection(&self) -> OpenConnection {
        self.connections_total.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
        OpenConnection(self.connections.clone())
    }
}

/// `GET /metrics`.
pub(super) async fn show(app: &App) -> Result<Response, Fault> {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, lines: Vec<(String, String)>| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(out, "{name}{labels} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value.to_string())];
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    family("khien_build_info", "gauge", "The version.", vec![(version, "1".to_owned())]);
    let open = app.metrics.connections.load(Ordering::Relaxed);
    family("khien_http_connections", "gauge", "Connections that are open.", one(open));
    let total = app.metrics.connections_total.load(Ordering::Relaxed);
    family("khien_http_connections_total", "counter", "Connections that were taken.", one(total));
    let limited = app.metrics.rate_limited.load(Ordering::Relaxed);
    family("khien_http_rate_limited_total", "counter", "Requests refused by rate.", one(limited));
    let help = "Passwords that were hashed to be stored or compared.";
    family("khien_password_hashes_total", "counter", help, one(app.passwords.done()));
    let streams = u64::try_from(app.streams.count()).unwrap_or(u64::MAX);
    family("khien_live_streams", "gauge", "Live streams that are open.", one(streams));
    {
        let counted = app.metrics.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = counted.requests.iter().map(|((id, status), count)| {
            (format!("{{operation=\"{id:?}\",status=\"{status}\"}}"), count.to_string())
        });
        let help = "Requests by operation and status.";
        family("khien_http_requests_total", "counter", help, requests.collect());
        let logins = counted.logins.iter().map(|(end, count)| {
            let end = format!("{end:?}").to_lowercase();
            (format!("{{outcome=\"{end}\"}}"), count.to_string())
        });
        let help = "Attempts to sign in, by how they ended.";
        family("khien_logins_total", "counter", help, logins.collect());
    }
    let mut jobs = Vec::new();
    for state in [JobState::Queued, JobState::Running, JobState::Failed] {
        let count = app.store.count_jobs(state, 0).await?;
        jobs.push((
            format!("{{state=\"{}\"}}", format!("{state:?}").to_lowercase()),
            count.to_string(),
        ));
    }
    family("khien_jobs", "gauge", "Jobs by state.", jobs);
    durations(&app.metrics, &mut out);
    let mut response = super::text(out);
    let plain = axum::http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(axum::http::header::CONTENT_TYPE, plain);
    Ok(response)
}

fn durations(metrics: &Metrics, out: &mut String) {
    let counted = metrics.counted.lock().unwrap_or_else(PoisonError::into_inner);
    let name = "khien_http_request_seconds";
    let _ = writeln!(out, "# HELP {name} How long requests took.\n# TYPE {name} histogram");
    for (id, durations) in &counted.durations {
        for (most, count) in BUCKETS.iter().zip(durations.buckets) {
            let _ = writeln!(out, "{name}_bucket{{operation=\"{id:?}\",le=\"{most}\"}} {count}");
        }
        let count = durations.count;
        let _ = writeln!(out, "{name}_bucket{{operation=\"{id:?}\",le=\"+Inf\"}} {count}");
        let sum = durations.sum.as_secs_f64();
        let _ = writeln!(out, "{name}_sum{{operation=\"{id:?}\"}} {sum}");
        let _ = writeln!(out, "{name}_count{{operation=\"{id:?}\"}} {count}");
    }
}
