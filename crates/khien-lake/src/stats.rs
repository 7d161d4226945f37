//! Statistics of a data file as Delta's log keeps them: how many rows, from when to when.
//!
//! Source: Delta protocol, "Per-file Statistics".

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;

/// Gathers what the log says of one file.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    rows: usize,
    times: Option<(i64, i64)>,
    without_time: usize,
    timed: bool,
}

impl Stats {
    /// Takes the next rows.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        self.rows = self.rows.saturating_add(batch.num_rows());
        let column = batch.column_by_name("time");
        let Some(column) =
            column.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        else {
            return;
        };
        self.timed = true;
        self.without_time = self.without_time.saturating_add(column.null_count());
        if let (Some(first), Some(last)) = (min(column), max(column)) {
            let (known_first, known_last) = self.times.unwrap_or((first, last));
            self.times = Some((known_first.min(first), known_last.max(last)));
        }
    }

    /// How many rows there are.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// The JSON text.
    pub(crate) fn text(&self) -> String {
        let mut stats = serde_json::json!({ "numRecords": self.rows });
        if let Some((first, last)) = self.times {
            // Delta cuts to milliseconds: the lower bound down, the upper one up.
            let up = last.saturating_add(999);
            stats["minValues"] = serde_json::json!({ "time": millis(first) });
            stats["maxValues"] = serde_json::json!({ "time": millis(up) });
        }
        if self.timed {
            stats["nullCount"] = serde_json::json!({ "time": self.without_time });
        }
        stats.to_string()
    }
}

fn millis(micros: i64) -> String {
    let millis = jiff::Timestamp::from_millisecond(micros.div_euclid(1000));
    millis.map(|time| format!("{time:.3}")).unwrap_or_default()
}
