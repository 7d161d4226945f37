//! What all requests share.

use std::sync::Arc;

use khien_ops::live::writer::Writer;
use tokio::sync::{Semaphore, watch};

use crate::advisories::named::NamedAdvisories;
use crate::desk::Lookout;
use crate::files::StaticFiles;
use crate::health::Parts;
use crate::http::metrics::Metrics;
use crate::http::rate::Requests;
use crate::http::stream::Streams;
use crate::inventory::Inventory;
use crate::jobs::Jobs;
use crate::live::Bus;
use crate::rules::Rulebook;
use crate::rules::intel::IntelCache;
use crate::sign_in::password::Passwords;
use crate::sign_in::throttle::Logins;
use crate::state::Store;
use crate::updates::Updates;

/// What all requests share.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) bus: Arc<Bus>,
    pub(crate) jobs: Jobs,
    pub(crate) parts: Parts,
    pub(crate) passwords: Passwords,
    pub(crate) logins: Logins,
    pub(crate) requests: Requests,
    pub(crate) streams: Streams,
    pub(crate) metrics: Metrics,
    pub(crate) files: Arc<dyn StaticFiles>,
    /// The lake as it is asked; nothing where the server has none.
    pub(crate) lake: Option<Inventory>,
    /// Where records go; nothing where the server has no lake.
    pub(crate) intake: Option<Writer>,
    /// What is looked for in them.
    pub(crate) lookout: Option<Arc<Lookout>>,
    /// The advisories that were named at the start.
    pub(crate) named: Arc<NamedAdvisories>,
    /// What was read in advisories.
    pub(crate) intel: IntelCache,
    /// Rules.
    pub(crate) rulebook: Arc<Rulebook>,
    /// Updates under review.
    pub(crate) updates: Arc<Updates>,
    pub(crate) device_key: [u8; 32],
    pub(crate) organisation: String,
    pub(crate) synthetic: bool,
    /// Whether browsers speak TLS with this server.
    pub(crate) tls: bool,
    /// Whether only names of this machine are answered to: others would be a page that had its name
    /// changed to point here.
    pub(crate) loopback: bool,
    /// Bound: bodies of records in memory, in pieces.
    pub(crate) bodies: Arc<Semaphore>,
    /// Bound: bodies of records of whom nobody knows yet who sends them, in pieces.
    pub(crate) strangers: Arc<Semaphore>,
    /// Bound: bodies of records that are unpacked at the same time.
    pub(crate) unpacking: Arc<Semaphore>,
    /// Bound: the same of those who have not said yet who they are.
    pub(crate) strangers_unpacking: Arc<Semaphore>,
    /// Bound: audit logs read at the same time.
    pub(crate) verifying: Semaphore,
    /// Becomes true when the server stops.
    pub(crate) stop: watch::Receiver<bool>,
}
