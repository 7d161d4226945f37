//! SQL over the lake, within limits, reading only.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;

use crate::answer::Answer;
use crate::columns::{CLASSES, COLUMNS, DEAD_CLASS, SOURCE_CLASS, class_word};
use crate::error::LakeError;
use crate::lake::Lake;
use crate::rollup::ROLLUPS;
use crate::scan::{TableScan, store_url};

/// What a query may take.
#[derive(Clone, Copy, Debug)]
pub struct QueryLimits {
    /// Wall time.
    pub time: Duration,
    /// Memory of sorts, joins and groups, in bytes; beyond it they go to disk where they can.
    pub memory_bytes: usize,
    /// Rows given back; further ones are not computed.
    pub rows: usize,
}

/// Bound of the engine: its numbers of rows are signed.
const ROWS_MAX: usize = usize::MAX >> 1;

impl Default for QueryLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(60), memory_bytes: 512 << 20, rows: 10_000 }
    }
}

impl Lake {
    /// Runs one `SELECT`.
    ///
    /// # Errors
    ///
    /// [`LakeError::Query`]: the text is no query, or changes something. [`LakeError::Limit`]: it
    /// took too long or too much memory.
    pub fn query(&self, sql: &str, limits: &QueryLimits) -> Result<Answer, LakeError> {
        if sql.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("explain")) {
            return Err(LakeError::Query(
                "EXPLAIN is not answered here; ask the query itself".to_owned(),
            ));
        }
        let context = self.context(limits)?;
        // On a thread of its own: some work of the engine does not look up until it is done, and
        // whoever asked is answered in time all the same.
        let task = self.runtime.spawn(answer(context, sql.to_owned(), *limits));
        let abort = task.abort_handle();
        self.wait(async {
            match tokio::time::timeout(limits.time, task).await {
                Ok(answered) => answered.unwrap_or_else(|error| Err(LakeError::internal(error))),
                Err(_) => {
                    abort.abort();
                    Err(LakeError::Limit(format!("{} s", limits.time.as_secs())))
                }
            }
        })
    }

    /// A session with all tables.
    pub(crate) fn context(&self, limits: &QueryLimits) -> Result<SessionContext, LakeError> {
        let pool = FairSpillPool::new(limits.memory_bytes);
        let consumers = std::num::NonZeroUsize::MIN;
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, consumers)))
            .build_arc()
            .map_err(LakeError::internal)?;
        let config = SessionConfig::new()
            .with_information_schema(true)
            .with_target_partitions(
                std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            )
            .set_bool("datafusion.sql_parser.enable_ident_normalization", true)
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            .set_bool("datafusion.execution.parquet.schema_force_view_types", false);
        let context = SessionContext::new_with_config_rt(config, environment);
        let tables = std::iter::once((&self.events, &[] as &[&str]));
        let rollups = self.rollups.iter().zip(ROLLUPS).map(|(table, spec)| (table, spec.keys));
        for (table, sorted_by) in tables.chain(rollups) {
            context.register_object_store(store_url(table.name).as_ref(), table.store());
            let scan = TableScan::of(table, sorted_by)?;
            context.register_table(table.name, Arc::new(scan)).map_err(LakeError::internal)?;
        }
        Ok(context)
    }
}

async fn answer(
    context: SessionContext,
    sql: String,
    limits: QueryLimits,
) -> Result<Answer, LakeError> {
    let wrong = |error: DataFusionError| wrong(&error, &limits);
    define_views(&context).await?;
    let only_reading =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(&sql, only_reading).await.map_err(wrong)?;
    let rows = limits.rows.saturating_add(1).min(ROWS_MAX);
    let frame = frame.limit(0, Some(rows)).map_err(wrong)?;
    let schema = SchemaRef::from(frame.schema().clone());
    let mut stream = frame.execute_stream().await.map_err(wrong)?;
    let (mut batches, mut left, mut cut) = (Vec::new(), limits.rows, false);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(wrong)?;
        cut |= batch.num_rows() > left;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left = left.saturating_sub(batch.num_rows());
        if batch.num_rows() > 0 {
            batches.push(batch);
        }
    }
    Ok(Answer { schema, batches, cut })
}

async fn define_views(context: &SessionContext) -> Result<(), LakeError> {
    for (_, definition) in views() {
        context.sql(&definition).await.map_err(LakeError::internal)?;
    }
    Ok(())
}

/// The typed views over `events`: name and definition, in standard SQL that other engines take too.
pub fn views() -> Vec<(&'static str, String)> {
    let mut views = Vec::new();
    for class in CLASSES {
        let shown = COLUMNS.iter().filter(|column| column.is_of(class) && column.name != "class");
        views.push((
            class_word(class),
            view(class_word(class), class_word(class), shown.map(|column| column.name)),
        ));
    }
    for (name, class) in [("sources", SOURCE_CLASS), ("dead_letters", DEAD_CLASS)] {
        let shown = ["time", "org", "host", "format", "title", "source", "record", "fields"];
        views.push((name, view(name, class, shown.into_iter())));
    }
    views
}

fn view<'a>(name: &str, class: &str, columns: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("CREATE VIEW {name} AS SELECT ");
    for (number, column) in columns.enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}\"{column}\"");
    }
    let _ = write!(text, " FROM events WHERE class = '{class}'");
    text
}

/// An error of the engine in words for the one who asked.
pub(crate) fn wrong(error: &DataFusionError, limits: &QueryLimits) -> LakeError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            LakeError::Limit(format!("{} MiB of memory", limits.memory_bytes >> 20))
        }
        root => LakeError::Query(root.to_string()),
    }
}

/// A text as SQL has it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
