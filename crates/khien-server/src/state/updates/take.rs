//! Updates that arrive.

use std::collections::HashMap;

use khien_wire::{Update, UpdateOrigin, UpdateState};
use sqlx::{Row, SqliteConnection};

use super::super::accounts::word;
use super::super::audit::{self, Act, By};
use super::super::{StateError, Store};
use super::find;
use crate::secret::new_id;

/// Bound: updates.
const UPDATES_MAX: i64 = if cfg!(test) { 3 } else { 20_000 };

/// An update whose bytes are on disk.
#[derive(Clone, Debug)]
pub(crate) struct Landed {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// The product as whoever sent it says, or empty.
    pub(crate) product: String,
    pub(crate) origin: UpdateOrigin,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: String,
    /// The same bytes were there before.
    pub(crate) repeated: bool,
    /// It is to be read.
    pub(crate) unread: bool,
    /// Bytes that have to make room.
    pub(crate) gone: Vec<String>,
    /// Updates that are no longer known at all, because there are too many.
    pub(crate) forgotten: Vec<String>,
}

/// A file of the watched folder as it was when it was taken: bytes, and when it was changed.
pub(crate) type Watched = (i64, i64);

impl Store {
    /// Takes an update. Where there is no room within `bytes_max`, those decided longest ago give up their
    /// bytes; what is held or undecided does not.
    ///
    /// # Errors
    ///
    /// [`StateError::Full`]: there is no room all the same. Else the machine's.
    pub(crate) async fn add_update(
        &self,
        by: &By,
        new: &Landed,
        bytes_max: u64,
    ) -> Result<Taken, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let known: Option<(String, bool)> =
            sqlx::query_as("SELECT id, kept FROM update_file WHERE sha256 = ?")
                .bind(&new.sha256)
                .fetch_optional(&mut *tx)
                .await?;
        let size = i64::try_from(new.size).unwrap_or(i64::MAX);
        if let Some((id, kept)) = known {
            let mut gone = Vec::new();
            if !kept {
                gone = make_room(&mut tx, size, bytes_max).await?;
                // What it was compared with may have lost its trust while nobody could read it again.
                let sql = "UPDATE update_file SET kept = 1, job = NULL, revision = revision + 1 WHERE id = ?";
                sqlx::query(sql).bind(&id).execute(&mut *tx).await?;
            }
            let state = find(&mut tx, &id, now).await?.update.state;
            let unread = !kept || state == UpdateState::Failed;
            tx.commit().await?;
            return Ok(Taken { id, repeated: true, unread, gone, forgotten: Vec::new() });
        }
        let forgotten = forget_oldest(&mut tx).await?;
        let gone = make_room(&mut tx, size, bytes_max).await?;
        let id = new_id(now);
        let sql = "INSERT INTO update_file (id, name, sha256, size, given, product, arrived, actor, origin, kept, \
                   revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)";
        sqlx::query(sql)
            .bind(&id)
            .bind(&new.name)
            .bind(&new.sha256)
            .bind(size)
            .bind(&new.product)
            .bind(&new.product)
            .bind(now)
            .bind(serde_json::to_string(&by.actor).unwrap_or_default())
            .bind(word(new.origin))
            .execute(&mut *tx)
            .await?;
        let act = Act::new("update.arrived", "update", &id)
            .with("name", &new.name)
            .with("sha256", &new.sha256)
            .with("origin", word(new.origin));
        audit::append(&mut tx, now, by, act).await?;
        tx.commit().await?;
        Ok(Taken { id, repeated: false, unread: true, gone, forgotten })
    }

    /// Notes the job that reads an update.
    pub(crate) async fn update_asked(&self, id: &str, job: &str) -> Result<Update, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        sqlx::query("UPDATE update_file SET job = ? WHERE id = ?")
            .bind(job)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let row = find(&mut tx, id, now).await?;
        tx.commit().await?;
        Ok(row.update)
    }

    /// Updates that no job was asked to read: the process ended just then, or too many jobs waited.
    pub(crate) async fn updates_unasked(&self) -> Result<Vec<String>, StateError> {
        let sql = "SELECT id FROM update_file WHERE job IS NULL ORDER BY arrived, id LIMIT 100";
        Ok(sqlx::query_scalar(sql).fetch_all(&self.readers).await?)
    }

    /// Bytes of all updates that are kept, and their hashes.
    pub(crate) async fn updates_kept(&self) -> Result<HashMap<String, u64>, StateError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT sha256, size FROM update_file WHERE kept = 1")
                .fetch_all(&self.readers)
                .await?;
        let size = |size| u64::try_from(size).unwrap_or_default();
        Ok(rows.into_iter().map(|(hash, bytes)| (hash, size(bytes))).collect())
    }

    /// Whether an update is known whose bytes made way for those of others: only what was decided does. Others
    /// lost theirs, as where a state was restored from a backup.
    pub(crate) async fn gave_way(&self, sha256: &str) -> Result<bool, StateError> {
        let sql = "SELECT count(*) FROM update_file u JOIN update_decision d ON d.n = u.last \
                   WHERE u.sha256 = ? AND u.kept = 0 AND d.decision IN ('block', 'pass')";
        let count: i64 = sqlx::query_scalar(sql).bind(sha256).fetch_one(&self.readers).await?;
        Ok(count > 0)
    }

    /// Notes that the bytes of an update are not there.
    pub(crate) async fn update_lost(&self, sha256: &str) -> Result<(), StateError> {
        sqlx::query("UPDATE update_file SET kept = 0 WHERE sha256 = ?")
            .bind(sha256)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Files of the watched folder that were taken.
    pub(crate) async fn watched(&self) -> Result<HashMap<String, Watched>, StateError> {
        let rows: Vec<(String, i64, i64)> =
            sqlx::query_as("SELECT name, size, modified FROM update_watched")
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(|(name, size, modified)| (name, (size, modified))).collect())
    }

    /// Notes that a file of the watched folder was taken, or is not there any more.
    pub(crate) async fn note_watched(
        &self,
        name: &str,
        file: Option<Watched>,
    ) -> Result<(), StateError> {
        let Some((size, modified)) = file else {
            sqlx::query("DELETE FROM update_watched WHERE name = ?")
                .bind(name)
                .execute(&self.writer)
                .await?;
            return Ok(());
        };
        let sql = "INSERT OR REPLACE INTO update_watched (name, size, modified) VALUES (?, ?, ?)";
        sqlx::query(sql).bind(name).bind(size).bind(modified).execute(&self.writer).await?;
        Ok(())
    }
}

