//! Parcels of any sender on their way to the spool.

use khien_ops::live::parcel::{Parcel, Taken};
use khien_ops::live::writer::{Refused, Writer};

/// Bound: records of one parcel. Rows of a whole parcel are stored together.
pub(crate) const RECORDS_MAX: u32 = 200_000;

/// Offers a parcel, and waits until it is on disk. `queued` is called when the writer counts its bytes.
///
/// # Errors
///
/// [`Refused`]: it was not taken.
pub(crate) async fn offer(
    writer: &Writer,
    parcel: Parcel,
    queued: impl FnOnce(),
) -> Result<Taken, Refused> {
    let (told, answer) = tokio::sync::oneshot::channel();
    writer.offer(parcel, Box::new(move |taken| drop(told.send(taken))))?;
    queued();
    answer.await.unwrap_or(Err(Refused::Ending))
}
