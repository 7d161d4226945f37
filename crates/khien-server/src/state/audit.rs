//! The audit log: append-only, each entry with the hash of the one before.
//!
//! Whoever can write the file can also write the whole chain anew; so the head (number and hash of the
//! last entry) can be noted elsewhere and given back, and a log that was rewritten is found out.

use std::collections::BTreeMap;

use khien_wire::{
    Actor, ActorKind, AuditEntry, AuditPage, AuditVerification, FirstBad, Target, Time,
};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::list::{self, ListAsked, Order};
use super::{StateError, Store};
use crate::secret::hex;

/// Who does something, and from where.
#[derive(Clone, Debug)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// A network address, or empty.
    pub source: String,
}

impl By {
    /// Somebody at the server's command line.
    pub fn command_line(user: &str) -> Self {
        let actor =
            Actor { kind: ActorKind::CommandLine, id: String::new(), name: user.to_owned() };
        Self { actor, source: String::new() }
    }

    /// The server itself.
    pub fn system() -> Self {
        let actor = Actor { kind: ActorKind::System, id: String::new(), name: String::new() };
        Self { actor, source: String::new() }
    }
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) struct Act<'a> {
    action: &'static str,
    target_kind: &'static str,
    target_id: &'a str,
    detail: BTreeMap<String, String>,
}

impl<'a> Act<'a> {
    pub(crate) const fn new(
        action: &'static str,
        target_kind: &'static str,
        target_id: &'a str,
    ) -> Self {
        Self { action, target_kind, target_id, detail: BTreeMap::new() }
    }

    /// With a detail; never a secret.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// An entry as it is stored.
struct Stored {
    n: i64,
    time: i64,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    source: String,
    action: String,
    target_kind: String,
    target_id: String,
    detail: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

const COLUMNS: &str = "n, time, actor_kind, actor_id, actor_name, source, action, target_kind, \
                       target_id, detail, previous, hash";

impl Stored {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            n: row.try_get(0)?,
            time: row.try_get(1)?,
            actor_kind: row.try_get(2)?,
            actor_id: row.try_get(3)?,
            actor_name: row.try_get(4)?,
            source: row.try_get(5)?,
            action: row.try_get(6)?,
            target_kind: row.try_get(7)?,
            target_id: row.try_get(8)?,
            detail: row.try_get(9)?,
            previous: row.try_get(10)?,
            hash: row.try_get(11)?,
        })
    }

    /// Compat: the hash of form 1. Each part is preceded by its length, so that no two entries give
    /// the same bytes.
    fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"khien.audit/1\n");
        hasher.update(self.n.to_be_bytes());
        hasher.update(self.time.to_be_bytes());
        let texts = [
            &self.actor_kind,
            &self.actor_id,
            &self.actor_name,
            &self.source,
            &self.action,
            &self.target_kind,
            &self.target_id,
            &self.detail,
        ];
        for part in texts.map(String::as_bytes).into_iter().chain([self.previous.as_slice()]) {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }

    fn into_wire(self) -> Result<AuditEntry, StateError> {
        let corrupt = |what: &str| StateError::Corrupt(format!("audit entry {}: {what}", self.n));
        let kind = serde_json::from_value(self.actor_kind.as_str().into())
            .map_err(|_| corrupt("an unknown kind of actor"))?;
        let detail = serde_json::from_str(&self.detail).map_err(|_| corrupt("no details"))?;
        Ok(AuditEntry {
            n: u64::try_from(self.n).map_err(|_| corrupt("a number below 1"))?,
            time: Time::from_ms(self.time),
            actor: Actor { kind, id: self.actor_id, name: self.actor_name },
            source: self.source,
            action: self.action,
            target: Target { kind: self.target_kind, id: self.target_id },
            detail,
            previous: hex(&self.previous),
            hash: hex(&self.hash),
        })
    }
}

