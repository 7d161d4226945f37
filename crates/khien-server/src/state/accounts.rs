//! Accounts of people, and the links with which they set their first password.

use khien_wire::{
    Account, AccountChange, AccountNew, AccountPage, AccountState, FieldProblem, Role, SetupLink,
    Time,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::{StateError, Store};
use crate::secret::{hash, new_id, new_secret};

/// How long a setup link works: a day.
const LINK_MS: i64 = 24 * 60 * 60 * 1000;

/// Characters of a name that is shown.
const DISPLAY_NAME_MAX: usize = 100;

/// Whether a change may take the last active admin away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LastAdmin {
    /// No: somebody has to be able to undo it.
    Keep,
    /// Yes: whoever is at the command line can make another.
    MayGo,
}

const COLUMNS: &str = "id, name, display_name, role, locale, theme, password IS NOT NULL, \
     totp_secret IS NOT NULL, disabled, created, last_login, \
     (SELECT max(expires) FROM setup_link WHERE setup_link.account = account.id) AS link";

/// Which accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter {
    /// With this role.
    pub role: Option<Role>,
    /// In this state.
    pub state: Option<AccountState>,
}

/// What signing in needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Null where there is none, or where the account is closed.
    pub(crate) password: Option<String>,
    pub(crate) totp_secret: Option<Vec<u8>>,
    pub(crate) totp_pending: Option<Vec<u8>>,
    pub(crate) totp_step: i64,
}

/// What a setup link is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Setup {
    /// The first account.
    First,
    /// The password of this one.
    Password { id: String, name: String },
}

/// The word that serde writes for a value.
pub(super) fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// The value of a word in the database.
pub(super) fn value<T: DeserializeOwned>(word: &str) -> Result<T, StateError> {
    serde_json::from_value(word.into())
        .map_err(|_| StateError::Corrupt(format!("an unknown word: {word}")))
}

fn account(row: &SqliteRow, now: i64) -> Result<Account, StateError> {
    let (password, totp, disabled): (bool, bool, bool) =
        (row.try_get(6)?, row.try_get(7)?, row.try_get(8)?);
    let link: Option<i64> = row.try_get(11)?;
    Ok(Account {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        display_name: row.try_get(2)?,
        role: value(row.try_get(3)?)?,
        locale: value(row.try_get(4)?)?,
        theme: value(row.try_get(5)?)?,
        state: match (disabled, password) {
            (true, _) => AccountState::Disabled,
            (false, true) => AccountState::Active,
            (false, false) => AccountState::Invited,
        },
        totp,
        created: Time::from_ms(row.try_get(9)?),
        last_login: row.try_get::<Option<i64>, _>(10)?.map(Time::from_ms),
        setup_link_expires: link.filter(|expires| *expires > now).map(Time::from_ms),
    })
}

pub(super) async fn find(
    tx: &mut SqliteConnection,
    id: &str,
    now: i64,
) -> Result<Account, StateError> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM account WHERE id = "));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    account(&row.ok_or(StateError::NotFound)?, now)
}

/// Names are typed and compared, so they have one spelling only.
fn check_name(name: &str, problems: &mut Vec<FieldProblem>) {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let code = match name.bytes().next() {
        None => "empty",
        Some(_) if name.len() > 64 => "too_long",
        Some(first) if letter(first) && name.bytes().all(|b| letter(b) || b"._@-".contains(&b)) => {
            return;
        }
        Some(_) => "characters",
    };
    problems.push(FieldProblem { field: "name".to_owned(), code: code.to_owned() });
}

/// Text that is shown: one line, without what could disguise it.
pub(super) fn check_shown(field: &str, text: &str, problems: &mut Vec<FieldProblem>) {
    let disguises = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let code = if text.trim().is_empty() {
        "empty"
    } else if text.chars().count() > DISPLAY_NAME_MAX {
        "too_long"
    } else if text.chars().any(disguises) {
        "characters"
    } else {
        return;
    };
    problems.push(FieldProblem { field: field.to_owned(), code: code.to_owned() });
}

fn no_problems(problems: Vec<FieldProblem>) -> Result<(), StateError> {
    if problems.is_empty() { Ok(()) } else { Err(StateError::Invalid(problems)) }
}

