//! Whether a request is let in: who asks, whether the table allows it, whether it comes from our own pages.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use khien_text::Lang;
use khien_wire::openapi::BODY_BYTES_MAX;
use khien_wire::{
    Access, Actor, ActorKind, Body, DOCUMENT_BYTES_MAX, Operation, OperationId as Id, ProblemCode,
    Query, QueryValues, RECORDS_BYTES_MAX, Role, Time,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::call::{Call, Principal, cookie};
use super::pages::session_cookie;
use super::{Fault, elastic, osquery};
use crate::app::App;
use crate::state::{By, parse_bearer};

/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(20);

/// Bound: bodies of records in memory together.
pub(crate) const BODIES_BYTES: usize = 128 << 20;
/// Bound: bodies in memory together that have to be read to know who sends them. Nobody takes the room of those
/// who have a token.
pub(crate) const STRANGERS_BYTES: usize = 64 << 20;
/// What room for them is counted in.
pub(crate) const PIECE_BYTES: usize = 16 << 10;

/// Bound: characters of one value of a query.
const VALUE_MAX: usize = 1000;

/// Refuses names that are not this machine's where only this machine can ask: a page on the web could
/// have its own name changed to point here, and would then be of the same origin.
pub(super) fn host(app: &App, request: &Request) -> Result<(), Fault> {
    if !app.loopback {
        return Ok(());
    }
    let Some(host) = host_of(request.uri().authority().map(|a| a.as_str()), request.headers())
    else {
        return Err(Fault::new(ProblemCode::BadRequest).detail("a Host header is expected"));
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    if local { Ok(()) } else { Err(Fault::new(ProblemCode::Misdirected)) }
}

fn host_of<'r>(authority: Option<&'r str>, headers: &'r HeaderMap) -> Option<&'r str> {
    authority.or_else(|| headers.get(header::HOST)?.to_str().ok())
}

/// Admits a request and reads it. Nothing of the body is read before it is clear that it may be sent.
pub(super) async fn call(
    app: &App,
    row: &Operation,
    request: Request,
    source: Option<IpAddr>,
    lang: Lang,
) -> Result<Call, Fault> {
    let (mut parts, body) = request.into_parts();
    let principal = principal(app, row, &parts.headers).await?;
    permit(row, &principal)?;
    // Requests of osquery say in their body who sends them: no cookie counts for them, so no page can make a browser
    // send one in somebody's name.
    let by_cookie = !matches!(principal, Principal::Machine(_)) && row.tag != osquery::TAG;
    if !row.method.is_safe() && by_cookie {
        same_site(app, &parts)?;
    }
    if let Err(fault) = app.requests.of_principal(app.store.now(), &principal) {
        app.metrics.rate_limited();
        return Err(fault);
    }
    let query = query(row, parts.uri.query())?;
    let path = path(&mut parts).await?;
    let (mut held, mut stream) = (None, None);
    let body = match row.body {
        Body::Artefact => {
            stream = Some(body);
            axum::body::Bytes::new()
        }
        Body::Nothing => axum::body::Bytes::new(),
        Body::Document(_) => read(body, DOCUMENT_BYTES_MAX).await?,
        Body::Form(_) | Body::Json(_) => read(body, BODY_BYTES_MAX).await?,
        Body::Records | Body::Spoken(_) => {
            let (room, body) = match row.access {
                Access::Public => read_of_stranger(app, row, body).await?,
                Access::Asked { .. } => {
                    let room = room(app, &app.bodies, &parts.headers)?;
                    (room, read(body, RECORDS_BYTES_MAX).await?)
                }
            };
            held = Some(Arc::new(room));
            body
        }
    };
    let by = By {
        actor: actor(&principal),
        source: source.map_or_else(String::new, |s| s.to_canonical().to_string()),
    };
    let stream = Mutex::new(stream);
    let headers = parts.headers;
    Ok(Call { principal, by, source, query, path, headers, body, stream, lang, held })
}

/// Who asks. A token counts where one is shown, and a cookie beside it does not; where neither counts,
/// it is nobody.
async fn principal(app: &App, row: &Operation, headers: &HeaderMap) -> Result<Principal, Fault> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let bearer =
            text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let packed = match row.tag {
            elastic::TAG => elastic::token_of(text),
            _ => None,
        };
        let token = packed.as_deref().or(bearer.map(|(_, token)| token.trim()));
        let Some((id, secret)) = token.and_then(parse_bearer) else {
            return Ok(Principal::Anonymous);
        };
        let machine = app.store.machine(&id, secret).await?;
        return Ok(machine.map_or(Principal::Anonymous, Principal::Machine));
    }
    // Pages that everybody may see do not keep a session from ending for idleness, but for signing out.
    if row.access == Access::Public && row.tag != "pages" {
        return Ok(Principal::Anonymous);
    }
    let Some(secret) = cookie(headers, session_cookie(app.tls)) else {
        return Ok(Principal::Anonymous);
    };
    let person = app.store.person(secret).await?;
    Ok(person.map_or(Principal::Anonymous, Principal::Person))
}

