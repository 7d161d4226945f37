//! One Delta table: opening, its files, and commits.
//!
//! The table format's own library keeps the log; data files are written here, because how they are
//! sorted and encoded is what makes a hunt fast.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as ArrowType, SchemaRef};
use bytes::Bytes;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake_core::kernel::{
    Action, Add, DataType, PrimitiveType, Remove, StructField, Transaction,
};
use deltalake_core::logstore::{LogStoreRef, ObjectStoreRef, StorageConfig, logstore_with};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use object_store::ObjectStoreExt as _;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::properties::WriterProperties;
use url::Url;

use crate::error::LakeError;
use crate::lake::EVENTS;
use crate::parquet_file::{damaged, open};
use crate::stats::Stats;

mod log;

pub(crate) use log::{Kept, kept_files};

/// The commits between two checkpoints. Delta's default of 100 makes opening slow.
const CHECKPOINT_INTERVAL: &str = "20";

/// A table of the lake.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) schema: SchemaRef,
    table: DeltaTable,
}

/// A data file of a table, as its log has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DataFile {
    /// Relative to the table.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// The month of an events file, as in the path; empty elsewhere.
    pub(crate) month: String,
    /// When it was written, in milliseconds.
    pub(crate) written: i64,
}

impl DataFile {
    /// Whether it has sightings of events that are gone, by its name.
    pub(crate) fn is_kept(&self) -> bool {
        self.path.starts_with("kept-")
    }

    /// 0 for what came in, 1 and more for what compaction made; it is part of the file's name.
    pub(crate) fn level(&self) -> u32 {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let digits = name.strip_prefix("part-").and_then(|rest| rest.split('-').next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }
}

/// A data file that was written and is not yet part of the table.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) add: Add,
    pub(crate) rows: u64,
}

/// What one commit changes.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) adds: Vec<NewFile>,
    pub(crate) removes: Vec<Remove>,
    /// Application transactions: name and version.
    pub(crate) transactions: Vec<(String, i64)>,
    /// False when the rows are the same as before, in other files.
    pub(crate) keeps_rows: bool,
}

impl Table {
    fn log_store(
        lake: &Path,
        name: &str,
        store: &ObjectStoreRef,
    ) -> Result<LogStoreRef, LakeError> {
        let folder = lake.join(name);
        let url = Url::from_directory_path(&folder).map_err(|()| {
            LakeError::Internal(format!("{} is no absolute path", folder.display()))
        })?;
        logstore_with(Arc::clone(store), &url, StorageConfig::default())
            .map_err(LakeError::at(&folder, name))
    }

    /// Opens a table at its latest version; `None` when there is none.
    pub(crate) async fn open(
        lake: &Path,
        name: &'static str,
        schema: SchemaRef,
        store: &ObjectStoreRef,
    ) -> Result<Option<Self>, LakeError> {
        let log_store = Self::log_store(lake, name, store)?;
        let mut table = DeltaTable::new(log_store);
        let folder = lake.join(name);
        let exists = table.verify_deltatable_existence().await;
        if !exists.map_err(LakeError::at(&folder, name))? {
            return Ok(None);
        }
        let loaded = table.load().await;
        // The library takes an entry that was emptied for one in which nothing happened.
        let fault = if loaded.is_err() { log::fault(&folder) } else { log::emptied(&folder) };
        if let Some((path, detail)) = fault {
            return Err(Self::lost(name, format!("{}: {detail}", path.display())));
        }
        loaded.map_err(LakeError::at(&folder, name))?;
        Ok(Some(Self { name, schema, table }))
    }

    /// A part of a table is gone: events are what all else is made of.
    pub(crate) fn lost(name: &str, detail: String) -> LakeError {
        let table = name.to_owned();
        match name {
            EVENTS => LakeError::Lost { table, detail },
            _ => LakeError::Damaged { table, detail },
        }
    }

    /// A table that is not where it has to be.
    pub(crate) fn missing(name: &str) -> LakeError {
        Self::lost(name, "it is missing".to_owned())
    }

    /// Makes a table.
    pub(crate) async fn create(
        lake: &Path,
        name: &'static str,
        schema: SchemaRef,
        partition: Option<&'static str>,
        meaning: &str,
        store: &ObjectStoreRef,
    ) -> Result<Self, LakeError> {
        let folder = lake.join(name);
        std::fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        let log_store = Self::log_store(lake, name, store)?;
        let mut columns = Vec::new();
        for field in schema.fields() {
            columns.push(StructField::new(
                field.name(),
                delta_type(field.data_type())?,
                field.is_nullable(),
            ));
        }
        columns.extend(
            partition.map(|name| {
                StructField::new(name, DataType::Primitive(PrimitiveType::String), true)
            }),
        );
        let created = CreateBuilder::new()
            .with_log_store(log_store)
            .with_table_name(name)
            .with_comment(meaning)
            .with_columns(columns)
            .with_partition_columns(partition)
            .with_configuration([("delta.checkpointInterval", Some(CHECKPOINT_INTERVAL))])
            .with_save_mode(SaveMode::Ignore);
        let table = created.await.map_err(LakeError::at(&folder, name))?;
        Ok(Self { name, schema, table })
    }

