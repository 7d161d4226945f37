//! `/api/v1/advisories`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{
    Advisory, AdvisoryDetail, AdvisoryNew, AdvisoryPage, AdvisoryText, ChangeKind, FieldProblem,
    JobState, ProblemCode, Time, Verdict,
};
use serde_json::json as value;

use super::call::Call;
use super::{Fault, json, no_content};
use crate::advisories::built_in::BuiltIn;
use crate::advisories::job::CHECK;
use crate::advisories::reading::{self, Reading};
use crate::advisories::{self, Unreadable};
use crate::app::App;
use crate::secret::new_id;
use crate::state::{AdvisoryRow, Key, Order};

/// Bound: characters of a title or a source.
const WORDS_MAX: usize = 200;

fn verdict(call: &Call) -> Option<Verdict> {
    match call.asked("verdict")? {
        "clear" => Some(Verdict::Clear),
        "hit" => Some(Verdict::Hit),
        "not_applicable" => Some(Verdict::NotApplicable),
        _ => Some(Verdict::Unknown),
    }
}

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let lang = call.own_lang();
    let mut all = app.store.advisories().await?;
    all.extend(BuiltIn::all().iter().map(|one| one.advisory(lang)));
    let mut checks = app.store.checks().await?;
    let (asked, verdict) = (call.list("added", Order::Down), verdict(call));
    let rows = all.into_iter().filter_map(|mut advisory| {
        advisory.checked = checks.remove(&advisory.id);
        let came_out = advisory.checked.as_ref().map(|checked| checked.verdict);
        let is_asked = asked.finds(&[&advisory.title, &advisory.source, &advisory.id])
            && (verdict.is_none() || verdict == came_out);
        is_asked.then_some(advisory)
    });
    let rows = rows.map(|advisory| {
        let key = match asked.by.as_str() {
            "title" => Key::Text(advisory.title.to_lowercase()),
            // Those that ship with the program were never added: the day they were published stands in.
            _ => {
                let at = advisory.added.or(advisory.published);
                Key::Number(at.map_or(i64::MIN, Time::as_ms))
            }
        };
        (key, advisory.id.clone(), advisory)
    });
    let cut = asked.page_of(rows.collect())?;
    let page = AdvisoryPage { items: cut.items, next: cut.next, total: cut.total };
    Ok(json(StatusCode::OK, &page))
}

fn unreadable(error: Unreadable) -> Fault {
    Fault::invalid("text", error.code).detail(error.detail)
}

async fn read(text: String) -> Result<(Reading, String), Fault> {
    let task = tokio::task::spawn_blocking(move || {
        let reading = reading::read(&text, "")?;
        Ok((reading, text))
    });
    task.await.map_err(|_| Fault::new(ProblemCode::Internal))?.map_err(unreadable)
}

pub(super) async fn preview(call: &Call) -> Result<Response, Fault> {
    let new: AdvisoryText = call.json()?;
    let (reading, _) = read(new.text).await?;
    Ok(json(StatusCode::OK, &reading.wire))
}

/// What somebody typed, cut to one line; nothing where it is empty.
fn words(field: &str, text: Option<&str>, wrong: &mut Vec<FieldProblem>) -> Option<String> {
    let text = text?.trim();
    if text.chars().count() > WORDS_MAX || text.chars().any(char::is_control) {
        let code = if text.chars().any(char::is_control) { "characters" } else { "too_long" };
        wrong.push(FieldProblem { field: field.to_owned(), code: code.to_owned() });
    }
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: AdvisoryNew = call.json()?;
    let mut wrong = Vec::new();
    let title = words("title", new.title.as_deref(), &mut wrong);
    let source = words("source", new.source.as_deref(), &mut wrong);
    let (reading, text) = read(new.text).await?;
    // Pasted text has no file name to go by.
    if title.is_none() && reading.wire.title.trim().is_empty() {
        wrong.push(FieldProblem { field: "title".to_owned(), code: "missing".to_owned() });
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    let now = app.store.now();
    let mut advisory = reading.advisory(&new_id(now));
    advisory.title = title.unwrap_or(advisory.title);
    advisory.source = source.unwrap_or(advisory.source);
    advisory.tlp = new.tlp.or(advisory.tlp);
    advisory.added = Some(Time::from_ms(now));
    advisory.added_by = Some(call.by.actor.name.clone());
    app.store.add_advisory(&call.by, &AdvisoryRow { advisory: advisory.clone(), text }).await?;
    app.bus.publish(ChangeKind::Advisory, [advisory.id.clone()]);
    look_anew(app);
    Ok(json(StatusCode::CREATED, &advisory))
}

/// What comes from now on is held against the advisories that there are now.
fn look_anew(app: &App) {
    if let Some(lookout) = &app.lookout {
        lookout.renew(&app.store);
    }
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let found = advisories::find(&app.store, call.own_lang(), id).await?;
    let advisory: Advisory = found.advisory;
    let (mut reading, _) = read(found.text).await?;
    if advisory.built_in {
        reading.wire.title.clone_from(&advisory.title);
    }
    let detail = AdvisoryDetail {
        advisory,
        reading: reading.wire,
        answer: app.store.answer(id).await?,
        job: app.store.last_job_for(CHECK, "advisory", id).await?,
    };
    Ok(json(StatusCode::OK, &detail))
}

pub(super) async fn remove(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    if BuiltIn::named(id).is_some() {
        return Err(Fault::invalid("id", "built_in").detail("it ships with the program"));
    }
    app.store.remove_advisory(&call.by, id).await?;
    app.intel.forget(id);
    app.bus.publish(ChangeKind::Advisory, [id.to_owned()]);
    look_anew(app);
    Ok(no_content())
}

pub(super) async fn check(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    advisories::find(&app.store, call.own_lang(), id).await?;
    if app.lake.is_none() {
        return Err(Fault::new(ProblemCode::NoLake));
    }
    if let Some(job) = app.store.last_job_for(CHECK, "advisory", id).await?
        && matches!(job.state, JobState::Queued | JobState::Running)
    {
        return Ok(json(StatusCode::ACCEPTED, &job));
    }
    let asked = app.jobs.add(&call.by, CHECK, &value!({ "advisory": id })).await?;
    let job = asked.ok_or_else(|| Fault::new(ProblemCode::Overloaded).retry_after(60))?;
    app.store.note_check(&call.by, id, &job).await?;
    app.bus.publish(ChangeKind::Advisory, [id.to_owned()]);
    Ok(json(StatusCode::ACCEPTED, &app.store.job(&job).await?))
}

pub(super) async fn hosts(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    if BuiltIn::named(id).is_none() {
        // One that was never checked has an empty list; one that is not there has none.
        app.store.advisory(id).await?;
    }
    let asked = call.list("rank", Order::Up);
    let page = app.store.advisory_hosts(id, verdict(call), &asked).await?;
    Ok(json(StatusCode::OK, &page))
}
