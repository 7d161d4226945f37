//! Tokens of machines: `khn_<id>_<secret>`, of which the hash of the secret is kept.

use khien_wire::{Scope, Time, Token, TokenCreated, TokenNew, TokenPage};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};
use subtle::ConstantTimeEq;

use super::accounts::check_shown;
use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::sessions::TOUCH_MS;
use super::{StateError, Store};
use crate::secret::{hash, new_id, new_secret};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const DAYS_MAX: u32 = 3650;

const COLUMNS: &str = "id, name, scopes, created, created_by, expires, last_used, revoked";

/// Which tokens: all, so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenFilter;

/// A machine that showed its token.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<Scope>,
}

/// The id and the secret in what a machine sends.
pub(crate) fn parse_bearer(text: &str) -> Option<(String, &str)> {
    let (id, secret) = text.strip_prefix("khn_")?.split_once('_')?;
    let id = uuid::Uuid::try_parse(id).ok()?;
    (secret.len() == 52).then(|| (id.to_string(), secret))
}

fn token(row: &SqliteRow) -> Result<Token, StateError> {
    let time = |index: usize| -> Result<Option<Time>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(index)?.map(Time::from_ms))
    };
    Ok(Token {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        scopes: scopes(row.try_get(2)?),
        created: Time::from_ms(row.try_get(3)?),
        created_by: row.try_get(4)?,
        expires: time(5)?,
        last_used: time(6)?,
        revoked: time(7)?,
    })
}

/// Scopes that this version does not know give nothing.
fn scopes(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(Scope::from_word).collect()
}

impl Store {
    /// Tokens, in pages.
    ///
    /// # Errors
    ///
    /// The caller's for an unknown order or cursor, else the machine's.
    pub async fn tokens(
        &self,
        _filter: &TokenFilter,
        asked: &ListAsked,
    ) -> Result<TokenPage, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new("SELECT count(*) FROM token WHERE 1");
        asked.search(&mut query, &["name", "created_by"]);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM token WHERE 1"));
        asked.search(&mut query, &["name", "created_by"]);
        asked.sort_and_page(&mut query, &["name"], &["created"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Token> = rows.iter().map(token).collect::<Result<_, _>>()?;
        let next = items.last().filter(|_| more).map(|last| match asked.by.as_str() {
            "created" => list::pair_cursor(&last.created.as_ms().to_string(), &last.id),
            _ => list::pair_cursor(&last.name, &last.id),
        });
        Ok(TokenPage { items, next, total })
    }

    /// Makes a token.
    ///
    /// # Errors
    ///
    /// The caller's for values that cannot be taken, else the machine's.
    pub async fn add_token(&self, by: &By, new: &TokenNew) -> Result<TokenCreated, StateError> {
        let mut problems = Vec::new();
        check_shown("name", &new.name, &mut problems);
        let mut problem = |field: &str, code: &str| {
            problems.push(khien_wire::FieldProblem { field: field.into(), code: code.into() });
        };
        if new.scopes.is_empty() {
            problem("scopes", "empty");
        }
        if new.days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
            problem("days", "out_of_range");
        }
        if !problems.is_empty() {
            return Err(StateError::Invalid(problems));
        }
        let mut scopes = new.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
        let words = words.join(" ");
        let (now, mut tx) = (self.now(), self.change().await?);
        let (id, secret) = (new_id(now), new_secret());
        let expires =
            new.days.map(|days| now.saturating_add(i64::from(days).saturating_mul(DAY_MS)));
        let sql = "INSERT INTO token (id, name, hash, scopes, created, created_by, expires) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(&id)
            .bind(&new.name)
            .bind(hash(&secret).as_slice())
            .bind(&words)
            .bind(now)
            .bind(&by.actor.name)
            .bind(expires)
            .execute(&mut *tx)
            .await?;
        let act =
            Act::new("token.created", "token", &id).with("name", &new.name).with("scopes", words);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        let token = Token {
            name: new.name.clone(),
            scopes,
            created: Time::from_ms(now),
            created_by: by.actor.name.clone(),
            expires: expires.map(Time::from_ms),
            last_used: None,
            revoked: None,
            id: id.clone(),
        };
        let secret = format!("khn_{}_{secret}", id.replace('-', ""));
        Ok(TokenCreated { token, secret })
    }

    /// Revokes a token. Once more is no error.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there, else the machine's.
    pub async fn revoke_token(&self, by: &By, id: &str) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let found: Option<(String, Option<i64>)> =
            sqlx::query_as("SELECT name, revoked FROM token WHERE id = ?")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let (name, revoked) = found.ok_or(StateError::NotFound)?;
        if revoked.is_some() {
            return Ok(());
        }
        let sql = "UPDATE token SET revoked = ? WHERE id = ?";
        sqlx::query(sql).bind(now).bind(id).execute(&mut *tx).await?;
        let act = Act::new("token.revoked", "token", id).with("name", name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose token this is, if it counts.
    pub(crate) async fn machine(
        &self,
        id: &str,
        secret: &str,
    ) -> Result<Option<Machine>, StateError> {
        let now = self.now();
        let sql = "SELECT name, scopes, hash, last_used FROM token \
                   WHERE id = ? AND revoked IS NULL AND (expires IS NULL OR expires > ?)";
        let row = sqlx::query(sql).bind(id).bind(now).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        let kept: Vec<u8> = row.try_get(2)?;
        if !bool::from(hash(secret).as_slice().ct_eq(&kept)) {
            return Ok(None);
        }
        let used: Option<i64> = row.try_get(3)?;
        if used.is_none_or(|used| now.saturating_sub(used) >= TOUCH_MS) {
            let sql = "UPDATE token SET last_used = ? WHERE id = ?";
            // Who cannot be noted is let in all the same: senders throw away what a fault refuses.
            if let Err(error) = sqlx::query(sql).bind(now).bind(id).execute(&self.writer).await {
                tracing::warn!(%error, "the last use of a token could not be noted");
            }
        }
        let words: &str = row.try_get(1)?;
        Ok(Some(Machine { id: id.to_owned(), name: row.try_get(0)?, scopes: scopes(words) }))
    }

    /// Whether a token still counts, for streams that stay open.
    pub(crate) async fn machine_still(&self, id: &str) -> Result<bool, StateError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM token \
                   WHERE id = ? AND revoked IS NULL AND (expires IS NULL OR expires > ?))";
        Ok(sqlx::query_scalar(sql).bind(id).bind(self.now()).fetch_one(&self.readers).await?)
    }
}
