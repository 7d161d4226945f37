//! Hunts over HTTP: reading only, within limits, with a purpose that the audit log keeps.

use serde_json::{Value, json};

use crate::estate;
use crate::world::World;

fn hunt(sql: &str) -> Value {
    json!({ "sql": sql, "purpose": "VN-2026-031" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_and_noted() {
    let (world, mut admin) = estate::start().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let path = "/api/v1/hunts";
    let sql = "SELECT host, count(*) AS n FROM dns GROUP BY host ORDER BY host";
    let answer = analyst.json("POST", path, hunt(sql)).await.expect(200).json();
    let columns = json!([{ "name": "host", "number": false }, { "name": "n", "number": true }]);
    assert_eq!(answer["columns"], columns);
    assert_eq!(answer["rows"], json!([["GD-0077", "1"], ["HUE-POS-3", "1"], ["KT-0412", "1"]]));
    assert_eq!(answer["cut"], false);
    let one = json!({ "sql": sql, "purpose": "p", "rows": 1 });
    let answer = analyst.json("POST", path, one).await.expect(200).json();
    assert_eq!((answer["rows"].as_array().unwrap().len(), &answer["cut"]), (1, &json!(true)));
    // What is no question, or more than one, or changes something.
    for sql in [
        "nonsense",
        "DROP TABLE events",
        "DELETE FROM events",
        "INSERT INTO events SELECT * FROM events",
        "CREATE TABLE x AS SELECT 1",
        "COPY events TO '/tmp/out.parquet'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "EXPLAIN SELECT 1",
        "SELECT * FROM '/etc/passwd'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
    ] {
        let refused = analyst.json("POST", path, hunt(sql)).await.expect(422).json();
        assert_eq!(refused["fields"], json!([{ "field": "sql", "code": "not_a_query" }]), "{sql}");
    }
    for (body, field) in [
        (json!({ "sql": " ", "purpose": "p" }), "sql"),
        (json!({ "sql": "SELECT 1", "purpose": " " }), "purpose"),
        (json!({ "sql": "SELECT 1", "purpose": "p", "rows": 5001 }), "rows"),
    ] {
        let refused = analyst.json("POST", path, body).await.expect(422).json();
        assert_eq!(refused["fields"][0]["field"], field);
    }
    let guide = analyst.get(path).await.expect(200).json();
    assert!(guide["ready"].as_array().unwrap().len() >= 3);
    let tables = guide["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table["name"] == "dns"), "{tables:?}");
    for ready in guide["ready"].as_array().unwrap() {
        let sql = ready["sql"].as_str().unwrap();
        analyst.json("POST", path, hunt(sql)).await.expect(200);
    }
    let entries = admin.get("/api/v1/audit?action=hunt.run&sort=time").await.expect(200).json();
    let first = &entries["items"][0];
    assert_eq!(first["actor"]["name"], "linh");
    assert_eq!(
        (&first["detail"]["purpose"], &first["detail"]["sql"]),
        (&json!("VN-2026-031"), &json!(sql))
    );
    world.stop().await;
}

#[tokio::test]
async fn without_a_lake_there_is_nothing_to_ask() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let refused = admin.json("POST", "/api/v1/hunts", hunt("SELECT 1")).await.expect(503);
    assert_eq!(refused.code(), "no_lake");
    let guide = admin.get("/api/v1/hunts").await.expect(200).json();
    assert_eq!(guide["tables"], json!([]));
    world.stop().await;
}
