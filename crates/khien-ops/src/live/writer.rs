//! The thread that writes to the spool: what several senders offer at once becomes durable together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use khien_model::Timestamp;

use super::parcel::{Parcel, Taken};
use super::spool::{Spool, SpoolError};
use crate::held::lock;

/// Bound: parcels that wait to be written.
const PARCELS_MAX: usize = 4096;
/// Bound: bytes of parcels that wait to be written.
const BYTES_MAX: usize = 128 << 20;
/// Bytes that are written in one go at most, and a parcel more.
const TOGETHER_BYTES: usize = 16 << 20;
/// How often old segments are closed.
const CLOSE_EVERY: Duration = Duration::from_secs(1);
/// How often lists of parcels whose keys are too old are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// What becomes of parcels that were offered together, for their sender: of each in its order.
pub type Reply = Box<dyn FnOnce(Result<Vec<Taken>, Refused>) + Send>;

/// Why a parcel was not taken. The sender keeps it and tries again.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Too much waits already: here, or for the lake.
    #[error("too much waits already")]
    Busy,
    /// The process is ending.
    #[error("the process is ending")]
    Ending,
    /// The disk does not take it.
    #[error("{0}")]
    Failed(String),
}

struct Offer {
    parcels: Vec<Parcel>,
    reply: Reply,
}

/// Takes parcels from any thread.
#[derive(Clone)]
pub struct Writer {
    offers: SyncSender<Offer>,
    waiting: Arc<AtomicUsize>,
}

/// A spool that several threads use.
pub type SharedSpool = Arc<Mutex<Spool>>;

impl Writer {
    /// Starts the thread. It ends, with everything written, when the last of its writers is dropped.
    pub fn start(spool: SharedSpool, clock: fn() -> Timestamp) -> (Self, JoinHandle<()>) {
        let (offers, offered) = sync_channel(PARCELS_MAX);
        let waiting = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&waiting);
        let thread = std::thread::spawn(move || write(&spool, &offered, &count, clock));
        (Self { offers, waiting }, thread)
    }

    /// Offers parcels, of which all are taken or none; `reply` is called once, when they are durable or refused.
    ///
    /// # Errors
    ///
    /// [`Refused`]: it was not even queued, and `reply` is not called.
    pub fn offer_all(&self, parcels: Vec<Parcel>, reply: Reply) -> Result<(), Refused> {
        let bytes = bytes_of(&parcels);
        let before = self.waiting.fetch_add(bytes, Ordering::AcqRel);
        // What is larger than the bound is taken when nothing else waits.
        let offered = match before > 0 && before.saturating_add(bytes) > BYTES_MAX {
            true => Err(Refused::Busy),
            false => self.offers.try_send(Offer { parcels, reply }).map_err(|error| match error {
                TrySendError::Full(_) => Refused::Busy,
                TrySendError::Disconnected(_) => Refused::Ending,
            }),
        };
        if offered.is_err() {
            self.waiting.fetch_sub(bytes, Ordering::AcqRel);
        }
        offered
    }

    /// Bytes that wait to be written.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}

fn bytes_of(parcels: &[Parcel]) -> usize {
    parcels.iter().map(|parcel| parcel.bytes.len()).fold(0, usize::saturating_add)
}

fn write(
    spool: &Mutex<Spool>,
    offered: &Receiver<Offer>,
    waiting: &AtomicUsize,
    clock: fn() -> Timestamp,
) {
    let (mut closed, mut swept) = (clock(), clock());
    loop {
        tidy(spool, clock(), &mut closed, &mut swept);
        let first = match offered.recv_timeout(CLOSE_EVERY) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut bytes = bytes_of(&first.parcels);
        let mut replies = vec![(first.parcels.len(), first.reply)];
        let mut parcels = first.parcels;
        while bytes < TOGETHER_BYTES
            && let Ok(offer) = offered.try_recv()
        {
            bytes += bytes_of(&offer.parcels);
            replies.push((offer.parcels.len(), offer.reply));
            parcels.extend(offer.parcels);
        }
        let taken = lock(spool).append(&parcels, clock());
        drop(parcels);
        waiting.fetch_sub(bytes, Ordering::AcqRel);
        match taken {
            Ok(taken) => {
                let mut taken = taken.into_iter();
                for (count, reply) in replies {
                    reply(Ok(taken.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                let refused = match error {
                    SpoolError::Full(_) => Refused::Busy,
                    error => Refused::Failed(error.to_string()),
                };
                replies.into_iter().for_each(|(_, reply)| reply(Err(refused.clone())));
            }
        }
    }
}

/// Closes and removes what is old, when it is time, however many parcels come.
fn tidy(spool: &Mutex<Spool>, now: Timestamp, closed: &mut Timestamp, swept: &mut Timestamp) {
    // A clock that was set back starts the time anew.
    let is_time = |last: &mut Timestamp, every: Duration| {
        let since = now.nanos_since(*last);
        let is_time = since < 0 || u128::from(since.unsigned_abs()) >= every.as_nanos();
        if is_time {
            *last = now;
        }
        is_time
    };
    // What cannot be removed now is removed another time, or when it is opened again.
    if is_time(closed, CLOSE_EVERY) {
        let _ = lock(spool).close_old(now);
    }
    if is_time(swept, SWEEP_EVERY) {
        let _ = lock(spool).sweep(now);
    }
}

#[cfg(test)]
mod tests;
