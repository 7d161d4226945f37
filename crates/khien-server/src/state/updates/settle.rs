//! Which releases count as trusted ones, and which of them are in their lineage by now.

use khien_wire::{Update, UpdateStanding};
use sqlx::{QueryBuilder, Row, Sqlite};

use super::super::accounts::word;
use super::super::{StateError, Store};
use super::{all, update};

/// An update whose lineage does not have what was decided.
#[derive(Clone, Debug)]
pub(crate) struct Unsettled {
    pub(crate) update: Update,
    /// The lineage that it has to be taken out of; else it has to be put in one.
    pub(crate) lineage: Option<String>,
}

impl Store {
    /// Updates that were passed and are not among the trusted releases of their product, and those that
    /// are and do not count any more.
    pub(crate) async fn unsettled(&self) -> Result<Vec<Unsettled>, StateError> {
        let passed = word(UpdateStanding::Passed);
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT * FROM {} WHERE (standing = '{passed}' AND readable = 1 AND lineage IS NULL) \
             OR (standing <> '{passed}' AND lineage IS NOT NULL) ORDER BY arrived, id LIMIT 200",
            all(self.now())
        ));
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.push(Unsettled { update: update(row)?, lineage: row.try_get("lineage")? });
        }
        Ok(all)
    }

    /// Updates that are in a lineage: id, hash, lineage.
    pub(crate) async fn trusted(&self) -> Result<Vec<(String, String, String)>, StateError> {
        let sql = "SELECT id, sha256, lineage FROM update_file WHERE lineage IS NOT NULL";
        Ok(sqlx::query_as(sql).fetch_all(&self.readers).await?)
    }

    /// Updates whose profile was made: id and hash.
    pub(crate) async fn updates_readable(&self) -> Result<Vec<(String, String)>, StateError> {
        let sql = "SELECT id, sha256 FROM update_file WHERE readable = 1";
        Ok(sqlx::query_as(sql).fetch_all(&self.readers).await?)
    }

    /// Notes that the profile of an update is not there: it cannot become a trusted release before it was
    /// read again.
    pub(crate) async fn update_unreadable(&self, id: &str) -> Result<(), StateError> {
        sqlx::query("UPDATE update_file SET readable = 0 WHERE id = ?")
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Notes the lineage that an update is in. Where it was taken out of one, all that were read as releases of
    /// that product are to be read again, if their bytes are there: what they were compared with counts no more.
    /// `lineage_of` says which lineage a product has.
    pub(crate) async fn set_lineage(
        &self,
        id: &str,
        lineage: Option<&str>,
        lineage_of: fn(&str) -> String,
    ) -> Result<(), StateError> {
        let mut tx = self.change().await?;
        let before: Option<Option<String>> =
            sqlx::query_scalar("SELECT lineage FROM update_file WHERE id = ?")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        sqlx::query("UPDATE update_file SET lineage = ? WHERE id = ?")
            .bind(lineage)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if let (Some(Some(left)), None) = (before, lineage) {
            let products: Vec<String> =
                sqlx::query_scalar("SELECT DISTINCT product FROM update_file")
                    .fetch_all(&mut *tx)
                    .await?;
            for product in products.iter().filter(|product| lineage_of(product) == left) {
                let sql = "UPDATE update_file SET job = NULL, revision = revision + 1 \
                           WHERE product = ? AND id <> ? AND kept = 1 AND read IS NOT NULL \
                           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = job AND j.state = 'queued')";
                sqlx::query(sql).bind(product).bind(id).execute(&mut *tx).await?;
            }
            // What is being read just now may have taken it for trusted, whatever product it turns out to be of.
            let sql = "UPDATE update_file SET job = NULL, revision = revision + 1 \
                       WHERE id <> ? AND kept = 1 \
                       AND EXISTS (SELECT 1 FROM job j WHERE j.id = job AND j.state = 'running')";
            sqlx::query(sql).bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
