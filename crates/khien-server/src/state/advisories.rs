//! Advisories that people added, and the last answer of each advisory there is.

use std::collections::HashMap;

use khien_wire::{
    Advisory, AdvisoryAnswer, AdvisoryHost, AdvisoryHostPage, Checked, Time, Tlp, Verdict,
    VerdictCounts,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::accounts::{value, word};
use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::{StateError, Store};

/// Bound: advisories that people added.
const ADVISORIES_MAX: i64 = 2000;
/// Bound: bytes of all their texts.
const BYTES_MAX: i64 = 256 << 20;
/// Bound: hosts of one answer that are kept; hits first, so that what goes is clear.
const HOSTS_MAX: usize = 100_000;

const COLUMNS: &str =
    "id, title, source, tlp, form, published, indicators, usable, products, added, added_by";

/// What an answer of the lake is about. Ids differ, so that all answers are in one table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum About {
    /// An advisory that somebody added.
    Added,
    /// An advisory that ships with the program.
    BuiltIn,
    /// The bytes of an update.
    Update,
}

/// An advisory that is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct AdvisoryRow {
    pub(crate) advisory: Advisory,
    pub(crate) text: String,
}

fn counted(row: &SqliteRow, at: usize) -> Result<u64, sqlx::Error> {
    Ok(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or_default())
}

fn advisory(row: &SqliteRow) -> Result<Advisory, StateError> {
    let tlp: Option<&str> = row.try_get(3)?;
    Ok(Advisory {
        id: row.try_get(0)?,
        title: row.try_get(1)?,
        source: row.try_get(2)?,
        built_in: false,
        form: value(row.try_get(4)?)?,
        tlp: tlp.map(value::<Tlp>).transpose()?,
        published: row.try_get::<Option<i64>, _>(5)?.map(Time::from_ms),
        added: Some(Time::from_ms(row.try_get(9)?)),
        added_by: Some(row.try_get(10)?),
        indicators: counted(row, 6)?,
        usable: counted(row, 7)?,
        products: counted(row, 8)?,
        checked: None,
    })
}