    /// What an error of a library means here.
    fn failed<E: std::error::Error + 'static>(&self) -> impl Fn(E) -> LakeError + use<E> {
        let folder = self.table.table_url().to_file_path().unwrap_or_default();
        LakeError::at(&folder, self.name)
    }

    /// The table's version.
    pub(crate) fn version(&self) -> u64 {
        self.table.version().unwrap_or(0)
    }

    /// Reads what others committed.
    pub(crate) async fn refresh(&mut self) -> Result<(), LakeError> {
        self.table.update_state().await.map_err(self.failed())
    }

    /// The version of an application transaction.
    pub(crate) async fn transaction(&self, application: &str) -> Result<Option<i64>, LakeError> {
        let state = self.table.snapshot().map_err(self.failed())?;
        let version = state.transaction_version(self.table.log_store().as_ref(), application).await;
        version.map_err(self.failed())
    }

    /// The data files of this version.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>, LakeError> {
        let state = self.table.snapshot().map_err(self.failed())?;
        let listed = state.log_data();
        let files = listed.iter().map(|file| DataFile {
            path: file.path().into_owned(),
            bytes: u64::try_from(file.size()).unwrap_or(0),
            rows: file.num_records().and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0),
            month: file.partition_values_map().remove("month").flatten().unwrap_or_default(),
            written: file.modification_time(),
        });
        Ok(files.collect())
    }

    /// What takes these files out of the table.
    pub(crate) fn removal(
        &self,
        paths: &[String],
        keeps_rows: bool,
    ) -> Result<Vec<Remove>, LakeError> {
        let state = self.table.snapshot().map_err(self.failed())?;
        let listed = state.log_data();
        let removed = listed.iter().filter(|file| paths.iter().any(|path| *path == file.path()));
        Ok(removed.map(|file| file.remove_action(!keeps_rows)).collect())
    }

    /// Writes a data file; it is not part of the table before it is committed.
    pub(crate) async fn write(
        &self,
        batch: &RecordBatch,
        properties: WriterProperties,
        level: u32,
        month: Option<&str>,
    ) -> Result<NewFile, LakeError> {
        let mut encoder = Encoder::new(batch, properties)?;
        encoder.add(batch)?;
        let (bytes, stats) = encoder.finish()?;
        self.put(bytes, &stats, level, month).await
    }

    /// Puts an encoded file in its place.
    pub(crate) async fn put(
        &self,
        bytes: Bytes,
        stats: &Stats,
        level: u32,
        month: Option<&str>,
    ) -> Result<NewFile, LakeError> {
        let name = format!("part-{level}-{}.parquet", uuid::Uuid::new_v4());
        self.put_as(bytes, stats, name, month).await
    }

    /// As [`Table::put`], under a name of the caller's; what had it before is replaced.
    pub(crate) async fn put_as(
        &self,
        bytes: Bytes,
        stats: &Stats,
        name: String,
        month: Option<&str>,
    ) -> Result<NewFile, LakeError> {
        let path = match month {
            Some("") => format!("month=__HIVE_DEFAULT_PARTITION__/{name}"),
            Some(month) => format!("month={month}/{name}"),
            None => name,
        };
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let location = object_store::path::Path::from(path.as_str());
        let put = self.table.object_store().put(&location, bytes.into()).await;
        put.map_err(self.failed())?;
        let value = |month: &str| Some(month.to_owned()).filter(|month| !month.is_empty());
        let partition = month.map(|month| ("month".to_owned(), value(month)));
        let add = Add {
            path,
            partition_values: partition.into_iter().collect(),
            size,
            modification_time: now_millis(),
            data_change: true,
            stats: Some(stats.text()),
            ..Add::default()
        };
        Ok(NewFile { add, rows: u64::try_from(stats.rows()).unwrap_or(u64::MAX) })
    }

    /// A file that was put under this name and never became part of the table.
    pub(crate) async fn adopt(&self, name: &str) -> Result<NewFile, LakeError> {
        let location = object_store::path::Path::from(name);
        let head = self.table.object_store().head(&location).await;
        let bytes = head.map_err(|error| damaged(self, name, &error))?.size;
        let file =
            DataFile { path: name.to_owned(), bytes, rows: 0, month: String::new(), written: 0 };
        let rows = open(self, &file).await?.metadata().file_metadata().num_rows();
        let add = Add {
            path: file.path,
            size: i64::try_from(bytes).unwrap_or(i64::MAX),
            modification_time: now_millis(),
            data_change: true,
            stats: Some(serde_json::json!({ "numRecords": rows }).to_string()),
            ..Add::default()
        };
        Ok(NewFile { add, rows: u64::try_from(rows).unwrap_or(0) })
    }

    /// Commits a change and returns the version that has it.
    pub(crate) async fn commit(&mut self, change: Change) -> Result<u64, LakeError> {
        let fail = self.failed();
        let operation = if change.keeps_rows {
            DeltaOperation::Optimize { predicate: None, target_size: 0 }
        } else if change.removes.is_empty() {
            DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None }
        } else {
            DeltaOperation::Delete { predicate: None }
        };
        let adds = change
            .adds
            .into_iter()
            .map(|file| Action::Add(Add { data_change: !change.keeps_rows, ..file.add }));
        let actions = adds.chain(change.removes.into_iter().map(Action::Remove)).collect();
        let now = Some(now_millis());
        let transactions = change.transactions.into_iter();
        let transactions =
            transactions.map(|(id, version)| Transaction::new_with_last_update(id, version, now));
        let properties =
            CommitProperties::default().with_application_transactions(transactions.collect());
        let log_store = self.table.log_store();
        let state = self.table.snapshot().map_err(&fail)?.clone();
        let reference: &dyn TableReference = &state;
        let finished = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(reference), log_store, operation)
            .await
            .map_err(&fail)?;
        let version = finished.version();
        self.table.state = Some(finished.snapshot());
        Ok(version)
    }

    /// The data files that the commit of this version brought in with new rows; `None` when the
    /// log no longer has it, or when it also took rows away.
    pub(crate) async fn brought_in(
        &self,
        version: u64,
    ) -> Result<Option<Vec<DataFile>>, LakeError> {
        let log_store = self.table.log_store();
        let entry = match log_store.read_commit_entry(version).await {
            Ok(entry) => entry,
            Err(DeltaTableError::ObjectStore { source: object_store::Error::NotFound { .. } }) => {
                None
            }
            Err(error) => return Err(self.failed()(error)),
        };
        let Some(entry) = entry else { return Ok(None) };
        let mut files = Vec::new();
        for line in entry.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let action: serde_json::Value =
                serde_json::from_slice(line).map_err(|error| LakeError::Damaged {
                    table: self.name.to_owned(),
                    detail: format!("version {version} of the log: {error}"),
                })?;
            if action.get("remove").is_some_and(|old| old.get("dataChange") == Some(&true.into())) {
                return Ok(None);
            }
            let add = action.get("add").filter(|add| add.get("dataChange") == Some(&true.into()));
            files.extend(add.and_then(|add| {
                let path = add.get("path")?.as_str()?.to_owned();
                let bytes = add.get("size")?.as_u64()?;
                Some(DataFile { path, bytes, rows: 0, month: String::new(), written: 0 })
            }));
        }
        Ok(Some(files))
    }

    /// The store, with paths relative to the table.
    pub(crate) fn store(&self) -> ObjectStoreRef {
        self.table.object_store()
    }
}