/// The table's word on who may.
fn permit(row: &Operation, principal: &Principal) -> Result<(), Fault> {
    let Access::Asked { role, scope } = row.access else { return Ok(()) };
    match principal {
        Principal::Anonymous => Err(Fault::new(ProblemCode::Unauthenticated)),
        Principal::Person(person) if person.role >= role => Ok(()),
        Principal::Person(_) => Err(Fault::new(ProblemCode::Forbidden)
            .detail(format!("the role {} is needed", Role::word(role)))),
        Principal::Machine(machine) => match scope {
            Some(scope) if machine.scopes.contains(&scope) => Ok(()),
            Some(scope) => Err(Fault::new(ProblemCode::ScopeMissing)
                .detail(format!("the scope {} is needed", scope.word()))),
            None => Err(Fault::new(ProblemCode::Forbidden).detail("no token can do this")),
        },
    }
}

/// A request that changes something has to come from our own pages: a browser says so by
/// `Sec-Fetch-Site`, older ones by `Origin`. Who says neither is refused.
fn same_site(app: &App, parts: &Parts) -> Result<(), Fault> {
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let cross = || Err(Fault::new(ProblemCode::CrossSite));
    if parts.headers.get_all("sec-fetch-site").iter().count() > 1
        || parts.headers.get_all("origin").iter().count() > 1
    {
        return cross();
    }
    match (header("sec-fetch-site"), header("origin")) {
        // Pages that send no referrer, as ours, have browsers say `null` of a form's origin. No page can
        // set Sec-Fetch-Site itself.
        (Some("same-origin"), None | Some("null")) => Ok(()),
        (Some("same-origin") | None, Some(origin)) => {
            let scheme = if app.tls { "https" } else { "http" };
            let host = host_of(parts.uri.authority().map(|a| a.as_str()), &parts.headers);
            let own = host.map(|host| format!("{scheme}://{host}"));
            // Behind a proxy that speaks TLS for us the scheme is the proxy's.
            let proxied =
                host.filter(|_| !app.tls && !app.loopback).map(|host| format!("https://{host}"));
            let same =
                |own: Option<String>| own.is_some_and(|own| own.eq_ignore_ascii_case(origin));
            if same(own) || same(proxied) { Ok(()) } else { cross() }
        }
        _ => cross(),
    }
}

fn actor(principal: &Principal) -> Actor {
    let (kind, id, name) = match principal {
        Principal::Anonymous => (ActorKind::Anonymous, "", ""),
        Principal::Machine(machine) => {
            (ActorKind::Token, machine.id.as_str(), machine.name.as_str())
        }
        Principal::Person(person) => (ActorKind::Account, person.id.as_str(), person.name.as_str()),
    };
    Actor { kind, id: id.to_owned(), name: name.to_owned() }
}

/// The query, held against the table. What is not in the table is refused: a filter that is mistyped
/// would otherwise show everything.
fn query(row: &Operation, text: Option<&str>) -> Result<BTreeMap<String, String>, Fault> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text.unwrap_or_default())
        .map_err(|_| Fault::new(ProblemCode::BadRequest))?;
    let mut taken = BTreeMap::new();
    for (name, value) in pairs {
        let Some(known) = row.query.iter().find(|query| query.name == name) else {
            // Links to pages get decorated on their way; and what shippers for Elasticsearch ask for
            // besides is how the answer is to be cut.
            if row.tag == "pages" || row.tag == elastic::TAG {
                continue;
            }
            return Err(Fault::invalid("query", "unknown_word")
                .detail(format!("there is no parameter {name:?}")));
        };
        if let Err(code) = check(known, &value) {
            // A page is still shown, in another language than was asked for.
            if row.tag == "pages" {
                continue;
            }
            return Err(Fault::invalid(known.name, code));
        }
        if taken.insert(name, value).is_some() {
            return Err(Fault::invalid(known.name, "twice"));
        }
    }
    Ok(taken)
}

