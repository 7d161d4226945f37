//! The real process: killed without warning, and stopped in order.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::world::PASSWORD;

/// The example that serves; cargo builds it with the tests.
pub(crate) fn program() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples").join(format!("serve{}", std::env::consts::EXE_SUFFIX))
}

pub(crate) struct Process {
    pub(crate) child: Child,
    told: Value,
}

impl Process {
    #[expect(clippy::disallowed_methods, reason = "this test is about the process")]
    pub(crate) fn start(state: &Path) -> Self {
        let mut child = Command::new(program())
            .arg("127.0.0.1:0")
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo test` builds the example; `cargo test --test it` alone does not");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, told: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn browser(&self) -> Client {
        let url = self.told["url"].as_str().unwrap();
        Client::browser(url.strip_prefix("http://").unwrap().parse().unwrap())
    }

    /// Asks it to end, and gives the time that it took.
    #[expect(clippy::disallowed_methods, reason = "a signal needs a program or unsafe code")]
    fn terminate(&mut self) -> Duration {
        let began = tokio::time::Instant::now();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        began.elapsed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn set_up(process: &Process) -> Client {
    let mut admin = process.browser();
    let setup = process.told["setup"].as_str().unwrap();
    let path = setup.get(setup.find("/setup/").unwrap()..).unwrap().to_owned();
    let fields =
        [("name", "admin"), ("display_name", "A"), ("password", PASSWORD), ("again", PASSWORD)];
    admin.form(&path, &fields).await.expect(303);
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    admin
}

/// Killed while clients write: whatever was acknowledged is there, and the audit log is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut session = None;
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut process = Process::start(&state);
        let admin = match session.take() {
            None => set_up(&process).await,
            Some(cookies) => Client { cookies, ..process.browser() },
        };
        let counted = Arc::new(AtomicUsize::new(0));
        let mut writers = Vec::new();
        for writer in 0..4 {
            let (mut client, counted) = (admin.clone(), counted.clone());
            writers.push(tokio::spawn(async move {
                for n in 0..200 {
                    let name = format!("r{round}w{writer}n{n}");
                    let new = json!({ "name": name, "display_name": "P", "role": "viewer" });
                    let answer = client.json("POST", "/api/v1/accounts", new).await;
                    // More than are allowed wait, as clients do.
                    if answer.status.as_u16() == 429 {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        continue;
                    }
                    answer.expect(201);
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        while counted.load(Ordering::SeqCst) < 25 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        process.child.kill().unwrap();
        process.child.wait().unwrap();
        for writer in writers {
            // They fail on the connection that broke.
            let _ = writer.await;
        }
        acknowledged += counted.load(Ordering::SeqCst);
        session = Some(admin.cookies.clone());
    }
    let process = Process::start(&state);
    assert_eq!(process.told["setup"], Value::Null, "the link is for the first start only");
    let mut admin = Client { cookies: session.unwrap(), ..process.browser() };
    let total = admin.get("/api/v1/accounts").await.expect(200).json()["total"].as_u64().unwrap();
    let made = usize::try_from(total).unwrap() - 1;
    // One of each writer's may have been done and not yet answered in each round.
    assert!((acknowledged..=acknowledged + 12).contains(&made), "{made} of {acknowledged}");
    let verified = admin.get("/api/v1/audit/verify").await.expect(200).json();
    assert_eq!(verified["ok"], true, "{verified:#}");
    let created = admin.get("/api/v1/audit?action=account.created").await.json();
    assert_eq!(created["total"], made, "each change is in the log, and no other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_order_ends_streams_and_finishes_requests() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut process = Process::start(&state);
    let mut admin = set_up(&process).await;
    let stream = admin.begin("GET", "/api/v1/live", &[], "".into()).await;
    let mut late = admin.clone();
    let working =
        tokio::spawn(async move { late.sign_in("admin", "wrong password", "").await.status });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let took = process.terminate();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(working.await.unwrap().as_u16(), 403, "what had begun was answered");
    let rest = http_body_util::BodyExt::collect(stream.into_body()).await;
    assert!(rest.is_ok(), "the stream ended in order");
    let left: Vec<String> = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with("-wal"))
        .collect();
    assert!(left.is_empty(), "everything is in the main file");
    let process = Process::start(&state);
    let mut admin = Client { cookies: admin.cookies.clone(), ..process.browser() };
    let log = admin.get("/api/v1/audit?action=server.stopped").await.expect(200).json();
    assert_eq!(log["total"], 1);
}
