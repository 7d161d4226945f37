//! `docs/tables.md` is written from the code. To write it anew: `KHIEN_WRITE_DOCS=1 cargo test -p khien tables`.

use std::fmt::Write as _;
use std::path::PathBuf;

use khien_lake::columns::{CLASSES, COLUMNS, Column, ColumnKind, class_word};
use khien_lake::rollup::ROLLUPS;

fn type_word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Time => "timestamp, UTC, µs",
        ColumnKind::Word | ColumnKind::Text => "text",
        ColumnKind::Number => "64-bit integer",
    }
}

fn classes(column: &Column) -> String {
    if column.classes.is_empty() {
        return "all".to_owned();
    }
    let words: Vec<String> =
        column.classes.iter().map(|class| format!("`{}`", class_word(*class))).collect();
    words.join(", ")
}

fn page() -> String {
    let mut page = String::from(
        "# Tables of the lake\n\n<!-- Written from the code by a test of `khien`; do not edit. -->\n\n\
         A lake is a folder of Delta Lake tables, which any engine that knows Delta can read. Times are in UTC. Text that is not there is null.\n\n\
         ## `events`\n\nEverything that happened, a row each; partitioned by `month` (`2026-03`; null where a row has no time).\n\n\
         | Column | Type | In the views | What it is |\n| --- | --- | --- | --- |\n",
    );
    for column in COLUMNS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            column.name,
            type_word(column.kind),
            classes(column),
            column.meaning
        );
    }
    page += "\n## Views\n\nEach is `events` of one class, with the columns that say something about it; `khien hunt` has them, and other engines take their\ndefinitions as they stand.\n\n";
    let views: Vec<String> =
        CLASSES.iter().map(|class| format!("`{}`", class_word(*class))).collect();
    let _ = writeln!(page, "{}. Two more are about the reading itself:\n", views.join(", "));
    page += "- `sources`: how far each log was read. `title` is its name, `record` the rows stored of it, `fields` what it is known by ([ingest](ingest.md)).\n";
    page += "- `dead_letters`: what could not be read. `title` is the reason, `fields` has file, offset and the reader's words.\n";
    page += "\nThe definitions:\n\n```sql\n";
    for (_, definition) in khien_lake::views() {
        let _ = writeln!(page, "{definition};");
    }
    page += "```\n\n## Derived tables\n\nMade from `events` and made again from it when they are lost. Rows with the same key in several files are to be merged: the least `first`, the\ngreatest `last`, the sum of `count`.\n";
    for spec in ROLLUPS {
        let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = write!(
            page,
            "\n### `{}`\n\n{}\n\nKey: {}. Then `first` and `last` (timestamps, null where no row had one) and `count`.\n",
            spec.table,
            spec.meaning,
            keys.join(", ")
        );
    }
    page
}

#[test]
fn the_page_about_tables_is_as_the_code_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables.md");
    if std::env::var_os("KHIEN_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = khien_model::limits::read_small_file(&path, 1 << 20).unwrap_or_default();
    assert!(
        found == page(),
        "docs/tables.md is stale; write it anew: KHIEN_WRITE_DOCS=1 cargo test -p khien tables"
    );
}
