//! `/api/v1/hosts` and `/api/v1/exposure`.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{ExposurePage, Host, HostPage, ProblemCode, Time};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::inventory::Inventory;
use crate::state::{Key, Order};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(super) fn lake(app: &App) -> Result<&Inventory, Fault> {
    app.lake.as_ref().ok_or_else(|| Fault::new(ProblemCode::NoLake))
}

/// What sorts by a time: what has none is oldest.
fn at(time: Option<Time>) -> Key {
    Key::Number(time.map_or(i64::MIN, Time::as_ms))
}

fn number(count: u64) -> Key {
    Key::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

pub(super) async fn hosts(app: &App, call: &Call) -> Result<Response, Fault> {
    let seen = lake(app)?.look().await?;
    let asked = call.list("host", Order::Up);
    let silent_for = match call.asked("silent") {
        Some("day") => Some(DAY_MS),
        Some("week") => Some(7 * DAY_MS),
        _ => None,
    };
    let now = app.store.now();
    let is_silent = |host: &Host| match silent_for {
        Some(ms) => host.last.is_none_or(|last| last.as_ms() < now.saturating_sub(ms)),
        None => true,
    };
    let rows = seen.hosts(call.asked("product"), call.asked("version")).into_iter();
    let rows = rows.filter(|host| asked.finds(&[&host.name, &host.org]) && is_silent(host));
    let rows = rows.map(|host| {
        let key = match asked.by.as_str() {
            "events" => number(host.events),
            "first" => at(host.first),
            "last" => at(host.last),
            _ => Key::Text(host.name.to_lowercase()),
        };
        (key, format!("{}\u{1f}{}", host.org, host.name), host)
    });
    let cut = asked.page_of(rows.collect())?;
    let page = HostPage { items: cut.items, next: cut.next, total: cut.total };
    Ok(json(StatusCode::OK, &page))
}

pub(super) async fn host(app: &App, call: &Call) -> Result<Response, Fault> {
    let seen = lake(app)?.look().await?;
    let detail = seen.detail(call.part("id"), call.asked("org"));
    Ok(json(StatusCode::OK, &detail.ok_or_else(|| Fault::new(ProblemCode::NotFound))?))
}

pub(super) async fn exposure(app: &App, call: &Call) -> Result<Response, Fault> {
    let seen = lake(app)?.look().await?;
    let asked = call.list("product", Order::Up);
    let rows = seen.exposure(call.asked("product")).into_iter();
    let rows = rows.filter(|release| asked.finds(&[&release.product, &release.version]));
    let rows = rows.map(|release| {
        let key = match asked.by.as_str() {
            "first" => at(release.first),
            "hosts" => number(release.hosts),
            "last" => at(release.last),
            _ => Key::Text(release.product.to_lowercase()),
        };
        (key, release.id.clone(), release)
    });
    let cut = asked.page_of(rows.collect())?;
    let page = ExposurePage { items: cut.items, next: cut.next, total: cut.total };
    Ok(json(StatusCode::OK, &page))
}
