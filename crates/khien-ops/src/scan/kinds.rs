//! Which kinds of observables the data held at all: no indicator of a kind that no record carries can
//! be called clear.

use std::collections::{BTreeSet, HashSet};

use khien_model::{Event, IndicatorKind, Role};

/// Kinds of observables seen.
#[derive(Debug, Default)]
pub struct KindsSeen {
    shapes: HashSet<u64, foldhash::fast::RandomState>,
    kinds: BTreeSet<&'static str>,
}

/// Bound: sets of names looked at.
const SHAPES_MAX: usize = 100_000;

impl KindsSeen {
    /// Takes note of an event; cheap for one with names that were seen before.
    pub fn note(&mut self, event: &Event) {
        if self.shapes.contains(&event.shape()) || self.shapes.len() >= SHAPES_MAX {
            return;
        }
        // A field that is there but empty this time may carry a value the next time.
        let mut undecided = false;
        for (kind, roles) in ROLES {
            if self.kinds.contains(kind) {
                continue;
            }
            if roles.iter().any(|role| event.facet(*role).is_some()) {
                self.kinds.insert(kind);
            } else {
                let names = |role: &Role| role.names(event.class).iter().any(|n| event.has(n));
                undecided |= roles.iter().any(names);
            }
        }
        if !undecided {
            self.shapes.insert(event.shape());
        }
    }

    /// Adds what another worker saw.
    pub fn merge(&mut self, other: Self) {
        self.kinds.extend(other.kinds);
    }

    /// Whether records carry what such an indicator could match.
    pub fn covers(&self, kind: &IndicatorKind) -> bool {
        let word = match kind {
            IndicatorKind::Cidr(..) => "ip",
            IndicatorKind::Mutex(_) => return !self.kinds.is_empty(),
            other => other.word(),
        };
        self.kinds.contains(word)
    }
}

const ROLES: [(&str, &[Role]); 8] = [
    ("domain", &[Role::DnsQuery, Role::DestinationName, Role::Url]),
    ("hash", &[Role::Hashes]),
    ("ip", &[Role::DestinationIp, Role::SourceIp]),
    ("path", &[Role::ProcessImage, Role::ModulePath, Role::FilePath]),
    ("signer", &[Role::Signer]),
    ("signer_serial", &[Role::CertificateSerial]),
    ("url", &[Role::Url]),
    ("user_agent", &[Role::UserAgent]),
];
