//! The audit log: what is in it, and that whoever alters it is found out.

use std::path::Path;

use khien_server::Admin;
use khien_wire::AuditVerification;
use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::world::{PASSWORD, World};

/// A folder with a state of some twenty entries.
async fn state() -> std::sync::Arc<tempfile::TempDir> {
    let world = World::start().await;
    let mut admin = world.admin().await;
    for n in 0..6 {
        world.person(&mut admin, &format!("p{n}"), "viewer").await;
        world.clock.advance(1000);
    }
    world.stop().await.0
}

/// Writes to the file itself, as somebody who has it can.
async fn tamper(folder: &Path, statements: &[&'static str]) {
    let options = SqliteConnectOptions::new().filename(folder.join("state/khien.db"));
    let mut open = SqliteConnection::connect_with(&options).await.unwrap();
    for sql in ["DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_removed"] {
        sqlx::query(sql).execute(&mut open).await.unwrap();
    }
    for sql in statements {
        let done = sqlx::query(*sql).execute(&mut open).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }
    open.close().await.unwrap();
}

async fn verify(folder: &Path, head: Option<&str>) -> AuditVerification {
    let (folder, head) = (folder.join("state"), head.map(str::to_owned));
    let work = move || {
        let admin = Admin::open(&folder).unwrap();
        let verified = admin.block(async |store| store.verify_audit(head.as_deref()).await);
        admin.close();
        verified.unwrap()
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// What these statements do to the log is found, there and as that.
async fn check(statements: &[&'static str], n: u64, reason: &str) {
    let folder = state().await;
    let before = verify(folder.path(), None).await;
    assert!(before.ok && before.entries > 20, "{before:?}");
    tamper(folder.path(), statements).await;
    let after = verify(folder.path(), None).await;
    let first = after.first_bad.expect("the log was altered");
    assert!(!after.ok);
    assert_eq!((first.n, first.reason.as_str()), (n, reason), "{statements:?}");
    assert_eq!(after.entries, n - 1, "all before it is sound");
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    check(&["UPDATE audit SET actor_name = 'somebody else' WHERE n = 7"], 7, "changed").await;
    check(&["UPDATE audit SET time = time + 1 WHERE n = 9"], 9, "changed").await;
    check(&["UPDATE audit SET detail = '{}' WHERE n = 6"], 6, "changed").await;
    // A character moved from one part to the next leaves the same text in a row.
    let moved = "UPDATE audit SET target_kind = target_kind || substr(target_id, 1, 1), \
                 target_id = substr(target_id, 2) WHERE n = 8 AND target_id <> ''";
    check(&[moved], 8, "changed").await;
}

#[tokio::test]
async fn an_entry_that_was_cut_short_is_found() {
    check(&["UPDATE audit SET detail = substr(detail, 1, 5) WHERE n = 10"], 10, "changed").await;
    check(&["UPDATE audit SET hash = substr(hash, 1, 16) WHERE n = 10"], 10, "changed").await;
    check(&["UPDATE audit SET previous = x'' WHERE n = 10"], 10, "out_of_order").await;
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    check(&["DELETE FROM audit WHERE n = 5"], 5, "missing").await;
    check(&["DELETE FROM audit WHERE n = 1"], 1, "missing").await;
    check(&["DELETE FROM audit WHERE n BETWEEN 5 AND 9"], 5, "missing").await;
    // Numbered anew behind it, so that no number is missing.
    let renumber = [
        "DELETE FROM audit WHERE n = 5",
        "UPDATE audit SET n = -(n - 1) WHERE n > 5",
        "UPDATE audit SET n = -n WHERE n < 0",
    ];
    check(&renumber, 5, "out_of_order").await;
}

#[tokio::test]
async fn reordered_entries_are_found() {
    let swap = [
        "UPDATE audit SET n = -7 WHERE n = 7",
        "UPDATE audit SET n = 7 WHERE n = 8",
        "UPDATE audit SET n = 8 WHERE n = -7",
    ];
    check(&swap, 7, "out_of_order").await;
}

#[tokio::test]
async fn an_entry_that_was_slipped_in_is_found() {
    let folder = state().await;
    let last = verify(folder.path(), None).await.entries;
    let slip = "INSERT INTO audit SELECT n + 1, time, actor_kind, actor_id, actor_name, source, action, \
                target_kind, target_id, detail, hash, hash FROM audit ORDER BY n DESC LIMIT 1";
    tamper(folder.path(), &[slip]).await;
    let first = verify(folder.path(), None).await.first_bad.unwrap();
    assert_eq!((first.n, first.reason.as_str()), (last + 1, "changed"));
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found() {
    let folder = state().await;
    let noted = verify(folder.path(), None).await;
    tamper(folder.path(), &["DELETE FROM audit WHERE n > 15"]).await;
    let after = verify(folder.path(), None).await;
    assert_eq!(after.first_bad.unwrap().reason, "cut_off");
    // Whoever also alters the kept head is found out by the one that was noted elsewhere.
    let set = "UPDATE audit_head SET n = 15, hash = (SELECT hash FROM audit WHERE n = 15)";
    let options = SqliteConnectOptions::new().filename(folder.path().join("state/khien.db"));
    let mut open = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(set).execute(&mut open).await.unwrap();
    open.close().await.unwrap();
    assert!(verify(folder.path(), None).await.ok, "nothing inside the file tells");
    let first = verify(folder.path(), Some(&noted.head)).await.first_bad.unwrap();
    assert_eq!((first.n, first.reason.as_str()), (16, "cut_off"));
}

/// A log that was written anew from some point on is sound in itself; only the noted head tells.
#[tokio::test]
async fn a_log_that_was_written_anew_is_found_by_its_head() {
    let (one, other) = (state().await, state().await);
    let noted = verify(one.path(), None).await.head;
    let of_other = verify(other.path(), Some(&noted)).await;
    assert_eq!(of_other.first_bad.unwrap().reason, "other_head");
    assert!(verify(one.path(), Some(&noted)).await.ok);
    // A head of earlier stays good as the log grows.
    let early = noted.clone();
    let world = World::start_in(
        one.clone(),
        std::sync::Arc::new(khien_server::SetClock::at(1_790_000_900_000)),
        |_| {},
    )
    .await;
    let mut admin = world.browser();
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    let grown = admin.get(&format!("/api/v1/audit/verify?head={early}")).await.expect(200).json();
    assert_eq!(grown["ok"], true, "{grown:#}");
    assert_ne!(grown["head"], early);
}

#[tokio::test]
async fn every_change_says_who_from_where_and_what() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut chi, id) = world.person(&mut admin, "chi", "responder").await;
    let (_, token) = world.machine(&mut admin, &["jobs:read"]).await;
    chi.json("PATCH", "/api/v1/session", json!({ "theme": "dark" })).await.expect(200);
    chi.sign_in("chi", "not the password", "").await.expect(403);
    chi.sign_in("a password typed as name", "x", "").await.expect(403);
    chi.form("/logout", &[]).await.expect(303);
    let account = format!("/api/v1/accounts/{id}");
    admin
        .json("PATCH", &account, json!({ "role": "viewer", "display_name": "Chi 2" }))
        .await
        .expect(200);
    admin.delete(&format!("/api/v1/tokens/{token}")).await.expect(204);
    admin.delete(&account).await.expect(204);
    // What is refused changes nothing and is no entry.
    admin.delete(&account).await.expect(404);
    admin
        .json(
            "POST",
            "/api/v1/accounts",
            json!({ "name": "admin", "display_name": "x", "role": "viewer" }),
        )
        .await
        .expect(409);
    let log = admin.get("/api/v1/audit?sort=time").await.expect(200).json();
    let entries = log["items"].as_array().unwrap();
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry["actor"]["name"].as_str().unwrap(), entry["action"].as_str().unwrap()))
        .filter(|(_, action)| !action.starts_with("job.") && !action.starts_with("server."))
        .collect();
    let expected = [
        ("", "state.created"),
        ("", "account.first_link_made"),
        ("", "account.setup"),
        ("", "session.begun"),
        ("admin", "account.created"),
        ("admin", "account.setup_link_made"),
        ("", "account.setup"),
        ("", "session.begun"),
        ("admin", "token.created"),
        ("chi", "account.own_changed"),
        ("chi", "session.refused"),
        ("chi", "session.refused"),
        ("chi", "session.ended"),
        ("admin", "account.changed"),
        ("admin", "token.revoked"),
        ("admin", "account.removed"),
    ];
    assert_eq!(told, expected);
    let changed = entries.iter().find(|entry| entry["action"] == "account.changed").unwrap();
    assert_eq!(changed["source"], "127.0.0.1");
    assert_eq!(changed["target"], json!({ "kind": "account", "id": id }));
    assert_eq!(changed["detail"]["role_before"], "responder");
    let text = log.to_string();
    assert!(!text.contains("a password typed as name") && !text.contains(PASSWORD));
    let only = admin.get(&format!("/api/v1/audit?target={id}&actor=admin")).await.json();
    assert_eq!(only["total"], 4);
}
