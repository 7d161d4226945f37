//! `/api/v1/events`: records on their way to the spool.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use khien_ingest::file::ZstdFrames;
use khien_ops::live::parcel::{Form, Parcel, ParcelKey, Taken};
use khien_ops::live::writer::{Refused, Writer};
use khien_wire::{ProblemCode, RECORDS_BYTES_MAX, Received};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::intake::{self, RECORDS_MAX};

/// Bound: characters of an `Idempotency-Key`.
const KEY_CHARS_MAX: usize = 255;
/// How packed bodies begin (RFC 1952 §2.3.1, RFC 8878 §3.1.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bound: bodies that are unpacked at the same time, each to 16 MiB at most.
pub(crate) const UNPACKING: usize = 4;
/// Bound: the same of those who have not said yet who they are.
pub(crate) const STRANGERS_UNPACKING: usize = 2;
/// Bound: how long such a one waits for its turn; the bodies of those who wait are in memory.
const STRANGERS_WAIT: Duration = Duration::from_secs(5);
/// Seconds after which a sender tries again.
const RETRY: u32 = 2;

pub(super) async fn send(app: &App, call: &Call) -> Result<Response, Fault> {
    let form = form_of(call.essence())?;
    let packing = Packing::of(&call.headers)?;
    let key = key_of(call)?;
    let writer = writer(app)?;
    let room = unpacking(app, packing).await?;
    let (parcel, room) = read(call, room, move |body| parcel(form, key, packing, body)).await?;
    if parcel.records == 0 {
        return Ok(json(StatusCode::ACCEPTED, &Received { records: 0, repeated: false }));
    }
    let records = u64::from(parcel.records);
    let taken = offer(writer, parcel, room).await?;
    let received = match taken {
        Taken::New => Received { records, repeated: false },
        Taken::Before(records) => Received { records: u64::from(records), repeated: true },
    };
    Ok(json(StatusCode::ACCEPTED, &received))
}

/// Reads a body where that keeps nobody waiting. The room that it takes is given back when that is done,
/// also where the request has gone away meanwhile.
pub(super) async fn read<T: Send + 'static>(
    call: &Call,
    room: Option<OwnedSemaphorePermit>,
    read: impl FnOnce(&Bytes) -> Result<T, Fault> + Send + 'static,
) -> Result<(T, Option<OwnedSemaphorePermit>), Fault> {
    let (body, held) = (call.body.clone(), call.held.clone());
    let done = tokio::task::spawn_blocking(move || {
        let done = read(&body).map(|done| (done, room));
        drop(held);
        done
    });
    done.await.map_err(|_| Fault::new(ProblemCode::Internal))?
}

/// Offers a parcel, and waits until it is on disk. `room` is for it until the writer counts it.
pub(super) async fn offer(
    writer: &Writer,
    parcel: Parcel,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Taken, Fault> {
    intake::offer(writer, parcel, move || drop(room)).await.map_err(refused)
}

/// The same with several, of which all are taken or none.
pub(super) async fn offer_all(
    writer: &Writer,
    parcels: Vec<Parcel>,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Vec<Taken>, Fault> {
    intake::offer_all(writer, parcels, move || drop(room)).await.map_err(refused)
}

/// Room to unpack a body in: what is unpacked is many times what was sent.
pub(super) async fn unpacking(
    app: &App,
    packing: Packing,
) -> Result<Option<OwnedSemaphorePermit>, Fault> {
    match packing {
        Packing::Plain => Ok(None),
        _ => room(app).await.map(Some),
    }
}

/// Room for what takes many times the memory of its body.
pub(super) async fn room(app: &App) -> Result<OwnedSemaphorePermit, Fault> {
    room_in(&app.unpacking).await
}

/// The same for those of whom nobody knows yet who they are: they are in nobody else's way, and wait for
/// so long at most.
pub(super) async fn strangers_room(app: &App) -> Result<OwnedSemaphorePermit, Fault> {
    room_within(&app.strangers_unpacking, STRANGERS_WAIT).await
}

async fn room_within(
    rooms: &Arc<Semaphore>,
    wait: Duration,
) -> Result<OwnedSemaphorePermit, Fault> {
    let room = tokio::time::timeout(wait, room_in(rooms)).await;
    room.map_err(|_| {
        Fault::new(ProblemCode::RateLimited)
            .detail("others are being looked at; nothing was taken")
            .retry_after(RETRY)
    })?
}

async fn room_in(rooms: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Fault> {
    let room = Arc::clone(rooms).acquire_owned().await;
    room.map_err(|_| Fault::new(ProblemCode::Internal))
}

/// Where records go.
pub(super) fn writer(app: &App) -> Result<&Writer, Fault> {
    app.intake.as_ref().ok_or_else(|| {
        Fault::new(ProblemCode::Overloaded)
            .detail("this server has no lake to put records into")
            .retry_after(60)
    })
}

fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::Busy => Fault::new(ProblemCode::RateLimited)
            .detail("records wait for the lake already; nothing was taken")
            .retry_after(RETRY),
        Refused::Ending => Fault::new(ProblemCode::Overloaded).retry_after(RETRY),
        Refused::Failed(why) => {
            tracing::error!(%why, "records could not be written");
            Fault::new(ProblemCode::Overloaded)
                .detail("records cannot be written")
                .retry_after(RETRY)
        }
    }
}

/// What records are written in, by the content type.
fn form_of(essence: &str) -> Result<Form, Fault> {
    match essence.to_ascii_lowercase().as_str() {
        "application/x-ndjson" | "application/jsonl" | "application/json-lines" => Ok(Form::Json),
        "text/plain" => Ok(Form::Syslog),
        _ => Err(Fault::new(ProblemCode::UnsupportedMediaType).detail(
            "application/x-ndjson (a JSON object a line) or text/plain (syslog) is expected",
        )),
    }
}

/// How a body is packed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Packing {
    Gzip,
    Plain,
    Zstd,
}

