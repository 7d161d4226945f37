//! `/api/v1/audit`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{ProblemCode, Time};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::state::{AuditFilter, Order};

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let word = |name| call.asked(name).map(str::to_owned);
    let filter = AuditFilter {
        action: word("action"),
        actor: word("actor"),
        target: word("target"),
        since: call.asked("since").and_then(Time::parse),
        until: call.asked("until").and_then(Time::parse),
    };
    let page = app.store.audit(&filter, &call.list("time", Order::Down)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn verify(app: &App, call: &Call) -> Result<Response, Fault> {
    let Ok(_one) = app.verifying.try_acquire() else {
        return Err(Fault::new(ProblemCode::Overloaded).retry_after(5));
    };
    Ok(json(StatusCode::OK, &app.store.verify_audit(call.asked("head")).await?))
}
