//! `/elastic`: what shippers that speak with Elasticsearch need, so that they can send here unchanged.
//!
//! Documents of a bulk request are records like any other. All indices go into one lake; nothing can be
//! asked back this way.
//!
//! Source: Elasticsearch Guide, "Bulk API" and "REST API compatibility"; Beats, `libbeat/esleg` and
//! `libbeat/licenser`, for what is asked before the first request.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use data_encoding::BASE64;
use khien_ops::live::parcel::{Form, Parcel, ParcelKey};
use khien_wire::{
    BulkError, BulkItem, BulkReceived, ElasticAbout, ElasticLicense, ElasticLicenseTerms,
    ElasticThere, ElasticVersion, ProblemCode,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::events::{Packing, offer, read, room, too_many, unpack, writer};
use super::{Fault, json};
use crate::app::App;
use crate::secret::new_id;

/// The table's word for these operations.
pub(super) const TAG: &str = "elastic";
/// The version whose bulk requests are understood; shippers send to their own version or a later one.
const VERSION: &str = "8.19.0";
const UID: &str = "6b686965-6e00-7000-8000-000000000000";
/// Bound: characters of an index or id that are told back.
const NAME_CHARS_MAX: usize = 512;
/// Bound: actions of one request: the answer names each.
const ITEMS_MAX: u32 = 50_000;
/// Answers of so many items do not wait for each other.
const ITEMS_FEW: usize = 2000;

/// Clients look for this header and send nothing where it is not there.
pub(super) fn mark(response: &mut Response) {
    response.headers_mut().insert("x-elastic-product", HeaderValue::from_static("Elasticsearch"));
}

/// The token in `Authorization`: `ApiKey` with the token itself or with base64 of `anything:token`, or
/// `Basic` with the token as the password.
pub(super) fn token_of(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.split_once(' ')?;
    let value = value.trim();
    let is = |word: &str| scheme.eq_ignore_ascii_case(word);
    if is("apikey") && value.starts_with("khn_") {
        return Some(value.to_owned());
    }
    if !is("apikey") && !is("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(value.as_bytes()).ok()?).ok()?;
    text.split_once(':').map(|(_, token)| token.to_owned())
}

pub(super) fn about(app: &App) -> Response {
    let name = if app.organisation.is_empty() { "khien" } else { &app.organisation };
    json(
        StatusCode::OK,
        &ElasticAbout {
            name: name.to_owned(),
            cluster_name: "khien".to_owned(),
            cluster_uuid: UID.to_owned(),
            version: ElasticVersion {
                number: VERSION.to_owned(),
                build_flavor: "default".to_owned(),
                minimum_wire_compatibility_version: "7.17.0".to_owned(),
                minimum_index_compatibility_version: "7.0.0".to_owned(),
            },
            tagline: "You Know, for Search".to_owned(),
        },
    )
}

pub(super) fn license() -> Response {
    let license = ElasticLicenseTerms {
        status: "active".to_owned(),
        uid: UID.to_owned(),
        kind: "basic".to_owned(),
    };
    json(StatusCode::OK, &ElasticLicense { license })
}

pub(super) fn there() -> Response {
    json(StatusCode::OK, &ElasticThere { acknowledged: true })
}

pub(super) async fn bulk(app: &App, call: &Call) -> Result<Response, Fault> {
    let began = tokio::time::Instant::now();
    let writer = writer(app)?;
    let packing = Packing::of(&call.headers)?;
    require_lines(call)?;
    let room = Some(room(app).await?);
    let index = call.part("index").to_owned();
    let (sender, made) = (call.by.actor.id.clone(), new_id(app.store.now()));
    let (request, room) = read(call, room, move |body| {
        let bytes = unpack(packing, body)?;
        Request::of(&bytes, &index, &sender, &made)
    })
    .await?;
    let Request { parcel, items } = request;
    // Many items hold their room until they are told.
    let (of_bytes, _of_items) = if items.len() > ITEMS_FEW { (None, room) } else { (room, None) };
    if parcel.records > 0 {
        offer(writer, parcel, of_bytes).await?;
    }
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let errors = items.iter().flat_map(BTreeMap::values).any(|item| item.error.is_some());
    Ok(json(StatusCode::OK, &BulkReceived { took, errors, items }))
}

/// Lines of JSON, by whatever name: `application/vnd.elasticsearch+x-ndjson; compatible-with=8`, say.
fn require_lines(call: &Call) -> Result<(), Fault> {
    let known = [
        "application/json",
        "application/vnd.elasticsearch+json",
        "application/vnd.elasticsearch+x-ndjson",
        "application/x-ndjson",
    ];
    match known.iter().any(|known| call.essence().eq_ignore_ascii_case(known)) {
        true => Ok(()),
        false => Err(Fault::new(ProblemCode::UnsupportedMediaType)
            .detail("application/x-ndjson is expected")),
    }
}

/// What follows the word of an action. Other members say how a document is to be stored.
#[derive(Debug, Default, Deserialize)]
struct Action {
    #[serde(rename = "_index")]
    index: Option<String>,
    #[serde(rename = "_id")]
    id: Option<serde_json::Value>,
}

/// A bulk request as it was read.
#[derive(Debug)]
struct Request {
    parcel: Parcel,
    items: Vec<BTreeMap<String, BulkItem>>,
}

impl Request {
    /// Reads a body. Documents without an id get one that begins with `made`.
    fn of(bytes: &[u8], index: &str, sender: &str, made: &str) -> Result<Self, Fault> {
        let mut lines = (1_u64..).zip(bytes.split(|byte| *byte == b'\n'));
        let mut records = Vec::with_capacity(bytes.len());
        let (mut items, mut count) = (Vec::new(), 0_u32);
        // Who names every document may send them again after an answer that he did not hear: the same
        // actions with the same documents. The same names with other contents are other records.
        let (mut said, mut is_named) = (Sha256::new(), true);
        while let Some((number, line)) = lines.next() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let (word, action) = action(line, number)?;
            let source = match word.as_str() {
                "delete" => None,
                _ => lines.find(|(_, line)| !line.trim_ascii().is_empty()),
            };
            let id = action.id_text();
            is_named &= id.is_some();
            for part in [line, source.map_or(&b""[..], |(_, line)| line)] {
                said.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
                said.update(part);
            }
            let id = id.unwrap_or_else(|| format!("{made}-{}", items.len()));
            let index = action.index.as_deref().unwrap_or(index);
            let refusal = match (word.as_str(), source.map(|(_, line)| line.trim_ascii())) {
                ("create" | "index", Some(line @ [b'{', ..])) => {
                    records.extend_from_slice(line);
                    records.push(b'\n');
                    count = count.saturating_add(1);
                    None
                }
                ("create" | "index", Some(_)) => {
                    Some(("document_parsing_exception", "a JSON object is expected"))
                }
                ("create" | "index", None) => {
                    return Err(Fault::new(ProblemCode::BadRequest)
                        .detail(format!("line {number} is followed by no document")));
                }
                _ => Some(("illegal_argument_exception", "records are only added here")),
            };
            if items.len() >= ITEMS_MAX as usize {
                return Err(too_many(ITEMS_MAX));
            }
            items.push(BTreeMap::from([(word, item(index, &id, refusal))]));
        }
        let key = (is_named && count > 0).then(|| {
            let said = data_encoding::HEXLOWER.encode(&said.finalize());
            ParcelKey::new(sender, &format!("bulk {said} {index}"))
        });
        let host = String::new();
        let parcel = Parcel { form: Form::Json, key, host, records: count, bytes: records };
        Ok(Self { parcel, items })
    }
}

impl Action {
    fn id_text(&self) -> Option<String> {
        match self.id.as_ref()? {
            serde_json::Value::String(id) => Some(id.clone()),
            serde_json::Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }
}

fn action(line: &[u8], number: u64) -> Result<(String, Action), Fault> {
    let wrong = |why: &str| {
        Fault::new(ProblemCode::BadRequest)
            .detail(format!("line {number} names no action ({why}); see the Bulk API"))
    };
    let read: BTreeMap<String, Action> =
        serde_json::from_slice(line).map_err(|error| wrong(&error.to_string()))?;
    let mut read = read.into_iter();
    let (Some((word, action)), None) = (read.next(), read.next()) else {
        return Err(wrong("one member is expected"));
    };
    match word.as_str() {
        "create" | "delete" | "index" | "update" => Ok((word, action)),
        _ => Err(wrong("create, delete, index or update is expected")),
    }
}

fn item(index: &str, id: &str, refusal: Option<(&str, &str)>) -> BulkItem {
    let cut = |text: &str| text.chars().take(NAME_CHARS_MAX).collect::<String>();
    BulkItem {
        index: cut(index),
        id: cut(id),
        status: if refusal.is_none() { 201 } else { 400 },
        result: refusal.is_none().then(|| "created".to_owned()),
        version: refusal.is_none().then_some(1),
        error: refusal
            .map(|(kind, reason)| BulkError { kind: kind.to_owned(), reason: reason.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
