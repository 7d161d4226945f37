//! `/osquery`: hosts that run osquery enrol, are told what to ask, and send what they find.
//!
//! The protocol has every request as POST with its key in the body, so these operations are open to everybody in
//! the table, and each looks at the key itself. A client reads no status: what is not taken has to say `error`, or the
//! client throws away what it sent. `node_invalid` makes it enrol again.
//!
//! Source: osquery, "Remote API"; `osquery/remote/utility.h`, `plugins/logger/tls_logger.cpp`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_ingest::osquery::{self as rows, Lines, OsqueryError, Sender};
use khien_model::Timestamp;
use khien_ops::live::parcel::{Form, Parcel, ParcelKey};
use khien_wire::{Actor, ActorKind, OsqueryAnswer, ProblemCode, RECORDS_BYTES_MAX, Scope};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::call::Call;
use super::events::{self, Packing, offer, unpack_within, writer};
use super::{Fault, json};
use crate::app::App;
use crate::osquery::{configuration, inventory, is_inventory};
use crate::state::{By, Enrolled, Enrolment, KnownNode, parse_bearer};

/// The table's word for these operations.
pub(super) const TAG: &str = "osquery";
/// Bound: bytes of a request that carries no rows.
pub(super) const SMALL_BYTES_MAX: usize = 256 * 1024;

/// What tells a client that its request was not taken.
pub(super) fn refusal(why: &str) -> Vec<u8> {
    let answer = OsqueryAnswer { error: Some(why.to_owned()), ..OsqueryAnswer::default() };
    serde_json::to_vec(&answer).unwrap_or_default()
}

fn answer(answer: &OsqueryAnswer) -> Response {
    json(StatusCode::OK, answer)
}

/// Tells a client that its key, or its secret, does not count.
fn invalid(why: Option<&str>) -> Response {
    let error = why.map(str::to_owned);
    answer(&OsqueryAnswer { node_invalid: true, error, ..OsqueryAnswer::default() })
}

/// What a host says of itself when it enrols. Other members are left.
#[derive(Debug, Deserialize)]
struct EnrolRequest {
    #[serde(default)]
    enroll_secret: String,
    #[serde(default)]
    host_identifier: String,
    #[serde(default)]
    platform_type: Value,
    #[serde(default)]
    host_details: Value,
}

impl EnrolRequest {
    fn said(&self) -> Enrolment {
        let detail = |path: &str| {
            let text = self.host_details.pointer(path).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let os = [detail("/os_version/name"), detail("/os_version/version")];
        let names = [detail("/system_info/hostname"), detail("/system_info/computer_name")];
        Enrolment {
            host_identifier: self.host_identifier.clone(),
            hostname: names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default(),
            platform: self.platform(&detail("/os_version/platform")).to_owned(),
            os: os.join(" "),
            version: detail("/osquery_info/version"),
        }
    }

    /// Distributions of Linux are many, so they are what is left. Source: `osquery/utils/info/platform_type.h`.
    fn platform(&self, said: &str) -> &'static str {
        match said {
            "darwin" => return "darwin",
            "windows" => return "windows",
            "" => {}
            _ => return "linux",
        }
        let bits = match &self.platform_type {
            Value::String(text) => text.parse().unwrap_or_default(),
            other => other.as_u64().unwrap_or_default(),
        };
        match bits {
            bits if bits & 0x02 != 0 => "windows",
            bits if bits & 0x10 != 0 => "darwin",
            bits if bits & 0x08 != 0 => "linux",
            _ => "",
        }
    }
}

pub(super) async fn enroll(app: &App, call: &Call) -> Result<Response, Fault> {
    let request: EnrolRequest =
        serde_json::from_slice(&unpacked(app, call, SMALL_BYTES_MAX).await?.0)
            .map_err(|error| Fault::new(ProblemCode::BadRequest).detail(error.to_string()))?;
    let secret = request.enroll_secret.trim();
    let machine = match parse_bearer(secret) {
        Some((id, secret)) => app.store.machine(&id, secret).await?,
        None => None,
    };
    let Some(machine) = machine.filter(|machine| machine.scopes.contains(&Scope::NodesEnroll))
    else {
        return Ok(invalid(Some("the enrolment secret does not count")));
    };
    let actor = Actor { kind: ActorKind::Token, id: machine.id, name: machine.name };
    let by = By { actor, source: call.by.source.clone() };
    match app.store.enrol_node(&by, &request.said()).await? {
        Enrolled::Key(key) => {
            Ok(answer(&OsqueryAnswer { node_key: Some(key), ..OsqueryAnswer::default() }))
        }
        Enrolled::Refused(why) => Ok(invalid(Some(why))),
    }
}

pub(super) async fn config(app: &App, call: &Call) -> Result<Response, Fault> {
    let (_, key, _) = unpacked(app, call, SMALL_BYTES_MAX).await?;
    let Some(node) = node(app, call, key).await? else { return Ok(invalid(None)) };
    Ok(answer(&configuration(&node.platform)))
}

