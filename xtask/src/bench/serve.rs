//! `serve`: records through HTTP into the lake while browsers look, against the aims for a server on two
//! cores; then faster than it can take them, and every acknowledged record counted.
//!
//! The server, its senders and its browsers share the machine: what is measured is what they reach
//! together.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use khien_lake::{Lake, QueryLimits};
use khien_sim::{FileKind, FleetScenario, Sources};
use serde_json::Value;

use super::print_line;
use crate::programs::{command, khien};

/// The aims.
const RATE: u64 = 50_000;
const P99_MS: f64 = 50.0;
const PEAK_MIB: f64 = 1536.0;
/// Records of one request.
const TOGETHER: usize = 2_000;
/// Requests that are made once, and sent over and over.
const BODIES: usize = 50;
const SENDERS: usize = 4;
/// What may wait for the lake while it is flooded, in MiB.
const FLOOD_SPOOL: &str = "64";
/// Live streams, and how many a token may have.
const STREAMS: usize = 50;
const STREAMS_OF_ONE: usize = 16;
/// How long the lake may take to catch up.
const CATCH_UP: Duration = Duration::from_secs(300);

/// Prints the figures: the aimed rate is held for so many seconds, and as much as goes is sent for a third
/// of that.
pub(super) fn run(seconds: u64) -> Result<()> {
    let (time, flooding) = (Duration::from_secs(seconds), Duration::from_secs(seconds.div_ceil(3)));
    if cfg!(debug_assertions) {
        print_line(
            "note: this is a debug build; use `cargo run --profile quick -p xtask -- bench …`",
        );
    }
    let program = khien()?;
    let bodies = bodies();
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    print_line(&format!(
        "{} records of {} bytes a request, {SENDERS} senders, {STREAMS} live streams",
        TOGETHER,
        bytes / BODIES / TOGETHER
    ));
    let folder = tempfile::tempdir()?;
    let held = hold(&program, &folder.path().join("hold"), &bodies, time)?;
    let rate = held.acknowledged as f64 / held.seconds;
    print_line(&format!(
        "held for {:.0} s: {rate:.0} records/s acknowledged ({:.2} of {RATE}), {} refused, in the lake {:.1} s later",
        held.seconds,
        rate / RATE as f64,
        held.refused,
        held.behind_s
    ));
    print_line(&format!(
        "GET /api/v1/alerts: p50 {:.1} ms, p99 {:.1} ms ({:.2} of {P99_MS}), {} times; {} live messages",
        held.p50_ms,
        held.p99_ms,
        held.p99_ms / P99_MS,
        held.looks,
        held.messages
    ));
    print_line(&format!(
        "memory at most {:.0} MiB ({:.2} of {PEAK_MIB}); processor {:.2} cores",
        held.peak_mib,
        held.peak_mib / PEAK_MIB,
        held.cores
    ));
    let flooded = flood(&program, &folder.path().join("flood"), &bodies, flooding)?;
    print_line(&format!(
        "flooded for {:.0} s: {:.0} records/s acknowledged, {} requests refused with 429, memory at most {:.0} MiB",
        flooded.seconds,
        flooded.acknowledged as f64 / flooded.seconds,
        flooded.refused,
        flooded.peak_mib
    ));
    for (name, of) in [("held", &held), ("flooded", &flooded)] {
        ensure!(
            of.stored == of.acknowledged,
            "{name}: {} records acknowledged, and {} are in the lake",
            of.acknowledged,
            of.stored
        );
    }
    print_line("every acknowledged record is in the lake, once");
    ensure!(flooded.refused > 0, "nothing was refused: the flood was none");
    Ok(())
}

/// What came of a run.
#[derive(Default)]
struct Came {
    acknowledged: u64,
    refused: u64,
    seconds: f64,
    behind_s: f64,
    stored: u64,
    p50_ms: f64,
    p99_ms: f64,
    looks: usize,
    messages: u64,
    peak_mib: f64,
    cores: f64,
}

/// Requests of ordinary Sysmon records of a simulated fleet.
fn bodies() -> Vec<Vec<u8>> {
    let fleet = FleetScenario::new(7, 300, 8);
    let fleet = FleetScenario { sources: Sources::ENDPOINT, ..fleet };
    let (mut bodies, mut lines) = (vec![Vec::new()], 0);
    let _ = fleet.try_records(|record| {
        let is_wanted = !matches!(record.kind, FileKind::OsqueryResults | FileKind::Eslogger);
        if is_wanted && record.line.starts_with('{') {
            if lines == TOGETHER {
                if bodies.len() == BODIES {
                    return Err(());
                }
                bodies.push(Vec::new());
                lines = 0;
            }
            if let Some(body) = bodies.last_mut() {
                body.extend_from_slice(record.line.as_bytes());
                body.push(b'\n');
            }
            lines += 1;
        }
        Ok(())
    });
    bodies
}

