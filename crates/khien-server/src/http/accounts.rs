//! `/api/v1/accounts`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{AccountChange, AccountNew, AccountState, ChangeKind, Role};

use super::call::Call;
use super::{Fault, json, no_content};
use crate::app::App;
use crate::state::{AccountFilter, LastAdmin, Order};

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let filter = AccountFilter {
        role: call.asked("role").and_then(Role::from_word),
        state: call.asked("state").and_then(|word| match word {
            "active" => Some(AccountState::Active),
            "disabled" => Some(AccountState::Disabled),
            "invited" => Some(AccountState::Invited),
            _ => None,
        }),
    };
    let page = app.store.accounts(&filter, &call.list("name", Order::Up)).await?;
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.account(call.part("id")).await?))
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: AccountNew = call.json()?;
    let account = app.store.add_account(&call.by, &new).await?;
    app.bus.publish(ChangeKind::Account, [account.id.clone()]);
    Ok(json(StatusCode::CREATED, &account))
}

pub(super) async fn change(app: &App, call: &Call) -> Result<Response, Fault> {
    let change: AccountChange = call.json()?;
    let id = call.part("id");
    let account = app.store.change_account(&call.by, id, &change, LastAdmin::Keep).await?;
    app.bus.publish(ChangeKind::Account, [account.id.clone()]);
    Ok(json(StatusCode::OK, &account))
}

pub(super) async fn remove(app: &App, call: &Call) -> Result<Response, Fault> {
    app.store.remove_account(&call.by, call.part("id")).await?;
    app.bus.publish(ChangeKind::Account, [call.part("id").to_owned()]);
    Ok(no_content())
}

pub(super) async fn setup_link(app: &App, call: &Call) -> Result<Response, Fault> {
    let link = app.store.make_setup_link(&call.by, call.part("id")).await?;
    app.bus.publish(ChangeKind::Account, [call.part("id").to_owned()]);
    Ok(json(StatusCode::CREATED, &link))
}
