//! `guitu peer`: which nodes this one exchanges with.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::failure::Failure;
use super::folder::{self, NodeFolder};
use super::output::{Output, table};
use crate::domain::node::NodeId;
use crate::node::register::{PeerChange, PeerView};

/// The register of peers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enrol a node by its descriptor, or take its newer descriptor. Without --fingerprint or --yes it only
    /// shows the fingerprint, to be compared with the other operator by another way.
    Add {
        /// The other node's descriptor.jws.
        file: PathBuf,
        /// The fingerprint that the other operator read out.
        #[arg(long)]
        fingerprint: Option<String>,
        /// Enrol without comparing. For tests: whoever sent the file could be anybody.
        #[arg(long, conflicts_with = "fingerprint")]
        yes: bool,
        /// Which node.
        #[command(flatten)]
        at: At,
    },
    /// List the peers.
    List(At),
    /// Show one peer.
    Show(One),
    /// Close both directions for now.
    Suspend(One),
    /// Open a suspended peer again.
    Resume(One),
    /// Close both directions for good.
    Revoke(One),
}

/// Which node folder.
#[derive(ClapArgs, Debug)]
pub struct At {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
}

/// Which peer of which node folder.
#[derive(ClapArgs, Debug)]
pub struct One {
    /// The peer's six digits.
    node: NodeId,
    #[command(flatten)]
    at: At,
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Add { file, fingerprint, yes, at } => add(&at.dir, &file, fingerprint, yes, output).await,
        Command::List(at) => {
            let peers = NodeFolder::read(&at.dir)?.open_node().await?.peers().await?;
            output.result(&peers, || table(&peers.iter().map(row).collect::<Vec<_>>()));
            Ok(())
        }
        Command::Show(one) => show(&one, output).await,
        Command::Suspend(one) => change(&one, PeerChange::Suspend, output).await,
        Command::Resume(one) => change(&one, PeerChange::Resume, output).await,
        Command::Revoke(one) => change(&one, PeerChange::Revoke, output).await,
    }
}

async fn add(
    dir: &Path,
    file: &Path,
    given: Option<String>,
    yes: bool,
    output: Output,
) -> Result<(), Failure> {
    let text = folder::read(file)?;
    let node = NodeFolder::read(dir)?.open_node().await?;
    let said = node.examine(&text)?;
    let fingerprint = said.fingerprint();
    match given {
        Some(given) if given == fingerprint => {}
        Some(_) => {
            let words =
                format!("the descriptor's fingerprint is {fingerprint}, not the one given; do not enrol it");
            return Err(Failure::refused(anyhow::anyhow!(words)));
        }
        None if yes => {}
        None => {
            let value = json!({ "node": said.iss, "name": said.name, "peer_url": said.peer_url,
                "fingerprint": fingerprint, "enrolled": false });
            output.result(&value, || {
                format!("node {} {}\n{}\nfingerprint {fingerprint}", said.iss, said.name, said.peer_url)
            });
            let words = "nothing is enrolled yet; compare the fingerprint with the other operator by another \
                         way, then run this again with --fingerprint";
            return Err(Failure::refused(anyhow::anyhow!(words)));
        }
    }
    let peer = node.enrol(&text, &fingerprint).await?;
    output.result(&peer, || format!("enrolled {}", row(&peer).join("  ")));
    Ok(())
}

async fn show(one: &One, output: Output) -> Result<(), Failure> {
    let peers = NodeFolder::read(&one.at.dir)?.open_node().await?.peers().await?;
    let peer = peers.iter().find(|peer| peer.node == one.node);
    let peer =
        peer.ok_or_else(|| Failure::refused(anyhow::anyhow!("{} is not in the register", one.node)))?;
    output.result(peer, || row(peer).join("\n"));
    Ok(())
}

async fn change(one: &One, change: PeerChange, output: Output) -> Result<(), Failure> {
    let peer = NodeFolder::read(&one.at.dir)?.open_node().await?.change_peer(one.node, change).await?;
    output.result(&peer, || format!("{} is {}", peer.node, peer.status));
    Ok(())
}

fn row(peer: &PeerView) -> Vec<String> {
    let node = peer.node.to_string();
    vec![node, peer.status.clone(), peer.fingerprint.clone(), peer.peer_url.clone(), peer.name.clone()]
}
