//! How many requests are taken from one source and from one who signed in.

use std::net::IpAddr;

use khien_wire::ProblemCode;

use super::Fault;
use super::call::Principal;
use crate::limit::{Buckets, Rate, network};

/// From one address or network: a burst of 600, and 100 a second. Several people sit behind one.
const OF_SOURCE: Rate = Rate { burst: 600, per_ms: 6_000 };

/// From one person or machine: a burst of 300, and 50 a second.
const OF_PRINCIPAL: Rate = Rate { burst: 300, per_ms: 6_000 };

/// Bound: sources and principals that are remembered.
const KEYS_MAX: usize = 50_000;

/// What is left to each.
#[derive(Debug)]
pub(crate) struct Requests {
    sources: Buckets<IpAddr>,
    principals: Buckets<String>,
}

impl Requests {
    pub(crate) fn new() -> Self {
        Self {
            sources: Buckets::new(OF_SOURCE, KEYS_MAX),
            principals: Buckets::new(OF_PRINCIPAL, KEYS_MAX),
        }
    }

    pub(super) fn of_source(&self, now: i64, source: Option<IpAddr>) -> Result<(), Fault> {
        let Some(source) = source else { return Ok(()) };
        self.sources.take(now, network(source)).map_err(limited)
    }

    pub(super) fn of_principal(&self, now: i64, principal: &Principal) -> Result<(), Fault> {
        let id = match principal {
            Principal::Anonymous => return Ok(()),
            Principal::Machine(machine) => &machine.id,
            Principal::Person(person) => &person.id,
        };
        self.principals.take(now, id.clone()).map_err(limited)
    }
}

fn limited(seconds: u32) -> Fault {
    Fault::new(ProblemCode::RateLimited).retry_after(seconds)
}
