//! Rows that a query gave, as texts, as JSON and as Parquet.

use std::io::Write;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::json::ArrayWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value};

use crate::error::LakeError;

/// Rows that a query gave.
#[derive(Debug)]
pub struct Answer {
    /// The columns, also when there is no row.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Whether there are more than were asked for.
    pub cut: bool,
}

impl Answer {
    /// Rows made elsewhere.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`]: columns that do not fit the schema, which would be a defect.
    pub fn of(schema: SchemaRef, columns: Vec<ArrayRef>, cut: bool) -> Result<Self, LakeError> {
        let batch = RecordBatch::try_new(SchemaRef::clone(&schema), columns);
        Ok(Self { schema, batches: vec![batch.map_err(LakeError::internal)?], cut })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The rows as texts; times in UTC, no text where there is no value.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`]: a type that has no text.
    pub fn texts(&self) -> Result<Vec<Vec<Option<String>>>, LakeError> {
        let options =
            FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.6fZ"));
        let mut rows = Vec::with_capacity(self.len());
        for batch in &self.batches {
            let columns = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
            let columns = columns.collect::<Result<Vec<_>, _>>().map_err(LakeError::internal)?;
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().zip(&columns).map(|(column, formatter)| {
                    let text = column.is_valid(row).then(|| formatter.value(row).try_to_string());
                    text.transpose().map_err(LakeError::internal)
                });
                rows.push(cells.collect::<Result<Vec<_>, _>>()?);
            }
        }
        Ok(rows)
    }

    /// The rows as JSON objects; what has no value is left out.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`]: a type that JSON has not.
    pub fn json(&self) -> Result<Vec<Map<String, Value>>, LakeError> {
        let mut writer = ArrayWriter::new(Vec::new());
        writer
            .write_batches(&self.batches.iter().collect::<Vec<_>>())
            .map_err(LakeError::internal)?;
        writer.finish().map_err(LakeError::internal)?;
        let text = writer.into_inner();
        if text.is_empty() {
            Ok(Vec::new())
        } else {
            serde_json::from_slice(&text).map_err(LakeError::internal)
        }
    }

    /// Writes the rows as a Parquet file.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`]: the writer failed.
    pub fn parquet(&self, out: &mut (dyn Write + Send)) -> Result<(), LakeError> {
        let mut writer =
            ArrowWriter::try_new(out, self.schema.clone(), None).map_err(LakeError::internal)?;
        for batch in &self.batches {
            writer.write(batch).map_err(LakeError::internal)?;
        }
        writer.close().map_err(LakeError::internal)?;
        Ok(())
    }
}