/// Active admins: they have a password and are not closed.
async fn admins(tx: &mut SqliteConnection) -> Result<i64, StateError> {
    let sql = "SELECT count(*) FROM account \
               WHERE role = 'admin' AND disabled = 0 AND password IS NOT NULL";
    Ok(sqlx::query_scalar(sql).fetch_one(tx).await?)
}

async fn keep_an_admin(
    tx: &mut SqliteConnection,
    before: &Account,
    rule: LastAdmin,
) -> Result<(), StateError> {
    let was = before.role == Role::Admin && before.state == AccountState::Active;
    if was && rule == LastAdmin::Keep && admins(tx).await? == 0 {
        return Err(StateError::LastAdmin);
    }
    Ok(())
}

async fn end_sessions(tx: &mut SqliteConnection, id: &str) -> Result<(), StateError> {
    sqlx::query("DELETE FROM session WHERE account = ?").bind(id).execute(tx).await?;
    Ok(())
}

async fn make_link(
    tx: &mut SqliteConnection,
    id: Option<&str>,
    now: i64,
) -> Result<SetupLink, StateError> {
    sqlx::query("DELETE FROM setup_link WHERE account IS ? OR expires <= ?")
        .bind(id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    let (secret, expires) = (new_secret(), now.saturating_add(LINK_MS));
    sqlx::query("INSERT INTO setup_link (hash, account, expires) VALUES (?, ?, ?)")
        .bind(hash(&secret).as_slice())
        .bind(id)
        .bind(expires)
        .execute(&mut *tx)
        .await?;
    Ok(SetupLink { path: format!("/setup/{secret}"), expires: Time::from_ms(expires) })
}

impl Store {
    /// Accounts, in pages.
    ///
    /// # Errors
    ///
    /// The caller's for an unknown order or cursor, else the machine's.
    pub async fn accounts(
        &self,
        filter: &AccountFilter,
        asked: &ListAsked,
    ) -> Result<AccountPage, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new("SELECT count(*) FROM account WHERE 1");
        narrow(&mut query, filter, asked);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM account WHERE 1"));
        narrow(&mut query, filter, asked);
        asked.sort_and_page(&mut query, &["name"], &["created"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let items: Vec<Account> =
            rows.iter().map(|row| account(row, self.now())).collect::<Result<_, _>>()?;
        let next = items.last().filter(|_| more).map(|last| match asked.by.as_str() {
            "created" => list::pair_cursor(&last.created.as_ms().to_string(), &last.id),
            _ => list::pair_cursor(&last.name, &last.id),
        });
        Ok(AccountPage { items, next, total })
    }

    /// One account.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there, else the machine's.
    pub async fn account(&self, id: &str) -> Result<Account, StateError> {
        let mut tx = self.read().await?;
        find(&mut tx, id, self.now()).await
    }

    /// The account of this name.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there, else the machine's.
    pub async fn account_named(&self, name: &str) -> Result<Account, StateError> {
        let mut tx = self.read().await?;
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM account WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *tx)
            .await?;
        find(&mut tx, &id.ok_or(StateError::NotFound)?, self.now()).await
    }

    /// Makes an account without a password.
    ///
    /// # Errors
    ///
    /// The caller's for values that cannot be taken or a name that is taken, else the machine's.
    pub async fn add_account(&self, by: &By, new: &AccountNew) -> Result<Account, StateError> {
        let mut problems = Vec::new();
        check_name(&new.name, &mut problems);
        check_shown("display_name", &new.display_name, &mut problems);
        no_problems(problems)?;
        let (now, mut tx) = (self.now(), self.change().await?);
        let id = insert(&mut tx, new, now).await?;
        let act = Act::new("account.created", "account", &id)
            .with("name", &new.name)
            .with("role", new.role.word());
        audit::append(&mut tx, now, by, act).await?;
        let made = find(&mut tx, &id, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Changes an account. A closed one loses its sessions and its setup link.
    ///
    /// # Errors
    ///
    /// The caller's, as the variants say; else the machine's.
    pub async fn change_account(
        &self,
        by: &By,
        id: &str,
        change: &AccountChange,
        rule: LastAdmin,
    ) -> Result<Account, StateError> {
        let mut problems = Vec::new();
        if let Some(display_name) = &change.display_name {
            check_shown("display_name", display_name, &mut problems);
        }
        no_problems(problems)?;
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id, now).await?;
        let mut act = Act::new("account.changed", "account", id).with("name", &before.name);
        if let Some(display_name) = &change.display_name {
            update(&mut tx, "UPDATE account SET display_name = ? WHERE id = ?", display_name, id)
                .await?;
            act = act.with("display_name", display_name);
        }
        if let Some(role) = change.role {
            update(&mut tx, "UPDATE account SET role = ? WHERE id = ?", role.word(), id).await?;
            act = act.with("role", role.word()).with("role_before", before.role.word());
        }
        if let Some(disabled) = change.disabled {
            let sql = "UPDATE account SET disabled = ? WHERE id = ?";
            sqlx::query(sql).bind(disabled).bind(id).execute(&mut *tx).await?;
            act = act.with("disabled", disabled.to_string());
            if disabled {
                end_sessions(&mut tx, id).await?;
                remove_link(&mut tx, id).await?;
            }
        }
        if change.remove_totp == Some(true) {
            remove_totp(&mut tx, id).await?;
            act = act.with("totp", "removed");
        }
        keep_an_admin(&mut tx, &before, rule).await?;
        audit::append(&mut tx, now, by, act).await?;
        let after = find(&mut tx, id, now).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Removes an account with its sessions and links.
    ///
    /// # Errors
    ///
    /// The caller's where it is not there or is the last admin, else the machine's.
    pub async fn remove_account(&self, by: &By, id: &str) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id, now).await?;
        sqlx::query("DELETE FROM account WHERE id = ?").bind(id).execute(&mut *tx).await?;
        keep_an_admin(&mut tx, &before, LastAdmin::Keep).await?;
        let act = Act::new("account.removed", "account", id).with("name", &before.name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes a setup link; an earlier one ends. The present password works until the link is used.
    ///
    /// # Errors
    ///
    /// The caller's where the account is not there or closed, else the machine's.
    pub async fn make_setup_link(&self, by: &By, id: &str) -> Result<SetupLink, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let account = find(&mut tx, id, now).await?;
        if account.state == AccountState::Disabled {
            return Err(StateError::invalid("id", "disabled"));
        }
        let link = make_link(&mut tx, Some(id), now).await?;
        let act = Act::new("account.setup_link_made", "account", id).with("name", &account.name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// Takes password, authenticator and sessions away, and makes a setup link.
    ///
    /// # Errors
    ///
    /// The caller's where the account is not there or closed, else the machine's.
    pub async fn reset_account(&self, by: &By, id: &str) -> Result<SetupLink, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let account = find(&mut tx, id, now).await?;
        if account.state == AccountState::Disabled {
            return Err(StateError::invalid("id", "disabled"));
        }
        sqlx::query("UPDATE account SET password = NULL WHERE id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        remove_totp(&mut tx, id).await?;
        end_sessions(&mut tx, id).await?;
        let link = make_link(&mut tx, Some(id), now).await?;
        let act = Act::new("account.reset", "account", id).with("name", &account.name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// A link that makes the first account, as long as there is none.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub async fn first_link(&self) -> Result<Option<SetupLink>, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        if any_account(&mut tx).await? {
            return Ok(None);
        }
        let link = make_link(&mut tx, None, now).await?;
        let act = Act::new("account.first_link_made", "account", "");
        audit::append(&mut tx, now, &By::system(), act).await?;
        tx.commit().await?;
        Ok(Some(link))
    }

    /// What a setup link is for, if it works.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn setup(&self, secret: &str) -> Result<Option<Setup>, StateError> {
        let mut tx = self.read().await?;
        setup_of(&mut tx, secret, self.now()).await
    }

    /// Uses a setup link: sets the password, and makes the account if it is the first. The sessions
    /// that there were end. Gives the account's id.
    ///
    /// # Errors
    ///
    /// The caller's where the link does not work (any more) or values cannot be taken.
    pub(crate) async fn use_setup(
        &self,
        by: &By,
        secret: &str,
        first: &AccountNew,
        password: &str,
    ) -> Result<String, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let (id, name) = match setup_of(&mut tx, secret, now).await? {
            None => return Err(StateError::NotFound),
            Some(Setup::First) => {
                check_first(first)?;
                (insert(&mut tx, first, now).await?, first.name.clone())
            }
            Some(Setup::Password { id, name }) => (id, name),
        };
        update(&mut tx, "UPDATE account SET password = ? WHERE id = ?", password, &id).await?;
        end_sessions(&mut tx, &id).await?;
        sqlx::query("DELETE FROM setup_link WHERE hash = ?")
            .bind(hash(secret).as_slice())
            .execute(&mut *tx)
            .await?;
        let act = Act::new("account.setup", "account", &id).with("name", name);
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What signing in with this name needs to know.
    pub(crate) async fn login(&self, name: &str) -> Result<Option<Login>, StateError> {
        let sql = "SELECT id, name, password, totp_secret, totp_step, totp_pending, disabled \
                   FROM account WHERE name = ?";
        let row = sqlx::query(sql).bind(name).fetch_optional(&self.readers).await?;
        row.map(|row| {
            let disabled: bool = row.try_get(6)?;
            let password: Option<String> = row.try_get(2)?;
            Ok(Login {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                password: password.filter(|_| !disabled),
                totp_secret: row.try_get(3)?,
                totp_step: row.try_get(4)?,
                totp_pending: row.try_get(5)?,
            })
        })
        .transpose()
    }
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AccountFilter, asked: &ListAsked) {
    if let Some(role) = filter.role {
        query.push(" AND role = ").push_bind(role.word());
    }
    match filter.state {
        None => {}
        Some(AccountState::Active) => {
            query.push(" AND disabled = 0 AND password IS NOT NULL");
        }
        Some(AccountState::Disabled) => {
            query.push(" AND disabled = 1");
        }
        Some(AccountState::Invited) => {
            query.push(" AND disabled = 0 AND password IS NULL");
        }
    }
    asked.search(query, &["name", "display_name"]);
}

/// Checks what the first account is to be called.
pub(crate) fn check_first(first: &AccountNew) -> Result<(), StateError> {
    let mut problems = Vec::new();
    check_name(&first.name, &mut problems);
    check_shown("display_name", &first.display_name, &mut problems);
    no_problems(problems)
}

async fn any_account(tx: &mut SqliteConnection) -> Result<bool, StateError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account)").fetch_one(tx).await?)
}

async fn setup_of(
    tx: &mut SqliteConnection,
    secret: &str,
    now: i64,
) -> Result<Option<Setup>, StateError> {
    let sql = "SELECT setup_link.account, account.name, account.disabled FROM setup_link \
               LEFT JOIN account ON account.id = setup_link.account \
               WHERE setup_link.hash = ? AND setup_link.expires > ?";
    let found =
        sqlx::query(sql).bind(hash(secret).as_slice()).bind(now).fetch_optional(&mut *tx).await?;
    let Some(row) = found else { return Ok(None) };
    match row.try_get::<Option<String>, _>(0)? {
        None if any_account(tx).await? => Ok(None),
        None => Ok(Some(Setup::First)),
        Some(_) if row.try_get::<bool, _>(2)? => Ok(None),
        Some(id) => Ok(Some(Setup::Password { id, name: row.try_get(1)? })),
    }
}

async fn insert(
    tx: &mut SqliteConnection,
    new: &AccountNew,
    now: i64,
) -> Result<String, StateError> {
    let id = new_id(now);
    let sql = "INSERT INTO account (id, name, display_name, role, locale, theme, created) \
               VALUES (?, ?, ?, ?, ?, 'auto', ?)";
    let done = sqlx::query(sql)
        .bind(&id)
        .bind(&new.name)
        .bind(&new.display_name)
        .bind(new.role.word())
        .bind(word(new.locale))
        .bind(now)
        .execute(tx)
        .await;
    match done {
        Ok(_) => Ok(id),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(StateError::NameTaken)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn update(
    tx: &mut SqliteConnection,
    sql: &'static str,
    value: &str,
    id: &str,
) -> Result<(), StateError> {
    sqlx::query(sql).bind(value).bind(id).execute(tx).await?;
    Ok(())
}

pub(super) async fn remove_totp(tx: &mut SqliteConnection, id: &str) -> Result<(), StateError> {
    let sql = "UPDATE account SET totp_secret = NULL, totp_pending = NULL WHERE id = ?";
    sqlx::query(sql).bind(id).execute(tx).await?;
    Ok(())
}

pub(super) async fn remove_link(tx: &mut SqliteConnection, id: &str) -> Result<(), StateError> {
    sqlx::query("DELETE FROM setup_link WHERE account = ?").bind(id).execute(tx).await?;
    Ok(())
}
