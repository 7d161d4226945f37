//! Rows that a query gave, as texts, as JSON and as Parquet.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
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

    /// The rows with a name of its own for each column: two tables of a join may have one name, of
    /// which the second gets a number (`host`, `host_2`).
    fn named(&self) -> Result<Self, LakeError> {
        let mut taken = HashSet::new();
        let unique = |field: &Arc<Field>| {
            let mut name = field.name().clone();
            let mut number = 2_u64;
            while !taken.insert(name.clone()) {
                name = format!("{}_{number}", field.name());
                number = number.saturating_add(1);
            }
            field.as_ref().clone().with_name(name)
        };
        let fields: Vec<Field> = self.schema.fields().iter().map(unique).collect();
        let schema = Arc::new(Schema::new(fields));
        let batches = self.batches.iter().map(|batch| {
            RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())
                .map_err(LakeError::internal)
        });
        Ok(Self { batches: batches.collect::<Result<_, _>>()?, schema, cut: self.cut })
    }

    /// The rows as JSON objects; what has no value is left out.
    ///
    /// # Errors
    ///
    /// [`LakeError::Internal`]: a type that JSON has not.
    pub fn json(&self) -> Result<Vec<Map<String, Value>>, LakeError> {
        let mut writer = ArrayWriter::new(Vec::new());
        let named = self.named()?;
        writer
            .write_batches(&named.batches.iter().collect::<Vec<_>>())
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
        let named = self.named()?;
        let mut writer =
            ArrowWriter::try_new(out, named.schema.clone(), None).map_err(LakeError::internal)?;
        for batch in &named.batches {
            writer.write(batch).map_err(LakeError::internal)?;
        }
        writer.close().map_err(LakeError::internal)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::DataType;

    use super::*;

    #[test]
    fn columns_of_one_name_are_told_apart() {
        let names = ["a", "a", "a_2", "a"];
        let fields = names.map(|name| Field::new(name, DataType::Int64, true));
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let columns = (1..=4).map(|n| Arc::new(Int64Array::from(vec![n])) as ArrayRef).collect();
        let answer = Answer::of(schema, columns, false).unwrap();
        assert_eq!(answer.columns(), names);
        let rows = serde_json::to_string(&answer.json().unwrap()).unwrap();
        assert_eq!(rows, r#"[{"a":1,"a_2":2,"a_2_2":3,"a_3":4}]"#);
        answer.parquet(&mut Vec::new()).unwrap();
    }
}
