//! How many live streams are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bound: live streams of one person or machine: each tab of a browser may have one.
const OF_ONE: usize = 16;

/// Bound: live streams in all.
const IN_ALL: usize = 512;

/// The streams that are open, by who has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// An open stream, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenStream {
    streams: Streams,
    owner: String,
}

impl Streams {
    /// Counts one more; nothing where there are too many.
    pub(crate) fn open(&self, owner: &str) -> Option<OpenStream> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, own) = (all.values().sum::<usize>(), all.get(owner).copied().unwrap_or(0));
        if total >= IN_ALL || own >= OF_ONE {
            return None;
        }
        all.insert(owner.to_owned(), own.saturating_add(1));
        Some(OpenStream { streams: self.clone(), owner: owner.to_owned() })
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut all = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.owner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                all.remove(&self.owner);
            }
        }
    }
}
