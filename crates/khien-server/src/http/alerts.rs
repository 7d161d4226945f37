//! `/api/v1/alerts`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{AlertChange, AlertKind, AlertState, ChangeKind, Severity};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::state::{AlertFilter, Order};

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let filter = AlertFilter {
        states: match call.asked("state") {
            Some("acknowledged") => vec![AlertState::Acknowledged],
            Some("active") => vec![AlertState::Open, AlertState::Acknowledged],
            Some("closed") => vec![AlertState::Closed],
            Some("open") => vec![AlertState::Open],
            Some("withdrawn") => vec![AlertState::Withdrawn],
            _ => Vec::new(),
        },
        kind: call.asked("kind").and_then(|word| match word {
            "correlation" => Some(AlertKind::Correlation),
            "departure" => Some(AlertKind::Departure),
            "indicator" => Some(AlertKind::Indicator),
            "rule" => Some(AlertKind::Rule),
            _ => None,
        }),
        severity: call.asked("severity").and_then(Severity::from_word),
        host: call.asked("host").map(str::to_owned),
    };
    let page = app.store.alerts(&filter, &call.list("last", Order::Down)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.alert(call.part("id")).await?))
}

pub(super) async fn change(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: AlertChange = call.json()?;
    let alert = app.store.change_alert(&call.by, call.part("id"), &change).await?;
    app.bus.publish(ChangeKind::Alert, [alert.id.clone()]);
    Ok(json(StatusCode::OK, &alert))
}
