//! The nodes of the demo as processes of this same program.
//!
//! Knows processes; must not know what a node does. Invariant: no process outlives the demo, even one
//! that is killed: a node ends when its standard input does.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::cli::failure::{Blame as _, Failure};

/// Where a node's log goes, in its folder.
pub(super) const LOG: &str = "serve.log";
/// How long a node may take to open and to stop.
const PATIENCE: Duration = Duration::from_secs(40);

/// The line that a node says when it serves.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Ready {
    /// The base URL of the peer listener.
    pub(super) peer: String,
    /// The base URL of the office listener.
    pub(super) office: String,
    /// The base URL of the operator's listener.
    pub(super) ops: String,
}

/// A node that runs.
pub(super) struct Process {
    child: Child,
    /// Where it serves.
    pub(super) ready: Ready,
}

impl Process {
    /// Starts the node of a folder and waits until it serves. Its log goes to `serve.log` in the folder.
    pub(super) async fn start(dir: &Path) -> Result<Self, Failure> {
        let log = OpenOptions::new().create(true).append(true).open(dir.join(LOG)).or_environment()?;
        let program = std::env::current_exe().or_environment()?;
        let mut command = Command::new(program);
        command.args(["--json", "serve", "--while-stdin", "--dir"]).arg(dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().or_environment()?;
        let said = child.stdout.take().map(|out| BufReader::new(out).lines());
        let mut lines = said.ok_or_else(|| lost(dir))?;
        let first = timeout(PATIENCE, lines.next_line()).await.or_environment()?.or_environment()?;
        let ready = first.and_then(|line| serde_json::from_str(&line).ok()).ok_or_else(|| lost(dir))?;
        Ok(Self { child, ready })
    }

    /// Lets the node finish what it does and end.
    pub(super) async fn stop(mut self) -> Result<ExitStatus, Failure> {
        drop(self.child.stdin.take());
        timeout(PATIENCE, self.child.wait()).await.or_environment()?.or_environment()
    }
}

fn lost(dir: &Path) -> Failure {
    let log = dir.join(LOG);
    Failure::environment(anyhow::anyhow!("a node did not start; {} says why", log.display()))
}