/// A server at work.
struct Server {
    child: Child,
    address: String,
    events: String,
    alerts: String,
    live: Vec<String>,
}

impl Server {
    fn start(program: &Path, folder: &Path, more: &[&str]) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (state, lake) = (folder.join("state"), folder.join("lake"));
        let mut child = command(program)
            .args(["serve", "--json", "--quiet", "--listen", "127.0.0.1:0", "--state"])
            .arg(&state)
            .arg("--lake")
            .arg(&lake)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = String::new();
        let out = child.stdout.take().context("its output")?;
        BufReader::new(out).read_line(&mut told)?;
        let told: Value = serde_json::from_str(&told).context("where it listens")?;
        let url = told.get("url").and_then(Value::as_str).context("its address")?;
        let address = url.trim_start_matches("http://").to_owned();
        let token = |scope: &str| -> Result<String> {
            let made = command(program)
                .args(["admin", "token", "add", "bench", "--json", "--scope", scope, "--state"])
                .arg(&state)
                .output()?;
            let made: Value = serde_json::from_slice(&made.stdout).context("a token")?;
            let secret = made.get("secret").and_then(Value::as_str).context("its secret")?;
            Ok(secret.to_owned())
        };
        let live = (0..STREAMS.div_ceil(STREAMS_OF_ONE)).map(|_| token("live:read"));
        let live = live.collect::<Result<_>>()?;
        let (events, alerts) = (token("events:write")?, token("alerts:read")?);
        Ok(Self { child, address, events, alerts, live })
    }

    /// Peak of resident memory in MiB, and seconds of processor so far.
    fn cost(&self) -> Result<(f64, f64)> {
        let id = self.child.id();
        let status = super::read(&format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak =
            peak.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        let stat = super::read(&format!("/proc/{id}/stat"))?;
        let fields = stat.rsplit_once(") ").context("its stat")?.1;
        let ticks: u64 =
            fields.split(' ').skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum();
        Ok((peak.context("its memory")? / 1024.0, ticks as f64 / 100.0))
    }

    /// Ends it in order.
    fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        ensure!(command("kill").args(["-TERM", &id]).status()?.success(), "it is gone already");
        ensure!(self.child.wait()?.success(), "it did not end in order");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// One connection that is kept: just as much of HTTP/1.1 as the bench needs.
struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Connection {
    fn open(address: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let head = format!("Host: {address}\r\nAuthorization: Bearer {token}\r\n");
        Ok(Self { stream: BufReader::new(stream), head })
    }

    /// Sends a request and reads the answer; says its status.
    fn ask(&mut self, line: &str, body: &[u8]) -> Result<u16> {
        let media = if body.is_empty() { "" } else { "Content-Type: application/x-ndjson\r\n" };
        let head = format!(
            "{line} HTTP/1.1\r\n{}{media}Content-Length: {}\r\n\r\n",
            self.head,
            body.len()
        );
        let out = self.stream.get_mut();
        out.write_all(head.as_bytes())?;
        out.write_all(body)?;
        let (status, length) = self.answer()?;
        std::io::copy(&mut (&mut self.stream).take(length), &mut std::io::sink())?;
        Ok(status)
    }

    /// The status of an answer, and the length of its body.
    fn answer(&mut self) -> Result<(u16, u64)> {
        let (mut line, mut status, mut length) = (String::new(), None, 0);
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line)? > 0, "the server closed the connection");
            let text = line.trim_end().to_ascii_lowercase();
            if text.is_empty() {
                return Ok((status.context("a status")?, length));
            }
            if status.is_none() {
                status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
            } else if let Some(value) = text.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Sends until the time is over: `pause` between the beginnings of two requests of one sender. Says how
/// many records were acknowledged, and how many requests refused.
fn send(
    server: &Server,
    bodies: &[Vec<u8>],
    time: Duration,
    pause: Duration,
) -> Result<(u64, u64)> {
    let (acknowledged, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let start = now();
    let sender = |number: usize| -> Result<()> {
        let mut connection = Connection::open(&server.address, &server.events)?;
        let mut due = start + pause.mul_f64(number as f64 / SENDERS as f64);
        for body in bodies.iter().cycle().skip(number * bodies.len() / SENDERS) {
            std::thread::sleep(due.saturating_duration_since(now()));
            if start.elapsed() >= time {
                break;
            }
            match connection.ask("POST /api/v1/events", body)? {
                202 => drop(acknowledged.fetch_add(TOGETHER as u64, Ordering::Relaxed)),
                429 => {
                    refused.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(100));
                }
                status => bail!("records were answered with {status}"),
            }
            // Who is late sends at once, and is not late for ever.
            due = (due + pause).max(now() - pause);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..SENDERS).map(|number| scope.spawn(move || sender(number))).collect();
        senders.into_iter().try_for_each(|sender| {
            sender.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a sender broke")))
        })
    })?;
    Ok((acknowledged.into_inner(), refused.into_inner()))
}

