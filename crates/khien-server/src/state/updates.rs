//! Updates as rows: what arrived, what vetting found, and where each stands.
//!
//! How far reading is follows from the job that reads, and where an update stands from the last decision
//! and the time: neither is written down, so neither can be wrong after a crash.

mod decide;
mod settle;
mod take;

use khien_wire::{
    Actor, Time, Update, UpdateDecision, UpdateDrift, UpdatePage, UpdateStanding, UpdateState,
    UpdateVerdict,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

pub(crate) use settle::Unsettled;
pub(crate) use take::{Landed, Taken, Watched};

use super::accounts::{value, word};
use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::{StateError, Store};

/// How many updates of a product the line over its releases shows.
const DRIFT_MAX: i64 = 20;

/// Which updates.
#[derive(Clone, Debug, Default)]
pub(crate) struct UpdateFilter {
    pub(crate) state: Option<UpdateState>,
    pub(crate) verdict: Option<UpdateVerdict>,
    /// In one of these standings; all where there is none.
    pub(crate) standings: Vec<UpdateStanding>,
    /// Those as well that are contested.
    pub(crate) or_contested: bool,
    pub(crate) product: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) sha256: Option<String>,
}

/// What a job needs to know.
#[derive(Clone, Debug)]
pub(crate) struct UpdateRow {
    pub(crate) update: Update,
    /// The product as whoever sent it says, or empty.
    pub(crate) given: String,
    /// What vetting found, as it is kept.
    pub(crate) dossier: Option<String>,
}

/// What came of reading.
#[derive(Clone, Debug)]
pub(crate) struct Vetted {
    pub(crate) product: String,
    pub(crate) version: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) verdict: UpdateVerdict,
    pub(crate) score: f64,
    pub(crate) compared: Option<String>,
    pub(crate) first_reason: Option<String>,
    pub(crate) dossier: String,
    /// Whether its profile was made.
    pub(crate) readable: bool,
}

/// All updates as they are at a moment.
fn all(now: i64) -> String {
    let grave = |column: &str| {
        format!(
            "CASE {column} WHEN 'unknown' THEN 1 WHEN 'hold' THEN 2 WHEN 'block' THEN 3 ELSE 0 END"
        )
    };
    let (now_grave, then_grave) = (grave("u.verdict"), grave("d.verdict"));
    format!(
        "(SELECT u.id AS id, u.name AS name, u.sha256 AS sha256, u.size AS size, u.given AS given, \
         u.product AS product, u.version AS version, u.publisher AS publisher, u.arrived AS arrived, \
         u.actor AS actor, u.origin AS origin, u.verdict AS verdict, u.score AS score, u.read AS read, \
         u.compared AS compared, u.first_reason AS first_reason, u.dossier AS dossier, \
         u.readable AS readable, u.lineage AS lineage, u.kept AS kept, u.revision AS revision, \
         CASE WHEN j.state = 'queued' THEN 'queued' WHEN j.state = 'running' THEN 'reading' \
         WHEN u.job IS NULL THEN 'queued' WHEN u.read IS NOT NULL THEN 'done' ELSE 'failed' END AS state, \
         CASE WHEN j.state = 'cancelled' THEN 'cancelled' ELSE coalesce(j.reason, 'lost') END AS failure, \
         coalesce(j.state IN ('cancelled', 'failed') AND j.finished >= u.read, 0) AS again_failed, \
         coalesce(d.decision = 'pass' AND {now_grave} > {then_grave}, 0) AS contested, \
         CASE WHEN d.n IS NULL THEN 'undecided' \
         WHEN d.decision = 'pass' AND d.until <= {now} THEN 'lapsed' WHEN d.decision = 'pass' THEN 'passed' \
         WHEN d.until <= {now} THEN 'overdue' WHEN d.decision = 'hold' THEN 'held' \
         ELSE 'blocked' END AS standing, \
         d.decision AS decision, d.reason AS reason, d.owner AS owner, d.until AS until, \
         d.actor AS decider, d.at AS at, d.verdict AS verdict_then \
         FROM update_file u LEFT JOIN job j ON j.id = u.job LEFT JOIN update_decision d ON d.n = u.last)"
    )
}

