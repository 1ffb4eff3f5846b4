//! The three listeners: TCP, TLS and HTTP/1.1 below an `App`.
//!
//! Knows sockets and handshakes; must not know routes. Our own accept pipeline, because the
//! framework's swallows failed handshakes. Invariants: every refused connection leaves one log line,
//! Nagle's algorithm is off (it costs 44 ms a request), and a reloaded certificate serves the next
//! connection without a restart.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService, Protocol, Request, Response};
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::Error;
use actix_web::dev::AppConfig;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::patience::Patient;
use super::slots::{Slot, Slots};
use crate::domain::node::NodeId;
use crate::peer::verifier::{PeerCertificate, Reason, Refusal, Until};

/// How many handshakes one address may have under way.
const HANDSHAKES: usize = 256;
/// How long a refused connection may take to read the alert and close.
const PARTING: Duration = Duration::from_secs(1);
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How a listener runs.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    /// Threads, at least one.
    pub workers: usize,
    /// How long open requests may take to finish when the server is stopped, in seconds.
    pub shutdown_seconds: u64,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// How long a connection may be idle between requests; above what our own clients keep theirs for.
    pub idle_timeout: Duration,
    /// How long the head of a request may take from its first byte.
    pub head_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// Connections that one peer may hold.
    pub peer_connections: usize,
    /// Requests that one peer may have open.
    pub peer_at_once: usize,
    /// Requests that one peer may send in a second.
    pub peer_per_second: u32,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            workers: 2,
            shutdown_seconds: 30,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            peer_connections: 64,
            peer_at_once: 32,
            peer_per_second: 1_000,
        }
    }
}

/// Serves an app over TLS: the peer listener with a mutual configuration, the office listener with a
/// server-only one. Await the server to run it; stop it through its handle. It takes no signals.
///
/// Storing another configuration in `tls` serves the next connections. On mutual connections a
/// handler finds the caller by `conn_data::<PeerCertificate>()`, and [`Until`] when that may be.
pub fn serve_tls<F, I, S, B>(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    serving: Serving,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let addr = listener.local_addr()?;
    let builder = builder(serving);
    let shutdown = builder.graceful_shutdown_signal();
    let door = Arc::new(Door::new(tls, serving));
    let service = move || {
        let door = Arc::clone(&door);
        let accept = fn_service(move |tcp: TcpStream| {
            let door = Arc::clone(&door);
            async move { door.accept(tcp).await }
        });
        accept.and_then(http(app(), (addr, true), serving, shutdown.clone(), remember_peer))
    };
    Ok(builder.listen("tls", listener, service)?.run())
}

/// Serves an app without TLS: the ops listener, on loopback only.
///
/// Refused with `InvalidInput` if `listener` is bound to another address.
pub fn serve_plain<F, I, S, B>(listener: TcpListener, serving: Serving, app: F) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let addr = listener.local_addr()?;
    if !addr.ip().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "without TLS only loopback is served"));
    }
    let builder = builder(serving);
    let shutdown = builder.graceful_shutdown_signal();
    let service = move || {
        let accept = fn_service(move |tcp: TcpStream| async move {
            let remote = prepare(&tcp)?;
            let patient = Patient::new(tcp, serving.head_timeout, ());
            Ok::<_, DispatchError>((patient, Protocol::Http1, remote))
        });
        accept.and_then(http(app(), (addr, false), serving, shutdown.clone(), |_, _| ()))
    };
    Ok(builder.listen("plain", listener, service)?.run())
}

fn builder(serving: Serving) -> ServerBuilder {
    Server::build()
        .workers(serving.workers.max(1))
        .shutdown_timeout(serving.shutdown_seconds)
        .disable_signals()
}

/// The HTTP/1.1 half of the pipeline.
fn http<T, I, S, B>(
    app: I,
    (addr, secure): (SocketAddr, bool),
    serving: Serving,
    shutdown: GracefulShutdownSignal,
    on_connect: impl Fn(&T, &mut Extensions) + 'static,
) -> impl ServiceFactory<
    (T, Protocol, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let app = app.into_factory().map_err(|error| error.into().error_response());
    let mut http = HttpService::build()
        .graceful_shutdown_signal(move || {
            let shutdown = shutdown.clone();
            async move { shutdown.notified().await }
        })
        .keep_alive(serving.idle_timeout)
        .client_request_timeout(serving.head_timeout)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .local_addr(addr)
        .on_connect_ext(on_connect);
    if secure {
        http = http.secure();
    }
    // The framework offers no other constructor outside its own server.
    http.finish(map_config(app, move |()| AppConfig::__priv_test_new(secure, addr.to_string(), addr)))
}

