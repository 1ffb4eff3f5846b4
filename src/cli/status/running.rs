//! What the process that serves a node says of itself: only it knows what is under way and what does not pass.
//!
//! Asked on the operator's listener. Invariant: a process that was killed, and leaves its file behind, is not waited for.

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::PATIENCE;
use crate::cli::folder::{NodeFolder, RUN};
use crate::node::lag::LagView;

/// The longest answer that is read, bytes.
const LARGEST: u64 = 16 << 20;
const ASKED: &[u8] = b"GET /lags HTTP/1.0\r\nhost: localhost\r\n\r\n";

/// A node that is served.
pub(super) struct Running {
    /// How far its lanes are behind; none: it did not say.
    pub(super) lags: Option<Vec<LagView>>,
}

/// What the file of a node that is served says, as far as it matters here.
#[derive(Deserialize)]
struct Said {
    ops: String,
}

impl Running {
    /// Whoever listens where the last start of the folder's node said that it is served; none if nobody does.
    pub(super) async fn of(folder: &NodeFolder) -> Option<Self> {
        let Said { ops } = serde_json::from_str(&std::fs::read_to_string(folder.file(RUN)).ok()?).ok()?;
        let address = ops.trim_start_matches("http://").trim_end_matches('/');
        let line = timeout(PATIENCE, TcpStream::connect(address)).await.ok()?.ok()?;
        Some(Self { lags: timeout(PATIENCE, lags(line)).await.ok().flatten() })
    }
}

async fn lags(mut line: TcpStream) -> Option<Vec<LagView>> {
    line.write_all(ASKED).await.ok()?;
    let mut answer = Vec::new();
    line.take(LARGEST).read_to_end(&mut answer).await.ok()?;
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n")?;
    serde_json::from_slice(answer.get(body + 4..)?).ok()
}
