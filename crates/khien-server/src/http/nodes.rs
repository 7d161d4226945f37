//! `/api/v1/nodes`: hosts that run osquery and have enrolled.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::NodeChange;

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::state::Order;

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.nodes(&call.list("hostname", Order::Up)).await?))
}

pub(super) async fn change(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: NodeChange = call.json()?;
    let node = app.store.change_node(&call.by, call.part("id"), change).await?;
    Ok(json(StatusCode::OK, &node))
}
