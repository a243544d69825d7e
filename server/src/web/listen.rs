//! The listener: plain or TLS, with limits on connections, headers and time, and a graceful end.
//!
//! Knows the router as one service. Notes for each request how it came in.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::Transport;

/// Connections at once.
const CONNECTIONS: usize = 2048;
/// A request's headers must be here within this time; also how long an idle connection stays.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// Time for the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// All headers of a request together.
const HEADER_BYTES: usize = 64 * 1024;
/// Headers of a request.
const HEADERS: usize = 64;
/// How long running requests may take to end when the server is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// How the listener works.
pub(crate) struct Listening {
    /// TLS here; plain if absent.
    pub(crate) tls: Option<TlsAcceptor>,
    /// A reverse proxy in front says who asks and whether it was encrypted.
    pub(crate) behind_proxy: bool,
}

/// Serves until told to stop; then lets running requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    how: Listening,
    stop: impl Future<Output = ()>,
) {
    let how = Arc::new(how);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, (stream, peer)) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted {
                (Ok(place), Ok(connection)) => (place, connection),
                (_, accepted) => {
                    // Out of file descriptors, or a connection that broke off at once.
                    if let Err(error) = accepted {
                        tracing::warn!(%error, "a connection could not be accepted");
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let watcher = graceful.watcher();
        let (router, how) = (router.clone(), Arc::clone(&how));
        tokio::spawn(async move {
            connection(stream, peer, router, &how, watcher).await;
            drop(place);
        });
    }
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

type Watcher = hyper_util::server::graceful::Watcher;

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    how: &Listening,
    watcher: Watcher,
) {
    // An answer is written at once; waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &how.tls else {
        return speak(stream, peer.ip(), router, how, watcher).await;
    };
    match tokio::time::timeout(HANDSHAKE_TIME, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer.ip(), router, how, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
    router: Router,
    how: &Listening,
    watcher: Watcher,
) {
    let (encrypted, behind_proxy) = (how.tls.is_some(), how.behind_proxy);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let transport = transport(request.headers(), peer, encrypted, behind_proxy);
        request.extensions_mut().insert(transport);
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The proxy's word counts only where the operator said that there is one.
fn transport(headers: &HeaderMap, peer: IpAddr, encrypted: bool, behind_proxy: bool) -> Transport {
    if !behind_proxy {
        return Transport { address: peer, secure: encrypted };
    }
    let last = |name: &str| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        Some(value.rsplit(',').next().unwrap_or(value).trim().to_owned())
    };
    let address = last("x-forwarded-for").and_then(|text| text.parse().ok()).unwrap_or(peer);
    let secure = encrypted || last("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    Transport { address, secure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_says_counts_only_where_there_is_one() {
        let peer = IpAddr::from([127, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.7, 192.0.2.9".parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let direct = transport(&headers, peer, false, false);
        assert_eq!((direct.address, direct.secure), (peer, false));
        let proxied = transport(&headers, peer, false, true);
        assert_eq!((proxied.address, proxied.secure), (IpAddr::from([192, 0, 2, 9]), true));
    }
}