fn checked(row: &SqliteRow, at: usize) -> Result<Checked, StateError> {
    Ok(Checked {
        time: Time::from_ms(row.try_get(at)?),
        took_ms: counted(row, at + 1)?,
        verdict: value(row.try_get(at + 2)?)?,
        hosts: VerdictCounts {
            hit: counted(row, at + 3)?,
            clear: counted(row, at + 4)?,
            unknown: counted(row, at + 5)?,
            not_applicable: counted(row, at + 6)?,
        },
    })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Store {
    /// The advisories that people added, without what they were checked for.
    pub(crate) async fn advisories(&self) -> Result<Vec<Advisory>, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM advisory"));
        let rows = query.build().fetch_all(&mut *tx).await?;
        rows.iter().map(advisory).collect()
    }

    /// Titles and texts of all that people added.
    pub(crate) async fn advisory_texts(&self) -> Result<Vec<(String, String)>, StateError> {
        let rows = sqlx::query_as("SELECT title, text FROM advisory ORDER BY id");
        Ok(rows.fetch_all(&self.readers).await?)
    }

    /// How the last check of each advisory came out, by its id.
    pub(crate) async fn checks(&self) -> Result<HashMap<String, Checked>, StateError> {
        let mut tx = self.read().await?;
        let sql = "SELECT advisory, checked, took, verdict, hit, clear, unknown, not_applicable \
                   FROM advisory_check";
        let rows = sqlx::query(sql).fetch_all(&mut *tx).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, checked(row, 1)?))).collect()
    }

    /// An advisory that somebody added, with its text.
    pub(crate) async fn advisory(&self, id: &str) -> Result<AdvisoryRow, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT {COLUMNS}, text FROM advisory WHERE id = "
        ));
        let row = query.push_bind(id).build().fetch_optional(&mut *tx).await?;
        let row = row.ok_or(StateError::NotFound)?;
        Ok(AdvisoryRow { advisory: advisory(&row)?, text: row.try_get(11)? })
    }

    /// Keeps an advisory.
    pub(crate) async fn add_advisory(&self, by: &By, new: &AdvisoryRow) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let (count, bytes): (i64, i64) =
            sqlx::query_as("SELECT count(*), coalesce(sum(bytes), 0) FROM advisory")
                .fetch_one(&mut *tx)
                .await?;
        let own = i64::try_from(new.text.len()).unwrap_or(i64::MAX);
        if count >= ADVISORIES_MAX || bytes.saturating_add(own) > BYTES_MAX {
            return Err(StateError::Full);
        }
        let of = &new.advisory;
        let sql = "INSERT INTO advisory (id, title, source, tlp, form, published, indicators, usable, products, \
                   text, bytes, added, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(&of.id)
            .bind(&of.title)
            .bind(&of.source)
            .bind(of.tlp.map(word))
            .bind(word(of.form))
            .bind(of.published.map(Time::as_ms))
            .bind(number(of.indicators))
            .bind(number(of.usable))
            .bind(number(of.products))
            .bind(&new.text)
            .bind(own)
            .bind(of.added.map_or(now, Time::as_ms))
            .bind(of.added_by.as_deref().unwrap_or_default())
            .execute(&mut *tx)
            .await?;
        let act = Act::new("advisory.added", "advisory", &of.id)
            .with("title", &of.title)
            .with("indicators", of.indicators.to_string());
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes an advisory that somebody added, and its answers.
    pub(crate) async fn remove_advisory(&self, by: &By, id: &str) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let title: Option<String> =
            sqlx::query_scalar("DELETE FROM advisory WHERE id = ? RETURNING title")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let title = title.ok_or(StateError::NotFound)?;
        sqlx::query("DELETE FROM advisory_check WHERE advisory = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let act = Act::new("advisory.removed", "advisory", id).with("title", title);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that somebody asked whether we are hit, and which job answers.
    pub(crate) async fn note_check(&self, by: &By, id: &str, job: &str) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let act = Act::new("advisory.checked", "advisory", id).with("job", job);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps an answer in place of the one there was. Nothing where somebody removed the advisory
    /// meanwhile; says whether it was kept.
    pub(crate) async fn keep_answer(
        &self,
        id: &str,
        about: About,
        answer: &AdvisoryAnswer,
        hosts: &[AdvisoryHost],
    ) -> Result<bool, StateError> {
        let mut tx = self.change().await?;
        let sql = match about {
            About::BuiltIn => None,
            About::Added => Some("SELECT 1 FROM advisory WHERE id = ?"),
            About::Update => Some("SELECT 1 FROM update_file WHERE id = ?"),
        };
        if let Some(sql) = sql {
            let known: Option<i64> =
                sqlx::query_scalar(sql).bind(id).fetch_optional(&mut *tx).await?;
            if known.is_none() {
                return Ok(false);
            }
        }
        sqlx::query("DELETE FROM advisory_check WHERE advisory = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let Checked { time, took_ms, verdict, hosts: counts } = &answer.checked;
        let text = serde_json::to_string(answer).unwrap_or_default();
        let sql = "INSERT INTO advisory_check (advisory, checked, took, verdict, hit, clear, unknown, \
                   not_applicable, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(id)
            .bind(time.as_ms())
            .bind(number(*took_ms))
            .bind(word(*verdict))
            .bind(number(counts.hit))
            .bind(number(counts.clear))
            .bind(number(counts.unknown))
            .bind(number(counts.not_applicable))
            .bind(text)
            .execute(&mut *tx)
            .await?;
        let sql = "INSERT INTO advisory_host (advisory, rank, id, host, org, verdict, detail) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        for (rank, host) in hosts.iter().take(HOSTS_MAX).enumerate() {
            sqlx::query(sql)
                .bind(id)
                .bind(i64::try_from(rank).unwrap_or(i64::MAX))
                .bind(&host.id)
                .bind(&host.host)
                .bind(&host.org)
                .bind(word(host.verdict))
                .bind(serde_json::to_string(host).unwrap_or_default())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The last answer of an advisory.
    pub(crate) async fn answer(&self, id: &str) -> Result<Option<AdvisoryAnswer>, StateError> {
        let mut tx = self.read().await?;
        let text: Option<String> =
            sqlx::query_scalar("SELECT answer FROM advisory_check WHERE advisory = ?")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        text.map(|text| {
            serde_json::from_str(&text)
                .map_err(|_| StateError::Corrupt(format!("the answer for {id} cannot be read")))
        })
        .transpose()
    }

    /// The last answer of an advisory host by host, in pages.
    pub(crate) async fn advisory_hosts(
        &self,
        id: &str,
        verdict: Option<Verdict>,
        asked: &ListAsked,
    ) -> Result<AdvisoryHostPage, StateError> {
        let mut tx = self.read().await?;
        let narrow = |query: &mut QueryBuilder<Sqlite>| {
            query.push(" WHERE advisory = ").push_bind(id.to_owned());
            if let Some(verdict) = verdict {
                query.push(" AND verdict = ").push_bind(word(verdict));
            }
            asked.search(query, &["host", "org", "detail"]);
        };
        let mut query = QueryBuilder::new("SELECT count(*) FROM advisory_host");
        narrow(&mut query);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new("SELECT detail, rank FROM advisory_host");
        narrow(&mut query);
        asked.sort_and_page(&mut query, &["host"], &["rank"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let mut items: Vec<AdvisoryHost> = Vec::with_capacity(rows.len());
        for row in &rows {
            let host = serde_json::from_str(row.try_get(0)?);
            items.push(host.map_err(|_| StateError::Corrupt(format!("a host of {id}")))?);
        }
        let next = rows.last().zip(items.last()).filter(|_| more);
        let next = next.map(|(row, host)| {
            let rank: i64 = row.try_get(1).unwrap_or_default();
            let sorted = if asked.by == "host" { host.host.clone() } else { rank.to_string() };
            list::pair_cursor(&sorted, &host.id)
        });
        Ok(AdvisoryHostPage { items, next, total })
    }
}
