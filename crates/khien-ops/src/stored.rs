//! Events of a lake as they were when they came.

use std::collections::HashMap;

use khien_ingest::{Mapping, Normalizer};
use khien_lake::at;
use khien_lake::row::Row;
use khien_model::{Event, RecordFormat};

/// Makes the second names of stored events again: a lake keeps the producer's fields, as they came.
pub(crate) struct Restored {
    normalizer: Normalizer,
    event: Event,
    formats: HashMap<String, RecordFormat>,
}

impl Restored {
    /// `mappings`: files that events of no known producer were read through when they were stored.
    pub(crate) fn new(mappings: Vec<Mapping>) -> Self {
        Self { normalizer: Normalizer::new(mappings), event: Event::new(), formats: HashMap::new() }
    }

    /// The event of a row, until the next is asked for.
    pub(crate) fn event(&mut self, row: &Row<'_>, event: &Event) -> &Event {
        self.event.clone_from(event);
        let word = row.text(at::FORMAT);
        let format = match self.formats.get(word) {
            Some(format) => *format,
            None => {
                let read = serde_json::from_value(serde_json::Value::from(word));
                let format: RecordFormat = read.unwrap_or_default();
                self.formats.insert(word.to_owned(), format);
                format
            }
        };
        self.normalizer.again(&mut self.event, format);
        &self.event
    }
}
