//! Tunnels through DNS: how much information the names below one registered domain carry.
//!
//! A name that is asked twice carries nothing new, so what counts is the information in *distinct*
//! names: their bytes below the registered domain, at five bits a character (base32). It is
//! estimated in bounded memory, whatever the order of queries ([`Names`]), for each asking host (or
//! process) and registered domain, a minute, an hour and a day at a time. Query types, failures and
//! the bytes of answers come along, and the reference tool's rule of 100 distinct names is kept as
//! [`Reason::ManyNames`].
//!
//! Source: the measure follows "information-based heavy hitters" (2023), which finds tunnels down
//! to 0.7 bytes a second at an alert rate below 0.004. That rate was not measured here.

use khien_model::Timestamp;

use super::Key;
use super::hosting::registered;

mod names;
mod watch;

#[cfg(test)]
mod tests;

pub use names::Names;
pub use watch::{Bounds, Reason, Tunnel, Tunnels};

/// What was asked for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A or AAAA: what most of the world asks.
    Address,
    /// CNAME, MX or SRV: they hold names, and so some bytes.
    Name,
    /// NULL, PRIVATE or KEY: they hold anything.
    Opaque,
    /// All else.
    Other,
    /// TXT: it holds text.
    Text,
}

impl Kind {
    /// The kind of a query type, by its number.
    pub const fn of(number: u16) -> Self {
        match number {
            1 | 28 => Self::Address,
            5 | 15 | 33 => Self::Name,
            10 | 25 | 65_280..=65_534 => Self::Opaque,
            16 => Self::Text,
            _ => Self::Other,
        }
    }
}

/// One query, with what is known of its answer.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Who asked: a host, or a process where it is known.
    pub asker: Key,
    /// When.
    pub time: Timestamp,
    /// For which name.
    pub name: &'a str,
    /// For what.
    pub kind: Kind,
    /// Whether there is no such name.
    pub is_missing: bool,
    /// Bytes of the answer's data; 0 where unknown.
    pub answer_bytes: u32,
}

/// The registered domain of a query in lower case, and the bytes of what stands below it; `None`
/// for names that say nothing: reverse zones, names of the local network, single labels.
fn split(name: &str) -> Option<(String, String)> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let local = ["arpa", "local", "localhost", "lan", "home", "internal", "localdomain"];
    let last = name.rsplit('.').next().unwrap_or_default();
    if name.len() > 255 || local.contains(&last) || !name.contains('.') {
        return None;
    }
    let domain = registered(&name).to_owned();
    let below = name.strip_suffix(domain.as_str())?.trim_end_matches('.').to_owned();
    (!below.is_empty()).then_some((domain, below))
}