/// Records that the lake has, once it has so many or the time is over; and how long that took.
fn stored(lake: &Path, wanted: u64) -> Result<(u64, f64)> {
    let start = now();
    let sql = "SELECT count(*) AS n FROM events WHERE class NOT IN ('source', 'finding')";
    loop {
        let answer = Lake::open(lake)?.query(sql, &QueryLimits::default())?;
        let count = answer.json()?.first().and_then(|row| row.get("n")?.as_u64()).unwrap_or(0);
        if count >= wanted || start.elapsed() > CATCH_UP {
            return Ok((count, start.elapsed().as_secs_f64()));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn hold(program: &Path, folder: &Path, bodies: &[Vec<u8>], time: Duration) -> Result<Came> {
    let server = Server::start(program, folder, &[])?;
    let over = AtomicBool::new(false);
    let messages = AtomicU64::new(0);
    let mut came = Came::default();
    let (_, before) = server.cost()?;
    let times = std::thread::scope(|scope| -> Result<Vec<f64>> {
        let (over, messages, server) = (&over, &messages, &server);
        for number in 0..STREAMS {
            let token = server.live.get(number / STREAMS_OF_ONE).context("a token")?;
            let connection = Connection::open(&server.address, token)?;
            scope.spawn(move || listen(connection, over, messages));
        }
        let looks = scope.spawn(move || look(server, over));
        let start = now();
        let pause = Duration::from_secs_f64((SENDERS * TOGETHER) as f64 / RATE as f64);
        let sent = send(server, bodies, time, pause);
        came.seconds = start.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        let times = looks.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a look broke")));
        (came.acknowledged, came.refused) = sent?;
        times
    })?;
    (came.stored, came.behind_s) = stored(&folder.join("lake"), came.acknowledged)?;
    let (peak, after) = server.cost()?;
    (came.peak_mib, came.cores) = (peak, (after - before) / (came.seconds + came.behind_s));
    let mut times = times;
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or(0.0);
    (came.p50_ms, came.p99_ms, came.looks) = (at(50), at(99), times.len());
    came.messages = messages.into_inner();
    server.stop()?;
    Ok(came)
}

fn flood(program: &Path, folder: &Path, bodies: &[Vec<u8>], time: Duration) -> Result<Came> {
    let server = Server::start(program, folder, &["--spool-max-mib", FLOOD_SPOOL])?;
    let mut came = Came::default();
    let start = now();
    (came.acknowledged, came.refused) = send(&server, bodies, time, Duration::ZERO)?;
    came.seconds = start.elapsed().as_secs_f64();
    (came.stored, came.behind_s) = stored(&folder.join("lake"), came.acknowledged)?;
    (came.peak_mib, _) = server.cost()?;
    server.stop()?;
    Ok(came)
}

/// Holds a live stream and counts its messages.
fn listen(mut connection: Connection, over: &AtomicBool, messages: &AtomicU64) {
    let head = format!("GET /api/v1/live HTTP/1.1\r\n{}\r\n", connection.head);
    let stream = connection.stream.get_mut();
    let asked = stream.write_all(head.as_bytes());
    let timed = stream.set_read_timeout(Some(Duration::from_millis(500)));
    if asked.is_err() || timed.is_err() {
        return;
    }
    let mut line = String::new();
    while !over.load(Ordering::Relaxed) {
        match connection.stream.read_line(&mut line) {
            Ok(0) => return,
            Ok(_) => {
                messages.fetch_add(u64::from(line.contains("data:")), Ordering::Relaxed);
                line.clear();
            }
            // Nothing came; what came of a line is kept.
            Err(_) => {}
        }
    }
}

/// Looks at the alerts ten times a second; says how long each look took, in milliseconds.
fn look(server: &Server, over: &AtomicBool) -> Result<Vec<f64>> {
    let mut connection = Connection::open(&server.address, &server.alerts)?;
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let start = now();
        let status = connection.ask("GET /api/v1/alerts?limit=50", &[])?;
        ensure!(status == 200, "alerts were answered with {status}");
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(times)
}
