//! A case with all that is in it.

use std::collections::BTreeMap;

use khien_wire::{
    AlertDetail, CaseAlert, CaseDetail, CaseEntry, CaseEvidence, CaseHost, CaseTask, Time,
};
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection};

use super::super::accounts::value;
use super::super::{StateError, Store, alerts};
use super::find;
use crate::duties::{self, Decision};

/// What was stored as JSON.
pub(super) fn stored<T: DeserializeOwned>(text: &str) -> Result<T, StateError> {
    serde_json::from_str(text)
        .map_err(|_| StateError::Corrupt("a part of a case cannot be read".to_owned()))
}

fn time(ms: Option<i64>) -> Option<Time> {
    ms.map(Time::from_ms)
}

/// The case and everything in it, as one moment has it.
pub(super) async fn detail(
    tx: &mut SqliteConnection,
    id: &str,
    now: i64,
) -> Result<CaseDetail, StateError> {
    let held = find(&mut *tx, id).await?;
    let decisions = decisions(&mut *tx, id).await?;
    let created = held.case.created.as_ms();
    Ok(CaseDetail {
        alerts: alerts_of(&mut *tx, id).await?,
        hosts: hosts(&mut *tx, id).await?,
        evidence: evidence(&mut *tx, id).await?,
        tasks: tasks(&mut *tx, id).await?,
        entries: entries(&mut *tx, id).await?,
        obligations: duties::of_case(&held.times, &decisions, created, now),
        case: held.case,
        times: held.times,
    })
}

/// The alert as it is now; as it was when it came into the case, where it is gone.
async fn now_or_then(
    tx: &mut SqliteConnection,
    case: &str,
    alert: &str,
) -> Result<Option<AlertDetail>, StateError> {
    match alerts::detail(&mut *tx, alert).await {
        Ok(detail) => return Ok(Some(detail)),
        Err(StateError::NotFound) => {}
        Err(other) => return Err(other),
    }
    let sql = "SELECT copy FROM case_evidence WHERE case_id = ? AND alert = ? AND copy IS NOT NULL \
               ORDER BY added DESC LIMIT 1";
    let copy: Option<String> =
        sqlx::query_scalar(sql).bind(case).bind(alert).fetch_optional(tx).await?;
    copy.as_deref().map(stored).transpose()
}

async fn attached(
    tx: &mut SqliteConnection,
    id: &str,
) -> Result<Vec<(String, i64, String)>, StateError> {
    let sql = "SELECT alert_id, attached, actor FROM case_alert WHERE case_id = ? ORDER BY attached, alert_id";
    Ok(sqlx::query_as(sql).bind(id).fetch_all(tx).await?)
}

async fn alerts_of(tx: &mut SqliteConnection, id: &str) -> Result<Vec<CaseAlert>, StateError> {
    let mut all = Vec::new();
    for (alert, at, actor) in attached(&mut *tx, id).await? {
        if let Some(detail) = now_or_then(&mut *tx, id, &alert).await? {
            let (attached, by) = (Time::from_ms(at), stored(&actor)?);
            all.push(CaseAlert { alert: detail.alert, attached, by });
        }
    }
    Ok(all)
}

async fn hosts(tx: &mut SqliteConnection, id: &str) -> Result<Vec<CaseHost>, StateError> {
    let sql = "SELECT h.shown, h.verdict, h.note, count(s.alert_id), min(s.first), max(s.last) FROM case_host h \
               LEFT JOIN case_sighting s ON s.case_id = h.case_id AND s.host = h.host \
               WHERE h.case_id = ? GROUP BY h.host ORDER BY h.host";
    let rows = sqlx::query(sql).bind(id).fetch_all(tx).await?;
    let host = |row: &sqlx::sqlite::SqliteRow| -> Result<CaseHost, StateError> {
        Ok(CaseHost {
            host: row.try_get(0)?,
            verdict: value(row.try_get(1)?)?,
            note: row.try_get(2)?,
            alerts: u64::try_from(row.try_get::<i64, _>(3)?).unwrap_or_default(),
            first: time(row.try_get(4)?),
            last: time(row.try_get(5)?),
        })
    };
    rows.iter().map(host).collect()
}

