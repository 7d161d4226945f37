//! `/api/v1/jobs`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{ChangeKind, JobState};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::state::{JobFilter, Order};

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let filter = JobFilter {
        state: call.asked("state").and_then(|word| match word {
            "cancelled" => Some(JobState::Cancelled),
            "done" => Some(JobState::Done),
            "failed" => Some(JobState::Failed),
            "queued" => Some(JobState::Queued),
            "running" => Some(JobState::Running),
            _ => None,
        }),
        kind: call.asked("kind").map(str::to_owned),
    };
    let page = app.store.jobs(&filter, &call.list("created", Order::Down)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.job(call.part("id")).await?))
}

pub(super) async fn cancel(app: &App, call: &Call) -> Result<Response, Fault> {
    let job = app.store.cancel_job(&call.by, call.part("id")).await?;
    app.bus.publish(ChangeKind::Job, [job.id.clone()]);
    Ok(json(StatusCode::OK, &job))
}
