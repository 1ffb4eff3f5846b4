//! `guitu serve`: one node, its three listeners and its deliveries, until it is told to stop.
//!
//! The one place that ties node, api and TLS together. Invariant: `ready` is said after all three
//! listeners accept, and exit 0 means that every open request and delivery was finished.

mod certificates;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_server::{Server, ServerHandle};
use actix_web::App;
use clap::Args as ClapArgs;
use serde::Serialize;
use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::certificates::Certificates;
use super::failure::{Blame as _, Failure};
use super::folder::{self, NodeFolder, RUN};
use super::output::Output;
use crate::api;
use crate::api::listener::{Serving, serve_plain, serve_tls};
use crate::config::LogFormat;
use crate::node::Node;
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
    let stop = Stop::new(args.while_stdin)?;
    install_log(&folder)?;
    let node = folder.open_node().await?;
    let verifier = PeerVerifier::new();
    trust(&node, &verifier).await?;
    let certificates = Certificates::load(&folder, &verifier)?;
    let transport = Arc::clone(&certificates.transport);
    let (servers, ready) = listen(&folder, &node, &verifier, &certificates, args.workers)?;
    let (closing, closed) = watch::channel(false);
    let poll = Duration::from_millis(folder.settings.delivery.poll_ms);
    let delivery = tokio::spawn(crate::node::deliver::run(Arc::clone(&node), transport, poll, closed));
    let background = [
        tokio::spawn(certificates.watch()),
        tokio::spawn(refresh(Arc::clone(&node), verifier)),
    ];
    let handles: Vec<ServerHandle> = servers.iter().map(Server::handle).collect();
    let serving: Vec<JoinHandle<std::io::Result<()>>> = servers.into_iter().map(tokio::spawn).collect();
    announce(&folder, &ready, output)?;
    stop.wait().await;
    tracing::info!("stopping");
    // Senders only ever wait for each other's answers: ours may finish while listeners drain.
    let _ = closing.send(true);
    for handle in handles {
        handle.stop(true).await;
    }
    for server in serving {
        server.await.or_environment()?.or_environment()?;
    }
    delivery.await.or_environment()?;
    background.into_iter().for_each(|task| task.abort());
    node.databases().close().await;
    // Whoever reads it later must not dial a node that is gone.
    let _ = std::fs::remove_file(folder.file(RUN));
    Ok(())
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

fn listen(
    folder: &NodeFolder,
    node: &Arc<Node>,
    verifier: &Arc<PeerVerifier>,
    certificates: &Certificates,
    workers: usize,
) -> Result<([Server; 3], Ready), Failure> {
    let at = &folder.settings.listen;
    let (peer, office, ops) = (bind("listen.peer", at.peer)?, bind("listen.office", at.office)?, bind("listen.ops", at.ops)?);
    let url = |scheme: &str, listener: &TcpListener| -> Result<String, Failure> {
        Ok(format!("{scheme}://{}", listener.local_addr().or_environment()?))
    };
    let ready = Ready {
        node: node.id().to_string(),
        peer: url("https", &peer)?,
        office: url("https", &office)?,
        ops: url("http", &ops)?,
        pid: std::process::id(),
    };
    let serving = Serving { workers, ..Serving::default() };
    let peers = api::peer::routes(Arc::clone(node), Arc::clone(verifier));
    let officers = api::office::routes(Arc::clone(node));
    let operators = api::ops::routes(Arc::clone(node));
    let servers = [
        serve_tls(peer, Arc::clone(&certificates.peer), serving, move || App::new().configure(peers.clone())),
        serve_tls(office, Arc::clone(&certificates.office), serving, move || App::new().configure(officers.clone())),
        serve_plain(ops, Serving { workers: 1, ..serving }, move || App::new().configure(operators.clone())),
    ];
    let [peer, office, ops] = servers;
    Ok(([peer.or_environment()?, office.or_environment()?, ops.or_environment()?], ready))
}

fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .or_environment()
        .map_err(|failure| failure.during(format!("{key} = {address} cannot be bound; is another node running?")))
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

async fn refresh(node: Arc<Node>, verifier: Arc<PeerVerifier>) {
    let mut version = None;
    let mut ticks = tokio::time::interval(REFRESH);
    loop {
        ticks.tick().await;
        match node.register_version().await {
            Ok(now) if version == Some(now) => {}
            Ok(now) => {
                if trust(&node, &verifier).await.is_ok() {
                    version = Some(now);
                }
            }
            Err(error) => tracing::error!(code = error.code(), "the register cannot be read"),
        }
    }
}

/// What ends a node.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    stdin: bool,
}

impl Stop {
    /// Listens from now on.
    fn new(stdin: bool) -> Result<Self, Failure> {
        let terminate = signal(SignalKind::terminate()).or_environment()?;
        let interrupt = signal(SignalKind::interrupt()).or_environment()?;
        Ok(Self { terminate, interrupt, stdin })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = stdin_ends(), if self.stdin => {}
        }
    }
}

async fn stdin_ends() {
    let mut rest = [0; 64];
    let mut stdin = tokio::io::stdin();
    while stdin.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}