async fn evidence(tx: &mut SqliteConnection, id: &str) -> Result<Vec<CaseEvidence>, StateError> {
    let sql = "SELECT id, name, sha256, location, note, alert, added, actor FROM case_evidence \
               WHERE case_id = ? ORDER BY added, id";
    let rows = sqlx::query(sql).bind(id).fetch_all(tx).await?;
    let one = |row: &sqlx::sqlite::SqliteRow| -> Result<CaseEvidence, StateError> {
        Ok(CaseEvidence {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            sha256: row.try_get(2)?,
            location: row.try_get(3)?,
            note: row.try_get(4)?,
            alert: row.try_get(5)?,
            added: Time::from_ms(row.try_get(6)?),
            by: stored(row.try_get(7)?)?,
        })
    };
    rows.iter().map(one).collect()
}

async fn tasks(tx: &mut SqliteConnection, id: &str) -> Result<Vec<CaseTask>, StateError> {
    let sql = "SELECT id, text, owner, due, done, done_by, created, actor FROM case_task \
               WHERE case_id = ? ORDER BY created, id";
    let rows = sqlx::query(sql).bind(id).fetch_all(tx).await?;
    let one = |row: &sqlx::sqlite::SqliteRow| -> Result<CaseTask, StateError> {
        let done_by: Option<&str> = row.try_get(5)?;
        Ok(CaseTask {
            id: row.try_get(0)?,
            text: row.try_get(1)?,
            owner: row.try_get(2)?,
            due: time(row.try_get(3)?),
            done: time(row.try_get(4)?),
            done_by: done_by.map(stored).transpose()?,
            created: Time::from_ms(row.try_get(6)?),
            by: stored(row.try_get(7)?)?,
        })
    };
    rows.iter().map(one).collect()
}

async fn entries(tx: &mut SqliteConnection, id: &str) -> Result<Vec<CaseEntry>, StateError> {
    let sql = "SELECT id, kind, what, detail, text, at, noted, actor, alert, host FROM case_entry \
               WHERE case_id = ? ORDER BY at, noted, rowid";
    let rows = sqlx::query(sql).bind(id).fetch_all(tx).await?;
    let one = |row: &sqlx::sqlite::SqliteRow| -> Result<CaseEntry, StateError> {
        Ok(CaseEntry {
            id: row.try_get(0)?,
            kind: value(row.try_get(1)?)?,
            what: row.try_get(2)?,
            detail: stored(row.try_get(3)?)?,
            text: row.try_get(4)?,
            at: Time::from_ms(row.try_get(5)?),
            noted: Time::from_ms(row.try_get(6)?),
            by: stored(row.try_get(7)?)?,
            alert: row.try_get(8)?,
            host: row.try_get(9)?,
        })
    };
    rows.iter().map(one).collect()
}

async fn decisions(
    tx: &mut SqliteConnection,
    id: &str,
) -> Result<BTreeMap<String, Decision>, StateError> {
    let sql = "SELECT duty, sent, sent_as, reason, actor FROM case_duty WHERE case_id = ?";
    let rows = sqlx::query(sql).bind(id).fetch_all(tx).await?;
    let mut all = BTreeMap::new();
    for row in &rows {
        let decision = Decision {
            sent: row.try_get(1)?,
            sent_as: row.try_get(2)?,
            reason: row.try_get(3)?,
            by: stored(row.try_get(4)?)?,
        };
        all.insert(row.try_get(0)?, decision);
    }
    Ok(all)
}

impl Store {
    /// The case and its alerts with what they rest on: what a story is made of.
    pub(crate) async fn case_story(
        &self,
        id: &str,
    ) -> Result<(khien_wire::Case, Vec<AlertDetail>), StateError> {
        let mut tx = self.read().await?;
        let case = find(&mut tx, id).await?.case;
        let mut all = Vec::new();
        for (alert, ..) in attached(&mut tx, id).await? {
            all.extend(now_or_then(&mut tx, id, &alert).await?);
        }
        Ok((case, all))
    }

    /// The copy of an alert that is kept as evidence, byte for byte.
    pub(crate) async fn case_copy(&self, id: &str, evidence: &str) -> Result<String, StateError> {
        let sql = "SELECT copy FROM case_evidence WHERE case_id = ? AND id = ?";
        let copy: Option<Option<String>> =
            sqlx::query_scalar(sql).bind(id).bind(evidence).fetch_optional(&self.readers).await?;
        copy.flatten().ok_or(StateError::NotFound)
    }
}
