//! Hunts leave one trace: who asked what, and what for.

use super::audit::{self, Act, By};
use super::{StateError, Store};

/// Bound: characters of a question that the audit log keeps.
const KEPT_CHARS: usize = 4000;

impl Store {
    /// Notes a question before it is asked: one that fails was asked, too.
    pub(crate) async fn note_hunt(
        &self,
        by: &By,
        purpose: &str,
        sql: &str,
    ) -> Result<(), StateError> {
        let mut tx = self.change().await?;
        let kept: String = sql.chars().take(KEPT_CHARS).collect();
        let act = Act::new("hunt.run", "hunt", "").with("purpose", purpose).with("sql", kept);
        audit::append(&mut tx, self.now(), by, act).await?;
        tx.commit().await?;
        Ok(())
    }
}
