//! Records that are sent to the server.

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
