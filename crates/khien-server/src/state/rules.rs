//! Rules that people added, which rules are off, and what was tried.

use std::collections::HashMap;

use khien_wire::{RuleAct, RuleChange, RuleOff, RuleTest, RuleTestResult, Time};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::accounts::{value, word};
use super::audit::{self, Act, By};
use super::{StateError, Store};
use crate::secret::new_id;

/// Bound: rules that people added.
const RULES_MAX: i64 = 5000;
/// Bound: bytes of all their texts.
const BYTES_MAX: i64 = 32 << 20;
/// Bound: changes of one rule that are kept; the audit log has all.
const CHANGES_KEPT: i64 = 500;
/// Bound: removed rules of which it is kept what was done to them.
const REMOVED_KEPT: i64 = if cfg!(test) { 2 } else { 1000 };
/// Bound: tests that are kept; the oldest go.
const TESTS_KEPT: i64 = 100;

/// A rule that somebody added.
#[derive(Clone, Debug)]
pub(crate) struct RuleRow {
    /// UUIDv7, which nobody but this server sees.
    pub(crate) id: String,
    /// What alerts call it.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) added: i64,
    pub(crate) added_by: String,
}

/// What people did to rules, of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleChoices {
    pub(crate) revision: i64,
    /// In the order in which they were added.
    pub(crate) own: Vec<RuleRow>,
    pub(crate) off: HashMap<String, RuleOff>,
    pub(crate) versions: HashMap<String, u64>,
}

/// How often a rule hit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RuleCount {
    pub(crate) alerts: u64,
    pub(crate) open: u64,
    pub(crate) last: Option<Time>,
}

/// One thing done to a rule.
struct Change<'c> {
    rule: &'c str,
    act: RuleAct,
    reason: &'c str,
    until: Option<i64>,
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn own(row: &SqliteRow) -> Result<RuleRow, sqlx::Error> {
    Ok(RuleRow {
        id: row.try_get(0)?,
        key: row.try_get(1)?,
        title: row.try_get(2)?,
        text: row.try_get(3)?,
        added: row.try_get(4)?,
        added_by: row.try_get(5)?,
    })
}

fn off(row: &SqliteRow) -> Result<(String, RuleOff), sqlx::Error> {
    let off = RuleOff {
        reason: row.try_get(1)?,
        until: row.try_get::<Option<i64>, _>(2)?.map(Time::from_ms),
        since: Time::from_ms(row.try_get(3)?),
        by: row.try_get(4)?,
    };
    Ok((row.try_get(0)?, off))
}

async fn version(tx: &mut SqliteConnection, rule: &str) -> Result<i64, StateError> {
    let sql = "SELECT coalesce(max(n), 0) FROM rule_change WHERE rule = ?";
    Ok(sqlx::query_scalar(sql).bind(rule).fetch_one(tx).await?)
}

/// What somebody looked at is what is changed.
async fn expect(tx: &mut SqliteConnection, rule: &str, seen: u64) -> Result<(), StateError> {
    let is = positive(version(tx, rule).await?);
    if is == seen { Ok(()) } else { Err(StateError::Changed) }
}

async fn note(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    change: &Change<'_>,
) -> Result<(), StateError> {
    let n = version(&mut *tx, change.rule).await?.saturating_add(1);
    let sql = "INSERT INTO rule_change (rule, n, time, person, act, reason, until) \
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(change.rule)
        .bind(n)
        .bind(now)
        .bind(&by.actor.name)
        .bind(word(change.act))
        .bind(change.reason)
        .bind(change.until)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM rule_change WHERE rule = ? AND n <= ?")
        .bind(change.rule)
        .bind(n.saturating_sub(CHANGES_KEPT))
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE rule_head SET revision = revision + 1").execute(tx).await?;
    Ok(())
}

/// Whether somebody has changed any rule since they were read.
async fn unchanged_since(tx: &mut SqliteConnection, revision: i64) -> Result<(), StateError> {
    let is: i64 = sqlx::query_scalar("SELECT revision FROM rule_head").fetch_one(tx).await?;
    if is == revision { Ok(()) } else { Err(StateError::Changed) }
}

async fn room(tx: &mut SqliteConnection) -> Result<(), StateError> {
    let (count, bytes): (i64, i64) =
        sqlx::query_as("SELECT count(*), coalesce(sum(bytes), 0) FROM rule").fetch_one(tx).await?;
    if count > RULES_MAX || bytes > BYTES_MAX { Err(StateError::Full) } else { Ok(()) }
}

