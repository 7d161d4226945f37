//! Connections: taken within limits, each served until it ends or the server stops.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use khien_ops::held::lock;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::app::App;
use crate::http::{Peer, router};
use crate::limit::network;
use crate::server::STOP;

/// Bound: connections at the same time. More wait in the system's queue.
const CONNECTIONS: usize = 2048;

/// Bound: connections from one address or network. More are closed.
const CONNECTIONS_OF_ONE: usize = 256;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take to send a request's head, and may be silent between two requests.
const HEAD: Duration = Duration::from_secs(30);

/// Bound: bytes of a request's head, and of one connection's buffer.
const HEAD_BYTES: usize = 64 * 1024;

/// Bound: fields of a request's head.
const HEAD_FIELDS: usize = 100;

/// Bound: requests at the same time on one connection of HTTP/2.
const STREAMS: u32 = 64;

/// Takes connections until told to stop; then tells live streams to end, lets requests end, and
/// gives up on those that do not within [`STOP`].
pub(crate) async fn serve(
    app: &Arc<App>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    until: impl Future<Output = ()>,
    stop: &watch::Sender<bool>,
) {
    let service = router(app);
    let acceptor = tls.map(TlsAcceptor::from);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let sources = Sources::of(CONNECTIONS_OF_ONE);
    let graceful = GracefulShutdown::new();
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut until => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, say: others may end soon.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = sources.take(address.ip()) else { continue };
        let (service, acceptor) = (service.clone(), acceptor.clone());
        let (counted, watcher) = (app.metrics.connection(), graceful.watcher());
        tokio::spawn(async move {
            connection(stream, address, service, acceptor, watcher).await;
            drop((permit, place, counted));
        });
    }
    drop(listener);
    stop.send_replace(true);
    tracing::info!("stopping");
    if tokio::time::timeout(STOP, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    service: Router,
    acceptor: Option<TlsAcceptor>,
    watcher: Watcher,
) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return speak(TokioIo::new(stream), address, service, false, watcher).await;
    };
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await else {
        return;
    };
    let two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    speak(TokioIo::new(stream), address, service, two, watcher).await;
}

async fn speak<I>(io: I, address: SocketAddr, service: Router, two: bool, watcher: Watcher)
where
    I: Read + Write + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX));
    // Never by looking at the first bytes: who sends none would be waited for.
    let builder = if two { builder.http2_only() } else { builder.http1_only() };
    let answer = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(address.ip()));
        service.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let served = watcher.watch(builder.serve_connection(io, answer).into_owned());
    // Clients that go away, or speak no HTTP, are no news.
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Connections by where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    all: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// Bound: connections of one.
    most: usize,
}

/// A connection of a source, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    sources: Sources,
    source: IpAddr,
}

impl Sources {
    /// None yet; so many of one address or network at most.
    pub(crate) fn of(most: usize) -> Self {
        Self { all: Arc::default(), most }
    }

    /// A place for a connection; none where its source has as many as it may.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let source = network(address);
        let mut all = lock(&self.all);
        let count = all.entry(source).or_default();
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place { sources: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = lock(&self.sources.all);
        if let Some(count) = all.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                all.remove(&self.source);
            }
        }
    }
}
