//! `cargo xtask bench hunt [MILLIONS]`: thirteen months in a lake, and a list of a hundred thousand
//! indicators asked of them; beside it other engines on the same tables.

mod office;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use khien_lake::{Compaction, Lake, QueryLimits};

use super::{cpu_seconds, print_line};

/// Indicators of the hunt.
const INDICATORS: u64 = 100_000;
/// Hunts that are timed warm.
const RUNS: usize = 7;

pub(super) fn run(millions: u64) -> Result<()> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = target.join(format!("bench-lake-{millions}"));
    if !folder.join("khien-lake.json").exists() || !folder.join("complete").exists() {
        make(&folder, millions)?;
    }
    let lake = Lake::open(&folder)?;
    sizes(&lake)?;
    drop(lake);
    hunts(&folder)?;
    baseline(&folder)?;
    peers(&folder)
}

fn make(folder: &Path, millions: u64) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let (started, cpu) = (now(), cpu_seconds()?);
    let mut lake = Lake::open_to_write(folder)?;
    let stored = office::fill(&mut lake, millions * 1_000_000, |rows| {
        if rows % 5_000_000 == 0 {
            print_line(&format!("  {} M rows", rows / 1_000_000));
        }
    })?;
    let (stored_s, stored_cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    print_line(&format!(
        "made and stored   {stored} events: {stored_s:.1} s wall, {stored_cpu:.1} CPU-s, {:.0} events/CPU-s",
        stored as f64 / stored_cpu
    ));
    let (started, cpu) = (now(), cpu_seconds()?);
    let done = lake.compact(Compaction::Full)?;
    print_line(&format!(
        "compacted         {} files to {}: {:.1} s wall, {:.1} CPU-s",
        done.files_before,
        done.files_after,
        started.elapsed().as_secs_f64(),
        cpu_seconds()? - cpu
    ));
    lake.sweep(Duration::ZERO)?;
    std::fs::write(folder.join("complete"), stored.to_string())?;
    Ok(())
}

fn sizes(lake: &Lake) -> Result<()> {
    let sizes = lake.sizes()?;
    let events =
        sizes.iter().find(|table| table.table == "events").map_or(1, |table| table.rows.max(1));
    let mut all = 0;
    for table in &sizes {
        all += table.bytes;
        let each = table.bytes as f64 / events as f64;
        print_line(&format!(
            "{:<17} {:>12} rows {:>4} files {:>12} bytes  {each:.2} B/event",
            table.table, table.rows, table.files, table.bytes
        ));
    }
    print_line(&format!(
        "all tables        {:.2} B/event (aim: events 12, all 20)",
        all as f64 / events as f64
    ));
    Ok(())
}

fn hunts(folder: &Path) -> Result<()> {
    let indicators = office::indicators(INDICATORS, 7);
    forget_cached()?;
    let (started, cpu) = (now(), cpu_seconds()?);
    let lake = Lake::open(folder)?;
    let opened = started.elapsed();
    let found = lake.retro_hunt(&indicators)?;
    print_line(&format!(
        "hunt cold         {:.0} ms wall after {:.0} ms to open, {:.0} CPU-ms (aim 500)",
        (started.elapsed() - opened).as_secs_f64() * 1e3,
        opened.as_secs_f64() * 1e3,
        (cpu_seconds()? - cpu) * 1e3
    ));
    let mut walls = Vec::new();
    for _ in 0..RUNS {
        let started = now();
        let again = lake.retro_hunt(&indicators)?;
        walls.push(started.elapsed().as_secs_f64() * 1e3);
        if again.seen != found.seen {
            bail!("two hunts differ");
        }
    }
    walls.sort_by(f64::total_cmp);
    let cpu = cpu_seconds()?;
    for _ in 0..RUNS {
        lake.retro_hunt(&indicators)?;
    }
    let each = (cpu_seconds()? - cpu) / RUNS as f64;
    print_line(&format!(
        "hunt warm         {:.1} ms wall (median of {RUNS}), {:.1} CPU-ms (aim 50); {} indicators",
        walls[RUNS / 2],
        each * 1e3,
        indicators.len()
    ));
    let needles = office::needles();
    let false_hits = found.seen.iter().filter(|seen| {
        indicators.get(seen.indicator).is_none_or(|indicator| !needles.contains(&indicator.kind))
    });
    let false_hits = false_hits.count();
    print_line(&format!(
        "found             {} of {} needle hosts, {false_hits} others",
        found.seen.len() - false_hits,
        office::expected()
    ));
    if found.seen.len() != office::expected() {
        bail!("the hunt is not exact");
    }
    Ok(())
}

/// The baseline of one common product: which names its versions ask for.
fn baseline(folder: &Path) -> Result<()> {
    let lake = Lake::open(folder)?;
    let text = "SELECT app_version, value, count(DISTINCT host) AS hosts FROM behaviour \
                WHERE app = 'Product 3' AND kind = 'domain' GROUP BY app_version, value";
    let mut walls = Vec::new();
    let mut rows = 0;
    for _ in 0..RUNS {
        let started = now();
        rows = lake.query(text, &QueryLimits::default())?.len();
        walls.push(started.elapsed().as_secs_f64() * 1e3);
    }
    walls.sort_by(f64::total_cmp);
    print_line(&format!(
        "baseline          {:.0} ms wall, {rows} rows (aim 100 ms)",
        walls[RUNS / 2]
    ));
    Ok(())
}

/// Other engines on the same tables, where they can be had.
fn peers(folder: &Path) -> Result<()> {
    let list = folder.join("indicators.tsv");
    let text: String = office::indicators(INDICATORS, 7)
        .iter()
        .map(|indicator| format!("{}\t{}\n", indicator.kind.word(), indicator.kind.value()))
        .collect();
    std::fs::write(&list, text)?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/bench/hunt/peers.py");
    let status = run_python(&script, folder)?;
    if !status {
        print_line(
            "peers             skipped: python3 with duckdb, chdb and deltalake is not there",
        );
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench starts its peers")]
fn run_python(script: &Path, folder: &Path) -> Result<bool> {
    let python = std::env::var("KHIEN_PEERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let status = Command::new(python).arg(script).arg(folder).status().context("python3")?;
    Ok(status.success())
}

/// Makes the system forget the files that it has read, where it may.
fn forget_cached() -> Result<()> {
    if std::fs::write("/proc/sys/vm/drop_caches", "3").is_err() {
        print_line("note: not root, so that the cold hunt is warm");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench asks the clock")]
fn now() -> Instant {
    Instant::now()
}
