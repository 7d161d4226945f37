//! Backup beside a server at work, and restoring.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_server::{Admin, By, SetClock, StateError, backup_facts, restore};
use serde_json::json;
use tempfile::TempDir;

use crate::world::{PASSWORD, World};

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Backs up beside the server.
pub(crate) async fn back_up(folder: &TempDir, name: &str) -> PathBuf {
    let (state, file) = (folder.path().join("state"), folder.path().join(name));
    let to = file.clone();
    blocking(move || {
        let admin = Admin::open(&state).unwrap();
        let by = By::command_line("the test");
        admin.block(async |store| store.back_up(&by, &to).await).unwrap();
        let again = admin.block(async |store| store.back_up(&by, &to).await);
        assert!(matches!(again, Err(StateError::NotState { .. })), "a backup replaces nothing");
        admin.close();
    })
    .await;
    file
}

pub(crate) async fn restore_in(
    folder: &Path,
    backup: &Path,
) -> Result<Option<PathBuf>, StateError> {
    let (state, backup) = (folder.join("state"), backup.to_owned());
    blocking(move || restore(&state, &backup, &By::command_line("the test"))).await
}

#[tokio::test]
async fn a_backup_beside_a_busy_server_is_one_moment_and_comes_back() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let busy = {
        let mut admin = admin.clone();
        tokio::spawn(async move {
            for n in 0..60 {
                let new = json!({ "name": format!("p{n}"), "display_name": "P", "role": "viewer" });
                admin.json("POST", "/api/v1/accounts", new).await.expect(201);
            }
        })
    };
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let file = back_up(&world.folder, "one.db").await;
    busy.await.unwrap();
    let facts = backup_facts_of(&file).await.unwrap();
    assert!(facts.audit_entries > 3 && facts.accounts >= 1, "{facts:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "passwords' hashes are not for everybody");
    }
    // The server uses the folder: nothing is replaced under it.
    let refused = restore_in(world.folder.path(), &file).await;
    assert!(matches!(refused, Err(StateError::Busy(_))), "{refused:?}");
    let all = admin.get("/api/v1/accounts").await.json()["total"].as_u64().unwrap();
    assert_eq!(all, 61);
    let (folder, clock) = world.stop().await;
    let aside =
        restore_in(folder.path(), &file).await.unwrap().expect("the state that was there is kept");
    assert_eq!(backup_facts_of(&aside).await.unwrap().accounts, 61);
    let world = World::start_in(folder, clock, |_| {}).await;
    assert!(world.started.setup.is_none());
    admin.address = world.started.address;
    admin.get("/api/v1/session").await.expect(401);
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    let now = admin.get("/api/v1/accounts").await.json()["total"].as_u64().unwrap();
    assert_eq!(now, facts.accounts);
    let verified =
        admin.get(&format!("/api/v1/audit/verify?head={}", facts.audit_head)).await.json();
    assert_eq!(verified["ok"], true, "{verified:#}");
    let told = admin.get("/api/v1/audit?action=state.restored").await.json();
    assert!(told["items"][0]["detail"]["replaced_head"].as_str().unwrap().contains(':'));
}

async fn backup_facts_of(file: &Path) -> Result<khien_server::BackupFacts, StateError> {
    let file = file.to_owned();
    blocking(move || backup_facts(&file)).await
}

#[tokio::test]
async fn what_is_no_sound_backup_replaces_nothing() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    // Enough entries that a page in the middle is one of them.
    for n in 0..60 {
        let new = json!({ "name": format!("p{n}"), "display_name": "P", "role": "viewer" });
        admin.json("POST", "/api/v1/accounts", new).await.expect(201);
    }
    let good = back_up(&world.folder, "good.db").await;
    let (folder, _) = world.stop().await;
    let before = backup_facts_of(&folder.path().join("state/khien.db")).await.unwrap();
    let bytes = {
        let mut bytes = Vec::new();
        let mut file = std::fs::File::open(&good).unwrap();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        bytes
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut bent = bytes.clone();
    let at = bent.windows(15).rposition(|window| window == b"account.created").unwrap();
    bent[at] ^= 1;
    let other = folder.path().join("other.db");
    {
        use sqlx::Connection;
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true);
        let mut open = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("CREATE TABLE account (id TEXT)").execute(&mut open).await.unwrap();
        open.close().await.unwrap();
    }
    let newer = write("newer.db", &bytes);
    {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&newer);
        let mut open = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        let sql = "INSERT INTO _sqlx_migrations SELECT 999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1";
        sqlx::query(sql).execute(&mut open).await.unwrap();
        open.close().await.unwrap();
    }
    let bad = [
        write("empty.db", b""),
        write("text.db", b"this is no database at all, whatever its name says"),
        write("half.db", &bytes[..bytes.len() / 2]),
        write("bent.db", &bent),
        other,
        newer,
        folder.path().join("none.db"),
    ];
    for file in bad {
        let refused = restore_in(folder.path(), &file).await;
        assert!(refused.is_err(), "{}", file.display());
        let now = backup_facts_of(&folder.path().join("state/khien.db")).await.unwrap();
        assert_eq!(now, before, "{}", file.display());
    }
    restore_in(folder.path(), &good).await.unwrap();
}

#[tokio::test]
async fn a_backup_makes_a_state_where_there_is_none() {
    let world = World::start().await;
    world.admin().await;
    let file = back_up(&world.folder, "one.db").await;
    let empty = Arc::new(tempfile::tempdir().unwrap());
    assert_eq!(restore_in(empty.path(), &file).await.unwrap(), None);
    let world = World::start_in(empty, Arc::new(SetClock::at(1_790_000_000_000)), |_| {}).await;
    world.browser().sign_in("admin", PASSWORD, "").await.expect(303);
}

#[tokio::test]
async fn one_server_at_a_time() {
    let world = World::start().await;
    let state = world.folder.path().join("state");
    let config = khien_server::Config::new("127.0.0.1:0".parse().unwrap(), state.clone());
    let second = khien_server::Server::start(config).await;
    assert!(matches!(second.err(), Some(khien_server::ServerError::State(StateError::Busy(_)))));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        assert_eq!(mode(&state.join("khien.db")), 0o600);
        assert_eq!(mode(&state.join("khien.db-wal")), 0o600);
    }
}
