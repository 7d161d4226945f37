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
    let taken = offer_all(writer, vec![parcel], queued).await?;
    taken.into_iter().next().ok_or(Refused::Ending)
}

/// Offers several parcels, of which all are taken or none.
///
/// # Errors
///
/// [`Refused`]: none was taken.
pub(crate) async fn offer_all(
    writer: &Writer,
    parcels: Vec<Parcel>,
    queued: impl FnOnce(),
) -> Result<Vec<Taken>, Refused> {
    let (told, answer) = tokio::sync::oneshot::channel();
    writer.offer_all(parcels, Box::new(move |taken| drop(told.send(taken))))?;
    queued();
    answer.await.unwrap_or(Err(Refused::Ending))
}