/// Appends an entry, in the transaction of the change that it tells of.
pub(crate) async fn append(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    act: Act<'_>,
) -> Result<(), StateError> {
    let head = sqlx::query("SELECT n, hash FROM audit_head").fetch_one(&mut *tx).await?;
    let last: i64 = head.try_get(0)?;
    let mut entry = Stored {
        n: last.saturating_add(1),
        time: now,
        actor_kind: actor_word(by.actor.kind).to_owned(),
        actor_id: by.actor.id.clone(),
        actor_name: by.actor.name.clone(),
        source: by.source.clone(),
        action: act.action.to_owned(),
        target_kind: act.target_kind.to_owned(),
        target_id: act.target_id.to_owned(),
        detail: serde_json::to_string(&act.detail).unwrap_or_else(|_| "{}".to_owned()),
        previous: head.try_get(1)?,
        hash: Vec::new(),
    };
    entry.hash = entry.digest().to_vec();
    sqlx::query(
        "INSERT INTO audit (n, time, actor_kind, actor_id, actor_name, source, action, target_kind, \
         target_id, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(entry.n)
    .bind(entry.time)
    .bind(entry.actor_kind)
    .bind(entry.actor_id)
    .bind(entry.actor_name)
    .bind(entry.source)
    .bind(entry.action)
    .bind(entry.target_kind)
    .bind(entry.target_id)
    .bind(entry.detail)
    .bind(entry.previous)
    .bind(&entry.hash)
    .execute(&mut *tx)
    .await?;
    sqlx::query("UPDATE audit_head SET n = ?, hash = ?")
        .bind(entry.n)
        .bind(&entry.hash)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

pub(super) const fn actor_word(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Account => "account",
        ActorKind::Anonymous => "anonymous",
        ActorKind::CommandLine => "command_line",
        ActorKind::System => "system",
        ActorKind::Token => "token",
    }
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// With this action.
    pub action: Option<String>,
    /// By the actor of this name.
    pub actor: Option<String>,
    /// About the thing with this id.
    pub target: Option<String>,
    /// At or after this time.
    pub since: Option<Time>,
    /// Before this time.
    pub until: Option<Time>,
}

impl Store {
    /// Entries of the audit log, in pages.
    ///
    /// # Errors
    ///
    /// The caller's for a cursor that is none of ours, else the machine's.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        asked: &ListAsked,
    ) -> Result<AuditPage, StateError> {
        let mut tx = self.read().await?;
        let total = {
            let mut count = QueryBuilder::new("SELECT count(*) FROM audit WHERE 1");
            narrow(&mut count, filter, asked);
            list::count(count, &mut tx).await?
        };
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM audit WHERE 1"));
        narrow(&mut query, filter, asked);
        if let Some(after) = asked.after_number()? {
            let sign = if asked.order == Order::Down { " AND n < " } else { " AND n > " };
            query.push(sign).push_bind(after);
        }
        query.push(format!(" ORDER BY n {} LIMIT ", asked.order.sql()));
        query.push_bind(asked.limit_and_one());
        let rows = query.build().fetch_all(&mut *tx).await?;
        let (rows, more) = asked.cut(rows);
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push(Stored::from_row(row)?.into_wire()?);
        }
        let last = items.last().filter(|_| more);
        let next =
            last.map(|entry| list::number_cursor(i64::try_from(entry.n).unwrap_or(i64::MAX)));
        Ok(AuditPage { items, next, total })
    }

    /// Reads the whole log and says where it is broken first, held against a head noted earlier.
    ///
    /// # Errors
    ///
    /// The caller's for a head that is none, else the machine's.
    pub async fn verify_audit(&self, head: Option<&str>) -> Result<AuditVerification, StateError> {
        let head = head.map(parse_head).transpose()?;
        let mut tx = self.read().await?;
        verify(&mut tx, head.as_ref()).await
    }
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AuditFilter, asked: &ListAsked) {
    let same = [
        (" AND action = ", &filter.action),
        (" AND actor_name = ", &filter.actor),
        (" AND target_id = ", &filter.target),
    ];
    for (clause, value) in same {
        if let Some(value) = value {
            query.push(clause).push_bind(value.clone());
        }
    }
    if let Some(since) = filter.since {
        query.push(" AND time >= ").push_bind(since.as_ms());
    }
    if let Some(until) = filter.until {
        query.push(" AND time < ").push_bind(until.as_ms());
    }
    asked.search(query, &["action", "actor_name", "source", "target_id", "detail"]);
}

