//! Alerts into cases and out of them, with their hosts, their times and a copy as evidence.

use khien_wire::{
    AlertDetail, AlertState, Case, CaseAlertsChange, CaseClock, CaseDetail, CaseEntryKind,
    CaseTime, Time,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::super::audit::{self, Act, By};
use super::super::{StateError, Store, alerts};
use super::{
    ALERTS_AT_ONCE, Deed, Entry, Weight, find, find_at, json_of, note, touch, write_entry,
};
use crate::secret::{hex, new_id};

/// Bound: alerts in a case.
const ALERTS_MAX: i64 = 500;
/// Bound: hosts in a case; alerts name more by their count.
pub(super) const HOSTS_MAX: i64 = 5000;
/// Bound: pieces of evidence of a case, copies of alerts among them.
pub(super) const EVIDENCE_MAX: i64 = 2000;

/// The alert of this id, named as the caller's mistake where it is not there.
pub(super) async fn alert(tx: &mut SqliteConnection, id: &str) -> Result<AlertDetail, StateError> {
    match alerts::detail(tx, id).await {
        Err(StateError::NotFound) => Err(StateError::invalid("alerts", "unknown_word")),
        other => other,
    }
}

/// A host that an alert names, with when.
struct Seen {
    host: String,
    first: i64,
    last: i64,
}

/// Hosts that an alert names: those of the alert, and all of a departure's sightings.
fn hosts_of(detail: &AlertDetail) -> Vec<Seen> {
    let (first, last) = (detail.alert.first.as_ms(), detail.alert.last.as_ms());
    let sightings = detail.evidence.pointer("/evidence/sightings").and_then(Value::as_array);
    let mut all: Vec<Seen> = sightings
        .into_iter()
        .flatten()
        .filter_map(|one| {
            let host = one.get("host")?.as_str()?.to_owned();
            let at = one.get("first").and_then(Value::as_str).and_then(Time::parse);
            Some(Seen { host, first: at.map_or(first, Time::as_ms), last })
        })
        .collect();
    for host in &detail.alert.hosts {
        if !all.iter().any(|seen| seen.host.to_lowercase() == host.to_lowercase()) {
            all.push(Seen { host: host.clone(), first, last });
        }
    }
    all.retain(|seen| !seen.host.is_empty());
    all
}

/// Attaches alerts that are not there yet. Says which of them somebody now looks at, for browsers.
pub(super) async fn attach(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    ids: &[String],
) -> Result<Vec<String>, StateError> {
    if ids.len() > ALERTS_AT_ONCE {
        return Err(StateError::invalid("alerts", "too_many"));
    }
    let mut taken = Vec::new();
    for id in ids {
        let detail = alert(&mut *tx, id).await?;
        if !insert(&mut *tx, now, by, case, &detail).await? {
            continue;
        }
        keep_copy(&mut *tx, now, by, case, &detail).await?;
        see_hosts(&mut *tx, &case.id, &detail).await?;
        let entry = Entry {
            kind: CaseEntryKind::Event,
            what: "alert",
            detail: json!({}),
            text: &detail.alert.title,
            at: detail.alert.first.as_ms(),
            noted: detail.alert.created.as_ms(),
            alert: Some(id),
            host: detail.alert.hosts.first().map(String::as_str),
        };
        write_entry(&mut *tx, now, by, &case.id, entry).await?;
        let deed = Deed::new("case.alert_attached").with("alert", id.as_str());
        note(&mut *tx, now, by, case, deed.with("title", detail.alert.title.as_str())).await?;
        if detail.alert.state == AlertState::Open {
            acknowledge(&mut *tx, now, by, case, id).await?;
            taken.push(id.clone());
        }
    }
    derive_times(tx, now, case).await?;
    Ok(taken)
}

/// Whether it was not there before.
async fn insert(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    detail: &AlertDetail,
) -> Result<bool, StateError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM case_alert WHERE case_id = ?")
        .bind(&case.id)
        .fetch_one(&mut *tx)
        .await?;
    if count >= ALERTS_MAX {
        return Err(StateError::invalid("alerts", "too_many"));
    }
    // A departure's rule is its own name, which no other alert has; its product is what others share.
    let subject = detail.alert.subject.as_ref();
    let rule = if subject.is_some() { "" } else { detail.alert.rule.as_str() };
    let sql = "INSERT INTO case_alert (case_id, alert_id, rule, product, first, raised, attached, actor) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(&case.id)
        .bind(&detail.alert.id)
        .bind(rule)
        .bind(subject.map_or("", |subject| subject.product.as_str()))
        .bind(detail.alert.first.as_ms())
        .bind(detail.alert.created.as_ms())
        .bind(now)
        .bind(json_of(&by.actor))
        .execute(tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps the alert with its evidence as it is: alerts are counted on, and may go.
async fn keep_copy(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    detail: &AlertDetail,
) -> Result<(), StateError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM case_evidence WHERE case_id = ?")
        .bind(&case.id)
        .fetch_one(&mut *tx)
        .await?;
    if count >= EVIDENCE_MAX {
        return Err(StateError::invalid("alerts", "too_many"));
    }
    let copy = json_of(detail);
    let sql = "INSERT INTO case_evidence (id, case_id, name, sha256, location, note, alert, copy, added, actor) \
               VALUES (?, ?, ?, ?, '', '', ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(new_id(now))
        .bind(&case.id)
        .bind(&detail.alert.title)
        .bind(hex(&Sha256::digest(copy.as_bytes())))
        .bind(&detail.alert.id)
        .bind(&copy)
        .bind(now)
        .bind(json_of(&by.actor))
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes the hosts that the last check of an advisory, or trace of an update, found hit.
pub(super) async fn take_hits(
    tx: &mut SqliteConnection,
    case: &str,
    advisory: &str,
) -> Result<(), StateError> {
    let sql = "SELECT host FROM advisory_host WHERE advisory = ? AND verdict = 'hit' AND host <> '' \
               ORDER BY rank LIMIT ?";
    let hosts: Vec<String> =
        sqlx::query_scalar(sql).bind(advisory).bind(HOSTS_MAX).fetch_all(&mut *tx).await?;
    for host in hosts {
        let sql = "INSERT INTO case_host (case_id, host, shown, verdict, note, told) \
                   VALUES (?, ?, ?, 'hit', '', 1) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(sql).bind(case).bind(host.to_lowercase()).bind(&host);
        insert.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Takes the hosts that an alert names. Says which are new to the case.
async fn see_hosts(
    tx: &mut SqliteConnection,
    case: &str,
    detail: &AlertDetail,
) -> Result<Vec<String>, StateError> {
    let mut new = Vec::new();
    let mut count: i64 = sqlx::query_scalar("SELECT count(*) FROM case_host WHERE case_id = ?")
        .bind(case)
        .fetch_one(&mut *tx)
        .await?;
    for seen in hosts_of(detail) {
        if count >= HOSTS_MAX {
            break;
        }
        let host = seen.host.to_lowercase();
        let sql = "INSERT INTO case_host (case_id, host, shown, verdict, note, told) VALUES (?, ?, ?, 'unknown', '', 0) \
                   ON CONFLICT DO NOTHING";
        let added =
            sqlx::query(sql).bind(case).bind(&host).bind(&seen.host).execute(&mut *tx).await?;
        if added.rows_affected() > 0 {
            count += 1;
            new.push(seen.host);
        }
        let sql = "INSERT INTO case_sighting (case_id, alert_id, host, first, last) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (case_id, alert_id, host) DO UPDATE SET first = min(first, excluded.first), \
                   last = max(last, excluded.last)";
        sqlx::query(sql)
            .bind(case)
            .bind(&detail.alert.id)
            .bind(&host)
            .bind(seen.first)
            .bind(seen.last)
            .execute(&mut *tx)
            .await?;
    }
    Ok(new)
}

/// Hosts that an entry of the timeline names; the others are in the case all the same.
const HOSTS_NAMED: usize = 20;

/// An alert was seen again: what it newly names comes into its cases, as far as they are not closed,
/// and onto their timelines, since somebody has to look at it. Says which cases have more hosts.
pub(in crate::state) async fn seen_again(
    tx: &mut SqliteConnection,
    now: i64,
    alert: &str,
) -> Result<Vec<String>, StateError> {
    let sql = "SELECT a.case_id FROM case_alert a JOIN case_file f ON f.id = a.case_id \
               WHERE a.alert_id = ? AND f.state <> 'closed'";
    let cases: Vec<String> = sqlx::query_scalar(sql).bind(alert).fetch_all(&mut *tx).await?;
    if cases.is_empty() {
        return Ok(cases);
    }
    let detail = alerts::detail(&mut *tx, alert).await?;
    let mut changed = Vec::new();
    for id in cases {
        let new = see_hosts(&mut *tx, &id, &detail).await?;
        let sql = "UPDATE case_alert SET first = min(first, ?) WHERE case_id = ? AND alert_id = ?";
        let first = detail.alert.first.as_ms();
        let query = sqlx::query(sql).bind(first).bind(&id).bind(alert);
        query.execute(&mut *tx).await?;
        if new.is_empty() {
            continue;
        }
        let case = find(&mut *tx, &id).await?.case;
        derive_times(&mut *tx, now, &case).await?;
        let named: Vec<&str> = new.iter().take(HOSTS_NAMED).map(String::as_str).collect();
        let entry = Entry {
            kind: CaseEntryKind::Found,
            what: "hosts_found",
            detail: json!({ "count": new.len().to_string(), "hosts": named.join(", ") }),
            text: &detail.alert.title,
            at: now,
            noted: now,
            alert: Some(alert),
            host: None,
        };
        write_entry(&mut *tx, now, &By::system(), &id, entry).await?;
        touch(&mut *tx, now, &id, Weight::Added).await?;
        changed.push(id);
    }
    Ok(changed)
}

/// Somebody who takes an alert into a case looks at it.
async fn acknowledge(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    id: &str,
) -> Result<(), StateError> {
    let sql = "UPDATE alert SET state = 'acknowledged', owner = coalesce(owner, ?), updated = ? WHERE id = ?";
    sqlx::query(sql).bind(&case.owner).bind(now).bind(id).execute(&mut *tx).await?;
    let act = Act::new("alert.changed", "alert", id).with("state", "acknowledged");
    audit::append(tx, now, by, act.with("case", case.number.as_str())).await
}

/// The times that follow from the alerts, as long as nobody has set them.
async fn derive_times(tx: &mut SqliteConnection, now: i64, case: &Case) -> Result<(), StateError> {
    let mut times = find(&mut *tx, &case.id).await?.times;
    let sql = "SELECT min(first), min(raised) FROM case_alert WHERE case_id = ?";
    let (first, raised): (Option<i64>, Option<i64>) =
        sqlx::query_as(sql).bind(&case.id).fetch_one(&mut *tx).await?;
    for (clock, at) in [(CaseClock::Occurred, first), (CaseClock::Detected, raised)] {
        if times.at(clock).is_some_and(|time| time.by.is_some()) {
            continue;
        }
        *times.at_mut(clock) =
            at.map(|at| CaseTime { at: Time::from_ms(at), by: None, set: Time::from_ms(now) });
    }
    let sql = "UPDATE case_file SET times = ? WHERE id = ?";
    sqlx::query(sql).bind(json_of(&times)).bind(&case.id).execute(tx).await?;
    Ok(())
}

/// Takes an alert out: with the hosts that only it named. The copy stays, since it was evidence.
async fn detach(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    id: &str,
) -> Result<(), StateError> {
    let gone = sqlx::query("DELETE FROM case_alert WHERE case_id = ? AND alert_id = ?")
        .bind(&case.id)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(StateError::invalid("detach", "unknown_word"));
    }
    for sql in [
        "DELETE FROM case_sighting WHERE case_id = ?1 AND alert_id = ?2",
        "DELETE FROM case_host WHERE case_id = ?1 AND told = 0 AND ?2 <> '' AND host NOT IN \
         (SELECT host FROM case_sighting WHERE case_id = ?1)",
        "DELETE FROM case_entry WHERE case_id = ?1 AND alert = ?2 AND what = 'alert'",
    ] {
        sqlx::query(sql).bind(&case.id).bind(id).execute(&mut *tx).await?;
    }
    let deed = Deed::new("case.alert_detached").with("alert", id);
    note(tx, now, by, case, deed).await
}

impl Store {
    /// Attaches alerts to a case, and detaches others. Says which somebody now looks at, too.
    pub(crate) async fn change_case_alerts(
        &self,
        by: &By,
        id: &str,
        change: &CaseAlertsChange,
    ) -> Result<(CaseDetail, Vec<String>), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let mut weight = Weight::Added;
        let case = if change.detach.is_empty() {
            find(&mut tx, id).await?.case
        } else {
            weight = Weight::Changed;
            let version =
                change.version.ok_or_else(|| StateError::invalid("version", "missing"))?;
            find_at(&mut tx, id, version).await?.case
        };
        if change.detach.len() > ALERTS_AT_ONCE {
            return Err(StateError::invalid("detach", "too_many"));
        }
        for alert in &change.detach {
            detach(&mut tx, now, by, &case, alert).await?;
        }
        let taken = attach(&mut tx, now, by, &case, &change.attach).await?;
        let detail = touch(&mut tx, now, id, weight).await?;
        tx.commit().await?;
        Ok((detail, taken))
    }
}
