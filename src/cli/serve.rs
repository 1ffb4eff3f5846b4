//! `guitu serve`: one node, its three listeners and its deliveries, until it is told to stop.
//!
//! The one place that ties node, api and TLS together. Invariant: `ready` is said after all three
//! listeners accept, and exit 0 means that every open request and delivery was finished.

mod certificates;
mod settling;
mod succession;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_server::{Server, ServerHandle};
use clap::Args as ClapArgs;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::certificates::Certificates;
use super::failure::{Blame as _, Failure};
use super::folder::{self, CA_CERT, NodeFolder, RUN};
use super::output::Output;
use crate::api::listener::Serving;
use crate::api::office::Office;
use crate::api::ops::metrics::Metrics;
use crate::api::{serve_office, serve_ops, serve_peer};
use crate::config::{Delivery, Limits, Listen, LogFormat};
use crate::console::front::front;
use crate::node::Node;
use crate::node::deliver::Dialling;
use crate::peer::verifier::PeerVerifier;
use crate::telemetry;

/// How often the register is read again, for changes by other processes.
const REFRESH: Duration = Duration::from_secs(1);

/// Run the node of a folder until SIGTERM or Ctrl-C. Says one line `ready` with its addresses, which
/// also stand in run.json. Certificates are read again when their files change.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
    /// Threads for each of the peer and office listeners.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Stop when standard input ends: the life of a node is that of its starter.
    #[arg(long, hide = true)]
    while_stdin: bool,
}

/// Where a node serves.
#[derive(Debug, Serialize)]
struct Ready {
    node: String,
    peer: String,
    office: String,
    ops: String,
    pid: u32,
}

/// Runs the command.
pub async fn run(args: Args, output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(&args.dir)?;
    let mut stop = Stop::new(args.while_stdin)?;
    install_log(&folder)?;
    // A node whose log was set back, or went on elsewhere, while it ran starts again; one whose databases a newer
    // program has migrated is refused by them.
    while let Some(node) = settling::settled(&folder, &mut stop, output).await? {
        if serve(&folder, node, args.workers, &mut stop, output).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Serves until the node is told to stop, stands still, or is outdated; whether it was told.
async fn serve(
    folder: &NodeFolder,
    node: Arc<Node>,
    workers: usize,
    stop: &mut Stop,
    output: Output,
) -> Result<bool, Failure> {
    let verifier = PeerVerifier::new();
    trust(&node, &verifier).await?;
    let certificates = Certificates::load(folder, &verifier)?;
    let transport = Arc::clone(&certificates.transport);
    let sockets = Sockets::bind(&folder.settings.listen)?;
    let ready = sockets.ready(&node)?;
    let servers = sockets.serve(folder, &node, &certificates, workers)?;
    let (closing, closed) = watch::channel(false);
    let poll = Duration::from_millis(folder.settings.delivery.poll_ms);
    let dialling = dialling(folder);
    let delivery = tokio::spawn(Arc::clone(&node).deliver_as(transport, poll, dialling, closed));
    let background = [
        tokio::spawn(certificates.watch()),
        tokio::spawn(succession::watch(folder.clone(), Arc::clone(&node))),
        tokio::spawn(refresh(Arc::clone(&node), verifier)),
    ];
    let handles: Vec<ServerHandle> = servers.iter().map(Server::handle).collect();
    let serving: Vec<JoinHandle<std::io::Result<()>>> = servers.into_iter().map(tokio::spawn).collect();
    announce(folder, &ready, output)?;
    let told = tokio::select! {
        () = stop.wait() => true,
        () = node.stands_still() => false,
        () = outdated(&node) => false,
    };
    tracing::info!("stopping");
    // Deliveries end first: they wait for other nodes' listeners only, and their connections to the database
    // may live on a listener's thread.
    let _ = closing.send(true);
    delivery.await.or_environment()?;
    for handle in handles {
        handle.stop(true).await;
    }
    for server in serving {
        server.await.or_environment()?.or_environment()?;
    }
    for task in background {
        task.abort();
    }
    node.databases().close().await;
    // Whoever reads it later must not dial a node that is gone.
    let _ = std::fs::remove_file(folder.file(RUN));
    Ok(told)
}

/// Which side calls, as the folder says.
fn dialling(folder: &NodeFolder) -> Dialling {
    let settings = &folder.settings;
    let Delivery { fetch_from, fetched_by, .. } = settings.delivery.clone();
    Dialling { uncallable: settings.peer_url.is_empty(), fetch_from, fetched_by }
}

fn install_log(folder: &NodeFolder) -> Result<(), Failure> {
    let log = &folder.settings.log;
    let format = match log.format {
        LogFormat::Json => telemetry::Format::Json,
        LogFormat::Text => telemetry::Format::Text,
    };
    let filter = std::env::var("GUITU_LOG").ok();
    telemetry::install(filter.as_deref().unwrap_or(log.level.name()), format).or_input()
}

/// The sockets of the three listeners, bound.
struct Sockets {
    peer: TcpListener,
    office: TcpListener,
    ops: TcpListener,
}

impl Sockets {
    fn bind(listen: &Listen) -> Result<Self, Failure> {
        Ok(Self {
            peer: bind("listen.peer", listen.peer)?,
            office: bind("listen.office", listen.office)?,
            ops: bind("listen.ops", listen.ops)?,
        })
    }

    fn ready(&self, node: &Node) -> Result<Ready, Failure> {
        let url = |scheme: &str, listener: &TcpListener| -> Result<String, Failure> {
            Ok(format!("{scheme}://{}", listener.local_addr().or_environment()?))
        };
        Ok(Ready {
            node: node.id().to_string(),
            peer: url("https", &self.peer)?,
            office: url("https", &self.office)?,
            ops: url("http", &self.ops)?,
            pid: std::process::id(),
        })
    }

    /// The servers over the sockets; they accept once they are polled.
    fn serve(
        self,
        folder: &NodeFolder,
        node: &Arc<Node>,
        certificates: &Certificates,
        workers: usize,
    ) -> Result<[Server; 3], Failure> {
        let metrics = Arc::new(Metrics::default());
        let serving = serving(&folder.settings.limits, workers);
        let front = front(node.id(), folder.text(CA_CERT)?);
        let office = Office::new(Arc::clone(node), Arc::clone(&metrics), front).or_environment()?;
        let (peer_tls, office_tls) = (Arc::clone(&certificates.peer), Arc::clone(&certificates.office));
        let peer = serve_peer(self.peer, peer_tls, serving, Arc::clone(node), Arc::clone(&metrics));
        let office = serve_office(self.office, office_tls, serving, office, |_| ());
        let ops = serve_ops(self.ops, Serving { workers: 1, ..serving }, Arc::clone(node), metrics);
        Ok([peer.or_environment()?, office.or_environment()?, ops.or_environment()?])
    }
}

/// The listeners as the settings want them.
fn serving(limits: &Limits, workers: usize) -> Serving {
    Serving {
        workers,
        head_timeout: Duration::from_secs(limits.head_seconds),
        body_timeout: Duration::from_secs(limits.body_seconds),
        peer_connections: limits.peer_connections,
        peer_at_once: limits.peer_requests_at_once,
        peer_per_second: limits.peer_requests_per_second,
        ..Serving::default()
    }
}

fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).or_environment().map_err(|failure| {
        failure.during(format!("{key} = {address} cannot be bound; is another node running?"))
    })
}

