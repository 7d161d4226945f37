//! Log sources, made once and shared.

use std::collections::HashMap;
use std::sync::Arc;

use khien_model::LogSource;

/// A cache of log sources.
#[derive(Debug, Default)]
pub struct Sources {
    known: HashMap<u64, Arc<LogSource>, foldhash::fast::FixedState>,
}

/// Bound: distinct log sources remembered; a Zeek path or a service name may come from outside.
const SOURCES_MAX: usize = 4096;

impl Sources {
    /// The log source of these words, shared.
    pub fn get(
        &mut self,
        product: Option<&str>,
        service: Option<&str>,
        categories: &[&str],
    ) -> Arc<LogSource> {
        let made = LogSource::new(product, service, categories);
        if let Some(known) = self.known.get(&made.key()) {
            return Arc::clone(known);
        }
        if self.known.len() >= SOURCES_MAX {
            self.known.clear();
        }
        let made = Arc::new(made);
        self.known.insert(made.key(), Arc::clone(&made));
        made
    }
}
