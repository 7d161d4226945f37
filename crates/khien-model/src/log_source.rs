//! Sigma log sources: which rules an event is in scope for.
//!
//! One event can belong to several categories at once: a Sysmon 13 is `registry_event` *and*
//! `registry_set`, a Security 4688 is service `security` *and* category `process_creation`.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// The format that a record was read from.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordFormat {
    /// Linux audit daemon, raw lines.
    Auditd,
    /// Azure activity, audit and sign-in logs as JSON.
    Azure,
    /// AWS CloudTrail JSON.
    CloudTrail,
    /// macOS `eslogger` JSON.
    Eslogger,
    /// Windows event log file.
    Evtx,
    /// Google Cloud audit log JSON.
    GcpAudit,
    /// systemd journal export as JSON.
    Journald,
    /// JSON of no known producer, or through a mapping file.
    #[default]
    Json,
    /// osquery result log.
    Osquery,
    /// Suricata EVE JSON.
    SuricataEve,
    /// RFC 3164 or RFC 5424 lines, and plain text.
    Syslog,
    /// Windows events as JSON (evtx_dump, Winlogbeat/ECS, NXLog and similar).
    WindowsJson,
    /// Zeek logs as JSON.
    ZeekJson,
    /// Zeek logs as tab-separated values.
    ZeekTsv,
}

/// Product, service and categories of an event, in Sigma's words, lower case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogSource {
    product: Option<Box<str>>,
    service: Option<Box<str>>,
    categories: Box<[Box<str>]>,
    key: u64,
}

impl LogSource {
    /// Makes a log source; words are folded to lower case.
    pub fn new(product: Option<&str>, service: Option<&str>, categories: &[&str]) -> Self {
        let fold = |word: &str| word.to_lowercase().into_boxed_str();
        let product = product.map(fold);
        let service = service.map(fold);
        let categories: Box<[Box<str>]> = categories.iter().map(|word| fold(word)).collect();
        let mut hasher = foldhash::fast::FixedState::with_seed(0x6c6f_6773_7263).build_hasher();
        for word in [product.as_deref(), service.as_deref()] {
            hasher.write(word.unwrap_or("\0").as_bytes());
            hasher.write_u8(1);
        }
        for word in &categories {
            hasher.write(word.as_bytes());
            hasher.write_u8(2);
        }
        let key = hasher.finish();
        Self { product, service, categories, key }
    }

    /// The log source of a record that nothing is known about; only rules without any are in scope.
    pub fn unknown() -> Arc<Self> {
        static UNKNOWN: OnceLock<Arc<LogSource>> = OnceLock::new();
        Arc::clone(UNKNOWN.get_or_init(|| Arc::new(Self::new(None, None, &[]))))
    }

    /// The product, such as `windows` or `zeek`.
    pub fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }

    /// The service, such as `sysmon` or `dns`.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The categories, such as `process_creation`.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.categories.iter().map(AsRef::as_ref)
    }

    /// A fingerprint: equal log sources have equal keys.
    pub const fn key(&self) -> u64 {
        self.key
    }

    /// Whether a rule that asks for these is in scope; `None` asks for nothing.
    ///
    /// Source: Sigma rules specification 2.1, "Log source".
    pub fn satisfies(
        &self,
        product: Option<&str>,
        category: Option<&str>,
        service: Option<&str>,
    ) -> bool {
        let same = |asked: Option<&str>, have: Option<&str>| {
            asked.is_none_or(|asked| have.is_some_and(|have| have.eq_ignore_ascii_case(asked)))
        };
        same(product, self.product())
            && same(service, self.service())
            && category.is_none_or(|asked| self.categories().any(|c| c.eq_ignore_ascii_case(asked)))
    }
}

impl fmt::Display for LogSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        for word in self.product().into_iter().chain(self.service()).chain(self.categories()) {
            if !empty {
                f.write_str("/")?;
            }
            f.write_str(word)?;
            empty = false;
        }
        if empty { f.write_str("unknown") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_serves_service_rules_and_category_rules() {
        let source = LogSource::new(Some("windows"), Some("security"), &["process_creation"]);
        assert!(source.satisfies(Some("windows"), Some("process_creation"), None));
        assert!(source.satisfies(Some("Windows"), None, Some("security")));
        assert!(source.satisfies(None, None, None));
        assert!(!source.satisfies(Some("windows"), None, Some("sysmon")));
        assert!(!source.satisfies(Some("linux"), Some("process_creation"), None));
        assert_eq!(source.to_string(), "windows/security/process_creation");
    }

    #[test]
    fn the_unknown_source_is_in_scope_of_nothing_specific() {
        let source = LogSource::unknown();
        assert!(!source.satisfies(Some("windows"), None, None));
        assert!(source.satisfies(None, None, None));
        assert_eq!(source.to_string(), "unknown");
    }

    #[test]
    fn keys_tell_position_apart() {
        let a = LogSource::new(Some("dns"), None, &[]);
        let b = LogSource::new(None, Some("dns"), &[]);
        let c = LogSource::new(None, None, &["dns"]);
        assert!(a.key() != b.key() && b.key() != c.key() && a.key() != c.key());
    }
}