fn check(query: &Query, value: &str) -> Result<(), &'static str> {
    let fine = match query.values {
        QueryValues::Number(most) => {
            let number = value.parse::<u32>().map_err(|_| "not_a_number")?;
            if (1..=most).contains(&number) { Ok(()) } else { Err("out_of_range") }
        }
        QueryValues::Text => Ok(()),
        QueryValues::Time => Time::parse(value).map(|_| ()).ok_or("not_a_time"),
        QueryValues::Words(words) => {
            if words.contains(&value) {
                Ok(())
            } else {
                Err("unknown_word")
            }
        }
    };
    if value.chars().count() > VALUE_MAX { Err("too_long") } else { fine }
}

async fn path(parts: &mut Parts) -> Result<BTreeMap<String, String>, Fault> {
    let found = RawPathParams::from_request_parts(parts, &()).await;
    let found = found.map_err(|_| Fault::new(ProblemCode::BadRequest))?;
    Ok(found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Room for records, by what their sender says of their size; it is free again when they are on disk.
fn room(
    app: &App,
    rooms: &Arc<Semaphore>,
    headers: &HeaderMap,
) -> Result<OwnedSemaphorePermit, Fault> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let bytes = said.and_then(|text| text.parse::<usize>().ok()).unwrap_or(RECORDS_BYTES_MAX);
    // Larger ones are refused when they are read.
    let pieces = bytes.min(RECORDS_BYTES_MAX).div_ceil(PIECE_BYTES).max(1);
    let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
    Arc::clone(rooms).try_acquire_many_owned(pieces).map_err(|_| busy(app))
}

fn busy(app: &App) -> Fault {
    app.metrics.rate_limited();
    Fault::new(ProblemCode::RateLimited)
        .detail("too many records are on their way already; nothing was taken")
        .retry_after(1)
}

/// Reads a body of somebody unknown, who has room for what came and not for what was announced.
async fn read_of_stranger(
    app: &App,
    row: &Operation,
    body: axum::body::Body,
) -> Result<(OwnedSemaphorePermit, axum::body::Bytes), Fault> {
    let has_rows = matches!(row.id, Id::OsqueryLog | Id::OsqueryWrite);
    let bytes_max = if has_rows { RECORDS_BYTES_MAX } else { osquery::SMALL_BYTES_MAX };
    let more = |pieces: usize| {
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        let room = Arc::clone(&app.strangers).try_acquire_many_owned(pieces);
        room.map_err(|_| busy(app))
    };
    let reading = async {
        let (mut room, mut bytes, mut pieces) = (more(1)?, Vec::new(), body.into_data_stream());
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(|_| Fault::new(ProblemCode::BadRequest))?);
            if bytes.len() > bytes_max {
                return Err(Fault::new(ProblemCode::TooLarge));
            }
            let needed = bytes.len().div_ceil(PIECE_BYTES).saturating_sub(room.num_permits());
            if needed > 0 {
                room.merge(more(needed)?);
            }
        }
        Ok((room, bytes.into()))
    };
    match tokio::time::timeout(BODY, reading).await {
        Ok(read) => read,
        Err(_) => Err(Fault::new(ProblemCode::Timeout)),
    }
}

async fn read(body: axum::body::Body, bytes_max: usize) -> Result<axum::body::Bytes, Fault> {
    match tokio::time::timeout(BODY, axum::body::to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let too_large = std::error::Error::source(&error)
                .is_some_and(|source| source.to_string().contains("length limit"));
            let code = if too_large { ProblemCode::TooLarge } else { ProblemCode::BadRequest };
            Err(Fault::new(code))
        }
        Err(_) => Err(Fault::new(ProblemCode::Timeout)),
    }
}
