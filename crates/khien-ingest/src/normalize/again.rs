//! What a normaliser offers of a record, made again from the fields as read: stored events have only
//! those, and rules ask for the others.

use khien_model::{Event, RecordFormat};

use super::{Normalizer, zeek};
use crate::read::{auditd, syslog};

impl Normalizer {
    /// Offers the fields of a stored event under the names that rules ask for. Its time, host, class
    /// and log sources stay as they are stored.
    pub fn again(&mut self, event: &mut Event, format: RecordFormat) {
        let (time, class, source) = (event.time, event.class, event.source.clone());
        let host = event.host().to_owned();
        match format {
            RecordFormat::Evtx | RecordFormat::WindowsJson => self.windows(event),
            RecordFormat::ZeekTsv | RecordFormat::ZeekJson => {
                zeek::Kind::of(source.service().unwrap_or_default()).offer_names(event);
            }
            RecordFormat::Syslog => syslog::offer_again(event, &mut self.sources),
            RecordFormat::Auditd => auditd::offer_again(event, &mut self.sources),
            _ => {
                self.json(event, "");
            }
        }
        (event.time, event.class, event.source) = (time, class, source);
        event.set_host(&host);
    }
}
