//! `/api/v1/cases`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_wire::{
    CaseAlertsChange, CaseChange, CaseDetail, CaseEntryNew, CaseEvidenceNew, CaseHandOver,
    CaseHostChange, CaseNew, CaseObligationChange, CaseState, CaseTaskChange, CaseTaskNew,
    ChangeKind, Severity, StoryKind,
};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::state::{CaseFilter, Order};
use crate::story;

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let filter = CaseFilter {
        states: match call.asked("state") {
            Some("active") => vec![CaseState::Open, CaseState::Contained],
            Some("closed") => vec![CaseState::Closed],
            Some("contained") => vec![CaseState::Contained],
            Some("open") => vec![CaseState::Open],
            _ => Vec::new(),
        },
        severity: call.asked("severity").and_then(Severity::from_word),
        owner: call.asked("owner").map(str::to_owned),
        alert: call.asked("alert").map(str::to_owned),
        host: call.asked("host").map(str::to_owned),
    };
    let page = app.store.cases(&filter, &call.list("updated", Order::Down)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.case(call.part("id")).await?))
}

pub(super) async fn similar(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.similar_cases(call.part("id")).await?))
}

pub(super) async fn story(app: &App, call: &Call) -> Result<Response, Fault> {
    let (case, alerts) = app.store.case_story(call.part("id")).await?;
    let asked = call.asked("expand");
    let expand = StoryKind::ALL.into_iter().find(|kind| Some(kind.word()) == asked);
    Ok(json(StatusCode::OK, &story::tell(&case.origin, &alerts, expand)))
}

/// The bytes that the hash is over, and no others.
pub(super) async fn evidence(app: &App, call: &Call) -> Result<Response, Fault> {
    let copy = app.store.case_copy(call.part("id"), call.part("evidence")).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], copy).into_response())
}

/// Answers with the case, and tells browsers of it.
fn told(app: &App, status: StatusCode, detail: &CaseDetail) -> Response {
    app.bus.publish(ChangeKind::Case, [detail.case.id.clone()]);
    json(status, detail)
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: CaseNew = call.json()?;
    let (detail, taken) = app.store.open_case(&call.by, &new).await?;
    if !taken.is_empty() {
        app.bus.publish(ChangeKind::Alert, taken);
    }
    Ok(told(app, StatusCode::CREATED, &detail))
}

pub(super) async fn change(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: CaseChange = call.json()?;
    let detail = app.store.change_case(&call.by, call.part("id"), &change).await?;
    Ok(told(app, StatusCode::OK, &detail))
}

pub(super) async fn alerts(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: CaseAlertsChange = call.json()?;
    let (detail, taken) = app.store.change_case_alerts(&call.by, call.part("id"), &change).await?;
    if !taken.is_empty() {
        app.bus.publish(ChangeKind::Alert, taken);
    }
    Ok(told(app, StatusCode::OK, &detail))
}

pub(super) async fn add_entry(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: CaseEntryNew = call.json()?;
    let detail = app.store.add_case_entry(&call.by, call.part("id"), &new).await?;
    Ok(told(app, StatusCode::CREATED, &detail))
}

pub(super) async fn add_evidence(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: CaseEvidenceNew = call.json()?;
    let detail = app.store.add_case_evidence(&call.by, call.part("id"), &new).await?;
    Ok(told(app, StatusCode::CREATED, &detail))
}

pub(super) async fn hand_over(app: &App, call: &Call) -> Result<Response, Fault> {
    let hand: CaseHandOver = call.json()?;
    let detail = app.store.hand_case_over(&call.by, call.part("id"), &hand).await?;
    Ok(told(app, StatusCode::OK, &detail))
}

pub(super) async fn set_host(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: CaseHostChange = call.json()?;
    let detail = app.store.set_case_host(&call.by, call.part("id"), &change).await?;
    Ok(told(app, StatusCode::OK, &detail))
}

pub(super) async fn change_obligation(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: CaseObligationChange = call.json()?;
    let (id, duty) = (call.part("id"), call.part("duty"));
    let detail = app.store.change_case_obligation(&call.by, id, duty, &change).await?;
    Ok(told(app, StatusCode::OK, &detail))
}

pub(super) async fn add_task(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: CaseTaskNew = call.json()?;
    let detail = app.store.add_case_task(&call.by, call.part("id"), &new).await?;
    Ok(told(app, StatusCode::CREATED, &detail))
}

pub(super) async fn change_task(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: CaseTaskChange = call.json()?;
    let (id, task) = (call.part("id"), call.part("task"));
    let detail = app.store.change_case_task(&call.by, id, task, &change).await?;
    Ok(told(app, StatusCode::OK, &detail))
}
