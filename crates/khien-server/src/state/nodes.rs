//! Hosts that run osquery and have enrolled: `<id>_<secret>` is a node's key, of which the hash of the
//! secret is kept.

use khien_wire::{Node, NodeChange, NodePage, Time};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, SqliteConnection};
use subtle::ConstantTimeEq;

use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::sessions::TOUCH_MS;
use super::{StateError, Store};
use crate::secret::{hash, new_id, new_secret};

/// Bound: nodes that are kept.
const NODES_MAX: i64 = 100_000;
/// A node that enrolled enrols again no sooner: several hosts of one identifier would take turns for ever.
const AGAIN_MS: i64 = 60 * 1000;
/// A node is asked for its inventory so long after its last answer,
const INVENTORY_MS: i64 = 24 * 60 * 60 * 1000;
/// and where it does not answer, so long after it was asked.
const ASK_AGAIN_MS: i64 = 60 * 60 * 1000;
/// Bound: characters of what a host says of itself.
const CHARS_MAX: usize = 255;

const COLUMNS: &str = "id, host_identifier, hostname, platform, os, version, token, enrolled, seen, \
                       address, answered, revoked";

/// What a host says of itself when it enrols.
#[derive(Clone, Debug, Default)]
pub(crate) struct Enrolment {
    pub(crate) host_identifier: String,
    pub(crate) hostname: String,
    pub(crate) platform: String,
    pub(crate) os: String,
    pub(crate) version: String,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Enrolled {
    /// The key, which is told once.
    Key(String),
    /// Why there is none.
    Refused(&'static str),
}

/// A node that showed its key.
#[derive(Clone, Debug)]
pub(crate) struct KnownNode {
    pub(crate) id: String,
    pub(crate) host_identifier: String,
    pub(crate) hostname: String,
    pub(crate) platform: String,
}

fn node(row: &SqliteRow) -> Result<Node, StateError> {
    let time = |index: usize| -> Result<Option<Time>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(index)?.map(Time::from_ms))
    };
    Ok(Node {
        id: row.try_get(0)?,
        host_identifier: row.try_get(1)?,
        hostname: row.try_get(2)?,
        platform: row.try_get(3)?,
        os: row.try_get(4)?,
        version: row.try_get(5)?,
        token: row.try_get(6)?,
        enrolled: Time::from_ms(row.try_get(7)?),
        seen: Time::from_ms(row.try_get(8)?),
        address: row.try_get(9)?,
        inventory: time(10)?,
        revoked: time(11)?,
    })
}

/// Cut, and without what would break a line or hide a part of it.
fn shown(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

/// The id and the secret in a key.
fn parse_key(key: &str) -> Option<(String, &str)> {
    let (id, secret) = key.split_once('_')?;
    let id = uuid::Uuid::try_parse(id).ok()?;
    (secret.len() == 52).then(|| (id.to_string(), secret))
}

async fn find(tx: &mut SqliteConnection, id: &str) -> Result<Node, StateError> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM node WHERE id = "));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    node(&row.ok_or(StateError::NotFound)?)
}

