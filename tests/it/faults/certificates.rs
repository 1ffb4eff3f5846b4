//! Certificates that end while two nodes exchange: the next connection says so, and a new certificate heals it.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpResponse, web};
use arc_swap::ArcSwap;
use guitu::api::listener::{Serving, serve_tls};
use guitu::clock::{Clock, ManualClock, Timestamp};
use guitu::peer::identity::{Identity, peer_server_config};
use guitu::peer::pki::make_node_certificate;
use guitu::peer::refusal::Reason;
use guitu::peer::transport::{HttpsTransport, PeerAddress, Transport as _, TransportError};
use guitu::peer::verifier::{PeerVerifier, Standing};

use crate::harness::pki::{Region, identity, trust};

const HOME: &str = "520000";
const PEER: &str = "530900";

/// A certificate of the region that is valid from `from` for so many days.
fn certificate(region: &Region, from: Timestamp, days: u32) -> Identity {
    identity(&make_node_certificate(&region.ca, region.node, &[], from, days).unwrap())
}

#[tokio::test]
async fn a_certificate_that_ends_in_the_middle_is_renewed_without_a_restart() {
    let (home, peer) = (Region::new(HOME), Region::new(PEER));
    let clock = Arc::new(ManualClock::at(home.born.plus(Timestamp::DAY)));
    let tell = || trust([home.trusted(Standing::Active, vec![]), peer.trusted(Standing::Active, vec![])]);
    let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let verifier = PeerVerifier::new();
    assert_eq!(verifier.replace(tell()), []);
    let config = |days| {
        let shown = certificate(&home, home.born, days);
        peer_server_config(&shown, Arc::clone(&verifier), Arc::clone(&time)).unwrap()
    };
    let tls = Arc::new(ArcSwap::from_pointee(config(10)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address =
        PeerAddress { node: home.node, base_url: format!("https://{}", listener.local_addr().unwrap()) };
    let app = || App::new().route("/", web::get().to(HttpResponse::Ok));
    let server =
        serve_tls(listener, Arc::clone(&tls), Serving { workers: 1, ..Serving::default() }, app).unwrap();
    let handle = server.handle();
    tokio::spawn(server);

    let register = PeerVerifier::new();
    register.replace(tell());
    let transport =
        HttpsTransport::new(certificate(&peer, peer.born, 20), Arc::clone(&register), Arc::clone(&time));
    let call = async || transport.get(&address, "/").await.map(|answer| answer.status);
    // Another register closes the connections that are open.
    let afresh = async || {
        register.replace(tell());
        call().await
    };
    assert!(matches!(call().await, Ok(200)));
    clock.set(home.born.plus(11 * Timestamp::DAY));
    assert!(matches!(call().await, Ok(200)), "what is open goes on");
    assert!(matches!(afresh().await, Err(TransportError::Tls(Reason::CertificateExpired))));
    tls.store(Arc::new(config(100)));
    assert!(matches!(call().await, Ok(200)));

    clock.set(home.born.plus(21 * Timestamp::DAY));
    assert!(
        matches!(afresh().await, Err(TransportError::Tls(Reason::RefusedByPeer))),
        "now the caller's has ended"
    );
    transport.replace_identity(certificate(&peer, peer.born, 100));
    assert!(matches!(call().await, Ok(200)));
    handle.stop(false).await;
}
