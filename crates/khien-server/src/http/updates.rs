//! `/api/v1/updates`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use khien_model::limits;
use khien_wire::{
    ChangeKind, JobState, ProblemCode, Role, Update, UpdateDecide, UpdateDetail, UpdateOrigin,
    UpdateReceived, UpdateStanding, UpdateState, UpdateVerdict, Verdict,
};
use serde_json::json as value;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::secret::hex;
use crate::state::{Landed, Order, StateError, UpdateFilter};
use crate::updates::dossier::{self, Kept};
use crate::updates::incoming::{Refused, Written, name_of};
use crate::updates::job::VET;
use crate::updates::settle::allow_list as allowed;
use crate::updates::trace::TRACE;
use crate::updates::{Around, Updates};

/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(20);
/// Bound: pieces of an upload between the network and the disk.
const PIECES: usize = 8;
/// Bound: characters of a product's name.
const PRODUCT_CHARS_MAX: usize = 200;
/// Bound: bytes of a whole report.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// The update with the words of whoever looks at it.
fn worded(mut update: Update, call: &Call) -> Update {
    let lang = call.own_lang();
    update.first_reason_title =
        update.first_reason.as_deref().map(|kind| dossier::title(kind, lang));
    update
}

/// A word of the query as what it stands for; the table has checked it.
fn word<T: serde::de::DeserializeOwned>(call: &Call, name: &str) -> Option<T> {
    serde_json::from_value(call.asked(name)?.into()).ok()
}

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    use UpdateStanding::{Lapsed, Overdue, Undecided};
    let filter = UpdateFilter {
        state: word::<UpdateState>(call, "state"),
        verdict: word::<UpdateVerdict>(call, "verdict"),
        standings: match call.asked("standing") {
            Some("open") => vec![Lapsed, Overdue, Undecided],
            _ => word(call, "standing").into_iter().collect(),
        },
        or_contested: call.asked("standing") == Some("open"),
        product: call.asked("product").map(str::to_owned),
        owner: call.asked("owner").map(str::to_owned),
        sha256: call.asked("sha256").map(str::to_owned),
    };
    let mut page = app.store.updates(&filter, &call.list("arrived", Order::Down)).await?;
    page.items = page.items.into_iter().map(|update| worded(update, call)).collect();
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    call.require_type("application/octet-stream")?;
    let given = call.asked("name").ok_or_else(|| Fault::invalid("name", "missing"))?;
    let name = name_of(given).map_err(|code| Fault::invalid("name", code))?;
    let product = call.asked("product").unwrap_or_default().trim().to_owned();
    if product.chars().count() > PRODUCT_CHARS_MAX {
        return Err(Fault::invalid("product", "too_long"));
    }
    if product.chars().any(char::is_control) {
        return Err(Fault::invalid("product", "characters"));
    }
    let busy = || {
        let fault = Fault::new(ProblemCode::Overloaded);
        fault.detail("others send updates at the moment").retry_after(5)
    };
    let _turn = app.updates.uploads.try_acquire().map_err(|_| busy())?;
    let said = call.headers.get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok());
    let said = said.and_then(|said| said.parse::<u64>().ok()).unwrap_or_default();
    if said > app.updates.config.file_bytes_max {
        return Err(refused(Refused::TooLarge(app.updates.config.file_bytes_max)));
    }
    let body = call.take_stream().ok_or_else(|| Fault::new(ProblemCode::Internal))?;
    let written = receive(Arc::clone(&app.updates), body).await?;
    let landed = Landed {
        name,
        sha256: written.sha256.clone(),
        size: written.size,
        product,
        origin: UpdateOrigin::Upload,
    };
    let around = Around::of(app);
    let taken =
        app.updates.keep(&around, &call.by, written, landed).await.map_err(
            |error| match error {
                StateError::Full => refused(Refused::NoRoom),
                other => other.into(),
            },
        )?;
    let update = worded(app.store.update(&taken.id).await?.update, call);
    Ok(json(StatusCode::ACCEPTED, &UpdateReceived { update, repeated: taken.repeated }))
}

/// Writes a body to disk as it comes.
async fn receive(updates: Arc<Updates>, body: Body) -> Result<Written, Fault> {
    let (send, mut pieces) = mpsc::channel::<Bytes>(PIECES);
    let writing = tokio::task::spawn_blocking(move || -> Result<Written, Refused> {
        let mut incoming = updates.begin()?;
        while let Some(piece) = pieces.blocking_recv() {
            incoming.write(&piece)?;
        }
        incoming.end()
    });
    let mut stream = body.into_data_stream();
    loop {
        // Who goes away here leaves nothing: what was written is gone with the one who wrote it.
        let next = tokio::time::timeout(SILENCE, stream.next()).await;
        match next.map_err(|_| Fault::new(ProblemCode::Timeout))? {
            Some(Ok(piece)) => {
                if send.send(piece).await.is_err() {
                    break;
                }
            }
            Some(Err(_)) => {
                return Err(Fault::new(ProblemCode::BadRequest).detail("the body ends early"));
            }
            None => break,
        }
    }
    drop(send);
    let written = writing.await.map_err(|_| Fault::new(ProblemCode::Internal))?;
    written.map_err(refused)
}

