//! Backup while the server works, and restoring with a check before anything is replaced.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_wire::Time;
use sqlx::sqlite::{SqliteConnection, SqliteJournalMode};
use sqlx::{Connection, Row};

use super::audit::{self, Act, By};
use super::folder::StateFolder;
use super::{StateError, Store, migrations, options};
use crate::clock::Clock;

/// What a state file holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BackupFacts {
    /// Accounts.
    pub accounts: u64,
    /// Entries of the audit log, which was verified.
    pub audit_entries: u64,
    /// The head of the audit log, `N:HASH`.
    pub audit_head: String,
    /// When the last entry was written.
    pub last: Time,
    /// Size of the file.
    pub bytes: u64,
}

impl Store {
    /// Writes a copy of the state, of one moment, to a file that is not there yet; checks the copy and
    /// has it on disk before it gets its name.
    ///
    /// # Errors
    ///
    /// The caller's where the file is there already, else the machine's.
    pub async fn back_up(&self, by: &By, file: &Path) -> Result<BackupFacts, StateError> {
        if file.exists() {
            let why = "the file is there already; a backup replaces nothing".to_owned();
            return Err(StateError::NotState { path: file.to_owned(), why });
        }
        let mut tx = self.change().await?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let act = Act::new("state.backed_up", "state", "").with("file", name);
        audit::append(&mut tx, self.now(), by, act).await?;
        tx.commit().await?;
        let partial = beside(file, "partial");
        remove_if_there(&partial)?;
        // The file is made first, so that nobody else can read it.
        super::folder::private()
            .append(true)
            .create_new(true)
            .open(&partial)
            .map_err(StateError::io(&partial))?;
        let path = partial.to_str().ok_or_else(|| StateError::NotState {
            path: file.to_owned(),
            why: "a path in UTF-8 is needed".to_owned(),
        })?;
        // A connection of its own: a large copy keeps nobody waiting, and reads one moment.
        let copied = copy_into(&self.file, path).await;
        let checked = match copied {
            Ok(()) => facts_of(&partial).await,
            Err(error) => Err(error),
        };
        let facts = match checked {
            Ok(facts) => facts,
            Err(error) => {
                remove_if_there(&partial)?;
                return Err(error);
            }
        };
        sync(&partial)?;
        std::fs::rename(&partial, file).map_err(StateError::io(file))?;
        sync_folder(file)?;
        Ok(facts)
    }
}

async fn copy_into(database: &Path, path: &str) -> Result<(), StateError> {
    let mut open = SqliteConnection::connect_with(&options(database)).await?;
    sqlx::query("VACUUM INTO ?").bind(path).execute(&mut open).await?;
    open.close().await?;
    Ok(())
}

/// What a backup holds, after checking all of it: the file's structure, references, its form, and the
/// chain of the audit log.
///
/// # Errors
///
/// The caller's where it is no backup of ours, is damaged or from a newer version; else the machine's.
pub(crate) async fn facts_of(file: &Path) -> Result<BackupFacts, StateError> {
    let bad = |why: &str| StateError::NotState { path: file.to_owned(), why: why.to_owned() };
    let bytes = std::fs::metadata(file).map_err(StateError::io(file))?.len();
    let not_ours = |_| bad("not a backup of this program, or damaged");
    let mut open =
        SqliteConnection::connect_with(&options(file).read_only(true)).await.map_err(not_ours)?;
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut open)
        .await
        .map_err(not_ours)?;
    if sound != "ok" {
        return Err(bad(&format!("damaged: {sound}")));
    }
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut open).await?;
    if dangling.is_some() {
        return Err(bad("damaged: a reference leads nowhere"));
    }
    let forms: Vec<(i64, bool, Vec<u8>)> =
        sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut open)
            .await
            .map_err(not_ours)?;
    let known = migrations();
    for (version, success, checksum) in forms {
        match known.iter().find(|migration| migration.version == version) {
            None => return Err(StateError::Newer(file.to_owned())),
            Some(migration) if !success || *migration.checksum != *checksum => {
                return Err(bad("not in a form of this program"));
            }
            Some(_) => {}
        }
    }
    let verification = audit::verify(&mut open, None).await?;
    if let Some(first) = verification.first_bad {
        return Err(bad(&format!(
            "the audit log is broken at entry {}: {}",
            first.n, first.reason
        )));
    }
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM account), (SELECT time FROM audit ORDER BY n DESC LIMIT 1)",
    )
    .fetch_one(&mut open)
    .await?;
    let last: Option<i64> = row.try_get(1)?;
    let facts = BackupFacts {
        accounts: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(),
        audit_entries: verification.entries,
        audit_head: verification.head,
        last: Time::from_ms(last.unwrap_or_default()),
        bytes,
    };
    open.close().await?;
    Ok(facts)
}

