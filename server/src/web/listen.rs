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
pub(crate) const HEADER_TIME: Duration = Duration::from_secs(30);
/// Time for the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// All headers of a request together, give or take one read.
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
    /// Time for a request's headers.
    pub(crate) header_time: Duration,
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
        .header_read_timeout(how.header_time)
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
        return Transport {
            address: peer,
            secure: encrypted,
        };
    }
    let last = |name: &str| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        Some(value.rsplit(',').next().unwrap_or(value).trim().to_owned())
    };
    let address = last("x-forwarded-for")
        .and_then(|text| text.parse().ok())
        .unwrap_or(peer);
    let secure = encrypted || last("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    Transport { address, secure }
}

#[cfg(test)]
mod tests {
    use super::*;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

    const HELLO: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

    /// Serves what it is told of the transport, until the test ends.
    async fn listening(tls: Option<TlsAcceptor>, header_time: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tell = |request: Request<Body>| async move {
            format!("secure: {}", Transport::of(request.extensions()).secure)
        };
        let router = Router::new()
            .fallback(tell)
            .layer(axum::middleware::from_fn(crate::web::hardened));
        let how = Listening {
            tls,
            behind_proxy: false,
            header_time,
        };
        tokio::spawn(serve(listener, router, how, std::future::pending()));
        address
    }

    async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> String {
        // Whoever is refused half-way can neither send all nor read to the end.
        let _ = stream.write_all(request).await;
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    }

    #[tokio::test]
    async fn tls_is_spoken_and_browsers_are_told_to_stay_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (chain, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let acceptor = crate::web::tls::acceptor(&chain, &key).unwrap();
        let address = listening(Some(acceptor), HEADER_TIME).await;

        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(made.cert.der().to_vec()))
            .unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let plain = TcpStream::connect(address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(client));
        let stream = connector.connect(name, plain).await.unwrap();
        let text = answer(stream, HELLO).await;
        assert!(text.contains("secure: true"), "{text}");
        assert!(
            text.contains("strict-transport-security: max-age="),
            "{text}"
        );

        let plain = TcpStream::connect(address).await.unwrap();
        let refused = answer(plain, HELLO).await;
        assert!(
            !refused.contains("HTTP/1.1"),
            "nothing is served in the clear: {refused}"
        );
    }

    #[tokio::test]
    async fn a_certificate_or_key_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("empty.pem");
        std::fs::write(&path, "").unwrap();
        let error = crate::web::tls::acceptor(&path, &path).err().unwrap();
        assert!(error.to_string().contains("empty.pem"), "{error}");
    }

    #[tokio::test]
    async fn whoever_sends_headers_drop_by_drop_is_cut_off() {
        let address = listening(None, Duration::from_millis(200)).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n")
            .await
            .unwrap();
        let mut rest = Vec::new();
        let cut = tokio::time::timeout(Duration::from_secs(5), slow.read_to_end(&mut rest)).await;
        assert!(
            cut.is_ok(),
            "the connection is still open after five seconds"
        );
    }

    #[tokio::test]
    async fn too_many_and_too_long_headers_are_refused() {
        let address = listening(None, HEADER_TIME).await;
        let asked = async |headers: String| {
            let request = format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
            let stream = TcpStream::connect(address).await.unwrap();
            answer(stream, request.as_bytes()).await
        };
        let many = asked("x: y\r\n".repeat(HEADERS + 1)).await;
        assert!(many.starts_with("HTTP/1.1 431"), "{many}");
        // The refusal may be lost with what is still on its way; the answer must not come.
        let long = asked(format!("x: {}\r\n", "y".repeat(16 * HEADER_BYTES))).await;
        assert!(!long.contains("secure:"), "{long}");
        let stream = TcpStream::connect(address).await.unwrap();
        let text = answer(stream, HELLO).await;
        assert!(text.contains("secure: false"), "{text}");
        assert!(!text.contains("strict-transport-security"), "{text}");
    }

    #[test]
    fn what_a_proxy_says_counts_only_where_there_is_one() {
        let peer = IpAddr::from([127, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            "198.51.100.7, 192.0.2.9".parse().unwrap(),
        );
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let direct = transport(&headers, peer, false, false);
        assert_eq!((direct.address, direct.secure), (peer, false));
        let proxied = transport(&headers, peer, false, true);
        assert_eq!(
            (proxied.address, proxied.secure),
            (IpAddr::from([192, 0, 2, 9]), true)
        );
    }
}
