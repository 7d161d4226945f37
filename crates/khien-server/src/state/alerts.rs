//! Alerts as rows: findings of one rule on one host are one alert until somebody closes it.

use std::collections::BTreeSet;

use khien_wire::{
    Alert, AlertChange, AlertDetail, AlertKind, AlertPage, AlertState, Severity, Time,
};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::accounts::{value, word};
use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::{StateError, Store, cases};
use crate::secret::new_id;

/// Bound: alerts; beyond it those that were closed longest ago go.
const ALERTS_MAX: i64 = 1_000_000;

/// Bound: hosts that are named.
pub(crate) const HOSTS_MAX: usize = 16;

const COLUMNS: &str = "id, kind, rule, title, severity, hosts, host_count, first, last, count, state, \
                       resolution, owner, note, subject, created, updated";

/// Which alerts.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlertFilter {
    /// In one of these states; all where there is none.
    pub(crate) states: Vec<AlertState>,
    /// Of this kind.
    pub(crate) kind: Option<AlertKind>,
    /// At least so severe.
    pub(crate) severity: Option<Severity>,
    /// On this host.
    pub(crate) host: Option<String>,
}

/// What was found, before it is known whether it is a new alert.
#[derive(Clone, Debug)]
pub(crate) struct Sighted {
    /// What makes it the same as another.
    pub(crate) mark: String,
    pub(crate) kind: AlertKind,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) severity: Severity,
    pub(crate) hosts: Vec<String>,
    pub(crate) host_count: u64,
    /// Milliseconds since 1970.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// How often since it was told last; of a departure how often in all.
    pub(crate) count: u64,
    /// Of a departure: whether it is taken back.
    pub(crate) is_withdrawn: bool,
    pub(crate) subject: Option<khien_wire::AlertSubject>,
    pub(crate) evidence: Value,
}

/// What findings changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    /// Ids of alerts.
    pub(crate) alerts: Vec<String>,
    /// Ids of cases that have more hosts now.
    pub(crate) cases: BTreeSet<String>,
}

pub(super) fn rank(severity: Severity) -> i64 {
    let at = Severity::ALL.into_iter().position(|one| one == severity).unwrap_or_default();
    i64::try_from(at).unwrap_or_default()
}

/// The severity of a rank.
pub(super) fn severity_of(rank: i64) -> Severity {
    let severity = usize::try_from(rank).ok().and_then(|at| Severity::ALL.get(at).copied());
    severity.unwrap_or(Severity::Medium)
}

/// Who is to look after something: an active account, or nobody for an empty name.
pub(super) async fn check_owner(
    tx: &mut SqliteConnection,
    field: &str,
    name: &str,
) -> Result<Option<String>, StateError> {
    if name.is_empty() {
        return Ok(None);
    }
    let known: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM account WHERE name = ? AND disabled = 0")
            .bind(name)
            .fetch_optional(tx)
            .await?;
    match known {
        Some(_) => Ok(Some(name.to_owned())),
        None => Err(StateError::invalid(field, "unknown_word")),
    }
}

fn alert(row: &SqliteRow) -> Result<Alert, StateError> {
    let count = |index: usize| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or_default())
    };
    let time =
        |index: usize| -> Result<Time, sqlx::Error> { Ok(Time::from_ms(row.try_get(index)?)) };
    let hosts: &str = row.try_get(5)?;
    let subject: Option<&str> = row.try_get(14)?;
    let resolution: Option<&str> = row.try_get(11)?;
    Ok(Alert {
        id: row.try_get(0)?,
        kind: value(row.try_get(1)?)?,
        rule: row.try_get(2)?,
        title: row.try_get(3)?,
        severity: severity_of(row.try_get(4)?),
        hosts: serde_json::from_str(hosts).unwrap_or_default(),
        host_count: count(6)?,
        first: time(7)?,
        last: time(8)?,
        count: count(9)?,
        state: value(row.try_get(10)?)?,
        resolution: resolution.map(value).transpose()?,
        owner: row.try_get(12)?,
        note: row.try_get(13)?,
        subject: subject.and_then(|text| serde_json::from_str(text).ok()),
        created: time(15)?,
        updated: time(16)?,
    })
}

async fn find(tx: &mut SqliteConnection, id: &str) -> Result<Alert, StateError> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM alert WHERE id = "));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    alert(&row.ok_or(StateError::NotFound)?)
}