/// One Parquet file being encoded in memory.
pub(crate) struct Encoder {
    writer: ArrowWriter<Vec<u8>>,
    stats: Stats,
}

impl Encoder {
    /// For rows like those of this batch.
    pub(crate) fn new(like: &RecordBatch, properties: WriterProperties) -> Result<Self, LakeError> {
        // Without the Arrow schema every reader sees plain text where memory had a dictionary.
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), like.schema(), options);
        Ok(Self { writer: writer.map_err(LakeError::internal)?, stats: Stats::default() })
    }

    /// Takes the next rows.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.stats.add(batch);
        self.writer.write(batch).map_err(LakeError::internal)
    }

    /// Bytes so far, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.writer.bytes_written().saturating_add(self.writer.in_progress_size())
    }

    /// The file.
    pub(crate) fn finish(self) -> Result<(Bytes, Stats), LakeError> {
        Ok((self.writer.into_inner().map_err(LakeError::internal)?.into(), self.stats))
    }
}

fn delta_type(kind: &ArrowType) -> Result<DataType, LakeError> {
    let primitive = match kind {
        ArrowType::Utf8 => PrimitiveType::String,
        ArrowType::Int64 => PrimitiveType::Long,
        ArrowType::Timestamp(..) => PrimitiveType::Timestamp,
        other => return Err(LakeError::Internal(format!("no Delta type for {other}"))),
    };
    Ok(DataType::Primitive(primitive))
}

/// The wall clock, for the log's own bookkeeping only: nothing is decided by it.
#[expect(
    clippy::disallowed_methods,
    reason = "the table format wants a modification time in its log"
)]
fn now_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Gives files that a commit is about to put away the time of now: they are left alone for a while
/// from then on, not from when they were written.
#[expect(clippy::disallowed_methods, reason = "the age of a file is told by the same clock")]
pub(crate) fn touch(folder: &Path, paths: &[String]) {
    for path in paths {
        let file = std::fs::File::options().append(true).open(folder.join(path));
        // Where it cannot be set the file goes earlier, which costs a slow reader its answer.
        let _ = file.and_then(|file| file.set_modified(std::time::SystemTime::now()));
    }
}
