//! Lines between nodes of this process that misbehave: they lose calls and answers, and count what is in flight.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guitu::clock::Timestamp;
use guitu::exchange::message::Lane;
use guitu::node::deliver::Dialling;
use guitu::node::fetch::Fetch;
use guitu::node::{Error, Node};
use guitu::peer::identity::{PeerCertificate, Until};
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport, TransportError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::harness::answers::{heard, position, witnessed};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// It does not arrive.
    Reset,
    /// It arrives; the answer is lost.
    AnswerLost,
}

/// How many calls, and how many bytes of their bodies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub(super) calls: usize,
    pub(super) bytes: usize,
}

/// A line to one node.
pub(super) struct Line {
    from: PeerCertificate,
    to: Arc<Node>,
    plan: fn(&str, usize) -> Fault,
    /// How many calls were made.
    pub(super) calls: AtomicUsize,
    flying: Mutex<Load>,
    /// The most that was in flight at a time.
    pub(super) most: Mutex<Load>,
}

impl Line {
    /// A line; `plan` says what happens to a call, given its path and its number.
    pub(super) fn new(from: PeerCertificate, to: &Arc<Node>, plan: fn(&str, usize) -> Fault) -> Self {
        let (flying, most) = (Mutex::default(), Mutex::default());
        Self { from, to: Arc::clone(to), plan, calls: AtomicUsize::new(0), flying, most }
    }

    async fn answer(&self, path: &str, body: &[u8]) -> Response {
        let call = path.split('?').next().unwrap();
        let answered = match call {
            "/peer/v1/add-checkpoint" => return witnessed(self.to.add_checkpoint(&self.from, body).await),
            "/peer/v1/hello" => {
                let hello = serde_json::from_slice(body).unwrap();
                let there = self.to.hello(&self.from, Some(hello)).await;
                there.map(|there| Some(serde_json::to_string(&there).unwrap()))
            }
            "/peer/v1/receipts" => self.to.take_receipt(&self.from, body).await.map(Some),
            _ if call.starts_with("/peer/v1/position") && !body.is_empty() => {
                return heard(&self.to, &self.from, path, body).await;
            }
            _ if call.starts_with("/peer/v1/position") => return position(&self.to, &self.from, path).await,
            _ if body.is_empty() => {
                let batch = self.to.fetch(&self.from, wanted(path)).await;
                batch.map(|batch| batch.map(|bytes| String::from_utf8(bytes).unwrap()))
            }
            _ => self.to.receive(&self.from, body).await.map(Some),
        };
        let (status, body) = match answered {
            Ok(Some(body)) => (200, body),
            Ok(None) => (204, String::new()),
            Err(Error::Batch(refusal)) => {
                (409, serde_json::json!({"code": refusal.code, "expected": refusal.expected}).to_string())
            }
            Err(error) => (503, error.code().to_owned()),
        };
        Response { status, retry_after: None, body: body.into_bytes() }
    }

    async fn call(&self, path: &str, body: &[u8]) -> Result<Response, TransportError> {
        let fault = (self.plan)(path, self.calls.fetch_add(1, Ordering::SeqCst));
        if fault == Fault::Reset {
            return Err(TransportError::Reset);
        }
        let answer = self.answer(path, body).await;
        if fault == Fault::AnswerLost { Err(TransportError::Reset) } else { Ok(answer) }
    }

    fn count(&self, change: impl FnOnce(&mut Load)) {
        let mut flying = self.flying.lock().unwrap();
        change(&mut flying);
        let mut most = self.most.lock().unwrap();
        *most = Load { calls: most.calls.max(flying.calls), bytes: most.bytes.max(flying.bytes) };
    }
}

/// A certificate that does not end here.
pub(super) const FOREVER: Until = Until(Timestamp(i64::MAX));

fn wanted(path: &str) -> Fetch {
    let query = path.split_once('?').unwrap().1;
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| value(name).map(|value| value.parse().unwrap());
    let lane: Lane = value("lane").unwrap().parse().unwrap();
    Fetch {
        lane,
        after: number("after"),
        seen: number("seen"),
        wait: Duration::from_secs(number("wait").unwrap_or(0)),
        until: FOREVER,
    }
}

impl Transport for Line {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, _most: usize) -> Answer<'a> {
        Box::pin(async move {
            if peer.node != self.to.id() {
                return Err(TransportError::Connect);
            }
            let counted = path == "/peer/v1/batches";
            if counted {
                self.count(|load| (load.calls, load.bytes) = (load.calls + 1, load.bytes + body.len()));
            }
            let answer = self.call(path, &body).await;
            if counted {
                self.count(|load| (load.calls, load.bytes) = (load.calls - 1, load.bytes - body.len()));
            }
            answer
        })
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        Box::pin(async move {
            if peer.node == self.to.id() { self.call(path, &[]).await } else { Err(TransportError::Connect) }
        })
    }
}

/// No line at all.
pub(super) struct Closed;

impl Transport for Closed {
    fn post<'a>(
        &'a self,
        _peer: &'a PeerAddress,
        _path: &'a str,
        _body: Vec<u8>,
        _most: usize,
    ) -> Answer<'a> {
        Box::pin(async { Err(TransportError::Connect) })
    }

    fn get<'a>(&'a self, _peer: &'a PeerAddress, _path: &'a str) -> Answer<'a> {
        Box::pin(async { Err(TransportError::Connect) })
    }
}

/// A node that delivers over a line.
pub(super) struct Delivering {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Delivering {
    pub(super) fn start(node: &Arc<Node>, line: Arc<dyn Transport>, dialling: Dialling) -> Self {
        let (stop, stopped) = watch::channel(false);
        let poll = Duration::from_millis(50);
        let task = tokio::spawn(Arc::clone(node).deliver_as(line, poll, dialling, stopped));
        Self { stop, task }
    }

    pub(super) async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}