fn prepare(tcp: &TcpStream) -> io::Result<Option<SocketAddr>> {
    tcp.set_nodelay(true)?;
    Ok(tcp.peer_addr().ok())
}

type Guest = Patient<TlsStream<TcpStream>, Option<Slot<NodeId>>>;
type Accepted = (Guest, Protocol, Option<SocketAddr>);

/// Where connections come in: whom it lets in, and how many of each.
struct Door {
    tls: Arc<ArcSwap<ServerConfig>>,
    serving: Serving,
    handshakes: Arc<Slots<IpAddr>>,
    connections: Arc<Slots<NodeId>>,
}

impl Door {
    fn new(tls: Arc<ArcSwap<ServerConfig>>, serving: Serving) -> Self {
        let (handshakes, connections) = (Slots::new(HANDSHAKES), Slots::new(serving.peer_connections));
        Self { tls, serving, handshakes, connections }
    }

    async fn accept(&self, tcp: TcpStream) -> Result<Accepted, DispatchError> {
        let remote = prepare(&tcp)?;
        let turned_away = |refusal: Refusal, kind: io::ErrorKind| {
            refusal.log(remote);
            Err(io::Error::from(kind).into())
        };
        let shaking = remote.map(|remote| self.handshakes.take(remote.ip()));
        if matches!(shaking, Some(None)) {
            return turned_away(Reason::TooManyHandshakes.into(), io::ErrorKind::ConnectionAborted);
        }
        let handshake = TlsAcceptor::from(self.tls.load_full()).accept(tcp).into_fallible();
        match tokio::time::timeout(self.serving.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => {
                let peer = shown(&stream).map(|(peer, _)| peer);
                let slot = peer.map(|peer| self.connections.take(peer.node));
                if let (Some(peer), Some(None)) = (peer, &slot) {
                    let (node, pin) = (Some(peer.node), Some(peer.pin));
                    let refusal = Refusal { reason: Reason::TooManyConnections, node, pin };
                    return turned_away(refusal, io::ErrorKind::ConnectionAborted);
                }
                let guest = Patient::new(stream, self.serving.head_timeout, slot.flatten());
                Ok((guest, Protocol::Http1, remote))
            }
            Ok(Err((error, tcp))) => {
                Refusal::of_handshake(&error).log(remote);
                part(tcp).await;
                Err(error.into())
            }
            Err(_) => turned_away(Reason::HandshakeTimeout.into(), io::ErrorKind::TimedOut),
        }
    }
}

/// Closes in order: closing over unread bytes would reset the connection, and the other side would
/// lose the alert that tells it why.
async fn part(mut tcp: TcpStream) {
    let parting = async {
        tcp.shutdown().await?;
        let mut rest = [0; 1024];
        while tcp.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // Whoever does not hang up by itself is hung up on.
    let _ = tokio::time::timeout(PARTING, parting).await;
}

/// The certificate that the other side showed, if it names a node, and its end.
fn shown(stream: &TlsStream<TcpStream>) -> Option<(PeerCertificate, Until)> {
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first)?;
    Some((PeerCertificate::of(shown)?, Until::of(shown)?))
}

fn remember_peer(guest: &Guest, connection: &mut Extensions) {
    if let Some((peer, until)) = shown(guest.below()) {
        connection.insert(peer);
        connection.insert(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accepted_sockets_send_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(!accepted.nodelay().unwrap());
        assert_eq!(prepare(&accepted).unwrap(), client.local_addr().ok());
        assert!(accepted.nodelay().unwrap());
    }

    #[test]
    fn without_tls_only_loopback_is_served() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let refused = serve_plain(listener, Serving::default(), actix_web::App::new);
        assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::InvalidInput);
    }
}
