//! The three listeners: TCP, TLS and HTTP/1.1 below an `App`.
//!
//! Knows sockets and handshakes; must not know routes. Our own accept pipeline, because the
//! framework's swallows failed handshakes. Invariants: every refused connection leaves one log line,
//! Nagle's algorithm is off (it costs 44 ms a request), and a reloaded certificate serves the next
//! connection without a restart.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
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

use crate::peer::identity::PeerCertificate;
use crate::peer::refusal::{Reason, Refusal};

const KEEP_ALIVE: Duration = Duration::from_secs(75);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
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
}

impl Default for Serving {
    fn default() -> Self {
        Self { workers: 2, shutdown_seconds: 30, handshake_timeout: Duration::from_secs(10) }
    }
}

/// Serves an app over TLS: the peer listener with a mutual configuration, the office listener with a
/// server-only one. Await the server to run it; stop it through its handle. It takes no signals.
///
/// Storing another configuration in `tls` serves the next connections. On mutual connections a
/// handler finds the caller by `conn_data::<PeerCertificate>()`.
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
    let service = move || {
        let tls = Arc::clone(&tls);
        let accept = fn_service(move |tcp: TcpStream| {
            accept_tls(tcp, TlsAcceptor::from(tls.load_full()), serving.handshake_timeout)
        });
        accept.and_then(http(app(), addr, true, shutdown.clone(), remember_peer))
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
        let accept = fn_service(|tcp: TcpStream| async move {
            let remote = prepare(&tcp)?;
            Ok::<_, DispatchError>((tcp, Protocol::Http1, remote))
        });
        accept.and_then(http(app(), addr, false, shutdown.clone(), |_, _| ()))
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
    addr: SocketAddr,
    secure: bool,
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
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_TIMEOUT)
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

type Accepted = (TlsStream<TcpStream>, Protocol, Option<SocketAddr>);

async fn accept_tls(
    tcp: TcpStream,
    acceptor: TlsAcceptor,
    patience: Duration,
) -> Result<Accepted, DispatchError> {
    let remote = prepare(&tcp)?;
    match tokio::time::timeout(patience, acceptor.accept(tcp).into_fallible()).await {
        Ok(Ok(stream)) => Ok((stream, Protocol::Http1, remote)),
        Ok(Err((error, tcp))) => {
            Refusal::of_handshake(&error).log(remote);
            part(tcp).await;
            Err(error.into())
        }
        Err(_) => {
            Refusal::from(Reason::HandshakeTimeout).log(remote);
            Err(io::Error::from(io::ErrorKind::TimedOut).into())
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

fn remember_peer(stream: &TlsStream<TcpStream>, connection: &mut Extensions) {
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    if let Some(peer) = shown.and_then(|cert| PeerCertificate::of(cert)) {
        connection.insert(peer);
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
