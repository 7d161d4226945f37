//! What people decide about updates.

use khien_wire::{Update, UpdateChoice, UpdateDecide, UpdateStanding, UpdateState, UpdateVerdict};

use super::super::accounts::word;
use super::super::alerts::check_owner;
use super::super::audit::{self, Act, By};
use super::super::cases::text;
use super::super::{StateError, Store};
use super::find;

/// Bound: characters of a reason.
const REASON_MAX: usize = 1000;

/// Whether a decision takes more than an analyst: it goes against vetting, or against a block, or rests on a
/// reading that could not be done again, or cannot be because the bytes are gone.
fn overrules(update: &Update, choice: UpdateChoice) -> bool {
    let blocked = update.decision.as_ref().map(|last| last.decision) == Some(UpdateChoice::Block);
    match choice {
        UpdateChoice::Pass => {
            blocked
                || update.verdict != Some(UpdateVerdict::Pass)
                || update.failure.is_some()
                || !update.kept
        }
        UpdateChoice::Hold => blocked,
        UpdateChoice::Block => false,
    }
}

impl Store {
    /// Decides about an update. `may_overrule` says whether whoever decides is an approver.
    ///
    /// # Errors
    ///
    /// The caller's: it was decided or read meanwhile, values that cannot be taken, or an approver is needed.
    /// Else the machine's.
    pub(crate) async fn decide_update(
        &self,
        by: &By,
        id: &str,
        asked: &UpdateDecide,
        may_overrule: bool,
    ) -> Result<Update, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let before = find(&mut tx, id, now).await?.update;
        if before.revision != asked.revision {
            return Err(StateError::Changed);
        }
        if asked.decision == UpdateChoice::Pass && before.state != UpdateState::Done {
            return Err(StateError::invalid("decision", "not_read"));
        }
        if overrules(&before, asked.decision) && !may_overrule {
            return Err(StateError::ApproverNeeded);
        }
        let reason = text("reason", &asked.reason, REASON_MAX, false)?;
        let owner = asked.owner.as_deref().filter(|name| !name.is_empty());
        let owner = check_owner(&mut tx, "owner", owner.unwrap_or(&by.actor.name)).await?;
        let until = match asked.until {
            Some(until) if until.as_ms() <= now => {
                return Err(StateError::invalid("until", "not_future"));
            }
            None if asked.decision == UpdateChoice::Hold => {
                return Err(StateError::invalid("until", "missing"));
            }
            other => other,
        };
        let sql = "INSERT INTO update_decision (file, decision, reason, owner, until, actor, at, verdict) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let n = sqlx::query(sql)
            .bind(id)
            .bind(word(asked.decision))
            .bind(&reason)
            .bind(owner.unwrap_or_default())
            .bind(until.map(|until| until.as_ms()))
            .bind(serde_json::to_string(&by.actor).unwrap_or_default())
            .bind(now)
            .bind(before.verdict.map(word))
            .execute(&mut *tx)
            .await?
            .last_insert_rowid();
        sqlx::query("UPDATE update_file SET last = ?, revision = revision + 1 WHERE id = ?")
            .bind(n)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let after = find(&mut tx, id, now).await?.update;
        audit::append(&mut tx, now, by, act(id, &after)).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// What may be rolled out now, by its hash.
    pub(crate) async fn allowed_updates(&self) -> Result<Vec<Update>, StateError> {
        let sql = format!(
            "SELECT * FROM {} WHERE standing = '{}' ORDER BY sha256",
            super::all(self.now()),
            word(UpdateStanding::Passed)
        );
        let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(sql);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(super::update).collect()
    }
}

fn act<'a>(id: &'a str, after: &Update) -> Act<'a> {
    let mut act = Act::new("update.decided", "update", id).with("sha256", &after.sha256);
    if let Some(decision) = &after.decision {
        act = act
            .with("decision", word(decision.decision))
            .with("reason", &decision.reason)
            .with("owner", &decision.owner);
        if let Some(until) = decision.until {
            act = act.with("until", until.to_string());
        }
    }
    if let Some(verdict) = after.verdict {
        act = act.with("verdict", word(verdict));
    }
    act
}
