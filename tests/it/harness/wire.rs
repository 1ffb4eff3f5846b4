//! The network before a node, as bad as a test wants it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use guitu::clock::SystemClock;
use guitu::peer::identity::{Identity, office_server_config};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;

use super::federation::Site;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// They reach the node.
    Fair,
    /// They are closed at once.
    Cut,
    /// Nothing passes, in neither direction.
    Silent,
    /// They are reset after the first bytes.
    Reset,
    /// A few bytes pass at a time.
    Slow,
    /// The question passes, the answer does not.
    AnswerLost,
    /// Somebody with the node's certificate answers, with these bytes.
    Liar(&'static [u8]),
    /// The same, a byte at a time and never to the end.
    SlowLiar,
}

/// A network before one node.
pub(crate) struct Wire {
    /// The base URL that peers dial.
    pub(crate) url: String,
    state: watch::Sender<State>,
    met: Arc<AtomicUsize>,
    porter: JoinHandle<()>,
}

#[derive(Clone)]
struct State {
    network: Network,
    to: Option<SocketAddr>,
    liar: Option<TlsAcceptor>,
}

impl Wire {
    /// A fair network that leads nowhere yet.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let state = watch::Sender::new(State { network: Network::Fair, to: None, liar: None });
        let met = Arc::<AtomicUsize>::default();
        let porter = tokio::spawn(carry_all(listener, state.subscribe(), Arc::clone(&met)));
        Self { url, state, met, porter }
    }

    /// Leads to the peer listener at `url`; liars show the certificate of `site`.
    pub(crate) fn lead_to(&self, url: &str, site: &Site) {
        let identity =
            Identity::load(site.file("node.pem").as_ref(), site.file("node.key").as_ref()).unwrap();
        let tls = ArcSwap::from_pointee(office_server_config(&identity, Arc::new(SystemClock)).unwrap());
        let to = url.strip_prefix("https://").unwrap().parse().unwrap();
        self.state.send_modify(|state| {
            state.to = Some(to);
            state.liar = Some(TlsAcceptor::from(tls.load_full()));
        });
    }

    /// Connections that are open end; those that come meet this.
    pub(crate) fn becomes(&self, network: Network) {
        self.met.store(0, Ordering::SeqCst);
        self.state.send_modify(|state| state.network = network);
    }

    /// How many connections came since it became what it is.
    pub(crate) fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.porter.abort();
    }
}

async fn carry_all(listener: TcpListener, state: watch::Receiver<State>, met: Arc<AtomicUsize>) {
    loop {
        let (guest, _) = listener.accept().await.unwrap();
        let mut state = state.clone();
        let now = state.borrow_and_update().clone();
        met.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            tokio::select! {
                // How a connection ends is between its two ends.
                _ = carry(guest, now) => {}
                _ = state.changed() => {}
            }
        });
    }
}

async fn carry(mut guest: TcpStream, State { network, to, liar }: State) -> Option<()> {
    let room = async || TcpStream::connect(to?).await.ok();
    match network {
        Network::Cut => {}
        Network::Silent => std::future::pending().await,
        Network::Fair => _ = copy_bidirectional(&mut guest, &mut room().await?).await,
        Network::Reset => {
            _ = guest.read(&mut [0; 64]).await;
            // Unread bytes make the close a reset.
        }
        Network::Slow => {
            let (mut inner, mut outer) = (room().await?.into_split(), guest.into_split());
            _ = tokio::join!(drip(&mut outer.0, &mut inner.1), drip(&mut inner.0, &mut outer.1));
        }
        Network::AnswerLost => {
            let mut room = room().await?;
            exchange_until_answer(&mut guest, &mut room).await;
        }
        Network::Liar(words) => {
            let mut line = liar?.accept(guest).await.ok()?;
            let _ = line.read(&mut [0; 4_096]).await.ok()?;
            line.write_all(words).await.ok()?;
            line.shutdown().await.ok()?;
        }
        Network::SlowLiar => {
            let mut line = liar?.accept(guest).await.ok()?;
            let mut ticks = interval(Duration::from_millis(100));
            loop {
                ticks.tick().await;
                line.write_all(b"H").await.ok()?;
                line.flush().await.ok()?;
            }
        }
    }
    Some(())
}

/// Passes a few bytes at a time.
async fn drip(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> Option<()> {
    let mut ticks = interval(Duration::from_millis(2));
    let mut bytes = [0; 64];
    loop {
        let count = from.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        ticks.tick().await;
        to.write_all(&bytes[..count]).await.ok()?;
    }
}

/// Passes the handshake and the question; ends when the node has said more than a handshake has.
async fn exchange_until_answer(guest: &mut TcpStream, room: &mut TcpStream) -> Option<()> {
    const HANDSHAKE: usize = 4_500;
    let (mut asked, mut said) = ([0; 4_096], [0; 4_096]);
    let mut heard = 0;
    loop {
        tokio::select! {
            count = guest.read(&mut asked) => {
                let count = count.ok().filter(|count| *count > 0)?;
                room.write_all(&asked[..count]).await.ok()?;
            }
            count = room.read(&mut said) => {
                let count = count.ok().filter(|count| *count > 0)?;
                heard += count;
                if heard > HANDSHAKE {
                    return None;
                }
                guest.write_all(&said[..count]).await.ok()?;
            }
        }
    }
}
