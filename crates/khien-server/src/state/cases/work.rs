//! What people put into a case: notes, tasks, what they say of hosts, evidence, obligations; and who
//! it is handed to.

use khien_wire::{
    CaseDetail, CaseEntryNew, CaseEvidenceNew, CaseHandOver, CaseHostChange, CaseObligationChange,
    CaseTaskChange, CaseTaskNew, HostVerdict, Time,
};
use serde_json::json;
use sqlx::SqliteConnection;

use super::super::accounts::word;
use super::super::audit::{self, Act, By};
use super::super::{StateError, Store};
use super::attach::{EVIDENCE_MAX, HOSTS_MAX};
use super::{
    Deed, Entry, REASON_MAX, TEXT_MAX, TITLE_MAX, Weight, check_owner, find, find_at, json_of,
    note, past, text, touch, write_entry,
};
use crate::duties;
use crate::secret::new_id;

/// Bound: tasks of a case.
const TASKS_MAX: i64 = 500;
const TASK_TEXT_MAX: usize = 300;
const HOST_MAX: usize = 255;
const LOCATION_MAX: usize = 500;

/// A task's text, who does it, when it was done and by whom.
type KeptTask = (String, Option<String>, Option<i64>, Option<String>);

async fn count(
    tx: &mut SqliteConnection,
    sql: &'static str,
    case: &str,
) -> Result<i64, StateError> {
    Ok(sqlx::query_scalar(sql).bind(case).fetch_one(tx).await?)
}

impl Store {
    /// Writes a note, or something into the timeline.
    pub(crate) async fn add_case_entry(
        &self,
        by: &By,
        id: &str,
        new: &CaseEntryNew,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find(&mut tx, id).await?.case;
        let said = text("text", &new.text, TEXT_MAX, false)?;
        let host = text("host", new.host.as_deref().unwrap_or(""), HOST_MAX, true)?;
        let at = new.at.map_or(Ok(now), |at| past("at", at, now))?;
        let noted = new.noted.map_or(Ok(now), |noted| past("noted", noted, now))?;
        if noted < at {
            // Nothing is found out before it took place.
            return Err(StateError::invalid("noted", "out_of_range"));
        }
        let entry = Entry {
            kind: new.kind,
            what: "told",
            detail: json!({}),
            text: &said,
            at,
            noted,
            alert: None,
            host: Some(host.as_str()).filter(|host| !host.is_empty()),
        };
        write_entry(&mut tx, now, by, id, entry).await?;
        let act = Act::new("case.entry_added", "case", id).with("number", case.number);
        let act = act.with("kind", word(new.kind)).with("text", said.as_str());
        audit::append(&mut tx, now, by, act).await?;
        let detail = touch(&mut tx, now, id, Weight::Added).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Adds a task.
    pub(crate) async fn add_case_task(
        &self,
        by: &By,
        id: &str,
        new: &CaseTaskNew,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find(&mut tx, id).await?.case;
        let said = text("text", &new.text, TASK_TEXT_MAX, false)?;
        let owner = check_owner(&mut tx, "owner", new.owner.as_deref().unwrap_or("")).await?;
        let sql = "SELECT count(*) FROM case_task WHERE case_id = ?";
        if count(&mut tx, sql, id).await? >= TASKS_MAX {
            return Err(StateError::invalid("text", "too_many"));
        }
        let sql = "INSERT INTO case_task (id, case_id, text, owner, due, created, actor) VALUES (?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(new_id(now))
            .bind(id)
            .bind(&said)
            .bind(&owner)
            .bind(new.due.map(Time::as_ms))
            .bind(now)
            .bind(json_of(&by.actor))
            .execute(&mut *tx)
            .await?;
        let deed = Deed::new("case.task_added").with("task", said);
        let deed = match owner {
            Some(owner) => deed.with("owner", owner),
            None => deed,
        };
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Added).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Changes a task.
    pub(crate) async fn change_case_task(
        &self,
        by: &By,
        id: &str,
        task: &str,
        change: &CaseTaskChange,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find_at(&mut tx, id, change.version).await?.case;
        let found: Option<KeptTask> = sqlx::query_as(
            "SELECT text, owner, done, done_by FROM case_task WHERE case_id = ? AND id = ?",
        )
        .bind(id)
        .bind(task)
        .fetch_optional(&mut *tx)
        .await?;
        let (was, had, done, done_by) = found.ok_or(StateError::NotFound)?;
        let said = match &change.text {
            None => was,
            Some(said) => text("text", said, TASK_TEXT_MAX, false)?,
        };
        let owner = match &change.owner {
            None => had,
            Some(owner) => check_owner(&mut tx, "owner", owner).await?,
        };
        let (action, done, done_by) = match (change.done, done) {
            (Some(true), None) => ("case.task_done", Some(now), Some(json_of(&by.actor))),
            (Some(false), Some(_)) => ("case.task_reopened", None, None),
            _ => ("case.task_changed", done, done_by),
        };
        let sql = "UPDATE case_task SET text = ?, owner = ?, done = ?, done_by = ? WHERE id = ?";
        sqlx::query(sql)
            .bind(&said)
            .bind(&owner)
            .bind(done)
            .bind(done_by)
            .bind(task)
            .execute(&mut *tx)
            .await?;
        let deed = Deed::new(action).with("task", said);
        let deed = if change.owner.is_some() {
            deed.with("owner", owner.unwrap_or_default())
        } else {
            deed
        };
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Changed).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Says how a host is; adds it where it is not there.
    pub(crate) async fn set_case_host(
        &self,
        by: &By,
        id: &str,
        change: &CaseHostChange,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find_at(&mut tx, id, change.version).await?.case;
        let shown = text("host", &change.host, HOST_MAX, false)?;
        let host = shown.to_lowercase();
        let before: Option<(String, String)> =
            sqlx::query_as("SELECT verdict, note FROM case_host WHERE case_id = ? AND host = ?")
                .bind(id)
                .bind(&host)
                .fetch_optional(&mut *tx)
                .await?;
        let sql = "SELECT count(*) FROM case_host WHERE case_id = ?";
        if before.is_none() && count(&mut tx, sql, id).await? >= HOSTS_MAX {
            return Err(StateError::invalid("host", "too_many"));
        }
        let (was, had) = before.unwrap_or_else(|| (word(HostVerdict::Unknown), String::new()));
        let verdict = change.verdict.map_or(was, word);
        let said = match &change.note {
            None => had,
            Some(said) => text("note", said, REASON_MAX, true)?,
        };
        let sql = "INSERT INTO case_host (case_id, host, shown, verdict, note, told) VALUES (?, ?, ?, ?, ?, 1) \
                   ON CONFLICT (case_id, host) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, told = 1";
        sqlx::query(sql)
            .bind(id)
            .bind(&host)
            .bind(&shown)
            .bind(&verdict)
            .bind(&said)
            .execute(&mut *tx)
            .await?;
        let mut deed = Deed::new("case.host_set").with("host", shown).with("verdict", verdict);
        if change.note.is_some() {
            deed.text = &said;
        }
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Changed).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Adds a piece of evidence.
    pub(crate) async fn add_case_evidence(
        &self,
        by: &By,
        id: &str,
        new: &CaseEvidenceNew,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find(&mut tx, id).await?.case;
        let name = text("name", &new.name, TITLE_MAX, false)?;
        let sha256 = new.sha256.trim().to_ascii_lowercase();
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !sha256.is_empty() && !is_hash {
            return Err(StateError::invalid("sha256", "characters"));
        }
        let location = text("location", &new.location, LOCATION_MAX, true)?;
        let said = text("note", &new.note, REASON_MAX, true)?;
        let sql = "SELECT count(*) FROM case_evidence WHERE case_id = ?";
        if count(&mut tx, sql, id).await? >= EVIDENCE_MAX {
            return Err(StateError::invalid("name", "too_many"));
        }
        let sql = "INSERT INTO case_evidence (id, case_id, name, sha256, location, note, added, actor) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(new_id(now))
            .bind(id)
            .bind(&name)
            .bind(&sha256)
            .bind(&location)
            .bind(&said)
            .bind(now)
            .bind(json_of(&by.actor))
            .execute(&mut *tx)
            .await?;
        let deed = Deed::new("case.evidence_added").with("name", name).with("sha256", sha256);
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Added).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Hands a case to somebody.
    pub(crate) async fn hand_case_over(
        &self,
        by: &By,
        id: &str,
        hand: &CaseHandOver,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find_at(&mut tx, id, hand.version).await?.case;
        let owner = check_owner(&mut tx, "owner", &hand.owner).await?;
        let owner = owner.ok_or_else(|| StateError::invalid("owner", "missing"))?;
        let said = text("note", &hand.note, TEXT_MAX, false)?;
        sqlx::query("UPDATE case_file SET owner = ? WHERE id = ?")
            .bind(&owner)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let mut deed = Deed::new("case.handed_over").with("owner", owner);
        deed = deed.with("from", case.owner.clone().unwrap_or_default());
        deed.text = &said;
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Changed).await?;
        tx.commit().await?;
        Ok(detail)
    }

