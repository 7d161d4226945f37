//! Jobs as rows: what was asked for survives the process that was asked.

use khien_wire::{Actor, Job, JobPage, JobProgress, JobState, Time};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::accounts::{value, word};
use super::audit::{self, Act, By, actor_word};
use super::list::{self, ListAsked};
use super::{StateError, Store};
use crate::secret::new_id;

/// Bound: jobs that wait; more are refused.
const QUEUED_MAX: i64 = 1000;

/// Bound: jobs that ended and are kept; the oldest go.
const ENDED_KEPT: i64 = 10_000;

/// Bound: how often a job that the process died under begins anew. One that kills it must not do so forever.
const ATTEMPTS_MAX: i64 = 3;

const COLUMNS: &str = "id, kind, state, done, total, created, actor_kind, actor_id, actor_name, \
                       started, finished, attempts, reason, result";

/// Which jobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobFilter {
    /// In this state.
    pub(crate) state: Option<JobState>,
    /// Of this kind.
    pub(crate) kind: Option<String>,
}

/// A job that is to begin.
#[derive(Clone, Debug)]
pub(crate) struct NextJob {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) input: Value,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub(crate) enum JobEnd {
    /// Somebody stopped it.
    Cancelled,
    /// With a result.
    Done(Value),
    /// For this reason.
    Failed(String),
    /// Not at all: the server stops, and it goes on after the next start.
    Interrupted,
}

fn job(row: &SqliteRow) -> Result<Job, StateError> {
    let count = |index: usize| -> Result<Option<u64>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(index)?.and_then(|n| u64::try_from(n).ok()))
    };
    let time = |index: usize| -> Result<Option<Time>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(index)?.map(Time::from_ms))
    };
    let result: Option<&str> = row.try_get(13)?;
    Ok(Job {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        state: value(row.try_get(2)?)?,
        progress: JobProgress { done: count(3)?.unwrap_or_default(), total: count(4)? },
        created: Time::from_ms(row.try_get(5)?),
        created_by: Actor {
            kind: value(row.try_get(6)?)?,
            id: row.try_get(7)?,
            name: row.try_get(8)?,
        },
        started: time(9)?,
        finished: time(10)?,
        attempts: u32::try_from(row.try_get::<i64, _>(11)?).unwrap_or(u32::MAX),
        reason: row.try_get(12)?,
        result: result.and_then(|text| serde_json::from_str(text).ok()),
    })
}

async fn find(tx: &mut SqliteConnection, id: &str) -> Result<Job, StateError> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM job WHERE id = "));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    job(&row.ok_or(StateError::NotFound)?)
}

