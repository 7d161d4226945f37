//! Sessions of people: a cookie holds the secret, the database its hash.

use khien_wire::{Locale, Role, Theme};
use sqlx::{Row, SqliteConnection};

use super::accounts::value;
use super::audit::{self, Act, By};
use super::{StateError, Store};
use crate::secret::{hash, new_secret};

/// After so long without a request a session ends: 12 hours.
const IDLE_MS: i64 = 12 * 60 * 60 * 1000;

/// After so long it ends anyhow: 7 days.
pub(crate) const SESSION_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How exactly it is kept when a session or token was last used: to the minute.
pub(super) const TOUCH_MS: i64 = 60 * 1000;

/// Bound: sessions of one account; the oldest end when more are begun.
const SESSIONS_OF_ONE: i64 = 20;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) role: Role,
    pub(crate) locale: Locale,
    pub(crate) theme: Theme,
    pub(crate) totp: bool,
    pub(crate) session: [u8; 32],
}

/// How an attempt to sign in is noted, whether or not it came to something.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    /// The step of the code that was given, for accounts with an authenticator.
    pub(crate) totp_step: Option<i64>,
    /// The PHC string that the password was held against.
    pub(crate) password: &'a str,
    /// A session of the same browser, which ends.
    pub(crate) before: Option<&'a str>,
}

impl Store {
    /// Begins a session and gives its secret; nothing where the password, the state of the account or
    /// the step of the code changed since they were read, so that a code is taken once only.
    pub(crate) async fn begin_session(
        &self,
        by: &By,
        signed_in: &SignedIn<'_>,
    ) -> Result<Option<String>, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        // `totp_secret IS NULL` is compared too: an authenticator may have come meanwhile.
        let sql = "UPDATE account SET last_login = ?1, totp_step = coalesce(?2, totp_step) \
                   WHERE id = ?3 AND disabled = 0 AND password = ?4 \
                   AND (CASE WHEN ?2 IS NULL THEN totp_secret IS NULL ELSE totp_step < ?2 END)";
        let done = sqlx::query(sql)
            .bind(now)
            .bind(signed_in.totp_step)
            .bind(signed_in.id)
            .bind(signed_in.password)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        if let Some(before) = signed_in.before {
            let sql = "DELETE FROM session WHERE hash = ?";
            sqlx::query(sql).bind(hash(before).as_slice()).execute(&mut *tx).await?;
        }
        let secret = insert(&mut tx, signed_in.id, &by.source, now).await?;
        let act = Act::new("session.begun", "account", signed_in.id).with("name", signed_in.name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// Notes an attempt to sign in that came to nothing. Passwords typed as names happen, so only the
    /// names of accounts that are there are written down.
    pub(crate) async fn note_refused_login(
        &self,
        by: &By,
        account: Option<(&str, &str)>,
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let (id, name) = account.unwrap_or(("", ""));
        let act = Act::new("session.refused", "account", id).with("name", name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who has this session, if it still counts. Keeps it from ending for idleness.
    pub(crate) async fn person(&self, secret: &str) -> Result<Option<Person>, StateError> {
        self.person_of(&hash(secret), true).await
    }

    /// Whether a session still counts; does not keep it from ending for idleness.
    pub(crate) async fn person_still(
        &self,
        session: &[u8; 32],
    ) -> Result<Option<Person>, StateError> {
        self.person_of(session, false).await
    }

    async fn person_of(
        &self,
        session: &[u8; 32],
        touch: bool,
    ) -> Result<Option<Person>, StateError> {
        let now = self.now();
        let sql = "SELECT account.id, name, display_name, role, locale, theme, totp_secret IS NOT NULL, seen \
                   FROM session JOIN account ON account.id = session.account \
                   WHERE hash = ? AND session.created > ? AND seen > ? \
                   AND disabled = 0 AND password IS NOT NULL";
        let row = sqlx::query(sql)
            .bind(session.as_slice())
            .bind(now.saturating_sub(SESSION_MS))
            .bind(now.saturating_sub(IDLE_MS))
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let seen: i64 = row.try_get(7)?;
        if touch && now.saturating_sub(seen) >= TOUCH_MS {
            sqlx::query("UPDATE session SET seen = ? WHERE hash = ?")
                .bind(now)
                .bind(session.as_slice())
                .execute(&self.writer)
                .await?;
        }
        Ok(Some(Person {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            display_name: row.try_get(2)?,
            role: value(row.try_get(3)?)?,
            locale: value(row.try_get(4)?)?,
            theme: value(row.try_get(5)?)?,
            totp: row.try_get(6)?,
            session: *session,
        }))
    }

    /// Ends a session.
    pub(crate) async fn end_session(&self, by: &By, person: &Person) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let sql = "DELETE FROM session WHERE hash = ?";
        sqlx::query(sql).bind(person.session.as_slice()).execute(&mut *tx).await?;
        let act = Act::new("session.ended", "account", &person.id).with("name", &person.name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes out what has ended by itself: sessions and links. Nobody did it, so nothing is noted.
    pub(crate) async fn sweep(&self) -> Result<u64, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let sessions = sqlx::query("DELETE FROM session WHERE created <= ? OR seen <= ?")
            .bind(now.saturating_sub(SESSION_MS))
            .bind(now.saturating_sub(IDLE_MS))
            .execute(&mut *tx)
            .await?;
        let links = sqlx::query("DELETE FROM setup_link WHERE expires <= ?")
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(sessions.rows_affected().saturating_add(links.rows_affected()))
    }
}

async fn insert(
    tx: &mut SqliteConnection,
    account: &str,
    source: &str,
    now: i64,
) -> Result<String, StateError> {
    let secret = new_secret();
    let sql = "INSERT INTO session (hash, account, created, seen, source) VALUES (?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(hash(&secret).as_slice())
        .bind(account)
        .bind(now)
        .bind(now)
        .bind(source)
        .execute(&mut *tx)
        .await?;
    let sql = "DELETE FROM session WHERE account = ?1 AND hash NOT IN \
               (SELECT hash FROM session WHERE account = ?1 ORDER BY created DESC, rowid DESC LIMIT ?2)";
    sqlx::query(sql).bind(account).bind(SESSIONS_OF_ONE).execute(&mut *tx).await?;
    Ok(secret)
}
