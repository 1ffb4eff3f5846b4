//! `guitu epoch`: the operator's word after a rollback.
//!
//! Knows folders and peers' addresses; what follows is decided in `exchange::standing`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::failure::{Blame as _, Failure};
use super::folder::{NODE_CERT, NODE_KEY, NodeFolder};
use super::output::Output;
use crate::clock::SystemClock;
use crate::domain::node::NodeId;
use crate::exchange::standing::Order;
use crate::node::Node;
use crate::node::standing::{Ordered, Start};
use crate::peer::identity::Identity;
use crate::peer::transport::{HttpsTransport, Transport};
use crate::peer::verifier::PeerVerifier;

/// The commands of `guitu epoch`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Go on with a log that is behind what others saw of it: after a restore, or on a standby that was behind.
    /// What was erased since is erased again, the peers say what they hold, and the log goes on under another name.
    /// A node that waits goes on by itself then.
    Open(OpenArgs),
}

/// Whose log goes on, and despite what.
#[derive(ClapArgs, Debug)]
pub struct OpenArgs {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
    /// Go on although this peer does not answer; what it holds is learnt when it is back. May be repeated.
    #[arg(long)]
    without: Vec<NodeId>,
    /// Go on although the log is whole, or although a peer holds a head that contradicts it: auditors will see it.
    #[arg(long)]
    anyway: bool,
}

/// Runs a command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Open(args) => open(args, output).await,
    }
}

async fn open(args: OpenArgs, output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(&args.dir)?;
    let node = folder.open_waiting().await?;
    let transport = transport(&folder, &node).await?;
    let order = if args.anyway { Order::OpenAnyway } else { Order::Open };
    let started = node.start(&transport, &Ordered { order, without: args.without }).await;
    node.databases().close().await;
    match started? {
        Start::Opened(epoch) => {
            output.result(&json!({ "node": node.id(), "epoch": epoch }), || {
                format!("the log of {} goes on in epoch {epoch}", node.id())
            });
            Ok(())
        }
        Start::Waits(waiting) => Err(Failure::refused(anyhow::anyhow!(waiting.advice()))),
        Start::Serve => Err(Failure::refused(anyhow::anyhow!(
            "the log is whole, as far as anyone knows: nothing to go on from"
        ))),
    }
}

/// A way to the peers that the register of the node calls active.
pub(super) async fn transport(folder: &NodeFolder, node: &Node) -> Result<Arc<dyn Transport>, Failure> {
    let verifier = PeerVerifier::new();
    verifier.replace(node.peer_trust().await?);
    let identity = Identity::load(&folder.file(NODE_CERT), &folder.file(NODE_KEY)).or_input()?;
    Ok(Arc::new(HttpsTransport::new(identity, verifier, Arc::new(SystemClock))))
}
