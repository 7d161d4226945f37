//! `khien serve`, and `khien admin` beside it and without it.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::program::{command, json, stderr, stdout};

/// A state folder, and a server on it while it runs.
struct Place {
    folder: tempfile::TempDir,
    server: Option<(Child, Value)>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server: None }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Runs `khien` on this state.
    fn run(&self, arguments: &[&str]) -> std::process::Output {
        command(arguments).env("KHIEN_STATE", self.state()).output().unwrap()
    }

    fn serve(&mut self) -> Value {
        self.serve_with(&[])
    }

    fn serve_with(&mut self, more: &[&str]) -> Value {
        let mut child = command(&["serve", "--json", "--quiet", "--listen", "127.0.0.1:0"])
            .args(more)
            .env("KHIEN_STATE", self.state())
            .env("KHIEN_LAKE", self.folder.path().join("no-lake"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        self.server = Some((child, told.clone()));
        told
    }

    /// Ends it as a service manager does.
    fn stop(&mut self) {
        let (mut child, _) = self.server.take().unwrap();
        #[cfg(unix)]
        {
            let id = i32::try_from(child.id()).unwrap();
            let id = rustix::process::Pid::from_raw(id).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
            assert!(child.wait().unwrap().success());
        }
        #[cfg(not(unix))]
        child.kill().unwrap();
    }

    /// The status line and the rest of a GET.
    fn get(&self, path: &str, token: &str) -> String {
        let url = self.server.as_ref().unwrap().1["url"].as_str().unwrap().to_owned();
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// Sends records; whether they were taken before, or nothing when the server is gone.
/// Posts JSON, and gives the body of the answer.
fn post(url: &str, path: &str, body: &Value) -> Value {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

fn send(url: &str, token: &str, key: &str, body: &str) -> Option<bool> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).ok()?;
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/x-ndjson\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let answer: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1)?).ok()?;
    answer["repeated"].as_bool()
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.server {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn flip(file: &Path, of: &[u8]) {
    let mut bytes = Vec::new();
    let mut open = std::fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
    open.read_to_end(&mut bytes).unwrap();
    let at = bytes.windows(of.len()).position(|window| window == of).unwrap();
    open.seek(SeekFrom::Start(u64::try_from(at).unwrap())).unwrap();
    open.write_all(&[bytes[at] ^ 1]).unwrap();
}

#[test]
fn a_server_is_looked_after_while_it_runs() {
    let mut place = Place::new();
    let none = place.run(&["admin", "account", "list"]);
    assert_eq!(none.status.code(), Some(2), "{}", stderr(&none));
    assert!(stderr(&none).contains("khien serve"), "{}", stderr(&none));
    let told = place.serve();
    assert_eq!(told["schema"], "khien.serve/1");
    assert!(told["setup"].as_str().unwrap().contains("/setup/"));
    let second = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(2), "{}", stderr(&second));
    let made = place.run(&["admin", "account", "add", "chi.tran", "--role", "analyst", "--json"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert_eq!(json(&made)["account"]["state"], "invited");
    let again = place.run(&["admin", "account", "add", "chi.tran", "--role", "analyst"]);
    assert_eq!(again.status.code(), Some(2));
    let bad = place.run(&["admin", "account", "add", "Chi Tran", "--role", "analyst"]);
    assert_eq!(bad.status.code(), Some(2));
    let role = place.run(&["admin", "account", "add", "x", "--role", "root"]);
    assert!(stderr(&role).contains("approver"), "{}", stderr(&role));
    let reset = place.run(&["admin", "account", "reset", "chi.tran"]);
    assert!(stdout(&reset).contains("/setup/"), "{}", stdout(&reset));
    place.run(&["admin", "account", "disable", "chi.tran"]);
    let list = stdout(&place.run(&["admin", "account", "list", "--lang", "vi"]));
    assert!(list.contains("chi.tran") && list.contains("đã đóng"), "{list}");
    let token = place.run(&["admin", "token", "add", "prometheus", "--scope", "metrics:read"]);
    let secret = stdout(&token).lines().last().unwrap().to_owned();
    assert!(place.get("/metrics", &secret).starts_with("HTTP/1.1 200"));
    assert!(place.get("/api/v1/audit", &secret).starts_with("HTTP/1.1 403"));
    let health =
        json(&place.run(&["admin", "token", "add", "h", "--scope", "health:read", "--json"]));
    let health = place.get("/api/v1/health", health["secret"].as_str().unwrap());
    let health: Value = serde_json::from_str(health.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let part = |health: &Value, id: &str| {
        let part = health["parts"].as_array().unwrap().iter().find(|part| part["id"] == id);
        part.map(|part| (part["state"].clone(), part["code"].clone()))
    };
    // The lake is made for what will come.
    assert_eq!(part(&health, "lake"), Some(("ok".into(), "works".into())));
    assert_eq!(part(&health, "intake"), Some(("ok".into(), "works".into())));
    let tokens = json(&place.run(&["admin", "token", "list", "--json"]));
    let id = tokens["items"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["admin", "token", "revoke", &id]).status.code(), Some(0));
    assert!(place.get("/metrics", &secret).starts_with("HTTP/1.1 401"));
    place.stop();
    // A server that takes no records leaves the lake to others, and says when there is none.
    std::fs::remove_dir_all(place.folder.path().join("no-lake")).unwrap();
    let token =
        json(&place.run(&["admin", "token", "add", "h2", "--scope", "health:read", "--json"]));
    place.serve_with(&["--no-intake"]);
    let health = place.get("/api/v1/health", token["secret"].as_str().unwrap());
    let health: Value = serde_json::from_str(health.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(part(&health, "lake"), Some(("unknown".into(), "missing".into())));
    assert_eq!(part(&health, "intake"), None);
    place.stop();
}

#[test]
fn backups_come_back_and_an_altered_log_is_found() {
    let mut place = Place::new();
    place.serve();
    place.run(&["admin", "account", "add", "chi", "--role", "viewer"]);
    let backup = place.folder.path().join("backup.db").display().to_string();
    let made = place.run(&["admin", "backup", &backup]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert_eq!(place.run(&["admin", "backup", &backup]).status.code(), Some(2));
    let plan = place.run(&["admin", "restore", &backup]);
    assert!(stdout(&plan).contains("--apply"), "{}", stdout(&plan));
    let busy = place.run(&["admin", "restore", &backup, "--apply"]);
    assert_eq!(busy.status.code(), Some(2), "{}", stderr(&busy));
    place.run(&["admin", "account", "add", "an", "--role", "viewer"]);
    place.stop();
    let head = stdout(&place.run(&["admin", "audit", "head"])).trim().to_owned();
    let whole = place.run(&["admin", "audit", "verify", "--head", &head]);
    assert_eq!(whole.status.code(), Some(0), "{}", stdout(&whole));
    assert_eq!(place.run(&["admin", "audit", "verify", "--head", "7"]).status.code(), Some(2));
    let restored = place.run(&["admin", "restore", &backup, "--apply", "--json"]);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert!(json(&restored)["replaced"].as_str().unwrap().contains("before"));
    let accounts = json(&place.run(&["admin", "account", "list", "--json"]));
    assert_eq!(accounts["items"].as_array().unwrap().len(), 1);
    // The restored log is sound in itself, and ends before the entry whose head was noted.
    assert_eq!(place.run(&["admin", "audit", "verify"]).status.code(), Some(0));
    let other = place.run(&["admin", "audit", "verify", "--head", &head, "--json"]);
    assert_eq!(other.status.code(), Some(6));
    assert_eq!(json(&other)["first_bad"]["reason"], "cut_off");
    flip(&place.state().join("khien.db"), b"account.setup_link_made");
    let broken = place.run(&["admin", "audit", "verify"]);
    assert_eq!(broken.status.code(), Some(6), "{}", stderr(&broken));
    assert!(stdout(&broken).contains("BROKEN at entry"), "{}", stdout(&broken));
    assert_eq!(place.run(&["admin", "audit", "head"]).status.code(), Some(6));
    let bent = place.folder.path().join("bent.db").display().to_string();
    let refused = place.run(&["admin", "backup", &bent]);
    assert_ne!(refused.status.code(), Some(0), "a broken log is not backed up as if it were sound");
    assert!(!Path::new(&bent).exists());
}

#[test]
fn what_cannot_be_served_is_said_with_its_place() {
    let place = Place::new();
    let half = place.run(&["serve", "--tls-certificate", "/none/c.pem"]);
    assert_eq!(half.status.code(), Some(2));
    let none =
        place.run(&["serve", "--tls-certificate", "/none/c.pem", "--tls-key", "/none/k.pem"]);
    assert!(stderr(&none).contains("/none/c.pem"), "{}", stderr(&none));
    let config = place.folder.path().join("serve.toml");
    std::fs::write(&config, "lisen = \"127.0.0.1:0\"\n").unwrap();
    let unknown = place.run(&["serve", "--config", &config.display().to_string()]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("lisen"), "{}", stderr(&unknown));
    let text = place.folder.path().join("text.db");
    std::fs::write(&text, "no backup").unwrap();
    let refused = place.run(&["admin", "restore", &text.display().to_string(), "--apply"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}

/// Hosts with osquery, by the commands beside a running server.
#[test]
fn hosts_that_enrolled_are_listed_and_revoked() {
    let mut place = Place::new();
    let url = place.serve()["url"].as_str().unwrap().to_owned();
    let token =
        json(&place.run(&["admin", "token", "add", "fleet", "--scope", "nodes:enroll", "--json"]));
    let request = serde_json::json!({
        "enroll_secret": token["secret"], "host_identifier": "id-1",
        "host_details": { "system_info": { "hostname": "web-1\u{202e}" } },
    });
    let key = post(&url, "/osquery/enroll", &request)["node_key"].as_str().unwrap().to_owned();
    let nodes = json(&place.run(&["admin", "node", "list", "--json"]));
    assert_eq!(nodes["items"][0]["host_identifier"], "id-1");
    let shown = place.run(&["admin", "node", "list"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("web-1") && !text.contains('\u{202e}'), "{text}");
    let id = nodes["items"][0]["id"].as_str().unwrap();
    assert_eq!(place.run(&["admin", "node", "revoke", id]).status.code(), Some(0));
    let config = post(&url, "/osquery/config", &serde_json::json!({ "node_key": key }));
    assert_eq!(config["node_invalid"], true);
    assert_eq!(place.run(&["admin", "node", "readmit", id]).status.code(), Some(0));
    assert_eq!(place.run(&["admin", "node", "revoke", "nobody"]).status.code(), Some(2));
    place.stop();
}

/// Killed in the middle of whatever it does, again and again: what was acknowledged is stored, and once.
#[test]
fn records_that_were_acknowledged_survive_kills_and_are_stored_once() {
    let mut place = Place::new();
    place.serve();
    let token =
        place.run(&["admin", "token", "add", "shipper", "--scope", "events:write", "--json"]);
    let token = json(&token)["secret"].as_str().unwrap().to_owned();
    place.stop();
    let body = |parcel: u32| {
        let line = |number: u32| {
            let name = format!("n{parcel}-{number}.example.org");
            serde_json::json!({
                "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "PC-1",
                "UtcTime": "2026-11-23 06:00:00.000", "ProcessId": parcel, "Image": "C:\\x\\y.exe",
                "QueryName": name,
            })
            .to_string()
        };
        (0..100).map(line).collect::<Vec<_>>().join("\n")
    };
    let mut parcel = 0;
    for round in 0..3_u32 {
        let url = place.serve()["url"].as_str().unwrap().to_owned();
        // Not before the first of them has reached the lake.
        let until = parcel + 40 + round * 20;
        while parcel < until {
            parcel += 1;
            let taken = send(&url, &token, &format!("k{parcel}"), &body(parcel));
            assert_eq!(taken, Some(false));
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        let (mut child, _) = place.server.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // Its sender heard nothing, and sends again.
        let url = place.serve()["url"].as_str().unwrap().to_owned();
        assert_eq!(send(&url, &token, &format!("k{parcel}"), &body(parcel)), Some(true));
        place.stop();
    }
    place.serve();
    let count = || {
        let sql = "SELECT count(*) AS n, count(DISTINCT domain) AS d FROM dns";
        let lake = place.folder.path().join("no-lake").display().to_string();
        json(&place.run(&["hunt", sql, "--lake", &lake, "--json"]))[0].clone()
    };
    let wanted = u64::from(parcel) * 100;
    for _ in 0..600 {
        if count()["d"].as_u64() >= Some(wanted) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!((count()["n"].as_u64(), count()["d"].as_u64()), (Some(wanted), Some(wanted)));
    place.stop();
}

/// A question that makes gigabytes out of a line ends the process that answers it, and no other.
#[test]
fn a_question_cannot_take_the_server_down() {
    let mut place = Place::new();
    place.serve();
    let scopes = ["admin", "token", "add", "hunter", "--scope", "hunt:run", "--json"];
    let token = json(&place.run(&scopes))["secret"].as_str().unwrap().to_owned();
    let url = place.server.as_ref().unwrap().1["url"].as_str().unwrap().to_owned();
    let ask = |sql: &str| {
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        let body = serde_json::json!({ "sql": sql, "purpose": "a test" }).to_string();
        let length = body.len();
        write!(
            stream,
            "POST /api/v1/hunts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str::<Value>(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
    };
    assert_eq!(ask("SELECT 1 AS one")["rows"], serde_json::json!([["1"]]));
    for sql in [
        "SELECT repeat('x', 2000000000) AS a, repeat('y', 2000000000) AS b",
        "WITH a AS (SELECT repeat('x', 100000000) AS t), b AS (SELECT t || t || t || t AS t FROM a) \
         SELECT t || t || t || t FROM b",
    ] {
        let refused = ask(sql);
        assert_eq!(refused["fields"][0]["code"], "too_much", "{sql}: {refused}");
    }
    assert_eq!(ask("SELEC")["fields"][0]["code"], "not_a_query");
    assert_eq!(ask("SELECT 2 AS two")["rows"], serde_json::json!([["2"]]));
    #[cfg(target_os = "linux")]
    {
        let id = place.server.as_ref().unwrap().0.id();
        let status = std::fs::File::open(format!("/proc/{id}/status")).unwrap();
        let status = std::io::read_to_string(status).unwrap();
        let most = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        let kib: u64 = most.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(kib < 1 << 20, "{most}");
    }
    place.stop();
}
