//! Stored rows back to events: for roll-ups that are made again, and for rules over history.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt;
use khien_model::{Event, LogSource, Scalar, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::at;
use crate::columns::{COLUMNS, ColumnKind, class_of, happened};
use crate::error::LakeError;
use crate::lake::{EVENTS, Lake};
use crate::parquet_file::{damaged, open};
use crate::row::Row;
use crate::scan::TableScan;
use crate::table::{DataFile, Table};

/// All rows of a data file.
pub(crate) async fn batches(table: &Table, file: &DataFile) -> Result<Vec<RecordBatch>, LakeError> {
    let rows = open(table, file).await?.with_batch_size(8192).build();
    let rows = rows.map_err(|error| damaged(table, &file.path, &error))?;
    rows.try_collect().await.map_err(|error| damaged(table, &file.path, &error))
}

impl Lake {
    /// Calls back with each row of a query over some files of `events`, and the event it was.
    pub(crate) fn each_row_of(
        &self,
        files: Vec<DataFile>,
        sql: &str,
        mut take: impl FnMut(&Row<'_>, Option<&Event>),
    ) -> Result<(), LakeError> {
        let context = self.context_with(TableScan::of_files(&self.events, files, &[]))?;
        self.wait(async {
            let failed = |error: datafusion::error::DataFusionError| LakeError::Table {
                table: EVENTS.to_owned(),
                detail: error.to_string(),
            };
            let frame = context.sql(sql).await.map_err(LakeError::internal)?;
            let mut rows = frame.execute_stream().await.map_err(failed)?;
            while let Some(batch) = rows.try_next().await.map_err(failed)? {
                Stored::new(&batch)?.each(&mut take);
            }
            Ok(())
        })
    }
}

enum StoredColumn {
    Text(StringArray),
    Number(Int64Array),
    Time(TimestampMicrosecondArray),
    Missing,
}

/// A batch of stored rows, column by column.
pub struct Stored {
    columns: Vec<StoredColumn>,
    rows: usize,
}

impl Stored {
    /// Views a batch of `events`; columns that it lacks are empty.
    ///
    /// # Errors
    ///
    /// [`LakeError::Damaged`]: a column is not of its type.
    pub fn new(batch: &RecordBatch) -> Result<Self, LakeError> {
        let mut columns = Vec::with_capacity(COLUMNS.len());
        for column in COLUMNS {
            let Some(array) = batch.column_by_name(column.name) else {
                columns.push(StoredColumn::Missing);
                continue;
            };
            let viewed = match column.kind {
                ColumnKind::Time => array
                    .as_primitive_opt::<TimestampMicrosecondType>()
                    .cloned()
                    .map(StoredColumn::Time),
                ColumnKind::Number => {
                    array.as_primitive_opt::<Int64Type>().cloned().map(StoredColumn::Number)
                }
                ColumnKind::Word | ColumnKind::Text => {
                    let text = arrow::compute::cast(array, &arrow::datatypes::DataType::Utf8).ok();
                    text.and_then(|text| text.as_string_opt::<i32>().cloned())
                        .map(StoredColumn::Text)
                }
            };
            columns.push(viewed.ok_or_else(|| LakeError::Damaged {
                table: crate::lake::EVENTS.to_owned(),
                detail: format!("column `{}` is {}", column.name, array.data_type()),
            })?);
        }
        Ok(Self { columns, rows: batch.num_rows() })
    }

    /// Calls back with each row that is about something that happened, and the event it was.
    pub fn each(&self, mut take: impl FnMut(&Row<'_>, Option<&Event>)) {
        let mut event = Event::new();
        for number in 0..self.rows {
            let row = self.row(number);
            if !happened(row.text(at::CLASS), row.text(at::RULE)) {
                continue;
            }
            if row.text(at::FIELDS).is_empty() {
                take(&row, None);
                continue;
            }
            restore(&row, &mut event);
            take(&row, Some(&event));
        }
    }

    fn row(&self, number: usize) -> Row<'_> {
        let mut row = Row::default();
        for (place, column) in self.columns.iter().enumerate() {
            match column {
                StoredColumn::Text(text) if text.is_valid(number) => {
                    row.set(place, text.value(number))
                }
                StoredColumn::Number(numbers) if numbers.is_valid(number) => {
                    row.set_number(place, Some(numbers.value(number)))
                }
                StoredColumn::Time(times) if times.is_valid(number) => {
                    row.time = Some(times.value(number))
                }
                _ => {}
            }
        }
        row
    }
}

/// The event that a row was made of: its fields as read, class, host, time and log source. What a
/// normaliser derived is not there; see `khien_ingest::Normalizer`.
pub fn restore(row: &Row<'_>, event: &mut Event) {
    event.clear();
    // A row whose fields do not parse has no fields; `check` finds it.
    let _ = FieldsInto(event)
        .deserialize(&mut serde_json::Deserializer::from_str(row.text(at::FIELDS)));
    event.class = class_of(row.text(at::CLASS));
    event.set_host(row.text(at::HOST));
    event.time = row.time.and_then(|micros| micros.checked_mul(1000)).map(Timestamp::from_nanos);
    let categories: Vec<&str> =
        row.text(at::LOG_CATEGORY).split(',').filter(|word| !word.is_empty()).collect();
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (product, service) = (word(row.text(at::LOG_PRODUCT)), word(row.text(at::LOG_SERVICE)));
    event.source = Arc::new(LogSource::new(product.as_deref(), service.as_deref(), &categories));
}

/// Reads a flat JSON object into an event, without a tree.
struct FieldsInto<'e>(&'e mut Event);

impl<'de> DeserializeSeed<'de> for FieldsInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flat JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            map.next_value_seed(FieldInto { event: self.0, name: &name })?;
        }
        Ok(())
    }
}

/// Reads one value, or a list of values, of a field.
struct FieldInto<'e, 'n> {
    event: &'e mut Event,
    name: &'n str,
}

impl<'de> DeserializeSeed<'de> for FieldInto<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldInto<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.event.push(self.name, Scalar::Str(text));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.event.push(self.name, Scalar::Int(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "what is beyond i64 was a float when it was stored"
        )]
        let value = i64::try_from(number).map_or(Scalar::Float(number as f64), Scalar::Int);
        self.event.push(self.name, value);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.event.push(self.name, Scalar::Float(number));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.event.push(self.name, Scalar::Bool(flag));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.event.push(self.name, Scalar::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(FieldInto { event: self.event, name: self.name })?.is_some() {}
        Ok(())
    }
}