impl Packing {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let given =
            headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?"));
        match given.unwrap_or("identity").to_ascii_lowercase().as_str() {
            "identity" => Ok(Self::Plain),
            "gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(Fault::new(ProblemCode::UnsupportedMediaType)
                .detail("Content-Encoding gzip, zstd or none is expected")),
        }
    }
}

/// The sender and its name for the request: other senders may choose the same.
fn key_of(call: &Call) -> Result<Option<ParcelKey>, Fault> {
    let Some(value) = call.headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty());
    match key {
        Some(key) if key.chars().count() <= KEY_CHARS_MAX => {
            Ok(Some(ParcelKey::new(&call.by.actor.id, key)))
        }
        _ => Err(Fault::invalid("Idempotency-Key", "too_long")),
    }
}

fn parcel(
    form: Form,
    key: Option<ParcelKey>,
    packing: Packing,
    body: &Bytes,
) -> Result<Parcel, Fault> {
    let bytes = unpack(packing, body)?;
    if [&GZIP[..], &ZSTD[..]].into_iter().any(|magic| bytes.starts_with(magic)) {
        return Err(Fault::invalid("body", "packed").detail(
            "the body is packed, and Content-Encoding does not say so (or says it once too little)",
        ));
    }
    let mut records = 0_u32;
    for (number, line) in (1_u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        // One that is no record is kept as a dead letter; a body that is another format altogether is
        // better said to its sender.
        if records == 0 && form == Form::Json && line.first() != Some(&b'{') {
            return Err(Fault::invalid("body", "no_json_line").detail(format!(
                "line {number} does not begin with an object; send one JSON object a line"
            )));
        }
        records = records.saturating_add(1);
        if records > RECORDS_MAX {
            return Err(too_many(RECORDS_MAX));
        }
    }
    Ok(Parcel { form, key, host: String::new(), records, bytes })
}

/// More records than a request may bring; a sender divides them.
pub(super) fn too_many(most: u32) -> Fault {
    Fault::new(ProblemCode::TooLarge).detail(format!("{most} records at most in one request"))
}

/// The records as they were before they were packed, within the bound.
pub(super) fn unpack(packing: Packing, body: &Bytes) -> Result<Vec<u8>, Fault> {
    unpack_within(packing, body, RECORDS_BYTES_MAX)
}

/// The same within another bound.
pub(super) fn unpack_within(
    packing: Packing,
    body: &Bytes,
    bytes_max: usize,
) -> Result<Vec<u8>, Fault> {
    let most = bytes_max as u64;
    let read = |reader: &mut dyn Read| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        reader.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = match packing {
        Packing::Plain => Ok(body.to_vec()),
        Packing::Gzip => read(&mut flate2::read::MultiGzDecoder::new(body.as_ref())),
        Packing::Zstd => read(&mut ZstdFrames::new(body.as_ref())),
    };
    let bytes = bytes.map_err(|error| {
        Fault::new(ProblemCode::BadRequest).detail(format!("the body cannot be unpacked: {error}"))
    })?;
    if bytes.len() as u64 > most {
        return Err(Fault::new(ProblemCode::TooLarge)
            .detail(format!("{bytes_max} bytes at most, unpacked")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stranger_waits_for_its_turn_but_not_for_ever() {
        let rooms = Arc::new(Semaphore::new(1));
        let one = room_within(&rooms, Duration::ZERO).await.unwrap();
        let waiting = tokio::spawn({
            let rooms = Arc::clone(&rooms);
            async move {
                room_within(&rooms, Duration::from_secs(60)).await.map_err(|fault| fault.status())
            }
        });
        tokio::task::yield_now().await;
        drop(one);
        let two = waiting.await.unwrap().unwrap();
        let refused = room_within(&rooms, Duration::from_millis(1)).await;
        assert_eq!(refused.map(drop).map_err(|fault| fault.status()), Err(429));
        drop(two);
    }
}