impl Store {
    /// Enrols a host. One that is there already gets a new key, and its old one counts no more.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn enrol_node(
        &self,
        by: &By,
        said: &Enrolment,
    ) -> Result<Enrolled, StateError> {
        let identifier = shown(&said.host_identifier);
        if identifier.is_empty() {
            return Ok(Enrolled::Refused("host_identifier is empty"));
        }
        let (now, mut tx) = (self.now(), self.change().await?);
        let known: Option<(String, i64, Option<i64>)> =
            sqlx::query_as("SELECT id, enrolled, revoked FROM node WHERE host_identifier = ?")
                .bind(&identifier)
                .fetch_optional(&mut *tx)
                .await?;
        let id = match known {
            Some((_, _, Some(_))) => return Ok(Enrolled::Refused("this host was revoked")),
            Some((_, enrolled, None)) if now.saturating_sub(enrolled) < AGAIN_MS => {
                return Ok(Enrolled::Refused("a host of this host_identifier has just enrolled"));
            }
            Some((id, ..)) => id,
            None => {
                let nodes: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM node").fetch_one(&mut *tx).await?;
                if nodes >= NODES_MAX {
                    return Ok(Enrolled::Refused("there is no room for more hosts"));
                }
                new_id(now)
            }
        };
        let secret = new_secret();
        let hostname = Some(shown(&said.hostname)).filter(|name| !name.is_empty());
        let hostname = hostname.unwrap_or_else(|| identifier.clone());
        let sql = "INSERT INTO node (id, host_identifier, hostname, platform, os, version, hash, \
                   token, enrolled, seen, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                   ON CONFLICT (id) DO UPDATE SET hostname = excluded.hostname, \
                   platform = excluded.platform, os = excluded.os, version = excluded.version, \
                   hash = excluded.hash, token = excluded.token, enrolled = excluded.enrolled, \
                   seen = excluded.seen, address = excluded.address, asked = NULL, \
                   answered = NULL";
        sqlx::query(sql)
            .bind(&id)
            .bind(&identifier)
            .bind(&hostname)
            .bind(&said.platform)
            .bind(shown(&said.os))
            .bind(shown(&said.version))
            .bind(hash(&secret).as_slice())
            .bind(&by.actor.name)
            .bind(now)
            .bind(now)
            .bind(&by.source)
            .execute(&mut *tx)
            .await?;
        let act = Act::new("node.enrolled", "node", &id)
            .with("host_identifier", identifier)
            .with("hostname", hostname);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(Enrolled::Key(format!("{}_{secret}", id.replace('-', ""))))
    }

    /// Whose key this is, if it counts. Notes that it was heard of, and from where.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn node_of(
        &self,
        key: &str,
        address: &str,
    ) -> Result<Option<KnownNode>, StateError> {
        let Some((id, secret)) = parse_key(key) else { return Ok(None) };
        let sql = "SELECT host_identifier, hostname, platform, hash, seen, address FROM node \
                   WHERE id = ? AND revoked IS NULL";
        let row = sqlx::query(sql).bind(&id).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        let kept: Vec<u8> = row.try_get(3)?;
        if !bool::from(hash(secret).as_slice().ct_eq(&kept)) {
            return Ok(None);
        }
        let (now, seen, before) =
            (self.now(), row.try_get::<i64, _>(4)?, row.try_get::<String, _>(5)?);
        if now.saturating_sub(seen) >= TOUCH_MS || before != address {
            let sql = "UPDATE node SET seen = ?, address = ? WHERE id = ?";
            sqlx::query(sql).bind(now).bind(address).bind(&id).execute(&self.writer).await?;
        }
        Ok(Some(KnownNode {
            host_identifier: row.try_get(0)?,
            hostname: row.try_get(1)?,
            platform: row.try_get(2)?,
            id,
        }))
    }

    /// Whether a node is to be asked for its inventory now; notes that it was.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn ask_node(&self, id: &str) -> Result<bool, StateError> {
        let now = self.now();
        let (asked, answered) =
            (now.saturating_sub(ASK_AGAIN_MS), now.saturating_sub(INVENTORY_MS));
        // Nearly always it is not, which a reader can tell.
        let sql = "SELECT EXISTS (SELECT 1 FROM node WHERE id = ? \
                   AND (asked IS NULL OR asked <= ?) AND (answered IS NULL OR answered <= ?))";
        let is_due: bool = sqlx::query_scalar(sql)
            .bind(id)
            .bind(asked)
            .bind(answered)
            .fetch_one(&self.readers)
            .await?;
        if !is_due {
            return Ok(false);
        }
        let sql = "UPDATE node SET asked = ? WHERE id = ? \
                   AND (asked IS NULL OR asked <= ?) AND (answered IS NULL OR answered <= ?)";
        let changed = sqlx::query(sql)
            .bind(now)
            .bind(id)
            .bind(asked)
            .bind(answered)
            .execute(&self.writer)
            .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Notes that a node has answered what it was asked for its inventory.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn node_answered(&self, id: &str) -> Result<(), StateError> {
        let sql = "UPDATE node SET answered = ? WHERE id = ?";
        sqlx::query(sql).bind(self.now()).bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// Nodes, in pages.
    ///
    /// # Errors
    ///
    /// The caller's for an unknown order or cursor, else the machine's.
    pub async fn nodes(&self, asked: &ListAsked) -> Result<NodePage, StateError> {
        const SEARCHED: [&str; 5] = ["host_identifier", "hostname", "platform", "os", "address"];
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new("SELECT count(*) FROM node WHERE 1");
        asked.search(&mut query, &SEARCHED);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM node WHERE 1"));
        asked.search(&mut query, &SEARCHED);
        asked.sort_and_page(&mut query, &["hostname"], &["seen", "enrolled"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Node> = rows.iter().map(node).collect::<Result<_, _>>()?;
        let next = items.last().filter(|_| more).map(|last| match asked.by.as_str() {
            "seen" => list::pair_cursor(&last.seen.as_ms().to_string(), &last.id),
            "enrolled" => list::pair_cursor(&last.enrolled.as_ms().to_string(), &last.id),
            _ => list::pair_cursor(&last.hostname, &last.id),
        });
        Ok(NodePage { items, next, total })
    }

    /// Revokes a node, or lets it enrol again. In either case its key counts no more. Once more is no error.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there, else the machine's.
    pub async fn change_node(
        &self,
        by: &By,
        id: &str,
        change: NodeChange,
    ) -> Result<Node, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id).await?;
        if before.revoked.is_some() == change.revoked {
            return Ok(before);
        }
        // No secret has an empty hash.
        let sql = "UPDATE node SET revoked = ?, hash = x'' WHERE id = ?";
        sqlx::query(sql).bind(change.revoked.then_some(now)).bind(id).execute(&mut *tx).await?;
        let action = if change.revoked { "node.revoked" } else { "node.readmitted" };
        let act = Act::new(action, "node", id)
            .with("host_identifier", &before.host_identifier)
            .with("hostname", &before.hostname);
        audit::append(&mut tx, now, by, act).await?;
        let after = find(&mut tx, id).await?;
        tx.commit().await?;
        Ok(after)
    }
}
