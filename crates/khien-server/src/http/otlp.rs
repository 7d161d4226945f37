//! `/otlp`: logs of OpenTelemetry, as its Collector and its libraries send them over HTTP.
//!
//! Source: OpenTelemetry Protocol 1.x, "OTLP/HTTP": answers have the encoding of the request, refusals are a
//! `google.rpc.Status`, and clients try again after 429, 502, 503 and 504 only.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_ingest::otlp::{self, Lines, OtlpError};
use khien_model::Timestamp;
use khien_ops::live::parcel::{Form, Parcel, ParcelKey};
use khien_wire::{OtlpPartialSuccess, OtlpReceived, ProblemCode};
use sha2::{Digest, Sha256};

use super::call::{Call, essence};
use super::events::{Packing, offer_all, read, room, unpack, writer};
use super::{Fault, json};
use crate::app::App;

/// How a request is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Json,
    Protobuf,
}

impl Encoding {
    pub(super) const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }
}

/// How a request is written, where that is known here.
pub(super) fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    let essence = essence(headers);
    let all = [Encoding::Json, Encoding::Protobuf];
    all.into_iter().find(|encoding| essence.eq_ignore_ascii_case(encoding.media()))
}

pub(super) async fn logs(app: &App, call: &Call) -> Result<Response, Fault> {
    let writer = writer(app)?;
    let packing = Packing::of(&call.headers)?;
    let encoding = encoding_of(&call.headers).ok_or_else(|| {
        Fault::new(ProblemCode::UnsupportedMediaType)
            .detail("application/x-protobuf or application/json is expected")
    })?;
    // What is made of a body is many times of it, packed or not.
    let room = Some(room(app).await?);
    let sender = call.by.actor.id.clone();
    let now = Timestamp::from_nanos(app.store.now().saturating_mul(1_000_000));
    let (made, room) = read(call, room, move |body| {
        let bytes = unpack(packing, body)?;
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let of = match encoding {
            Encoding::Json => otlp::Encoding::Json,
            Encoding::Protobuf => otlp::Encoding::Protobuf,
        };
        let lines = otlp::read(of, &bytes, now).map_err(refused)?;
        Ok(parcels_and_rest(lines, &sender, &digest))
    })
    .await?;
    let (parcels, rest) = made;
    // All or nothing: what is sent again would be there twice, where it cannot be known again.
    if !parcels.is_empty() {
        offer_all(writer, parcels, room).await?;
    }
    Ok(received(encoding, &rest))
}

fn refused(error: OtlpError) -> Fault {
    let code = match error {
        OtlpError::TooLarge => ProblemCode::TooLarge,
        _ => ProblemCode::BadRequest,
    };
    Fault::new(code).detail(error.to_string())
}

/// What is put into the spool, and what is left: how much was refused, and why.
///
/// The protocol has no name for a request. Where all records say to better than a second when they were written, the
/// same bytes are the same request, sent again because its answer was not heard.
fn parcels_and_rest(mut lines: Lines, sender: &str, digest: &str) -> (Vec<Parcel>, Lines) {
    let key = |form: &str| {
        (lines.vague == 0).then(|| ParcelKey::new(sender, &format!("otlp {form} {digest}")))
    };
    let texts = std::mem::take(&mut lines.syslog).into_iter().map(|text| Parcel {
        form: Form::Syslog,
        key: key(&format!("lines {}", text.host)),
        host: text.host,
        records: text.records,
        bytes: text.bytes,
    });
    let texts: Vec<Parcel> = texts.collect();
    let json = Parcel {
        form: Form::Json,
        key: key("json"),
        host: String::new(),
        records: lines.json_records,
        bytes: std::mem::take(&mut lines.json),
    };
    let parcels = texts.into_iter().chain([json]).filter(|parcel| parcel.records > 0).collect();
    (parcels, lines)
}

fn received(encoding: Encoding, lines: &Lines) -> Response {
    let partial_success = (lines.refused > 0).then(|| OtlpPartialSuccess {
        rejected_log_records: lines.refused.to_string(),
        error_message: lines.why.to_owned(),
    });
    match encoding {
        Encoding::Json => json(StatusCode::OK, &OtlpReceived { partial_success }),
        Encoding::Protobuf => {
            let mut answer = Vec::new();
            if partial_success.is_some() {
                let mut inside = Vec::new();
                put_number(&mut inside, 1, lines.refused);
                put_bytes(&mut inside, 2, lines.why.as_bytes());
                put_bytes(&mut answer, 1, &inside);
            }
            ([(header::CONTENT_TYPE, encoding.media())], answer).into_response()
        }
    }
}

/// A `google.rpc.Status`.
pub(super) fn refusal(encoding: Encoding, fault: &Fault) -> Vec<u8> {
    // Source: google/rpc/code.proto.
    let code: u8 = match fault.status() {
        401 => 16,
        403 => 7,
        404 => 5,
        429 => 8,
        408 | 503 => 14,
        500 => 13,
        _ => 3,
    };
    let message = fault.sentence();
    match encoding {
        Encoding::Json => {
            let status = serde_json::json!({ "code": code, "message": message });
            status.to_string().into_bytes()
        }
        Encoding::Protobuf => {
            let mut status = Vec::new();
            put_number(&mut status, 1, u64::from(code));
            put_bytes(&mut status, 2, message.as_bytes());
            status
        }
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn put_number(out: &mut Vec<u8>, field: u8, value: u64) {
    out.push(field << 3);
    put_varint(out, value);
}

fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field << 3 | 2);
    put_varint(out, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(bytes);
}
