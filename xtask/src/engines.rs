//! `cargo xtask engines`: the tables of a lake, read by engines of others, give the same rows.
//!
//! DuckDB and chDB run in a Python of their own; Sail as a cluster of a driver and workers, asked
//! over Spark Connect as Spark would be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use khien_sim::{SoftphoneScenario, Variant};

use crate::programs::{command, khien, python, target};
use crate::say;

/// Asks the engines, and says for each question whether the rows are equal.
const ASK: &str = include_str!("engines/ask.py");
/// The questions; a test of `khien` holds their answers.
const QUERIES: &str = include_str!("../../crates/khien/tests/it/queries/queries.sql");
const LIBRARIES: [&str; 7] = [
    "chdb==4.4.0",
    "deltalake==1.6.6",
    "duckdb==2.0.0",
    "pandas==3.1.1",
    "pyarrow",
    "pysail==0.7.2",
    "pyspark-client==4.1.0",
];

/// Runs the chore.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask engines");
    let folder = target().join("engines");
    fs::create_dir_all(&folder)?;
    let folder = fs::canonicalize(folder)?;
    let python = match std::env::var_os("KHIEN_PEERS_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => {
            say("fetching the engines (1.5 GB unpacked), unless they are there …");
            python(&folder, &LIBRARIES)?
        }
    };
    let lake = lake(&folder)?;
    let questions = folder.join("questions.json");
    let queries = QUERIES.split("-- name: ").skip(1).filter_map(|part| part.split_once('\n'));
    let program = khien()?;
    let mut asked = Vec::new();
    for (name, text) in queries {
        let text = text.trim_end().trim_end_matches(';');
        let out = folder.join("answer.json");
        let _ = fs::remove_file(&out);
        let output = command(&program)
            .args(["hunt", "--quiet", "--json", "--rows", "1000000", "--lake"])
            .arg(&lake)
            .arg("--output")
            .arg(&out)
            .arg(text)
            .output()?;
        ensure!(
            matches!(output.status.code(), Some(0 | 1)),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        #[expect(clippy::disallowed_methods, reason = "a file of our own")]
        let rows: serde_json::Value = serde_json::from_str(&fs::read_to_string(&out)?)?;
        asked.push(serde_json::json!({ "name": name.trim(), "sql": text, "rows": rows }));
    }
    let document = serde_json::json!({ "views": khien_lake::views(), "questions": asked });
    fs::write(&questions, document.to_string())?;
    let status = command(&python).args(["-c", ASK]).arg(&lake).arg(&questions).status()?;
    ensure!(status.success(), "an engine gives other rows");
    Ok(())
}

/// A lake of the sample logs, compacted in part: some files sorted, some as they came.
fn lake(folder: &Path) -> Result<PathBuf> {
    let (logs, lake) = (folder.join("logs"), folder.join("lake"));
    for path in [&logs, &lake] {
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
    }
    SoftphoneScenario { seed: 42, variant: Variant::Incident }.write_to(&logs)?;
    let program = khien()?;
    let status = command(&program)
        .args(["ingest", "--quiet", "--org", "acme", "--batch-rows", "2000", "--lake"])
        .arg(&lake)
        .arg(&logs)
        .status()?;
    // The sample holds a damaged file on purpose, which is exit code 3.
    ensure!(matches!(status.code(), Some(0 | 3)), "ingest ended with {status}");
    Ok(lake)
}