/// Where there are too many updates, forgets the one that was blocked longest ago and whose bytes are gone.
/// Should it come again, it is one that nobody decided about: nothing passes by that.
async fn forget_oldest(tx: &mut SqliteConnection) -> Result<Vec<String>, StateError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM update_file").fetch_one(&mut *tx).await?;
    if count < UPDATES_MAX {
        return Ok(Vec::new());
    }
    let sql = "SELECT u.id, u.sha256 FROM update_file u JOIN update_decision d ON d.n = u.last \
               WHERE u.kept = 0 AND u.lineage IS NULL AND d.decision = 'block' \
               ORDER BY d.at, d.n LIMIT 1";
    let oldest: Option<(String, String)> = sqlx::query_as(sql).fetch_optional(&mut *tx).await?;
    let Some((id, sha256)) = oldest else { return Err(StateError::Full) };
    for sql in [
        "UPDATE update_file SET last = NULL WHERE id = ?",
        "DELETE FROM update_decision WHERE file = ?",
        "DELETE FROM update_file WHERE id = ?",
    ] {
        sqlx::query(sql).bind(&id).execute(&mut *tx).await?;
    }
    Ok(vec![sha256])
}

/// Has updates that were decided longest ago give up their bytes, until so many more fit.
async fn make_room(
    tx: &mut SqliteConnection,
    size: i64,
    bytes_max: u64,
) -> Result<Vec<String>, StateError> {
    let most = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    let mut sum: i64 =
        sqlx::query_scalar("SELECT coalesce(sum(size), 0) FROM update_file WHERE kept = 1")
            .fetch_one(&mut *tx)
            .await?;
    let mut gone = Vec::new();
    while sum.saturating_add(size) > most {
        let sql = "SELECT u.id, u.sha256, u.size FROM update_file u JOIN update_decision d ON d.n = u.last \
                   WHERE u.kept = 1 AND d.decision IN ('block', 'pass') \
                   ORDER BY d.at, d.n LIMIT 1";
        let oldest = sqlx::query(sql).fetch_optional(&mut *tx).await?;
        // The change is not committed, so none of them loses anything.
        let Some(oldest) = oldest else { return Err(StateError::Full) };
        sqlx::query("UPDATE update_file SET kept = 0 WHERE id = ?")
            .bind(oldest.try_get::<&str, _>(0)?)
            .execute(&mut *tx)
            .await?;
        gone.push(oldest.try_get(1)?);
        sum = sum.saturating_sub(oldest.try_get(2)?);
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SetClock;
    use crate::state::StateFolder;

    /// Where nothing can be forgotten, nothing more is taken.
    #[tokio::test]
    async fn of_too_many_the_one_is_forgotten_that_was_blocked_longest_ago() {
        let folder = tempfile::tempdir().unwrap();
        let folder = StateFolder::serve(&folder.path().join("state")).unwrap();
        let store = Store::open(&folder, Arc::new(SetClock::at(1_790_000_000_000))).await.unwrap();
        let add = async |number: usize| {
            let landed = Landed {
                name: format!("app-{number}.msi"),
                sha256: format!("{number:064}"),
                size: 1,
                product: String::new(),
                origin: UpdateOrigin::Upload,
            };
            store.add_update(&By::system(), &landed, 1 << 20).await
        };
        for number in 1..=3 {
            assert_eq!(add(number).await.unwrap().forgotten, [""; 0]);
        }
        assert!(matches!(add(4).await, Err(StateError::Full)), "nobody decided about any");
        for number in [2_i64, 1] {
            let sha256 = format!("{number:064}");
            let sql = "INSERT INTO update_decision (file, decision, reason, owner, actor, at) \
                       SELECT id, 'block', 'x', 'x', actor, ? FROM update_file WHERE sha256 = ?";
            let made = sqlx::query(sql).bind(-number).bind(&sha256).execute(&store.writer).await;
            let sql = "UPDATE update_file SET last = ?, kept = 0 WHERE sha256 = ?";
            let n = made.unwrap().last_insert_rowid();
            sqlx::query(sql).bind(n).bind(&sha256).execute(&store.writer).await.unwrap();
        }
        assert_eq!(add(4).await.unwrap().forgotten, [format!("{:064}", 2)]);
        assert_eq!(add(2).await.unwrap().forgotten, [format!("{:064}", 1)], "it is a new one");
        assert!(matches!(add(5).await, Err(StateError::Full)));
    }
}
