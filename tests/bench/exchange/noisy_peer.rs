//! `noisy_peer`: how long a lead takes to a healthy peer, 99 of 100 of them, while something waits for another that
//! hangs up, answers garbage or a byte a second, or refuses everything; against the same while that one is suspended.
//!
//! Pairs of both, one after the other, the manners in turn. The noisy peer's pauses are ended before every lead, as if
//! it had called: it is tried all the time.

use std::sync::Arc;

use guitu::clock::{Clock, SystemClock};
use guitu::domain::agreement::Party;
use guitu::domain::date::CivilDate;
use guitu::node::agree::Proposal;
use guitu::node::register::PeerChange;
use guitu::peer::identity::peer_server_config;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::alike::{self, A, C};
use crate::latency::one_lead;
use crate::pair::Pair;
use crate::report::{Row, quantile};
use crate::stranger::{Manner, Stranger, answer};

/// Pairs of measurements at the least.
const PAIRS: usize = 12;
/// What waits for the noisy peer.
const WAITING: usize = 20;

/// Measures and prints the row; `n` leads on either side of a pair.
pub(crate) async fn run(pair: &Pair, n: usize, rounds: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let noisy = Stranger::new(C, format!("https://{}", listener.local_addr().unwrap()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tls = peer_server_config(&noisy.identity, Arc::clone(&pair.b.verifier), clock).unwrap();
    let (manners, manner) = watch::channel(Manner::Resets);
    let noise = tokio::spawn(answer(listener, Arc::new(tls).into(), manner));
    noisy.enrol_at(&pair.a).await;
    assert!(pair.a.verifier.replace(pair.a.node.peer_trust().await.unwrap()).is_empty());
    for _ in 0..WAITING {
        pair.a.node.propose(None, with_noisy()).await.unwrap();
    }
    let deliveries = [pair.a.deliver(), pair.b.deliver()];
    let mut measured = Vec::new();
    for manner in Manner::ALL.into_iter().cycle().take(rounds.max(PAIRS)) {
        manners.send_replace(manner);
        pair.a.node.change_peer(noisy.id, PeerChange::Suspend).await.unwrap();
        let without = tail(pair, n, false).await;
        pair.a.node.change_peer(noisy.id, PeerChange::Resume).await.unwrap();
        measured.push((tail(pair, n, true).await, without));
    }
    for delivery in deliveries {
        delivery.end().await;
    }
    noise.abort();
    let ratios: Vec<f64> = measured.iter().map(|(with, without)| with / without).collect();
    let interval = [0.1, 0.9].map(|q| quantile(ratios.clone(), q));
    let row = Row { name: "noisy_peer", engine: pair.engine, unit: "ms", n, rounds: measured };
    row.print_with(&json!({ "ratio_p10_p90": interval }));
}

/// The time below which 99 of 100 leads stay, milliseconds.
async fn tail(pair: &Pair, n: usize, noisy: bool) -> f64 {
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        if noisy {
            pair.a.node.met(C);
        }
        times.push(one_lead(pair).await);
    }
    quantile(times, 0.99)
}

/// A proposal that waits for the noisy peer.
fn with_noisy() -> Proposal {
    let usual = alike::agreement(CivilDate::of(SystemClock.now()));
    let party = |party: Party| Party { node: if party.node == A { A } else { C }, ..party };
    Proposal { parties: usual.parties.into_iter().map(party).collect(), ..usual }
}
