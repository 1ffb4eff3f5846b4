//! Calls to peers over mutual TLS: one request, one bounded answer, errors by who can act on them.
//!
//! Knows HTTP; must not know what the bytes say, and never retries: the outbox does. Invariant: a
//! request leaves only on a connection whose other end the current register calls active, and whose
//! certificates have not ended.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method};
use thiserror::Error;

use super::identity::{self, Identity, IdentityError};
use super::refusal::{Reason, Refusal, tls_error};
use super::verifier::PeerVerifier;
use crate::clock::Clock;
use crate::domain::node::NodeId;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// Below the listener's keep-alive, so that a pooled connection is rarely one that the peer just closed.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// The largest answer that is read, a batch, in bytes, after decompression.
pub const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The largest answer to all that is no batch, in bytes: two descriptors at most.
pub const SHORT_ANSWER: usize = 256 * 1024;

/// The largest receipt for a batch of so many messages, in bytes: several peers that answer at length at a time hold
/// little memory.
pub const fn receipt_bytes(messages: usize) -> usize {
    64 * 1024 + messages * 4 * 1024
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAddress {
    /// The node that must answer.
    pub node: NodeId,
    /// `https://host:port`, without a path.
    pub base_url: String,
}

/// A peer's answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds (RFC 9110 §10.2.3), if given as a number.
    pub retry_after: Option<u32>,
    /// The body, at most [`LARGEST_ANSWER`] bytes.
    pub body: Vec<u8>,
}

/// Why there is no answer. All but `Tls`, `TooLarge` and `Misconfigured` pass by themselves.
#[derive(Debug, Error)]
pub enum TransportError {
    /// Nothing was sent: the peer is down, or its address is wrong.
    #[error("the peer cannot be reached")]
    Connect,
    /// No connection: one side refuses the other's certificate, or the register forbids the call.
    #[error("refused: {}", .0.code())]
    Tls(Reason),
    /// The peer did not answer in time; it may have acted.
    #[error("the peer did not answer in time")]
    Timeout,
    /// The peer is at fault: its answer is longer than what was asked for can be. It may have acted.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke on the way; the peer may have acted.
    #[error("the connection broke")]
    Reset,
    /// Our own certificate, or the peer's address in the register, cannot be used.
    #[error("the identity or the address cannot be used")]
    Misconfigured,
}

impl TransportError {
    /// Whether something of the request may have reached the peer.
    pub const fn may_have_left(&self) -> bool {
        match self {
            Self::Connect | Self::Tls(_) | Self::Misconfigured => false,
            Self::Timeout | Self::TooLarge | Self::Reset => true,
        }
    }
}

/// What a call gives, in the future.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;

/// How messages reach peers: HTTPS in a node, a simulated network in tests.
pub trait Transport: Send + Sync + 'static {
    /// Posts a JSON body to `path` (with a leading slash, and a query if need be); of the answer at most `most` bytes are
    /// read.
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a>;

    /// Gets `path` (with a leading slash, and a query if need be).
    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a>;
}

/// The real transport: one kept-alive HTTP/1.1 client for each peer.
pub struct HttpsTransport {
    identity: ArcSwap<Identity>,
    verifier: Arc<PeerVerifier>,
    clock: Arc<dyn Clock>,
    clients: Mutex<HashMap<NodeId, Pooled>>,
}

struct Pooled {
    client: Client,
    /// The number of the register under which its connections were made.
    register: u64,
    /// When the first of the certificates on its connections ends, in milliseconds.
    until: Arc<AtomicI64>,
}

impl HttpsTransport {
    /// A transport that shows `identity` and calls whom `verifier` admits.
    pub fn new(identity: Identity, verifier: Arc<PeerVerifier>, clock: Arc<dyn Clock>) -> Self {
        let identity = ArcSwap::from_pointee(identity);
        Self { identity, verifier, clock, clients: Mutex::default() }
    }

    /// Shows another certificate from now on; calls under way finish with the old one.
    pub fn replace_identity(&self, identity: Identity) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        self.identity.store(Arc::new(identity));
        clients.clear();
    }

    async fn call(
        &self,
        peer: &PeerAddress,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        most: usize,
    ) -> Result<Response, TransportError> {
        let client = self.client(peer.node)?;
        let url = format!("{}{path}", peer.base_url.trim_end_matches('/'));
        let mut request = client.request(method, url);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body);
        }
        let response = request.send().await.map_err(|error| classify(peer.node, &error))?;
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
        Ok(Response { status, retry_after, body: bounded(peer.node, response, most).await? })
    }

    /// The peer's client; a new one if the register or our certificate has changed since, or either side's has ended:
    /// an open connection would outlive that.
    fn client(&self, node: NodeId) -> Result<Client, TransportError> {
        let register = self.verifier.may_call(node).map_err(|reason| refused(node, reason.into()))?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().0;
        let fresh =
            |pooled: &&Pooled| pooled.register == register && now < pooled.until.load(Ordering::Relaxed);
        if let Some(pooled) = clients.get(&node).filter(fresh) {
            return Ok(pooled.client.clone());
        }
        let identity = self.identity.load();
        let own = identity.not_after().ok_or(TransportError::Misconfigured)?;
        let until = Arc::new(AtomicI64::new(own.0));
        let client =
            self.build(node, &identity, Arc::clone(&until)).map_err(|_| TransportError::Misconfigured)?;
        clients.insert(node, Pooled { client: client.clone(), register, until });
        Ok(client)
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that makes HTTP clients")]
    fn build(&self, node: NodeId, identity: &Identity, until: Arc<AtomicI64>) -> Result<Client, ClientError> {
        let decision = self.verifier.expecting(node, until);
        let tls = identity::client_config(identity, decision, Arc::clone(&self.clock))?;
        Ok(Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()?)
    }
}

impl Transport for HttpsTransport {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        Box::pin(self.call(peer, Method::POST, path, Some(body), most))
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        Box::pin(self.call(peer, Method::GET, path, None, LARGEST_ANSWER))
    }
}

#[derive(Debug, Error)]
enum ClientError {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

async fn bounded(
    called: NodeId,
    mut response: reqwest::Response,
    most: usize,
) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(called, &error))? {
        if body.len() + chunk.len() > most {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn classify(called: NodeId, error: &reqwest::Error) -> TransportError {
    if let Some(tls) = tls_error(error) {
        return refused(called, tls.into());
    }
    if error.is_builder() {
        TransportError::Misconfigured
    } else if error.is_timeout() && !error.is_connect() {
        TransportError::Timeout
    } else if error.is_connect() {
        unfinished_handshake(error)
    } else {
        TransportError::Reset
    }
}

/// A connection that opened and then closed before the handshake was done is a refusal by the peer's
/// side, not an absent peer.
fn unfinished_handshake(error: &reqwest::Error) -> TransportError {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = next {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)) {
            return TransportError::Reset;
        }
        next = error.source();
    }
    TransportError::Connect
}

fn refused(called: NodeId, refusal: Refusal) -> TransportError {
    Refusal { node: refusal.node.or(Some(called)), ..refusal }.log(None);
    TransportError::Tls(refusal.reason)
}