    /// Says that a report was sent, why it is not asked for, or takes either back.
    pub(crate) async fn change_case_obligation(
        &self,
        by: &By,
        id: &str,
        duty: &str,
        change: &CaseObligationChange,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let case = find_at(&mut tx, id, change.version).await?.case;
        let known = duties::find(duty).ok_or(StateError::NotFound)?;
        let reason = text("reason", &change.reason, REASON_MAX, true)?;
        let sent_as = text("sent_as", &change.sent_as, 200, true)?;
        let sent = change.sent.map(|sent| past("sent", sent, now)).transpose()?;
        let mut deed = Deed::new("case.obligation_set").with("duty", known.id.as_str());
        match (sent, reason.is_empty()) {
            (Some(_), false) => return Err(StateError::invalid("reason", "only_when_not_sent")),
            (Some(sent), true) => {
                deed = deed
                    .with("sent", Time::from_ms(sent).to_string())
                    .with("sent_as", sent_as.as_str());
            }
            (None, false) => deed = deed.with("not_applicable", reason.as_str()),
            (None, true) => deed = deed.with("open", "yes"),
        }
        if sent.is_none() && reason.is_empty() {
            sqlx::query("DELETE FROM case_duty WHERE case_id = ? AND duty = ?")
                .bind(id)
                .bind(duty)
                .execute(&mut *tx)
                .await?;
        } else {
            let sql = "INSERT INTO case_duty (case_id, duty, sent, sent_as, reason, actor) VALUES (?, ?, ?, ?, ?, ?) \
                       ON CONFLICT (case_id, duty) DO UPDATE SET sent = excluded.sent, sent_as = excluded.sent_as, \
                       reason = excluded.reason, actor = excluded.actor";
            sqlx::query(sql)
                .bind(id)
                .bind(duty)
                .bind(sent)
                .bind(&sent_as)
                .bind(&reason)
                .bind(json_of(&by.actor))
                .execute(&mut *tx)
                .await?;
        }
        note(&mut tx, now, by, &case, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Changed).await?;
        tx.commit().await?;
        Ok(detail)
    }
}