/// One alert with what it rests on.
pub(super) async fn detail(tx: &mut SqliteConnection, id: &str) -> Result<AlertDetail, StateError> {
    let alert = find(&mut *tx, id).await?;
    let evidence: String = sqlx::query_scalar("SELECT evidence FROM alert WHERE id = ?")
        .bind(id)
        .fetch_one(tx)
        .await?;
    let evidence = serde_json::from_str(&evidence)
        .map_err(|_| StateError::Corrupt(format!("alert {id}: its evidence is no JSON")))?;
    Ok(AlertDetail { alert, evidence })
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AlertFilter, asked: &ListAsked) {
    if !filter.states.is_empty() {
        query.push(" AND state IN (");
        let mut separated = query.separated(", ");
        for state in &filter.states {
            separated.push_bind(word(state));
        }
        query.push(")");
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(word(kind));
    }
    if let Some(severity) = filter.severity {
        query.push(" AND severity >= ").push_bind(rank(severity));
    }
    if let Some(host) = &filter.host {
        query
            .push(" AND EXISTS (SELECT 1 FROM json_each(alert.hosts) h WHERE h.value = ")
            .push_bind(host.clone())
            .push(" COLLATE NOCASE)");
    }
    asked.search(query, &["title", "rule", "hosts", "owner", "note", "subject"]);
}

impl Store {
    /// Alerts, in pages.
    pub(crate) async fn alerts(
        &self,
        filter: &AlertFilter,
        asked: &ListAsked,
    ) -> Result<AlertPage, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new("SELECT count(*) FROM alert WHERE 1");
        narrow(&mut query, filter, asked);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM alert WHERE 1"));
        narrow(&mut query, filter, asked);
        asked.sort_and_page(&mut query, &[], &["last", "first", "severity", "count", "updated"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Alert> = rows.iter().map(alert).collect::<Result<_, _>>()?;
        let sorted = |alert: &Alert| match asked.by.as_str() {
            "first" => alert.first.as_ms(),
            "severity" => rank(alert.severity),
            "count" => i64::try_from(alert.count).unwrap_or(i64::MAX),
            "updated" => alert.updated.as_ms(),
            _ => alert.last.as_ms(),
        };
        let next = items.last().filter(|_| more);
        let next = next.map(|last| list::pair_cursor(&sorted(last).to_string(), &last.id));
        Ok(AlertPage { items, next, total })
    }

    /// One alert with what it rests on.
    pub(crate) async fn alert(&self, id: &str) -> Result<AlertDetail, StateError> {
        let mut tx = self.read().await?;
        detail(&mut tx, id).await
    }

    /// Which of these marks have an alert, whatever became of it.
    pub(crate) async fn alert_marks(&self) -> Result<Vec<String>, StateError> {
        let marks = sqlx::query_scalar("SELECT DISTINCT mark FROM alert");
        Ok(marks.fetch_all(&self.readers).await?)
    }

    /// How far alerts were made of a source's findings; `None` when they never were.
    pub(crate) async fn told(&self, source: &str) -> Result<Option<u64>, StateError> {
        let upto: Option<i64> = sqlx::query_scalar("SELECT upto FROM told WHERE source = ?")
            .bind(source)
            .fetch_optional(&self.readers)
            .await?;
        Ok(upto.and_then(|upto| u64::try_from(upto).ok()))
    }

    /// Takes what was found: counts what is known, and raises the rest. Says what changed.
    /// `told`: of which source these are the findings, and how far; remembered in the same step.
    pub(crate) async fn sight(
        &self,
        found: &[Sighted],
        told: Option<(&str, u64)>,
    ) -> Result<Changed, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let mut changed = Changed::default();
        for sighted in found {
            let id = match again(&mut tx, sighted, now).await? {
                Some(id) => {
                    changed.cases.extend(cases::seen_again(&mut tx, now, &id).await?);
                    id
                }
                None => raise(&mut tx, sighted, now).await?,
            };
            changed.alerts.push(id);
        }
        let all: i64 = sqlx::query_scalar("SELECT count(*) FROM alert").fetch_one(&mut *tx).await?;
        if all > ALERTS_MAX {
            let sql = "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE state IN \
                       ('closed', 'withdrawn') ORDER BY updated LIMIT ?)";
            sqlx::query(sql).bind(all - ALERTS_MAX).execute(&mut *tx).await?;
        }
        if let Some((source, upto)) = told {
            let sql = "INSERT INTO told (source, upto) VALUES (?, ?) \
                       ON CONFLICT (source) DO UPDATE SET upto = max(upto, excluded.upto)";
            let upto = i64::try_from(upto).unwrap_or(i64::MAX);
            sqlx::query(sql).bind(source).bind(upto).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Changes where an alert stands.
    pub(crate) async fn change_alert(
        &self,
        by: &By,
        id: &str,
        change: &AlertChange,
    ) -> Result<Alert, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id).await?;
        let state = change.state.unwrap_or(before.state);
        let resolution = match state {
            AlertState::Closed => change.resolution.or(before.resolution),
            _ => None,
        };
        if change.state == Some(AlertState::Withdrawn) {
            return Err(StateError::invalid("state", "unknown_word"));
        }
        if state == AlertState::Closed && resolution.is_none() {
            return Err(StateError::invalid("resolution", "missing"));
        }
        if state != AlertState::Closed && change.resolution.is_some() {
            return Err(StateError::invalid("resolution", "only_when_closed"));
        }
        let owner = match change.owner.as_deref() {
            None => before.owner.clone(),
            Some(name) => check_owner(&mut tx, "owner", name).await?,
        };
        let note = match change.note.as_deref() {
            None => before.note.clone(),
            Some("") => None,
            Some(note) if note.chars().count() > 4000 => {
                return Err(StateError::invalid("note", "too_long"));
            }
            Some(note) => Some(note.to_owned()),
        };
        let sql = "UPDATE alert SET state = ?, resolution = ?, owner = ?, note = ?, updated = ? WHERE id = ?";
        sqlx::query(sql)
            .bind(word(state))
            .bind(resolution.map(word))
            .bind(&owner)
            .bind(&note)
            .bind(now)
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(reopened_beside)?;
        let mut act = Act::new("alert.changed", "alert", id).with("state", word(state));
        if let Some(resolution) = resolution {
            act = act.with("resolution", word(resolution));
        }
        if owner != before.owner {
            act = act.with("owner", owner.unwrap_or_default());
        }
        if note != before.note {
            act = act.with("note", note.unwrap_or_default());
        }
        audit::append(&mut tx, now, by, act).await?;
        let after = find(&mut tx, id).await?;
        tx.commit().await?;
        Ok(after)
    }
}