pub(super) async fn distributed_read(app: &App, call: &Call) -> Result<Response, Fault> {
    let (_, key, _) = unpacked(app, call, SMALL_BYTES_MAX).await?;
    let Some(node) = node(app, call, key).await? else { return Ok(invalid(None)) };
    // Nobody is asked what could not be put anywhere.
    let is_due = app.intake.is_some() && app.store.ask_node(&node.id).await?;
    let queries = if is_due { inventory(&node.platform) } else { Default::default() };
    Ok(answer(&OsqueryAnswer { queries, ..OsqueryAnswer::default() }))
}

pub(super) async fn log(app: &App, call: &Call) -> Result<Response, Fault> {
    let (body, said, room) = unpacked(app, call, RECORDS_BYTES_MAX).await?;
    let Some(node) = node(app, call, said).await? else { return Ok(invalid(None)) };
    let room = known_room(app, room).await?;
    let (taken, room) = {
        let node = node.clone();
        // Every row says when it was found, so the same bytes are the same request.
        let work = move || Ok((rows::log(&body, &sender(&node))?, key(&node, "log", &body)));
        read(room, work).await?
    };
    put(app, &node, taken, room).await?;
    Ok(answer(&OsqueryAnswer::default()))
}

pub(super) async fn distributed_write(app: &App, call: &Call) -> Result<Response, Fault> {
    let (body, said, room) = unpacked(app, call, RECORDS_BYTES_MAX).await?;
    let Some(node) = node(app, call, said).await? else { return Ok(invalid(None)) };
    let room = known_room(app, room).await?;
    let now = Timestamp::from_nanos(app.store.now().saturating_mul(1_000_000));
    let ((taken, is_answered), room) = {
        let node = node.clone();
        let work = move || {
            let (lines, is_answered) = rows::answers(&body, &sender(&node), now, is_inventory)?;
            // Answers say no time; the next ones to the same questions come a day later, and may be the same.
            let hour = now.as_nanos().div_euclid(3_600_000_000_000);
            let key = key(&node, &format!("answers {hour}"), &body);
            Ok(((lines, key), is_answered))
        };
        read(room, work).await?
    };
    put(app, &node, taken, room).await?;
    if is_answered {
        app.store.node_answered(&node.id).await?;
    }
    Ok(answer(&OsqueryAnswer::default()))
}

fn sender(node: &KnownNode) -> Sender<'_> {
    Sender {
        host_identifier: &node.host_identifier,
        hostname: &node.hostname,
        platform: &node.platform,
    }
}

/// The name of a request that a client sends once more when it hears no answer.
fn key(node: &KnownNode, what: &str, body: &[u8]) -> ParcelKey {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(body));
    ParcelKey::new(&node.id, &format!("{what} {digest}"))
}

/// The node of a key; none where it does not count.
async fn node(app: &App, call: &Call, key: Option<String>) -> Result<Option<KnownNode>, Fault> {
    let Some(key) = key else { return Ok(None) };
    Ok(app.store.node_of(&key, &call.by.source).await?)
}

/// A body, unpacked, the key in it, and room for what is made of it.
async fn unpacked(
    app: &App,
    call: &Call,
    bytes_max: usize,
) -> Result<(Vec<u8>, Option<String>, Room), Fault> {
    let packing = Packing::of(&call.headers)?;
    let room = Some(events::strangers_room(app).await?);
    let read = events::read(call, room, move |body| {
        let body = unpack_within(packing, body, bytes_max)?;
        let key = rows::node_key(&body);
        Ok((body, key))
    });
    let ((body, key), room) = read.await?;
    Ok((body, key, room))
}

/// A place among those who are known, for one among strangers: what a host sends keeps none of those from
/// being looked at who have not said yet who they are.
async fn known_room(app: &App, strangers: Room) -> Result<Room, Fault> {
    let known = events::room(app).await?;
    drop(strangers);
    Ok(Some(known))
}

/// Room for what is made of a body.
type Room = Option<OwnedSemaphorePermit>;

/// Reads rows, away from what answers requests; their room is kept until that is done.
async fn read<T: Send + 'static>(
    room: Room,
    work: impl FnOnce() -> Result<T, OsqueryError> + Send + 'static,
) -> Result<(T, Room), Fault> {
    let read = tokio::task::spawn_blocking(move || work().map(|made| (made, room))).await;
    read.map_err(|_| Fault::new(ProblemCode::Internal))?.map_err(|error| {
        let code = match error {
            OsqueryError::TooLarge => ProblemCode::TooLarge,
            _ => ProblemCode::BadRequest,
        };
        Fault::new(code).detail(error.to_string())
    })
}

/// Puts rows into the spool, and waits until they are on disk.
async fn put(
    app: &App,
    node: &KnownNode,
    (lines, key): (Lines, ParcelKey),
    room: Room,
) -> Result<(), Fault> {
    let writer = writer(app)?;
    if lines.dropped > 0 {
        tracing::warn!(node = %node.id, rows = lines.dropped, "a host sent more rows than one request may");
    }
    if lines.records == 0 {
        return Ok(());
    }
    let parcel = Parcel {
        form: Form::Json,
        key: Some(key),
        host: String::new(),
        records: lines.records,
        bytes: lines.bytes,
    };
    offer(writer, parcel, room).await.map(|_| ())
}
