//! Before a node serves: its log must be known to be whole, or go on in another epoch.
//!
//! Invariant: while the node waits, the operator's listener says that it is not ready, and the peers' says where it
//! stands and nothing else: nodes that ask each other do not wait for each other.

use std::sync::Arc;
use std::time::Duration;

use actix_server::ServerHandle;
use serde::Serialize;

use super::certificates::Certificates;
use super::{Stop, bind, serving, trust};
use crate::api::listener::Serving;
use crate::api::ops::metrics::Metrics;
use crate::api::{serve_ops, serve_peer};
use crate::cli::epoch::transport;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::NodeFolder;
use crate::cli::output::Output;
use crate::exchange::standing::Order;
use crate::node::standing::{Ordered, Start, Waiting};
use crate::node::{Error, Node};
use crate::peer::verifier::PeerVerifier;

/// How often a node that waits asks again.
const AGAIN: Duration = Duration::from_secs(2);

/// What a node that waits says.
#[derive(Serialize)]
struct Said<'a> {
    node: String,
    waits: &'a Waiting,
    advice: String,
}

/// How one opening of the node ended.
enum Attended {
    Serves,
    Opened,
    Stopped,
}

/// The node once it may serve; none if it was told to stop before.
pub(super) async fn settled(
    folder: &NodeFolder,
    stop: &mut Stop,
    output: Output,
) -> Result<Option<Arc<Node>>, Failure> {
    loop {
        let node = folder.open_waiting().await?;
        match attend(folder, &node, stop, output).await? {
            Attended::Serves => match begun(&node).await {
                Ok(()) => return Ok(Some(node)),
                // Another instance was faster.
                Err(Error::Waits) => node.databases().close().await,
                Err(error) => return Err(error.into()),
            },
            Attended::Opened => node.databases().close().await,
            Attended::Stopped => {
                node.databases().close().await;
                return Ok(None);
            }
        }
    }
}

async fn begun(node: &Node) -> Result<(), Error> {
    node.begin().await?;
    node.keep_last_head().await
}

/// Asks until it is clear what follows.
async fn attend(
    folder: &NodeFolder,
    node: &Arc<Node>,
    stop: &mut Stop,
    output: Output,
) -> Result<Attended, Failure> {
    let nothing = Ordered { order: Order::Nothing, without: Vec::new() };
    let verifier = PeerVerifier::new();
    let mut desk: Option<[ServerHandle; 2]> = None;
    let mut said = None;
    let attended = loop {
        let transport = transport(folder, node).await?;
        trust(node, &verifier).await?;
        let started = tokio::select! {
            () = stop.wait() => break Attended::Stopped,
            started = node.start(&transport, &nothing) => started,
        };
        match started {
            Ok(Start::Serve) => break Attended::Serves,
            Ok(Start::Opened(_)) => break Attended::Opened,
            Ok(Start::Waits(waiting)) => {
                if desk.is_none() {
                    desk = Some(open_desk(folder, node, &verifier)?);
                }
                if said.as_ref() != Some(&waiting) {
                    say(node, &waiting, output);
                    said = Some(waiting);
                }
            }
            Err(error) if error.code() == Error::Busy.code() => {
                tracing::warn!(code = error.code(), "asked again soon: {error}");
            }
            Err(error) => return Err(error.into()),
        }
        tokio::select! {
            () = stop.wait() => break Attended::Stopped,
            () = tokio::time::sleep(AGAIN) => {}
        }
    };
    for listener in desk.into_iter().flatten() {
        listener.stop(false).await;
    }
    Ok(attended)
}

fn say(node: &Node, waiting: &Waiting, output: Output) {
    let advice = waiting.advice();
    tracing::error!(standing = waiting.standing.code(), "the node waits: {advice}");
    let said = Said { node: node.id().to_string(), waits: waiting, advice };
    output.result(&said, || format!("waits: {}", said.advice));
}

/// Who is answered while the node waits: the operator, and peers that ask where it stands.
fn open_desk(
    folder: &NodeFolder,
    node: &Arc<Node>,
    verifier: &Arc<PeerVerifier>,
) -> Result<[ServerHandle; 2], Failure> {
    let listen = &folder.settings.listen;
    let (ops, peer) = (bind("listen.ops", listen.ops)?, bind("listen.peer", listen.peer)?);
    let serving: Serving = serving(&folder.settings.limits, 1);
    let metrics = Arc::new(Metrics::default());
    let tls = Certificates::load(folder, verifier)?.peer;
    let ops = serve_ops(ops, serving, Arc::clone(node), Arc::clone(&metrics)).or_environment()?;
    let peer = serve_peer(peer, tls, serving, Arc::clone(node), metrics).or_environment()?;
    let handles = [ops.handle(), peer.handle()];
    tokio::spawn(ops);
    tokio::spawn(peer);
    Ok(handles)
}
