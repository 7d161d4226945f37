//! Who is told what a run does, while it goes on.

use std::sync::Arc;

use khien_detect::correlate::Hit;
use khien_model::Event;

use super::batch::{Counts, FoundName};
use crate::scan::detection::Detection;

/// Is told from the threads that read, and must be quick.
pub trait Watcher: Send + Sync {
    /// A record that was not stored before; it is stored soon, or the run fails.
    fn event(&self, event: &Event);

    /// A match that correlations wait for. After a restart the same one may come again.
    fn hit(&self, hit: Hit);

    /// Asked about once a second: correlations that are decided, to be stored.
    fn correlated(&self) -> Vec<Detection>;

    /// Rows became part of the lake, and these findings with them.
    fn stored(&self, counts: &Counts, found: Vec<(Arc<FoundName>, Detection)>);

    /// All of a stream of this name is in the lake.
    fn finished(&self, name: &str);

    /// A stream of this name broke a reader: it is not read any further.
    fn gave_up(&self, name: &str);
}