impl Store {
    /// How often rules were changed.
    pub(crate) async fn rules_revision(&self) -> Result<i64, StateError> {
        let sql = "SELECT revision FROM rule_head";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.readers).await?)
    }

    /// What people did to rules.
    pub(crate) async fn rule_choices(&self) -> Result<RuleChoices, StateError> {
        let mut tx = self.read().await?;
        let revision = sqlx::query_scalar("SELECT revision FROM rule_head");
        let revision = revision.fetch_one(&mut *tx).await?;
        let sql = "SELECT id, key, title, text, added, added_by FROM rule ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&mut *tx).await?;
        let own = rows.iter().map(own).collect::<Result<_, _>>()?;
        let sql = "SELECT rule, reason, until, since, person FROM rule_switch";
        let rows = sqlx::query(sql).fetch_all(&mut *tx).await?;
        let off = rows.iter().map(off).collect::<Result<_, _>>()?;
        let sql = "SELECT rule, max(n) FROM rule_change GROUP BY rule";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut *tx).await?;
        let versions = rows.into_iter().map(|(rule, n)| (rule, positive(n))).collect();
        Ok(RuleChoices { revision, own, off, versions })
    }

    /// Adds rules that were read when there had been so many changes: each with the id that it has from then on.
    pub(crate) async fn add_rules(
        &self,
        by: &By,
        revision: i64,
        new: &[(String, RuleRow)],
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        unchanged_since(&mut tx, revision).await?;
        for (id, rule) in new {
            let sql = "INSERT INTO rule (id, key, title, text, bytes, added, added_by) \
                       VALUES (?, ?, ?, ?, ?, ?, ?)";
            sqlx::query(sql)
                .bind(&rule.id)
                .bind(&rule.key)
                .bind(&rule.title)
                .bind(&rule.text)
                .bind(i64::try_from(rule.text.len()).unwrap_or(i64::MAX))
                .bind(rule.added)
                .bind(&rule.added_by)
                .execute(&mut *tx)
                .await?;
            let change = Change { rule: id, act: RuleAct::Added, reason: "", until: None };
            note(&mut tx, now, by, &change).await?;
            let act = Act::new("rule.added", "rule", id)
                .with("title", &rule.title)
                .with("sha256", digest(&rule.text));
            audit::append(&mut tx, now, by, act).await?;
        }
        room(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts another text in place of one.
    pub(crate) async fn replace_rule(
        &self,
        by: &By,
        (revision, seen): (i64, u64),
        id: &str,
        rule: &RuleRow,
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        expect(&mut tx, id, seen).await?;
        unchanged_since(&mut tx, revision).await?;
        let sql = "UPDATE rule SET title = ?, text = ?, bytes = ?, added = ?, added_by = ? \
                   WHERE id = ?";
        let done = sqlx::query(sql)
            .bind(&rule.title)
            .bind(&rule.text)
            .bind(i64::try_from(rule.text.len()).unwrap_or(i64::MAX))
            .bind(rule.added)
            .bind(&rule.added_by)
            .bind(&rule.id)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StateError::NotFound);
        }
        room(&mut tx).await?;
        let change = Change { rule: id, act: RuleAct::Replaced, reason: "", until: None };
        note(&mut tx, now, by, &change).await?;
        let act = Act::new("rule.replaced", "rule", id)
            .with("title", &rule.title)
            .with("sha256", digest(&rule.text));
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a rule that somebody added, in the version that was looked at. `own` is its number, `id` what
    /// everybody calls it.
    pub(crate) async fn remove_rule(
        &self,
        by: &By,
        (id, seen): (&str, u64),
        own: &str,
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        expect(&mut tx, id, seen).await?;
        let title: Option<String> =
            sqlx::query_scalar("DELETE FROM rule WHERE id = ? RETURNING title")
                .bind(own)
                .fetch_optional(&mut *tx)
                .await?;
        let title = title.ok_or(StateError::NotFound)?;
        sqlx::query("DELETE FROM rule_switch WHERE rule = ?").bind(id).execute(&mut *tx).await?;
        let change = Change { rule: id, act: RuleAct::Removed, reason: "", until: None };
        note(&mut tx, now, by, &change).await?;
        let sql = "DELETE FROM rule_change WHERE rule IN (SELECT rule FROM rule_change c WHERE act = 'removed' \
                   AND n = (SELECT max(n) FROM rule_change WHERE rule = c.rule) \
                   ORDER BY time DESC, rule DESC LIMIT -1 OFFSET ?)";
        sqlx::query(sql).bind(REMOVED_KEPT).execute(&mut *tx).await?;
        let act = Act::new("rule.removed", "rule", id).with("title", title);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Turns a rule off, or on where there is no `until` to speak of.
    pub(crate) async fn switch_rule(
        &self,
        by: &By,
        (id, title): (&str, &str),
        asked: &khien_wire::RuleSwitch,
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        expect(&mut tx, id, asked.version).await?;
        sqlx::query("DELETE FROM rule_switch WHERE rule = ?").bind(id).execute(&mut *tx).await?;
        let until = asked.until.map(Time::as_ms).filter(|_| !asked.on);
        if !asked.on {
            let sql = "INSERT INTO rule_switch (rule, reason, until, since, person) \
                       VALUES (?, ?, ?, ?, ?)";
            sqlx::query(sql)
                .bind(id)
                .bind(&asked.reason)
                .bind(until)
                .bind(now)
                .bind(&by.actor.name)
                .execute(&mut *tx)
                .await?;
        }
        let (act, action) = match asked.on {
            true => (RuleAct::TurnedOn, "rule.turned_on"),
            false => (RuleAct::TurnedOff, "rule.turned_off"),
        };
        note(&mut tx, now, by, &Change { rule: id, act, reason: &asked.reason, until }).await?;
        let mut act =
            Act::new(action, "rule", id).with("title", title).with("reason", &asked.reason);
        if let Some(until) = asked.until.filter(|_| !asked.on) {
            act = act.with("until", until.to_string());
        }
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What was done to a rule, the latest first.
    pub(crate) async fn rule_changes(&self, id: &str) -> Result<Vec<RuleChange>, StateError> {
        let sql = "SELECT time, person, act, reason, until FROM rule_change WHERE rule = ? \
                   ORDER BY n DESC";
        let rows = sqlx::query(sql).bind(id).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(RuleChange {
                    time: Time::from_ms(row.try_get(0)?),
                    by: row.try_get(1)?,
                    act: value(row.try_get(2)?)?,
                    reason: row.try_get(3)?,
                    until: row.try_get::<Option<i64>, _>(4)?.map(Time::from_ms),
                })
            })
            .collect()
    }

    /// How often each rule hit, by what alerts call it; `kinds` are those of alerts.
    pub(crate) async fn rule_counts(
        &self,
        kinds: &[&str],
    ) -> Result<HashMap<String, RuleCount>, StateError> {
        let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(
            "SELECT rule, count(*), sum(state IN ('acknowledged', 'open')), max(last) FROM alert \
             WHERE kind IN (",
        );
        let mut separated = query.separated(", ");
        for kind in kinds {
            separated.push_bind((*kind).to_owned());
        }
        query.push(") GROUP BY rule");
        let rows: Vec<(String, i64, i64, Option<i64>)> =
            query.build_query_as().fetch_all(&self.readers).await?;
        let counts = rows.into_iter().map(|(rule, alerts, open, last)| {
            let (alerts, open) = (positive(alerts), positive(open));
            (rule, RuleCount { alerts, open, last: last.map(Time::from_ms) })
        });
        Ok(counts.collect())
    }

    /// Keeps what is to be tried, and gives it a name.
    pub(crate) async fn add_rule_test(
        &self,
        by: &By,
        (rule, text): (Option<&str>, Option<&str>),
        days: u32,
    ) -> Result<String, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let id = new_id(now);
        sqlx::query("INSERT INTO rule_test (id, rule, text, days) VALUES (?, ?, ?, ?)")
            .bind(&id)
            .bind(rule)
            .bind(text)
            .bind(i64::from(days))
            .execute(&mut *tx)
            .await?;
        let sql = "DELETE FROM rule_test WHERE id NOT IN \
                   (SELECT id FROM rule_test ORDER BY id DESC LIMIT ?)";
        sqlx::query(sql).bind(TESTS_KEPT).execute(&mut *tx).await?;
        let mut act = Act::new("rule.tested", "rule", rule.unwrap_or_default())
            .with("days", days.to_string());
        if let Some(text) = text {
            act = act.with("sha256", digest(text));
        }
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Notes which job tries it.
    pub(crate) async fn rule_test_begins(&self, id: &str, job: &str) -> Result<(), StateError> {
        let sql = "UPDATE rule_test SET job = ? WHERE id = ?";
        sqlx::query(sql).bind(job).bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// What is to be tried: a rule or a text, and how many days back.
    pub(crate) async fn rule_test_asked(
        &self,
        id: &str,
    ) -> Result<(Option<String>, Option<String>, u32), StateError> {
        let sql = "SELECT rule, text, days FROM rule_test WHERE id = ?";
        let row: Option<(Option<String>, Option<String>, i64)> =
            sqlx::query_as(sql).bind(id).fetch_optional(&self.readers).await?;
        let (rule, text, days) = row.ok_or(StateError::NotFound)?;
        Ok((rule, text, u32::try_from(days).unwrap_or(1)))
    }

    /// Keeps what a test came to.
    pub(crate) async fn keep_rule_test(
        &self,
        id: &str,
        result: &RuleTestResult,
    ) -> Result<(), StateError> {
        let text = serde_json::to_string(result).unwrap_or_default();
        let sql = "UPDATE rule_test SET result = ? WHERE id = ?";
        sqlx::query(sql).bind(text).bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// A test with what it came to.
    pub(crate) async fn rule_test(&self, id: &str) -> Result<RuleTest, StateError> {
        let sql = "SELECT rule, days, job, result FROM rule_test WHERE id = ?";
        let row = sqlx::query(sql).bind(id).fetch_optional(&self.readers).await?;
        let row = row.ok_or(StateError::NotFound)?;
        let (rule, days): (Option<String>, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (job, result): (Option<String>, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
        drop(row);
        Ok(RuleTest {
            id: id.to_owned(),
            rule,
            days: u32::try_from(days).unwrap_or(1),
            result: result.and_then(|text| serde_json::from_str(&text).ok()),
            // Only old tests have one that is not kept any more.
            job: self.job(&job.ok_or(StateError::NotFound)?).await?,
        })
    }

    /// The last test of a rule.
    pub(crate) async fn last_rule_test(&self, rule: &str) -> Result<Option<RuleTest>, StateError> {
        let sql = "SELECT id FROM rule_test WHERE rule = ? AND job IS NOT NULL \
                   ORDER BY id DESC LIMIT 1";
        let id: Option<String> =
            sqlx::query_scalar(sql).bind(rule).fetch_optional(&self.readers).await?;
        match id {
            None => Ok(None),
            Some(id) => match self.rule_test(&id).await {
                Err(StateError::NotFound) => Ok(None),
                other => other.map(Some),
            },
        }
    }
}

fn digest(text: &str) -> String {
    crate::secret::hex(&crate::secret::hash(text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SetClock;
    use crate::state::StateFolder;

    /// Of those that are gone what was done to them goes, too, the one that was removed longest ago first; a rule
    /// that is there keeps it.
    #[tokio::test]
    async fn what_was_done_to_removed_rules_is_kept_of_the_last_ones() {
        let folder = tempfile::tempdir().unwrap();
        let folder = StateFolder::serve(&folder.path().join("state")).unwrap();
        let clock = Arc::new(SetClock::at(1_790_000_000_000));
        let store = Store::open(&folder, clock.clone()).await.unwrap();
        let by = By::system();
        for number in 0..5 {
            let row = RuleRow {
                id: format!("own-{number}"),
                key: format!("key-{number}"),
                title: "T".to_owned(),
                text: "title: T".to_owned(),
                added: store.now(),
                added_by: "linh".to_owned(),
            };
            let revision = store.rules_revision().await.unwrap();
            let (id, own) = (format!("r-{number}"), row.id.clone());
            store.add_rules(&by, revision, &[(id.clone(), row)]).await.unwrap();
            if number == 2 {
                continue;
            }
            let stale = store.remove_rule(&by, (&id, 7), &own).await;
            assert!(matches!(stale, Err(StateError::Changed)));
            store.remove_rule(&by, (&id, 1), &own).await.unwrap();
            clock.advance(1000);
        }
        let mut known = Vec::new();
        for number in 0..5 {
            known.push(store.rule_changes(&format!("r-{number}")).await.unwrap().len());
        }
        assert_eq!(known, [0, 0, 1, 2, 2]);
    }
}
