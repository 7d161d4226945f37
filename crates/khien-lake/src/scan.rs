//! A table of the lake as DataFusion sees it: exactly the files of one version of its log.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::error::LakeError;
use crate::table::{DataFile, Table};

/// The files of one version of a table.
#[derive(Debug)]
pub(crate) struct TableScan {
    name: &'static str,
    schema: SchemaRef,
    file_schema: SchemaRef,
    partitioned: bool,
    /// Where the store is registered, and the table's place in it.
    url: ObjectStoreUrl,
    files: Vec<DataFile>,
    /// The columns that every file is sorted by; none when they are not.
    sorted_by: &'static [&'static str],
}

impl TableScan {
    /// All files of a table.
    pub(crate) fn of(table: &Table, sorted_by: &'static [&'static str]) -> Result<Self, LakeError> {
        let files = table.files()?;
        Ok(Self::of_files(table, files, sorted_by))
    }

    /// The table's name.
    pub(crate) const fn table_name(&self) -> &'static str {
        self.name
    }

    /// Some files of a table.
    pub(crate) fn of_files(
        table: &Table,
        files: Vec<DataFile>,
        sorted_by: &'static [&'static str],
    ) -> Self {
        let partitioned = table.name == crate::lake::EVENTS;
        let mut fields: Vec<_> = table.schema.fields().iter().cloned().collect();
        if partitioned {
            fields.push(Arc::new(month_field()));
        }
        Self {
            name: table.name,
            schema: Arc::new(Schema::new(fields)),
            file_schema: Arc::clone(&table.schema),
            partitioned,
            url: store_url(table.name),
            files,
            sorted_by,
        }
    }
}

fn month_field() -> Field {
    Field::new("month", DataType::Utf8, true)
}

/// The name under which a table's store is registered: its paths are relative to the table.
pub(crate) fn store_url(table: &str) -> ObjectStoreUrl {
    ObjectStoreUrl::parse(format!("khien-{table}://"))
        .unwrap_or_else(|_| ObjectStoreUrl::local_filesystem())
}

#[async_trait]
impl TableProvider for TableScan {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            // A scan of no file has no partition, and nothing that sorts or merges can stand on that.
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let partition = if self.partitioned { vec![Arc::new(month_field())] } else { Vec::new() };
        let schema = TableSchema::builder(Arc::clone(&self.file_schema))
            .with_table_partition_cols(partition)
            .build();
        let mut options = state.config_options().execution.parquet.clone();
        options.pushdown_filters = true;
        options.reorder_filters = true;
        let mut global = datafusion::config::TableParquetOptions::new();
        global.global = options;
        let mut source = ParquetSource::new(schema).with_table_parquet_options(global);
        if let Some(filter) = conjunction(filters.to_vec()) {
            let known = DFSchema::try_from(Arc::clone(&self.schema))?;
            source = source.with_predicate(state.create_physical_expr(filter, &known)?);
        }
        let files = self.files.iter().map(|file| {
            let mut part = PartitionedFile::new(file.path.clone(), file.bytes);
            if self.partitioned {
                let month = (!file.month.is_empty()).then(|| file.month.clone());
                part.partition_values = vec![ScalarValue::Utf8(month)];
            }
            part
        });
        let files: Vec<PartitionedFile> = files.collect();
        let mut builder =
            FileScanConfigBuilder::new(self.url.clone(), Arc::new(source)).with_limit(limit);
        if self.sorted_by.is_empty() {
            let groups = state.config().target_partitions().max(1);
            builder = builder.with_file_groups(FileGroup::new(files).split_files(groups));
        } else {
            // A group of its own for each file keeps each sorted, and the merge does the rest.
            let groups = files.into_iter().map(|file| FileGroup::new(vec![file])).collect();
            let order = self
                .sorted_by
                .iter()
                .map(|name| Ok(PhysicalSortExpr::new_default(col(name, &self.schema)?)));
            let order = order.collect::<Result<Vec<_>>>()?;
            builder = builder.with_file_groups(groups);
            if let Some(order) = LexOrdering::new(order) {
                builder = builder.with_output_ordering(vec![order]);
            }
        }
        let config = builder.with_projection_indices(projection.cloned())?.build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
