//! Destinations as entities, and the dead drop: a first fetch from shared hosting, then a domain
//! that nobody has seen.
//!
//! On most of the internet the registered domain is who one talks to. On shared hosting it is not:
//! `raw.githubusercontent.com` is everybody. There the entity is the full host, with the part of
//! the path that names the tenant where it is visible.
//!
//! [`DeadDrops`] remembers which entities each application has contacted. It does not decide what
//! is an alarm: a browser finds something new all the time, a softphone hardly ever, and
//! [`Novelty::bits`] says how much of a surprise it is for *this* application.

use std::net::IpAddr;

mod chain;
mod shared;

#[cfg(test)]
mod tests;

pub use chain::{Bounds, DeadDrops, Drop, FollowUp, Found, Newness, Novelty, Visit};

/// Whom a connection is with.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Entity {
    /// An address without a name.
    Address(IpAddr),
    /// A registered domain (`example.co.uk`), or a name that has none.
    Domain(Box<str>),
    /// A tenant of shared hosting: full host, and the tenant's part of the path where it is visible.
    Tenant(Box<str>),
}

impl Entity {
    /// The entity behind a host name or address, and the request's path where it is known.
    pub fn of(host: &str, path: Option<&str>) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Self::Address(address.to_canonical());
        }
        match shared::segments(&host) {
            Some(segments) => Self::Tenant(tenant(&host, path, segments).into()),
            None => Self::Domain(registered(&host).into()),
        }
    }

    /// Whether it is a tenant of shared hosting.
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Tenant(_))
    }
}

/// The registered part of a host name in lower case, or all of it where it has none.
pub fn registered(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// Host and the first segments of the path.
fn tenant(host: &str, path: Option<&str>, segments: usize) -> String {
    let mut name = host.to_owned();
    let path = path.unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    for segment in path.split('/').filter(|segment| !segment.is_empty()).take(segments) {
        name.push('/');
        name.push_str(segment);
    }
    name
}