fn actor(text: &str) -> Result<Actor, StateError> {
    serde_json::from_str(text).map_err(|_| StateError::Corrupt(format!("no actor: {text}")))
}

fn time(row: &SqliteRow, column: &str) -> Result<Option<Time>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Time::from_ms))
}

fn verdict(row: &SqliteRow, column: &str) -> Result<Option<UpdateVerdict>, StateError> {
    row.try_get::<Option<&str>, _>(column)?.map(value).transpose()
}

/// The decision in the columns of [`all`], or of its own table under the same names.
fn decision(row: &SqliteRow) -> Result<Option<UpdateDecision>, StateError> {
    let Some(decision) = row.try_get::<Option<&str>, _>("decision")? else { return Ok(None) };
    Ok(Some(UpdateDecision {
        decision: value(decision)?,
        reason: row.try_get("reason")?,
        owner: row.try_get("owner")?,
        until: time(row, "until")?,
        by: actor(row.try_get("decider")?)?,
        at: Time::from_ms(row.try_get("at")?),
        verdict: verdict(row, "verdict_then")?,
    }))
}

fn update(row: &SqliteRow) -> Result<Update, StateError> {
    let count = |column: &str| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
    };
    let state: UpdateState = value(row.try_get("state")?)?;
    let (failure, again_failed): (String, bool) =
        (row.try_get("failure")?, row.try_get("again_failed")?);
    Ok(Update {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        sha256: row.try_get("sha256")?,
        size: count("size")?,
        product: row.try_get("product")?,
        version: row.try_get("version")?,
        publisher: row.try_get("publisher")?,
        arrived: Time::from_ms(row.try_get("arrived")?),
        by: actor(row.try_get("actor")?)?,
        origin: value(row.try_get("origin")?)?,
        state,
        failure: (state == UpdateState::Failed || again_failed).then_some(failure),
        verdict: verdict(row, "verdict")?,
        score: row.try_get("score")?,
        read: time(row, "read")?,
        compared_with: row.try_get("compared")?,
        first_reason: row.try_get("first_reason")?,
        first_reason_title: None,
        contested: row.try_get("contested")?,
        standing: value(row.try_get("standing")?)?,
        decision: decision(row)?,
        kept: row.try_get("kept")?,
        revision: count("revision")?,
    })
}

async fn find(tx: &mut SqliteConnection, id: &str, now: i64) -> Result<UpdateRow, StateError> {
    let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT * FROM {} WHERE id = ", all(now)));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    let row = row.ok_or(StateError::NotFound)?;
    Ok(UpdateRow {
        update: update(&row)?,
        given: row.try_get("given")?,
        dossier: row.try_get("dossier")?,
    })
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &UpdateFilter, asked: &ListAsked) {
    let equal = [
        ("state", filter.state.map(word)),
        ("verdict", filter.verdict.map(word)),
        ("product", filter.product.clone()),
        ("owner", filter.owner.clone()),
        ("sha256", filter.sha256.as_ref().map(|hash| hash.to_ascii_lowercase())),
    ];
    for (column, value) in equal {
        if let Some(value) = value {
            query.push(format!(" AND {column} = ")).push_bind(value);
        }
    }
    if !filter.standings.is_empty() {
        query.push(" AND (standing IN (");
        let mut separated = query.separated(", ");
        for standing in &filter.standings {
            separated.push_bind(word(standing));
        }
        query.push(if filter.or_contested { ") OR contested)" } else { "))" });
    }
    asked.search(query, &["name", "product", "version", "publisher", "sha256", "owner"]);
}