fn announce(folder: &NodeFolder, ready: &Ready, output: Output) -> Result<(), Failure> {
    let value = serde_json::to_string_pretty(ready).or_environment()?;
    folder::write(&folder.file(RUN), &format!("{value}\n"))?;
    tracing::info!(node = ready.node, peer = ready.peer, office = ready.office, ops = ready.ops, "ready");
    output.result(ready, || format!("ready peer={} office={} ops={}", ready.peer, ready.office, ready.ops));
    Ok(())
}

/// Takes the register into the verifier; peers whose CA cannot be read are refused and named.
async fn trust(node: &Node, verifier: &PeerVerifier) -> Result<(), Failure> {
    for unreadable in verifier.replace(node.peer_trust().await?) {
        tracing::error!(peer = %unreadable, "the CA of a peer cannot be read; import its descriptor again");
    }
    Ok(())
}

/// Takes the register again at every ring and every second: a change by another process or instance
/// closes doors within it. Requests ask the database itself.
async fn refresh(node: Arc<Node>, verifier: Arc<PeerVerifier>) {
    let mut known = Vec::new();
    loop {
        match node.peers().await {
            Ok(peers) => {
                let now: Vec<_> =
                    peers.into_iter().map(|peer| (peer.node, peer.status, peer.fingerprint)).collect();
                if now != known && trust(&node, &verifier).await.is_ok() {
                    known = now;
                }
            }
            Err(error) => tracing::error!(code = error.code(), "the register cannot be read"),
        }
        tokio::time::sleep(REFRESH).await;
    }
}

/// Ends once a newer program has migrated the databases.
async fn outdated(node: &Node) {
    while !node.is_outdated().await {
        tokio::time::sleep(REFRESH).await;
    }
}

/// What ends a node.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    stdin: Option<oneshot::Receiver<()>>,
}

impl Stop {
    /// Listens from now on.
    fn new(stdin: bool) -> Result<Self, Failure> {
        let terminate = signal(SignalKind::terminate()).or_environment()?;
        let interrupt = signal(SignalKind::interrupt()).or_environment()?;
        Ok(Self { terminate, interrupt, stdin: stdin.then(stdin_ends) })
    }

    async fn wait(&mut self) {
        let stdin = async {
            match &mut self.stdin {
                Some(end) => drop(end.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = stdin => {}
        }
    }
}

fn stdin_ends() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel::<()>();
    // A thread, because reading standard input cannot be cancelled; it ends with the process.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(ended);
    });
    end
}
