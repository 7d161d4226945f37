//! Values of which there is one.

use super::{StateError, Store};
use crate::secret::random;

impl Store {
    /// The key with which this server signs what browsers keep; made when it is first asked for.
    pub(crate) async fn device_key(&self) -> Result<[u8; 32], StateError> {
        let mut tx = self.change().await?;
        let found: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT value FROM setting WHERE key = 'device_key'")
                .fetch_optional(&mut *tx)
                .await?;
        if let Some(key) = found.and_then(|value| value.try_into().ok()) {
            return Ok(key);
        }
        let key: [u8; 32] = random();
        sqlx::query("INSERT OR REPLACE INTO setting (key, value) VALUES ('device_key', ?)")
            .bind(key.as_slice())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(key)
    }
}