/// An alert that is opened again while another has taken its place.
fn reopened_beside(error: sqlx::Error) -> StateError {
    let is_taken = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    if is_taken { StateError::invalid("state", "another_is_open") } else { error.into() }
}

/// Counts a finding on the alert that has its mark.
async fn again(
    tx: &mut SqliteConnection,
    sighted: &Sighted,
    now: i64,
) -> Result<Option<String>, StateError> {
    let sql = "SELECT id, hosts, state FROM alert WHERE mark = ? AND (state <> 'closed' OR kind = 'departure')";
    let row = sqlx::query(sql).bind(&sighted.mark).fetch_optional(&mut *tx).await?;
    let Some(row) = row else { return Ok(None) };
    let (id, hosts, state): (String, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let is_departure = sighted.kind == AlertKind::Departure;
    let mut named: Vec<String> = serde_json::from_str(&hosts).unwrap_or_default();
    for host in &sighted.hosts {
        if named.len() < HOSTS_MAX && !named.contains(host) {
            named.push(host.clone());
        }
    }
    let named = if is_departure { sighted.hosts.clone() } else { named };
    let count = i64::try_from(sighted.count).unwrap_or(i64::MAX);
    // A person's word stands; only what nobody has looked at is taken back by later evidence, and told
    // again when it holds after all.
    let state = match (state.as_str(), is_departure, sighted.is_withdrawn) {
        ("open" | "acknowledged", true, true) => "withdrawn",
        ("withdrawn", true, false) => "open",
        (other, ..) => other,
    };
    let sql = "UPDATE alert SET title = ?, severity = max(severity, ?), hosts = ?, host_count = ?, \
               first = min(first, ?), last = max(last, ?), count = iif(?, ?, min(count + ?, 9000000000000000000)), \
               state = ?, subject = ?, evidence = ?, updated = ? WHERE id = ?";
    sqlx::query(sql)
        .bind(&sighted.title)
        .bind(rank(sighted.severity))
        .bind(serde_json::to_string(&named).unwrap_or_default())
        .bind(i64::try_from(sighted.host_count.max(named.len() as u64)).unwrap_or(i64::MAX))
        .bind(sighted.first)
        .bind(sighted.last)
        .bind(is_departure)
        .bind(count)
        .bind(count)
        .bind(state)
        .bind(subject_of(sighted))
        .bind(sighted.evidence.to_string())
        .bind(now)
        .bind(&id)
        .execute(tx)
        .await?;
    Ok(Some(id))
}

async fn raise(
    tx: &mut SqliteConnection,
    sighted: &Sighted,
    now: i64,
) -> Result<String, StateError> {
    let id = new_id(now);
    let state = if sighted.is_withdrawn { "withdrawn" } else { "open" };
    let named: Vec<&String> = sighted.hosts.iter().take(HOSTS_MAX).collect();
    let sql = "INSERT INTO alert (id, mark, kind, rule, title, severity, hosts, host_count, first, last, \
               count, state, subject, evidence, created, updated) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(&id)
        .bind(&sighted.mark)
        .bind(word(sighted.kind))
        .bind(&sighted.rule)
        .bind(&sighted.title)
        .bind(rank(sighted.severity))
        .bind(serde_json::to_string(&named).unwrap_or_default())
        .bind(i64::try_from(sighted.host_count).unwrap_or(i64::MAX))
        .bind(sighted.first)
        .bind(sighted.last)
        .bind(i64::try_from(sighted.count).unwrap_or(i64::MAX))
        .bind(state)
        .bind(subject_of(sighted))
        .bind(sighted.evidence.to_string())
        .bind(now)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(id)
}

fn subject_of(sighted: &Sighted) -> Option<String> {
    sighted.subject.as_ref().and_then(|subject| serde_json::to_string(subject).ok())
}
