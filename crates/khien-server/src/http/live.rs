//! `GET /api/v1/live`: server-sent events.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use khien_wire::{ChangeKind, ProblemCode, Role};
use tokio::sync::watch;
use tokio::time::Interval;

use super::Fault;
use super::call::{Call, Principal};
use super::stream::OpenStream;
use crate::app::App;
use crate::live::Since;
use crate::state::StateError;

/// How often a line is sent when nothing happens, so that neither side waits for one that is gone.
/// Also how long at most a stream outlives the session or token that opened it.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Why a stream woke up.
enum Woken {
    Change,
    End,
    Heartbeat,
}

/// A stream at work.
struct Stream {
    app: Arc<App>,
    principal: Principal,
    last: u64,
    wake: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    heartbeat: Interval,
    ready: VecDeque<Bytes>,
    _open: OpenStream,
}

pub(super) fn open(app: &Arc<App>, call: &Call) -> Result<Response, Fault> {
    let owner = match &call.principal {
        Principal::Anonymous => return Err(Fault::new(ProblemCode::Unauthenticated)),
        Principal::Machine(machine) => machine.id.as_str(),
        Principal::Person(person) => person.id.as_str(),
    };
    let too_many = || Fault::new(ProblemCode::TooManyStreams).retry_after(30);
    let open = app.streams.open(owner).ok_or_else(too_many)?;
    let wake = app.bus.watch();
    let resumed = call.headers.get("last-event-id").and_then(|value| value.to_str().ok());
    // A number that cannot be read is one that is not known: begin anew.
    let last = resumed.map_or_else(|| app.bus.now(), |text| text.trim().parse().unwrap_or(0));
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.reset();
    let mut stream = Stream {
        app: app.clone(),
        principal: call.principal.clone(),
        last,
        wake,
        stop: app.stop.clone(),
        heartbeat,
        ready: VecDeque::from([Bytes::from_static(b"retry: 3000\n\n")]),
        _open: open,
    };
    stream.collect();
    let chunks = futures::stream::unfold(stream, |mut stream| async move {
        let chunk = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), stream))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that gather answers would hold the stream back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Stream {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(chunk);
            }
            if *self.stop.borrow() {
                return None;
            }
            let woken = tokio::select! {
                changed = self.wake.changed() => changed.map_or(Woken::End, |()| Woken::Change),
                _ = self.heartbeat.tick() => Woken::Heartbeat,
                _ = self.stop.wait_for(|stop| *stop) => Woken::End,
            };
            match woken {
                // Somebody may have lost the right to see what changed about accounts.
                Woken::Change if self.collect() && !self.still().await => return None,
                Woken::Change => {}
                Woken::Heartbeat if !self.still().await => return None,
                Woken::Heartbeat => self.ready.push_back(Bytes::from_static(b":\n\n")),
                Woken::End => return None,
            }
        }
    }

    /// Takes what was published since; says whether accounts are among it.
    fn collect(&mut self) -> bool {
        self.wake.borrow_and_update();
        let changes = match self.app.bus.since(self.last) {
            Since::Changes(changes) => changes,
            Since::Reset(newest) => {
                self.last = newest;
                let text = format!("id: {newest}\nevent: reset\ndata: {{}}\n\n");
                self.ready.push_back(text.into());
                return false;
            }
        };
        let mut accounts = false;
        let mut text = String::new();
        for numbered in changes {
            self.last = numbered.id;
            let of_accounts = numbered.change.kind == ChangeKind::Account;
            accounts |= of_accounts;
            if of_accounts && !self.is_admin() {
                continue;
            }
            let data = serde_json::to_string(&numbered.change).unwrap_or_default();
            let _ = write!(text, "id: {}\nevent: change\ndata: {data}\n\n", numbered.id);
        }
        if !text.is_empty() {
            self.ready.push_back(text.into());
        }
        accounts
    }

    fn is_admin(&self) -> bool {
        matches!(&self.principal, Principal::Person(person) if person.role == Role::Admin)
    }

    /// Whether who opened the stream may still have it, as who they are now.
    async fn still(&mut self) -> bool {
        let found: Result<bool, StateError> = match &self.principal {
            Principal::Anonymous => Ok(false),
            Principal::Machine(machine) => self.app.store.machine_still(&machine.id).await,
            Principal::Person(person) => match self.app.store.person_still(&person.session).await {
                Ok(Some(now)) => {
                    // Who was an admin when this was collected and is none any more gets nothing of it.
                    let same = now.role == person.role;
                    self.principal = Principal::Person(now);
                    Ok(same)
                }
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            },
        };
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "a live stream could not be held against its session");
            false
        })
    }
}