impl Store {
    /// Jobs, in pages.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        asked: &ListAsked,
    ) -> Result<JobPage, StateError> {
        let mut tx = self.read().await?;
        let narrow = |query: &mut QueryBuilder<Sqlite>| {
            if let Some(state) = filter.state {
                query.push(" AND state = ").push_bind(word(state));
            }
            if let Some(kind) = &filter.kind {
                query.push(" AND kind = ").push_bind(kind.clone());
            }
            asked.search(query, &["kind", "actor_name", "reason"]);
        };
        let mut query = QueryBuilder::new("SELECT count(*) FROM job WHERE 1");
        narrow(&mut query);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM job WHERE 1"));
        narrow(&mut query);
        asked.sort_and_page(&mut query, &[], &["created"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Job> = rows.iter().map(job).collect::<Result<_, _>>()?;
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| list::pair_cursor(&last.created.as_ms().to_string(), &last.id));
        Ok(JobPage { items, next, total })
    }

    /// One job.
    pub(crate) async fn job(&self, id: &str) -> Result<Job, StateError> {
        let mut tx = self.read().await?;
        find(&mut tx, id).await
    }

    /// How many jobs of a kind wait.
    pub(crate) async fn waiting_jobs(&self, kind: &str) -> Result<u64, StateError> {
        let sql = "SELECT count(*) FROM job WHERE state = 'queued' AND kind = ?";
        let count: i64 = sqlx::query_scalar(sql).bind(kind).fetch_one(&self.readers).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Asks for a job. Nothing where too many wait.
    pub(crate) async fn add_job(
        &self,
        by: &By,
        kind: &'static str,
        input: &Value,
    ) -> Result<Option<String>, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM job WHERE state = 'queued'")
            .fetch_one(&mut *tx)
            .await?;
        if waiting >= QUEUED_MAX {
            return Ok(None);
        }
        let id = new_id(now);
        let sql = "INSERT INTO job (id, kind, input, state, created, actor_kind, actor_id, actor_name) \
                   VALUES (?, ?, ?, 'queued', ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(&id)
            .bind(kind)
            .bind(input.to_string())
            .bind(now)
            .bind(actor_word(by.actor.kind))
            .bind(&by.actor.id)
            .bind(&by.actor.name)
            .execute(&mut *tx)
            .await?;
        let sql = "DELETE FROM job WHERE state IN ('cancelled', 'done', 'failed') AND id NOT IN \
                   (SELECT id FROM job WHERE state IN ('cancelled', 'done', 'failed') \
                    ORDER BY created DESC LIMIT ?)";
        sqlx::query(sql).bind(ENDED_KEPT).execute(&mut *tx).await?;
        let act = Act::new("job.created", "job", &id).with("kind", kind);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// When a job of this kind was last asked for.
    pub(crate) async fn last_job(&self, kind: &str) -> Result<Option<Job>, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM job WHERE kind = "));
        query.push_bind(kind).push(" ORDER BY created DESC, id DESC LIMIT 1");
        query.build().fetch_optional(&mut *tx).await?.as_ref().map(job).transpose()
    }

    /// The job of this kind that was last asked for with this word in its input.
    pub(crate) async fn last_job_for(
        &self,
        kind: &str,
        name: &str,
        word: &str,
    ) -> Result<Option<Job>, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM job WHERE kind = "));
        query.push_bind(kind).push(" AND json_extract(input, ").push_bind(format!("$.{name}"));
        query.push(") = ").push_bind(word).push(" ORDER BY created DESC, id DESC LIMIT 1");
        query.build().fetch_optional(&mut *tx).await?.as_ref().map(job).transpose()
    }

    /// How many jobs are in this state, begun to be asked for at or after a time.
    pub(crate) async fn count_jobs(&self, state: JobState, since: i64) -> Result<u64, StateError> {
        let sql = "SELECT count(*) FROM job WHERE state = ? AND created >= ?";
        let count: i64 =
            sqlx::query_scalar(sql).bind(word(state)).bind(since).fetch_one(&self.readers).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Takes the job that has waited longest, of a kind that somebody here can do.
    pub(crate) async fn take_job(&self, kinds: &[&str]) -> Result<Option<NextJob>, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let mut query = QueryBuilder::new(
            "SELECT id, kind, input FROM job WHERE state = 'queued' AND kind IN (",
        );
        let mut separated = query.separated(", ");
        for kind in kinds {
            separated.push_bind((*kind).to_owned());
        }
        query.push(") ORDER BY created, id LIMIT 1");
        let Some(row) = query.build().fetch_optional(&mut *tx).await? else { return Ok(None) };
        let id: String = row.try_get(0)?;
        let sql =
            "UPDATE job SET state = 'running', started = ?, attempts = attempts + 1 WHERE id = ?";
        sqlx::query(sql).bind(now).bind(&id).execute(&mut *tx).await?;
        tx.commit().await?;
        let input: &str = row.try_get(2)?;
        let input = serde_json::from_str(input)
            .map_err(|_| StateError::Corrupt(format!("job {id}: its input is no JSON")))?;
        Ok(Some(NextJob { kind: row.try_get(1)?, input, id }))
    }

    /// Notes how much of a job is done, and says whether somebody wants it to stop.
    pub(crate) async fn job_progress(
        &self,
        id: &str,
        progress: JobProgress,
    ) -> Result<bool, StateError> {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let sql = "UPDATE job SET done = ?, total = ? WHERE id = ? RETURNING cancel";
        let cancel: Option<bool> = sqlx::query_scalar(sql)
            .bind(number(progress.done))
            .bind(progress.total.map(number))
            .bind(id)
            .fetch_optional(&self.writer)
            .await?;
        Ok(cancel.unwrap_or(true))
    }

    /// Notes how a job ended.
    pub(crate) async fn end_job(&self, id: &str, end: &JobEnd) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let (state, reason, result) = match end {
            JobEnd::Cancelled => (JobState::Cancelled, None, None),
            JobEnd::Done(result) => (JobState::Done, None, Some(result.to_string())),
            JobEnd::Failed(reason) => (JobState::Failed, Some(reason.as_str()), None),
            JobEnd::Interrupted => {
                // It did nothing wrong: this beginning does not count.
                let sql =
                    "UPDATE job SET state = 'queued', attempts = max(attempts - 1, 0) WHERE id = ?";
                sqlx::query(sql).bind(id).execute(&mut *tx).await?;
                tx.commit().await?;
                return Ok(());
            }
        };
        let sql = "UPDATE job SET state = ?, finished = ?, reason = ?, result = ? WHERE id = ?";
        sqlx::query(sql)
            .bind(word(state))
            .bind(now)
            .bind(reason)
            .bind(result)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let act = Act::new("job.ended", "job", id).with("state", word(state));
        audit::append(&mut tx, now, &By::system(), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stops a job: one that waits ends at once, one at work at its next step.
    pub(crate) async fn cancel_job(&self, by: &By, id: &str) -> Result<Job, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id).await?;
        let sql = match before.state {
            JobState::Queued => {
                "UPDATE job SET cancel = 1, state = 'cancelled', finished = ? WHERE id = ?"
            }
            JobState::Running => "UPDATE job SET cancel = 1 WHERE ? >= 0 AND id = ?",
            JobState::Cancelled | JobState::Done | JobState::Failed => {
                return Err(StateError::JobEnded);
            }
        };
        sqlx::query(sql).bind(now).bind(id).execute(&mut *tx).await?;
        let act = Act::new("job.cancelled", "job", id).with("kind", &before.kind);
        audit::append(&mut tx, now, by, act).await?;
        let after = find(&mut tx, id).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// After a start: jobs under which the process died wait again, or have failed with a reason.
    /// `resumable` are the kinds that can begin anew.
    pub(crate) async fn recover_jobs(&self, resumable: &[&str]) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let sql =
            "SELECT id, kind, attempts, cancel FROM job WHERE state = 'running' ORDER BY created";
        let rows: Vec<(String, String, i64, bool)> =
            sqlx::query_as(sql).fetch_all(&mut *tx).await?;
        for (id, kind, attempts, cancel) in rows {
            let (state, reason) = match (cancel, resumable.contains(&kind.as_str())) {
                (true, _) => (JobState::Cancelled, None),
                (false, true) if attempts < ATTEMPTS_MAX => (JobState::Queued, None),
                (false, true) => (JobState::Failed, Some("interrupted_too_often")),
                (false, false) => (JobState::Failed, Some("interrupted_by_restart")),
            };
            let finished = (state != JobState::Queued).then_some(now);
            let sql = "UPDATE job SET state = ?, reason = ?, finished = ? WHERE id = ?";
            sqlx::query(sql)
                .bind(word(state))
                .bind(reason)
                .bind(finished)
                .bind(&id)
                .execute(&mut *tx)
                .await?;
            let act = Act::new("job.recovered", "job", &id).with("state", word(state));
            audit::append(&mut tx, now, &By::system(), act).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
