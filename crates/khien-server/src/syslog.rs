//! Syslog over TCP and TLS, into the spool.
//!
//! Senders get no answers in this protocol: when records cannot be taken, nothing more is read, and the
//! sender's system waits. What was read and is not on disk when the server ends is lost; who cannot have
//! that sends over HTTP.
//!
//! Source: RFC 6587 (both framings, told apart by the first byte as §3.4 has it) and RFC 5425.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use khien_ops::live::parcel::{Form, Parcel};
use khien_ops::live::writer::{Refused, Writer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::intake::{self, RECORDS_MAX};
use crate::listen::Sources;

/// Bound: connections at the same time. More wait in the system's queue.
const CONNECTIONS: usize = 512;
/// Bound: connections from one address or network. More are closed.
const CONNECTIONS_OF_ONE: usize = 64;
/// How long a sender may be silent; it connects again when it has something to say.
const IDLE: Duration = Duration::from_secs(3600);
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bound: bytes of one message; RFC 5425 asks for 8,192 at least.
const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// Bound: digits of a message's length.
const DIGITS_MAX: usize = 7;
/// Bytes of messages that are offered together.
const TOGETHER_BYTES: usize = 1 << 20;
/// Messages that are offered together, and those of a read more.
const TOGETHER_COUNT: u32 = RECORDS_MAX / 4;
/// How long messages wait for others.
const TOGETHER: Duration = Duration::from_millis(200);
/// How long after a refusal messages are offered again.
const RETRY: Duration = Duration::from_millis(250);
/// How long what was read may take to reach the disk when the server ends.
const LAST: Duration = Duration::from_secs(5);

/// Takes connections until told to stop, and then until their messages are on disk.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    intake: Writer,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let sources = Sources::of(CONNECTIONS_OF_ONE);
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepted => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection of a syslog sender could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = sources.take(address.ip()) else { continue };
        let (acceptor, intake, stop) = (acceptor.clone(), intake.clone(), stop.clone());
        connections.spawn(async move {
            connection(stream, address, acceptor, intake, stop).await;
            drop((permit, place));
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST, ended).await.is_err() {
        tracing::warn!("syslog messages that were read could not be written in time");
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    intake: Writer,
    stop: watch::Receiver<bool>,
) {
    let source = address.ip().to_canonical();
    let ended = match acceptor {
        None => take(stream, source, &intake, stop).await,
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => take(stream, source, &intake, stop).await,
            _ => Err("no TLS"),
        },
    };
    if let Err(why) = ended {
        tracing::warn!(%source, why, "a syslog sender was cut off");
    }
}

/// Reads messages and offers them, some together, until the sender or the server ends.
async fn take(
    mut stream: impl AsyncRead + Unpin,
    source: IpAddr,
    intake: &Writer,
    mut stop: watch::Receiver<bool>,
) -> Result<(), &'static str> {
    let (mut frames, mut piece) = (Frames::default(), vec![0; 64 << 10]);
    let (mut lines, mut count) = (Vec::new(), 0_u32);
    // When what waits is offered, and when the sender was silent for too long.
    let (mut due, mut silent) = (None, Instant::now().checked_add(IDLE));
    loop {
        let wait = async {
            match due.or(silent) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let read = tokio::select! {
            read = stream.read(&mut piece) => Some(read.unwrap_or(0)),
            () = wait => None,
            _ = stop.wait_for(|stop| *stop) => Some(0),
        };
        let mut is_over = read == Some(0);
        if read.is_none() && due.is_none() {
            return Err("it said nothing for an hour");
        }
        if let Some(read) = read {
            silent = Instant::now().checked_add(IDLE);
            frames.push(piece.get(..read).unwrap_or_default());
        }
        if is_over {
            frames.end();
        }
        let mut wrong = None;
        loop {
            match frames.next() {
                Ok(Some(message)) => {
                    count = count.saturating_add(1);
                    add(&mut lines, &message);
                }
                Ok(None) => break,
                Err(why) => {
                    (wrong, is_over) = (Some(why), true);
                    break;
                }
            }
        }
        if !lines.is_empty() && due.is_none() {
            due = Instant::now().checked_add(TOGETHER);
        }
        let is_much = lines.len() >= TOGETHER_BYTES || count >= TOGETHER_COUNT;
        let is_due = read.is_none() || is_over || is_much;
        if is_due && !lines.is_empty() {
            let parcel = Parcel {
                form: Form::Syslog,
                key: None,
                host: source.to_string(),
                records: std::mem::take(&mut count),
                bytes: std::mem::take(&mut lines),
            };
            due = None;
            offer(intake, parcel).await?;
        }
        if is_over {
            return wrong.map_or(Ok(()), Err);
        }
    }
}

/// Offers a parcel until it is taken.
async fn offer(intake: &Writer, parcel: Parcel) -> Result<(), &'static str> {
    loop {
        match intake::offer(intake, parcel.clone(), || ()).await {
            Ok(_) => return Ok(()),
            Err(Refused::Ending) => return Err("the server ends"),
            Err(Refused::Busy | Refused::Failed(_)) => tokio::time::sleep(RETRY).await,
        }
    }
}