/// A head as it was noted: `N:HASH`.
#[derive(Debug)]
pub(crate) struct Head {
    n: i64,
    hash: Vec<u8>,
}

pub(crate) fn parse_head(text: &str) -> Result<Head, StateError> {
    let invalid = || StateError::invalid("head", "not_a_head");
    let (n, hash) = text.trim().split_once(':').ok_or_else(invalid)?;
    let n = n.parse::<i64>().ok().filter(|n| *n > 0).ok_or_else(invalid)?;
    let hash = data_encoding::HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).map_err(|_| invalid())?;
    if hash.len() == 32 { Ok(Head { n, hash }) } else { Err(invalid()) }
}

/// Rows read at once.
const BLOCK: i64 = 2000;

/// Verifies the log as one transaction sees it.
pub(crate) async fn verify(
    tx: &mut SqliteConnection,
    head: Option<&Head>,
) -> Result<AuditVerification, StateError> {
    let mut chain = Chain { entries: 0, last: 0, hash: vec![0; 32], head_seen: None };
    let mut bad = None;
    'rows: loop {
        let sql = "SELECT n, time, actor_kind, actor_id, actor_name, source, action, target_kind, \
                   target_id, detail, previous, hash FROM audit WHERE n > ? ORDER BY n LIMIT ?";
        let rows = sqlx::query(sql).bind(chain.last).bind(BLOCK).fetch_all(&mut *tx).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if let Err(reason) = chain.take(row, head) {
                let n = if reason == "missing" {
                    chain.last.saturating_add(1)
                } else {
                    row.try_get(0)?
                };
                bad = Some((n, reason));
                break 'rows;
            }
        }
    }
    if bad.is_none() {
        bad = chain.end(&mut *tx, head).await?;
    }
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(AuditVerification {
        entries: chain.entries,
        ok: bad.is_none(),
        head: format!("{}:{}", chain.last, hex(&chain.hash)),
        first_bad: bad.map(|(n, reason)| FirstBad { n: number(n), reason: reason.to_owned() }),
    })
}

/// The log up to here, all of it sound.
struct Chain {
    entries: u64,
    last: i64,
    hash: Vec<u8>,
    head_seen: Option<bool>,
}

impl Chain {
    fn take(&mut self, row: &SqliteRow, head: Option<&Head>) -> Result<(), &'static str> {
        let entry = Stored::from_row(row).map_err(|_| "unreadable")?;
        if entry.n != self.last.saturating_add(1) {
            return Err("missing");
        }
        if entry.previous != self.hash {
            return Err("out_of_order");
        }
        if entry.digest().as_slice() != entry.hash {
            return Err("changed");
        }
        if let Some(head) = head.filter(|head| head.n == entry.n) {
            if head.hash != entry.hash {
                return Err("other_head");
            }
            self.head_seen = Some(true);
        }
        self.entries = self.entries.saturating_add(1);
        self.last = entry.n;
        self.hash = entry.hash;
        Ok(())
    }

    /// Whether something was cut off behind the last entry.
    async fn end(
        &self,
        tx: &mut SqliteConnection,
        head: Option<&Head>,
    ) -> Result<Option<(i64, &'static str)>, StateError> {
        let next = self.last.saturating_add(1);
        if head.is_some() && self.head_seen.is_none() {
            return Ok(Some((next, "cut_off")));
        }
        let kept = sqlx::query("SELECT n, hash FROM audit_head").fetch_optional(&mut *tx).await?;
        let Some(kept) = kept else { return Ok(Some((next, "cut_off"))) };
        let (n, hash): (i64, Vec<u8>) = (kept.try_get(0)?, kept.try_get(1)?);
        Ok(match n.cmp(&self.last) {
            std::cmp::Ordering::Greater => Some((next, "cut_off")),
            std::cmp::Ordering::Less => Some((n.saturating_add(1), "other_head")),
            std::cmp::Ordering::Equal => (hash != self.hash).then_some((n, "other_head")),
        })
    }
}
