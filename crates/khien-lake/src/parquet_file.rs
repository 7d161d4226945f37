//! One data file in a store, read piece by piece.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use deltalake_core::logstore::ObjectStoreRef;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::error::LakeError;
use crate::lake::EVENTS;
use crate::table::{DataFile, Table};

/// Reads ranges of one Parquet file.
pub(crate) struct ParquetFile {
    store: ObjectStoreRef,
    path: Path,
    bytes: u64,
}

/// Reads the rows of one file.
pub(crate) type Rows = ParquetRecordBatchStreamBuilder<ParquetFile>;

/// Opens a data file of a table, its page index included.
pub(crate) async fn open(table: &Table, file: &DataFile) -> std::result::Result<Rows, LakeError> {
    let path = Path::from(file.path.as_str());
    let reader = ParquetFile { store: table.store(), path, bytes: file.bytes };
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let opened = Rows::new_with_options(reader, options).await;
    opened.map_err(|error| damaged(table, &file.path, &error))
}

/// What a data file that cannot be read means.
pub(crate) fn damaged(table: &Table, file: &str, error: &dyn std::fmt::Display) -> LakeError {
    let (name, detail) = (table.name.to_owned(), format!("{file}: {error}"));
    if table.name == EVENTS || file.starts_with("kept-") {
        LakeError::Lost { table: name, detail }
    } else {
        LakeError::Damaged { table: name, detail }
    }
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for ParquetFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.store.get_range(&self.path, range).map_err(external).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).map_err(external).await }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let bytes = self.bytes;
        async move {
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            Ok(Arc::new(reader.load_and_finish(self, bytes).await?))
        }
        .boxed()
    }
}
