//! Jobs: to their end, cancelled, failed, and across restarts.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use khien_server::{By, Config, JobContext, JobFailure, JobKind, Server};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::World;

/// Takes steps until it is told to stop, or as many as asked for.
struct Steps {
    kind: &'static str,
    resumable: bool,
}

#[async_trait]
impl JobKind for Steps {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn resumable(&self) -> bool {
        self.resumable
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let steps = context.input()["steps"].as_u64().unwrap();
        match context.input()["end"].as_str() {
            Some("panic") => panic!("a defect in a job"),
            Some(reason) => return Err(JobFailure::Reason(reason.to_owned())),
            None => {}
        }
        for step in 0..steps {
            context.progress(step, Some(steps)).await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(json!({ "steps": steps }))
    }
}

fn kinds(config: &mut Config) {
    config.jobs = vec![
        Arc::new(Steps { kind: "test.again", resumable: true }),
        Arc::new(Steps { kind: "test.once", resumable: false }),
    ];
}

/// Asks for a job, as another process does: by the state alone.
async fn add(folder: &std::path::Path, kind: &'static str, input: Value) -> String {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), folder.join("state"));
    kinds(&mut config);
    let server = Server::start(config).await.unwrap();
    let id = server.add_job(&By::system(), kind, &input).await.unwrap().unwrap();
    server.run(async {}).await.unwrap();
    id
}

async fn wait_for(client: &mut Client, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut job = Value::Null;
    for _ in 0..400 {
        let answer = client.get(&format!("/api/v1/jobs/{id}")).await;
        if answer.status.as_u16() == 200 {
            job = answer.json();
            if wanted(&job) {
                return job;
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{job:#}");
}

/// A world in which these jobs wait from the start.
async fn world_with(jobs: &[(&'static str, Value)]) -> (World, Client, Vec<String>) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut ids = Vec::new();
    for (kind, input) in jobs {
        ids.push(add(folder.path(), kind, input.clone()).await);
    }
    let clock = Arc::new(khien_server::SetClock::at(1_790_000_000_000));
    let world = World::start_in(folder, clock, kinds).await;
    let admin = world.admin().await;
    (world, admin, ids)
}

#[tokio::test]
async fn jobs_end_with_a_result_or_a_reason() {
    let (world, mut admin, ids) = world_with(&[
        ("test.again", json!({ "steps": 3 })),
        ("test.again", json!({ "steps": 3, "end": "no such file" })),
        ("test.again", json!({ "steps": 3, "end": "panic" })),
    ])
    .await;
    let ended = |job: &Value| job["finished"].is_string();
    let done = wait_for(&mut admin, &ids[0], ended).await;
    assert_eq!((&done["state"], &done["result"]), (&json!("done"), &json!({ "steps": 3 })));
    let failed = wait_for(&mut admin, &ids[1], ended).await;
    assert_eq!((&failed["state"], &failed["reason"]), (&json!("failed"), &json!("no such file")));
    let broken = wait_for(&mut admin, &ids[2], ended).await;
    assert_eq!((&broken["state"], &broken["reason"]), (&json!("failed"), &json!("internal")));
    let cancel = format!("/api/v1/jobs/{}/cancel", ids[0]);
    assert_eq!(admin.json("POST", &cancel, json!({})).await.expect(409).code(), "job_ended");
    let failed = admin.get("/api/v1/jobs?state=failed&kind=test.again").await.json();
    assert_eq!(failed["total"], 2);
    let health = admin.get("/api/v1/health").await.json();
    let jobs =
        health["parts"].as_array().unwrap().iter().find(|part| part["id"] == "jobs").unwrap();
    assert_eq!((&jobs["state"], &jobs["code"]), (&json!("degraded"), &json!("failed")));
    world.stop().await;
}

#[tokio::test]
async fn a_job_at_work_is_cancelled_at_its_next_step() {
    let (world, mut admin, ids) =
        world_with(&[("test.again", json!({ "steps": 1_000_000 }))]).await;
    wait_for(&mut admin, &ids[0], |job| job["progress"]["done"].as_u64() > Some(2)).await;
    let cancel = format!("/api/v1/jobs/{}/cancel", ids[0]);
    let (mut viewer, _) = world.person(&mut admin, "chi", "analyst").await;
    viewer.json("POST", &cancel, json!({})).await.expect(403);
    admin.json("POST", &cancel, json!({})).await.expect(200);
    let job = wait_for(&mut admin, &ids[0], |job| job["state"] == "cancelled").await;
    assert!(job["finished"].is_string());
    world.stop().await;
}

#[tokio::test]
async fn a_stop_hands_a_job_on_to_the_next_start() {
    let (world, mut admin, ids) =
        world_with(&[("test.again", json!({ "steps": 1_000_000 }))]).await;
    wait_for(&mut admin, &ids[0], |job| job["progress"]["done"].as_u64() > Some(2)).await;
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, kinds).await;
    admin.address = world.started.address;
    let job = wait_for(&mut admin, &ids[0], |job| job["state"] == "running").await;
    assert_eq!(job["attempts"], 1, "stopping in order is nobody's fault");
    admin.json("POST", &format!("/api/v1/jobs/{}/cancel", ids[0]), json!({})).await.expect(200);
    wait_for(&mut admin, &ids[0], |job| job["state"] == "cancelled").await;
    world.stop().await;
}

/// What a process that was killed leaves: rows that say that their jobs are at work.
#[tokio::test]
async fn after_a_crash_jobs_begin_anew_or_say_why_not() {
    use sqlx::Connection;
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut ids = Vec::new();
    for kind in ["test.again", "test.once", "test.again"] {
        ids.push(add(folder.path(), kind, json!({ "steps": 2 })).await);
    }
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("state/khien.db"));
    let mut open = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("UPDATE job SET state = 'running', finished = NULL, result = NULL, attempts = CASE id WHEN ? THEN 3 ELSE 1 END WHERE kind LIKE 'test.%'")
        .bind(&ids[2])
        .execute(&mut open)
        .await
        .unwrap();
    open.close().await.unwrap();
    let clock = Arc::new(khien_server::SetClock::at(1_790_000_000_000));
    let world = World::start_in(folder, clock, kinds).await;
    let mut admin = world.admin().await;
    let again = wait_for(&mut admin, &ids[0], |job| job["state"] == "done").await;
    assert_eq!(again["attempts"], 2);
    let once = wait_for(&mut admin, &ids[1], |job| job["state"] == "failed").await;
    assert_eq!(once["reason"], "interrupted_by_restart");
    let killer = wait_for(&mut admin, &ids[2], |job| job["state"] == "failed").await;
    assert_eq!(killer["reason"], "interrupted_too_often");
    world.stop().await;
}