fn refused(error: Refused) -> Fault {
    match error {
        Refused::Empty => Fault::invalid("body", "empty"),
        Refused::TooLarge(_) => Fault::new(ProblemCode::TooLarge).detail(error.to_string()),
        Refused::NoRoom => Fault::new(ProblemCode::NoRoom).detail(error.to_string()),
        Refused::Io(error) => {
            tracing::error!(%error, "an update could not be written");
            Fault::new(ProblemCode::Internal)
        }
    }
}

/// What deployment tools ask for, again and again: they are told when nothing changed.
pub(super) async fn allow_list(app: &App, call: &Call) -> Result<Response, Fault> {
    let list = allowed(&app.store).await?;
    let bytes = serde_json::to_vec(&list).map_err(|_| Fault::new(ProblemCode::Internal))?;
    let tag = format!("\"{}\"", hex(&Sha256::digest(&bytes)));
    let mut response = if is_known(&call.headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter();
    let known = known.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(','));
    known.map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let row = app.store.update(id).await?;
    let kept: Option<Kept> = match &row.dossier {
        Some(text) => Some(
            serde_json::from_str(text)
                .map_err(|_| StateError::Corrupt(format!("the dossier of {id} cannot be read")))?,
        ),
        None => None,
    };
    let detail = UpdateDetail {
        dossier: kept.map(|kept| kept.worded(call.own_lang())),
        decisions: app.store.decisions(id).await?,
        drift: app.store.drift(&row.update.product).await?,
        job: app.store.last_job_for(VET, "update", id).await?,
        trace: app.store.answer(id).await?,
        trace_job: app.store.last_job_for(TRACE, "update", id).await?,
        update: worded(row.update, call),
    };
    Ok(json(StatusCode::OK, &detail))
}

pub(super) async fn document(app: &App, call: &Call) -> Result<Response, Fault> {
    let update = app.store.update(call.part("id")).await?.update;
    if update.read.is_none() {
        return Err(Fault::new(ProblemCode::NotFound));
    }
    let path = app.updates.document(&update.sha256);
    let read =
        tokio::task::spawn_blocking(move || limits::read_small_file(&path, DOCUMENT_BYTES_MAX));
    let text = read.await.map_err(|_| Fault::new(ProblemCode::Internal))?;
    // One that is too large is not kept, and a backup has none.
    let text = text.map_err(|_| {
        Fault::new(ProblemCode::NotFound).detail("it is not kept; have it read again")
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

pub(super) async fn decide(app: &App, call: &Call) -> Result<Response, Fault> {
    let asked: UpdateDecide = call.json()?;
    let may_overrule = call.person()?.role >= Role::Approver;
    let update = app.store.decide_update(&call.by, call.part("id"), &asked, may_overrule).await?;
    // It is decided, whatever follows; what fails here is done within a minute.
    if let Err(error) = app.updates.settle(&app.store).await {
        tracing::error!(%error, "the allow list could not be brought up to date");
    }
    // What rested on one that is trusted no more.
    if let Err(error) = Around::of(app).ask_for_unread().await {
        tracing::error!(%error, "updates could not be asked to be read again");
    }
    app.bus.publish(ChangeKind::Update, [update.id.clone()]);
    Ok(json(StatusCode::OK, &worded(update, call)))
}

pub(super) async fn hosts(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    app.store.update(id).await?;
    let asked = call.list("rank", Order::Up);
    let page = app.store.advisory_hosts(id, word::<Verdict>(call, "verdict"), &asked).await?;
    Ok(json(StatusCode::OK, &page))
}

fn is_at_work(state: JobState) -> bool {
    matches!(state, JobState::Queued | JobState::Running)
}

pub(super) async fn trace(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let row = app.store.update(id).await?;
    if app.lake.is_none() {
        return Err(Fault::new(ProblemCode::NoLake));
    }
    // What is inside of it is not known yet.
    if row.dossier.is_none() && row.update.state != UpdateState::Failed {
        return Err(Fault::invalid("id", "not_read"));
    }
    if let Some(job) = app.store.last_job_for(TRACE, "update", id).await?
        && is_at_work(job.state)
    {
        return Ok(json(StatusCode::ACCEPTED, &job));
    }
    let asked = app.jobs.add(&call.by, TRACE, &value!({ "update": id })).await?;
    let job = asked.ok_or_else(|| Fault::new(ProblemCode::Overloaded).retry_after(60))?;
    app.store.note_trace(&call.by, id, &job).await?;
    app.bus.publish(ChangeKind::Update, [id.to_owned()]);
    Ok(json(StatusCode::ACCEPTED, &app.store.job(&job).await?))
}

pub(super) async fn vet(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let update = app.store.update(id).await?.update;
    if let Some(job) = app.store.last_job_for(VET, "update", id).await?
        && is_at_work(job.state)
    {
        return Ok(json(StatusCode::ACCEPTED, &job));
    }
    if !update.kept {
        return Err(Fault::invalid("id", "not_kept").detail("its bytes are not here any more"));
    }
    let asked = Around::of(app).ask(&call.by, id).await?;
    let job = asked.ok_or_else(|| Fault::new(ProblemCode::Overloaded).retry_after(60))?;
    app.bus.publish(ChangeKind::Update, [id.to_owned()]);
    Ok(json(StatusCode::ACCEPTED, &app.store.job(&job).await?))
}