/// Adds a message as a line: line ends inside it become spaces, and empty ones are none.
fn add(lines: &mut Vec<u8>, message: &[u8]) {
    let message = message.trim_ascii_end();
    if !message.is_empty() {
        lines.extend(message.iter().map(|byte| match byte {
            b'\n' | b'\r' | 0 => b' ',
            byte => *byte,
        }));
        lines.push(b'\n');
    }
}

/// Cuts a stream into messages.
#[derive(Debug, Default)]
struct Frames {
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given out.
    taken: usize,
    /// The rest of a message that is too long is passed over, up to its line end.
    is_passing: bool,
    has_ended: bool,
}

impl Frames {
    fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// No more comes: what is there is the last message.
    fn end(&mut self) {
        self.has_ended = true;
    }

    /// The next message.
    ///
    /// # Errors
    ///
    /// A length that is none, or too much: where the next message begins nobody knows then.
    fn next(&mut self) -> Result<Option<Vec<u8>>, &'static str> {
        loop {
            let rest = self.buffer.get(self.taken..).unwrap_or_default();
            let Some(first) = rest.first() else { return Ok(None) };
            if !self.is_passing && matches!(first, b'1'..=b'9') {
                return self.counted();
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0));
            let (length, skip) = match end {
                Some(end) => (end, end + 1),
                None if self.has_ended => (rest.len(), rest.len()),
                None if rest.len() > MESSAGE_BYTES_MAX => (rest.len(), rest.len()),
                None => return Ok(None),
            };
            let message = rest.get(..length.min(MESSAGE_BYTES_MAX)).unwrap_or_default().to_vec();
            self.taken += skip;
            let was_passing = std::mem::replace(&mut self.is_passing, end.is_none());
            if !was_passing {
                return Ok(Some(message));
            }
        }
    }

    /// A message with its length before it (RFC 6587 §3.4.1).
    fn counted(&mut self) -> Result<Option<Vec<u8>>, &'static str> {
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let digits = rest.iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        if digits > DIGITS_MAX {
            return Err("a message's length has too many digits");
        }
        match rest.get(digits) {
            None if self.has_ended => return Err("a message is cut short"),
            None => return Ok(None),
            Some(b' ') => {}
            Some(_) => return Err("a message begins with a digit and has no length"),
        }
        let length = rest.get(..digits).and_then(|text| std::str::from_utf8(text).ok());
        let length: usize =
            length.and_then(|text| text.parse().ok()).ok_or("a length is no number")?;
        if length > MESSAGE_BYTES_MAX {
            return Err("a message is longer than 64 KiB");
        }
        let begin = digits + 1;
        match rest.get(begin..begin + length) {
            Some(message) => {
                let message = message.to_vec();
                self.taken += begin + length;
                Ok(Some(message))
            }
            None if self.has_ended => Err("a message is cut short"),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
