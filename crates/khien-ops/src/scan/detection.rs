//! One thing that was found, as it is kept until the report is written.

use khien_model::EventId;
use serde::{Deserialize, Serialize};

/// A rule, an indicator or a correlation met an event.
///
/// The order of the fields is the order of the report: by time, then host, then finding; ties are
/// broken by the event, so the same data give the same report whatever the order of reading.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Detection {
    /// When, in nanoseconds since the epoch; events without a time come last (`i64::MAX`).
    pub time_nanos: i64,
    /// The host it was seen on; may be empty.
    pub host: String,
    /// What was found: a position in [`super::report::Report::findings`].
    pub finding: u32,
    /// The event. For a correlation: the last of its events.
    pub event: EventId,
    /// The file, with `!member` for archives. Empty for a correlation.
    pub file: String,
    /// The record's number in its file.
    pub record: u64,
    /// The record's offset in its (decompressed) file.
    pub offset: u64,
    /// The fields that matched, with their values cut to [`VALUE_CHARS_MAX`].
    pub fields: Vec<(String, String)>,
    /// For a correlation: how many events, from when to when.
    pub window: Option<Window>,
}

/// The window of a correlation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Window {
    /// Events in it.
    pub count: u64,
    /// First event, in nanoseconds since the epoch.
    pub first_nanos: i64,
    /// Last event, in nanoseconds since the epoch.
    pub last_nanos: i64,
    /// Hosts of its events.
    pub hosts: Vec<String>,
}

/// Bound: characters kept of a field's value.
pub const VALUE_CHARS_MAX: usize = 2000;

impl Detection {
    /// When, or `None` when the event had no readable time.
    pub fn time(&self) -> Option<khien_model::Timestamp> {
        (self.time_nanos != i64::MAX).then(|| khien_model::Timestamp::from_nanos(self.time_nanos))
    }

    /// Whether this is the same detection as another: the same record met in two places.
    pub fn same_as(&self, other: &Self) -> bool {
        self.time_nanos == other.time_nanos
            && self.finding == other.finding
            && self.event == other.event
            && self.host == other.host
    }
}
