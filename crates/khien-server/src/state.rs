//! What people and the server change, in one SQLite file inside the state folder.
//!
//! One connection writes, several read. Every change is a transaction that also appends to the audit
//! log, and what was committed is on disk (`synchronous = FULL`): an answer is sent only afterwards.

pub(crate) mod accounts;
pub(crate) mod advisories;
pub(crate) mod alerts;
pub(crate) mod audit;
mod backup;
pub(crate) mod cases;
mod folder;
mod hunts;
mod jobs;
mod list;
mod nodes;
pub(crate) mod own;
mod rules;
pub(crate) mod sessions;
mod settings;
mod tokens;
pub(crate) mod updates;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use khien_wire::FieldProblem;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqlSafeStr, Sqlite, Transaction};

pub(crate) use accounts::Setup;
pub use accounts::{AccountFilter, LastAdmin};
pub(crate) use advisories::{About, AdvisoryRow};
pub(crate) use alerts::{AlertFilter, Sighted};
pub use audit::{AuditFilter, By};
pub use backup::BackupFacts;
pub(crate) use backup::{facts_of, restore};
pub(crate) use cases::CaseFilter;
pub(crate) use folder::{StateFolder, make_private_folder, private};
pub(crate) use jobs::{JobEnd, JobFilter, NextJob};
pub(crate) use list::Key;
pub use list::{ListAsked, Order};
pub(crate) use nodes::{Enrolled, Enrolment, KnownNode};
pub(crate) use rules::{RuleChoices, RuleCount, RuleRow};
pub(crate) use sessions::{Person, SESSION_MS};
pub use tokens::TokenFilter;
pub(crate) use tokens::{Machine, parse_bearer};
pub(crate) use updates::{Landed, Taken, Unsettled, UpdateFilter, UpdateRow, Vetted, Watched};

use crate::clock::Clock;

/// Readers at the same time.
const READERS: u32 = 4;

/// How long a writer waits for another process (a command beside the server).
const BUSY: Duration = Duration::from_secs(10);

/// Why something did not come about, sorted by whose doing it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The caller's: values that cannot be taken.
    #[error("{}", fields_text(.0))]
    Invalid(Vec<FieldProblem>),
    /// The caller's: somebody else has changed it since it was looked at.
    #[error("somebody else has changed it meanwhile")]
    Changed,
    /// The caller's: an account of this name is there.
    #[error("an account of this name is there already")]
    NameTaken,
    /// The caller's: no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// The caller's: it would leave no active admin.
    #[error("no active admin would be left")]
    LastAdmin,
    /// The caller's: the job has ended.
    #[error("the job has ended")]
    JobEnded,
    /// The caller's: it goes against vetting or a block, and whoever asks is no approver.
    #[error("an approver is needed")]
    ApproverNeeded,
    /// The caller's: no more fit.
    #[error("there is no room for more: remove some first")]
    Full,
    /// The caller's: another process has the state folder.
    #[error("{}: another process uses this state folder", .0.display())]
    Busy(PathBuf),
    /// The caller's: the folder was written by a newer version.
    #[error("{}: written by a newer version of this program", .0.display())]
    Newer(PathBuf),
    /// The caller's: no state, or not ours.
    #[error("{}: {why}", .path.display())]
    NotState {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Our own storage is damaged.
    #[error("the state is damaged: {0}")]
    Corrupt(String),
    /// The machine's.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The machine's, or a defect of ours.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}

fn fields_text(fields: &[FieldProblem]) -> String {
    let each: Vec<String> =
        fields.iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect();
    each.join(", ")
}

impl StateError {
    /// One value that cannot be taken.
    pub(crate) fn invalid(field: &str, code: &str) -> Self {
        Self::Invalid(vec![FieldProblem { field: field.to_owned(), code: code.to_owned() }])
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// The state.
#[derive(Clone, Debug)]
pub struct Store {
    file: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the state, makes it where it is not there, and brings it to this version.
    ///
    /// # Errors
    ///
    /// The folder's owner's: a newer version wrote it, or it is no state of ours. Else the machine's.
    pub(crate) async fn open(
        folder: &StateFolder,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StateError> {
        let file = folder.database();
        folder.make_database()?;
        let options = options(&file).journal_mode(SqliteJournalMode::Wal);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        migrate(&writer, &file).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        let store = Self { file, writer, readers, clock };
        store.note_birth().await?;
        Ok(store)
    }

    /// Begins a change. Taking the write lock at once means that what was read inside cannot have
    /// changed before it is written, whichever process writes.
    pub(crate) async fn change(&self) -> Result<Transaction<'static, Sqlite>, StateError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Begins to read: everything inside is of one moment.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, StateError> {
        Ok(self.readers.begin().await?)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Whether the state can be read and a change could begin.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn probe(&self) -> Result<(), StateError> {
        sqlx::query("SELECT 1 FROM setting LIMIT 1").fetch_optional(&self.readers).await?;
        self.change().await?.rollback().await?;
        Ok(())
    }

    /// Writes everything into the main file and closes it.
    pub(crate) async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Notes that the server started or stopped.
    pub(crate) async fn note_server(&self, action: &'static str) -> Result<(), StateError> {
        let mut tx = self.change().await?;
        let act = audit::Act::new(action, "server", "");
        audit::append(&mut tx, self.now(), &By::system(), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The first entry of the audit log, by which this state differs from every other.
    async fn note_birth(&self) -> Result<(), StateError> {
        let mut tx = self.change().await?;
        let entries: i64 =
            sqlx::query_scalar("SELECT n FROM audit_head").fetch_one(&mut *tx).await?;
        if entries == 0 {
            let id = crate::secret::hex(&crate::secret::random::<16>());
            let act = audit::Act::new("state.created", "state", &id);
            audit::append(&mut tx, self.now(), &By::system(), act).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// How every connection is opened.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn migrations() -> Migrator {
    let one = |number, name: &'static str, sql: &'static str| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let all = vec![
        one(1, "first", include_str!("../migrations/0001_first.sql")),
        one(2, "alerts", include_str!("../migrations/0002_alerts.sql")),
        one(3, "cases", include_str!("../migrations/0003_cases.sql")),
        one(4, "advisories", include_str!("../migrations/0004_advisories.sql")),
        one(5, "intake", include_str!("../migrations/0005_intake.sql")),
        one(6, "updates", include_str!("../migrations/0006_updates.sql")),
        one(7, "nodes", include_str!("../migrations/0007_nodes.sql")),
        one(8, "rules", include_str!("../migrations/0008_rules.sql")),
    ];
    Migrator { migrations: all.into(), ..Migrator::DEFAULT }
}

async fn migrate(writer: &SqlitePool, file: &Path) -> Result<(), StateError> {
    use sqlx::migrate::MigrateError;
    migrations().run(writer).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => StateError::Newer(file.to_owned()),
        MigrateError::VersionMismatch(version) => StateError::NotState {
            path: file.to_owned(),
            why: format!("its form {version} differs from the one of this program"),
        },
        MigrateError::Execute(error) => StateError::Database(error),
        other => StateError::NotState { path: file.to_owned(), why: other.to_string() },
    })
}
