//! What people change of their own accounts: settings, password, authenticator.

use khien_wire::{Locale, Theme};
use sqlx::SqliteConnection;

use super::accounts::{find, remove_link, remove_totp, update, word};
use super::audit::{self, Act, By};
use super::{StateError, Store};

/// What to change of one's own account, checked already.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnChange {
    pub(crate) locale: Option<Locale>,
    pub(crate) theme: Option<Theme>,
    /// As a PHC string.
    pub(crate) password: Option<String>,
    pub(crate) totp: Option<OwnTotp>,
}

/// What to do with one's own authenticator.
#[derive(Clone, Debug)]
pub(crate) enum OwnTotp {
    /// Keep a new secret until it is confirmed.
    Begin(Vec<u8>),
    /// The secret that waits was confirmed with the code of this step.
    Confirm { secret: Vec<u8>, step: i64 },
    /// Take it away.
    Remove,
}

impl Store {
    /// Changes one's own settings, password hash and authenticator at once. `session` stays, others
    /// end when the password changes.
    pub(crate) async fn change_own(
        &self,
        by: &By,
        id: &str,
        session: &[u8; 32],
        change: &OwnChange,
    ) -> Result<(), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id, now).await?;
        let mut act = Act::new("account.own_changed", "account", id).with("name", before.name);
        if let Some(locale) = change.locale {
            let word = word(locale);
            update(&mut tx, "UPDATE account SET locale = ? WHERE id = ?", &word, id).await?;
            act = act.with("locale", word);
        }
        if let Some(theme) = change.theme {
            let word = word(theme);
            update(&mut tx, "UPDATE account SET theme = ? WHERE id = ?", &word, id).await?;
            act = act.with("theme", word);
        }
        if let Some(password) = &change.password {
            update(&mut tx, "UPDATE account SET password = ? WHERE id = ?", password, id).await?;
            sqlx::query("DELETE FROM session WHERE account = ? AND hash <> ?")
                .bind(id)
                .bind(session.as_slice())
                .execute(&mut *tx)
                .await?;
            // A link that was made for a forgotten password would still open the account.
            remove_link(&mut tx, id).await?;
            act = act.with("password", "changed");
        }
        if let Some(totp) = &change.totp {
            act = act.with("totp", change_totp(&mut tx, id, totp).await?);
        }
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn change_totp(
    tx: &mut SqliteConnection,
    id: &str,
    totp: &OwnTotp,
) -> Result<&'static str, StateError> {
    match totp {
        OwnTotp::Begin(secret) => {
            let sql = "UPDATE account SET totp_pending = ? WHERE id = ?";
            sqlx::query(sql).bind(secret.as_slice()).bind(id).execute(tx).await?;
            Ok("begun")
        }
        OwnTotp::Confirm { secret, step } => {
            // The secret is compared, so that one that was begun anew meanwhile is not confirmed.
            let sql = "UPDATE account SET totp_secret = totp_pending, totp_pending = NULL, totp_step = ? \
                       WHERE id = ? AND totp_pending = ?";
            let query = sqlx::query(sql).bind(step).bind(id).bind(secret.as_slice());
            if query.execute(tx).await?.rows_affected() == 0 {
                return Err(StateError::invalid("totp.action", "not_begun"));
            }
            Ok("confirmed")
        }
        OwnTotp::Remove => {
            remove_totp(tx, id).await?;
            Ok("removed")
        }
    }
}
