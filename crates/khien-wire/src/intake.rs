//! Records that are sent to the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes of records in one request, unpacked.
pub const RECORDS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What became of records: they are on disk, and will be in the lake.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Received {
    /// How many lines with something in them there were.
    pub records: u64,
    /// Whether a request with the same `Idempotency-Key` was taken before; then nothing was taken now.
    pub repeated: bool,
}

/// What became of the documents of an Elasticsearch bulk request, in their order.
///
/// Source: Elasticsearch Guide, "Bulk API", response body.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct BulkReceived {
    /// Milliseconds that it took.
    pub took: u64,
    /// Whether one of them was refused.
    pub errors: bool,
    /// Each under the word of its action.
    pub items: Vec<BTreeMap<String, BulkItem>>,
}

/// What became of one document.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct BulkItem {
    /// The index that was named; records of all indices go into one lake.
    #[serde(rename = "_index")]
    pub index: String,
    /// Its id, as it was given or made.
    #[serde(rename = "_id")]
    pub id: String,
    /// 201 where it was taken, 400 where it never will be.
    pub status: u16,
    /// `created` where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Always the first.
    #[serde(rename = "_version", skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkError>,
}

/// Why a document was refused.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct BulkError {
    /// A stable word.
    #[serde(rename = "type")]
    pub kind: String,
    /// In English.
    pub reason: String,
}

/// What became of records that came as `ExportLogsServiceRequest`.
///
/// Source: OpenTelemetry Protocol, "OTLP/HTTP Response"; opentelemetry-proto `logs_service.proto`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtlpReceived {
    /// Where records were refused; the others were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub partial_success: Option<OtlpPartialSuccess>,
}

/// Records that were refused.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtlpPartialSuccess {
    /// How many: a 64-bit number, which this mapping writes as text.
    pub rejected_log_records: String,
    /// Why the last of them was refused, in English.
    pub error_message: String,
}

/// What shippers that speak with Elasticsearch ask first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ElasticAbout {
    /// The name of the organisation, or `khien`.
    pub name: String,
    /// `khien`.
    pub cluster_name: String,
    /// Always the same.
    pub cluster_uuid: String,
    /// The version whose bulk requests are understood.
    pub version: ElasticVersion,
    /// As Elasticsearch has it: clients look for it.
    pub tagline: String,
}

/// A version of Elasticsearch.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ElasticVersion {
    /// Its number.
    pub number: String,
    /// `default`.
    pub build_flavor: String,
    /// The oldest version whose clients fit.
    pub minimum_wire_compatibility_version: String,
    /// The oldest version whose indices fit.
    pub minimum_index_compatibility_version: String,
}

/// What shippers of Elastic ask about the licence.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ElasticLicense {
    /// The licence.
    pub license: ElasticLicenseTerms,
}

/// A licence as Elasticsearch tells it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ElasticLicenseTerms {
    /// `active`.
    pub status: String,
    /// Always the same.
    pub uid: String,
    /// `basic`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// That a template, policy or data stream is there: nothing has to be set up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
pub struct ElasticThere {
    /// Always true.
    pub acknowledged: bool,
}
