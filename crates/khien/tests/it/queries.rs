//! The same questions that `cargo xtask engines` asks of other engines, against rows written down.

use khien_lake::{Lake, QueryLimits};

const QUERIES: &str = include_str!("queries/queries.sql");

/// Name and text of each question.
fn queries() -> Vec<(&'static str, &'static str)> {
    let parts = QUERIES.split("-- name: ").skip(1);
    parts.map(|part| part.split_once('\n').unwrap()).collect()
}

#[test]
fn answers_are_as_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let scenario = khien_sim::SoftphoneScenario { seed: 42, variant: khien_sim::Variant::Incident };
    scenario.write_to(&logs).unwrap();
    let path = folder.path().join("lake");
    let words = ["khien", "ingest", "--quiet", "--no-progress", "--org", "acme", "--lake"];
    let words = words.map(std::ffi::OsString::from);
    let mut words = words.to_vec();
    words.extend([path.clone().into_os_string(), logs.into_os_string()]);
    khien::commands::main(words);
    let lake = Lake::open(&path).unwrap();
    let mut text = String::new();
    for (name, query) in queries() {
        let answer = lake.query(query.trim_end().trim_end_matches(';'), &QueryLimits::default());
        let answer = answer.unwrap();
        assert!(!answer.is_empty(), "{name}");
        text.push_str(&format!("== {name}\n{}\n", answer.columns().join("|")));
        for row in answer.texts().unwrap() {
            let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect();
            text.push_str(&format!("{}\n", cells.join("|")));
        }
    }
    insta::assert_snapshot!(text);
}
