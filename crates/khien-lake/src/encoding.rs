//! How data files are encoded. Measured: `docs/hunting.md`, "What it costs".

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::columns::{COLUMNS, Column, ColumnKind};
use crate::rollup::RollupSpec;

/// Rows of a page: what is read at least for one row of an index.
pub(crate) const PAGE_ROWS: usize = 4096;

/// What compaction writes into one file, roughly, in bytes: it is encoded in memory.
pub(crate) const FILE_BYTES: usize = 128 << 20;

/// Levels of zstd: for what is soon written again, and for what stays.
const FAST: i32 = 1;
const DENSE: i32 = 3;

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

fn common() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(zstd(DENSE))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_created_by(concat!("khien ", env!("CARGO_PKG_VERSION")).to_owned())
}

/// Without minimum and maximum of texts that nobody asks for by range: comparing each with the least and
/// the greatest so far costs more than all else that is done with it.
fn without_bounds(mut builder: WriterPropertiesBuilder, but: &[&str]) -> WriterPropertiesBuilder {
    let is_text = |column: &&Column| matches!(column.kind, ColumnKind::Text | ColumnKind::Word);
    for column in COLUMNS.iter().filter(is_text).filter(|column| !but.contains(&column.name)) {
        builder = builder
            .set_column_statistics_enabled(ColumnPath::from(column.name), EnabledStatistics::None);
    }
    builder
}

fn delta(builder: WriterPropertiesBuilder, column: &str) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column);
    builder
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
}

/// What files of fresh events are chosen by. Their rows are in no order of texts, so every other text has
/// about the same bounds in each of them.
const CHOSEN_BY: [&str; 3] = ["class", "host", "org"];

/// Fresh events, in the order in which they came: written once, soon written again.
pub(crate) fn fresh_events() -> WriterProperties {
    let builder = without_bounds(delta(delta(common(), "time"), "record"), &CHOSEN_BY);
    builder
        .set_compression(zstd(FAST))
        .set_column_dictionary_enabled(ColumnPath::from("fields"), false)
        .build()
}

/// Sorted events: blooms for what single questions ask for.
pub(crate) fn sorted_events() -> WriterProperties {
    let mut builder = delta(delta(common(), "time"), "record");
    for column in ["sha256", "domain", "dst_ip"] {
        let path = ColumnPath::from(column);
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path, 0.01);
    }
    builder
        .set_column_dictionary_enabled(ColumnPath::from("fields"), false)
        .set_max_row_group_row_count(Some(1 << 20))
        .build()
}

/// A roll-up, sorted by its keys: small pages, because a hunt reads a few rows of many places.
pub(crate) fn rollup(spec: &RollupSpec) -> WriterProperties {
    let mut builder = common()
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_max_row_group_row_count(Some(1 << 20));
    // Hours repeat: their dictionary is small, and a time takes the bits of its number there.
    let times: &[&str] = if spec.hourly { &[] } else { &["first", "last"] };
    for column in times.iter().chain(&["count"]) {
        builder = delta(builder, column);
    }
    if spec.keys.contains(&"value") {
        // Sorted values share their beginnings.
        let path = ColumnPath::from("value");
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BYTE_ARRAY);
    }
    builder.build()
}