impl Store {
    /// Updates, in pages.
    pub(crate) async fn updates(
        &self,
        filter: &UpdateFilter,
        asked: &ListAsked,
    ) -> Result<UpdatePage, StateError> {
        let (all, mut tx) = (all(self.now()), self.read().await?);
        let mut query = QueryBuilder::new(format!("SELECT count(*) FROM {all} WHERE 1"));
        narrow(&mut query, filter, asked);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT * FROM {all} WHERE 1"));
        narrow(&mut query, filter, asked);
        asked.sort_and_page(&mut query, &["name", "product"], &["arrived"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Update> = rows.iter().map(update).collect::<Result<_, _>>()?;
        let sorted = |update: &Update| match asked.by.as_str() {
            "name" => update.name.clone(),
            "product" => update.product.clone(),
            _ => update.arrived.as_ms().to_string(),
        };
        let next = items.last().filter(|_| more);
        let next = next.map(|last| list::pair_cursor(&sorted(last), &last.id));
        Ok(UpdatePage { items, next, total })
    }

    /// One update, with what a job needs to know.
    pub(crate) async fn update(&self, id: &str) -> Result<UpdateRow, StateError> {
        let (now, mut tx) = (self.now(), self.read().await?);
        find(&mut tx, id, now).await
    }

    /// The decisions on an update, the last first.
    pub(crate) async fn decisions(&self, id: &str) -> Result<Vec<UpdateDecision>, StateError> {
        let sql = "SELECT decision, reason, owner, until, actor AS decider, at, verdict AS verdict_then \
                   FROM update_decision WHERE file = ? ORDER BY n DESC";
        let rows = sqlx::query(sql).bind(id).fetch_all(&self.readers).await?;
        let all: Vec<Option<UpdateDecision>> =
            rows.iter().map(decision).collect::<Result<_, _>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// The last updates of a product, in the order in which they arrived.
    pub(crate) async fn drift(&self, product: &str) -> Result<Vec<UpdateDrift>, StateError> {
        if product.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT * FROM {} WHERE product = ",
            all(self.now())
        ));
        query
            .push_bind(product)
            .push(" ORDER BY arrived DESC, id DESC LIMIT ")
            .push_bind(DRIFT_MAX);
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut drift = Vec::with_capacity(rows.len());
        for row in &rows {
            let Update { id, name, version, arrived, score, verdict, standing, .. } = update(row)?;
            // What could not be judged weighs nothing that is known.
            let score = score.filter(|_| verdict != Some(UpdateVerdict::Unknown));
            let version = version.unwrap_or(name);
            drift.push(UpdateDrift { id, version, arrived, score, verdict, standing });
        }
        drift.reverse();
        Ok(drift)
    }

    /// Keeps what came of reading. Says whether the update is still there.
    pub(crate) async fn keep_reading(&self, id: &str, of: &Vetted) -> Result<bool, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let sql = "UPDATE update_file SET product = ?, version = ?, publisher = ?, read = ?, verdict = ?, \
                   score = ?, compared = ?, first_reason = ?, dossier = ?, readable = ?, \
                   revision = revision + 1 WHERE id = ? RETURNING sha256";
        let sha256: Option<String> = sqlx::query_scalar(sql)
            .bind(&of.product)
            .bind(&of.version)
            .bind(&of.publisher)
            .bind(now)
            .bind(word(of.verdict))
            .bind(of.score)
            .bind(&of.compared)
            .bind(&of.first_reason)
            .bind(&of.dossier)
            .bind(of.readable)
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(sha256) = sha256 else { return Ok(false) };
        let act = Act::new("update.vetted", "update", id)
            .with("sha256", sha256)
            .with("verdict", word(of.verdict));
        audit::append(&mut tx, now, &By::system(), act).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes that somebody asked where an update was seen, and which job answers.
    pub(crate) async fn note_trace(&self, by: &By, id: &str, job: &str) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let act = Act::new("update.traced", "update", id).with("job", job);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }
}