/// Replaces the state by a backup, which [`facts_of`] has to find sound. The state that was there
/// stays beside it under another name, which is given back. Sessions and setup links of the backup do
/// not count any more: they may have been ended since.
///
/// # Errors
///
/// The caller's where a server or command uses the folder, or the backup is not sound; else the machine's.
pub(crate) async fn restore(
    folder: &StateFolder,
    backup: &Path,
    by: &By,
    clock: Arc<dyn Clock>,
) -> Result<Option<PathBuf>, StateError> {
    facts_of(backup).await?;
    let database = folder.database();
    let fresh = folder.path().join("khien.db.restoring");
    remove_if_there(&fresh)?;
    remove_if_there(&folder.path().join("khien.db.restoring-journal"))?;
    copy(backup, &fresh)?;
    let replaced = settle(&database).await?;
    make_ready(&fresh, by, clock.now_ms(), replaced.as_deref()).await?;
    let aside = replaced.map(|_| folder.path().join(format!("khien.db.before-{}", clock.now_ms())));
    if let Some(aside) = &aside {
        // A second name and then one rename: at no moment is there no state.
        std::fs::hard_link(&database, aside).map_err(StateError::io(&database))?;
    }
    std::fs::rename(&fresh, &database).map_err(StateError::io(&database))?;
    sync_folder(&database)?;
    Ok(aside)
}

/// Writes what is in the write-ahead log of the present state into its main file, so that no log stays
/// behind that would be taken for one of the restored state. Gives the head of its audit log.
async fn settle(database: &Path) -> Result<Option<String>, StateError> {
    if !database.exists() {
        return Ok(None);
    }
    let mut head = String::new();
    // A state that is too damaged to be opened is what restoring is for.
    if let Ok(mut open) = SqliteConnection::connect_with(&options(database)).await {
        let last = sqlx::query("SELECT n, lower(hex(hash)) FROM audit_head").fetch_one(&mut open);
        if let Ok(row) = last.await {
            head = format!("{}:{}", row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?);
        }
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut open).await;
        let _ = open.close().await;
    }
    for kind in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(kind);
        let file = PathBuf::from(name);
        if file.exists() {
            let mut aside = file.clone().into_os_string();
            aside.push(".before");
            std::fs::rename(&file, PathBuf::from(aside)).map_err(StateError::io(&file))?;
        }
    }
    Ok(Some(head))
}

async fn make_ready(
    fresh: &Path,
    by: &By,
    now: i64,
    replaced: Option<&str>,
) -> Result<(), StateError> {
    let options = options(fresh).journal_mode(SqliteJournalMode::Delete);
    let mut open = SqliteConnection::connect_with(&options).await?;
    let mut tx = open.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("DELETE FROM session").execute(&mut *tx).await?;
    sqlx::query("DELETE FROM setup_link").execute(&mut *tx).await?;
    let act = Act::new("state.restored", "state", "").with("replaced_head", replaced.unwrap_or(""));
    audit::append(&mut tx, now, by, act).await?;
    tx.commit().await?;
    open.close().await?;
    sync(fresh)
}

fn copy(from: &Path, to: &Path) -> Result<(), StateError> {
    let mut source = std::fs::File::open(from).map_err(StateError::io(from))?;
    let mut target = super::folder::private()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(StateError::io(to))?;
    std::io::copy(&mut source, &mut target).map_err(StateError::io(to))?;
    target.sync_all().map_err(StateError::io(to))
}

/// `file` with another ending behind its name.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn remove_if_there(file: &Path) -> Result<(), StateError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StateError::Io { path: file.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

fn sync(file: &Path) -> Result<(), StateError> {
    let open = std::fs::File::open(file).map_err(StateError::io(file))?;
    open.sync_all().map_err(StateError::io(file))
}

fn sync_folder(file: &Path) -> Result<(), StateError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or_else(|| Path::new(".")))
}
