//! `/api/v1/tokens`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::TokenNew;

use super::call::Call;
use super::{Fault, json, no_content};
use crate::app::App;
use crate::state::{Order, TokenFilter};

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let page = app.store.tokens(&TokenFilter, &call.list("name", Order::Up)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: TokenNew = call.json()?;
    Ok(json(StatusCode::CREATED, &app.store.add_token(&call.by, &new).await?))
}

pub(super) async fn revoke(app: &App, call: &Call) -> Result<Response, Fault> {
    app.store.revoke_token(&call.by, call.part("id")).await?;
    Ok(no_content())
}
