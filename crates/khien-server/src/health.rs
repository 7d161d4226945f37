//! How the server's parts are: each looked at when asked, in words of both languages.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use khien_text::Lang;
use khien_wire::{Health, HealthPart, HealthState, JobState, Time};

use crate::jobs::VERIFY_AUDIT;
use crate::state::Store;

/// What was found of a part. Its texts are `server.health.<id>.<code>` and, unless it is ok,
/// `server.health.<id>.<code>.next`, with `{detail}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// How it is.
    pub state: HealthState,
    /// A stable word.
    pub code: &'static str,
    /// A number or name for the texts.
    pub detail: String,
}

impl Found {
    /// A part that is so.
    pub fn new(state: HealthState, code: &'static str, detail: impl ToString) -> Self {
        Self { state, code, detail: detail.to_string() }
    }
}

/// A part that can be looked at.
#[async_trait]
pub trait HealthSource: Send + Sync {
    /// Its stable word.
    fn id(&self) -> &'static str;

    /// Looks, within a second or so.
    async fn look(&self) -> Found;
}

/// All parts, and since when each has been as it is.
pub(crate) struct Parts {
    sources: Vec<Arc<dyn HealthSource>>,
    since: Mutex<HashMap<&'static str, (Found, i64)>>,
}

impl Parts {
    pub(crate) fn new(sources: Vec<Arc<dyn HealthSource>>) -> Self {
        Self { sources, since: Mutex::new(HashMap::new()) }
    }

    pub(crate) async fn look(&self, now: i64, lang: Lang) -> Health {
        let found = futures::future::join_all(
            self.sources.iter().map(|source| async { (source.id(), source.look().await) }),
        )
        .await;
        let parts: Vec<HealthPart> =
            found.into_iter().map(|(id, found)| self.part(id, found, now, lang)).collect();
        let worst = [HealthState::Failed, HealthState::Unknown, HealthState::Degraded];
        let state = worst.into_iter().find(|bad| parts.iter().any(|part| part.state == *bad));
        Health { state: state.unwrap_or(HealthState::Ok), parts }
    }

    fn part(&self, id: &'static str, found: Found, now: i64, lang: Lang) -> HealthPart {
        let mut all = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = all.entry(id).or_insert_with(|| (found.clone(), now));
        if (entry.0.state, entry.0.code) != (found.state, found.code) {
            *entry = (found.clone(), now);
        }
        let since = entry.1;
        drop(all);
        let key = format!("server.health.{id}.{}", found.code);
        let text = |key: &str| lang.text(key, &[("detail", &found.detail)]);
        HealthPart {
            id: id.to_owned(),
            state: found.state,
            code: found.code.to_owned(),
            what: text(&key),
            since: Time::from_ms(since),
            next_step: (found.state != HealthState::Ok).then(|| text(&format!("{key}.next"))),
        }
    }
}

/// Whether the state can be read and changed.
pub(crate) struct StateHealth(pub(crate) Store);

#[async_trait]
impl HealthSource for StateHealth {
    fn id(&self) -> &'static str {
        "state"
    }

    async fn look(&self) -> Found {
        match self.0.probe().await {
            Ok(()) => Found::new(HealthState::Ok, "works", ""),
            Err(error) => Found::new(HealthState::Failed, "broken", error),
        }
    }
}

/// Whether the audit log was whole when it was last read.
pub(crate) struct AuditHealth(pub(crate) Store);

#[async_trait]
impl HealthSource for AuditHealth {
    fn id(&self) -> &'static str {
        "audit"
    }

    async fn look(&self) -> Found {
        let last = match self.0.last_job(VERIFY_AUDIT).await {
            Ok(last) => last,
            Err(error) => return Found::new(HealthState::Unknown, "unread", error),
        };
        let result = last.as_ref().and_then(|job| job.result.as_ref());
        let Some(result) = result else {
            return match last.map(|job| job.state) {
                Some(JobState::Failed | JobState::Cancelled) => {
                    Found::new(HealthState::Unknown, "unread", "")
                }
                _ => Found::new(HealthState::Unknown, "not_yet", ""),
            };
        };
        let number = |at: &str| result.pointer(at).and_then(serde_json::Value::as_u64);
        if result.get("ok").and_then(serde_json::Value::as_bool) == Some(true) {
            return Found::new(HealthState::Ok, "whole", number("/entries").unwrap_or_default());
        }
        Found::new(HealthState::Failed, "broken", number("/first_bad/n").unwrap_or_default())
    }
}

/// Whether there is room on the disk of the state folder.
pub(crate) struct DiskHealth(pub(crate) PathBuf);

/// Below this many MiB somebody should look.
const ROOM_MIB: u64 = 1024;

/// Below this many MiB the server will soon stop working.
const ROOM_LEAST_MIB: u64 = 100;

#[async_trait]
impl HealthSource for DiskHealth {
    fn id(&self) -> &'static str {
        "disk"
    }

    async fn look(&self) -> Found {
        #[cfg(unix)]
        if let Ok(volume) = rustix::fs::statvfs(&self.0) {
            let free = volume.f_bavail.saturating_mul(volume.f_frsize) >> 20;
            return match free {
                0..ROOM_LEAST_MIB => Found::new(HealthState::Failed, "full", free),
                ROOM_LEAST_MIB..ROOM_MIB => Found::new(HealthState::Degraded, "low", free),
                _ => Found::new(HealthState::Ok, "room", free),
            };
        }
        Found::new(HealthState::Unknown, "unread", "")
    }
}

/// Whether jobs fail.
pub(crate) struct JobsHealth(pub(crate) Store);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[async_trait]
impl HealthSource for JobsHealth {
    fn id(&self) -> &'static str {
        "jobs"
    }

    async fn look(&self) -> Found {
        let since = self.0.now().saturating_sub(DAY_MS);
        match self.0.count_jobs(JobState::Failed, since).await {
            Ok(0) => Found::new(HealthState::Ok, "fine", ""),
            Ok(failed) => Found::new(HealthState::Degraded, "failed", failed),
            Err(error) => Found::new(HealthState::Unknown, "unread", error),
        }
    }
}
